//! Facts about procedures whose parts run beside each other, on a small one: mediation beside an investigation.

use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    clock::{ClockStatus, samples},
    decide,
    decision::{Actor, CaseView, Command, Decision, Effect, Opening, ProblemCode},
    definition::model::{Definition, FilingMode},
    diagnostic::{Diagnostic, Severity},
    pack::Pack,
};

pub(crate) const NOTICES: &str = "
notices:
  told: { subject: { zh: 通知, en: Notice }, body: { zh: 内容, en: Text } }
  left: { subject: { zh: 通知, en: Notice }, body: { zh: 内容, en: Text } }
  entered: { subject: { zh: 通知, en: Notice }, body: { zh: 内容, en: Text } }
";

pub(crate) const PROCEDURE: &str = "
procedure: twofold
version: 1
title: { zh: 并行, en: Twofold }
instrument: samr-121
roles:
  filer: { title: { zh: 申请人, en: Filer }, kind: party }
  officer: { title: { zh: 经办人, en: Officer }, kind: staff }
fields:
  agreed: { title: { zh: 达成, en: Agreed }, type: bool }
filing:
  by: [filer]
  pages: { what: { title: { zh: 内容, en: What }, form: ['agreed?'] } }
events:
  propose: { title: { zh: 提出, en: Propose }, by: [officer] }
  settle: { title: { zh: 调解, en: Settle }, by: [officer], form: [agreed], do: [ { notify: { to: filer, notice: told } } ] }
  conclude: { title: { zh: 查结, en: Conclude }, by: [officer] }
  suspend: { title: { zh: 中止, en: Suspend }, by: [officer] }
  resume: { title: { zh: 恢复, en: Resume }, by: [officer] }
  note: { title: { zh: 记录, en: Note }, by: [officer], do: [ { notify: { to: filer, notice: told } } ] }
  late: { title: { zh: 逾期, en: Late }, do: [ { escalate: { to: officer, notice: told } } ] }
  signal: { title: { zh: 信号, en: Signal } }
initial: work
states:
  work:
    title: { zh: 办理, en: Work }
    owner: officer
    events:
      suspend: paused
      done:
        - { when: 'active(\"work.mediation.agreed\")', to: closed_agreed }
        - { to: closed_failed }
    parallel:
      mediation:
        title: { zh: 调解, en: Mediation }
        initial: open
        states:
          open: { title: { zh: 待调, en: Open }, events: { propose: work.mediation.proposed, note: } }
          proposed:
            title: { zh: 已提出, en: Proposed }
            events:
              settle: [ { when: data.agreed, to: work.mediation.agreed }, { to: work.mediation.failed } ]
          agreed: { title: { zh: 达成, en: Agreed }, final: true }
          failed: { title: { zh: 未成, en: Failed }, final: true, enter: [ { raise: signal } ] }
      inquiry:
        title: { zh: 调查, en: Inquiry }
        initial: running
        events: { note: }
        states:
          running:
            title: { zh: 调查中, en: Running }
            leave: [ { notify: { to: officer, notice: left } } ]
            events: { conclude: work.inquiry.over, signal: work.inquiry.alone }
          alone: { title: { zh: 单独, en: Alone }, enter: [ { notify: { to: officer, notice: entered } } ], events: { conclude: work.inquiry.over } }
          over: { title: { zh: 完, en: Over }, final: true }
      back: { history: deep, to: work.mediation.open }
  paused: { title: { zh: 中止, en: Paused }, owner: officer, events: { resume: work.back } }
  closed_agreed: { title: { zh: 达成, en: Agreed }, outcome: agreed }
  closed_failed: { title: { zh: 未成, en: Failed }, outcome: failed }
clocks:
  mediate: { title: { zh: 调解, en: Mediate }, within: 60 days, law: 23, duty: authority, runs_in: [work.mediation.open, work.mediation.proposed], expiry: late }
  whole: { title: { zh: 全程, en: Whole }, within: 90 days, law: 23, duty: authority, runs_in: [work, paused], suspended_in: { paused: pause }, expiry: late }
  pause: { title: { zh: 中止, en: Pause }, within: 30 days, law: 23, duty: authority, force: service, runs_in: [paused], expiry: late }
";

const FILED: OffsetDateTime = datetime!(2026-09-23 09:00 +8);

