//! How far a case is: the steps of its procedure, and whose turn it is.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use time::Date;
use zhengming_engine::{
    definition::model::{Definition, FieldKind, Owner, State, StateIx},
    form::date,
};

use super::{page::Words, party};
use crate::service::case_view::CaseDetail;

/// A step of the tracker.
pub(super) struct Step {
    pub(super) title: String,
    /// `done`, `now`, `next`, `passed` over by a case that went another way; `past`, or `over` after the end, where the reader does
    /// not know.
    pub(super) state: &'static str,
    pub(super) state_words: String,
}

/// The roles that act in the states that a case is in.
pub(super) fn turn(words: Words, case: &CaseDetail) -> String {
    let definition = &case.definition;
    if case.case.closed_at.is_some() {
        return String::new();
    }
    let active = case
        .case
        .states
        .iter()
        .filter_map(|id| definition.at(definition.state(id)?));
    let mut named: Vec<String> = Vec::new();
    for state in active {
        let Owner::Roles(roles) = &state.owner else { continue };
        for role in roles.iter().filter(|role| definition.roles.contains_key(*role)) {
            let title = party::called(words, case, role);
            if !named.contains(&title) {
                named.push(title);
            }
        }
    }
    named.join(&words.t("portal-list-separator"))
}

/// The states that a case is in, each with those around it.
fn around(case: &CaseDetail) -> impl Iterator<Item = &State> {
    let definition = &case.definition;
    let leaves = case.case.states.iter().filter_map(|id| definition.state(id));
    leaves.flat_map(|leaf| definition.lineage(leaf)).map(|(_, state)| state)
}

/// The steps that only others can take in the states that a case is in, each with the roles that can. Who handles a case reads
/// there what it waits for: a case officer cannot file a case and would find no step that leads on.
pub(super) fn elsewhere(words: Words, case: &CaseDetail) -> Vec<(String, String)> {
    let definition = &case.definition;
    if case.case.closed_at.is_some() || !case.standing.reads_as_staff() {
        return Vec::new();
    }
    let names = around(case).flat_map(|state| state.transitions.keys());
    let mut told: Vec<(String, String)> = Vec::new();
    for name in names {
        let Some(event) = definition.events.get(name) else {
            continue;
        };
        let own = case.available.iter().any(|available| available.event == *name);
        if own || event.by.is_empty() {
            continue;
        }
        let roles: Vec<String> = event.by.iter().map(|role| party::called(words, case, role)).collect();
        let step = (
            words.pick(&event.title).to_owned(),
            roles.join(&words.t("portal-list-separator")),
        );
        if !told.contains(&step) {
            told.push(step);
        }
    }
    told
}

/// When and where people meet next: the answers that the states of a case name for that, as far as the reader may read them, until
/// the day on which they meet is over.
pub(super) fn appointment(case: &CaseDetail, today: Option<Date>) -> Vec<(String, Json)> {
    let mut told: Vec<(String, Json)> = Vec::new();
    for state in around(case) {
        if today.is_some_and(|today| is_over(&case.definition, &state.appointment, &case.fields, today)) {
            continue;
        }
        for name in &state.appointment {
            let answer = case.fields.iter().find(|(field, _)| field == name);
            if let Some(answer) = answer.filter(|answer| !told.contains(answer)) {
                told.push(answer.clone());
            }
        }
    }
    told
}

/// Whether the day of an appointment has passed: the first of its fields that asks for a day says which it is.
fn is_over(definition: &Definition, names: &[String], answers: &[(String, Json)], today: Date) -> bool {
    let is_day = |name: &&String| {
        let field = definition.fields.get(*name);
        field.is_some_and(|field| matches!(field.kind, FieldKind::Date { .. }))
    };
    let named = names.iter().find(is_day);
    let answer = named.and_then(|name| answers.iter().find(|(field, _)| field == name));
    answer
        .and_then(|(_, day)| date(day).ok())
        .is_some_and(|day| day < today)
}

/// Phases that many procedures lead to and few cases: others act there, or somebody has to ask for it.
const ASIDE: [&str; 5] = ["transfer", "police", "criminal", "hearing", "remedy"];

/// Whether a case can go on without this phase, so that it is no step of which to say that it has not begun: the trader of a
/// penalty case would read that the police come next.
fn aside(definition: &Definition, phases: &[&str], phase: &str) -> bool {
    let after = phases.iter().skip_while(|other| **other != phase);
    let mut main = after.filter(|other| !ASIDE.contains(*other) && **other != "closed");
    ASIDE.contains(&phase) && main.next().is_some_and(|goal| leads_past(definition, phase, goal))
}

/// Whether a way leads from the beginning to one phase and through none of another.
fn leads_past(definition: &Definition, phase: &str, goal: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<StateIx> = definition.entered(definition.initial);
    while let Some(leaf) = open.pop() {
        let Some(state) = definition.at(leaf) else { continue };
        if state.phase == phase || !seen.insert(leaf) {
            continue;
        }
        if state.phase == goal {
            return true;
        }
        for (_, around) in definition.lineage(leaf) {
            let targets = around.branches().flat_map(|branch| &branch.to);
            open.extend(targets.flat_map(|to| definition.entered(*to)));
        }
    }
    false
}

