//! The shipped table: what it says, on which side of which day, and how a fault in it is named.

use std::{fs, path::Path, sync::LazyLock};

use serde_json::json;
use time::{
    Date,
    macros::{date, datetime},
};

use crate::{
    clock::samples,
    faults_tests::{Fault, missed},
    feedback::Within,
    pack::Pack,
};

const COMPLAINT: &str = "feedback/complaint.yaml";
const REPORT: &str = "feedback/report.yaml";
const PENALTY: &str = "feedback/penalty.yaml";
const CREDIT: &str = "feedback/credit.yaml";
const WAYS: &str = "feedback/ways.yaml";
const PROCEDURE: &str = "procedures/report-2.yaml";
const COURTESY: &str = "feedback/courtesy.yaml";

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut files = samples::files();
    for folder in ["procedures", "notices", "documents", "remedies", "feedback"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                files.push((format!("{folder}/{name}"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Pack::load(&files).0.unwrap()
});

/// File, what stands there, what is written instead, code, and what stands in the line that must be named.
const FAULTS: [Fault; 23] = [
    (
        COMPLAINT,
        "    title: {zh: 受理的告知",
        "    titel: {zh: 受理的告知",
        "WF002",
        "titel:",
    ),
    (
        COMPLAINT,
        "procedure: complaint\n    until: 2026-04-14\n    at: accept",
        "procedure: complant\n    until: 2026-04-14\n    at: accept",
        "WF301",
        "procedure: complant",
    ),
    (
        COMPLAINT,
        "to: complainant\n    notice: complaint_refused",
        "to: complanant\n    notice: complaint_refused",
        "WF102",
        "to: complanant",
    ),
    (
        COMPLAINT,
        "within: termination_notice",
        "within: termination_notce",
        "WF104",
        "within: termination_notce",
    ),
    (
        COMPLAINT,
        "notice: identity_wanted",
        "notice: identity_wantd",
        "WF105",
        "notice: identity_wantd",
    ),
    (
        COMPLAINT,
        "document: identity_request",
        "document: identity_requst",
        "WF106",
        "document: identity_requst",
    ),
    (
        COMPLAINT,
        "law: samr-121#10",
        "law: samr-121#99",
        "WF107",
        "law: samr-121#99",
    ),
    (
        COMPLAINT,
        "at: request_identity",
        "at: request_identiy",
        "WF108",
        "at: request_identiy",
    ),
    (
        COMPLAINT,
        "before: session_on",
        "before: session_time",
        "WF111",
        "before: session_time",
    ),
    (
        COMPLAINT,
        "before: session_on",
        "before: session_day",
        "WF103",
        "before: session_day",
    ),
    // The event is there and does something else.
    (
        COMPLAINT,
        "at: request_identity",
        "at: dispatch",
        "WF912",
        "at: dispatch\n    to: complainant\n    notice: identity_wanted",
    ),
    (
        REPORT,
        "at: tell_elsewhere\n    to: reporter\n    notice: report_told_elsewhere\n    document: report_told_elsewhere\n",
        "at: tell_elsewhere\n    to: reporter\n    notice: report_told_elsewhere\n    document: complaint_refusal\n",
        "WF912",
        "document: complaint_refusal",
    ),
    // Law that is not in force on the days of the row, and days that no version governs.
    (
        COMPLAINT,
        "law: samr-121#15.1",
        "law: samr-20#14",
        "WF913",
        "law: samr-20#14\n    ways: [portal, mail, sms, phone, letter]\n  complaint_refused_2020:",
    ),
    (
        REPORT,
        "procedure: handling_request\n    at: tell_unfair_result",
        "procedure: handling_request\n    until: 2020-01-01\n    at: tell_unfair_result",
        "WF913",
        "until: 2020-01-01",
    ),
    (
        PENALTY,
        "ways: [on_the_spot]",
        "ways: [on_the_sport]",
        "WF914",
        "ways: [on_the_sport]",
    ),
    (PENALTY, "ways: [on_the_spot]", "ways: [mail]", "WF914", "ways: [mail]"),
    (
        CREDIT,
        "    consent: electronic_consent\n",
        "",
        "WF914",
        "ways: [repair_electronic, paper]\n    served:",
    ),
    (
        CREDIT,
        "as: {electronic: repair_electronic}",
        "as: {electronc: repair_electronic}",
        "WF914",
        "as: {electronc",
    ),
    (
        PROCEDURE,
        "notice: report_duplicate",
        "notice: assistance_ended",
        "WF915",
        "notice: assistance_ended",
    ),
    (
        COURTESY,
        "report: [report_registered, ",
        "report: [report_registered, report_rewarded, ",
        "WF916",
        "  report: [report_registered",
    ),
    (
        COURTESY,
        "report: [report_registered, ",
        "report: [report_registered, report_result, ",
        "WF916",
        "  report: [report_registered",
    ),
    // A version that begins later still sends what has ended.
    (
        REPORT,
        "from: 2026-04-15\n    at: tell_elsewhere\n    to: rights_holder",
        "from: 2026-04-15\n    until: 2026-12-31\n    at: tell_elsewhere\n    to: rights_holder",
        "WF917",
        "until: 2026-12-31\n    at: tell_elsewhere\n    to: rights_holder",
    ),
    (
        WAYS,
        "    after: 30 days\n    law: penalty-procedure#82(5)\n",
        "    after: 30 days\n    unverified: true\n",
        "WF003",
        "  announcement:",
    ),
];

#[test]
fn each_fault_in_the_table_is_named_with_its_code_and_its_line() {
    let missed: Vec<String> = FAULTS.iter().filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_notice_of_filing_to_reporters_is_owed_until_14_april_2026_and_not_from_the_15th() {
    let owed = |day: Date| PACK.feedback.of("report", day).map(|(key, _)| key).collect::<Vec<_>>();
    let (before, after) = (owed(date!(2026 - 04 - 14)), owed(date!(2026 - 04 - 15)));
    assert!(
        before.contains(&"report_filing_2020") && before.contains(&"report_not_filing_2020"),
        "{before:?}"
    );
    assert_eq!(
        after,
        [
            "report_elsewhere",
            "report_result",
            "report_food_handed_over",
            "report_reward"
        ]
    );
    let row = &PACK.feedback.rows["report_filing_2020"];
    assert!(row.ended.is_some());
    assert_eq!(row.within, Within::Clocks(vec!["filing_notice".to_owned()]));
    assert_eq!(row.law.as_ref().unwrap().as_str(), "samr-20#31.2");
}

#[test]
fn the_same_notice_is_owed_by_the_article_of_the_filing_day() {
    let law = |day: Date| {
        let definition = PACK.in_force("complaint", day).unwrap();
        let told = ("complainant", "complaint_accepted");
        let (_, row) = PACK.feedback.notice(definition, day, told, "accept").unwrap();
        row.law.as_ref().unwrap().as_str().to_owned()
    };
    assert_eq!(law(date!(2026 - 04 - 14)), "samr-20#14");
    assert_eq!(law(date!(2026 - 04 - 15)), "samr-121#15.1");
}

#[test]
fn the_notice_of_a_session_on_site_is_owed_and_that_of_a_remote_one_a_courtesy() {
    let day = date!(2026 - 05 - 06);
    let definition = PACK.in_force("complaint", day).unwrap();
    let by = |event| {
        PACK.feedback
            .notice(definition, day, ("respondent", "mediation_scheduled"), event)
            .map(|(key, _)| key)
    };
    assert_eq!(
        (by("schedule_on_site"), by("schedule_remote")),
        (Some("session_told"), None)
    );
}

#[test]
fn what_a_clock_sends_is_owed_by_the_row_of_its_event() {
    let day = date!(2026 - 05 - 06);
    let definition = PACK.in_force("complaint", day).unwrap();
    let told = ("complainant", "complaint_refused");
    let row = PACK.feedback.notice(definition, day, told, "clock_expired").unwrap();
    assert_eq!(row.0, "complaint_refused");
}

#[test]
fn an_announcement_counts_as_received_thirty_days_later_and_after_a_holiday_on_its_last_day() {
    let received = |way: &str, at| PACK.feedback.ways[way].received_on(at, &PACK.law).unwrap();
    assert_eq!(
        received("announcement", datetime!(2026-11-02 10:00 +8)),
        date!(2026 - 12 - 02)
    );
    // 1 October begins seven days of holiday.
    assert_eq!(
        received("announcement", datetime!(2026-09-01 10:00 +8)),
        date!(2026 - 10 - 08)
    );
}

#[test]
fn other_ways_count_on_the_day_in_china() {
    let received = |way: &str, at| PACK.feedback.ways[way].received_on(at, &PACK.law).unwrap();
    for way in ["portal", "mail", "direct", "left", "electronic", "post", "entrusted"] {
        assert_eq!(
            received(way, datetime!(2026-11-02 17:00 UTC)),
            date!(2026 - 11 - 03),
            "{way}"
        );
    }
}

#[test]
fn seven_whole_working_days_lie_between_the_notice_of_a_hearing_and_the_hearing() {
    let row = &PACK.feedback.rows["hearing_notice"];
    let due = |day: &str| {
        let data = json!({ "hearing_on": day });
        row.due(&PACK.law, &indexmap::IndexMap::new(), None, data.as_object().unwrap())
    };
    // 19, 20, 23, 24, 25, 26 and 27 November lie between.
    assert_eq!(due("2026-11-30"), Some(date!(2026 - 11 - 18)));
    // The make-up Saturday 10 October is a working day, the first week of October is not.
    assert_eq!(due("2026-10-12"), Some(date!(2026 - 09 - 23)));
    assert_eq!(due("soon"), None);
}

#[test]
fn what_officers_recorded_says_how_and_when_something_was_served() {
    let row = &PACK.feedback.rows["penalty_decision"];
    let at = datetime!(2026-11-02 10:00 +8);
    let data = json!({ "served_on": "2026-10-30", "service_mode": "post" });
    let recorded = |data: serde_json::Value| row.served[0].recorded(at, data.as_object().unwrap());
    let (way, day) = recorded(data).unwrap();
    assert_eq!(
        (way.as_str(), PACK.feedback.ways[&way].received_on(day, &PACK.law)),
        ("post", Ok(date!(2026 - 10 - 30)))
    );
    assert_eq!(recorded(json!({ "service_mode": "post" })), None);
    let announced = |data: serde_json::Value| row.served[1].recorded(at, data.as_object().unwrap());
    let (way, day) = announced(json!({ "announced_on": "2026-10-30" })).unwrap();
    assert_eq!((way.as_str(), day.date()), ("announcement", date!(2026 - 10 - 30)));
    assert_eq!(announced(json!({})), None);
}

#[test]
fn a_decision_on_repair_sent_electronically_went_by_the_way_of_its_own_order() {
    let row = &PACK.feedback.rows["repair_granted"];
    let data = json!({ "served_on": "2026-10-30", "service_mode": "electronic" });
    let at = datetime!(2026-11-02 10:00 +8);
    let (way, _) = row.served[0].recorded(at, data.as_object().unwrap()).unwrap();
    let rule = PACK.feedback.ways[&way].law.as_ref().unwrap();
    assert_eq!(
        (way.as_str(), rule.as_str()),
        ("repair_electronic", "credit-repair-107#19")
    );
}

#[test]
fn a_pack_without_the_folder_is_asked_for_no_table() {
    let files: Vec<(String, String)> = PACK
        .files()
        .iter()
        .filter(|(path, _)| !path.starts_with("feedback/"))
        .cloned()
        .chain(samples::files())
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let (pack, found) = Pack::load(&files);
    assert!(found.is_empty(), "{found:?}");
    assert!(pack.unwrap().feedback.rows.is_empty());
}
