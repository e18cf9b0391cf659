//! Plays `tests/scenarios/*.yaml`: what the law asks of each procedure, as cases with dates.

use std::path::Path;

use zhengming::{
    rehearsal::{
        Coverage,
        scenario::{self, File},
    },
    workflows,
};

/// All files of `tests/scenarios`.
pub(crate) fn files() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let (files, faults) = scenario::read(&folder).expect("scenarios");
    assert_eq!(faults, [], "each file can be read");
    files
}

#[test]
fn every_scenario_goes_as_the_law_says() {
    let pack = workflows::load(None).expect("the pack is sound");
    let files = files();
    let mut coverage = Coverage::default();
    let failures: Vec<_> = files.iter().flat_map(|file| file.play(&pack, &mut coverage)).collect();
    let played: usize = files.iter().map(File::len).sum();
    eprintln!("{played} scenarios");
    for covered in coverage.of(&pack) {
        let ((taken, transitions), (expired, clocks)) = (covered.transitions, covered.expiries);
        let (key, version) = (&covered.procedure, covered.version);
        eprintln!("{key} version {version}: {taken} of {transitions} transitions, {expired} of {clocks} expiries");
        for gap in covered.gaps {
            eprintln!("  {gap}");
        }
    }
    assert!(played > 0, "no scenario was found");
    let told: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(
        told.is_empty(),
        "{} of {played} failed:\n{}",
        told.len(),
        told.join("\n")
    );
}

