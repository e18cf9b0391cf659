//! Uses that do not fit, made on purpose in the shipped pack: each is refused with the right code at the right line.

use crate::faults_tests::{Fault, missed};

const C: &str = "procedures/complaint-2.yaml";
const P: &str = "procedures/penalty-1.yaml";
const D: &str = "documents/complaint-2.yaml";

const USES: [Fault; 18] = [
    (
        C,
        "  by: [complainant, intake_officer]\n",
        "  by: [complainant, intake_officer]\n  to: organisation\n",
        "WF422",
        "  to: organisation",
    ),
    (
        C,
        "  by: [complainant, intake_officer]\n",
        "  by: [complainant, intake_officer]\n  to: amount\n",
        "WF111",
        "  to: amount",
    ),
    (
        C,
        "  by: [complainant, intake_officer]\n",
        "  by: [complainant, intake_officer]\n  audience: everybody\n",
        "WF004",
        "  audience: everybody",
    ),
    (
        C,
        "- move_to: organisation",
        "- move_to: agent_until",
        "WF111",
        "- move_to: agent_until",
    ),
    (
        C,
        "- delegate: {role: mediation_body, field: body}",
        "- delegate: {role: mediation_body, field: mediator_account}",
        "WF111",
        "- delegate: {role",
    ),
    (
        C,
        "- delegate: {role: mediation_body, field: body}",
        "- delegate: {role: head, field: body}",
        "WF418",
        "- delegate: {role",
    ),
    (
        P,
        "- assign: {role: case_officer, field: officer_one}",
        "- assign: {role: case_officer, field: filing_conditions}",
        "WF111",
        "- assign: {role: case_officer, field: filing_conditions}",
    ),
    (
        C,
        "- exclude: mediator\n",
        "- exclude: respondent\n",
        "WF418",
        "- exclude: respondent",
    ),
    (
        C,
        "- release: mediation_body\n",
        "- release: complainant\n",
        "WF418",
        "- release: complainant",
    ),
    (
        C,
        "    until: identity_until\n",
        "    until: amount\n",
        "WF111",
        "  identity:\n    title: {zh: 提供身份证明材料, en: Proof of identity}\n    until",
    ),
    (
        C,
        "- set: {field: was_split, value: true}",
        "- set: {field: facts, value: 待补}",
        "WF111",
        "- set: {field: facts",
    ),
    (
        C,
        "          link: split_from\n",
        "          link: ' '\n",
        "WF004",
        "- open:\n          procedure: report",
    ),
    (C, "  modes: [named]\n", "  modes: []\n", "WF403", "  modes: []"),
    (
        C,
        "    within: 60 days",
        "    within: 99999999 days",
        "WF004",
        "  mediation:\n    title: {zh: 调解期限",
    ),
    (
        P,
        "    within: 5 working_days\n    from: notice_served_on\n    law: 57.2",
        "    within: 5 days\n    from: notice_served_on\n    law: penalty-law#45",
        "WF420",
        "  statement:\n    title: {zh: 陈述",
    ),
    (
        C,
        "    within: 60 days\n    law: 23.1(5)\n",
        "    within: 60 days\n    law: samr-20#20\n",
        "WF419",
        "  mediation:\n    title: {zh: 调解期限",
    ),
    (
        D,
        "    readers: [complainant]\n",
        "    readers: [complainnant]\n",
        "WF102",
        "  complaint_registration:\n",
    ),
    (
        C,
        "phase: mediation",
        "phase: meditation",
        "WF421",
        "  accepted:\n    title: {zh: 已受理，征求",
    ),
];

#[test]
fn what_cannot_be_used_as_an_effect_or_a_clock_uses_it_is_refused_at_its_line() {
    let missed: Vec<String> = USES.iter().filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
