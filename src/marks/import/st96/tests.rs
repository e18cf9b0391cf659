use std::io::BufReader;

use proptest::prelude::*;

use super::*;
use crate::import::{Import, ImportOptions, RegisterFormat, read_marks};

fn options(skip_bad: bool) -> ImportOptions {
    ImportOptions {
        format: RegisterFormat::St96,
        skip_bad,
    }
}

fn read(text: &str) -> Result<Import, ImportError> {
    read_marks(text.as_bytes(), options(false))
}

fn fault(text: &str) -> (u64, XmlFault) {
    match read(text) {
        Err(ImportError::Xml { line, fault }) => (line, fault),
        other => panic!("expected a fault of the XML, got {other:?}"),
    }
}

/// A document of marks, as an office writes it.
fn document(marks: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tmk:TrademarkTransaction xmlns:tmk=\"http://www.wipo.int/standards/XMLSchema/ST96/Trademark\" \
         xmlns:com=\"http://www.wipo.int/standards/XMLSchema/ST96/Common\">\n<tmk:TrademarkBag>\n{marks}\n</tmk:TrademarkBag>\n</tmk:TrademarkTransaction>\n"
    )
}

const FULL: &str = r#"<tmk:Trademark com:operationCategory="insert">
<com:RegistrationNumber>012345</com:RegistrationNumber>
<com:ApplicationNumber><com:ApplicationNumberText>99-1</com:ApplicationNumberText></com:ApplicationNumber>
<tmk:MarkCurrentStatusCode>Registered</tmk:MarkCurrentStatusCode>
<tmk:MarkRepresentation><tmk:MarkFeatureCategory>Combined</tmk:MarkFeatureCategory><tmk:MarkReproduction><tmk:WordMarkSpecification>
<tmk:MarkVerbalElementText>KANG
 &amp; <![CDATA[<SHI>]]>&#x5E08;</tmk:MarkVerbalElementText>
<tmk:MarkSignificantVerbalElementText>KANG</tmk:MarkSignificantVerbalElementText>
<tmk:MarkTransliteration>kang shi</tmk:MarkTransliteration>
</tmk:WordMarkSpecification></tmk:MarkReproduction></tmk:MarkRepresentation>
<tmk:GoodsServicesBag><tmk:GoodsServices><tmk:GoodsServicesClassificationBag>
<tmk:GoodsServicesClassification><tmk:ClassificationKindCode>Nice</tmk:ClassificationKindCode><tmk:ClassNumber>032</tmk:ClassNumber></tmk:GoodsServicesClassification>
<tmk:GoodsServicesClassification><tmk:ClassNumber>30</tmk:ClassNumber></tmk:GoodsServicesClassification>
<tmk:GoodsServicesClassification><tmk:ClassificationKindCode>Domestic</tmk:ClassificationKindCode><tmk:ClassNumber>200</tmk:ClassNumber></tmk:GoodsServicesClassification>
</tmk:GoodsServicesClassificationBag></tmk:GoodsServices></tmk:GoodsServicesBag>
<tmk:RelatedMark><com:RegistrationNumber>777</com:RegistrationNumber></tmk:RelatedMark>
<tmk:RepresentativeBag><com:PersonFullName>An Agent</com:PersonFullName></tmk:RepresentativeBag>
<tmk:ApplicantBag><tmk:Applicant><com:OrganizationStandardName>Some Firm</com:OrganizationStandardName></tmk:Applicant></tmk:ApplicantBag>
</tmk:Trademark>"#;

#[test]
fn a_number_of_another_name_is_told_with_both_lines() {
    let other = FULL.replace("KANG\n &amp;", "KONG\n &amp;");
    let result = read(&document(&format!("{FULL}\n{FULL}\n{other}")));
    let Err(ImportError::Rows(faults)) = result else {
        panic!("expected faults, got {result:?}");
    };
    let lines = FULL.lines().count() as u64;
    // Three lines stand above the first mark.
    let problem = Problem::NumberOfAnother { line: 4 };
    let line = 4 + 2 * lines;
    assert_eq!(
        faults,
        [RowError {
            line,
            column: 0,
            problem
        }]
    );
}

