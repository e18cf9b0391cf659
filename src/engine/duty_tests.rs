//! Facts about duties that are kept apart: who has or had one role on a case neither gets the other nor acts in it.

use serde_json::json;
use time::macros::datetime;

use crate::{
    clock::samples,
    decide,
    decision::{Actor, CaseView, Command, Decision, Opening, ProblemCode, Refusal},
    definition::model::FilingMode,
    duty::Roster,
    faults_tests::{Fault, missed},
    pack::Pack,
    procedure_tests::{NOTICES, after},
};

const P: &str = "procedures/penalty-1.yaml";
const E: &str = "procedures/enterprise_inspection-1.yaml";

/// Duties that are kept apart so that nobody is left.
const DUTIES: [Fault; 9] = [
    (
        P,
        "incompatible_with: [case_officer]",
        "incompatible_with: [case_oficer]",
        "WF102",
        "case_oficer",
    ),
    (
        P,
        "incompatible_with: [case_officer]",
        "incompatible_with: [reviewer]",
        "WF414",
        "incompatible_with: [reviewer]",
    ),
    (
        P,
        "      - document: penalty_review\n",
        "      - assign: {role: case_officer}\n      - document: penalty_review\n",
        "WF415",
        "assign: {role: case_officer}",
    ),
    (
        E,
        "    by: [inspector]\n    form: [mode]\n    law: 8\n",
        "    by: [case_officer]\n    form: [mode]\n    law: 8\n",
        "WF416",
        "approval: {of: two_officers",
    ),
    (
        P,
        "approval: {of: two_officers, law: 22}",
        "approval: {of: superior}",
        "WF416",
        "approval: {of: superior}",
    ),
    (
        P,
        "en: Verification is late}, law: 18, do: [",
        "en: Verification is late}, law: 18, do: [{assign: {role: reviewer, field: officer_one}}, ",
        "WF417",
        "{assign: {role: reviewer, field: officer_one}}",
    ),
    (
        P,
        "    phase: investigation\n    owner: case_officer\n    initial: collecting\n",
        "    phase: investigation\n    owner: case_officer\n    enter: [{assign: {role: case_officer, field: officer_one}}]\n    initial: collecting\n",
        "WF417",
        "enter: [{assign: {role: case_officer, field: officer_one}}]",
    ),
    (
        P,
        "  do:\n    - document: penalty_case_source\n",
        "  do:\n    - assign: {role: case_officer, field: officer_one}\n    - assign: {role: reviewer, field: officer_two}\n    - document: penalty_case_source\n",
        "WF417",
        "assign: {role: case_officer, field: officer_one}",
    ),
    (
        P,
        "    expiry: verification_overdue",
        "    expiry: file",
        "WF417",
        "assign: {role: case_officer, field: officer_one}",
    ),
];

const PROCEDURE: &str = "
procedure: sample
version: 1
title: {zh: 样例, en: Sample}
instrument: samr-121
roles:
  filer: {title: {zh: 申请人, en: Filer}, kind: party}
  officer: {title: {zh: 经办人, en: Officer}, kind: staff}
  checker: {title: {zh: 审核人, en: Checker}, kind: staff, incompatible_with: [officer], law: 15.1}
  head: {title: {zh: 负责人, en: Head}, kind: staff}
  above: {title: {zh: 上级机关, en: Superior}, kind: liaison}
fields:
  what: {title: {zh: 内容, en: What}, type: text, storage: personal}
  who: {title: {zh: 审核人, en: Checker}, type: account, role: checker}
  helper: {title: {zh: 协办人, en: Helper}, type: account, role: officer}
filing: {by: [filer], pages: {what: {title: {zh: 内容, en: What}, form: [what]}}}
events:
  take: {title: {zh: 接办, en: Take}, by: [officer], do: [{assign: {role: officer}}]}
  name: {title: {zh: 指定, en: Name}, by: [head], form: [who], do: [{assign: {role: checker, field: who}}]}
  close: {title: {zh: 办结, en: Close}, by: [checker, head]}
  join: {title: {zh: 加入, en: Join}, by: [officer], form: [helper], do: [{assign: {role: officer, field: helper, additional: true}}]}
  inspect: {title: {zh: 检查, en: Inspect}, by: [officer], approval: {of: two_officers, law: 10.1}}
  decide: {title: {zh: 决定, en: Decide}, by: [head, above], law: 15.1, approval: {of: superior}}
