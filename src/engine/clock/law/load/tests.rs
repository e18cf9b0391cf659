//! Records of instruments, good ones and with faults made in them on purpose.

use proptest::prelude::*;

use super::*;
use crate::clock::samples::cases;

const YEAR: (&str, &str) = ("p/calendar/cn/2026.yaml", "year: 2026\noff: []\n");
const OWN: &str = "key: a\ntitle: { zh: 甲, en: A }\nissuer: { zh: 甲, en: A }\nin_force: { from: 2026-01-01 }\n\
    day_means: { working_values: [2, 3] }\nsource: A\nlast_article: 9\ncounting:\n  first_day: excluded\n  hours: from_the_moment\n  \
    last_day: rest_day\n  travel_time_excluded: false\n  basis: a#3\n";
const SILENT: &str = "key: b\ntitle: { zh: 乙, en: B }\nissuer: { zh: 乙, en: B }\nin_force: { from: 2026-01-01 }\n\
    day_means: calendar\nsource: B\nlast_article: excerpts\ncounting_from: a\n";

fn codes(own: &str, silent: &str) -> Vec<&'static str> {
    let (law, findings) = load(&[YEAR, ("p/law/a.yaml", own), ("p/law/b.yaml", silent)]);
    assert_eq!(law.is_none(), !findings.is_empty());
    findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn good_records_load() {
    let (law, findings) = load(&[
        YEAR,
        ("/law/x/p/law/a.yaml", OWN),
        ("p/law/b.yaml", SILENT),
        ("p/law/README.md", "-"),
    ]);
    assert_eq!(findings, []);
    let law = law.unwrap();
    assert_eq!(
        law.instrument("b").unwrap().counting,
        law.instrument("a").unwrap().counting
    );
    assert!(law.instrument("c").is_err());
    assert!(law.cited(&"a#3".parse().unwrap()).is_ok());
    assert!(law.cited(&"c#3".parse().unwrap()).is_err());
}

#[test]
fn each_fault_has_its_code() {
    let cases = [
        ("key: b", "key: a", "WF720"),
        ("key: b", "key: B b", "WF721"),
        ("counting_from: a\n", "", "WF722"),
        ("counting_from: a", "counting_from: b", "WF723"),
        ("counting_from: a", "counting_from: c", "WF723"),
        ("from: 2026-01-01", "from: 2026-01-02, to: 2026-01-01", "WF724"),
        ("source: B", "source: B\nsuperseded_by: a", "WF725"),
        (
            "from: 2026-01-01 }",
            "from: 2026-01-01, to: 2026-12-31 }\nsuperseded_by: c",
            "WF725",
        ),
        ("source: B", "source: B\nday_basis: c#1", "WF726"),
        ("source: B", "source: B\nday_basis: a#x", "WF726"),
        ("source: B", "source: B\narticles: { x: { zh: 甲, en: A } }", "WF727"),
        ("source: B", "source: B\nunverified: true", "WF728"),
        ("from: 2026-01-01", "from: 2026-02-30", "WF729"),
        ("day_means: calendar", "day_means: { working_if_at_most: 0 }", "WF730"),
        ("day_means: calendar", "day_means: someday", "WF700"),
        ("last_article: excerpts", "last_article: 0", "WF731"),
        ("last_article: excerpts", "last_article: all", "WF700"),
        ("source: B", "source: B\nparagraphs: { x: [0] }", "WF727"),
        ("source: B", "source: B\nparagraphs: { \"3\": [] }", "WF732"),
        ("source: B", "source: B\nparagraphs: { \"3\": [many] }", "WF700"),
    ];
    for (good, bad, code) in cases {
        assert!(SILENT.contains(good), "{good}");
        assert_eq!(codes(OWN, &SILENT.replace(good, bad)), [code], "{bad}");
    }
    assert_eq!(
        codes(&OWN.replace("source: A", "source: A\ncounting_from: b"), SILENT),
        ["WF722"]
    );
    assert_eq!(
        codes(
            &OWN.replace("source: A", "source: A\nparagraphs: { \"9\": [2, 0], \"10\": [0] }"),
            SILENT
        ),
        ["WF732"]
    );
}

#[test]
fn an_instrument_that_does_not_say_how_far_its_articles_go_is_warned_of_and_has_any() {
    let silent = SILENT.replace("last_article: excerpts\n", "");
    let (law, findings) = load(&[YEAR, ("p/law/a.yaml", OWN), ("p/law/b.yaml", &silent)]);
    let found: Vec<_> = findings.iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(found, [("WF731", Severity::Warning)]);
    assert!(law.unwrap().fault_of(&"b#999".parse().unwrap()).is_none());
}

#[test]
fn paragraphs_are_counted_without_making_another_law_of_it() {
    let counted = OWN.replace("source: A", "source: A\nparagraphs: { \"3\": [2, 0] }");
    let laws = [OWN, counted.as_str()].map(|own| {
        load(&[YEAR, ("p/law/a.yaml", own), ("p/law/b.yaml", SILENT)])
            .0
            .unwrap()
    });
    let [silent, counted] = laws;
    assert_eq!(silent.version(), counted.version());
    let fault = |law: &Law, cited: &str| law.fault_of(&cited.parse().unwrap()).map(|(message, _)| message);
    assert_eq!(fault(&silent, "a#3.5"), None);
    assert_eq!(
        fault(&counted, "a#3.5").as_deref(),
        Some("article 3 of `a` has 2 paragraphs")
    );
    assert_eq!(fault(&counted, "a#4.5"), None);
}

#[test]
fn a_fault_in_one_file_does_not_hide_those_of_another() {
    let bad = SILENT
        .replace("key: b", "key: B")
        .replace("source: B", "source: B\nunverified: true");
    let (law, findings) = load(&[
        ("p/calendar/x.yaml", "year: x"),
        ("p/law/a.yaml", "{"),
        ("p/law/b.yaml", &bad),
    ]);
    assert!(law.is_none());
    let found: Vec<_> = findings
        .iter()
        .map(|finding| (finding.file.as_str(), finding.code))
        .collect();
    assert_eq!(
        found,
        [
            ("p/calendar/x.yaml", "WF700"),
            ("p/law/a.yaml", "WF700"),
            ("p/law/b.yaml", "WF721"),
            ("p/law/b.yaml", "WF728"),
            ("p/law/b.yaml", "WF723"),
        ]
    );
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn no_text_panics(text in ".{0,200}", cut in 0..SILENT.len(), put in "[-:{}\\[\\]#&*!|> \n\ta-z0-9]{0,6}") {
        let mut damaged = SILENT.to_owned();
        if damaged.is_char_boundary(cut) {
            damaged.insert_str(cut, &put);
        }
        for text in [text, damaged] {
            let (law, findings) = load(&[YEAR, ("p/law/a.yaml", OWN), ("p/law/b.yaml", &text)]);
            prop_assert_eq!(law.is_none(), findings.iter().any(|finding| finding.severity == Severity::Error));
            prop_assert!(findings.iter().all(|finding| finding.line >= 1));
        }
    }
}
