//! Filing days (`filed`): those of a version against the law that it is written by, and those of clocks that are for some days
//! only, which may leave others without a clock.

use std::collections::BTreeSet;

use time::Date;

use crate::{
    chart::Shape,
    definition::{
        compile::Compiler,
        model::{ClockRule, Definition, FiledRange, State, StateIx},
        source::{Place, Reader},
    },
};

/// A first filing day that lies so many years behind the published calendar is a slip of the pen.
const FORESEEN_YEARS: i32 = 5;

impl Compiler<'_, '_, '_> {
    /// A version governs filings of days on which the instrument by which it is written was in force. One without a first day
    /// is the first, which governs what came before as well.
    pub(super) fn governed_days(&mut self) {
        let Some(from) = self.authored.filed_from else { return };
        let published = self.around.law.calendar.coverage().end().year();
        let named = self.authored.instrument.as_ref();
        let instrument = named.and_then(|named| self.around.law.instrument(&named.name).ok());
        let force = instrument.map(|instrument| (&instrument.key, instrument.in_force));
        let message = match force {
            _ if from.year() > published + FORESEEN_YEARS => {
                format!("`filed` begins on {from}, long after the published calendar, which ends in {published}")
            }
            Some((key, force)) if from < force.from => {
                format!(
                    "`filed` begins on {from}, and `{key}` is in force from {} on",
                    force.from
                )
            }
            Some((key, force)) => match force.to.filter(|last| *last < from) {
                Some(last) => format!("`filed` begins on {from}, and `{key}` was in force up to {last}"),
                None => return,
            },
            None => return,
        };
        let place = self.authored.filed_at.unwrap_or(self.authored.version_at);
        let mend = "write the first filing day that this version governs, or name the instrument of those days";
        self.r.warning("WF419", place, "filed.from", message, mend);
    }
}

/// Looks for filing days of the version on which a state has no clock, though clocks run in it for others, and for days
/// between two clocks of which the one takes the other's place.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition) {
    let mut told = BTreeSet::new();
    for (ix, state) in definition.leaves() {
        let ends = state.outcome.is_some() || *definition.chart.shape(ix) == Shape::Final;
        if ends || state.no_clock.is_some() {
            continue;
        }
        let running = running(definition, ix);
        let groups = std::iter::once(running.clone()).chain(successions(&running));
        for group in groups {
            if let Some((clock, gap)) = gap(definition, &group)
                && told.insert((clock, gap.from))
            {
                warn(reader, definition, state, (clock, gap));
            }
        }
    }
}

/// A clock with its name.
type Named<'d> = (&'d String, &'d ClockRule);

fn running(definition: &Definition, ix: StateIx) -> Vec<Named<'_>> {
    let runs = |clock: &ClockRule| clock.runs_in.iter().any(|outer| definition.inside(ix, *outer));
    definition.clocks.iter().filter(|(_, clock)| runs(clock)).collect()
}

/// Clocks of which one takes the other's place: each for some filing days, all with the same end.
fn successions<'d>(running: &[Named<'d>]) -> Vec<Vec<Named<'d>>> {
    let bounded = |clock: &ClockRule| clock.filed != FiledRange::default();
    let ends: BTreeSet<&String> = running.iter().filter_map(|(_, clock)| clock.expiry.as_ref()).collect();
    let of = |end: &String| -> Vec<Named<'d>> {
        let same = |clock: &ClockRule| clock.expiry.as_ref() == Some(end);
        running.iter().filter(|(_, clock)| same(clock)).copied().collect()
    };
    let all = ends.into_iter().map(of);
    all.filter(|clocks| clocks.len() > 1 && clocks.iter().all(|(_, clock)| bounded(clock)))
        .collect()
}

/// The first filing days of the version on which none of these clocks runs, with the clock that ends before them or begins after.
fn gap<'d>(definition: &Definition, clocks: &[Named<'d>]) -> Option<(&'d String, FiledRange)> {
    let whole = definition.filed;
    let mut parts: Vec<(Date, Date, &String)> = clocks
        .iter()
        .map(|(name, clock)| (first(clock.filed), last(clock.filed), *name))
        .collect();
    parts.sort_unstable();
    let mut next = first(whole);
    let mut before = parts.first()?.2;
    for (from, to, name) in parts {
        if from > next {
            let until = from.previous_day()?.min(last(whole));
            return (next <= until).then_some((before, days(next, until)));
        }
        before = name;
        match to.next_day() {
            Some(after) => next = next.max(after),
            None => return None,
        }
    }
    (next <= last(whole)).then_some((before, days(next, last(whole))))
}

fn first(range: FiledRange) -> Date {
    range.from.unwrap_or(Date::MIN)
}

fn last(range: FiledRange) -> Date {
    range.to.unwrap_or(Date::MAX)
}

fn days(from: Date, to: Date) -> FiledRange {
    FiledRange {
        from: Some(from).filter(|day| *day > Date::MIN),
        to: Some(to).filter(|day| *day < Date::MAX),
    }
}

fn warn(reader: &mut Reader<'_>, definition: &Definition, state: &State, (name, gap): (&String, FiledRange)) {
    let when = match (gap.from, gap.to) {
        (Some(from), Some(to)) => format!("from {from} to {to}"),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(to)) => format!("up to {to}"),
        (None, None) => "of any day".to_owned(),
    };
    let message = format!("no clock like `{name}` runs in state `{}` for filings {when}", state.id);
    let place = Place {
        line: definition.clocks.get(name).map_or(state.line, |clock| clock.line),
        column: 0,
    };
    let mend = "let the `filed` ranges of the clocks meet and hold all filing days of the version, or say why none runs: `no_clock:`";
    reader.warning("WF402", place, &format!("clocks.{name}.filed"), message, mend);
}
