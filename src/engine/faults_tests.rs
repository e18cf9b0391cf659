//! Faults made on purpose in the shipped pack: each is refused with the right code, at the right line of the right file.

use std::{fs, path::Path, sync::LazyLock};

use crate::{
    clock::samples,
    diagnostic::Diagnostic,
    explore::{self, STATES},
    pack::Pack,
};

const C: &str = "procedures/complaint-2.yaml";
const R: &str = "procedures/report-2.yaml";
const D: &str = "documents/complaint-2.yaml";
const N: &str = "notices/complaint.yaml";

/// File, what stands there, what is written instead, code, and what stands in the line that must be named.
pub(crate) type Fault = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Names that are not known.
const NAMES: [Fault; 25] = [
    (C, "version: 2", "version: 0", "WF005", "version: 0"),
    (D, "form: 2026/5", "form: 2026-5", "WF004", "form: 2026-5"),
    (C, "keep: in_review", "keep: in_revew", "WF101", "keep: in_revew"),
    (
        C,
        "initial: registered",
        "initial: registred",
        "WF101",
        "initial: registred",
    ),
    (
        C,
        "runs_in: [registered]",
        "runs_in: [registerd]",
        "WF101",
        "runs_in: [registerd]",
    ),
    (
        C,
        "suspended_in: {mediating.laboratory:",
        "suspended_in: {mediating.lab:",
        "WF101",
        "suspended_in: {mediating.lab:",
    ),
    (
        C,
        "by: [complainant, intake_officer, case_officer]",
        "by: [complainant, intake_oficer]",
        "WF102",
        "intake_oficer",
    ),
    (
        C,
        "holds('mediation_body')",
        "holds('mediation_bod')",
        "WF102",
        "holds('mediation_bod')",
    ),
    (
        C,
        "  head: {title: {zh: 负责人, en: Head of office}, kind: staff}\n",
        "",
        "WF102",
        "notice: dispatch_late}",
    ),
    (
        C,
        "form: [proper_route]",
        "form: [proper_rute]",
        "WF103",
        "form: [proper_rute]",
    ),
    (
        C,
        "when: has(data.mediator_account), do",
        "when: has(data.mediator), do",
        "WF103",
        "has(data.mediator), do",
    ),
    (
        C,
        "until: identity_until",
        "until: identity_untl",
        "WF103",
        "until: identity_untl",
    ),
    (
        R,
        "!expired('verification')",
        "!expired('verificaton')",
        "WF104",
        "verificaton",
    ),
    (
        R,
        "- extend: verification",
        "- extend: verificaton",
        "WF104",
        "- extend: verificaton",
    ),
    (
        C,
        "notice: case_returned}",
        "notice: case_retuned}",
        "WF105",
        "case_retuned",
    ),
    (
        C,
        "notify: [case_officer], notice: acceptance_due}",
        "notify: [case_officer], notice: accept_due}",
        "WF105",
        "accept_due",
    ),
    (
        C,
        "- document: dispatch_notice",
        "- document: dispatch_notce",
        "WF106",
        "dispatch_notce",
    ),
    (C, "    law: 13.1\n", "    law: samr-999#13.1\n", "WF107", "samr-999"),
    (C, "    law: 13.1\n", "    law: thirteen\n", "WF107", "law: thirteen"),
    (C, "    law: 13.1\n", "    law: 47.1\n", "WF107", "law: 47.1"),
    (
        C,
        "    law: 13.1\n",
        "    law: civil-procedure#1\n",
        "WF107",
        "civil-procedure#1",
    ),
    (
        C,
        "      bounce: registered\n",
        "      bonce: registered\n",
        "WF108",
        "bonce: registered",
    ),
    (
        C,
        "    expiry: dispatch_overdue",
        "    expiry: dispatch_late",
        "WF108",
        "expiry: dispatch_late",
    ),
    (
        C,
        "- release: case_officer",
        "- relase: case_officer",
        "WF109",
        "- relase",
    ),
    (
        C,
        "          procedure: report\n",
        "          procedure: reprot\n",
        "WF301",
        "procedure: reprot",
    ),
];

