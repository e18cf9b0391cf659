//! Facts about procedures as a whole, on a small one of their own: what the checker refuses, what `decide` does.

use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use time::{Date, OffsetDateTime, macros::datetime};

use crate::{
    clock::{ClockStatus, samples},
    decide,
    decision::{Actor, CaseView, Command, Decision, Effect, Opening, ProblemCode, Timer},
    definition::model::{Definition, FilingMode},
    diagnostic::Severity,
    pack::Pack,
};

pub(crate) const NOTICES: &str = "
notices:
  told:
    subject: { zh: '案件{case.number}', en: 'Case {case.number}' }
    body: { zh: '至{clock.review.due}', en: 'By {clock.review.due}' }
";

pub(crate) const PROCEDURE: &str = "
procedure: sample
version: 1
title: { zh: 样例, en: Sample }
instrument: samr-121
roles:
  filer: { title: { zh: 申请人, en: Filer }, kind: party }
  officer: { title: { zh: 经办人, en: Officer }, kind: staff }
fields:
  amount: { title: { zh: 金额, en: Amount }, type: money, readers: [filer] }
  told: { title: { zh: 内容, en: What }, type: long_text, storage: personal, readers: [filer] }
  name: { title: { zh: 姓名, en: Name }, type: text, storage: identity }
  urgent: { title: { zh: 紧急, en: Urgent }, type: bool }
filing:
  by: [filer]
  modes: [named, anonymous]
  pages:
    what: { title: { zh: 内容, en: What }, form: [told, 'amount?'] }
    who: { title: { zh: 您是谁, en: You }, form: [name] }
events:
  accept:
    title: { zh: 受理, en: Accept }
    by: [officer]
    form: ['urgent?']
    law: 15.1
    do: [ { notify: { to: filer, notice: told } }, { assign: { role: officer } } ]
  test: { title: { zh: 送检, en: Test }, by: [officer] }
  back: { title: { zh: 检毕, en: Tested }, by: [officer] }
  prolong: { title: { zh: 延期, en: Prolong }, by: [officer], do: [ { extend: review } ] }
  close: { title: { zh: 办结, en: Close }, by: [officer] }
  late: { title: { zh: 逾期, en: Late }, do: [ { escalate: { to: officer, notice: told } } ] }
  lab_late: { title: { zh: 检测逾期, en: Test late }, do: [ { notify: { to: officer, notice: told } } ] }
initial: open
states:
  open:
    title: { zh: 待办, en: Open }
    owner: officer
    events:
      accept:
        - { when: 'has(data.amount) && data.amount >= 100000', to: work.big }
        - { to: work }
  work:
    title: { zh: 办理, en: Work }
    owner: officer
    initial: small
    events:
      close:
        to: done
        requires:
          - { when: '!has(data.urgent) || data.urgent', code: not_urgent, reason: { zh: 不紧急, en: Not urgent }, law: 15 }
      prolong:
    states:
      small: { title: { zh: 小额, en: Small }, events: { test: work.lab } }
      big: { title: { zh: 大额, en: Big } }
      lab: { title: { zh: 检测, en: Lab }, events: { back: work.small } }
  done: { title: { zh: 已结, en: Done }, outcome: done }
clocks:
  review:
    title: { zh: 审查, en: Review }
    within: 7 working_days
    law: 15.1
    duty: authority
    runs_in: [open, work]
    suspended_in: { work.lab: testing }
    warn: [ { before: 2 working_days, notify: officer, notice: told } ]
    expiry: late
    extension: { by: 3 working_days, max: 1, approver: officer }
  lab: { title: { zh: 检测, en: Lab }, within: 20 working_days, law: 22, duty: authority, force: service, runs_in: [work.lab], expiry: lab_late }
";

