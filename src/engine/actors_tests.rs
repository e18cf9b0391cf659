//! Faults that let nobody act, or leave somebody waiting: each is named at its line.

use crate::{
    faults_tests::{Fault, missed},
    parallel_tests::{PROCEDURE, read},
};

const C: &str = "procedures/complaint-2.yaml";
const P: &str = "procedures/penalty-1.yaml";
const N: &str = "notices/complaint.yaml";
const D: &str = "documents/complaint-2.yaml";

/// In the shipped pack.
const SHIPPED: [Fault; 15] = [
    (
        P,
        "by('legal_reviewer')",
        "by('complainant')",
        "WF102",
        "by('complainant')",
    ),
    (
        P,
        "by('legal_reviewer')",
        "by('case_officer')",
        "WF113",
        "by('case_officer')",
    ),
    (
        C,
        "roles:\n",
        "roles:\n  onlooker: {title: {zh: 旁人, en: Onlooker}, kind: party}\n",
        "WF403",
        "  onlooker:",
    ),
    (
        C,
        "by: [intake_officer]\n      form: [\"channel?\"",
        "by: [case_officer]\n      form: [\"channel?\"",
        "WF403",
        "by: [case_officer]\n      form: [\"channel?\"",
    ),
    (
        C,
        "form: [\"channel?\", \"received_on?\"]",
        "form: [channel, \"received_on?\"]",
        "WF004",
        "office:\n      title: {zh: 登记",
    ),
    (
        C,
        "  received: received_on\n",
        "  received: amount\n",
        "WF422",
        "  received: amount",
    ),
    (
        C,
        "by: [intake_officer]\n      form: [\"channel?\"",
        "form: [\"channel?\"",
        "WF422",
        "  received: received_on",
    ),
    (
        N,
        "notices:\n",
        "notices:\n  idle: {subject: {zh: 甲, en: A}, body: {zh: 乙, en: B}}\n",
        "WF508",
        "  idle:",
    ),
    (
        D,
        "documents:\n",
        "documents:\n  idle: {title: {zh: 甲, en: A}, body: {zh: 乙, en: B}}\n",
        "WF508",
        "  idle:",
    ),
    (
        C,
        "- document: mediation_notice",
        "- document: mediation_notice\n      - publish: report_result",
        "WF509",
        "publish: report_result",
    ),
    (
        C,
        "- document: mediation_notice",
        "- document: mediation_notice\n      - publish: mediation_notice",
        "WF504",
        "publish: mediation_notice",
    ),
    (
        "procedures/penalty_hearing-1.yaml",
        "do: [{document: penalty_hearing_announcement}, {publish: penalty_hearing_announcement}]",
        "do: [{publish: penalty_hearing_announcement}, {document: penalty_hearing_announcement}]",
        "WF509",
        "do: [{publish: penalty_hearing_announcement}",
    ),
    (
        C,
        "title: {zh: 接收, en: Take}",
        "<<: {irreversible: true}\n    title: {zh: 接收, en: Take}",
        "WF001",
        "<<:",
    ),
    (
        "procedures/handling_request-2.yaml",
        "max: 200, storage: identity, readers: [rights_holder], law: 74.1}",
        "max: 200, storage: personal, readers: [rights_holder], law: 74.1}",
        "WF504",
        "  filer_name:",
    ),
    (
        "procedures/feedback-1.yaml",
        "head: {title: {zh: 负责人, en: Head of office}, kind: staff}",
        "head: {title: {zh: 负责人, en: Head of office}, kind: liaison}",
        "WF403",
        "  head:",
    ),
];

/// Changes of the small procedure, code, and what the line holds.
type SmallFault = (&'static [(&'static str, &'static str)], &'static str, &'static str);

/// In the small procedure with regions.
const SMALL: [SmallFault; 4] = [
    (
        &[(
            "owner: officer, events: { resume: work.back }",
            "owner: filer, events: { resume: work.back }",
        )],
        "WF401",
        "  paused:",
    ),
    (
        &[
            ("resume: work.back", "resume: work"),
            (
                "propose: work.mediation.proposed, note: }",
                "propose: work.back, note: }",
            ),
        ],
        "WF209",
        "      back:",
    ),
    (
        &[
            (
                "events: { conclude: work.inquiry.over }",
                "events: { conclude: work.inquiry.running }",
            ),
            (
                "conclude: work.inquiry.over, signal",
                "conclude: work.inquiry.alone, signal",
            ),
        ],
        "WF202",
        "      inquiry:",
    ),
    (
        &[
            (
                "agreed: { title: { zh: 达成, en: Agreed }, type: bool }",
                "agreed: { title: { zh: 达成, en: Agreed }, type: bool }\n  day: { title: { zh: 日, en: Day }, type: date }",
            ),
            (
                "suspend: { title: { zh: 中止, en: Suspend }, by: [officer] }",
                "suspend: { title: { zh: 中止, en: Suspend }, by: [officer], form: ['day?'] }",
            ),
            (
                "runs_in: [work, paused], suspended_in: { paused: pause }",
                "runs_in: [work]",
            ),
            (
                "pause: { title: { zh: 中止, en: Pause }, within: 30 days",
                "pause: { title: { zh: 中止, en: Pause }, until: day",
            ),
        ],
        "WF402",
        "  paused:",
    ),
];

#[test]
fn who_cannot_act_and_what_nothing_uses_is_named_in_the_shipped_pack() {
    let missed: Vec<String> = SHIPPED.iter().filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn owners_histories_regions_and_days_that_lead_nowhere_are_named() {
    for (changes, code, holds) in SMALL {
        let mut text = PROCEDURE.to_owned();
        for (old, new) in changes {
            assert!(text.contains(old), "{old}");
            text = text.replacen(old, new, 1);
        }
        let (_, found) = read(&text);
        let line = |line: u32| text.lines().nth(line as usize - 1).unwrap_or_default().to_owned();
        let named = found.iter().any(|d| d.code == code && line(d.line).starts_with(holds));
        assert!(named, "{code} {holds}: {found:#?}");
    }
}
