use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::*;
use crate::{
    clock::samples,
    definition::model::{DONE, Definition},
    pack::Pack,
};

const NOTICES: &str = "
notices:
  told: { subject: { zh: 已通知, en: 'You were told' }, body: { zh: 内容, en: Text } }
";

const DOCUMENTS: &str = "
documents:
  letter: { title: { zh: 告知书, en: 'The letter' }, readers: [filer], body: { zh: 内容, en: Text } }
";

/// Everything that a procedure can have: regions, history, an expiry that escalates, a requirement, a raised event.
const PROCEDURE: &str = "
procedure: sample
version: 3
title: { zh: 样例, en: 'A \"sample\" <procedure>' }
instrument: samr-121
roles:
  filer: { title: { zh: 申请人, en: Filer }, kind: party }
  officer: { title: { zh: 经办人, en: Officer }, kind: staff }
fields:
  agreed: { title: { zh: 达成, en: Agreed }, type: bool }
  sum: { title: { zh: 金额, en: Sum }, type: money }
filing:
  by: [filer]
  pages: { what: { title: { zh: 内容, en: What }, form: ['agreed?', 'sum?'] } }
events:
  start: { title: { zh: 开始, en: Start }, by: [officer], law: 15.1 }
  settle: { title: { zh: 调解, en: Settle }, by: [officer], do: [ { notify: { to: filer, notice: told } }, { document: letter } ] }
  fail: { title: { zh: 失败, en: Fail }, by: [officer] }
  conclude: { title: { zh: 查结, en: Conclude }, by: [officer, filer] }
  suspend: { title: { zh: 中止, en: Suspend }, by: [officer] }
  resume: { title: { zh: 恢复, en: Resume }, by: [officer] }
  note: { title: { zh: 记录, en: Note }, by: [officer] }
  late: { title: { zh: 逾期, en: Late }, law: 15.1, do: [ { escalate: { to: officer, notice: told } } ] }
  give_up: { title: { zh: 放弃, en: 'Give up' } }
initial: received
states:
  received:
    title: { zh: 已收到, en: Received }
    phase: intake
    owner: officer
    events:
      start: { to: work, requires: [ { when: has(data.sum) && data.sum > 10000, code: TOO_LITTLE, reason: { zh: 金额太小, en: The sum is too small } } ] }
      note:
  work:
    title: { zh: 办理, en: Work }
    phase: work
    owner: officer
    events:
      suspend: paused
      late: closed_late
      done: closed
    parallel:
      mediation:
        title: { zh: 调解, en: Mediation }
        initial: open
        states:
          open: { title: { zh: 调解中, en: Mediating }, events: { settle: [ { when: has(data.agreed) && data.agreed, to: work.mediation.agreed }, { to: work.mediation.ended } ], fail: work.mediation.ended } }
          agreed: { title: { zh: 已达成, en: Agreed state }, final: true }
          ended: { title: { zh: 已终止, en: Ended }, final: true }
      inquiry:
        title: { zh: 调查, en: Inquiry }
        initial: looking
        states:
          looking: { title: { zh: 调查中, en: Looking }, events: { conclude: work.inquiry.found } }
          found: { title: { zh: 已查清, en: Found }, final: true }
      back: { history: deep, to: work.mediation.open }
  paused:
    title: { zh: 已中止, en: Paused }
    phase: work
    owner: officer
    events: { resume: work.back, give_up: closed_late, note: { do: [ { raise: give_up } ] } }
  closed: { title: { zh: 已办结, en: Closed }, phase: result, outcome: done }
  closed_late: { title: { zh: 逾期办结, en: Closed late }, phase: result, outcome: late }
clocks:
  whole: { title: { zh: 办理期限, en: Whole period }, within: 7 working_days, law: 15.1, duty: authority, runs_in: [work, paused], suspended_in: { paused: pause }, expiry: late }
  reading: { title: { zh: 收文, en: Reading }, within: 2 days, law: 'penalty-procedure#18', duty: authority, runs_in: [received, paused], expiry: late }
  objecting: { title: { zh: 异议, en: Objecting }, within: 3 days, law: 15.1, duty: party, waits: true, runs_in: [work], expiry: late }
";