pub(crate) fn load(procedure: &str) -> (Option<Pack>, Vec<(u32, &'static str, Severity)>) {
    let mut files = samples::files();
    files.push(("notices/n.yaml".to_owned(), NOTICES.to_owned()));
    files.push(("procedures/sample-1.yaml".to_owned(), procedure.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (pack, found) = Pack::load(&files);
    let found = found
        .into_iter()
        .filter(|d| d.file.starts_with("procedures"))
        .map(|d| (d.line, d.code, d.severity));
    (pack, found.collect())
}

pub(crate) fn pack() -> Pack {
    let (pack, found) = load(PROCEDURE);
    assert_eq!(found, []);
    pack.unwrap()
}

pub(crate) fn sample(pack: &Pack) -> &Definition {
    &pack.procedures["sample"][0]
}

pub(crate) fn actor(role: &str) -> Actor {
    Actor {
        roles: [role.to_owned()].into(),
        excluded: false,
        ..Default::default()
    }
}

pub(crate) fn fields(value: Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap_or_default()
}

pub(crate) const FILED: OffsetDateTime = datetime!(2026-09-23 09:00 +8);

pub(crate) fn opened(pack: &Pack, amount: i64) -> CaseView {
    after(&opening(pack, amount, FILED))
}

pub(crate) fn opening(pack: &Pack, amount: i64, at: OffsetDateTime) -> Decision {
    let opening = Opening {
        actor: actor("filer"),
        mode: FilingMode::Named,
        fields: fields(json!({ "told": "x", "name": "y", "amount": amount })),
        complete: true,
    };
    decide::open(sample(pack), &pack.law, &opening, at).unwrap()
}

pub(crate) fn after(decision: &Decision) -> CaseView {
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

pub(crate) fn send(pack: &Pack, view: &CaseView, event: &str, at: OffsetDateTime) -> Decision {
    try_send(pack, view, event, json!({}), at).unwrap()
}

pub(crate) fn try_send(
    pack: &Pack,
    view: &CaseView,
    event: &str,
    answers: Json,
    at: OffsetDateTime,
) -> Result<Decision, Vec<ProblemCode>> {
    let command = Command {
        event: event.to_owned(),
        actor: actor("officer"),
        fields: fields(answers),
        complete: true,
    };
    decide::perform(sample(pack), &pack.law, view, &command, at)
        .map_err(|refusal| refusal.problems.iter().map(|p| p.code).collect())
}

pub(crate) fn due(clocks: &IndexMap<String, crate::clock::ClockState>, clock: &str) -> Option<Date> {
    clocks[clock].due.at().map(|d| d.due_date)
}

#[test]
fn personal_and_identity_answers_never_enter_the_case_data() {
    let pack = pack();
    let opening = Opening {
        actor: actor("filer"),
        mode: FilingMode::Named,
        fields: fields(json!({ "told": "facts", "name": "somebody", "amount": 5 })),
        complete: true,
    };
    let decision = decide::open(sample(&pack), &pack.law, &opening, FILED).unwrap();
    assert_eq!(Json::Object(decision.data), json!({ "amount": 5 }));
    assert_eq!(Json::Object(decision.personal), json!({ "told": "facts" }));
    assert_eq!(Json::Object(decision.identity), json!({ "name": "somebody" }));
}

#[test]
fn an_anonymous_filer_is_not_asked_who_they_are_and_may_not_say_so() {
    let pack = pack();
    let anonymous = |answers: Json| {
        let opening = Opening {
            actor: actor("filer"),
            mode: FilingMode::Anonymous,
            fields: fields(answers),
            complete: true,
        };
        decide::open(sample(&pack), &pack.law, &opening, FILED)
    };
    assert!(anonymous(json!({ "told": "facts" })).is_ok());
    let refusal = anonymous(json!({ "told": "facts", "name": "somebody" })).unwrap_err();
    assert_eq!(refusal.problems[0].code, ProblemCode::UnknownField);
}

#[test]
fn every_missing_and_unfit_answer_is_reported_at_once() {
    let pack = pack();
    let opening = Opening {
        actor: actor("officer"),
        mode: FilingMode::Confidential,
        fields: fields(json!({ "amount": -1, "nonsense": true })),
        complete: true,
    };
    let refusal = decide::open(sample(&pack), &pack.law, &opening, FILED).unwrap_err();
    let codes: Vec<_> = refusal.problems.iter().map(|p| p.code).collect();
    for code in [
        ProblemCode::RoleRequired,
        ProblemCode::ModeNotAllowed,
        ProblemCode::UnknownField,
        ProblemCode::MissingField,
        ProblemCode::InvalidField,
    ] {
        assert!(codes.contains(&code), "{code:?} in {codes:?}");
    }
}

#[test]
fn seven_working_days_end_on_the_make_up_saturday_and_two_before_it_is_warned_at_nine() {
    let pack = pack();
    let view = opened(&pack, 1);
    assert_eq!(due(&view.clocks, "review").unwrap().to_string(), "2026-10-10");
    let decision = send(&pack, &view, "accept", datetime!(2026-09-24 10:00 +8));
    let timers: Vec<_> = decision.timers.iter().map(|t| (t.rung.as_str(), t.due_at)).collect();
    let expected = [
        ("warn-0:2026-10-10", datetime!(2026-10-08 09:00 +8)),
        ("expiry:2026-10-10", datetime!(2026-10-11 00:00 +8)),
    ];
    assert_eq!(timers, expected);
}

#[test]
fn what_a_party_reads_of_its_own_step_is_another_text_and_for_a_step_that_parties_take() {
    let with = |rest: &str| -> Vec<&'static str> {
        let own = format!("  test: {{ title: {{ zh: 送检, en: Test }}, {rest} }}");
        let plain = "  test: { title: { zh: 送检, en: Test }, by: [officer] }";
        assert!(PROCEDURE.contains(plain));
        let (pack, found) = load(&PROCEDURE.replacen(plain, &own, 1));
        assert!(pack.is_some());
        let of_titles = found.into_iter().map(|(_, code, _)| code);
        of_titles.filter(|code| ["WF109", "WF504"].contains(code)).collect()
    };
    let other = "title_own: { zh: 由您送检, en: You test }";
    assert_eq!(with(&format!("{other}, by: [officer, filer]")), [""; 0]);
    assert_eq!(with(&format!("{other}, by: [officer]")), ["WF504"]);
    let same = "title_own: { zh: 送检, en: Test }, by: [officer, filer]";
    assert_eq!(with(same), ["WF109"]);
}

#[test]
fn the_first_branch_whose_condition_holds_is_taken_and_a_parent_enters_its_first_state() {
    let pack = pack();
    let at = datetime!(2026-09-24 10:00 +8);
    assert_eq!(send(&pack, &opened(&pack, 100_000), "accept", at).to, ["work.big"]);
    let small = send(&pack, &opened(&pack, 99_999), "accept", at);
    assert_eq!(small.to, ["work.small"]);
    assert!(small.effects.contains(&Effect::Assign {
        role: "officer".to_owned(),
        account: None,
        additional: false,
    }));
}

#[test]
fn a_requirement_blocks_with_its_reason_before_and_at_the_event() {
    let pack = pack();
    let at = datetime!(2026-09-24 10:00 +8);
    let command = json!({ "urgent": false });
    let view = after(&try_send(&pack, &opened(&pack, 1), "accept", command, at).unwrap());
    assert_eq!(
        try_send(&pack, &view, "close", json!({}), at).unwrap_err(),
        [ProblemCode::RequirementNotMet]
    );
    let available = decide::available(sample(&pack), &view, &actor("officer"));
    let close = available.iter().find(|a| a.event == "close").unwrap();
    let (code, reason) = close.blocked_by[0].requirement.clone().unwrap();
    assert_eq!((code.as_str(), reason.zh.as_str()), ("not_urgent", "不紧急"));
    assert_eq!(close.blocked_by[0].law.as_ref().unwrap().as_str(), "samr-121#15");
}

#[test]
fn a_suspended_clock_has_no_due_date_no_timer_and_goes_on_with_what_was_left() {
    let pack = pack();
    let view = after(&send(
        &pack,
        &opened(&pack, 1),
        "accept",
        datetime!(2026-09-24 10:00 +8),
    ));
    let lab = send(&pack, &view, "test", datetime!(2026-09-28 10:00 +8));
    assert_eq!(lab.clocks["review"].status, ClockStatus::Suspended);
    assert!(lab.timers.iter().all(|t| t.clock == "lab"));
    let back = send(&pack, &after(&lab), "back", datetime!(2026-10-12 10:00 +8));
    // Two of seven days were used (24 and 28 September): five working days after 12 October remain.
    assert_eq!(due(&back.clocks, "review").unwrap().to_string(), "2026-10-19");
}

#[test]
fn a_clock_is_extended_once_by_its_own_rule() {
    let pack = pack();
    let at = datetime!(2026-09-24 10:00 +8);
    let view = after(&send(&pack, &opened(&pack, 1), "accept", at));
    let longer = send(&pack, &view, "prolong", at);
    assert_eq!(due(&longer.clocks, "review").unwrap().to_string(), "2026-10-14");
    let again = try_send(&pack, &after(&longer), "prolong", json!({}), at);
    assert_eq!(again.unwrap_err(), [ProblemCode::ExtensionExhausted]);
}

#[test]
fn expiry_escalates_keeps_the_duty_and_fires_only_while_its_clock_runs() {
    let pack = pack();
    let view = opened(&pack, 1);
    let timer = Timer {
        clock: "review".to_owned(),
        generation: 1,
        rung: "expiry:2026-10-10".to_owned(),
        due_at: datetime!(2026-10-11 00:00 +8),
    };
    let expired = decide::fire(sample(&pack), &pack.law, &view, &timer).unwrap();
    assert_eq!(
        (expired.to.as_slice(), expired.raises_version),
        (&["open".to_owned()][..], false)
    );
    assert!(matches!(&expired.effects[..], [Effect::Notify { superior: true, .. }]));
    let again = decide::fire(sample(&pack), &pack.law, &after(&expired), &timer).unwrap_err();
    assert_eq!(again.problems[0].code, ProblemCode::ClockNotRunning);
    let closed = send(&pack, &after(&send(&pack, &view, "accept", FILED)), "close", FILED);
    assert!(closed.timers.is_empty());
    assert!(decide::fire(sample(&pack), &pack.law, &after(&closed), &timer).is_err());
}

#[test]
fn the_checker_names_line_and_code_of_every_seeded_fault() {
    let faults = [
        ("initial: open", "initial: opne", "WF101"),
        ("by: [officer]\n    form", "by: [oficer]\n    form", "WF102"),
        ("'amount?'] }", "'amont?'] }", "WF103"),
        ("{ extend: review }", "{ extend: reviw }", "WF104"),
        ("notice: told } }, {", "notice: tld } }, {", "WF105"),
        ("law: 15.1\n    duty", "law: samr-999#1\n    duty", "WF107"),
        ("law: 15.1\n    duty", "law: 15.3\n    duty", "WF107"),
        ("law: 15.1\n    duty", "law: 15.1(1)\n    duty", "WF107"),
        ("data.amount >= 100000", "data.amount >= \"x\"", "WF111"),
        ("has(data.amount) && ", "", "WF112"),
        (
            "  done: { title: { zh: 已结, en: Done }, outcome: done }",
            "  done: { title: { zh: 已结, en: Done } }",
            "WF205",
        ),
        ("test: work.lab }", "test: work.small }", "WF203"),
        ("    owner: officer\n    initial", "    initial", "WF401"),
        ("runs_in: [open, work]", "runs_in: [open]", "WF402"),
        ("runs_in: [work.lab], ", "runs_in: [work.big], ", "WF405"),
        ("\n    expiry: late", "", "WF404"),
        ("storage: personal", "storage: case", "WF505"),
        ("clocks:\n", "clokcs:\n", "WF002"),
        ("title: { zh: 样例, en: Sample }", "title: { zh: 样例 }", "WF003"),
        ("version: 1", "version: one", "WF004"),
    ];
    for (from, to, code) in faults {
        assert!(PROCEDURE.contains(from), "{from}");
        let broken = PROCEDURE.replacen(from, to, 1);
        let (pack, found) = load(&broken);
        assert!(
            pack.is_none() && found.iter().any(|(line, c, _)| c == &code && *line > 0),
            "{code}: {found:?}"
        );
    }
}

#[test]
fn all_faults_of_a_file_come_back_at_once() {
    let broken = PROCEDURE
        .replace("initial: open", "initial: opne")
        .replace("by: [officer]", "by: [oficer]");
    let (_, found) = load(&broken);
    assert!(found.iter().filter(|(_, code, _)| *code == "WF102").count() > 3);
    assert!(found.iter().any(|(_, code, _)| *code == "WF101"));
}

proptest! {
    #![proptest_config(samples::cases(64))]

    #[test]
    fn no_damage_to_a_file_makes_the_loader_panic(at in 0usize..3000, length in 0usize..40, put in "[ -~]{0,6}|\\PC{0,3}") {
        let mut text: Vec<char> = PROCEDURE.chars().collect();
        let start = at.min(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, put.chars());
        let _ = load(&text.into_iter().collect::<String>());
    }

    #[test]
    fn the_same_inputs_give_the_same_decision_and_a_refusal_changes_nothing(
        events in proptest::collection::vec(0usize..8, 0..12),
        answers in proptest::collection::vec(any::<bool>(), 12),
    ) {
        let pack = pack();
        let names = ["accept", "test", "back", "prolong", "close", "late", "lab_late", "nonsense"];
        let mut view = opened(&pack, 1);
        for (i, event) in events.iter().enumerate() {
            let at = FILED + time::Duration::days(i as i64);
            let answer = if names[*event] == "accept" { json!({ "urgent": answers[i] }) } else { json!({}) };
            let first = try_send(&pack, &view, names[*event], answer.clone(), at);
            prop_assert_eq!(&first, &try_send(&pack, &view, names[*event], answer, at));
            if let Ok(decision) = first {
                let leaf = sample(&pack).state(&decision.to[0]).unwrap();
                prop_assert!(sample(&pack).chart.is_leaf(leaf));
                prop_assert!(decision.timers.iter().all(|t| decision.clocks[&t.clock].status == ClockStatus::Running));
                view = after(&decision);
            }
        }
    }
}
