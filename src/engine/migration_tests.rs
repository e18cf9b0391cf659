//! Facts about cases that move to a later version of their procedure, on the small procedure and a second version of it.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use time::{Date, OffsetDateTime, macros::datetime};

use crate::{
    clock::{ClockStatus, samples},
    decide,
    decision::{CaseView, Command, Decision, MIGRATED, ProblemCode, Refusal},
    definition::model::Definition,
    diagnostic::{Diagnostic, Severity},
    pack::Pack,
    procedure_tests::{NOTICES, PROCEDURE, actor, after, due, fields, opened, sample, send},
};

const MAP: &str = "{from: 1, states: {work: handling}, fields: {amount: sum}, clocks: {lab: assay}}";
const MONDAY: OffsetDateTime = datetime!(2026-10-12 10:00 +8);

/// The second version: other names for a state, a field and a clock; ten working days for the review.
fn second(map: &str) -> String {
    let text = PROCEDURE
        .replace("working_days", "DAYS")
        .replace("work", "handling")
        .replace("DAYS", "working_days")
        .replace("amount", "sum")
        .replace(
            "  lab: { title: { zh: 检测, en: Lab }, within",
            "  assay: { title: { zh: 检测, en: Lab }, within",
        )
        .replace("within: 7 working_days", "within: 10 working_days")
        .replace("version: 1", "version: 2\nfiled: { from: 2026-10-01 }");
    format!("{text}migrates: {map}\n")
}

