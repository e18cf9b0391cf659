//! Facts about draws: what is drawn is computed from what was published, typed by nobody, and the same everywhere.

use serde_json::{Value, json};
use time::macros::datetime;

use crate::{
    decide,
    decision::{Command, ProblemCode},
    diagnostic::Severity,
    dossier_tests::{actor, definition, load, opened, pack, send},
    draw,
    form::{ValueProblem, event_schema},
};

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
  seed: {title: {zh: 种子, en: Seed}, type: text, storage: personal}
  list_hash: {title: {zh: 校验值, en: Hash}, type: text, storage: personal}
  pool: {title: {zh: 数量, en: Pool}, type: integer, min: 1}
  wanted: {title: {zh: 抽取数量, en: How many}, type: integer, min: 1}
  drawn: {title: {zh: 抽中序号, en: Drawn}, type: long_text, max: 400000, storage: personal}
filing: {by: [filer], pages: {what: {title: {zh: 内容, en: What}, form: [what]}}}
events:
  draw:
    title: {zh: 摇号, en: Draw}
    by: [officer]
    form: [seed, list_hash, pool, wanted]
    draws: {into: drawn, seed: seed, pool: pool, pool_hash: list_hash, count: wanted}
    do: [{document: letter}]
initial: open
states:
  open: {title: {zh: 待办, en: Open}, owner: officer, no_clock: 样例, events: {draw: closed}}
  closed: {title: {zh: 结束, en: Closed}, outcome: closed}
";

fn answers(pool: u32, wanted: u32) -> Value {
    json!({"seed": "03112233416", "list_hash": "9f2c", "pool": pool, "wanted": wanted})
}

#[test]
fn the_step_writes_what_its_seed_draws_and_its_form_does_not_ask_for_it() {
    let pack = pack(PROCEDURE);
    let decided = send(&pack, &opened(&pack), "draw", answers(100, 5)).unwrap();
    // As another program draws: see `draw`.
    assert_eq!(decided.personal["drawn"], json!("26 37 50 79 57"));
    let event = &definition(&pack).events["draw"];
    let schema = event_schema(definition(&pack), event);
    assert!(schema["properties"].get("drawn").is_none());
    let whole = send(&pack, &opened(&pack), "draw", answers(7, 7)).unwrap();
    let all = draw::positions("03112233416", "9f2c", 7, 7).unwrap();
    let all: Vec<String> = all.iter().map(u32::to_string).collect();
    assert_eq!(whole.personal["drawn"], json!(all.join(" ")));
}

#[test]
fn a_result_that_came_along_must_be_the_one_that_is_computed() {
    let pack = pack(PROCEDURE);
    let mut told = answers(100, 5);
    told["drawn"] = json!("26 37 50 79 57");
    assert!(send(&pack, &opened(&pack), "draw", told.clone()).is_ok());
    told["drawn"] = json!("26 37 50 79 58");
    let refusal = send(&pack, &opened(&pack), "draw", told).unwrap_err();
    let [problem] = refusal.problems.as_slice() else {
        panic!("{refusal:?}")
    };
    assert_eq!(
        (problem.code, problem.field.as_deref(), problem.value),
        (ProblemCode::InvalidField, Some("drawn"), Some(ValueProblem::NotDrawn))
    );
}

#[test]
fn what_comes_by_file_or_is_replayed_is_drawn_again_and_after_an_erasure_nothing_is() {
    let pack = pack(PROCEDURE);
    let replay = |fields: Value| {
        let command = Command {
            event: "draw".to_owned(),
            actor: actor("officer"),
            fields: fields.as_object().cloned().unwrap(),
            complete: false,
        };
        decide::perform(
            definition(&pack),
            &pack.law,
            &opened(&pack),
            &command,
            datetime!(2026-09-22 09:00 +8),
        )
    };
    let mut told = answers(100, 5);
    told["drawn"] = json!("26 37 50 79 58");
    assert!(replay(told).is_err());
    assert_eq!(
        replay(answers(100, 5)).unwrap().personal["drawn"],
        json!("26 37 50 79 57")
    );
    let left = json!({"pool": 100, "wanted": 5});
    assert!(!replay(left).unwrap().personal.contains_key("drawn"));
}

#[test]
fn more_than_there_is_or_than_a_page_lists_is_not_drawn() {
    let pack = pack(PROCEDURE);
    for (pool, wanted, most) in [(5, 6, 5), (i32::MAX as u32, 50_001, 50_000)] {
        let refusal = send(&pack, &opened(&pack), "draw", answers(pool, wanted)).unwrap_err();
        let told = refusal
            .problems
            .first()
            .map(|problem| (problem.field.clone(), problem.value));
        let range = ValueProblem::OutOfRange(0, most);
        assert_eq!(told, Some((Some("wanted".to_owned()), Some(range))));
    }
}

#[test]
fn a_draw_from_what_nobody_tells_or_into_what_somebody_types_is_found() {
    for (old, new) in [
        (
            "form: [seed, list_hash, pool, wanted]",
            "form: [\"seed?\", list_hash, pool, wanted]",
        ),
        (
            "form: [seed, list_hash, pool, wanted]",
            "form: [seed, list_hash, pool, wanted, drawn]",
        ),
        ("into: drawn,", "into: what,"),
        ("count: wanted}", "count: seed}"),
    ] {
        let (_, found) = load(&PROCEDURE.replacen(old, new, 1));
        let told = found.iter().find(|told| told.code == "WF111");
        assert!(
            told.is_some_and(|told| told.severity == Severity::Error),
            "{new}: {found:#?}"
        );
    }
}
