//! What an author forgets or means otherwise in a procedure: each is told at its line, and what is meant so is let be.

use crate::{
    author_tests::{D, N, P, P2, PROCEDURE, after, all_told, files, load},
    pack::Pack,
};

#[test]
fn a_state_without_a_phase_is_an_error_where_others_have_one_and_one_inside_gives_it_to_what_is_around() {
    all_told(
        &[
            (P, &[("    phase: intake\n", "")], "WF421", "  open:", "has no phase"),
            (
                P,
                &[("    phase: remedy\n", "")],
                "WF421",
                "      waiting:",
                "has no phase",
            ),
            (P, &[("phase: intake", "phase: open")], "WF421", "  open:", "no name"),
            (
                P,
                &[("phase: remedy", "phase: closed")],
                "WF421",
                "      waiting:",
                "the case goes on there",
            ),
        ],
        &[],
    );
    let inside = [
        ("    phase: remedy\n", ""),
        (
            "        title: {zh: 待期满",
            "        phase: remedy\n        title: {zh: 待期满",
        ),
    ];
    assert_eq!(after(P, &inside), []);
    let mut files = files();
    let text = &mut files.iter_mut().find(|(name, _)| name == P).unwrap().1;
    for (old, new) in inside {
        *text = text.replacen(old, new, 1);
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let pack = Pack::load(&files).0.unwrap();
    assert_eq!(pack.procedures["aid"][0].phases(), ["intake", "remedy", "closed"]);
}

#[test]
fn keys_of_the_service_are_no_roles_and_keys_that_a_type_ignores_are_no_keys_of_it() {
    all_told(
        &[
            (
                P,
                &[(
                    "roles:\n",
                    "roles:\n  analyst: {title: {zh: 分析, en: Analyst}, kind: party}\n",
                )],
                "WF005",
                "  analyst:",
                "role of the service",
            ),
            (
                P,
                &[(
                    "type: date, past: true, readers: [applicant]}\n  served",
                    "type: date, past: true, max: 3, readers: [applicant]}\n  served",
                )],
                "WF002",
                "  asked_on:",
                "`max` says nothing at `type: date`",
            ),
            (
                P,
                &[("type: bool, readers", "type: bool, role: case_officer, readers")],
                "WF002",
                "  urgent:",
                "type: account",
            ),
            (
                P,
                &[("type: choice,", "type: choice, kinds: [x],")],
                "WF002",
                "  about:",
                "type: organisation",
            ),
            (
                P,
                &[(
                    "type: long_text, storage: personal, readers: [applicant]}\n  urgent",
                    "type: long_text, past: true, storage: personal, readers: [applicant]}\n  urgent",
                )],
                "WF002",
                "  wanted:",
                "type: date",
            ),
        ],
        &["WF403", "WF108"],
    );
}

#[test]
fn filing_days_that_a_clock_leaves_without_one_are_named() {
    let with = |filed: &str| format!("runs_in: [replied], filed: {filed}, expiry: over");
    let one = |filed: &str| after(P, &[("runs_in: [replied], expiry: over", &with(filed))]);
    let found = one("{from: 2026-06-01}");
    let [(gap, line)] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert!(gap.code == "WF402" && line.starts_with("  remedy:"), "{gap}");
    assert!(gap.message.contains("from 2026-04-15 to 2026-05-31"), "{gap}");
    // The whole of the version's own days is no gap.
    assert_eq!(one("{from: 2026-01-01, to: 2026-12-31}"), []);
    // One clock takes the other's place on the day after it, or leaves days between.
    let two = |from: &str| {
        let second = format!(
            "  remedy: {{title: {{zh: 异议期限, en: Objection}}, within: 15 days, from: served_on, filed: {{to: 2026-05-31}}, law: 16(1), duty: party, runs_in: [replied], expiry: over}}\n  remedy_new: {{title: {{zh: 新异议期限, en: New objection}}, within: 30 days, from: served_on, filed: {{from: {from}}}, law: 16(1), duty: party, runs_in: [replied], expiry: over}}\n"
        );
        let first = PROCEDURE.lines().find(|line| line.starts_with("  remedy:")).unwrap();
        after(
            P,
            &[
                (&format!("{first}\n"), &second),
                (
                    "filed: {from: 2026-04-15, to: 2026-12-31}\n",
                    "filed: {from: 2026-04-15, to: 2026-12-31}\n",
                ),
            ],
        )
    };
    let found: Vec<_> = two("2026-07-01")
        .into_iter()
        .filter(|(d, _)| d.code == "WF402")
        .collect();
    assert!(
        found
            .iter()
            .any(|(d, _)| d.message.contains("from 2026-06-01 to 2026-06-30")),
        "{found:#?}"
    );
    assert!(two("2026-06-01").iter().all(|(d, _)| d.code != "WF402"));
}

#[test]
fn a_version_that_governs_days_on_which_its_law_is_not_in_force_is_warned_of() {
    let filed = "filed: {from: 2026-04-15, to: 2026-12-31}";
    all_told(
        &[
            (
                P,
                &[(filed, "filed: {from: 2026-04-14, to: 2026-12-31}")],
                "WF419",
                "filed:",
                "in force from 2026-04-15",
            ),
            (
                P2,
                &[("filed: {from: 2027-01-01}", "filed: {from: 2072-01-01}")],
                "WF419",
                "filed:",
                "long after",
            ),
            (
                P,
                &[("instrument: samr-121", "instrument: samr-20")],
                "WF419",
                "filed:",
                "in force up to 2026-04-14",
            ),
        ],
        &["WF610", "WF107", "WF419", "WF408"],
    );
}

#[test]
fn a_day_that_the_filing_tells_does_not_start_a_clock_of_a_later_step() {
    all_told(
        &[(
            P,
            &[("from: served_on", "from: asked_on")],
            "WF404",
            "  remedy:",
            "no step that starts it asks for",
        )],
        &[],
    );
    // Where the filing starts the clock it does.
    assert_eq!(
        after(
            P,
            &[("within: 7 working_days,", "within: 7 working_days, from: asked_on,")]
        ),
        []
    );
}

#[test]
fn who_sees_what_anyway_and_who_may_not_read_their_own_answer_is_warned_of() {
    all_told(
        &[
            (
                P,
                &[("seen_by: [applicant]", "seen_by: [applicant, case_officer]")],
                "WF504",
                "    seen_by:",
                "is staff",
            ),
            (
                P,
                &[(
                    "type: long_text, storage: personal, readers: [applicant]}\n  urgent",
                    "type: long_text, storage: personal}\n  urgent",
                )],
                "WF504",
                "    what:",
                "may not read it afterwards",
            ),
        ],
        &[],
    );
}

#[test]
fn what_reads_the_same_or_is_done_twice_is_warned_of() {
    all_told(
        &[
            (
                P,
                &[
                    (
                        "close: {title: {zh: 结案, en: Close}, by",
                        "again: {title: {zh: 结案, en: Anew}, by: [case_officer]}\n  close: {title: {zh: 结案, en: Close}, by",
                    ),
                    (
                        "          close: granted\n",
                        "          close: granted\n          again:\n",
                    ),
                ],
                "WF109",
                "  close: {title",
                "the buttons read the same",
            ),
            (
                P,
                &[("name: {zh: 字号, en: Trade name}", "name: {zh: 商标, en: Trade name}")],
                "WF109",
                "  about:",
                "read the same",
            ),
            (
                P,
                &[(
                    "      - document: aid_reply\n",
                    "      - document: aid_reply\n      - document: aid_reply\n",
                )],
                "WF423",
                "- document: aid_reply",
                "twice",
            ),
            (
                P,
                &[(
                    "reply: {to: replied, when",
                    "reply: {to: replied, do: [{notify: {to: [applicant], notice: aid_told}}], when",
                )],
                "WF423",
                "      reply: {to",
                "to `applicant` twice",
            ),
        ],
        &[],
    );
}

#[test]
fn texts_in_the_other_language_and_reasons_for_what_is_not_so_are_warned_of() {
    all_told(
        &[
            (
                P,
                &[("{zh: 答复期限, en: Reply}", "{zh: Reply, en: 答复期限}")],
                "WF003",
                "  reply: {title",
                "no Chinese text",
            ),
            (
                P,
                &[("mark: {zh: 商标,", "mark: {zh: Marks,")],
                "WF003",
                "  about:",
                "no Chinese text",
            ),
            (
                P,
                &[("outcome: granted", "owner: case_officer, outcome: granted")],
                "WF401",
                "  granted:",
                "nobody has to act there",
            ),
            (
                P,
                &[(
                    "    owner: case_officer\n    events:\n      reply",
                    "    owner: case_officer\n    why: waits\n    events:\n      reply",
                )],
                "WF401",
                "    owner: case_officer",
                "take `why` out",
            ),
            (
                P,
                &[("    phase: intake\n", "    phase: intake\n    no_clock: 无期限\n")],
                "WF402",
                "  open:",
                "and one does",
            ),
        ],
        &[],
    );
}

#[test]
fn a_mark_in_capitals_reads_the_same_in_both_languages() {
    assert_eq!(
        after(P, &[("{zh: 商标, en: Trademark}", "{zh: ABIBAS, en: ABIBAS}")]),
        []
    );
}

#[test]
fn offices_are_organisations_that_the_event_asks_for_and_stand_somewhere_that_is_known() {
    let close = "  close: {title: {zh: 结案, en: Close}, by: [case_officer]}";
    let with = |more: &str| format!("  close: {{title: {{zh: 结案, en: Close}}, by: [case_officer], {more}}}");
    let field = "  asked_on:";
    let office =
        "  office: {title: {zh: 机关, en: Office}, type: organisation, kinds: [market_regulation]}\n  asked_on:";
    // The next version has no place for the new field, which is another matter.
    let one = |more: &str| {
        let mut found = after(P, &[(close, with(more).as_str()), (field, office)]);
        found.retain(|(gap, _)| gap.code != "WF604");
        found
    };
    assert_eq!(one("form: [office], offices: {office: below}"), []);
    for (more, code, told) in [
        (
            "form: [office], offices: {office: under}",
            "WF004",
            "own, below, own_or_below",
        ),
        (
            "form: [granted, office], offices: {granted: own}",
            "WF111",
            "no organisation",
        ),
        ("form: [granted], offices: {office: own}", "WF111", "no organisation"),
    ] {
        let found = one(more);
        let (gap, line) = found.iter().find(|(gap, _)| gap.code == code).expect(more);
        assert!(line.starts_with("  close:"), "{gap}");
        assert!(gap.to_string().contains(told), "{gap}");
    }
}

/// The changes by which the document of the small pack begins with a placeholder in both languages.
fn begins(placeholder: &str) -> [(&'static str, String); 2] {
    [
        (
            "{zh: \"{field.answer}\"",
            format!("{{zh: \"{placeholder}{{field.answer}}\""),
        ),
        (
            "en: \"{field.answer}\"",
            format!("en: \"{placeholder}{{field.answer}}\""),
        ),
    ]
}

#[test]
fn a_document_cites_papers_that_its_own_procedure_makes_by_the_number_that_they_bear() {
    let second = "  aid_told_so: {title: {zh: 告知书, en: Letter}, body: {zh: \"{document.number}\\n已答复\", en: \"{document.number}\\nAnswered\"}}\n";
    let with = |placeholder: &str| {
        let mut files = files();
        let mut change = |file: &str, old: &str, new: &str| {
            let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
            assert!(text.contains(old), "{file} has no `{old}`");
            *text = text.replacen(old, new, 1);
        };
        for (old, new) in begins(placeholder) {
            change(D, old, &new);
        }
        change(D, "documents:\n", &format!("documents:\n{second}"));
        for file in [P, P2] {
            change(
                file,
                "      - document: aid_reply\n",
                "      - document: aid_told_so\n      - document: aid_reply\n",
            );
        }
        load(&files)
    };
    for known in [
        "{document.aid_told_so.number}",
        "{document.aid_told_so.date}",
        "{document.aid_reply.date}",
        "{document.aid_told_so.aid_reply.date}",
    ] {
        assert_eq!(with(known), [], "{known}");
    }
    for (wrong, said) in [
        (
            "{document.aid_tld_so.number}",
            "did you mean `{document.aid_told_so.number}`?",
        ),
        ("{document.decision.date}", "makes no document `decision`"),
        ("{document.aid_reply.decision.date}", "makes no document `decision`"),
        ("{document.aid_reply.number}", "bears no number"),
        ("{document.aid_told_so.title}", "unknown placeholder"),
    ] {
        let found = with(wrong);
        let told = found.iter().any(|d| d.code == "WF502" && d.to_string().contains(said));
        assert!(told && found.iter().all(|d| d.code == "WF502"), "{wrong}: {found:#?}");
    }
}

#[test]
fn the_list_of_other_answers_stands_once_on_a_line_of_its_own() {
    let with = |placeholder: &str| {
        let changes = begins(placeholder);
        let changes: Vec<(&str, &str)> = changes.iter().map(|(old, new)| (*old, new.as_str())).collect();
        after(D, &changes)
    };
    assert_eq!(with("{document.rows}\\n"), []);
    let found = with("{document.rows}");
    assert!(
        found
            .iter()
            .any(|(d, _)| d.code == "WF502" && d.to_string().contains("a line of its own")),
        "{found:#?}"
    );
}

#[test]
fn the_papers_of_a_case_are_listed_for_those_alone_who_read_them_all() {
    let listed = |readers: &str| {
        let changes = begins("{case.documents}");
        let mut changes: Vec<(&str, &str)> = changes.iter().map(|(old, new)| (*old, new.as_str())).collect();
        changes.push((", readers: [applicant]", readers));
        let found = after(D, &changes).into_iter().filter(|(d, _)| d.code == "WF504");
        found.map(|(d, _)| d.to_string()).collect::<Vec<_>>()
    };
    let found = listed(", readers: [applicant]");
    assert!(
        found.iter().any(|told| told.contains("not all are for its readers")),
        "{found:#?}"
    );
    assert_eq!(listed(""), [""; 0]);
}

#[test]
fn a_document_names_offices_by_roles_that_an_office_can_hold_and_a_message_none() {
    let with = |placeholder: &str| {
        let changes = begins(placeholder);
        let changes: Vec<(&str, &str)> = changes.iter().map(|(old, new)| (*old, new.as_str())).collect();
        after(D, &changes)
    };
    for known in [
        "{organisation.superior}",
        "{holder.case_officer}",
        "{holder.intake}",
        "{holder.intake.case_officer}",
    ] {
        assert_eq!(with(known), [], "{known}");
    }
    for (wrong, line, said) in [
        (
            "{holder.case_oficer}",
            "document: aid_reply",
            "did you mean `{holder.case_officer}`?",
        ),
        (
            "{holder.applicant}",
            "document: aid_reply",
            "organisations hold the roles",
        ),
        ("{holder.}", "aid_reply:", "unknown placeholder"),
        ("{organisation.inferior}", "aid_reply:", "unknown placeholder"),
    ] {
        let found = with(wrong);
        let told = found
            .iter()
            .any(|(d, text)| d.code == "WF502" && text.contains(line) && d.to_string().contains(said));
        assert!(
            told && found.iter().all(|(d, _)| d.code == "WF502"),
            "{wrong}: {found:#?}"
        );
    }
    all_told(
        &[(
            N,
            &[
                ("送达日期：{field.served_on}", "{holder.case_officer}"),
                ("Served on {field.served_on}", "{holder.case_officer}"),
            ],
            "WF502",
            "aid_told:",
            "unknown placeholder `{holder.case_officer}`",
        )],
        &[],
    );
}

#[test]
fn a_form_begins_with_values_that_fit_its_fields_and_that_everybody_may_read_who_is_shown_it() {
    let form = "    form: [granted, answer, served_on]\n";
    let with = |pair: &str| format!("{form}    prefill: {{{pair}}}\n");
    let sound = with("served_on: asked_on");
    assert_eq!(after(P, &[(form, sound.as_str())]), []);
    for (pair, code, said) in [
        ("served_on: askd_on", "WF103", "did you mean `asked_on`?"),
        ("servd_on: asked_on", "WF103", "did you mean `served_on`?"),
        ("urgent: granted", "WF111", "does not ask for `urgent`"),
        ("granted: granted", "WF111", "has of `granted` anyway"),
        ("granted: asked_on", "WF111", "`asked_on` does not fit `granted`"),
    ] {
        let begun = with(pair);
        all_told(&[(P, &[(form, begun.as_str())], code, "    prefill:", said)], &[]);
    }
    let erasable = with("granted: urgent");
    let urgent = (
        "type: bool, readers: [applicant]}\n  about",
        "type: bool, storage: personal, readers: [applicant]}\n  about",
    );
    let identity = (
        "type: date, past: true, readers: [applicant]}\n  served",
        "type: date, past: true, storage: identity, readers: [applicant]}\n  served",
    );
    all_told(
        &[
            (
                P,
                &[(form, erasable.as_str()), urgent],
                "WF111",
                "    prefill:",
                "`urgent` does not fit `granted`",
            ),
            (
                P,
                &[(form, sound.as_str()), identity],
                "WF504",
                "    prefill:",
                "`asked_on` is who filed",
            ),
        ],
        // The next version keeps these fields as they were.
        &["WF604"],
    );
    let close = (
        "  close: {title: {zh: 结案, en: Close}, by: [case_officer]}\n",
        "  close: {title: {zh: 结案, en: Close}, by: [case_officer, applicant], form: [\"urgent?\"], prefill: {urgent: granted}}\n",
    );
    assert_eq!(after(P, &[close]), []);
    let hidden = (
        "type: bool, readers: [applicant]}\n  asked_on",
        "type: bool}\n  asked_on",
    );
    all_told(
        &[(
            P,
            &[close, hidden],
            "WF504",
            "  close:",
            "shows `granted` to `applicant`, who may not read it",
        )],
        &[],
    );
}