/// Words and shapes.
const SHAPES: [Fault; 10] = [
    (
        C,
        "      bounce: registered\n",
        "      bounce: registered\n      bounce: dispatched\n",
        "WF001",
        "bounce: dispatched",
    ),
    (
        C,
        "    irreversible: true",
        "    irreversble: true",
        "WF002",
        "irreversble",
    ),
    (
        C,
        "title: {zh: 接收, en: Take}",
        "title: {zh: 接收}",
        "WF003",
        "title: {zh: 接收}",
    ),
    (C, "version: 2", "version: two", "WF004", "version: two"),
    (C, "    within: 60 days", "    within: 60 moons", "WF004", "60 moons"),
    (C, "  keep:\n", "  Keep:\n", "WF005", "  Keep:"),
    (
        C,
        "filed: {from: 2026-04-15}",
        "filed: {from: 2026-04-14}",
        "WF610",
        "filed: {from",
    ),
    (
        C,
        "filed: {from: 2026-04-15}",
        "filed: {from: 2026-04-16}",
        "WF610",
        "filed: {from",
    ),
    (C, "version: 2", "version: 1", "WF601", "version: 1"),
    (
        C,
        "filed: {from: 2026-04-15}",
        "filed: {from: 2026-04-15, to: 2026-04-14}",
        "WF611",
        "filed: {from",
    ),
];

/// Conditions and what is written to fields.
const CONDITIONS: [Fault; 9] = [
    (
        C,
        "when: data.agreement_form == 'instrument'",
        "when: data.agreement_form ==",
        "WF110",
        "data.agreement_form ==",
    ),
    (
        C,
        "data.agreement_form == 'instrument'",
        "data.agreement_form == 3",
        "WF111",
        "data.agreement_form == 3",
    ),
    (
        C,
        "data.agreement_form == 'instrument'",
        "data.agreement_form == 'instrumnt'",
        "WF111",
        "instrumnt",
    ),
    (
        C,
        "{when: data.true_statement,",
        "{when: data.facts,",
        "WF111",
        "{when: data.facts,",
    ),
    (
        C,
        "value: withdrawn_or_settled",
        "value: withdrawn_or_setled",
        "WF111",
        "setled",
    ),
    (
        C,
        "when: has(data.respondent_consent) && data.respondent_consent",
        "when: data.respondent_consent",
        "WF112",
        "when: data.respondent_consent",
    ),
    (
        C,
        "    form: [organisation, \"report_back_on?\"]\n",
        "    form: [\"report_back_on?\"]\n",
        "WF112",
        "  dispatch:",
    ),
    (
        C,
        "when: data.agreement_form == 'performed_at_once'",
        "when: data.agreement_form in ['waived', 'recorded'] || data.on_site_x",
        "WF103",
        "on_site_x",
    ),
    (
        R,
        "when: data.result_statute in ['unfair_competition', 'other']",
        "when: \"'prima_facie' in data.filing_conditions\"",
        "WF113",
        "to: opening.result\n",
    ),
];