#[test]
fn a_mark_is_read_with_all_that_the_register_keeps() {
    let import = read(&document(FULL)).unwrap();
    assert_eq!(
        import.rows,
        [MarkRow {
            name: "KANG & <SHI>师".to_owned(),
            registration_no: Some("012345".to_owned()),
            owner: Some("Some Firm".to_owned()),
            classes: vec![30, 32],
            groups: Vec::new(),
            status: Some("Registered".to_owned()),
            fame: None,
            aliases: vec!["kang shi".to_owned(), "KANG".to_owned()],
        }]
    );
}

#[test]
fn prefixes_do_not_matter_and_an_application_has_its_own_number() {
    let text = "<Trademark xmlns=\"urn:any\"><ApplicationNumber><ApplicationNumberText>7</ApplicationNumberText></ApplicationNumber>\
                <MarkSignificantVerbalElementText>雪碧</MarkSignificantVerbalElementText></Trademark>";
    let row = read(text).unwrap().rows.remove(0);
    assert_eq!((row.name.as_str(), row.registration_no.as_deref()), ("雪碧", Some("7")));
}

#[test]
fn a_mark_that_has_no_words_by_its_kind_is_passed_over_and_counted() {
    let figure = "<Trademark><MarkFeatureCategory>Figurative</MarkFeatureCategory></Trademark>";
    let import = read(&document(&format!("{figure}{FULL}{figure}"))).unwrap();
    assert_eq!((import.rows.len(), import.wordless), (1, 2));
}

#[test]
fn bad_marks_are_all_reported_with_their_lines_and_good_ones_taken_only_on_request() {
    let marks = "<Trademark>\n<MarkVerbalElementText>A1</MarkVerbalElementText>\n<ClassNumber>46</ClassNumber>\n<ClassNumber>x</ClassNumber></Trademark>\n\
                 <Trademark>\n</Trademark>\n\
                 <Trademark><MarkVerbalElementText>!!</MarkVerbalElementText></Trademark>\n\
                 <Trademark><MarkVerbalElementText>B2</MarkVerbalElementText></Trademark>";
    let Err(ImportError::Rows(faults)) = read(&document(marks)) else {
        panic!("three marks are bad");
    };
    let told: Vec<(u64, &str)> = faults.iter().map(|fault| (fault.line, fault.problem.code())).collect();
    assert_eq!(
        told,
        [
            (6, "bad_class"),
            (7, "bad_class"),
            (8, "name_empty"),
            (10, "name_unsearchable"),
        ]
    );
    assert!(faults[0].to_string().starts_with("line 6: a class"), "{}", faults[0]);
    let import = read_marks(document(marks).as_bytes(), options(true)).unwrap();
    assert_eq!(import.rows.len(), 1);
    assert_eq!(import.skipped, faults);
}

#[test]
fn a_document_type_is_refused_by_name_and_with_it_every_bomb_and_outer_file() {
    for entity in [
        "<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">",
        "<!ENTITY c SYSTEM \"file:///etc/passwd\">",
        "<!ENTITY % c SYSTEM \"http://example.com/x.dtd\"> %c;",
    ] {
        let text = format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE t [{entity}]>\n<Trademark><MarkVerbalElementText>&c;</MarkVerbalElementText></Trademark>"
        );
        assert_eq!(fault(&text).1, XmlFault::DocumentType, "{entity}");
        assert!(matches!(
            read_marks(text.as_bytes(), options(true)),
            Err(ImportError::Xml { .. })
        ));
    }
    let undefined = "<Trademark>\n<MarkVerbalElementText>&lol9;</MarkVerbalElementText></Trademark>";
    assert_eq!(fault(undefined), (2, XmlFault::Entity("lol9".to_owned())));
    let nothing = "<Trademark><MarkVerbalElementText>&#0;&#xFFFFFFFF;</MarkVerbalElementText></Trademark>";
    assert!(matches!(fault(nothing).1, XmlFault::Entity(_)));
}

#[test]
fn a_document_cut_short_anywhere_gives_no_mark() {
    let whole = document(FULL);
    let end = whole.trim_end().len();
    for at in (1..end).filter(|at| whole.is_char_boundary(*at)) {
        let result = read_marks(&whole.as_bytes()[..at], options(true));
        assert!(matches!(result, Err(ImportError::Xml { .. })), "cut at {at}");
    }
    assert_eq!(fault(&whole[..whole.len() / 2]).1, XmlFault::CutShort);
}

