//! Tests of what is read, and of what is refused.

use crate::{
    answers::Answer,
    read::read,
    tests::{COUNTERS, arriving, file, model},
};

#[test]
fn none_is_the_option_of_that_name_and_no_answer_where_there_is_none_and_days_may_be_weighed() {
    let answers =
        "result: {none: 0.4, some: 0.4, no-answer: 0.2}, until: {\"+15\": 0.7, \"-3\": 0.1, none: 0.1, no-answer: 0.1}";
    let model = model(&arriving("from: 2026-03-02\nto: 2026-03-06\n", "per_day: 1", answers));
    let decide = model.procedures[0]
        .actions
        .iter()
        .find(|action| action.event == "decide");
    let form = &decide.expect("an event of the procedure").form.0;
    let told = |question: usize| {
        form[question]
            .answers
            .iter()
            .map(|(_, answer)| answer.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told(0),
        [
            Answer::Value("none".into()),
            Answer::Value("some".into()),
            Answer::Nothing
        ]
    );
    assert_eq!(
        told(1),
        [Answer::Day(15), Answer::Day(-3), Answer::Nothing, Answer::Nothing]
    );
}

fn faults(text: &str) -> Vec<String> {
    let (model, found) = read(&[file("model.yaml", text)], &COUNTERS);
    assert!(model.is_none(), "{found:#?}");
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn what_there_is_not_is_refused_with_its_line_and_the_nearest_name() {
    let text = "simulation: x\nfrom: 2026-05-01\nto: 2026-05-31\nprocedures:\n  complaint:\n    states:\n      \
                in_reviw: {accept: 1}\n      in_review: {acept: 0.5}\n    tasks: {dispach: {by: intake_officer}, take: {by: heda}}\n    \
                fields: {living_consumtion: true, handled_elsewhere: cort}\n    clocks: {aceptance: {within: 5 working_days}}\n  \
                complant: {}\nstaff: {case_oficer: {count: 2}}\n";
    let found = faults(text);
    let has = |line: u32, words: &[&str]| {
        let start = format!("model.yaml:{line}:");
        let fits = found
            .iter()
            .any(|f| f.starts_with(&start) && words.iter().all(|word| f.contains(word)));
        assert!(fits, "no fault in line {line} with {words:?}: {found:#?}");
    };
    has(7, &["WF101", "`in_reviw`", "did you mean `in_review`?"]);
    has(8, &["WF108", "`acept`", "did you mean `accept`?"]);
    has(9, &["WF108", "`dispach`", "did you mean `dispatch`?"]);
    has(9, &["WF102", "`heda`"]);
    has(
        10,
        &["WF103", "`living_consumtion`", "did you mean `living_consumption`?"],
    );
    has(10, &["WF801", "cort", "court"]);
    has(11, &["WF104", "`aceptance`", "did you mean `acceptance`?"]);
    has(12, &["WF301", "`complant`", "did you mean `complaint`?"]);
    has(13, &["WF102", "`case_oficer`", "did you mean `case_officer`?"]);
}

#[test]
fn numbers_and_days_that_do_not_fit_are_refused_with_their_line() {
    let head = "simulation: x\nfrom: 2026-03-01\nto: 2026-05-31\n";
    let text = format!(
        "{head}authorities: 7\nscale: 1/2\nprocedures:\n  counter:\n    arrivals: {{per_day: many, hours: 9-5}}\n    \
         states: {{waiting: {{decide: 0.8, grant: 0.4}}}}\n    tasks: {{decide: {{takes: {{minutes: 3, days: 1}}}}}}\n\
         staff: {{officer: {{count: -1, order: lifo}}}}\n"
    );
    let found = faults(&text);
    for (line, words) in [
        (5, "`1/2` is not a share of 7 authorities"),
        (8, "no number"),
        (8, "`9-5`"),
        (9, "make 1.2000"),
        (10, "2 of minutes, hours and days"),
        (11, "-1 is too small"),
        (11, "no order `lifo`"),
    ] {
        let start = format!("model.yaml:{line}:");
        assert!(
            found.iter().any(|f| f.starts_with(&start) && f.contains(words)),
            "{line} {words}: {found:#?}"
        );
    }
    let found = faults(&format!("{head}procedures: {{complaint: {{}}}}\n"));
    assert!(
        found[0].contains("WF802") && found[0].contains("no version of `complaint` governs"),
        "{found:#?}"
    );
    let found = faults("simulation: x\nfrom: 2026-05-02\nto: 2026-05-01\nprocedures: {counter: {}}\n");
    assert!(found[0].contains("model.yaml:3:WF802"), "{found:#?}");
}

#[test]
fn days_of_arrivals_that_are_no_dates_or_not_of_the_run_are_refused_with_their_line() {
    let text = "simulation: x\nfrom: 2026-03-10\nto: 2026-03-20\nwarm_up: 9\nfollow: 11\nprocedures:\n  counter:\n    \
                arrivals:\n      per_day: 1\n      days:\n        \"2026-03-01\": 2\n        \"2026-03-31\": 2\n        \
                \"2026-02-28\": 2\n        \"2026-04-01\": 2\n        \"15 March\": 2\n        \"2026-03-15\": much\n\
                staff: {officer: {count: 1}}\n";
    let found = faults(text);
    assert_eq!(found.len(), 4, "{found:#?}");
    for (line, words) in [
        (13, "WF802"),
        (
            13,
            "2026-02-28 is no day of the run, which goes from 2026-03-01 to 2026-03-31",
        ),
        (14, "WF802"),
        (15, "`15 March` is not a date"),
        (16, "WF801"),
    ] {
        let start = format!("model.yaml:{line}:");
        assert!(
            found.iter().any(|f| f.starts_with(&start) && f.contains(words)),
            "{line} {words}: {found:#?}"
        );
    }
}

#[test]
fn work_without_officers_is_refused_before_the_run() {
    let found =
        faults("simulation: x\nfrom: 2026-05-01\nto: 2026-05-31\nprocedures: {counter: {arrivals: {per_day: 1}}}\n");
    assert!(
        found[0].contains("model.yaml:4:WF803") && found[0].contains("`officer`"),
        "{found:#?}"
    );
}

#[test]
fn a_model_that_extends_another_changes_what_it_names_and_each_fault_is_in_its_own_file() {
    let base = file(
        "base.yaml",
        "simulation: base\nfrom: 2026-03-02\nto: 2026-03-31\nprocedures: {counter: {arrivals: {per_day: 9}}}\n\
         staff: {officer: {count: 2, order: due_first}}\n",
    );
    let over = |text: &str| read(&[file("over.yaml", text), base.clone()], &COUNTERS);
    let (model, found) = over("simulation: over\nextends: base.yaml\nstaff: {officer: {count: 4}}\n");
    let model = model.unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(
        (model.name.as_str(), model.desks[0].count, model.desks[0].due_first),
        ("over", Some(4), true)
    );
    let (_, found) = over("extends: base.yaml\nsimulation: over\nstaff:\n  officer: {order: lifo}\n");
    assert!(found[0].to_string().starts_with("over.yaml:4:WF004"), "{found:#?}");
    let (_, found) =
        over("extends: base.yaml\nsimulation: over\nprocedures: {counter: {version: 7}}\nto: 2026-03-01\n");
    assert!(
        found.iter().any(|f| f.to_string().starts_with("over.yaml:4:WF802")),
        "{found:#?}"
    );
    let broken = file(
        "base.yaml",
        "simulation: base\nfrom: 2026-03-02\nto: 2026-03-31\nseeed: 4\nprocedures: {counter: {}}\n",
    );
    let (_, found) = read(&[file("over.yaml", "extends: base.yaml\n"), broken], &COUNTERS);
    assert!(
        found.iter().any(|f| f.to_string().starts_with("base.yaml:4:WF002")),
        "{found:#?}"
    );
}
