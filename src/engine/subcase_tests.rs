//! Facts about cases that open cases, on two small procedures: an inquiry that waits for a test in a laboratory.

use serde_json::{Map, Value as Json, json};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    clock::samples,
    decide,
    decision::{Actor, CaseView, Command, Decision, Effect, Opening, ProblemCode, Refusal, Signal},
    definition::model::{Definition, FilingMode},
    diagnostic::{Diagnostic, Severity},
    pack::Pack,
};

const NOTICES: &str = "
notices:
  told: { subject: { zh: 通知, en: Notice }, body: { zh: 内容, en: Text } }
";

const PARENT: &str = "
procedure: inquiry
version: 1
title: { zh: 调查, en: Inquiry }
instrument: samr-121
roles:
  filer: { title: { zh: 申请人, en: Filer }, kind: party }
  officer: { title: { zh: 经办人, en: Officer }, kind: staff }
fields:
  sample: { title: { zh: 样品, en: Sample }, type: integer }
  grade: { title: { zh: 结论, en: Grade }, type: integer }
filing:
  by: [filer]
  pages: { what: { title: { zh: 内容, en: What }, form: [sample] } }
subcases:
  test:
    title: { zh: 检验, en: Test }
    procedure: laboratory
    link: test
    with: { item: sample }
    outcomes: { passed: test_over, failed: test_over, withdrawn: test_gone }
    mirrors: { at_work: test_begun }
    brings: { grade: mark }
events:
  send: { title: { zh: 送检, en: Send }, by: [officer], do: [ { open: test } ] }
  stop: { title: { zh: 停检, en: Stop }, by: [officer], do: [ { call_off: test } ] }
  conclude: { title: { zh: 查结, en: Conclude }, by: [officer] }
  test_begun: { title: { zh: 开检, en: Begun }, do: [ { notify: { to: filer, notice: told } } ] }
  test_over: { title: { zh: 检毕, en: Over } }
  test_gone: { title: { zh: 撤检, en: Gone } }
initial: open
states:
  open:
    title: { zh: 待办, en: Open }
    owner: officer
    no_clock: nothing is due
    events: { send: waiting, conclude: closed }
  waiting:
    title: { zh: 待检, en: Waiting }
    owner: officer
    no_clock: nothing is due
    events:
      stop:
      test_begun:
      test_over:
        - { when: 'has(data.grade) && data.grade >= 3', to: closed }
        - { to: open }
      test_gone: open
  closed: { title: { zh: 已结, en: Closed }, outcome: concluded }
";

const CHILD: &str = "
procedure: laboratory
version: 1
title: { zh: 检验, en: Laboratory }
instrument: samr-121
called_off: recalled
roles:
  sender: { title: { zh: 送检人, en: Sender }, kind: party }
  chemist: { title: { zh: 检验员, en: Chemist }, kind: staff }
fields:
  item: { title: { zh: 样品, en: Item }, type: integer }
  mark: { title: { zh: 评分, en: Mark }, type: integer }
filing:
  by: [sender]
  pages: { what: { title: { zh: 内容, en: What }, form: [item] } }
events:
  begin: { title: { zh: 开检, en: Begin }, by: [chemist] }
  report: { title: { zh: 报告, en: Report }, by: [chemist], form: [mark] }
  recalled: { title: { zh: 撤回, en: Recalled } }
initial: received
states:
  received: { title: { zh: 收样, en: Received }, owner: chemist, no_clock: nothing is due, events: { begin: at_work, recalled: withdrawn } }
  at_work:
    title: { zh: 检验中, en: At work }
    owner: chemist
    no_clock: nothing is due
    events:
      report:
        - { when: 'data.mark >= 3', to: passed }
        - { to: failed }
      recalled: withdrawn
  passed: { title: { zh: 合格, en: Passed }, outcome: passed }
  failed: { title: { zh: 不合格, en: Failed }, outcome: failed }
  withdrawn: { title: { zh: 已撤, en: Withdrawn }, outcome: withdrawn }
