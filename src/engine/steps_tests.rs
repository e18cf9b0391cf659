//! Steps, clocks and words that do not fit, made on purpose in the shipped pack: each is named with its code at its line.

use crate::faults_tests::{Fault, missed};

const C: &str = "procedures/complaint-2.yaml";
const R: &str = "procedures/report-2.yaml";
const V: &str = "procedures/evidence_preservation-1.yaml";
const J: &str = "procedures/criminal_referral-1.yaml";
const N: &str = "notices/complaint.yaml";

/// What a step undoes that it has just done.
const ORDER: [Fault; 4] = [
    (
        V,
        "- assign: {role: case_officer, field: officer_two, additional: true}",
        "- assign: {role: case_officer, field: officer_two}",
        "WF423",
        "field: officer_two}",
    ),
    (
        V,
        "- assign: {role: case_officer, field: officer_one}",
        "- assign: {role: case_officer, field: officer_one}\n      - exclude: case_officer",
        "WF423",
        "- exclude: case_officer",
    ),
    (
        J,
        "      - keep: head\n      - move_to: police\n",
        "      - move_to: police\n      - keep: head\n",
        "WF423",
        "      - keep: head\n",
    ),
    (
        C,
        "      - document: test_commission\n",
        "      - document: test_commission\n      - clear: cost_bearer\n",
        "WF502",
        "- clear: cost_bearer",
    ),
];

/// Clocks that run, start, end and grow longer where they must not.
const PERIODS: [Fault; 9] = [
    (
        C,
        "suspended_in: {mediating.laboratory: testing}",
        "suspended_in: {mediating.laboratory: ''}",
        "WF406",
        "suspended_in: {mediating.laboratory: ''}",
    ),
    (
        C,
        "type: date, ahead: true, readers: [complainant], law: 10.3}",
        "type: date, past: true, readers: [complainant], law: 10.3}",
        "WF111",
        "  identity:\n    title",
    ),
    (
        C,
        "runs_in: [terminating]",
        "runs_in: [terminating, closed_terminated]",
        "WF404",
        "  termination_notice:\n    title: {zh: 告知终止调解",
    ),
    (
        C,
        "expiry: performance_unclear",
        "expiry: confirm_performance",
        "WF404",
        "  confirm_performance:",
    ),
    (
        R,
        "approver: head, reason: extension_reason}",
        "reason: extension_reason}",
        "WF411",
        "  verification:\n    title: {zh: 核查并决定",
    ),
    (
        C,
        "      mediation_expired: terminating\n",
        "      mediation_expired: {to: terminating, when: data.joint}\n",
        "WF206",
        "      mediation_expired: {to",
    ),
    (
        C,
        "from: received_on",
        "from: published_on",
        "WF404",
        "  acceptance:\n    title",
    ),
    (
        C,
        "readers: [complainant], law: 12.2}",
        "readers: [complainant, respondent], law: 12.2}",
        "WF504",
        "  representative_",
    ),
    (
        C,
        "type: long_text, max: 1000, storage: personal, law: 41.2}",
        "type: long_text, max: 0, storage: personal, law: 41.2}",
        "WF111",
        "  competence_note:",
    ),
];

/// What programs and people read.
const WORDS: [Fault; 7] = [
    (
        C,
        "outcome: not_accepted",
        "outcome: not accepted",
        "WF005",
        "outcome: not accepted",
    ),
    (
        C,
        "code: REPRESENTED_CONSENT_MISSING",
        "code: not asked",
        "WF005",
        "code: not asked",
    ),
    (
        C,
        "{zh: 护照, en: Passport}",
        "{zh: 护照, en: ' '}",
        "WF003",
        "passport: {zh",
    ),
    (
        N,
        "Complaint {case.number} registered",
        "Complaint registered",
        "WF502",
        "  complaint_registered:",
    ),
    (
        N,
        "投诉{case.number}已登记",
        "投诉{case.number}已登记{document.number}",
        "WF502",
        "  complaint_registered:",
    ),
    (
        C,
        "instrument: samr-121",
        "instrument: samr-12",
        "WF107",
        "instrument: samr-12",
    ),
    (
        C,
        "by: [complainant, intake_officer]\n",
        "by: [complainant, complainant, intake_officer]\n",
        "WF109",
        "by: [complainant, complainant",
    ),
];

#[test]
fn what_does_not_fit_in_steps_clocks_and_words_is_named_with_its_code_and_line() {
    let faults = ORDER.iter().chain(&PERIODS).chain(&WORDS);
    let missed: Vec<String> = faults.filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