/// Ways of a case.
const WAYS: [Fault; 10] = [
    (C, "    outcome: rerouted\n", "", "WF205", "  closed_rerouted:"),
    (
        C,
        "          propose_test: mediating.laboratory_choice\n",
        "",
        "WF203",
        "      laboratory_choice:",
    ),
    (
        C,
        "      reroute: closed_rerouted\n",
        "      reroute: registered\n",
        "WF203",
        "  closed_rerouted:",
    ),
    (
        C,
        "- {to: closed_terminated}",
        "- {to: closed_terminated, when: data.joint}",
        "WF201",
        "  terminating:",
    ),
    (
        C,
        "        - {to: closed_terminated}\n",
        "",
        "WF203",
        "  closed_terminated:",
    ),
    (
        C,
        "leave_below: {requires: [{when: has(data.asked_superior)",
        "leave_below: {requires: [{when: has(data.session_on)",
        "WF204",
        "has(data.session_on)",
    ),
    (
        C,
        "{to: mediating.scheduled, when: has(data.mediator_account), do",
        "{to: mediating.scheduled, do",
        "WF204",
        "- {to: mediating.scheduled, do: [{assign: {role: mediator}}]}",
    ),
    (
        C,
        "      - set: {field: respondent_consent, value: true}\n",
        "",
        "WF204",
        "- {to: mediating, when: has(data.respondent_consent)",
    ),
    (
        C,
        "      call_back:\n\n  terminating",
        "      call_back:\n      always:\n\n  terminating",
        "WF207",
        "always:",
    ),
    (
        C,
        "      call_back:\n\n  terminating",
        "      call_back:\n      done: closed_agreed\n\n  terminating",
        "WF204",
        "done: closed_agreed",
    ),
];

/// Cases that open cases.
const OPENINGS: [Fault; 4] = [
    (
        R,
        "      - assign: {role: case_officer}\n",
        "      - assign: {role: case_officer}\n      - open: {procedure: complaint, link: back}\n",
        "WF306",
        "link: back}",
    ),
    (
        C,
        "            source: lead_source\n",
        "            source: joint\n",
        "WF307",
        "source: joint",
    ),
    (
        C,
        "            source: lead_source\n",
        "            sauce: lead_source\n",
        "WF307",
        "sauce: lead_source",
    ),
    (
        C,
        "            true_statement: true_statement\n",
        "",
        "WF307",
        "      - open:",
    ),
];

/// People and time.
const PEOPLE_AND_TIME: [Fault; 14] = [
    (C, "    owner: complainant\n", "", "WF401", "  identity_requested:"),
    (
        C,
        "    runs_in: [terminating]\n",
        "    runs_in: [agreed]\n",
        "WF402",
        "  terminating:\n    title",
    ),
    (
        C,
        "    by: [superior_officer]\n    law: 13.4\n",
        "    law: 13.4\n",
        "WF403",
        "  leave_below:",
    ),
    (
        C,
        "    expiry: dispatch_overdue\n",
        "",
        "WF404",
        "  dispatch:\n    title: {zh: 分送（",
    ),
    (
        C,
        "    do:\n      - notify: {to: [case_officer, head], notice: test_late}\n",
        "",
        "WF404",
        "  laboratory:\n    title: {zh: 鉴定、检测（",
    ),
    (
        C,
        "    form: [identity_doubt, identity_wanted, identity_until, identity_contact]",
        "    form: [identity_doubt, identity_wanted, identity_contact]",
        "WF404",
        "  identity:\n",
    ),
    (
        C,
        "    runs_in: [mediating.laboratory]\n",
        "    runs_in: [mediating.laboratory_choice]\n",
        "WF405",
        "  mediation:\n    title: {zh: 调解期限",
    ),
    (
        R,
        "    restart_on: [merge_new_facts]\n",
        "",
        "WF405",
        "  verification:\n    title: {zh: 核查并",
    ),
    (
        C,
        "suspended_in: {mediating.laboratory:",
        "suspended_in: {agreed:",
        "WF406",
        "  mediation:\n    title: {zh: 调解期限",
    ),
    (
        C,
        "    law: 10.3\n    duty: party\n",
        "    duty: party\n",
        "WF407",
        "  identity:\n    title: {zh: 提供身份证明材料, en: Proof of identity}\n    until",
    ),
    (
        C,
        "    within: 60 days",
        "    within: 3 years",
        "WF408",
        "  mediation:\n    title: {zh: 调解期限",
    ),
    (
        C,
        "    law: 23.1(5)\n    do:\n",
        "    do:\n",
        "WF409",
        "mediation_expired: terminating",
    ),
    (
        R,
        "    extension: {by: 15 working_days, max: 1, approver: head, reason: extension_reason}\n",
        "",
        "WF410",
        "- extend: verification",
    ),
    (
        C,
        "  by: [complainant, intake_officer]\n",
        "  by: []\n",
        "WF403",
        "  by: []",
    ),
];