fn read(second: &str) -> (Option<Pack>, Vec<Diagnostic>) {
    let first = PROCEDURE.replace("version: 1", "version: 1\nfiled: { to: 2026-09-30 }");
    let mut files = samples::files();
    files.push(("notices/n.yaml".to_owned(), NOTICES.to_owned()));
    files.push(("procedures/sample-1.yaml".to_owned(), first));
    files.push(("procedures/sample-2.yaml".to_owned(), second.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (pack, mut found) = Pack::load(&files);
    found.retain(|d| d.file.starts_with("procedures"));
    (pack, found)
}

fn load(second: &str) -> (Option<Pack>, Vec<(u32, &'static str, String)>) {
    let (pack, found) = read(second);
    let found = found.into_iter().filter(|d| d.severity == Severity::Error);
    (pack, found.map(|d| (d.line, d.code, d.path)).collect())
}

fn pack(map: &str) -> Pack {
    let (pack, found) = load(&second(map));
    assert_eq!(found, []);
    pack.unwrap()
}

fn new(pack: &Pack) -> &Definition {
    &pack.procedures["sample"][1]
}

fn migrated(pack: &Pack, view: &CaseView, at: OffsetDateTime) -> Result<Decision, Refusal> {
    let (old, new) = (sample(pack), new(pack));
    decide::migrate(old, new, &new.migrations[0], &pack.law, view, at)
}

fn send_new(pack: &Pack, view: &CaseView, event: &str, at: OffsetDateTime) -> Decision {
    let command = Command {
        event: event.to_owned(),
        actor: actor("officer"),
        fields: fields(json!({})),
        complete: true,
    };
    decide::perform(new(pack), &pack.law, view, &command, at).unwrap()
}

/// A case in the laboratory since the second day.
fn in_the_lab(pack: &Pack) -> CaseView {
    let view = after(&send(pack, &opened(pack, 5), "accept", datetime!(2026-09-24 09:00 +8)));
    after(&send(pack, &view, "test", datetime!(2026-09-24 15:00 +8)))
}

fn day(month: u8, day: u8) -> Option<Date> {
    Date::from_calendar_date(2026, month.try_into().unwrap(), day).ok()
}

#[test]
fn a_case_moves_with_its_states_answers_and_clocks_and_goes_on_there() {
    let pack = pack(MAP);
    let before = in_the_lab(&pack);
    let decision = migrated(&pack, &before, MONDAY).unwrap();
    assert_eq!(decision.kind, MIGRATED);
    assert_eq!(
        (&decision.from, &decision.to),
        (&vec!["work.lab".to_owned()], &vec!["handling.lab".to_owned()])
    );
    assert_eq!(Json::Object(decision.data.clone()), json!({ "sum": 5 }));
    assert_eq!(decision.effects, [], "nobody is told, nothing is made");
    assert!(decision.raises_version && decision.outcome.is_none());
    let names: Vec<_> = decision.clocks.keys().collect();
    assert_eq!(names, ["review", "assay"]);
    let (review, assay) = (&decision.clocks["review"], &decision.clocks["assay"]);
    assert_eq!(review.status, ClockStatus::Suspended);
    assert_eq!(review.suspensions, before.clocks["review"].suspensions);
    assert_eq!(review.started_at, before.clocks["review"].started_at);
    assert_eq!((review.terms.period.amount(), assay.terms.name.as_str()), (10, "assay"));
    assert_eq!(due(&decision.clocks, "assay"), due(&before.clocks, "lab"));
    assert!(
        decision.timers.iter().all(|t| t.clock == "assay"),
        "{:?}",
        decision.timers
    );

    let back = datetime!(2026-10-13 10:00 +8);
    let old = send(&pack, &before, "back", back);
    let new = send_new(&pack, &after(&decision), "back", back);
    assert_eq!(new.to, ["handling.small"]);
    assert_eq!(
        due(&old.clocks, "review"),
        day(10, 21),
        "six working days are left of seven"
    );
    assert_eq!(due(&new.clocks, "review"), day(10, 26), "and nine of ten");
    assert_eq!(new.clocks["assay"].status, ClockStatus::Met);
}

#[test]
fn clocks_start_anew_or_stay_behind_where_the_map_says_so() {
    let pack =
        pack("{from: 1, states: {work: handling}, fields: {amount: drop}, clocks: {lab: drop, review: restart}}");
    let before = after(&send(
        &pack,
        &opened(&pack, 5),
        "accept",
        datetime!(2026-09-24 09:00 +8),
    ));
    let decision = migrated(&pack, &before, MONDAY).unwrap();
    let review = &decision.clocks["review"];
    assert_eq!((review.generation, review.started_at), (2, MONDAY));
    assert_eq!(due(&decision.clocks, "review"), day(10, 26));
    assert!(decision.data.is_empty(), "{:?}", decision.data);

    let decision = migrated(&pack, &in_the_lab(&pack), MONDAY).unwrap();
    assert_eq!(
        decision.clocks["review"].status,
        ClockStatus::Suspended,
        "it starts, and stands still at once"
    );
    let assay = &decision.clocks["assay"];
    assert_eq!(
        (assay.generation, assay.started_at),
        (1, MONDAY),
        "what runs there now starts there"
    );
}

#[test]
fn a_clock_that_runs_no_more_in_the_new_state_is_cancelled() {
    let pack = pack(
        "{from: 1, states: {work: handling, work.lab: handling.small}, fields: {amount: sum}, clocks: {lab: assay}}",
    );
    let decision = migrated(&pack, &in_the_lab(&pack), MONDAY).unwrap();
    assert_eq!(decision.to, ["handling.small"]);
    assert_eq!(decision.clocks["assay"].status, ClockStatus::Cancelled);
    assert_eq!(
        decision.clocks["review"].status,
        ClockStatus::Running,
        "it is suspended no longer"
    );
    assert_eq!(decision.clocks["review"].suspensions[0].time.to(), Some(MONDAY));
}

#[test]
fn a_map_that_leaves_something_out_is_refused_with_what_and_where() {
    let last = u32::try_from(second(MAP).lines().count()).unwrap();
    let faults = |map: &str| {
        let (pack, found) = load(&second(map));
        assert!(pack.is_none(), "{map}");
        assert!(
            found.iter().all(|(line, code, _)| (*line, *code) == (last, "WF604")),
            "{found:?}"
        );
        found.into_iter().map(|(_, _, path)| path).collect::<Vec<_>>()
    };
    assert_eq!(
        faults("{from: 1, fields: {amount: sum}, clocks: {lab: assay}}"),
        [
            "migrates.states.work.big",
            "migrates.states.work.lab",
            "migrates.states.work.small"
        ]
    );
    assert_eq!(
        faults("{from: 1, states: {work: handling}, clocks: {lab: assay}}"),
        ["migrates.fields.amount"]
    );
    assert_eq!(
        faults("{from: 1, states: {work: handling}, fields: {amount: sum}}"),
        ["migrates.clocks.lab"]
    );
    assert_eq!(
        faults("{from: 1, states: {work: handling, open: done}, fields: {amount: sum}, clocks: {lab: assay}}"),
        ["migrates.states.open"],
        "moving closes no case"
    );
    assert_eq!(
        faults("{from: 1, states: {work: handling, wrk: open}, fields: {amount: urgent}, clocks: {lab: review}}"),
        [
            "migrates.clocks.lab",
            "migrates.fields.amount",
            "migrates.fields.urgent",
            "migrates.states.wrk"
        ]
    );
    assert_eq!(faults("{from: 2}"), ["migrates.from"]);
    assert_eq!(faults("{from: 7}"), ["migrates.from"]);
}

#[test]
fn what_the_new_version_requires_of_a_filing_must_be_recorded() {
    let required = second(MAP).replace("'sum?'", "sum");
    let (pack, found) = load(&required);
    assert_eq!(found, []);
    let pack = pack.unwrap();
    let mut view = opened(&pack, 5);
    migrated(&pack, &view, MONDAY).unwrap();
    view.data.clear();
    let refused = migrated(&pack, &view, MONDAY).unwrap_err();
    let problem = &refused.problems[0];
    assert_eq!(
        (problem.code, problem.field.as_deref()),
        (ProblemCode::MissingField, Some("sum"))
    );
}

#[test]
fn a_case_is_given_what_it_lacks_and_keeps_what_it_has() {
    let map = MAP.replace("from: 1", "from: 1, set: {sum: 700}");
    let required = second(&map).replace("'sum?'", "sum");
    let (pack, found) = load(&required);
    assert_eq!(found, []);
    let pack = pack.unwrap();
    let mut view = opened(&pack, 5);
    assert_eq!(migrated(&pack, &view, MONDAY).unwrap().data["sum"], 5);
    view.data.clear();
    let given = migrated(&pack, &view, MONDAY).unwrap();
    assert_eq!(given.data["sum"], 700);
    let kept = serde_json::to_value(given.migration).unwrap();
    assert_eq!(kept["set"], json!({ "sum": 700 }), "the event holds it for a replay");
}

#[test]
fn a_value_that_no_case_can_be_given_is_refused_at_its_line() {
    let faults = |set: &str| -> Vec<String> {
        let found = load(&second(&MAP.replace("from: 1", &format!("from: 1, set: {set}")))).1;
        found.into_iter().map(|(_, _, path)| path).collect()
    };
    assert_eq!(faults("{sum: many}"), ["migrates.set.sum"]);
    assert_eq!(faults("{sums: 5}"), ["migrates.set.sums"]);
    assert_eq!(faults("{sum: 5}"), [""; 0]);
}

#[test]
fn a_clock_that_is_dropped_though_the_new_version_has_it_is_told() {
    let warned = |clocks: &str| {
        let map = MAP.replace("clocks: {lab: assay}", &format!("clocks: {clocks}"));
        let warnings = read(&second(&map)).1.into_iter().filter(|d| d.code == "WF604");
        warnings.map(|d| (d.severity, d.path)).collect::<Vec<_>>()
    };
    let told = [(Severity::Warning, "migrates.clocks.review".to_owned())];
    assert_eq!(warned("{lab: assay, review: drop}"), told);
    assert_eq!(warned("{lab: assay, review: restart}"), []);
    assert_eq!(warned("{lab: drop}"), []);
}

#[test]
fn a_map_and_the_filing_days_do_not_change_what_a_version_is_to_its_cases() {
    let plain = pack(MAP);
    let other = pack("{from: 1, states: {work: handling}, fields: {amount: drop}, clocks: {lab: drop}}");
    assert_ne!(new(&plain).hash, new(&other).hash);
    assert_eq!(new(&plain).rules, new(&other).rules);
    assert_ne!(new(&plain).rules, sample(&plain).rules);
}

proptest! {
    #[test]
    fn wherever_a_case_is_it_moves_into_states_that_exist_and_keeps_what_it_had(
        amount in 0_i64..200_000,
        events in prop::collection::vec(prop::sample::select(vec!["accept", "test", "back", "prolong"]), 0..8),
    ) {
        let pack = pack(MAP);
        let mut view = opened(&pack, amount);
        let mut at = datetime!(2026-09-24 09:00 +8);
        for event in events {
            at += time::Duration::hours(3);
            let command = Command {
                event: event.to_owned(),
                actor: actor("officer"),
                fields: fields(json!({})),
                complete: true,
            };
            if let Ok(decision) = decide::perform(sample(&pack), &pack.law, &view, &command, at) {
                view = after(&decision);
            }
        }
        let decision = migrated(&pack, &view, at + time::Duration::hours(1)).unwrap();
        let expected: Vec<String> = view.states.iter().map(|s| s.replace("work", "handling")).collect();
        prop_assert_eq!(&decision.to, &expected);
        let position = decide::position(new(&pack), &after(&decision)).unwrap();
        prop_assert!(new(&pack).chart.is_legal(&position));
        for (name, clock) in &view.clocks {
            let name = if name == "lab" { "assay" } else { name.as_str() };
            let moved = &decision.clocks[name];
            prop_assert_eq!(moved.status, clock.status);
            prop_assert_eq!(moved.started_at, clock.started_at);
            prop_assert_eq!(&moved.suspensions, &clock.suspensions);
            prop_assert_eq!(&moved.extensions, &clock.extensions);
        }
        let again = migrated(&pack, &view, at + time::Duration::hours(1)).unwrap();
        prop_assert_eq!(again, decision);
    }
}