";

const FILED: OffsetDateTime = datetime!(2026-09-23 09:00 +8);

fn read(parent: &str, child: &str) -> (Option<Pack>, Vec<Diagnostic>) {
    let mut files = samples::files();
    files.push(("notices/n.yaml".to_owned(), NOTICES.to_owned()));
    files.push(("procedures/inquiry-1.yaml".to_owned(), parent.to_owned()));
    files.push(("procedures/laboratory-1.yaml".to_owned(), child.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Pack::load(&files)
}

fn load(parent: &str, child: &str) -> (Option<Pack>, Vec<String>) {
    let (pack, found) = read(parent, child);
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    (pack, errors.map(|d| format!("{} {}", d.code, d.message)).collect())
}

fn pack() -> Pack {
    let (pack, found) = load(PARENT, CHILD);
    assert_eq!(found, [] as [String; 0]);
    pack.unwrap()
}

/// The codes found when `from` is written as `to` in the parent.
fn found_with(from: &str, to: &str) -> Vec<String> {
    assert!(PARENT.contains(from), "{from}");
    load(&PARENT.replace(from, to), CHILD).1
}

fn definition<'a>(pack: &'a Pack, key: &str) -> &'a Definition {
    &pack.procedures[key][0]
}

fn actor(role: &str) -> Actor {
    Actor {
        roles: [role.to_owned()].into(),
        excluded: false,
        ..Default::default()
    }
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

fn object(fields: Json) -> Map<String, Json> {
    fields.as_object().cloned().unwrap_or_default()
}

fn waiting(pack: &Pack) -> Decision {
    let inquiry = definition(pack, "inquiry");
    let opening = Opening {
        actor: actor("filer"),
        mode: FilingMode::Named,
        fields: object(json!({ "sample": 7 })),
        complete: true,
    };
    let opened = decide::open(inquiry, &pack.law, &opening, FILED).unwrap();
    let send = Command {
        event: "send".to_owned(),
        actor: actor("officer"),
        fields: Map::new(),
        complete: true,
    };
    decide::perform(inquiry, &pack.law, &view(&opened), &send, FILED + Duration::days(1)).unwrap()
}

fn hear(pack: &Pack, before: &Decision, signal: &Signal, fields: Json) -> Result<Decision, Refusal> {
    let inquiry = definition(pack, "inquiry");
    let at = FILED + Duration::days(2);
    decide::hear(inquiry, &pack.law, &view(before), signal, &object(fields), at)
}

fn outcome(outcome: &str) -> Signal {
    Signal::Outcome {
        subcase: "test".to_owned(),
        outcome: outcome.to_owned(),
    }
}

#[test]
fn opening_a_subcase_is_an_effect_that_names_its_procedure_link_and_fields() {
    let pack = pack();
    let opens = Effect::Open {
        procedure: "laboratory".to_owned(),
        link: "test".to_owned(),
        with: vec![("item".to_owned(), "sample".to_owned())],
        identity: false,
        organisation: None,
    };
    assert_eq!(waiting(&pack).effects, [opens]);
}

const PAPERS: &str = "
documents:
  letter:
    title: { zh: 函, en: Letter }
    readers: [filer]
    body:
      zh: |-
        {document.number}
        内容
      en: |-
        {document.number}
        Text
  record: { title: { zh: 记录, en: Record }, readers: [filer], body: { zh: 内容, en: Text } }
";

/// The codes found when a case that makes papers opens one that is told of them.
fn told_of_papers(given: &str) -> Vec<String> {
    let parent = PARENT
        .replace(
            "do: [ { open: test } ]",
            "do: [ { document: letter }, { document: record }, { open: test } ]",
        )
        .replace("with: { item: sample }", &format!("with: {{ item: sample, {given} }}"));
    let told = "  letter_number: { title: { zh: 文号, en: Number }, type: text, storage: personal }
  letter_on: { title: { zh: 日期, en: Day }, type: date, past: true }
  mark: {";
    let child = CHILD
        .replacen("  mark: {", told, 1)
        .replace("form: [item] }", "form: [item, 'letter_number?', 'letter_on?'] }");
    let mut files = samples::files();
    for (name, text) in [
        ("notices/n.yaml", NOTICES),
        ("documents/d.yaml", PAPERS),
        ("procedures/inquiry-1.yaml", parent.as_str()),
        ("procedures/laboratory-1.yaml", child.as_str()),
    ] {
        files.push((name.to_owned(), text.to_owned()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let errors = Pack::load(&files)
        .1
        .into_iter()
        .filter(|d| d.severity == Severity::Error);
    errors.map(|d| d.code.to_owned()).collect()
}

#[test]
fn what_stands_on_a_paper_goes_along_into_a_field_that_takes_it() {
    assert_eq!(
        told_of_papers("letter_number: letter.number, letter_on: letter.date"),
        [""; 0]
    );
    assert_eq!(
        told_of_papers("letter_number: letter.issuer, letter_on: record.date"),
        [""; 0]
    );
    assert_eq!(told_of_papers("letter_on: letter.number"), ["WF307"]);
    for (given, code) in [
        ("letter_number: record.number", "WF307"),
        ("letter_number: lettre.number", "WF106"),
        ("letter_number: letter.colour", "WF103"),
    ] {
        let found = told_of_papers(given);
        assert!(found.iter().any(|one| one == code), "{given}: {found:?}");
    }
}

#[test]
fn an_outcome_is_an_event_that_brings_fields_which_decide_where_the_case_goes() {
    let pack = pack();
    let sent = waiting(&pack);
    let passed = hear(&pack, &sent, &outcome("passed"), json!({ "grade": 4 })).unwrap();
    assert_eq!(
        (passed.kind.as_str(), passed.outcome.as_deref()),
        ("test_over", Some("concluded"))
    );
    assert_eq!(passed.data["grade"], json!(4));
    assert_eq!(passed.signal, Some(outcome("passed")));
    let failed = hear(&pack, &sent, &outcome("failed"), json!({ "grade": 1 })).unwrap();
    assert_eq!(failed.to, ["open"]);
}

#[test]
fn a_mirrored_state_has_its_effects_and_leaves_the_case_where_it_is() {
    let pack = pack();
    let signal = Signal::Entered {
        subcase: "test".to_owned(),
        state: "at_work".to_owned(),
    };
    let begun = hear(&pack, &waiting(&pack), &signal, json!({})).unwrap();
    assert_eq!(begun.to, ["waiting"]);
    assert!(matches!(&begun.effects[..], [Effect::Notify { notice, .. }] if notice == "told"));
}

#[test]
fn what_a_case_has_no_ear_for_is_refused_and_what_does_not_fit_its_field_too() {
    let pack = pack();
    let sent = waiting(&pack);
    let refused = hear(&pack, &sent, &outcome("burnt"), json!({})).unwrap_err();
    assert_eq!(refused.problems[0].code, ProblemCode::EventNotAvailable);
    let refused = hear(&pack, &sent, &Signal::CalledOff, json!({})).unwrap_err();
    assert_eq!(refused.problems[0].code, ProblemCode::EventNotAvailable);
    assert!(hear(&pack, &sent, &outcome("passed"), json!({ "grade": "four" })).is_err());
}

#[test]
fn calling_off_names_the_subcase_and_the_subcase_hears_it() {
    let pack = pack();
    let inquiry = definition(&pack, "inquiry");
    let stop = Command {
        event: "stop".to_owned(),
        actor: actor("officer"),
        fields: Map::new(),
        complete: true,
    };
    let stopped = decide::perform(
        inquiry,
        &pack.law,
        &view(&waiting(&pack)),
        &stop,
        FILED + Duration::days(2),
    );
    let calls = Effect::CallOff {
        procedure: "laboratory".to_owned(),
        link: "test".to_owned(),
    };
    assert_eq!(stopped.unwrap().effects, [calls]);
    let laboratory = definition(&pack, "laboratory");
    let opening = Opening {
        actor: actor("sender"),
        mode: FilingMode::Named,
        fields: object(json!({ "item": 7 })),
        complete: true,
    };
    let opened = decide::open(laboratory, &pack.law, &opening, FILED).unwrap();
    let recalled = decide::hear(
        laboratory,
        &pack.law,
        &view(&opened),
        &Signal::CalledOff,
        &Map::new(),
        FILED + Duration::days(2),
    );
    assert_eq!(recalled.unwrap().outcome.as_deref(), Some("withdrawn"));
}

#[test]
fn an_outcome_that_nobody_hears_or_nobody_sends_is_found() {
    let unheard = found_with(", withdrawn: test_gone }", " }");
    assert!(
        unheard
            .iter()
            .any(|d| d == "WF302 `laboratory` version 1 can end as `withdrawn`, which `test` does not hear"),
        "{unheard:?}"
    );
    let unsent = found_with("withdrawn: test_gone", "withdrawn: test_gone, burnt: test_gone");
    assert_eq!(unsent, ["WF303 `laboratory` never ends as `burnt`"]);
    let unknown = found_with("mirrors: { at_work: test_begun }", "mirrors: { at_rest: test_begun }");
    assert!(unknown.iter().any(|d| d.starts_with("WF303")), "{unknown:?}");
}

#[test]
fn a_procedure_that_ends_while_another_still_opens_its_cases_is_told() {
    let until =
        |text: &str, day: &str| text.replace("\nversion: 1\n", &format!("\nversion: 1\nfiled: {{ to: {day} }}\n"));
    let told = |parent: &str, child: &str| -> Vec<String> {
        let found = read(parent, child).1.into_iter().filter(|d| d.code == "WF301");
        found.map(|d| d.message).collect()
    };
    assert_eq!(
        told(PARENT, &until(CHILD, "2027-06-30")),
        ["no version of `laboratory` takes cases after 2027-06-30, while `inquiry` goes on"]
    );
    for (parent, child) in [("2027-06-30", "2027-06-30"), ("2027-06-29", "2027-06-30")] {
        assert_eq!(told(&until(PARENT, parent), &until(CHILD, child)), [] as [String; 0]);
    }
}

#[test]
fn fields_that_do_not_fit_between_cases_are_found() {
    let given = found_with("with: { item: sample }", "with: { item: sample, colour: sample }");
    assert_eq!(given, ["WF307 `laboratory` version 1 has no field `colour`"]);
    let lacking = found_with("    with: { item: sample }\n", "");
    assert_eq!(
        lacking,
        ["WF307 `laboratory` version 1 needs `item` and does not get it"]
    );
    let unasked = found_with("with: { item: sample }", "with: { item: sample, mark: sample }");
    assert_eq!(
        unasked,
        ["WF307 the filing of `laboratory` version 1 does not ask for `mark`"]
    );
    let brought = found_with("brings: { grade: mark }", "brings: { grade: note }");
    assert_eq!(brought, ["WF307 `laboratory` version 1 has no field `note`"]);
}

#[test]
fn a_subcase_that_cannot_be_called_off_is_found() {
    let child = CHILD
        .replace("called_off: recalled\n", "")
        .replace("en: Recalled }", "en: Recalled }, by: [chemist]");
    let found = load(PARENT, &child).1;
    assert!(found.iter().any(|d| d.starts_with("WF304")), "{found:?}");
}

#[test]
fn a_subcase_of_an_unknown_procedure_or_alias_is_found() {
    let unknown = found_with("procedure: laboratory", "procedure: labratory");
    assert!(unknown.iter().any(|d| d.starts_with("WF301")), "{unknown:?}");
    let alias = found_with("open: test", "open: tests");
    assert!(alias.iter().any(|d| d.starts_with("WF301")), "{alias:?}");
}
