use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Import, ImportError> {
    read_marks(text.as_bytes(), ImportOptions::default())
}

fn faults(text: &str) -> Vec<(u64, usize, &'static str)> {
    match read(text) {
        Err(ImportError::Rows(faults)) => faults
            .iter()
            .map(|fault| (fault.line, fault.column, fault.problem.code()))
            .collect(),
        Err(ImportError::Header(fault)) => vec![(fault.line, fault.column, fault.problem.code())],
        other => panic!("expected faults, got {other:?}"),
    }
}

#[test]
fn a_csv_row_fills_every_field() {
    let text = "\u{FEFF}name,registration_no,owner,classes,groups,status,fame,aliases\r\n\
                \"康师傅, \"\"老\"\"\",123,某公司,30; 32|30,3009;2901|3009,registered,90,Master Kong;康記\r\n\
                ABC,,,,,,,\r\n";
    let import = read(text).unwrap();
    assert_eq!(
        import.rows,
        [
            MarkRow {
                name: "康师傅, \"老\"".to_owned(),
                registration_no: Some("123".to_owned()),
                owner: Some("某公司".to_owned()),
                classes: vec![29, 30, 32],
                groups: vec!["2901".parse().unwrap(), "3009".parse().unwrap()],
                status: Some("registered".to_owned()),
                fame: Some(90),
                aliases: vec!["Master Kong".to_owned(), "康記".to_owned()],
            },
            MarkRow {
                name: "ABC".to_owned(),
                ..MarkRow::default()
            },
        ]
    );
}

#[test]
fn columns_may_stand_in_any_order() {
    let import = read("classes,Name\n25,雪碧\n").unwrap();
    assert_eq!(import.rows[0].name, "雪碧");
    assert_eq!(import.rows[0].classes, [25]);
}

#[test]
fn xml_that_is_read_as_a_table_is_refused_by_name() {
    for text in [
        "<?xml version=\"1.0\"?>\n<a>\n雪碧\n</a>\n",
        "\u{FEFF}<TrademarkBag xmlns=\"x\">\n雪碧\n",
    ] {
        assert_eq!(faults(text), [(1, 1, "xml")], "{text}");
    }
    assert_eq!(read("<雪碧>\n").unwrap().rows.len(), 1);
}

#[test]
fn a_file_without_header_is_one_name_a_line() {
    let import = read("\u{FEFF}Tiffany & Co., Inc\n\n\"大白兔\n雪碧").unwrap();
    let names: Vec<&str> = import.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["Tiffany & Co., Inc", "\"大白兔", "雪碧"]);
    assert!(read("").unwrap().rows.is_empty());
}

#[test]
fn a_quoted_cell_may_hold_a_line_break_and_lines_are_still_counted() {
    assert_eq!(faults("name,fame\n\"a\nb\",1\nc,x\n"), [(4, 2, "bad_fame")]);
}

#[test]
fn every_bad_row_is_reported_with_its_place() {
    let text = "name,classes,fame\n,25,1\n耐克,99,200\n好,1\n!!,,\n雪碧,25,5\n";
    assert_eq!(
        faults(text),
        [
            (2, 1, "name_empty"),
            (3, 2, "bad_class"),
            (3, 3, "bad_fame"),
            (4, 3, "cell_count"),
            (5, 1, "name_unsearchable"),
        ]
    );
}

#[test]
fn a_name_may_be_as_long_as_one_that_can_be_asked_for() {
    let (longest, longer) = ("长".repeat(LONGEST_NAME), "长".repeat(LONGEST_NAME + 1));
    assert_eq!(
        read(&format!("name,aliases\n{longest},雪碧;{longest}\n"))
            .unwrap()
            .rows
            .len(),
        1
    );
    assert_eq!(
        faults(&format!("name,aliases\n{longer},\n雪碧,SPRITE;{longer}\n")),
        [(2, 1, "name_too_long"), (3, 2, "name_too_long")]
    );
}