initial: open
states:
  open:
    title: {zh: 待办, en: Open}
    owner: officer
    no_clock: 样例
    events:
      take:
      name:
      join:
      inspect:
      decide:
      close:
        - {when: \"by('checker')\", to: checked}
        - {to: closed}
  checked: {title: {zh: 审结, en: Checked}, outcome: checked}
  closed: {title: {zh: 结束, en: Closed}, outcome: closed}
";

fn pack() -> Pack {
    let mut files = samples::files();
    files.push(("notices/n.yaml".to_owned(), NOTICES.to_owned()));
    files.push(("procedures/sample-1.yaml".to_owned(), PROCEDURE.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let (pack, found) = Pack::load(&files);
    pack.unwrap_or_else(|| panic!("{found:#?}"))
}

fn actor(account: &str, roles: &[&str]) -> Actor {
    Actor {
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        excluded: false,
        account: Some(account.to_owned()),
        ..Actor::default()
    }
}

fn opened(pack: &Pack) -> CaseView {
    let opening = Opening {
        actor: actor("z", &["filer"]),
        mode: FilingMode::Named,
        fields: json!({"what": "x"}).as_object().cloned().unwrap(),
        complete: true,
    };
    let definition = &pack.procedures["sample"][0];
    after(&decide::open(definition, &pack.law, &opening, datetime!(2026-09-21 09:00 +8)).unwrap())
}

fn send(
    pack: &Pack,
    view: &CaseView,
    event: &str,
    actor: Actor,
    fields: serde_json::Value,
) -> Result<Decision, Refusal> {
    let command = Command {
        event: event.to_owned(),
        actor,
        fields: fields.as_object().cloned().unwrap(),
        complete: true,
    };
    let definition = &pack.procedures["sample"][0];
    decide::perform(definition, &pack.law, view, &command, datetime!(2026-09-22 09:00 +8))
}

/// A case that `a` took and gave up again.
fn given_up(pack: &Pack) -> CaseView {
    let mut view = opened(pack);
    view.roster.note("officer", "a", false);
    view
}

#[test]
fn who_once_had_a_role_does_not_act_in_one_that_it_excludes_and_is_told_by_which_article() {
    let pack = pack();
    let view = given_up(&pack);
    let refusal = send(&pack, &view, "close", actor("a", &["checker"]), json!({})).unwrap_err();
    let [problem] = refusal.problems.as_slice() else {
        panic!("{refusal:?}");
    };
    assert_eq!(problem.code, ProblemCode::SeparationOfDuties);
    assert_eq!(problem.law.as_ref().unwrap().as_str(), "samr-121#15.1");
    let (code, words) = problem.requirement.clone().unwrap();
    assert_eq!(code, "SEPARATION_OF_DUTIES");
    assert!(words.zh.contains("经办人") && words.zh.contains("审核人"), "{words:?}");
    let shown = decide::available(&pack.procedures["sample"][0], &view, &actor("a", &["checker"]));
    let close = shown.iter().find(|event| event.event == "close").unwrap();
    assert_eq!(close.blocked_by, refusal.problems);
    assert!(send(&pack, &view, "close", actor("b", &["checker"]), json!({})).is_ok());
}

#[test]
fn a_role_is_not_given_to_whoever_has_or_had_one_that_it_excludes() {
    let pack = pack();
    let view = given_up(&pack);
    let refusal = send(&pack, &view, "name", actor("h", &["head"]), json!({"who": "a"})).unwrap_err();
    assert_eq!(refusal.problems[0].code, ProblemCode::SeparationOfDuties);
    assert_eq!(refusal.problems[0].field.as_deref(), Some("who"));
    assert!(send(&pack, &view, "name", actor("h", &["head"]), json!({"who": "b"})).is_ok());
    let mut view = view;
    view.roster.note("checker", "c", true);
    let refusal = send(&pack, &view, "take", actor("c", &["officer"]), json!({})).unwrap_err();
    assert_eq!(refusal.problems[0].code, ProblemCode::SeparationOfDuties);
}

#[test]
fn who_may_send_in_two_roles_sends_in_the_one_that_is_free_and_conditions_see_no_other() {
    let pack = pack();
    let view = given_up(&pack);
    let decision = send(&pack, &view, "close", actor("a", &["checker", "head"]), json!({})).unwrap();
    assert_eq!(decision.outcome.as_deref(), Some("closed"));
    let decision = send(&pack, &view, "close", actor("b", &["checker", "head"]), json!({})).unwrap();
    assert_eq!(decision.outcome.as_deref(), Some("checked"));
}

#[test]
fn an_event_of_two_officers_waits_until_a_second_one_holds_the_role_and_names_its_article() {
    let pack = pack();
    let mut view = opened(&pack);
    view.roster.note("officer", "a", true);
    let refusal = send(&pack, &view, "inspect", actor("a", &["officer"]), json!({})).unwrap_err();
    assert_eq!(refusal.problems[0].code, ProblemCode::TwoOfficersNeeded);
    assert_eq!(refusal.problems[0].law.as_ref().unwrap().as_str(), "samr-121#10.1");
    let shown = decide::available(&pack.procedures["sample"][0], &view, &actor("a", &["officer"]));
    let inspect = shown.iter().find(|event| event.event == "inspect").unwrap();
    assert_eq!(inspect.blocked_by, refusal.problems);
    let joined = send(&pack, &view, "join", actor("a", &["officer"]), json!({"helper": "b"})).unwrap();
    view.roster.follow(&joined.effects, Some("a"));
    assert!(send(&pack, &view, "inspect", actor("a", &["officer"]), json!({})).is_ok());
}

#[test]
fn an_event_of_the_superior_organisation_is_not_sent_by_the_one_that_has_the_case() {
    let pack = pack();
    let view = opened(&pack);
    for roles in [&["head"][..], &["above"]] {
        let refusal = send(&pack, &view, "decide", actor("a", roles), json!({})).unwrap_err();
        assert_eq!(refusal.problems[0].code, ProblemCode::SuperiorNeeded);
        assert_eq!(refusal.problems[0].law.as_ref().unwrap().as_str(), "samr-121#15.1");
    }
    let above = Actor {
        superior: ["above".to_owned()].into(),
        ..actor("s", &["above"])
    };
    assert!(send(&pack, &view, "decide", above, json!({})).is_ok());
}

#[test]
fn who_is_barred_from_a_case_is_given_no_role_on_it_again() {
    let pack = pack();
    let mut view = opened(&pack);
    view.roster.note("checker", "b", true);
    let exclude = crate::decision::Effect::Exclude {
        role: "checker".to_owned(),
    };
    view.roster.follow(&[exclude], Some("h"));
    assert!(view.roster.is_barred("b") && !view.roster.is_barred("c"));
    let refusal = send(&pack, &view, "name", actor("h", &["head"]), json!({"who": "b"})).unwrap_err();
    assert_eq!(refusal.problems[0].code, ProblemCode::Excluded);
    assert_eq!(refusal.problems[0].field.as_deref(), Some("who"));
    assert!(send(&pack, &view, "name", actor("h", &["head"]), json!({"who": "c"})).is_ok());
}

#[test]
fn a_roster_follows_assignments_and_forgets_nobody() {
    let pack = pack();
    let mut roster = Roster::default();
    let decision = send(&pack, &opened(&pack), "take", actor("a", &["officer"]), json!({})).unwrap();
    roster.follow(&decision.effects, Some("a"));
    roster.note("officer", "b", true);
    assert_eq!(roster.holders("officer"), 2);
    roster.follow(&decision.effects, Some("c"));
    assert_eq!(roster.holders("officer"), 1);
    assert!(roster.ever("officer", "a") && roster.ever("officer", "c") && !roster.ever("checker", "a"));
}

#[test]
fn duties_that_leave_nobody_are_named_with_code_and_line() {
    let missed: Vec<String> = DUTIES.iter().filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