/// A complaint that is dispatched, sent back, split, accepted and entrusted, with what each step expects.
const COMPLAINT: &str = "\
scenarios:
  - name: complaint
    procedure: complaint
    filed: 2026-09-07T09:00
    fields: {living_consumption: true, handled_elsewhere: nobody, respondent_name: 某店, respondent_address: 武汉市, trader_kind: on_site, facts: 线索, basis: 照片, claims: [refund], known_on: 2026-03-20, filer_name: 某人, filer_phone: \"02700000000\", filer_address: 武汉市, filed_by_agent: false, joint: false, publish_consent: true, true_statement: true, delegation_consent: true}
    expect: {hidden: {respondent: [filer_name], head: [filer_name], mediator: [power_of_attorney_seen]}, shown: {respondent: [facts], head: [facts, power_of_attorney_seen], mediator: [facts]}}
    steps:
      - {at: 2026-09-07T10:00, event: dispatch, by: intake_officer, fields: {organisation: jiangan-bureau}, expect: {moves_to: jiangan-bureau, returns: false, told: [case_officer], untold: [complainant, respondent]}}
      - {at: 2026-09-08T10:00, event: bounce, by: case_officer, fields: {competence_note: 不在本区。}, expect: {returns: true, moves_to: \"\", releases: [case_officer]}}
      - {at: 2026-09-08T11:00, event: split, by: intake_officer, expect: {told: [], opens: [{procedure: report, link: split_from, without: [filer_name, claims]}]}}
      - {at: 2026-09-08T12:00, event: keep, by: intake_officer, expect: {unmade: [complaint_acceptance]}}
      - {at: 2026-09-08T13:00, event: ask_superior, by: case_officer, expect: {notices: [{to: superior_officer, notice: superior_asked, superior: true}]}}
      - {at: 2026-09-08T14:00, event: accept, by: case_officer, expect: {notices: [{to: respondent, notice: consent_asked, superior: false}]}}
      - {at: 2026-09-09T10:00, event: complainant_consents, by: complainant}
      - {at: 2026-09-09T11:00, event: respondent_consents, by: respondent, fields: {respondent_delegation_consent: true}}
      - {at: 2026-09-10T12:00, event: delegate_mediation, by: case_officer, fields: {body: jiangan-consumers}, expect: {delegates: [{role: mediation_body, organisation: jiangan-consumers}], excludes: []}}
";

/// A suspected crime that is handed over: the office keeps its part in it.
const REFERRAL: &str = "\
scenarios:
  - name: referral
    procedure: criminal_referral
    filed: 2026-03-10T09:00
    fields: {party_name: 某店, suspicion: 线索, infringement_kind: counterfeit}
    steps:
      - {at: 2026-03-10T10:00, event: form_team, by: head, fields: {officer_one: a, officer_two: b}}
      - {at: 2026-03-11T10:00, event: report, by: case_officer, fields: {ground: threshold, report_facts: 达到标准。, items_listed: 白酒, tests_made: false}}
      - {at: 2026-03-12T10:00, event: approve, by: head}
      - {at: 2026-03-12T11:00, event: transfer, by: case_officer, fields: {police: wuhan-police, procuratorate: wuhan-procuratorate, enclosures: [investigation_report, item_list]}, expect: {keeps: [case_officer, head], moves_to: wuhan-police}}
";

/// A penalty case that another office takes on: what it waited for is called off.
const PENALTY: &str = "\
scenarios:
  - name: penalty
    procedure: penalty
    filed: 2026-03-02T09:00
    fields: {source: inspection, facts: 线索, party_name: 某店}
    steps:
      - {at: 2026-03-03T10:00, event: file, by: head, fields: {filing_conditions: [prima_facie, penalty_due, own_jurisdiction, in_time], officer_one: a, officer_two: b}}
      - {at: 2026-03-10T10:00, event: transfer_office, by: head, fields: {competent_office: qiaokou, transfer_reason: 行为地不在本区。}, expect: {calls_off: [listing], releases: [case_officer]}}
";

/// What does not go as a text says when it is played on the shipped pack, in words.
fn faults(text: &str) -> String {
    let pack = workflows::load(None).expect("the pack is sound");
    let file = File::parse("stories.yaml", text).expect("readable");
    let found = file.play(&pack, &mut Coverage::default());
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_scenario_says_what_nobody_reads_or_is_told_and_where_the_case_and_its_roles_go() {
    for text in [COMPLAINT, REFERRAL, PENALTY] {
        assert_eq!(faults(text), "");
    }
}

#[test]
fn what_is_read_told_made_or_given_otherwise_than_a_scenario_says_is_a_fault() {
    for (text, right, wrong, told) in [
        (
            COMPLAINT,
            "{respondent: [filer_name],",
            "{respondent: [facts],",
            "facts for respondent is shown, not hidden",
        ),
        (
            COMPLAINT,
            "mediator: [power_of_attorney_seen]",
            "case_officer: [power_of_attorney_seen]",
            "power_of_attorney_seen for case_officer is shown, not hidden",
        ),
        (
            COMPLAINT,
            "shown: {respondent: [facts]",
            "shown: {respondent: [power_of_attorney_seen]",
            "power_of_attorney_seen for respondent is hidden, not shown",
        ),
        (
            COMPLAINT,
            "head: [facts, power_of_attorney_seen]",
            "head: [filer_name]",
            "filer_name for head is hidden, not shown",
        ),
        (
            COMPLAINT,
            "moves_to: jiangan-bureau",
            "moves_to: \"\"",
            "moves_to is \"jiangan-bureau\", not \"\"",
        ),
        (
            COMPLAINT,
            "returns: false",
            "returns: true",
            "returns is false, not true",
        ),
        (
            COMPLAINT,
            "told: [case_officer]",
            "told: []",
            "told is {\"case_officer\"}, not {}",
        ),
        (
            COMPLAINT,
            "untold: [complainant, respondent]",
            "untold: [case_officer]",
            "a notice to case_officer is true, not false",
        ),
        (
            COMPLAINT,
            "releases: [case_officer]",
            "releases: []",
            "releases is [\"case_officer\"], not []",
        ),
        (
            COMPLAINT,
            "without: [filer_name, claims]",
            "without: [facts]",
            "opening of report is false, not true",
        ),
        (
            COMPLAINT,
            "superior_asked, superior: true",
            "superior_asked, superior: false",
            "notice superior_asked to superior_officer of the office itself is false, not true",
        ),
        (
            COMPLAINT,
            "consent_asked, superior: false",
            "consent_asked, superior: true",
            "notice consent_asked to respondent above is false, not true",
        ),
        (
            COMPLAINT,
            "notices: [{to: respondent, notice: consent_asked, superior: false}]",
            "unmade: [complaint_acceptance]",
            "making of complaint_acceptance is true, not false",
        ),
        (
            COMPLAINT,
            "organisation: jiangan-consumers}], excludes",
            "organisation: wuhan-brands}], excludes",
            "delegation of mediation_body is false, not true",
        ),
        (
            COMPLAINT,
            "excludes: []",
            "excludes: [mediator]",
            "excludes is [], not [\"mediator\"]",
        ),
        (
            REFERRAL,
            "keeps: [case_officer, head]",
            "keeps: [head]",
            "keeps is [\"case_officer\", \"head\"], not [\"head\"]",
        ),
        (
            PENALTY,
            "calls_off: [listing]",
            "calls_off: []",
            "calls_off is [\"listing\"], not []",
        ),
    ] {
        assert!(text.contains(right), "{right}");
        let found = faults(&text.replacen(right, wrong, 1));
        assert!(found.contains(told), "{wrong}: {found}");
    }
}

#[test]
fn what_is_misspelt_in_an_expectation_that_something_is_not_there_is_a_fault() {
    for (text, right, wrong, told) in [
        (
            COMPLAINT,
            "hidden: {respondent:",
            "hidden: {respondents:",
            "no role `respondents`; did you mean `respondent`?",
        ),
        (
            COMPLAINT,
            "{respondent: [filer_name],",
            "{respondent: [filer_nam],",
            "no field `filer_nam`; did you mean `filer_name`?",
        ),
        (
            COMPLAINT,
            "{respondent: [filer_name],",
            "{respondent: [],",
            "`hidden` names nothing",
        ),
        (
            COMPLAINT,
            "untold: [complainant, respondent]",
            "untold: [complainants]",
            "no role `complainants`",
        ),
        (
            COMPLAINT,
            "untold: [complainant, respondent]",
            "untold: []",
            "`untold` names nothing",
        ),
        (
            COMPLAINT,
            "without: [filer_name, claims]",
            "without: [filer_names]",
            "no field `filer_names`",
        ),
        (
            COMPLAINT,
            "unmade: [complaint_acceptance]",
            "unmade: [complaint_acceptence]",
            "no document `complaint_acceptence`; did you mean `complaint_acceptance`?",
        ),
        (
            COMPLAINT,
            "excludes: []",
            "excludes: [mediators]",
            "no role `mediators`",
        ),
        (
            COMPLAINT,
            "{role: mediation_body,",
            "{role: mediation_bodies,",
            "no role `mediation_bodies`",
        ),
        (
            PENALTY,
            "calls_off: [listing]",
            "calls_off: [listings]",
            "no subcase `listings`; did you mean `listing`?",
        ),
    ] {
        assert!(text.contains(right), "{right}");
        let found = faults(&text.replacen(right, wrong, 1));
        assert!(found.contains(told), "{wrong}: {found}");
    }
    let unknown = COMPLAINT.replacen("untold:", "untald:", 1);
    let unread = File::parse("stories.yaml", &unknown).err().expect("an unknown key");
    assert!(unread.to_string().contains("unknown field `untald`"), "{unread}");
}
