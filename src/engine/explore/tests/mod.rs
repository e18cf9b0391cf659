//! Facts about the exploration, on two small procedures of which one opens the other, and on the shipped pack.

mod covered;
mod reduced;
mod rows;

use super::*;
use crate::{
    clock::samples,
    diagnostic::{Diagnostic, Severity},
};

const CHILD: &str = "procedure: child
version: 1
title: {zh: 子, en: Child}
instrument: samr-121
roles: {officer: {title: {zh: 经办人, en: Officer}, kind: staff}}
fields: {good: {title: {zh: 好, en: Good}, type: bool}}
filing: {by: [officer], pages: {what: {title: {zh: 内容, en: What}, form: ['good?']}}}
events:
  decide: {title: {zh: 决定, en: Decide}, by: [officer]}
  stop: {title: {zh: 停, en: Stop}}
initial: open
called_off: stop
states:
  open:
    title: {zh: 待办, en: Open}
    owner: officer
    no_clock: not here
    events:
      decide: [{when: has(data.good) && data.good, to: won}, {to: lost}]
      stop: gone
  won: {title: {zh: 成, en: Won}, outcome: won}
  lost: {title: {zh: 败, en: Lost}, outcome: lost}
  gone: {title: {zh: 撤, en: Gone}, outcome: gone}
";

const PARENT: &str = "procedure: parent
version: 1
title: {zh: 母, en: Parent}
instrument: samr-121
roles:
  filer: {title: {zh: 申请人, en: Filer}, kind: party}
  officer: {title: {zh: 经办人, en: Officer}, kind: staff}
fields:
  ready: {title: {zh: 齐备, en: Ready}, type: bool}
  until: {title: {zh: 期限, en: Until}, type: date}
  place: {title: {zh: 单位, en: Place}, type: organisation, kinds: [market_regulation]}
filing: {by: [filer], pages: {what: {title: {zh: 内容, en: What}, form: [ready, 'until?']}}}
events:
  ask: {title: {zh: 问, en: Ask}, by: [officer], do: [{open: inquiry}]}
  answered: {title: {zh: 答, en: Answered}}
  denied: {title: {zh: 否, en: Denied}}
  close: {title: {zh: 结, en: Close}, by: [officer]}
  late: {title: {zh: 逾期, en: Late}, do: [{return_to_intake: }]}
subcases:
  inquiry: {title: {zh: 查, en: Inquiry}, procedure: child, link: inquiry, outcomes: {won: answered, lost: denied, gone: denied}}
initial: start
states:
  start:
    title: {zh: 始, en: Start}
    owner: officer
    events:
      ask: waiting
      close: done
  waiting:
    title: {zh: 等, en: Waiting}
    owner: officer
    events:
      answered: done
      denied: start
  done: {title: {zh: 毕, en: Done}, outcome: done}
clocks:
  whole: {title: {zh: 全程, en: Whole}, within: 30 days, law: 23, duty: authority, runs_in: [start, waiting], expiry: late}
";