/// The phases of a case in the order in which it goes through them: a hearing comes before the decision in whose state it is
/// held. Those aside stand among them once the case has been there.
fn passed_through(definition: &Definition, entered: impl Fn(&str) -> bool) -> Vec<&str> {
    let all = definition.phases();
    let stays = |phase: &&&str| entered(phase) || !aside(definition, &all, phase);
    let mut phases: Vec<&str> = all.iter().filter(stays).copied().collect();
    let place = |phases: &[&str], phase: &str| phases.iter().position(|other| *other == phase);
    if let (Some(decision), Some(hearing)) = (place(&phases, "decision"), place(&phases, "hearing"))
        && decision < hearing
    {
        let moved = phases.remove(hearing);
        phases.insert(decision, moved);
    }
    phases
}

/// The tracker: the steps of the procedure, also those that are not ours to take. Only whoever sees the whole history is told
/// which of them a case has left out; to others those of which they have seen nothing are past, and after
/// the end over, not done.
pub(super) fn steps(words: Words, case: &CaseDetail) -> Vec<Step> {
    let definition = &case.definition;
    let closed = case.case.closed_at.is_some();
    let whole = case.standing.reads_as_staff();
    let entered = |phase: &str| {
        let places = case.events.iter().flat_map(|event| &event.to);
        let mut states = places.filter_map(|id| definition.at(definition.state(id)?));
        states.any(|state| state.phase == phase)
    };
    let phases = passed_through(definition, |phase| phase == case.case.phase || entered(phase));
    let current = phases.iter().position(|p| *p == case.case.phase).unwrap_or(0);
    let step = |(at, phase): (usize, &&str)| {
        let state = match at {
            _ if at == current && !closed => "now",
            // A case that came back from the police has been there, and may go on without them.
            _ if at > current && !closed && !(ASIDE.contains(phase) && entered(phase)) => "next",
            _ if at != current && !entered(phase) => match (whole, closed) {
                (true, _) => "passed",
                (false, true) => "over",
                (false, false) => "past",
            },
            _ => "done",
        };
        Step {
            title: words.code("portal-phase", phase),
            state,
            state_words: words.code("portal-step", state),
        }
    };
    phases.iter().enumerate().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{web::progress::patient, workflows};

    #[test]
    fn a_penalty_case_names_police_and_hearing_only_once_it_was_there_and_the_hearing_before_the_decision() {
        let pack = workflows::load(None).unwrap();
        let definition = pack.procedures["penalty"].last().unwrap();
        let plain = [
            "intake",
            "investigation",
            "review",
            "decision",
            "execution",
            "result",
            "closed",
        ];
        assert_eq!(passed_through(definition, |_| false), plain);
        let heard = passed_through(definition, |phase| phase == "hearing");
        let place = |phase: &str| heard.iter().position(|other| *other == phase).unwrap();
        assert!(place("hearing") < place("decision"), "{heard:?}");
        assert!(!heard.contains(&"police"), "{heard:?}");
    }

    #[test]
    fn what_a_procedure_is_about_stays_a_step_of_it() {
        let pack = workflows::load(None).unwrap();
        for (key, phase) in [
            ("criminal_referral", "police"),
            ("jurisdiction", "transfer"),
            ("penalty_hearing", "hearing"),
        ] {
            let definition = pack.procedures[key].last().unwrap();
            assert!(passed_through(definition, |_| false).contains(&phase), "{key}");
        }
    }

    #[test]
    fn a_period_that_only_has_to_be_over_is_told_from_one_by_whose_end_something_is_owed() {
        let pack = workflows::load(None).unwrap();
        let hearing = pack.procedures["penalty_hearing"].last().unwrap();
        assert!(hearing.clocks["notice_period"].waits);
        assert!(!hearing.clocks["fixing"].waits);
        assert_eq!(patient("soon"), "fine", "that it ends soon hurries nobody");
        assert_eq!(patient("paused"), "paused");
    }

    #[test]
    fn an_appointment_is_shown_until_its_day_is_over() {
        let pack = workflows::load(None).unwrap();
        let definition = pack.procedures["consumer_mediation"].last().unwrap();
        let names = ["session_time", "session_on", "session_place"].map(str::to_owned);
        let answers = [("session_on", "2026-05-27"), ("session_time", "9:30")];
        let answers = answers.map(|(name, value)| (name.to_owned(), Json::from(value)));
        let over = |day: &str| is_over(definition, &names, &answers, date(&Json::from(day)).unwrap());
        assert!(!over("2026-05-26") && !over("2026-05-27"));
        assert!(over("2026-05-28"));
        let later = date(&Json::from("2027-01-01")).unwrap();
        assert!(!is_over(definition, &names, &answers[1..], later), "no day is fixed");
    }

    #[test]
    fn every_state_with_a_session_that_is_fixed_says_when_it_is() {
        let pack = workflows::load(None).unwrap();
        for definition in pack.procedures.values().flatten() {
            for state in definition
                .states
                .iter()
                .filter(|state| state.id.ends_with(".scheduled"))
            {
                let fixed = state.appointment.iter().any(|field| field == "session_on");
                assert!(fixed, "{} {}", definition.key, state.id);
            }
        }
    }
}
