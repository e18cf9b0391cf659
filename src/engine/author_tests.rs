//! What an author gets wrong who writes a procedure from the reference page: each is told at its line, in words that mend it,
//! and nothing else is told of what follows from it.

use crate::{clock::samples, diagnostic::Diagnostic, explore, pack::Pack};

pub(crate) const P: &str = "procedures/aid-1.yaml";
pub(crate) const P2: &str = "procedures/aid-2.yaml";
const L: &str = "procedures/laboratory-1.yaml";
pub(crate) const N: &str = "notices/aid.yaml";
pub(crate) const D: &str = "documents/aid.yaml";
const F: &str = "feedback/aid.yaml";

pub(crate) const PROCEDURE: &str = "procedure: aid
version: 1
title: {zh: 维权援助申请, en: Request for aid}
filed: {from: 2026-04-15, to: 2026-12-31}
instrument: samr-121
roles:
  applicant: {title: {zh: 申请人, en: Applicant}, kind: party}
  case_officer: {title: {zh: 经办人, en: Case officer}, kind: staff}
fields:
  wanted: {title: {zh: 需要的援助, en: Aid wanted}, type: long_text, storage: personal, readers: [applicant]}
  urgent: {title: {zh: 是否紧急, en: Urgent}, type: bool, readers: [applicant]}
  about: {title: {zh: 事由, en: About}, type: choice, options: {mark: {zh: 商标, en: Trademark}, name: {zh: 字号, en: Trade name}}, readers: [applicant]}
  answer: {title: {zh: 答复, en: Answer}, type: long_text, storage: personal, readers: [applicant]}
  granted: {title: {zh: 是否援助, en: Granted}, type: bool, readers: [applicant]}
  asked_on: {title: {zh: 请求日期, en: Asked on}, type: date, past: true, readers: [applicant]}
  served_on: {title: {zh: 送达日期, en: Served on}, type: date, past: true, readers: [applicant]}
filing:
  by: [applicant]
  modes: [named]
  pages:
    what: {title: {zh: 需要什么, en: What is wanted}, form: [wanted, about, asked_on, 'urgent?']}
events:
  reply:
    title: {zh: 答复, en: Reply}
    by: [case_officer]
    form: [granted, answer, served_on]
    seen_by: [applicant]
    do:
      - notify: {to: [applicant], notice: aid_told}
      - document: aid_reply
  close: {title: {zh: 结案, en: Close}, by: [case_officer]}
  late: {title: {zh: 超期, en: Late}, do: [{escalate: {to: [case_officer], notice: aid_late}}]}
  over: {title: {zh: 期满, en: Over}, law: 16(1), do: [{notify: {to: [case_officer], notice: aid_late}}]}
