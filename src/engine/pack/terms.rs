//! Whether the clocks of a procedure are the law's: instruments that were in force, days as they read them, and lengths that
//! some law could mean.

use crate::{
    clock::{Law, Period, Unit},
    definition::{
        model::{ClockRule, Definition, Length},
        source::{Place, Reader},
    },
};

/// The longest period that a clock may have, in years: no limitation of Chinese law is longer than 20 (Civil Code art 188).
const LONGEST_YEARS: u64 = 30;

/// Checks the clocks of a procedure against the instruments that they name.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition, law: &Law) {
    for (name, clock) in &definition.clocks {
        let path = format!("clocks.{name}");
        in_force(reader, definition, clock, law, &path);
        if let Length::Period(period) = clock.length {
            length(reader, clock, period, law, &path);
        }
    }
}

fn at(clock: &ClockRule) -> Place {
    Place {
        line: clock.line,
        column: 0,
    }
}

/// An instrument that was in force on none of the days on which one files under the version bounds nothing.
fn in_force(reader: &mut Reader<'_>, definition: &Definition, clock: &ClockRule, law: &Law, path: &str) {
    let Ok(instrument) = law.instrument(clock.law.instrument()) else {
        return;
    };
    let filed = definition.filed;
    // A range without a day is told once, where it stands.
    if filed.from.zip(filed.to).is_some_and(|(from, to)| to < from) {
        return;
    }
    let over = instrument
        .in_force
        .to
        .zip(filed.from)
        .filter(|(last, from)| last < from);
    let later = filed.to.filter(|to| *to < instrument.in_force.from);
    let message = match (over, later) {
        (Some((last, _)), _) => format!(
            "`{}` was in force up to {last}, before the first filing day",
            instrument.key
        ),
        (None, Some(_)) => format!(
            "`{}` is in force from {}, after the last filing day",
            instrument.key, instrument.in_force.from
        ),
        (None, None) => return,
    };
    let mend = match &instrument.superseded_by {
        Some(next) => format!("name the instrument that governs these filings; `{next}` took its place"),
        None => "name the instrument that governs these filings".to_owned(),
    };
    reader.error("WF419", at(clock), path, message, &mend);
}

fn length(reader: &mut Reader<'_>, clock: &ClockRule, period: Period, law: &Law, path: &str) {
    let a_year: u64 = match period.unit() {
        Unit::Hours => 24 * 365,
        Unit::WorkingDays => 250,
        Unit::Days => 365,
        Unit::Months => 12,
        Unit::Years => 1,
    };
    if u64::from(period.amount()) > LONGEST_YEARS * a_year {
        let message = format!("{period} is longer than any period of the law");
        reader.error("WF004", at(clock), path, message, "correct the amount or the unit");
    }
    let instrument = law.instrument(clock.law.instrument());
    if instrument.is_ok_and(|instrument| instrument.reads_otherwise(period)) {
        let message = format!(
            "`{}` reads {} 日 as working days",
            clock.law.instrument(),
            period.amount()
        );
        let mend =
            "write `working_days`; where the article says 自然日 or counts otherwise, name the instrument that does";
        reader.warning("WF420", at(clock), path, message, mend);
    }
}
