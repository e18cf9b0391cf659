//! Facts about the clocks of a procedure: who may lengthen them, when they warn.

use serde_json::{Value as Json, json};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};

use crate::{
    clock::{ClockStatus, Due, Law, Remaining, samples},
    decide,
    decision::{CaseView, Command, Decision, Effect, Moved, ProblemCode, Refusal, Timer},
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
            "extension: { by: 3 working_days, max: 1, approver: officer }",
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
    assert_eq!(third.problems[0].law.as_ref().unwrap().as_str(), "samr-121#15.1");
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
            "within: 7 working_days\n    law: 15.1",
            "within: 90 days\n    law: 15.1",
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

/// 28 December 2026: seven working days lead into a year without a notice.
const DECEMBER: OffsetDateTime = datetime!(2026-12-28 10:00 +8);

fn published(text: &str) -> Law {
    samples::law_with_year(2027, text)
}

#[test]
fn a_published_year_moves_a_provisional_deadline_and_the_staff_whom_the_clock_warns_are_told() {
    let pack = good(PROCEDURE);
    let before = opening(&pack, 1, DECEMBER);
    let law = published("year: 2027\noff: [2027-01-01..2027-01-03]\n");
    let again =
        |view: &CaseView, law: &Law| decide::recompute(sample(&pack), law, view, Some("told"), DECEMBER).unwrap();
    let view = after(&before);
    assert_eq!(again(&view, &pack.law), None, "the same law moves nothing");
    let decision = again(&view, &law).unwrap();
    assert_eq!(
        (decision.kind.as_str(), decision.raises_version),
        ("clocks_recomputed", false)
    );
    assert_eq!((&decision.from, &decision.to), (&before.to, &before.to));
    let moved = Moved {
        clock: "review".to_owned(),
        from: Some(date!(2027 - 01 - 06)),
        to: Some(date!(2027 - 01 - 07)),
    };
    assert_eq!(decision.moved, [moved]);
    assert_eq!(decision.next_due, Some(datetime!(2027-01-08 00:00 +8)));
    let told = Effect::Notify {
        to: vec!["officer".to_owned()],
        notice: "told".to_owned(),
        superior: false,
    };
    assert_eq!(decision.effects, [told]);
    let rungs: Vec<_> = decision.timers.iter().map(|t| t.rung.as_str()).collect();
    assert_eq!(rungs, ["warn-0:2027-01-07", "expiry:2027-01-07"]);
    assert_eq!(again(&after(&decision), &law), None, "twice is once");
}

#[test]
fn a_deadline_that_stays_and_stops_being_provisional_is_recorded_and_told_to_nobody() {
    let pack = good(PROCEDURE);
    let view = after(&opening(&pack, 1, DECEMBER));
    let law = published("year: 2027\noff: [2027-03-01]\n");
    let decision = decide::recompute(sample(&pack), &law, &view, Some("told"), DECEMBER)
        .unwrap()
        .unwrap();
    assert_eq!((decision.moved, decision.effects), (vec![], vec![]));
    assert!(!decision.clocks["review"].due.at().unwrap().provisional);
}

#[test]
fn a_right_of_a_party_does_not_end_on_a_day_that_may_still_move_and_an_authority_is_held_to_it() {
    let armed = |decision: &Decision| -> Vec<String> { decision.armed().map(|timer| timer.rung.clone()).collect() };
    let party = good(&PROCEDURE.replacen("duty: authority", "duty: party", 1));
    let opened = opening(&party, 1, DECEMBER);
    let provisional = ["warn-0:2027-01-06", "expiry:2027-01-06"];
    assert_eq!(armed(&opened), provisional[..1]);
    assert_eq!(armed(&opening(&good(PROCEDURE), 1, DECEMBER)), provisional);
    let law = published("year: 2027\noff: [2027-01-01..2027-01-03]\n");
    let late = datetime!(2027-01-20 10:00 +8);
    let decision = decide::recompute(sample(&party), &law, &after(&opened), None, late)
        .unwrap()
        .unwrap();
    assert_eq!(
        armed(&decision).last().unwrap(),
        "expiry:2027-01-07",
        "it ends once the year is published"
    );
}

#[test]
fn an_ended_clock_keeps_its_date_and_a_suspended_one_gets_another_remainder() {
    let pack = good(PROCEDURE);
    let law = published("year: 2027\noff: [2027-01-01..2027-01-03]\n");
    let again = |view: &CaseView| decide::recompute(sample(&pack), &law, view, Some("told"), DECEMBER).unwrap();
    let accepted = after(&send(&pack, &after(&opening(&pack, 1, DECEMBER)), "accept", DECEMBER));
    let closed = after(&send(&pack, &accepted, "close", datetime!(2026-12-29 10:00 +8)));
    assert_eq!(again(&closed), None);
    let tested = after(&send(&pack, &accepted, "test", datetime!(2027-01-04 10:00 +8)));
    let decision = again(&tested).unwrap();
    // of seven days 29, 30, 31 December and 4 January were used; New Year's Day no longer is
    let remaining = Due::Suspended {
        remaining: Remaining::WorkingDays(3),
    };
    assert_eq!(decision.clocks["review"].due, remaining);
    let moved: Vec<_> = decision
        .moved
        .iter()
        .map(|m| (m.clock.as_str(), m.from, m.to))
        .collect();
    assert_eq!(moved, [("review", None, None)]);
}

#[test]
fn a_duty_that_expired_is_still_what_the_case_is_due_by_until_it_is_done() {
    let pack = good(PROCEDURE);
    let expiry = |decision: &Decision, rung: &str| {
        let timer = decision.timers.iter().find(|t| t.rung == rung).cloned().unwrap();
        decide::fire(sample(&pack), &pack.law, &after(decision), &timer).unwrap()
    };
    let expired = expiry(&opening(&pack, 1, FILED), "expiry:2026-10-10");
    let end = datetime!(2026-10-11 00:00 +8);
    assert_eq!(
        (expired.clocks["review"].status, expired.next_due),
        (ClockStatus::Expired, Some(end))
    );
    let late = datetime!(2026-10-12 10:00 +8);
    let is_late = |pack: &Pack, view: &CaseView| decide::is_late(sample(pack), view, "review", late);
    let accepted = send(&pack, &after(&expired), "accept", late);
    assert_eq!(accepted.next_due, Some(end), "the clock runs in both states");
    assert!(is_late(&pack, &after(&accepted)) && is_late(&pack, &opened(&pack, 1)));
    let led_on = CaseView {
        states: vec!["done".to_owned()],
        ..after(&expired)
    };
    assert!(!is_late(&pack, &led_on), "its end led the case on");
    let closed = send(&pack, &after(&accepted), "close", late);
    assert_eq!(closed.next_due, None);
    assert!(!is_late(&pack, &after(&closed)), "it was done, late");
    let party = good(&PROCEDURE.replacen("duty: authority", "duty: party", 1));
    let opened = opening(&party, 1, FILED);
    let timer = opened.timers.iter().find(|t| t.rung == "expiry:2026-10-10").unwrap();
    let lapsed = decide::fire(sample(&party), &party.law, &after(&opened), timer).unwrap();
    assert_eq!(lapsed.next_due, None, "a right that lapsed is owed by nobody");
    assert!(!is_late(&party, &after(&lapsed)) && !is_late(&party, &after(&opened)));
}

#[test]
fn in_a_group_a_duty_is_overdue_only_with_its_last_clock() {
    let long = "
  longer:
    title: { zh: 审查, en: Review }
    within: 20 working_days
    law: 15.1
    duty: authority
    runs_in: [open, work]
    suspended_in: { work.lab: testing }
    expiry: late
    group: review
";
    let grouped = PROCEDURE.replacen("    expiry: late\n", "    expiry: late\n    group: review\n", 1)
        + long.trim_start_matches('\n');
    let pack = good(&grouped);
    let fire = |decision: &Decision, clock: &str| {
        let expiry = |t: &&Timer| t.clock == clock && t.rung.starts_with("expiry");
        let timer = decision.timers.iter().find(expiry).cloned().unwrap();
        decide::fire(sample(&pack), &pack.law, &after(decision), &timer).unwrap()
    };
    let first = fire(&opening(&pack, 1, FILED), "review");
    assert_eq!(first.next_due, first.clocks["longer"].due.at().map(|due| due.due_at));
    let last = fire(&first, "longer");
    assert_eq!(
        last.next_due,
        Some(datetime!(2026-10-11 00:00 +8)),
        "late since the first"
    );
}

/// The sample procedure, with a laboratory's period that counts from a day which the step tells.
fn dated() -> String {
    PROCEDURE
        .replace(
            "  urgent: {",
            "  on: { title: { zh: 收样日期, en: Day }, type: date, past: true }\n  urgent: {",
        )
        .replace(
            "en: Test }, by: [officer] }",
            "en: Test }, by: [officer], form: ['on?'] }",
        )
        .replace(
            "within: 20 working_days, law: 22",
            "within: 20 working_days, from: on, law: 22",
        )
}

#[test]
fn a_period_counts_from_the_day_that_the_step_tells_and_from_no_earlier_telling() {
    let pack = good(&dated());
    let sent = |view: &CaseView, told: Json, at| try_send(&pack, view, "test", told, at);
    let accepted = after(&send(
        &pack,
        &opened(&pack, 1),
        "accept",
        datetime!(2026-09-24 10:00 +8),
    ));
    let told = json!({ "on": "2026-10-12" });
    let tested = after(&sent(&accepted, told, datetime!(2026-10-20 10:00 +8)).unwrap());
    assert_eq!(due(&tested.clocks, "lab"), Some(date!(2026 - 11 - 09)));
    let back = after(&send(&pack, &tested, "back", datetime!(2026-10-21 10:00 +8)));
    let again = after(&sent(&back, json!({}), datetime!(2026-10-23 10:00 +8)).unwrap());
    assert_eq!(due(&again.clocks, "lab"), Some(date!(2026 - 11 - 20)));
    let tomorrow = json!({ "on": "2026-10-24" });
    assert!(sent(&back, tomorrow, datetime!(2026-10-23 10:00 +8)).is_err());
}

/// The sample procedure, whose laboratory works until a day that the filing tells.
fn agreed_until() -> String {
    PROCEDURE
        .replace(
            "  urgent: {",
            "  until: { title: { zh: 届满日, en: Until }, type: date }\n  urgent: {",
        )
        .replace("form: ['urgent?']", "form: ['urgent?', until]")
        .replace(
            "en: Test }, by: [officer] }",
            "en: Test }, by: [officer], form: ['until?'] }",
        )
        .replace("within: 20 working_days, law: 22", "until: until, law: 22")
}

#[test]
fn a_day_told_before_that_has_come_ends_its_clock_and_one_told_by_the_step_lies_ahead_of_it() {
    let pack = good(&agreed_until());
    let told = |day: &str| json!({ "until": day });
    let at = datetime!(2026-09-24 10:00 +8);
    let accepted = |day: &str| after(&try_send(&pack, &opened(&pack, 1), "accept", told(day), at).unwrap());
    let later = datetime!(2026-10-20 10:00 +8);
    for day in ["2026-09-30", "2026-10-20"] {
        let tested = after(&try_send(&pack, &accepted(day), "test", json!({}), later).unwrap());
        let expected = if day == "2026-09-30" {
            date!(2026 - 09 - 30)
        } else {
            date!(2026 - 10 - 20)
        };
        assert_eq!(due(&tested.clocks, "lab"), Some(expected));
    }
    let ahead = after(&try_send(&pack, &accepted("2026-10-21"), "test", json!({}), later).unwrap());
    assert_eq!(due(&ahead.clocks, "lab"), Some(date!(2026 - 10 - 21)));
    let now = try_send(&pack, &accepted("2026-10-30"), "test", told("2026-10-20"), later);
    assert_eq!(now.unwrap_err(), [ProblemCode::InvalidField]);
}

#[test]
fn a_day_that_is_called_or_asked_for_is_not_over_and_no_field_is_both_past_and_ahead() {
    let kind = "en: Until }, type: date";
    let pack = good(&agreed_until().replace(kind, &format!("{kind}, ahead: true")));
    let at = datetime!(2026-09-24 23:30 +8);
    let told = |day: &str| try_send(&pack, &opened(&pack, 1), "accept", json!({ "until": day }), at);
    assert_eq!(told("2026-09-23").unwrap_err(), [ProblemCode::InvalidField]);
    assert!(told("2026-09-24").is_ok() && told("2027-09-24").is_ok());
    let both = agreed_until().replace(kind, &format!("{kind}, past: true, ahead: true"));
    assert!(
        codes(&both).contains(&(line_of(&both, kind), "WF004")),
        "{:?}",
        codes(&both)
    );
}

#[test]
fn what_a_period_counts_from_is_a_past_day_or_another_clock() {
    let lab = "  lab: { title: { zh: 检测, en: Lab }, within";
    for (wrong, code, line) in [
        (
            dated().replace("within: 20 working_days, from", "within: 20 hours, from"),
            "WF004",
            lab,
        ),
        (dated().replace("type: date, past: true", "type: date"), "WF111", lab),
        (dated().replace("from: on", "follows: [revew]"), "WF108", lab),
        (dated().replace("from: on", "follows: [lab]"), "WF108", lab),
    ] {
        assert!(
            codes(&wrong).contains(&(line_of(&wrong, line), code)),
            "{code}: {:?}",
            codes(&wrong)
        );
    }
}
