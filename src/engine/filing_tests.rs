//! Facts about pages of a filing that are asked under a condition.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use crate::{
    decide,
    decision::{Opening, Problem, ProblemCode},
    definition::model::FilingMode,
    form,
    pack::Pack,
    procedure_tests::{FILED, PROCEDURE, actor, fields, load, sample},
};

const ASKED: &str = "    help: { title: { zh: 协助, en: Help }, form: [helped] }
    helper: { title: { zh: 协助人, en: Helper }, when: data.helped, form: [helper, 'fee?'] }
    reason: { title: { zh: 理由, en: Why }, when: 'has(data.fee) && 500 <= data.fee', form: [reason] }\n";

/// The sample procedure with questions more, and the pages that ask them.
fn with_pages(pages: &str) -> String {
    let field = "  urgent: { title: { zh: 紧急, en: Urgent }, type: bool }\n";
    let more = "  helped: { title: { zh: 有人协助, en: Helped }, type: bool, readers: [filer] }
  helper: { title: { zh: 协助人, en: Helper }, type: text, storage: identity }
  fee: { title: { zh: 报酬, en: Fee }, type: money, readers: [filer] }
  reason: { title: { zh: 理由, en: Reason }, type: text, storage: personal, readers: [filer] }\n";
    let page = "    who: { title: { zh: 您是谁, en: You }, form: [name] }\n";
    let procedure = PROCEDURE.replacen(field, &format!("{field}{more}"), 1);
    procedure.replacen(page, &format!("{page}{pages}"), 1)
}

fn pack() -> Pack {
    let (pack, found) = load(&with_pages(ASKED));
    assert_eq!(found, []);
    pack.unwrap()
}

/// What is in the way of a filing: code and field.
fn filed(pack: &Pack, answers: Map<String, Json>, complete: bool) -> Result<(), Vec<(ProblemCode, String)>> {
    let opening = Opening {
        actor: actor("filer"),
        mode: FilingMode::Named,
        fields: answers,
        complete,
    };
    let decided = decide::open(sample(pack), &pack.law, &opening, FILED);
    let told = |problem: Problem| (problem.code, problem.field.unwrap_or_default());
    decided
        .map(drop)
        .map_err(|refusal| refusal.problems.into_iter().map(told).collect())
}

fn answers(more: Json) -> Map<String, Json> {
    let mut given = fields(json!({ "told": "x", "name": "y" }));
    given.extend(fields(more));
    given
}

#[test]
fn a_page_is_asked_where_the_answers_before_it_fit_its_condition_and_must_be_answered_there() {
    let pack = pack();
    let missing = |name: &str| Err(vec![(ProblemCode::MissingField, name.to_owned())]);
    let try_with = |more: Json| filed(&pack, answers(more), true);
    assert_eq!(try_with(json!({ "helped": false })), Ok(()));
    assert_eq!(try_with(json!({ "helped": true })), missing("helper"));
    assert_eq!(try_with(json!({ "helped": true, "helper": "z" })), Ok(()));
    assert_eq!(try_with(json!({ "helped": true, "helper": "z", "fee": 499 })), Ok(()));
    assert_eq!(
        try_with(json!({ "helped": true, "helper": "z", "fee": 500 })),
        missing("reason")
    );
}

#[test]
fn a_page_that_is_not_asked_may_not_be_answered_and_decides_nothing_for_later_ones() {
    let pack = pack();
    let unasked = |names: &[&str]| {
        Err(names
            .iter()
            .map(|name| (ProblemCode::UnknownField, (*name).to_owned()))
            .collect())
    };
    let try_with = |more: Json| filed(&pack, answers(more), true);
    assert_eq!(
        try_with(json!({ "helped": false, "helper": "z" })),
        unasked(&["helper"])
    );
    let fee = json!({ "helped": false, "fee": 900, "reason": "r" });
    assert_eq!(try_with(fee), unasked(&["fee", "reason"]));
}

#[test]
fn a_mail_address_that_no_mail_reaches_is_refused_when_it_is_filed_and_read_where_it_was_taken_before() {
    let with_mail = with_pages(ASKED).replacen("Helper }, type: text", "Helper }, type: mail", 1);
    let (pack, found) = load(&with_mail);
    assert_eq!(found, []);
    let pack = pack.unwrap();
    let given = |mail: &str| answers(json!({ "helped": true, "helper": mail }));
    assert_eq!(filed(&pack, given("a@b.c"), true), Ok(()));
    let refused = vec![(ProblemCode::InvalidField, "helper".to_owned())];
    assert_eq!(filed(&pack, given("a@b.c,"), true), Err(refused));
    assert_eq!(filed(&pack, given("a@b.c,"), false), Ok(()));
}

#[test]
fn what_another_case_brings_is_asked_of_nobody_whatever_the_conditions() {
    let pack = pack();
    assert_eq!(filed(&pack, fields(json!({ "helped": true })), false), Ok(()));
    assert_eq!(filed(&pack, fields(json!({ "fee": 900 })), false), Ok(()));
}

#[test]
fn the_loader_refuses_conditions_that_no_earlier_answer_decides() {
    let page = |when: &str| {
        format!(
            "    helper: {{ title: {{ zh: 协助人, en: Helper }}, when: \"{when}\", form: [helper, 'fee?', reason] }}
    help: {{ title: {{ zh: 协助, en: Help }}, form: [helped] }}\n"
        )
    };
    let cases = [
        ("data.helped", "WF112"),
        ("has(data.helped) && data.helped", "WF112"),
        ("has(data.fee) && data.fee > 1", "WF112"),
        ("has(data.amount) && by('officer')", "WF004"),
        ("has(data.amount) && data.amount > 'x'", "WF111"),
        ("data.amount > 1", "WF112"),
        ("has(data.told)", "WF111"),
        ("has(data.nothing)", "WF103"),
    ];
    for (when, code) in cases {
        let (pack, found) = load(&with_pages(&page(when)));
        let at_line = found.iter().any(|(line, c, _)| *c == code && *line > 0);
        assert!(pack.is_none() && at_line, "{when}: {found:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_schema_of_the_form_takes_what_a_filing_takes(
        helped in proptest::option::of(any::<bool>()),
        helper in any::<bool>(),
        fee in proptest::option::of(490i64..510),
        reason in any::<bool>(),
    ) {
        let pack = pack();
        let definition = sample(&pack);
        let mut given = answers(json!({}));
        given.extend(helped.map(|helped| ("helped".to_owned(), json!(helped))));
        given.extend(helper.then(|| ("helper".to_owned(), json!("z"))));
        given.extend(fee.map(|fee| ("fee".to_owned(), json!(fee))));
        given.extend(reason.then(|| ("reason".to_owned(), json!("r"))));
        let schema = jsonschema::validator_for(&form::filing_schema(definition)).unwrap();
        let fits = schema.is_valid(&Json::Object(given.clone()));
        match filed(&pack, given, true) {
            Ok(()) => prop_assert!(fits),
            // The schema says what must be answered, and leaves what is not asked to the service.
            Err(problems) => {
                let missing = problems.iter().any(|(code, _)| *code == ProblemCode::MissingField);
                prop_assert!(!missing || !fits);
            }
        }
    }
}

#[test]
fn a_form_without_conditions_has_a_schema_without_any() {
    let (pack, _) = load(PROCEDURE);
    assert!(form::filing_schema(sample(&pack.unwrap())).get("allOf").is_none());
}