fn pack() -> Pack {
    let law = samples::files();
    let mut files: Vec<(&str, &str)> = law.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("procedures/sample-1.yaml", PROCEDURE));
    files.push(("notices/sample.yaml", NOTICES));
    files.push(("documents/sample.yaml", DOCUMENTS));
    let (pack, found) = Pack::load(&files);
    pack.unwrap_or_else(|| panic!("{found:#?}"))
}

fn sample(pack: &Pack) -> &Definition {
    &pack.procedures["sample"][0]
}

fn formats(pack: &Pack, language: Language) -> BTreeMap<&'static str, String> {
    let phases = BTreeMap::from([("intake".to_owned(), "Receiving".to_owned())]);
    let wording = Wording {
        language,
        law: &pack.law,
        phases: &phases,
    };
    let definition = sample(pack);
    BTreeMap::from([
        ("svg", svg(definition, &wording, &Whereabouts::default(), Frame::Alone)),
        ("mermaid", mermaid(definition, &wording)),
        ("dot", dot(definition, &wording)),
        ("table", table(definition, pack, &wording)),
        ("xstate", xstate(definition).to_string()),
    ])
}

#[test]
fn every_state_and_every_event_is_in_every_format_and_language() {
    let pack = pack();
    let definition = sample(&pack);
    for language in [Language::Zh, Language::En] {
        for (format, text) in formats(&pack, language) {
            for state in definition.states.iter().filter(|state| !state.id.ends_with("back")) {
                let name = if format == "xstate" {
                    &state.title.zh
                } else {
                    language.pick(&state.title)
                };
                // A long name may be broken into lines.
                let first = name.split(' ').next().unwrap_or_default();
                assert!(text.contains(first), "{format} {language:?} has no {name}");
            }
            for (key, event) in &definition.events {
                let name = if format == "xstate" {
                    key
                } else {
                    language.pick(&event.title)
                };
                assert!(text.contains(name), "{format} {language:?} has no {name}");
            }
        }
    }
}

#[test]
fn the_same_procedure_gives_the_same_bytes() {
    let (one, other) = (pack(), pack());
    for language in [Language::Zh, Language::En] {
        assert_eq!(formats(&one, language), formats(&other, language));
    }
}

#[test]
fn the_drawing_has_a_title_no_script_and_no_style_in_attributes() {
    let pack = pack();
    let phases = BTreeMap::new();
    let wording = Wording {
        language: Language::En,
        law: &pack.law,
        phases: &phases,
    };
    let page = svg(sample(&pack), &wording, &Whereabouts::default(), Frame::Page);
    assert!(page.starts_with("<svg ") && page.ends_with("</svg>\n"));
    assert!(
        page.contains("A &quot;sample&quot; &lt;procedure&gt;: procedure</title>"),
        "titles are escaped"
    );
    assert!(page.contains("<desc id=\"diagram-sample-3-desc\">"));
    for refused in ["<script", " style=", "<style", "http://www.w3.org/1999/xlink", "url("] {
        assert!(!page.contains(refused), "{refused}");
    }
    let alone = svg(sample(&pack), &wording, &Whereabouts::default(), Frame::Alone);
    assert!(
        alone.contains("prefers-color-scheme: dark"),
        "a drawing on its own knows dark screens"
    );
}

#[test]
fn clocks_stand_in_their_states_with_period_and_article_and_history_ends_and_expiry_are_drawn() {
    let pack = pack();
    let all = formats(&pack, Language::En);
    let svg = &all["svg"];
    for wanted in [
        "Whole period: 7",
        "Objecting: waiting",
        "art. 15 para. 1",
        "Clock stands still:",
        ">H*<",
        "class=\"arrow expiry\"",
        "class=\"arrow system\"",
        "class=\"region\"",
        "stroke-dasharray=\"8 4\"",
        ">Receiving<",
    ] {
        assert!(svg.contains(wanted), "{wanted}: {svg}");
    }
    assert!(
        all["mermaid"].contains("\n    --\n"),
        "regions are separated: {}",
        all["mermaid"]
    );
    assert!(all["dot"].contains("peripheries=2") && all["dot"].contains("style=dashed"));
}