pub(crate) fn read(text: &str) -> (Option<Pack>, Vec<Diagnostic>) {
    let mut files = samples::files();
    files.push(("notices/n.yaml".to_owned(), NOTICES.to_owned()));
    files.push(("procedures/twofold-1.yaml".to_owned(), text.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Pack::load(&files)
}

fn load(text: &str) -> (Option<Pack>, Vec<&'static str>) {
    let (pack, found) = read(text);
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    (pack, errors.map(|d| d.code).collect())
}

/// What is warned of, as code and message.
fn warned(text: &str) -> Vec<(&'static str, String)> {
    let warnings = read(text).1.into_iter().filter(|d| d.severity == Severity::Warning);
    warnings.map(|d| (d.code, d.message)).collect()
}

fn pack() -> Pack {
    let (pack, found) = load(PROCEDURE);
    assert_eq!(found, [] as [&str; 0]);
    pack.unwrap()
}

fn twofold(pack: &Pack) -> &Definition {
    &pack.procedures["twofold"][0]
}

fn view(decision: &Decision) -> CaseView {
    CaseView {
        states: decision.to.clone(),
        remembered: decision.remembered.clone(),
        data: decision.data.clone(),
        clocks: decision.clocks.clone(),
        filed_on: FILED.date(),
        held: Default::default(),
        roster: Default::default(),
        dossier: Default::default(),
    }
}

fn actor(role: &str) -> Actor {
    Actor {
        roles: [role.to_owned()].into(),
        excluded: false,
        ..Default::default()
    }
}

fn opened(pack: &Pack) -> Decision {
    let opening = Opening {
        actor: actor("filer"),
        mode: FilingMode::Named,
        fields: Map::new(),
        complete: true,
    };
    decide::open(twofold(pack), &pack.law, &opening, FILED).unwrap()
}

fn send(
    pack: &Pack,
    before: &Decision,
    event: &str,
    fields: Json,
    days: i64,
) -> Result<Decision, crate::decision::Refusal> {
    let command = Command {
        event: event.to_owned(),
        actor: actor("officer"),
        fields: fields.as_object().cloned().unwrap_or_default(),
        complete: true,
    };
    decide::perform(
        twofold(pack),
        &pack.law,
        &view(before),
        &command,
        FILED + Duration::days(days),
    )
}

fn notices(decision: &Decision) -> Vec<&str> {
    let notices = decision.effects.iter().filter_map(|effect| match effect {
        Effect::Notify { notice, .. } => Some(notice.as_str()),
        _ => None,
    });
    notices.collect()
}

#[test]
fn a_branch_inside_a_region_closes_no_case_and_moves_no_other_region() {
    let closing = PROCEDURE.replace("conclude: work.inquiry.over, signal", "conclude: closed_failed, signal");
    assert_eq!(load(&closing).1, ["WF209"]);
    let across = PROCEDURE.replace(
        "conclude: work.inquiry.over, signal",
        "conclude: work.mediation.failed, signal",
    );
    let told = warned(&across);
    let found = told
        .iter()
        .any(|(code, message)| *code == "WF209" && message.contains("another region"));
    assert!(found, "{told:?}");
}

#[test]
fn a_branch_of_a_region_itself_begins_all_regions_anew_unless_it_is_internal() {
    let of_region = |branch: &str| PROCEDURE.replace("events: { note: }\n", &format!("events: {{ note: {branch} }}\n"));
    let told = warned(&of_region("work.inquiry.alone"));
    let found = told
        .iter()
        .any(|(code, message)| *code == "WF209" && message.contains("itself leaves it"));
    assert!(found, "{told:?}");
    let told = warned(&of_region("{ to: work.inquiry.alone, internal: true }"));
    assert!(told.iter().all(|(code, _)| *code != "WF209"), "{told:?}");
}

#[test]
fn an_event_that_raises_itself_goes_in_circles() {
    let signal = "signal: { title: { zh: 信号, en: Signal }";
    let circle = PROCEDURE
        .replace(signal, &format!("{signal}, do: [ {{ raise: signal }} ]"))
        .replace("events: { note: }\n", "events: { note: , signal: }\n");
    let found = load(&circle).1;
    assert!(found.contains(&"WF207"), "{found:?}");
}

#[test]
fn a_number_that_nothing_can_be_is_refused() {
    let agreed = "  agreed: { title: { zh: 达成, en: Agreed }, type: bool }\n";
    let none = format!("{agreed}  count: {{ title: {{ zh: 数, en: Count }}, type: integer, min: 9, max: 1 }}\n");
    let found = load(&PROCEDURE.replace(agreed, &none)).1;
    assert!(found.contains(&"WF004"), "{found:?}");
}

#[test]
fn internal_stands_only_where_the_target_is_inside() {
    let inside = PROCEDURE.replace(
        "suspend: paused",
        "suspend: { to: work.mediation.open, internal: true }",
    );
    let found = load(&inside).1;
    assert!(!found.contains(&"WF209"), "{found:?}");
    let outside = PROCEDURE.replace("suspend: paused", "suspend: { to: paused, internal: true }");
    assert_eq!(load(&outside).1, ["WF209"]);
}

#[test]
fn a_filing_enters_each_region_and_their_events_move_them_apart() {
    let pack = pack();
    let opened = opened(&pack);
    assert_eq!(opened.to, ["work.mediation.open", "work.inquiry.running"]);
    let concluded = send(&pack, &opened, "conclude", json!({}), 1).unwrap();
    assert_eq!(concluded.to, ["work.mediation.open", "work.inquiry.over"]);
    assert_eq!(concluded.clocks["mediate"].status, ClockStatus::Running);
    assert_eq!(concluded.outcome, None);
}

#[test]
fn a_history_state_whose_default_lies_elsewhere_than_its_memory_leads_to_a_whole_position() {
    let text = PROCEDURE
        .replace(
            "back: { history: deep, to: work.mediation.open }",
            "back: { history: deep, to: work.mediation }",
        )
        .replace(
            "propose: work.mediation.proposed, note: }",
            "propose: work.mediation.proposed }",
        )
        .replace(
            "        initial: open\n",
            "        initial: open\n        events: { note: { to: work.back } }\n",
        );
    let (pack, found) = load(&text);
    assert_eq!(found, [] as [&str; 0]);
    let pack = pack.unwrap();
    // At first it stands for the region that the event comes from, which is then left with all around it.
    let noted = send(&pack, &opened(&pack), "note", json!({}), 1).unwrap();
    assert_eq!(noted.to, ["work.mediation.open", "work.inquiry.running"]);
    let again = send(&pack, &noted, "note", json!({}), 2).unwrap();
    assert_eq!(again.to, ["work.mediation.open", "work.inquiry.running"]);
}

#[test]
fn the_last_region_that_is_done_closes_the_case_by_what_the_other_came_to() {
    let pack = pack();
    let concluded = send(&pack, &opened(&pack), "conclude", json!({}), 1).unwrap();
    let proposed = send(&pack, &concluded, "propose", json!({}), 2).unwrap();
    let agreed = send(&pack, &proposed, "settle", json!({ "agreed": true }), 3).unwrap();
    assert_eq!(
        (agreed.to.as_slice(), agreed.outcome.as_deref()),
        (["closed_agreed".to_owned()].as_slice(), Some("agreed"))
    );
    assert_eq!(agreed.guards, ["data.agreed", "active(\"work.mediation.agreed\")"]);
    assert_eq!(agreed.timers, []);
    let failed = send(&pack, &proposed, "settle", json!({ "agreed": false }), 3).unwrap();
    assert_eq!(failed.outcome.as_deref(), Some("failed"));
}

#[test]
fn a_raised_event_moves_the_other_region_at_once_and_effects_come_in_the_order_of_the_steps() {
    let pack = pack();
    let proposed = send(&pack, &opened(&pack), "propose", json!({}), 1).unwrap();
    let failed = send(&pack, &proposed, "settle", json!({ "agreed": false }), 2).unwrap();
    assert_eq!(failed.to, ["work.mediation.failed", "work.inquiry.alone"]);
    assert_eq!(notices(&failed), ["told", "left", "entered"]);
}

#[test]
fn an_event_that_both_regions_know_has_its_effects_once() {
    let pack = pack();
    let noted = send(&pack, &opened(&pack), "note", json!({}), 1).unwrap();
    assert_eq!(notices(&noted), ["told"]);
    assert_eq!(noted.from, noted.to);
}

#[test]
fn a_history_state_brings_every_region_back_to_where_it_was_left_and_the_clocks_go_on() {
    let pack = pack();
    let opened = opened(&pack);
    let proposed = send(&pack, &opened, "propose", json!({}), 1).unwrap();
    let paused = send(&pack, &proposed, "suspend", json!({}), 10).unwrap();
    assert_eq!(paused.to, ["paused"]);
    assert_eq!(paused.clocks["whole"].status, ClockStatus::Suspended);
    let back = send(&pack, &paused, "resume", json!({}), 15).unwrap();
    assert_eq!(back.to, proposed.to);
    let due = |d: &Decision| d.clocks["whole"].due.at().unwrap().due_at;
    assert_eq!(due(&back) - due(&opened), Duration::days(5));
}

#[test]
fn a_timer_fires_in_one_region_and_leaves_the_other_alone() {
    let pack = pack();
    let opened = opened(&pack);
    let timer = opened.timers.iter().find(|t| t.clock == "mediate").unwrap();
    let fired = decide::fire(twofold(&pack), &pack.law, &view(&opened), timer).unwrap();
    assert_eq!(fired.to, opened.to);
    assert_eq!(fired.clocks["mediate"].status, ClockStatus::Expired);
    assert_eq!(fired.clocks["whole"].status, ClockStatus::Running);
    assert_eq!(notices(&fired), ["told"]);
}

#[test]
fn events_of_all_regions_are_offered_and_others_are_refused() {
    let pack = pack();
    let opened = opened(&pack);
    let offered = decide::available(twofold(&pack), &view(&opened), &actor("officer"));
    let names: Vec<&str> = offered.iter().map(|a| a.event.as_str()).collect();
    assert_eq!(names, ["propose", "note", "suspend", "conclude"]);
    let refused = send(&pack, &opened, "settle", json!({ "agreed": true }), 1).unwrap_err();
    assert_eq!(refused.problems[0].code, ProblemCode::EventNotAvailable);
    let raised = send(&pack, &opened, "signal", json!({}), 1).unwrap_err();
    assert_eq!(raised.problems[0].code, ProblemCode::EventNotAvailable);
}

#[test]
fn the_checker_refuses_what_regions_cannot_be() {
    let faults = [
        (
            "          over: { title: { zh: 完, en: Over }, final: true }",
            "          over: { title: { zh: 完, en: Over }, outcome: over }",
            "WF209",
        ),
        (
            "        - { to: closed_failed }",
            "        - { when: 'active(\"work.mediation.failed\")', to: closed_failed }",
            "WF206",
        ),
        (
            "propose: work.mediation.proposed,",
            "propose: [ { to: [work.mediation.proposed, work.mediation.failed] } ],",
            "WF209",
        ),
        (
            "active(\\\"work.mediation.agreed\\\")",
            "active(\\\"work.mediation.aggreed\\\")",
            "WF101",
        ),
        ("enter: [ { raise: signal } ]", "enter: [ { raise: singal } ]", "WF108"),
        (
            "        events: { note: }\n",
            "        events: { note: , always: }\n",
            "WF207",
        ),
        (
            "    leave: [ { notify: { to: officer, notice: left } } ]",
            "    leave: [ { notify: { to: officer, notice: lost } } ]",
            "WF105",
        ),
        (
            "history: deep, to: work.mediation.open",
            "history: deep, to: work.mediation.opened",
            "WF101",
        ),
    ];
    for (old, new, code) in faults {
        let (old, new) = (old.replace("\\\"", "\""), new.replace("\\\"", "\""));
        assert!(PROCEDURE.contains(&old), "{old}");
        let (pack, found) = load(&PROCEDURE.replace(&old, &new));
        assert!(pack.is_none() && found.contains(&code), "{new}: {found:?}");
    }
}

proptest! {
    #[test]
    fn no_sequence_of_events_leaves_the_chart_or_forgets_a_running_clock(
        steps in proptest::collection::vec((0usize..8, any::<bool>(), 0i64..20), 0..25)
    ) {
        let pack = pack();
        let definition = twofold(&pack);
        let names: Vec<&String> = definition.events.keys().collect();
        let mut case = opened(&pack);
        let mut day = 0;
        for (event, agreed, days) in steps {
            day += days;
            let fields = if names[event] == "settle" { json!({ "agreed": agreed }) } else { json!({}) };
            let before = case.clone();
            match send(&pack, &case, names[event], fields, day) {
                Ok(next) => case = next,
                Err(_) => continue,
            }
            let position = decide::position(definition, &view(&case)).unwrap();
            prop_assert!(definition.chart.is_legal(&position), "{:?}", case.to);
            prop_assert_eq!(before.outcome, None);
            let running: IndexMap<_, _> = case.clocks.iter().filter(|(_, c)| c.status == ClockStatus::Running).collect();
            for (name, _) in running {
                prop_assert!(definition.clocks[name].runs_in.iter().any(|ix| position.contains(*ix)));
            }
        }
    }
}