fn load(procedures: &[&str]) -> Result<Pack, Vec<Diagnostic>> {
    let mut files = samples::files();
    for (i, text) in procedures.iter().enumerate() {
        files.push((format!("procedures/{i}.yaml"), (*text).to_owned()));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (pack, found) = Pack::load(&files);
    pack.ok_or_else(|| found.into_iter().filter(|d| d.severity == Severity::Error).collect())
}

fn explored(procedures: &[&str]) -> Exploration {
    explore(&load(procedures).unwrap_or_else(|found| panic!("{found:#?}")), STATES)
}

/// Code and line of each finding, and the way there.
fn told(exploration: &Exploration) -> Vec<(&'static str, String, u32, String)> {
    let findings = exploration.findings.iter().map(|finding| &finding.diagnostic);
    let way = |mend: &str| mend.split("shortest way: ").nth(1).unwrap_or_default().to_owned();
    let one = |d: &Diagnostic| (d.code, d.file.clone(), d.line, way(&d.mend));
    findings.map(one).collect()
}

fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// Number of the line that holds this text.
fn line(text: &str, part: &str) -> u32 {
    let found = text.lines().position(|line| line.contains(part));
    u32::try_from(found.unwrap_or_else(|| panic!("{part}"))).unwrap() + 1
}

/// What is found in the parent after one change, with the line that must be named.
fn one_fault(parent: &str, child: &str, code: &str, part: &str) -> String {
    let exploration = explored(&[parent, child]);
    let found = told(&exploration);
    let wanted = line(parent, part);
    let fault = found
        .iter()
        .find(|(c, file, l, _)| *c == code && file == "procedures/0.yaml" && *l == wanted);
    fault
        .unwrap_or_else(|| panic!("{code} at {wanted}: {found:#?}"))
        .3
        .clone()
}

#[test]
fn a_sound_pair_has_no_findings_and_its_states_are_counted() {
    let exploration = explored(&[PARENT, CHILD]);
    assert_eq!(told(&exploration), []);
    let states: Vec<(&str, usize, bool)> = exploration
        .procedures
        .iter()
        .map(|p| (p.procedure.as_str(), p.states, p.bounded))
        .collect();
    // The child: open, good or not, and three ends. The parent: done; and with its clock running or over, at the start and
    // waiting while the child will win, will lose, has won, has lost. Nobody calls it off, so it is never gone.
    assert_eq!(states, [("child", 5, false), ("parent", 11, false)]);
}

#[test]
fn a_fact_that_leaves_no_way_on_is_a_dead_end_with_the_shortest_way_and_a_story_that_answers_it_so() {
    let parent = changed(
        PARENT,
        "close: done",
        "close: {to: done, requires: [{when: data.ready, code: N, reason: {zh: 否, en: no}}]}",
    );
    let parent = changed(
        &parent,
        "      ask: waiting\n",
        "      ask: {to: waiting, when: data.ready}\n",
    );
    let parent = changed(&parent, "law: 23, ", "law: 23, filed: {from: 2030-01-01}, ");
    assert_eq!(one_fault(&parent, CHILD, "WF201", "  start:"), "filing");
    let exploration = explored(&[&parent, CHILD]);
    let story = exploration.findings.iter().find_map(|f| f.story.clone()).unwrap();
    assert_eq!(
        serde_json::to_value(&story.fields).unwrap(),
        serde_json::json!({ "ready": false })
    );
    assert_eq!(story.deeds, []);
}

#[test]
fn a_circle_that_no_case_leaves_under_some_fact_is_found() {
    let parent = changed(PARENT, "close: done", "close: {to: done, when: data.ready}");
    let parent = changed(&parent, "answered: done", "answered: start");
    assert_eq!(one_fault(&parent, CHILD, "WF202", "  start:"), "filing");
}

#[test]
fn a_case_that_only_a_clock_can_end_is_warned_of() {
    let parent = changed(
        PARENT,
        "      denied: start\n",
        "      denied: start\n      late: done\n",
    );
    let parent = changed(&parent, "answered: done", "answered: start");
    let parent = changed(&parent, "      close: done\n", "");
    let parent = changed(&parent, "by: [officer]}\n  late: {", "}\n  late: {law: 23, ");
    let exploration = explored(&[&parent, CHILD]);
    let warned = exploration
        .findings
        .iter()
        .filter(|f| f.diagnostic.severity == Severity::Warning);
    let codes: Vec<&str> = warned.map(|f| f.diagnostic.code).collect();
    assert_eq!(codes, ["WF202", "WF202"]);
}

#[test]
fn an_outcome_that_can_arrive_where_no_state_hears_it_is_named_at_its_route() {
    let parent = changed(
        PARENT,
        "      denied: start\n",
        "      denied: start\n      close: resting\n",
    );
    let parent = changed(
        &parent,
        "  done: {title",
        "  resting: {title: {zh: 歇, en: Rest}, owner: officer, no_clock: none, events: {answered: done, close: done}}\n  done: {title",
    );
    let way = one_fault(&parent, CHILD, "WF302", "inquiry: {title");
    assert_eq!(
        way,
        "filing; ask (officer); close (officer); subcase inquiry goes on; subcase inquiry ends as lost"
    );
}

#[test]
fn a_state_that_waits_for_one_outcome_and_forgot_another_is_named() {
    // The event has effects, so somebody notices; the case stays all the same.
    let parent = changed(
        PARENT,
        "denied: {title: {zh: 否, en: Denied}}",
        "denied: {title: {zh: 否, en: Denied}, do: [{return_to_intake: }]}",
    );
    assert_eq!(told(&explored(&[&parent, CHILD])), []);
    let parent = changed(&parent, "      denied: start\n", "");
    let way = one_fault(&parent, CHILD, "WF302", "  waiting:");
    assert_eq!(
        way,
        "filing; ask (officer); subcase inquiry goes on; subcase inquiry ends as lost"
    );
    // Who writes the event with nothing behind it has thought of it.
    let parent = changed(
        &parent,
        "      answered: done\n",
        "      answered: done\n      denied:\n",
    );
    assert!(
        told(&explored(&[&parent, CHILD]))
            .iter()
            .all(|(code, ..)| *code != "WF302")
    );
}

#[test]
fn closing_while_a_subcase_goes_on_is_found_unless_it_is_called_off_or_detached() {
    let closing = changed(
        PARENT,
        "      denied: start\n",
        "      denied: start\n      close: done\n",
    );
    assert_eq!(
        one_fault(&closing, CHILD, "WF304", "inquiry: {title"),
        "filing; ask (officer); close (officer)"
    );
    let called_off = changed(
        &closing,
        "close: done\n  done",
        "close: {to: done, do: [{call_off: inquiry}]}\n  done",
    );
    assert_eq!(told(&explored(&[&called_off, CHILD])), []);
    let detached = changed(&closing, "link: inquiry, ", "link: inquiry, detached: true, ");
    assert!(
        told(&explored(&[&detached, CHILD]))
            .iter()
            .all(|(code, ..)| *code != "WF304")
    );
}

#[test]
fn two_cases_that_wait_for_each_other_are_found_in_both() {
    let child = changed(
        CHILD,
        "      decide: [{when: has(data.good) && data.good, to: won}, {to: lost}]\n",
        "      decide: {to: won, when: has(data.good) && data.good}\n",
    );
    let child = changed(&child, "lost: {title", "unused: {title").replace("outcome: lost", "outcome: unused");
    let child = child.replace("  unused: {title: {zh: 败, en: Lost}, outcome: unused}\n", "");
    let parent = changed(PARENT, "lost: denied, ", "");
    let parent = changed(&parent, "law: 23, ", "law: 23, filed: {from: 2030-01-01}, ");
    assert_eq!(
        one_fault(&parent, &child, "WF305", "  waiting:"),
        "filing; ask (officer)"
    );
    let alone = told(&explored(&[&parent, &child]));
    assert!(
        alone
            .iter()
            .any(|(code, file, ..)| *code == "WF201" && file == "procedures/1.yaml"),
        "{alone:?}"
    );
}

#[test]
fn an_event_and_a_branch_that_no_facts_allow_are_named() {
    let parent = changed(
        PARENT,
        "close: done",
        "close: {to: done, requires: [{when: has(data.place), code: N, reason: {zh: 否, en: no}}]}",
    );
    one_fault(&parent, CHILD, "WF204", "  close: {title");
    let parent = changed(
        PARENT,
        "      answered: done\n",
        "      answered:\n        - {to: done, when: has(data.place)}\n        - {to: done}\n",
    );
    one_fault(&parent, CHILD, "WF204", "has(data.place)");
}

#[test]
fn a_clock_that_never_runs_and_one_that_nobody_hears_are_named() {
    let never = "  other: {title: {zh: 另, en: Other}, until: place_on, law: 23, duty: party, runs_in: [waiting], expiry: late}\n";
    let parent = changed(
        PARENT,
        "  place: {title",
        "  place_on: {title: {zh: 日, en: Day}, type: date}\n  place: {title",
    ) + never;
    one_fault(&parent, CHILD, "WF404", "  other: {title");
    let parent = changed(PARENT, ", do: [{return_to_intake: }]", ", law: 23");
    let parent = changed(
        &parent,
        "      close: done\n",
        "      close: done\n      late: {to: waiting, when: data.ready}\n",
    );
    let parent = changed(&parent, "      denied: start\n", "      denied: start\n      late:\n");
    assert_eq!(
        one_fault(&parent, CHILD, "WF404", "  whole: {title"),
        "filing; clock whole expires"
    );
}

#[test]
fn a_statutory_clock_that_stands_still_with_no_other_running_is_found_with_the_way() {
    let parent = changed(
        PARENT,
        "expiry: late}\n",
        "suspended_in: {waiting: inquiry}, restart_on: [ask], expiry: late}\n  pause: {title: {zh: 停, en: Pause}, until: until, law: 23, duty: party, force: service, runs_in: [waiting], expiry: late}\n",
    );
    assert_eq!(
        one_fault(&parent, CHILD, "WF405", "  whole: {title"),
        "filing; ask (officer)"
    );
}

#[test]
fn an_effect_that_needs_a_field_without_a_value_is_found() {
    let parent = changed(
        PARENT,
        "by: [officer]}\n  late",
        "by: [officer], do: [{move_to: place}]}\n  late",
    );
    assert_eq!(
        one_fault(&parent, CHILD, "WF112", "  close: {title"),
        "filing; close (officer)"
    );
    let asked = changed(
        &parent,
        "by: [officer], do: [{move_to",
        "by: [officer], form: [place], do: [{move_to",
    );
    assert_eq!(told(&explored(&[&asked, CHILD])), []);
}

#[test]
fn the_bound_stops_the_search_and_nothing_is_claimed_of_what_was_not_seen() {
    let pack = load(&[PARENT, CHILD]).unwrap();
    let exploration = explore(&pack, 3);
    assert!(exploration.procedures.iter().all(|p| p.bounded));
    assert_eq!(told(&exploration), []);
    for bound in 1..30 {
        assert_eq!(told(&explore(&pack, bound)), [], "{bound}");
    }
}

#[test]
fn more_options_of_a_list_than_can_be_combined_are_named_unless_conditions_ask_for_them_as_one() {
    let options = ["a", "b", "c", "d", "e", "f"];
    let titles = ["甲", "乙", "丙", "丁", "戊", "己"].iter().zip(options);
    let declared: String = titles
        .map(|(zh, key)| format!("{key}: {{zh: {zh}, en: {key}}}, "))
        .collect();
    let field = format!(
        "fields:\n  claims: {{title: {{zh: 请求, en: Claims}}, type: choices, options: {{{declared}g: {{zh: 庚, en: g}}}}}}\n"
    );
    let parent = changed(PARENT, "fields:\n", &field);
    let parent = changed(&parent, "[ready, 'until?']", "[ready, 'until?', claims]");
    let closing = |joined: &str| {
        let all = options.map(|key| format!("'{key}' in data.claims")).join(joined);
        let requires = format!("requires: [{{when: \"!({all})\", code: N, reason: {{zh: 否, en: no}}}}]");
        changed(&parent, "close: done", &format!("close: {{to: done, {requires}}}"))
    };
    let apart = closing(" && ");
    let exploration = explored(&[&apart, CHILD]);
    let here = (
        "WF115",
        "procedures/0.yaml".to_owned(),
        line(&apart, "  claims:"),
        String::new(),
    );
    assert_eq!(told(&exploration), [here]);
    assert!(
        exploration
            .procedures
            .iter()
            .any(|p| p.procedure == "parent" && p.bounded)
    );
    let together = explored(&[&closing(" || "), CHILD]);
    assert_eq!(told(&together), []);
    assert!(together.procedures.iter().all(|p| !p.bounded));
}

#[test]
fn nobody_is_said_to_be_stuck_where_steps_were_left_out() {
    // Seventeen regions of two states have more positions than are laid out.
    let regions: String = (0..17)
        .map(|n| {
            format!(
                "      r{n}: {{title: {{zh: 区, en: Region}}, initial: a, states: {{a: {{title: {{zh: 甲, en: A}}, events: {{close: open.r{n}.b}}}}, b: {{title: {{zh: 乙, en: B}}, final: true}}}}}}\n"
            )
        })
        .collect();
    let wide = format!(
        "procedure: wide
version: 1
title: {{zh: 宽, en: Wide}}
instrument: samr-121
roles: {{officer: {{title: {{zh: 经办人, en: Officer}}, kind: staff}}}}
fields: {{good: {{title: {{zh: 好, en: Good}}, type: bool}}}}
filing: {{by: [officer], pages: {{what: {{title: {{zh: 内容, en: What}}, form: ['good?']}}}}}}
events:
{}initial: open
states:
  open:
    title: {{zh: 待办, en: Open}}
    owner: officer
    no_clock: not here
    events: {{done: over}}
    parallel:
{regions}  over: {{title: {{zh: 完, en: Over}}, outcome: over}}
",
        (0..17)
            .map(|n| format!("  close{n}: {{title: {{zh: 结, en: Close}}, by: [officer]}}\n"))
            .collect::<String>()
    );
    let wide = (0..17).fold(wide, |text, n| {
        text.replace(
            &format!("events: {{close: open.r{n}.b}}"),
            &format!("events: {{close{n}: open.r{n}.b}}"),
        )
    });
    let exploration = explored(&[&wide]);
    assert!(exploration.procedures.iter().any(|p| p.bounded));
    assert_eq!(told(&exploration), []);
}

#[test]
fn procedures_that_open_each_other_in_a_circle_are_refused_at_load() {
    let child = changed(
        CHILD,
        "by: [officer]}\n  stop",
        "by: [officer], do: [{open: {procedure: parent, link: back, with: {ready: ready}}}]}\n  stop",
    );
    let child = changed(
        &child,
        "fields: {",
        "fields: {ready: {title: {zh: 齐, en: R}, type: bool}, ",
    );
    let found = load(&[PARENT, &child]).unwrap_err();
    let loops: Vec<(&str, u32)> = found
        .iter()
        .filter(|d| d.code == "WF306")
        .map(|d| (d.file.as_str(), d.line))
        .collect();
    let (here, there) = (line(PARENT, "  ask: {title"), line(&child, "  decide: {title"));
    assert_eq!(loops, [("procedures/0.yaml", here), ("procedures/1.yaml", there)]);
}

#[test]
fn the_shipped_pack_is_explored_whole_and_sound() {
    let exploration = explore(&covered::shipped(), STATES);
    assert_eq!(told(&exploration), []);
    assert!(
        exploration.procedures.iter().all(|p| !p.bounded && p.states > 3),
        "{:?}",
        exploration.procedures
    );
}

/// A procedure in which a second answer is possible only if `condition` holds between it and a first one of these types.
fn later_answer(first: &str, second: &str, condition: &str) -> String {
    format!(
        "procedure: later
version: 1
title: {{zh: 后, en: Later}}
instrument: samr-121
roles: {{officer: {{title: {{zh: 经办人, en: Officer}}, kind: staff}}}}
fields:
  a: {{title: {{zh: 甲, en: First}}, {first}}}
  b: {{title: {{zh: 乙, en: Second}}, {second}}}
  c: {{title: {{zh: 丙, en: Third}}, type: bool}}
filing: {{by: [officer], pages: {{what: {{title: {{zh: 内容, en: What}}, form: ['c?']}}}}}}
events:
  plan: {{title: {{zh: 计划, en: Plan}}, by: [officer], form: [a]}}
  finish: {{title: {{zh: 完成, en: Finish}}, by: [officer], form: [b]}}
initial: begun
states:
  begun: {{title: {{zh: 始, en: Begun}}, owner: officer, no_clock: not here, events: {{plan: running}}}}
  running:
    title: {{zh: 行, en: Running}}
    owner: officer
    no_clock: not here
    events:
      finish: {{to: done, requires: [{{when: 'has(data.a) && {condition}', code: TOO_LITTLE, reason: {{zh: 不足, en: Too little}}, law: 23}}]}}
  done: {{title: {{zh: 毕, en: Done}}, outcome: done}}
"
    )
}

#[test]
fn an_answer_that_another_must_reach_blocks_nothing_where_the_other_can_always_reach_it() {
    let wide = "type: integer, min: 0, max: 50";
    for (first, second, condition) in [
        ("type: integer, min: 1, max: 50", wide, "data.b >= data.a"),
        ("type: integer, min: 40, max: 50", wide, "data.b >= data.a"),
        ("type: integer, min: 1, max: 10", wide, "data.b >= 5 * data.a"),
        ("type: integer, min: 1, max: 49", wide, "data.b > data.a"),
        ("type: integer, min: 1, max: 50", wide, "data.b < data.a"),
        ("type: money", "type: money", "data.b >= data.a"),
        ("type: money", "type: money", "data.b > data.a"),
        ("type: money", "type: money", "data.b >= 5 * data.a"),
        ("type: money", "type: money", "5 * data.b > data.a"),
        ("type: date", "type: date", "data.b > data.a"),
        ("type: date", "type: date", "data.b < data.a"),
    ] {
        let found = told(&explored(&[&later_answer(first, second, condition)]));
        assert_eq!(found, [], "{first}; {second}; {condition}");
    }
}

#[test]
fn an_answer_that_the_other_cannot_always_reach_is_found() {
    let narrow = "type: integer, min: 0, max: 49";
    for (first, second, condition) in [
        ("type: integer, min: 1, max: 50", narrow, "data.b >= data.a"),
        ("type: integer, min: 1, max: 10", narrow, "data.b >= 5 * data.a"),
        ("type: integer, min: 0, max: 49", narrow, "data.b > data.a"),
        ("type: money", "type: money", "data.b < data.a"),
    ] {
        let found = told(&explored(&[&later_answer(first, second, condition)]));
        assert!(
            found.iter().any(|(code, ..)| *code == "WF201"),
            "{first}; {second}; {condition}: {found:?}"
        );
    }
}
