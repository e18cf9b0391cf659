//! Facts about the clocks of a procedure: who may lengthen them, when they warn.

use serde_json::{Value as Json, json};
use time::macros::datetime;

use crate::{
    decide,
    decision::{CaseView, Command, Decision, ProblemCode, Refusal},
    diagnostic::Severity,
    pack::Pack,
    procedure_tests::{FILED, PROCEDURE, actor, after, due, fields, load, opened, opening, sample, send, try_send},
};

const HEADED: &str = "  officer: { title: { zh: 经办人, en: Officer }, kind: staff }
  head: { title: { zh: 负责人, en: Head }, kind: staff }
";

/// The sample procedure, extended twice at most with the head's approval for a reason of a closed list.
fn approved() -> String {
    let choice = "{ complex: { zh: 疑难, en: Complex }, many: { zh: 人数众多, en: Many } }";
    PROCEDURE
        .replace(
            "  officer: { title: { zh: 经办人, en: Officer }, kind: staff }\n",
            HEADED,
        )
        .replace(
            "  urgent: {",
            &format!("  why: {{ title: {{ zh: 理由, en: Why }}, type: choice, options: {choice} }}\n  urgent: {{"),
        )
        .replace(
            "by: [officer], do: [ { extend: review } ]",
            "by: [head], form: [why], do: [ { extend: review } ]",
        )
        .replace(
            "extension: { by: 3 working_days, max: 1 }",
            "extension: { by: 3 working_days, max: 2, approver: head, reason: why }",
        )
}

fn good(procedure: &str) -> Pack {
    let (pack, found) = load(procedure);
    assert_eq!(found, []);
    pack.unwrap()
}

fn codes(procedure: &str) -> Vec<(u32, &'static str)> {
    let (_, found) = load(procedure);
    found.into_iter().map(|(line, code, _)| (line, code)).collect()
}

fn line_of(procedure: &str, part: &str) -> u32 {
    let line = procedure.lines().position(|line| line.contains(part)).unwrap();
    u32::try_from(line).unwrap() + 1
}

#[test]
fn a_clock_is_extended_by_its_approver_for_a_reason_as_often_as_its_rule_says() {
    let pack = good(&approved());
    let at = datetime!(2026-09-24 10:00 +8);
    let mut view = after(&send(&pack, &opened(&pack, 1), "accept", at));
    let by = |role: &str, view: &CaseView, why: Json| {
        let command = Command {
            event: "prolong".to_owned(),
            actor: actor(role),
            fields: fields(why),
            complete: true,
        };
        decide::perform(sample(&pack), &pack.law, view, &command, at)
    };
    let refused = |result: Result<Decision, Refusal>| -> Vec<ProblemCode> {
        result.unwrap_err().problems.iter().map(|p| p.code).collect()
    };
    assert_eq!(
        refused(by("officer", &view, json!({ "why": "complex" }))),
        [ProblemCode::RoleRequired]
    );
    assert_eq!(refused(by("head", &view, json!({}))), [ProblemCode::MissingField]);
    for (why, date) in [("complex", "2026-10-14"), ("many", "2026-10-19")] {
        view = after(&by("head", &view, json!({ "why": why })).unwrap());
        assert_eq!(due(&view.clocks, "review").unwrap().to_string(), date);
        let granted = view.clocks["review"].extensions.last().unwrap();
        assert_eq!(
            (granted.reason_code.as_str(), granted.approved_by.as_deref()),
            (why, Some("head"))
        );
    }
    let third = by("head", &view, json!({ "why": "many" })).unwrap_err();
    assert_eq!(third.problems[0].code, ProblemCode::ExtensionExhausted);
    assert_eq!(third.problems[0].law.as_ref().unwrap().as_str(), "samr-121#15(1)");
}

#[test]
fn a_period_that_is_over_is_not_extended_and_the_refusal_says_that() {
    let pack = good(PROCEDURE);
    let view = after(&send(&pack, &opened(&pack, 1), "accept", FILED));
    let late = try_send(&pack, &view, "prolong", json!({}), datetime!(2026-10-11 00:00 +8));
    assert_eq!(late.unwrap_err(), [ProblemCode::ClockNotRunning]);
}