initial: open
states:
  open:
    title: {zh: 待答复, en: To be answered}
    phase: intake
    owner: case_officer
    events:
      reply: {to: replied, when: \"data.about == 'mark' || data.granted\"}
      late:
  replied:
    title: {zh: 已答复, en: Answered}
    phase: remedy
    initial: waiting
    states:
      waiting:
        title: {zh: 待期满, en: Waiting}
        owner: case_officer
        events:
          close: granted
          over: refused
  granted: {title: {zh: 已援助, en: Granted}, phase: closed, outcome: granted}
  refused: {title: {zh: 未援助, en: Refused}, phase: closed, outcome: refused}
clocks:
  reply: {title: {zh: 答复期限, en: Reply}, within: 7 working_days, law: 16(1), duty: authority, runs_in: [open], expiry: late}
  remedy: {title: {zh: 异议期限, en: Objection}, within: 15 days, from: served_on, law: 16(1), duty: party, runs_in: [replied], expiry: over}
";

const NOTICES: &str = "notices:
  aid_late:
    subject: {zh: \"答复超期：{case.number}\", en: \"Late: {case.number}\"}
    body: {zh: \"应于{clock.reply.due}前答复。\", en: \"Due on {clock.reply.due}.\"}
  aid_told:
    subject: {zh: \"已答复：{case.number}\", en: \"Answered: {case.number}\"}
    body: {zh: \"送达日期：{field.served_on}。\", en: \"Served on {field.served_on}.\"}
";

const DOCUMENTS: &str = "documents:
  aid_reply: {title: {zh: 答复书, en: Reply}, readers: [applicant], body: {zh: \"{field.answer}\", en: \"{field.answer}\"}}
";

const FEEDBACK: &str = "feedback:
  aid_reply:
    title: {zh: 答复, en: Reply}
    procedure: aid
    from: 2026-04-15
    at: reply
    to: applicant
    notice: aid_told
    document: aid_reply
    within: reply
    law: samr-121#16(1)
    ways: [portal]
ways:
  portal: {title: {zh: 平台, en: Portal}, carrier: portal, proof: {zh: 记录, en: Record}, received: {zh: 当日, en: That day}}
courtesy: {}
";

/// The files of a small pack, in which nothing is wrong.
pub(crate) fn files() -> Vec<(String, String)> {
    let second = PROCEDURE.replacen("version: 1", "version: 2", 1).replacen(
        "filed: {from: 2026-04-15, to: 2026-12-31}",
        "filed: {from: 2027-01-01}",
        1,
    );
    let second = format!("{second}migrates: {{from: 1}}\n");
    let own = [
        (P, PROCEDURE.to_owned()),
        (P2, second),
        (N, NOTICES.to_owned()),
        (D, DOCUMENTS.to_owned()),
        (F, FEEDBACK.to_owned()),
    ];
    let mut files = samples::files();
    files.extend(own.map(|(name, text)| (name.to_owned(), text)));
    files
}

pub(crate) fn load(files: &[(String, String)]) -> Vec<Diagnostic> {
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (pack, mut found) = Pack::load(&files);
    if let Some(pack) = pack {
        found.extend(explore::explore(&pack, explore::STATES).diagnostics());
    }
    found
}

/// What is found when one file reads otherwise, with the line that is named.
pub(crate) fn after(file: &str, changes: &[(&str, &str)]) -> Vec<(Diagnostic, String)> {
    let mut files = files();
    let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{file} has no `{old}`");
        *text = text.replacen(old, new, 1);
    }
    let found = load(&files).into_iter().map(|found| {
        let (_, text) = files.iter().find(|(name, _)| *name == found.file).unwrap();
        let line = text.lines().nth(found.line as usize - 1).unwrap_or_default().to_owned();
        (found, line)
    });
    found.collect()
}

/// File, what is changed, code, what stands in the line that must be named, what must be said.
type Fault<'f> = (&'f str, &'f [(&'f str, &'f str)], &'f str, &'f str, &'f str);

/// What is wrong with how faults are told. Each is the only finding in its file, apart from what `besides` allows.
fn missed(faults: &[Fault<'_>], besides: &[&str]) -> Vec<String> {
    let told = |(file, changes, code, line, said): &Fault<'_>| {
        let found = after(file, changes);
        let is_it =
            |(d, text): &(Diagnostic, String)| d.code == *code && text.contains(line) && d.to_string().contains(said);
        let one = found.iter().any(&is_it);
        let alone = found
            .iter()
            .all(|found| is_it(found) || besides.contains(&found.0.code));
        let all: Vec<String> = found.iter().map(|(d, line)| format!("{d} [{line}]")).collect();
        (!(one && alone)).then(|| format!("{code} at `{line}` for {changes:?}:\n  {}", all.join("\n  ")))
    };
    faults.iter().filter_map(told).collect()
}

pub(crate) fn all_told(faults: &[Fault<'_>], besides: &[&str]) {
    let missed = missed(faults, besides);
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_sound_pack_has_no_finding_at_all() {
    let found: Vec<String> = load(&files()).iter().map(ToString::to_string).collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn what_is_wrong_in_one_version_is_not_told_again_of_the_next_or_of_what_belongs_to_it() {
    all_told(
        &[
            (
                P,
                &[("initial: open", "initial: opn")],
                "WF101",
                "initial: opn",
                "did you mean `open`?",
            ),
            (
                P,
                &[("states:\n  open:", "states:\n  open")],
                "WF001",
                "    title: {zh: 待答复",
                "not readable",
            ),
            (
                P2,
                &[("initial: open", "initial: opn")],
                "WF101",
                "initial: opn",
                "did you mean `open`?",
            ),
        ],
        &[],
    );
    // Nothing says what the file was of.
    let mut nameless = files();
    nameless.retain(|(name, _)| name != P && name != P2);
    nameless.push(("procedures/aid.yaml".to_owned(), String::new()));
    let found: Vec<&str> = load(&nameless).iter().map(|d| d.code).collect();
    assert_eq!(found, ["WF004"]);
}

#[test]
fn a_file_of_another_encoding_is_told_once_with_the_encoding() {
    for (file, text, said) in [
        (
            P,
            "procedure: aid\ntitle: {zh: \u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}, en: Aid}\n",
            "GBK",
        ),
        (
            N,
            "notices: {aid_late: {subject: {zh: \u{FFFD}\u{FFFD}, en: Late}}}\n",
            "GBK",
        ),
        (
            P,
            "\u{FFFD}\u{FFFD}p\0r\0o\0c\0e\0d\0u\0r\0e\0:\0 \0a\0i\0d\0",
            "UTF-16",
        ),
        (
            "law/samr-121.yaml",
            "key: samr-121\ntitle: {zh: \u{FFFD}\u{FFFD}\u{FFFD}}\n",
            "GBK",
        ),
    ] {
        let mut files = files();
        let known = files.iter_mut().find(|(name, _)| name.ends_with(file)).unwrap();
        known.1 = text.to_owned();
        let found = load(&files);
        let told: Vec<&Diagnostic> = found.iter().filter(|d| d.file.ends_with(file)).collect();
        let [one] = told.as_slice() else {
            panic!("{file}: {found:#?}")
        };
        assert_eq!((one.code, one.line), ("WF001", 1));
        assert!(one.message.contains(said) && one.mend.contains("UTF-8"), "{one}");
        assert!(file.starts_with("law") || found.len() == 1, "{found:#?}");
    }
}

#[test]
fn a_file_in_the_wrong_folder_or_of_the_wrong_name_is_told_once() {
    let moved = |from: &str, to: &str| {
        let mut files = files();
        files.iter_mut().find(|(name, _)| name == from).unwrap().0 = to.to_owned();
        let found = load(&files);
        found.iter().map(|d| (d.code, d.to_string())).collect::<Vec<_>>()
    };
    for (from, to, said) in [
        (P2, "notices/aid-2.yaml", "belongs in procedures/"),
        (N, "documents/aid_notices.yaml", "belongs in notices/"),
        (P2, "procedures/aid_two.yaml", "call it `aid-2.yaml`"),
    ] {
        let found = moved(from, to);
        let [(code, text)] = found.as_slice() else {
            panic!("{found:#?}")
        };
        assert!(*code == "WF614" && text.contains(said), "{text}");
    }
}

#[test]
fn signs_of_a_chinese_keyboard_are_named_where_they_stand() {
    all_told(
        &[
            (
                P,
                &[("    phase: intake", "    phase：intake")],
                "WF001",
                "phase：",
                "write `:`",
            ),
            (
                P,
                &[("form: [granted, answer,", "form: [granted，answer,")],
                "WF103",
                "granted，answer",
                "write `,`",
            ),
            (
                P,
                &[("runs_in: [open]", "runs_in: 【open】")],
                "WF101",
                "【open】",
                "write `[`",
            ),
            (
                P,
                &[("law: 16(1), duty: authority", "law: 16（1）, duty: authority")],
                "WF107",
                "16（1）",
                "write `(`",
            ),
            (
                P,
                &[("within: 15 days", "within: １５ days")],
                "WF004",
                "１５",
                "write `1`",
            ),
            (
                P,
                &[("{zh: 商标, en: Trademark}", "{zh：商标, en: Trademark}")],
                "WF002",
                "zh：商标",
                "write `:`",
            ),
        ],
        &["WF003", "WF108", "WF112", "WF402"],
    );
    // A key that stands twice is no matter of signs.
    let twice = [("initial: open", "initial: open\ninitial：: open\ninitial: open")];
    assert!(
        after(P, &twice).iter().all(|(d, _)| !d.mend.contains("U+")),
        "{:#?}",
        after(P, &twice)
    );
    // The column is that of the sign.
    let found = after(P, &[("    phase: intake", "    phase:\u{3000}intake")]);
    let [(one, line)] = found.as_slice() else {
        panic!("{found:#?}")
    };
    assert!(line.contains('\u{3000}') && one.mend.contains("wide space"), "{one}");
    assert_eq!(one.column, 11);
}

#[test]
fn conditions_that_are_no_cel_are_answered_with_cel_and_names_with_the_nearest() {
    let when = "\"data.about == 'mark' || data.granted\"";
    let wrong = |text: &'static str| [(when, text)];
    let faults: [(&str, &str, &str); 9] = [
        ("\"data.about = 'mark'\"", "WF110", "write `==`"),
        ("\"data.about == 'mark' or data.granted\"", "WF110", "write `||`"),
        ("\"not data.granted\"", "WF110", "write `!`"),
        ("\"data.about == ‘mark’\"", "WF110", "plain quotes"),
        ("\"data.about == 'mrk'\"", "WF111", "did you mean `mark`?"),
        ("\"data.grantd\"", "WF103", "did you mean `granted`?"),
        ("\"expired('repy')\"", "WF104", "did you mean `reply`?"),
        ("\"by('case_oficer')\"", "WF102", "did you mean `case_officer`?"),
        (
            "\"active('replied.waitin')\"",
            "WF101",
            "did you mean `replied.waiting`?",
        ),
    ];
    for (text, code, said) in faults {
        all_told(
            &[(P, &wrong(text), code, "      reply: {to: replied", said)],
            &["WF108"],
        );
    }
    all_told(
        &[(
            N,
            &[
                ("{clock.reply.due}前", "{clock.repy.due}前"),
                ("on {clock.reply.due}", "on {clock.repy.due}"),
            ],
            "WF502",
            "late:",
            "did you mean `{clock.reply.due}`?",
        )],
        &["WF502"],
    );
}

#[test]
fn faults_of_a_row_are_named_at_the_key_that_holds_them() {
    all_told(
        &[
            (
                F,
                &[("at: reply", "at: repy")],
                "WF108",
                "    at: repy",
                "did you mean `reply`?",
            ),
            (
                F,
                &[("at: reply", "at: close")],
                "WF912",
                "    at: close",
                "does not send `aid_told`",
            ),
            (
                F,
                &[("to: applicant", "to: aplicant")],
                "WF102",
                "    to: aplicant",
                "did you mean `applicant`?",
            ),
            (
                F,
                &[("within: reply", "within: repy")],
                "WF104",
                "    within: repy",
                "did you mean `reply`?",
            ),
            (
                F,
                &[("notice: aid_told", "notice: aid_tld")],
                "WF105",
                "    notice: aid_tld",
                "did you mean `aid_told`?",
            ),
            (
                F,
                &[("document: aid_reply", "document: aid_repy")],
                "WF106",
                "    document: aid_repy",
                "did you mean `aid_reply`?",
            ),
            (
                F,
                &[("ways: [portal]", "ways: [portl]")],
                "WF914",
                "    ways: [portl]",
                "did you mean `portal`?",
            ),
            (
                F,
                &[("procedure: aid", "procedure: aide")],
                "WF301",
                "    procedure: aide",
                "did you mean `aid`?",
            ),
            (
                F,
                &[("courtesy: {}", "courtesy:\n  aid:\n    - aid_gone")],
                "WF916",
                "    - aid_gone",
                "does not send",
            ),
            (
                F,
                &[("from: 2026-04-15", "from: 2026-04-01")],
                "WF913",
                "    from: 2026-04-01",
                "before 2026-04-15",
            ),
        ],
        &["WF912", "WF915"],
    );
}

#[test]
fn messages_say_what_is_meant() {
    all_told(
        &[
            (
                P,
                &[("within: 15 days, from: served_on", "within: 15 days, follows: [remedy]")],
                "WF108",
                "  remedy:",
                "follows itself",
            ),
            (
                P,
                &[("- document: aid_reply", "- documnt: aid_reply")],
                "WF109",
                "- documnt",
                "is not an effect",
            ),
            (
                P,
                &[("      late:\n  replied", "      lat:\n  replied")],
                "WF108",
                "      lat:",
                "is not an event",
            ),
        ],
        &["WF912", "WF508", "WF404", "WF106"],
    );
}

#[test]
fn an_outcome_that_is_not_heard_is_named_where_outcomes_are() {
    let mut files = files();
    files.push((
        L.to_owned(),
        "procedure: laboratory
version: 1
title: {zh: 检验, en: Test}
filed: {from: 2026-04-15}
instrument: samr-121
roles: {case_officer: {title: {zh: 经办人, en: Officer}, kind: staff}}
fields: {good: {title: {zh: 合格, en: Good}, type: bool}}
filing: {by: [case_officer], pages: {what: {title: {zh: 内容, en: What}, form: ['good?']}}}
events: {decide: {title: {zh: 出具, en: Report}, by: [case_officer]}}
initial: open
states:
  open:
    title: {zh: 检验中, en: Open}
    owner: case_officer
    no_clock: 未作规定
    events: {decide: [{when: has(data.good) && data.good, to: good}, {to: bad}]}
  good: {title: {zh: 合格, en: Good}, outcome: good}
  bad: {title: {zh: 不合格, en: Bad}, outcome: bad}
"
        .to_owned(),
    ));
    let text = &mut files.iter_mut().find(|(name, _)| name == P).unwrap().1;
    *text = text
        .replacen("events:\n  reply:", "subcases:\n  test:\n    title: {zh: 检验, en: Test}\n    procedure: laboratory\n    link: test\n    outcomes: {good: tested}\nevents:\n  tested: {title: {zh: 已检验, en: Tested}}\n  reply:", 1)
        .replacen("      - document: aid_reply\n", "      - document: aid_reply\n      - open: test\n", 1)
        .replacen("          over: refused\n", "          over: refused\n          tested:\n", 1);
    let text = text.clone();
    let found = load(&files);
    let unheard: Vec<&Diagnostic> = found.iter().filter(|d| d.message.contains("does not hear")).collect();
    let [one] = unheard.as_slice() else {
        panic!("{found:#?}")
    };
    let line = text.lines().nth(one.line as usize - 1).unwrap();
    assert!(
        one.code == "WF302" && line.starts_with("    outcomes:"),
        "{one} [{line}]"
    );
}

#[test]
fn an_appointment_names_fields_that_there_are_and_each_once_and_a_clock_may_be_one_that_is_waited_for() {
    let title = "    title: {zh: 待答复, en: To be answered}\n";
    let with = |names: &str| format!("{title}    appointment: {names}\n");
    let sound = with("[asked_on, urgent]");
    let waits = (
        "duty: party, runs_in: [replied]",
        "duty: party, waits: true, runs_in: [replied]",
    );
    let found = after(P, &[(title, sound.as_str()), waits]);
    let found: Vec<String> = found.iter().map(|(found, _)| found.to_string()).collect();
    assert_eq!(found, [""; 0]);
    let (unknown, twice) = (with("[asked_onn]"), with("[asked_on, asked_on]"));
    let owed = (
        "duty: authority, runs_in: [open]",
        "duty: authority, waits: true, runs_in: [open]",
    );
    all_told(
        &[
            (P, &[(title, unknown.as_str())], "WF103", "appointment:", "asked_onn"),
            (P, &[(title, twice.as_str())], "WF109", "appointment:", "stands twice"),
            (
                P,
                &[owed],
                "WF404",
                "  reply: {title: {zh: 答复期限",
                "leave out `waits`",
            ),
        ],
        &[],
    );
}