#[test]
fn the_place_of_a_case_is_said_in_words_with_the_dates_of_its_clocks() {
    let pack = pack();
    let definition = sample(&pack);
    let phases = BTreeMap::new();
    let wording = Wording {
        language: Language::Zh,
        law: &pack.law,
        phases: &phases,
    };
    let state = |id: &str| definition.state(id).unwrap();
    let whereabouts = Whereabouts {
        active: BTreeSet::from([state("paused")]),
        visited: BTreeSet::from([state("received"), state("paused")]),
        clocks: BTreeMap::from([("whole".to_owned(), "2026年5月26日前".to_owned())]),
    };
    let svg = svg(definition, &wording, &whereabouts, Frame::Page);
    assert!(svg.contains("案件现在处于：已中止。"));
    assert_eq!(svg.matches(">现在在此<").count(), 1);
    assert_eq!(svg.matches(">已经过<").count(), 1);
    assert!(svg.contains("2026年5月26日前"), "{svg}");
    assert!(svg.contains("class=\"state step-1 here\" data-state=\"paused\" id=\"here\""));
}

#[test]
fn the_table_says_who_when_by_which_article_and_with_which_paper() {
    let pack = pack();
    let table = &formats(&pack, Language::En)["table"];
    for wanted in [
        "| **Received** | Officer | Start | needs: “Sum” is more (later) than CNY 100 (else: The sum is too small) | Work |",
        "| “Agreed”: yes |",
        "The letter",
        "You were told (to Filer)",
        "expiry of: Whole period, Reading",
        "back to where it was in: Work",
        "outcome: done",
    ] {
        assert!(table.contains(wanted), "{wanted}: {table}");
    }
    let columns: BTreeSet<usize> = table
        .lines()
        .filter(|l| l.starts_with('|'))
        .map(|l| l.matches(" |").count())
        .collect();
    assert_eq!(columns, BTreeSet::from([9]), "every row has nine cells");
}

#[test]
fn the_machine_for_xstate_has_its_parts_where_xstate_wants_them() {
    let machine = xstate(sample(&pack()));
    assert_eq!(machine["id"], "sample");
    assert_eq!(machine["initial"], "received");
    let work = &machine["states"]["work"];
    assert_eq!(work["type"], "parallel");
    assert_eq!(work["onDone"], json!([{ "target": "#sample.closed" }]));
    assert!(work.get(DONE).is_none() && work.get("initial").is_none());
    assert_eq!(work["states"]["mediation"]["initial"], "open");
    assert_eq!(work["states"]["mediation"]["states"]["agreed"]["type"], "final");
    let back = json!({ "type": "history", "history": "deep", "target": "#sample.work.mediation.open" });
    assert_eq!(work["states"]["back"], back);
    assert_eq!(machine["states"]["closed"]["type"], "final");
    assert_eq!(machine["states"]["closed"]["meta"]["outcome"], "done");
    let start = machine["states"]["received"]["on"]["start"].as_array().unwrap();
    assert_eq!(start[0]["target"], "#sample.work");
    let guard = start[0]["guard"].as_str().unwrap();
    assert_eq!(machine["meta"]["guards"][guard], "has(data.sum) && data.sum > 10000");
    assert_eq!(
        start[1],
        json!({ "meta": { "refused": ["TOO_LITTLE"] } }),
        "a refusal moves nothing"
    );
    let raised = &machine["states"]["paused"]["on"]["note"][0]["actions"][0];
    assert_eq!(raised["type"], "raise.give_up");
    assert_eq!(work["meta"]["clocks"][0]["within"], "7 working_days");
    assert_eq!(work["meta"]["clocks"][0]["waits"], Json::Null);
    assert_eq!(work["meta"]["clocks"][1]["waits"], true);
    assert_eq!(machine["states"]["paused"]["meta"]["suspended"][0]["cause"], "pause");
}

#[test]
fn every_target_of_the_machine_for_xstate_exists() {
    fn targets(node: &Json, found: &mut Vec<String>) {
        match node {
            Json::Object(map) => {
                for (key, value) in map {
                    match value {
                        Json::String(target) if key == "target" => found.push(target.clone()),
                        other => targets(other, found),
                    }
                }
            }
            Json::Array(list) => list.iter().for_each(|value| targets(value, found)),
            _ => {}
        }
    }
    let machine = xstate(sample(&pack()));
    let mut found = Vec::new();
    targets(&machine, &mut found);
    assert!(found.len() > 8, "{found:?}");
    for target in found {
        let path = target.strip_prefix("#sample.").expect("an absolute target");
        let end = path.split('.').fold(&machine, |node, key| &node["states"][key]);
        assert!(end.is_object(), "{target}");
    }
}