/// What is told to whom.
const TOLD: [Fault; 7] = [
    (
        C,
        "delegate: {role: mediation_body, field: body}",
        "delegate: {role: mediator, field: body}",
        "WF503",
        "notice: mediation_entrusted}",
    ),
    (
        C,
        "notify: {to: [case_officer], notice: case_received}",
        "notify: {to: [], notice: case_received}",
        "WF503",
        "to: [], notice",
    ),
    (
        C,
        "storage: personal, readers: [complainant, respondent], law: 20.2}\n  session_place",
        "storage: personal, readers: [complainant], law: 20.2}\n  session_place",
        "WF504",
        "- document: mediation_notice",
    ),
    (D, "form: 2026/", "forms: 2026/", "WF002", "forms: 2026/"),
    (N, "{case.number}", "{case.numbr}", "WF502", "complaint_registered:"),
    (
        C,
        "type: long_text\n    storage: personal\n",
        "type: long_text\n    storage: case\n",
        "WF505",
        "  facts:",
    ),
    (
        C,
        "type: text, max: 100, storage: personal, search: shop",
        "type: phone, storage: personal, search: shop",
        "WF506",
        "  shop:",
    ),
];

/// The files of the shipped pack.
pub(crate) static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut files = samples::files();
    for folder in ["procedures", "notices", "documents", "routing", "divisions", "feedback"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
});

/// Everything that is found in the pack when one file reads so.
fn found(file: &str, text: &str) -> Vec<Diagnostic> {
    let files: Vec<(&str, &str)> = FILES
        .iter()
        .map(|(name, known)| (name.as_str(), if name == file { text } else { known.as_str() }))
        .collect();
    let (pack, mut found) = Pack::load(&files);
    if let Some(pack) = pack {
        found.extend(explore::explore(&pack, STATES).diagnostics());
    }
    found
}

/// What is wrong with how a fault is reported; nothing, if it is named as it should be.
pub(crate) fn missed((file, from, to, code, at): &Fault) -> Option<String> {
    let (_, text) = FILES.iter().find(|(name, _)| name == file)?;
    if !text.contains(from) {
        return Some(format!("{file} has no `{from}`"));
    }
    let broken = text.replacen(from, to, 1);
    let Some(place) = broken.find(at) else {
        return Some(format!("{file} has no `{at}` after the change"));
    };
    let line = u32::try_from(broken[..place].lines().count().max(1)).ok()?;
    // A marker that begins a line is counted with the lines before it.
    let line = if broken[..place].ends_with('\n') || place == 0 {
        line + u32::from(place > 0)
    } else {
        line
    };
    let found = found(file, &broken);
    let named = found
        .iter()
        .any(|d| d.code == *code && d.file == *file && d.line == line);
    let all: Vec<String> = found
        .iter()
        .map(|d| format!("{}:{}:{}", d.file, d.line, d.code))
        .collect();
    (!named).then(|| {
        format!(
            "{code} at {file}:{line} for `{}` → `{}`: {all:?}",
            from.trim(),
            to.trim()
        )
    })
}

#[test]
fn each_of_over_forty_faults_is_named_with_its_code_and_its_line() {
    let faults: Vec<&Fault> = NAMES
        .iter()
        .chain(&SHAPES)
        .chain(&CONDITIONS)
        .chain(&WAYS)
        .chain(&OPENINGS)
        .chain(&PEOPLE_AND_TIME)
        .chain(&TOLD)
        .collect();
    assert!(faults.len() >= 40);
    let missed: Vec<String> = faults.into_iter().filter_map(missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_pack_as_it_stands_has_no_finding_at_all() {
    let (_, text) = FILES.iter().find(|(name, _)| name == C).unwrap();
    let found: Vec<String> = found(C, text).iter().map(ToString::to_string).collect();
    assert_eq!(found, [""; 0]);
}