#[test]
fn an_extension_without_its_approver_or_its_reason_is_refused_at_the_line_that_grants_it() {
    let sound = approved();
    let here = line_of(&sound, "{ extend: review }");
    for (from, to, code) in [
        ("by: [head], form: [why]", "by: [officer], form: [why]", "WF411"),
        ("by: [head], form: [why]", "by: [head, officer], form: [why]", "WF411"),
        ("by: [head], form: [why]", "form: [why]", "WF411"),
        ("by: [head], form: [why]", "by: [head]", "WF412"),
        ("by: [head], form: [why]", "by: [head], form: ['why?']", "WF412"),
    ] {
        assert!(sound.contains(from), "{from}");
        let found = codes(&sound.replacen(from, to, 1));
        assert!(found.contains(&(here, code)), "{to}: {found:?}");
    }
    let raised = sound.replacen("{ notify: { to: filer, notice: told } }", "{ raise: prolong }", 1);
    assert!(codes(&raised).contains(&(here, "WF411")), "{:?}", codes(&raised));
    let rule = line_of(&sound, "extension: {");
    for (from, to, code) in [
        ("by: 3 working_days", "by: 3 days", "WF413"),
        ("max: 2", "max: 0", "WF004"),
        ("approver: head", "approver: haed", "WF102"),
        ("reason: why", "reason: wyh", "WF103"),
    ] {
        let found = codes(&sound.replacen(from, to, 1));
        assert!(found.contains(&(rule, code)), "{to}: {found:?}");
    }
}

#[test]
fn an_authority_is_warned_by_its_strict_date_and_a_party_by_its_due_date() {
    // 90 days from 5 July 2026 end on 3 October strictly, and on the 8th after the holiday.
    let ninety = PROCEDURE
        .replace(
            "within: 7 working_days\n    law: 15(1)",
            "within: 90 days\n    law: 15(1)",
        )
        .replace("before: 2 working_days", "before: 2 days")
        .replace("by: 3 working_days", "by: 3 days");
    let warned = |procedure: &str| {
        let pack = good(procedure);
        let opened = opening(&pack, 1, datetime!(2026-07-05 09:00 +8));
        let clock = opened.clocks["review"].due.at().copied().unwrap();
        let timer = opened
            .timers
            .iter()
            .find(|t| t.rung.starts_with("warn-0"))
            .cloned()
            .unwrap();
        (clock.strict_date.to_string(), clock.due_date.to_string(), timer.due_at)
    };
    let (strict, rolled) = ("2026-10-03".to_owned(), "2026-10-08".to_owned());
    assert_eq!(
        warned(&ninety),
        (strict.clone(), rolled.clone(), datetime!(2026-10-01 09:00 +8))
    );
    let party = ninety.replacen("duty: authority", "duty: party", 1);
    assert_eq!(warned(&party), (strict, rolled, datetime!(2026-10-06 09:00 +8)));
}

#[test]
fn a_warning_that_would_come_before_the_start_is_refused_at_its_line() {
    let line = line_of(PROCEDURE, "warn: [");
    for before in [
        "7 working_days",
        "1 months",
        "4294967295 working_days",
        "4294967295 years",
    ] {
        let found = codes(&PROCEDURE.replace("before: 2 working_days", &format!("before: {before}")));
        assert!(found.contains(&(line, "WF406")), "{before}: {found:?}");
    }
    for before in ["6 working_days", "7 days", "24 hours"] {
        assert_eq!(
            codes(&PROCEDURE.replace("before: 2 working_days", &format!("before: {before}"))),
            []
        );
    }
    let (pack, found) = load(&PROCEDURE.replace("before: 2 working_days", "before: 10 days"));
    assert!(pack.is_some(), "it comes after the start where a holiday lies between");
    assert_eq!(found, [(line, "WF406", Severity::Warning)]);
}