#[test]
fn what_is_not_xml_of_marks_is_refused_and_says_so() {
    assert_eq!(fault("").1, XmlFault::NoMarks);
    assert_eq!(fault("name,classes\n雪碧,32\n").1, XmlFault::NoMarks);
    assert_eq!(fault("<html></html>").1, XmlFault::NoMarks);
    let crossed = fault("<a>\n<Trademark></a></Trademark>");
    assert!(
        crossed.0 == 2 && matches!(crossed.1, XmlFault::Malformed(_)),
        "{crossed:?}"
    );
    let declared = "<?xml version=\"1.0\" encoding=\"GB2312\"?><Trademark></Trademark>";
    assert_eq!(fault(declared).1, XmlFault::Encoding);
    let bytes = b"<Trademark><MarkVerbalElementText>\xc4\xcd</MarkVerbalElementText></Trademark>";
    let result = read_marks(&bytes[..], options(false));
    assert!(
        matches!(
            result,
            Err(ImportError::Xml {
                fault: XmlFault::Encoding,
                ..
            })
        ),
        "{result:?}"
    );
    assert_eq!(fault(&"<a>".repeat(100_000)).1, XmlFault::TooDeep);
}

/// Repeats a text without holding it all.
struct Endless {
    head: &'static [u8],
    body: &'static [u8],
    left: usize,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.head.len() {
            if self.left == 0 {
                return Ok(0);
            }
            self.left -= 1;
            self.head = self.body;
            self.at = 0;
        }
        let count = into.len().min(self.head.len() - self.at);
        into[..count].copy_from_slice(&self.head[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[test]
fn one_mark_may_not_fill_the_memory() {
    for head in ["<Trademark><MarkVerbalElementText>", "<Trademark>", "<Trademark "] {
        let source = Endless {
            head: head.as_bytes(),
            body: b"<MarkVerbalElementText>ha</MarkVerbalElementText>",
            left: usize::MAX,
            at: 0,
        };
        let result = read_marks(BufReader::new(source), options(true));
        assert!(
            matches!(
                result,
                Err(ImportError::Xml {
                    fault: XmlFault::TooLarge | XmlFault::TooDeep | XmlFault::Malformed(_),
                    ..
                })
            ),
            "{head}"
        );
    }
}

#[test]
fn marks_come_one_by_one_from_a_document_larger_than_a_mark_may_be() {
    let source = Endless {
        head: b"<Bag>",
        body: b"<Trademark><MarkVerbalElementText>Kang &amp; Shi</MarkVerbalElementText><ClassNumber>30</ClassNumber></Trademark>\n",
        left: 200_000,
        at: 0,
    };
    let mut marks = Trademarks::new(BufReader::new(source));
    let mut count = 0;
    for mark in marks.by_ref().take(200_000) {
        assert_eq!(mark.unwrap().unwrap().name, "Kang & Shi");
        count += 1;
    }
    assert_eq!(count, 200_000);
    assert!(matches!(
        marks.next(),
        Some(Err(ImportError::Xml {
            fault: XmlFault::CutShort,
            line: 200_001,
        }))
    ));
    assert!(marks.next().is_none());
}

#[test]
fn a_source_that_fails_is_told_as_such() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let result = read_marks(BufReader::new(Broken), options(true));
    assert!(
        matches!(&result, Err(ImportError::Read(error)) if error.to_string().contains("disk")),
        "{result:?}"
    );
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_document_makes_the_reader_panic(
        pieces in proptest::collection::vec((0_usize..12, any::<String>()), 0..40),
    ) {
        let mut text = String::new();
        for (which, string) in pieces {
            let piece = [
                "<Trademark>", "</Trademark>", "<MarkVerbalElementText>", "</MarkVerbalElementText>", "<ClassNumber>", "</ClassNumber>",
                "<GoodsServices>", "</GoodsServices>", "&amp;", "<![CDATA[", "]]>",
            ];
            text.push_str(piece.get(which).copied().unwrap_or(&string));
        }
        let all = read_marks(text.as_bytes(), options(true));
        let strict = read_marks(text.as_bytes(), options(false));
        if let (Ok(all), Ok(strict)) = (all, strict) {
            prop_assert!(all.skipped.is_empty());
            prop_assert_eq!(all.rows, strict.rows);
        }
    }
}
