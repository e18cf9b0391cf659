//! How the clocks of a case come along when it moves to a later version of its procedure.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use time::{Date, OffsetDateTime};

use super::{Change, mismatch, pause, start};
use crate::{
    chart::Position,
    clock::{ClockError, ClockState, ClockStatus, Law, ledger::ClockTerms},
    decision::{Problem, ProblemCode, Refusal},
    definition::{
        migration::{ClockMove, Migration},
        model::{ClockRule, Definition, Length},
    },
};

/// A case on its way from one version to another.
pub(crate) struct Carried<'c> {
    pub(crate) old: &'c Definition,
    pub(crate) new: &'c Definition,
    pub(crate) migration: &'c Migration,
    pub(crate) from: &'c Position,
    pub(crate) to: &'c Position,
    pub(crate) data: &'c Map<String, Json>,
    pub(crate) filed_on: Date,
    pub(crate) moment: OffsetDateTime,
}

/// The clocks after the move. A clock that goes on keeps its start, suspensions and extensions, and counts by the period
/// and the article of the new version from its start on; one that ended stays as it ended. Then the clocks fit the states
/// that the case is in: what runs there and did not run before starts now, what runs there no more is cancelled.
pub(crate) fn carry(
    law: &Law,
    clocks: &IndexMap<String, ClockState>,
    carried: &Carried<'_>,
) -> Result<IndexMap<String, ClockState>, Refusal> {
    let mut after = IndexMap::new();
    for (name, clock) in clocks {
        let to = match carried.migration.clock(name) {
            ClockMove::Drop => continue,
            ClockMove::Restart => name,
            ClockMove::To(to) => to,
        };
        let rule = carried.new.clocks.get(to);
        let rule = rule.ok_or_else(|| unfit(name))?;
        after.insert(to.to_owned(), moved(law, to, rule, clock).map_err(|_| unfit(name))?);
    }
    let nothing = Map::new();
    let change = Change {
        from: carried.to,
        to: carried.to,
        event: "",
        expired: None,
        extended: &[],
        data: carried.data,
        given: &nothing,
        filed_on: carried.filed_on,
        moment: carried.moment,
    };
    for (name, rule) in &carried.new.clocks {
        if !rule.filed.contains(carried.filed_on) {
            continue;
        }
        let known = after.get(name).cloned();
        if let Some(next) = settle(law, name, rule, known, carried, &change)? {
            after.insert(name.clone(), next);
        }
    }
    for (name, clock) in &mut after {
        // Timers are told apart by clock and generation: those of another clock that had the name are not armed again.
        let same = matches!(carried.migration.clock(name), ClockMove::To(to) if to == name.as_str())
            || carried.migration.clock(name) == ClockMove::Restart;
        if let Some(before) = clocks.get(name).filter(|_| !same) {
            clock.generation = clock.generation.max(before.generation.saturating_add(1));
        }
    }
    Ok(after)
}

/// A clock under the name and the terms that it has in the new version.
fn moved(law: &Law, name: &str, rule: &ClockRule, clock: &ClockState) -> Result<ClockState, ClockError> {
    let renamed = ClockTerms {
        name: name.to_owned(),
        ..clock.terms.clone()
    };
    let open = matches!(clock.status, ClockStatus::Running | ClockStatus::Suspended);
    let terms = if open {
        ClockTerms {
            instrument: rule.law.instrument().to_owned(),
            legal_basis: rule.law.clone(),
            // A date set in a notice stays that date.
            period: match &rule.length {
                Length::Period(period) => *period,
                Length::Until(_) => clock.terms.period,
            },
            duty: rule.duty,
            ..renamed
        }
    } else {
        renamed
    };
    let clock = ClockState { terms, ..clock.clone() };
    clock.reproject(law)
}

fn settle(
    law: &Law,
    name: &str,
    rule: &ClockRule,
    known: Option<ClockState>,
    carried: &Carried<'_>,
    change: &Change<'_>,
) -> Result<Option<ClockState>, Refusal> {
    let runs = |rule: &ClockRule, position: &Position| rule.runs_in.iter().any(|state| position.contains(*state));
    let becomes = |old: &str| match carried.migration.clock(old) {
        ClockMove::To(to) => to == name,
        ClockMove::Restart => old == name,
        ClockMove::Drop => false,
    };
    let mut before = carried.old.clocks.iter().filter(|(old, _)| becomes(old));
    let was = before.any(|(_, rule)| runs(rule, carried.from));
    let anew = carried.migration.clock(name) == ClockMove::Restart && carried.old.clocks.contains_key(name);
    let is = runs(rule, carried.to);
    let open = |clock: &ClockState| matches!(clock.status, ClockStatus::Running | ClockStatus::Suspended);
    let next = match known {
        Some(clock) if !is && open(&clock) => Some(clock.cancel(carried.moment).map_err(mismatch)?),
        known if is && (anew || !was) => start(law, name, rule, known.as_ref(), change)?.or(known),
        known => known,
    };
    next.map(|clock| pause(law, rule, clock, is, change)).transpose()
}

fn unfit(clock: &str) -> Refusal {
    Problem::field(ProblemCode::ClockNotMigratable, clock).into()
}
