//! Facts about documents that must exist first: an event waits for them, and what can never come about is found.

use std::collections::BTreeSet;

use serde_json::{Map, json};
use time::macros::datetime;

use crate::{
    clock::samples,
    contribution::{Contribution, EvidenceItem, EvidenceKind},
    decide,
    decision::{Actor, CaseView, Command, Decision, Opening, ProblemCode, Refusal},
    definition::model::{Definition, FilingMode},
    diagnostic::Diagnostic,
    explore::{self, STATES},
    faults_tests::{Fault, missed},
    pack::Pack,
    procedure_tests::{NOTICES, after},
};

const P: &str = "procedures/penalty-1.yaml";
const NEEDS: &str = "    needs: [penalty_advance_notice]\n";
const PROVED: &str = "    needs: [penalty_advance_notice]\n    evidence: [any]\n";

/// Documents that are not there when they are needed.
const DOCUMENTS: [Fault; 7] = [
    (
        P,
        NEEDS,
        "    needs: [penalty_advance_notce]\n",
        "WF106",
        "penalty_advance_notce",
    ),
    (
        P,
        NEEDS,
        "    needs: [penalty_advance_notice, penalty_advance_notice]\n",
        "WF109",
        "needs: [penalty_advance_notice, penalty",
    ),
    (
        P,
        "    do:\n      - document: penalty_advance_notice\n",
        "",
        "WF501",
        "needs: [penalty_advance_notice]",
    ),
    // Its own effects come too late, and so do those of a later step.
    (
        P,
        NEEDS,
        "    needs: [penalty_decision]\n",
        "WF501",
        "needs: [penalty_decision]",
    ),
    (
        P,
        "    approval: {of: two_officers, law: 22}\n",
        "    approval: {of: two_officers, law: 22}\n    needs: [penalty_review]\n",
        "WF501",
        "needs: [penalty_review]",
    ),
    // Clocks do not wait.
    (
        P,
        "en: Verification is late}, law: 18, do:",
        "en: Verification is late}, needs: [penalty_case_source], law: 18, do:",
        "WF501",
        "needs: [penalty_case_source]",
    ),
    (
        P,
        "    expiry: decision_overdue",
        "    expiry: punish",
        "WF501",
        "needs: [penalty_advance_notice]",
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
fields:
  what: {title: {zh: 内容, en: What}, type: text, storage: personal, readers: [filer]}
  sure: {title: {zh: 确定, en: Sure}, type: bool}
filing: {by: [filer], pages: {what: {title: {zh: 内容, en: What}, form: [what]}}}
events:
  tell: {title: {zh: 告知, en: Tell}, by: [officer], do: [{document: letter}]}
  close: {title: {zh: 办结, en: Close}, by: [officer], form: [sure], law: 15.1, needs: [letter]}
  wait: {title: {zh: 等待, en: Wait}, by: [officer]}
initial: open
states:
  open:
    title: {zh: 待办, en: Open}
    owner: officer
    no_clock: 样例
    events:
      tell:
      wait: late
      close: {to: closed, requires: [{when: data.sure, code: NOT_SURE, reason: {zh: 否, en: no}}]}
  late:
    title: {zh: 晚, en: Late}
    owner: officer
    no_clock: 样例
    events:
      tell:
      close: closed
  closed: {title: {zh: 结束, en: Closed}, outcome: closed}
";

const LETTER: &str =
    "documents: {letter: {title: {zh: 告知书, en: Letter}, body: {zh: '{case.number}', en: '{case.number}'}}}\n";

pub(crate) fn load(procedure: &str) -> (Option<Pack>, Vec<Diagnostic>) {
    let mut files = samples::files();
    files.push(("notices/n.yaml".to_owned(), NOTICES.to_owned()));
    files.push(("documents/d.yaml".to_owned(), LETTER.to_owned()));
    files.push(("procedures/sample-1.yaml".to_owned(), procedure.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    Pack::load(&files)
}

pub(crate) fn pack(procedure: &str) -> Pack {
    let (pack, found) = load(procedure);
    pack.unwrap_or_else(|| panic!("{found:#?}"))
}

pub(crate) fn actor(role: &str) -> Actor {
    Actor {
        roles: [role.to_owned()].into(),
        ..Actor::default()
    }
}

pub(crate) fn definition(pack: &Pack) -> &Definition {
    &pack.procedures["sample"][0]
}

pub(crate) fn opened(pack: &Pack) -> CaseView {
    let opening = Opening {
        actor: actor("filer"),
        mode: FilingMode::Named,
        fields: json!({"what": "x"}).as_object().cloned().unwrap(),
        complete: true,
    };
    after(&decide::open(definition(pack), &pack.law, &opening, datetime!(2026-09-21 09:00 +8)).unwrap())
}

pub(crate) fn send(pack: &Pack, view: &CaseView, event: &str, fields: serde_json::Value) -> Result<Decision, Refusal> {
    let command = Command {
        event: event.to_owned(),
        actor: actor("officer"),
        fields: fields.as_object().cloned().unwrap_or_else(Map::new),
        complete: true,
    };
    decide::perform(
        definition(pack),
        &pack.law,
        view,
        &command,
        datetime!(2026-09-22 09:00 +8),
    )
}

#[test]
fn an_event_waits_for_its_document_and_the_refusal_names_it_with_its_article_beside_all_else() {
    let pack = pack(PROCEDURE);
    let view = opened(&pack);
    let refusal = send(&pack, &view, "close", json!({"sure": false})).unwrap_err();
    let codes: Vec<ProblemCode> = refusal.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [ProblemCode::DocumentNeeded, ProblemCode::RequirementNotMet]);
    let needed = &refusal.problems[0];
    let (code, words) = needed.requirement.clone().unwrap();
    assert_eq!(code, "DOCUMENT_NEEDED");
    assert_eq!(
        (words.zh.as_str(), words.en.as_str()),
        ("须先制作《告知书》。", "“Letter” must be made first.")
    );
    assert_eq!(needed.law.as_ref().unwrap().as_str(), "samr-121#15.1");
    let shown = decide::available(definition(&pack), &view, &actor("officer"));
    let close = shown.iter().find(|event| event.event == "close").unwrap();
    assert_eq!(close.blocked_by, std::slice::from_ref(needed));
}

#[test]
fn a_document_that_was_made_at_any_time_before_lets_the_event_happen() {
    let pack = pack(PROCEDURE);
    let mut view = opened(&pack);
    let told = send(&pack, &view, "tell", json!({})).unwrap();
    view.dossier.follow(definition(&pack), &told.effects);
    assert!(view.dossier.has("letter"));
    let late = send(&pack, &view, "wait", json!({})).unwrap();
    view.states = late.to;
    view.dossier.follow(definition(&pack), &late.effects);
    let closed = send(&pack, &view, "close", json!({"sure": true})).unwrap();
    assert_eq!(closed.outcome.as_deref(), Some("closed"));
    let shown = decide::available(definition(&pack), &view, &actor("officer"));
    assert!(shown.iter().all(|event| event.blocked_by.is_empty()), "{shown:?}");
}

#[test]
fn only_documents_that_some_event_needs_are_kept_in_mind() {
    let pack = pack(&PROCEDURE.replace(", needs: [letter]", ""));
    let mut view = opened(&pack);
    let told = send(&pack, &view, "tell", json!({})).unwrap();
    view.dossier.follow(definition(&pack), &told.effects);
    assert!(!view.dossier.has("letter"));
}

/// Codes and ways of what the exploration finds.
fn found(procedure: &str) -> BTreeSet<(&'static str, String)> {
    let exploration = explore::explore(&pack(procedure), STATES);
    let way = |mend: &str| mend.split("shortest way: ").nth(1).unwrap_or_default().to_owned();
    let all = exploration.findings.iter().map(|finding| &finding.diagnostic);
    all.map(|d| (d.code, way(&d.mend))).collect()
}

#[test]
fn the_exploration_tells_cases_with_the_document_from_those_without() {
    assert_eq!(found(PROCEDURE), BTreeSet::new());
    let sound = explore::explore(&pack(PROCEDURE), STATES);
    // Open and late with and without the letter, and closed.
    assert_eq!(sound.procedures[0].states, 5);
}

#[test]
fn a_case_that_can_go_where_the_document_is_not_made_any_more_is_stuck_there() {
    let lost = PROCEDURE.replacen("      tell:\n      close: closed\n", "      close: closed\n", 1);
    assert_ne!(lost, PROCEDURE);
    assert_eq!(
        found(&lost),
        BTreeSet::from([("WF201", "filing; wait (officer)".to_owned())])
    );
}

#[test]
fn an_event_whose_document_only_comes_after_it_is_found_with_the_way_to_where_it_waits() {
    let after = PROCEDURE
        .replacen("      tell:\n      wait: late\n", "      wait: late\n", 1)
        .replacen("      tell:\n      close: closed\n", "      tell: closed\n", 1);
    assert_eq!(found(&after), BTreeSet::from([("WF501", "filing".to_owned())]));
}

#[test]
fn documents_that_are_needed_in_vain_are_named_with_code_and_line() {
    let missed: Vec<String> = DOCUMENTS.iter().filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Evidence that is wanted in vain, or of no kind that there is.
const EVIDENCE: [Fault; 3] = [
    (
        P,
        PROVED,
        "    needs: [penalty_advance_notice]\n    evidence: [documentry]\n",
        "WF004",
        "evidence: [documentry]",
    ),
    (
        P,
        PROVED,
        "    needs: [penalty_advance_notice]\n    evidence: [any, any]\n",
        "WF109",
        "evidence: [any, any]",
    ),
    // Clocks do not wait.
    (
        P,
        "en: Verification is late}, law: 18, do:",
        "en: Verification is late}, evidence: [any], law: 18, do:",
        "WF507",
        "evidence: [any]",
    ),
];

#[test]
fn evidence_that_is_wanted_in_vain_is_named_with_code_and_line() {
    let missed: Vec<String> = EVIDENCE.iter().filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn evidence_is_not_wanted_where_only_cases_that_have_ended_know_the_event() {
    let ended = PROCEDURE
        .replace(
            "  wait: {title: {zh: 等待, en: Wait}, by: [officer]}\n",
            "  wait: {title: {zh: 等待, en: Wait}, by: [officer]}\n  look: {title: {zh: 回访, en: Look}, by: [officer], evidence: [testimony]}\n",
        )
        .replace("outcome: closed}", "outcome: closed, events: {look: }}");
    // The small procedure sends none of the notices beside it.
    let codes = |procedure: &str| {
        let found = load(procedure).1.into_iter().map(|d| d.code);
        found.filter(|code| *code != "WF508").collect::<Vec<_>>()
    };
    assert_eq!(codes(&ended), ["WF507"]);
    let open = ended.replacen("      wait: late\n", "      wait: late\n      look:\n", 1);
    assert_eq!(codes(&open), [""; 0]);
}

/// An item of evidence of this kind.
fn item(kind: EvidenceKind) -> Contribution {
    Contribution::Evidence(EvidenceItem {
        title: "样例".to_owned(),
        kind,
        description: None,
        file: None,
        web_address: None,
        obtained_on: None,
        kept_by: None,
        readers: Vec::new(),
    })
}

#[test]
fn an_event_waits_for_evidence_of_each_of_its_kinds_and_the_refusal_names_kind_and_article() {
    let wanted = |kinds: &str| PROCEDURE.replace("needs: [letter]", &format!("evidence: [{kinds}]"));
    let pack_of_two = pack(&wanted("expert_opinion, testimony"));
    let mut view = opened(&pack_of_two);
    let lacking = |view: &CaseView| {
        let refusal = send(&pack_of_two, view, "close", json!({"sure": true}));
        let problems = refusal.err().map(|refusal| refusal.problems).unwrap_or_default();
        let words = problems.iter().map(|problem| {
            assert_eq!(problem.code, ProblemCode::EvidenceNeeded);
            assert_eq!(problem.law.as_ref().unwrap().as_str(), "samr-121#15.1");
            problem.requirement.clone().unwrap().1.zh
        });
        words.collect::<Vec<String>>()
    };
    assert_eq!(
        lacking(&view),
        ["案件中须先有证据：鉴定意见。", "案件中须先有证据：证人证言。"]
    );
    view.dossier.lay(&item(EvidenceKind::ExpertOpinion));
    assert_eq!(lacking(&view), ["案件中须先有证据：证人证言。"]);
    let shown = decide::available(definition(&pack_of_two), &view, &actor("officer"));
    let close = shown.iter().find(|event| event.event == "close").unwrap();
    assert_eq!(close.blocked_by.len(), 1);
    view.dossier.lay(&item(EvidenceKind::Testimony));
    assert_eq!(lacking(&view), [""; 0]);

    let any = pack(&wanted("any"));
    let mut view = opened(&any);
    assert!(send(&any, &view, "close", json!({"sure": true})).is_err());
    view.dossier.lay(&item(EvidenceKind::Physical));
    assert!(send(&any, &view, "close", json!({"sure": true})).is_ok());
}

#[test]
fn the_exploration_takes_evidence_as_something_that_can_always_be_added() {
    assert_eq!(
        found(&PROCEDURE.replace("needs: [letter]", "evidence: [scene_record]")),
        BTreeSet::new()
    );
}