#[test]
fn a_number_is_of_one_name_and_both_lines_are_told() {
    let text = "registration_no,name,classes\n7,雪碧,32\n8,可乐,32\n7, 雪碧 ,33\n7,雷碧,32\n,雷碧,32\n,康师傅,30\n";
    assert_eq!(faults(text), [(5, 1, "number_of_another")]);
    let Err(error) = read(text) else {
        panic!("two names of one number")
    };
    let told = error.to_string();
    assert!(
        told.contains("line 5, column 1") && told.contains("line 2 has another name"),
        "{told}"
    );
    // The first stays where bad rows are left out.
    let options = ImportOptions {
        skip_bad: true,
        ..ImportOptions::default()
    };
    let import = read_marks(text.as_bytes(), options).unwrap();
    let names: Vec<&str> = import.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["雪碧", "可乐", "雪碧", "雷碧", "康师傅"]);
}

#[test]
fn a_bad_header_is_refused() {
    assert_eq!(faults("name,colour\nx,y\n"), [(1, 2, "unknown_column")]);
    assert_eq!(faults("name,owner,name\nx,y,z\n"), [(1, 3, "repeated_column")]);
    assert_eq!(faults("owner,fame\nx,1\n"), [(1, 3, "name_column_missing")]);
    assert_eq!(read("Owner\n").unwrap().rows[0].name, "Owner");
}

#[test]
fn text_in_another_encoding_is_reported_not_guessed() {
    let result = read_marks(&b"name,owner\n\xc4\xcd\xbf\xcb,x\n"[..], ImportOptions::default());
    let Err(ImportError::Rows(faults)) = result else {
        panic!("expected faults, got {result:?}");
    };
    assert_eq!(faults[0].problem, Problem::NotUtf8);
}

#[test]
fn good_rows_are_taken_beside_bad_ones_only_on_request() {
    let text = "name,fame\nA1,1\nB2,x\nC3,3\n";
    assert!(matches!(read(text), Err(ImportError::Rows(faults)) if faults.len() == 1));
    let import = read_marks(
        text.as_bytes(),
        ImportOptions {
            skip_bad: true,
            ..ImportOptions::default()
        },
    )
    .unwrap();
    let names: Vec<&str> = import.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["A1", "C3"]);
    assert_eq!(import.skipped[0].line, 3);
}

#[test]
fn messages_say_how_to_mend_and_do_not_repeat_the_cell() {
    let Err(error) = read("name,classes\nx,Zhang San\n") else {
        panic!("the class is not a number");
    };
    let text = error.to_string();
    assert!(text.contains("line 2, column 2") && text.contains("25;35"), "{text}");
    assert!(!text.contains("Zhang"), "{text}");
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), csv in any::<bool>()) {
        let mut file = if csv { b"name,classes,fame\n".to_vec() } else { Vec::new() };
        file.extend(bytes);
        let all = read_marks(file.as_slice(), ImportOptions { skip_bad: true, ..ImportOptions::default() });
        let strict = read_marks(file.as_slice(), ImportOptions::default());
        if let (Ok(all), Ok(strict)) = (all, strict) {
            prop_assert!(all.skipped.is_empty());
            prop_assert_eq!(all.rows, strict.rows);
        }
    }
}

#[test]
fn a_table_whose_header_is_not_known_is_refused_instead_of_read_as_names() {
    let tables = [
        "mark,holder\n康师傅,顶益\n",
        "商标名称,注册号,权利人\n康师傅,123,顶益\n",
        "name;owner;classes\n康师傅;顶益;30\n",
        "康师傅\t顶益\t30\n",
        "康师傅,123,顶益\n雪碧,124,可口\n",
    ];
    for table in tables {
        assert_eq!(faults(table), [(1, 1, "table_without_header")], "{table}");
    }
    let lists = [
        "Yahoo, Inc\nTesla, Inc\n",
        "标致;一家\n雪碧\n",
        "Brand\n雪碧\n",
        "A, B, C\n雪碧\n",
    ];
    for list in lists {
        assert_eq!(read(list).unwrap().rows.len(), 2, "{list}");
    }
}
