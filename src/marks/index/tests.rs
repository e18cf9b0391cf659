use proptest::prelude::*;

use super::*;

/// Marks that the facts below are about.
const KNOWN: [&str; 8] = ["康师傅", "雪碧", "ADIDAS", "娃哈哈", "大白兔", "NIKE", "耐克", "奥利奥"];

/// Two thousand further names, put together from common parts.
fn register() -> Vec<Mark> {
    const HEADS: [&str; 20] = [
        "金", "华", "新", "永", "天", "海", "康", "美", "大", "白", "安", "福", "国", "中", "东", "雪", "娃", "小",
        "乐", "奥",
    ];
    const MIDDLES: [&str; 5] = ["", "利", "源", "丰", "泰"];
    const TAILS: [&str; 10] = ["达", "兴", "隆", "佳", "宝", "龙", "泉", "花", "哈哈镜", "傅记"];
    const LATIN_HEADS: [&str; 20] = [
        "ad", "ni", "bel", "cor", "dan", "el", "far", "gol", "hal", "in", "jo", "kan", "lu", "mar", "nor", "or", "pan",
        "qui", "ro", "sun",
    ];
    const LATIN_TAILS: [&str; 50] = [
        "a", "ak", "al", "an", "ar", "as", "ato", "ax", "bo", "ca", "co", "da", "del", "do", "dix", "eka", "el", "en",
        "er", "ex", "fa", "fix", "go", "ia", "ica", "ido", "ik", "ina", "io", "is", "ka", "ko", "la", "lex", "lo",
        "ma", "mix", "na", "nex", "o", "ola", "on", "ora", "pa", "ro", "sa", "ta", "tex", "ton", "zo",
    ];
    let han = HEADS.iter().flat_map(|head| {
        MIDDLES
            .iter()
            .flat_map(move |middle| TAILS.iter().map(move |tail| format!("{head}{middle}{tail}")))
    });
    let latin = LATIN_HEADS
        .iter()
        .flat_map(|head| LATIN_TAILS.iter().map(move |tail| format!("{head}{tail}")));
    KNOWN
        .into_iter()
        .map(str::to_owned)
        .chain(han)
        .chain(latin)
        .enumerate()
        .map(|(number, name)| mark(&format!("{number:05}"), &name))
        .collect()
}

fn mark(id: &str, name: &str) -> Mark {
    Mark {
        id: id.to_owned(),
        name: name.to_owned(),
        ..Mark::default()
    }
}

fn filled(marks: &[Mark]) -> Index {
    let index = Index::in_memory().unwrap();
    let mut writer = index.writer().unwrap();
    for mark in marks {
        writer.add(mark).unwrap();
    }
    writer.commit().unwrap();
    index
}

fn found(index: &Index, query: &str) -> Vec<Match> {
    index.match_name(query, &MatchOptions::default()).unwrap()
}

fn names(matches: &[Match]) -> Vec<&str> {
    matches.iter().map(|found| found.mark.name.as_str()).collect()
}

#[test]
fn imitations_find_their_mark_first_among_two_thousand() {
    let marks = register();
    assert!(marks.len() >= 2_000);
    let index = filled(&marks);
    for (query, expected, reason) in [
        ("康帅傅", "康师傅", "look_alike(帅~师 ."),
        ("雷碧", "雪碧", "look_alike(雷~雪 ."),
        ("ABIBAS", "ADIDAS", "look_alike_letters(b/d)"),
        ("娃娃哈", "娃哈哈", "doubled"),
        ("大白免", "大白兔", "look_alike(免~兔 ."),
        ("nlke", "NIKE", "look_alike_letters(i/l)"),
        ("naike", "耐克", "pinyin_of"),
        ("kangshifu", "康师傅", "pinyin_of"),
        ("赖克", "耐克", "fuzzy_pinyin(l/n)"),
        ("奥奥利", "奥利奥", "reordered"),
        ("ＡＤＩ-ＤＡＳ", "ADIDAS", "identical"),
    ] {
        let matches = found(&index, query);
        assert_eq!(names(&matches).first(), Some(&expected), "{query}: {matches:?}");
        let reasons: Vec<String> = matches[0].reasons.iter().map(ToString::to_string).collect();
        assert!(
            reasons.iter().any(|found| found.starts_with(reason)),
            "{query}: {reasons:?}"
        );
    }
}

#[test]
fn matches_are_best_first_and_equal_ones_by_fame_then_id() {
    let famous = Mark {
        fame: Some(80),
        ..mark("9", "云碧")
    };
    let index = filled(&[mark("3", "雪碧"), mark("2", "云碧"), mark("1", "云碧"), famous]);
    let ids: Vec<String> = found(&index, "云璧").into_iter().map(|found| found.mark.id).collect();
    assert_eq!(ids[..3], ["9", "1", "2"]);
    let matches = found(&index, "云碧");
    assert!(matches.is_sorted_by(|a, b| a.score >= b.score));
    assert_eq!(matches[0].band, crate::Band::Identical);
    let one = MatchOptions {
        limit: 1,
        ..MatchOptions::default()
    };
    assert_eq!(index.match_name("云碧", &one).unwrap()[0].mark.id, "9");
}

#[test]
fn an_empty_name_matches_nothing() {
    let index = filled(&[mark("1", "雪碧")]);
    for query in ["", "   ", "·!", "\u{301}"] {
        assert!(found(&index, query).is_empty());
        assert!(index.candidates(query, 10).unwrap().is_empty());
    }
}

#[test]
fn a_mark_found_by_its_alias_is_given_once_and_says_so() {
    let nike = Mark {
        aliases: vec!["耐克".to_owned(), "Nike Inc".to_owned()],
        ..mark("1", "NIKE")
    };
    let index = filled(&[nike]);
    assert_eq!(index.len(), 3);
    let matches = found(&index, "耐克");
    assert_eq!(names(&matches), ["NIKE"]);
    assert_eq!(matches[0].band, crate::Band::Identical);
    let json = serde_json::to_value(&matches[0]).unwrap();
    assert_eq!(json["reasons"], serde_json::json!(["identical", "alias(耐克)"]));
}

#[test]
fn classes_limit_the_search_but_not_to_marks_whose_classes_are_known() {
    let of = |id: &str, classes: &[u8]| Mark {
        classes: classes.to_vec(),
        ..mark(id, "雪碧")
    };
    let index = filled(&[of("1", &[25, 35]), of("2", &[32]), of("3", &[])]);
    let options = MatchOptions {
        classes: vec![35, 41],
        ..MatchOptions::default()
    };
    let ids: Vec<String> = index
        .match_name("雷碧", &options)
        .unwrap()
        .into_iter()
        .map(|found| found.mark.id)
        .collect();
    assert_eq!(ids, ["1", "3"]);
}

#[test]
fn a_mark_is_replaced_and_deleted_under_its_id() {
    let index = filled(&[mark("1", "雪碧"), mark("2", "康师傅")]);
    let mut writer = index.writer().unwrap();
    writer.upsert(&mark("1", "冰红茶")).unwrap();
    writer.delete("2");
    assert_eq!(names(&found(&index, "雪碧")), ["雪碧"], "not committed yet");
    writer.commit().unwrap();
    assert!(found(&index, "雪碧").is_empty());
    assert!(found(&index, "康师傅").is_empty());
    assert_eq!(names(&found(&index, "冰红茶")), ["冰红茶"]);
    assert_eq!(index.len(), 1);
}

#[test]
fn an_index_in_a_directory_outlives_its_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("marks");
    {
        let mut writer = Index::open(&path).unwrap().writer().unwrap();
        writer.add(&mark("1", "雪碧")).unwrap();
        writer.commit().unwrap();
    }
    let index = Index::open(&path).unwrap();
    assert_eq!(names(&found(&index, "雷碧")), ["雪碧"]);
}

#[test]
fn an_index_of_another_version_must_be_rebuilt() {
    let directory = tempfile::tempdir().unwrap();
    drop(Index::open(directory.path()).unwrap());
    let file = directory.path().join(VERSIONS_FILE);
    fs::write(&file, r#"{"schema":1,"normalizer":0}"#).unwrap();
    let outdated = Index::open(directory.path()).err();
    assert!(matches!(outdated, Some(IndexError::Outdated { found, .. }) if found == "1.0.0"));
    fs::remove_file(&file).unwrap();
    let outdated = Index::open(directory.path()).err();
    assert!(matches!(outdated, Some(IndexError::Outdated { found, .. }) if found == "unknown"));
}

#[test]
fn candidates_hold_the_mark_and_keep_to_the_limit() {
    let index = filled(&register());
    let candidates = index.candidates("康帅傅", 50).unwrap();
    assert!(candidates.len() <= 50);
    let all = index.candidates("康帅傅", usize::MAX).unwrap();
    assert!(all.iter().any(|candidate| candidate.name == "康师傅"));
}

#[test]
fn a_damaged_index_must_be_rebuilt() {
    let directory = tempfile::tempdir().unwrap();
    {
        let index = Index::open(directory.path()).unwrap();
        let mut writer = index.writer().unwrap();
        register().iter().for_each(|mark| writer.add(mark).unwrap());
        writer.commit().unwrap();
    }
    let statistics = directory.path().join(STATISTICS_FILE);
    let bytes = fs::read(&statistics).unwrap();
    fs::write(&statistics, &bytes[..bytes.len() - 3]).unwrap();
    let damaged = Index::open(directory.path()).err();
    assert!(matches!(damaged, Some(IndexError::Damaged { .. })), "{damaged:?}");
    fs::write(&statistics, bytes).unwrap();
    assert!(Index::open(directory.path()).is_ok());
    fs::write(directory.path().join("meta.json"), "{").unwrap();
    let damaged = Index::open(directory.path()).err();
    assert!(matches!(damaged, Some(IndexError::Damaged { .. })), "{damaged:?}");
}

#[test]
fn scores_stay_the_same_when_an_index_is_opened_again_and_grows_a_little() {
    let directory = tempfile::tempdir().unwrap();
    let index = Index::open(directory.path()).unwrap();
    let mut writer = index.writer().unwrap();
    register().iter().for_each(|mark| writer.add(mark).unwrap());
    writer.commit().unwrap();
    let before = found(&index, "雷碧");
    writer.add(&mark("x", "碧雪雷")).unwrap();
    writer.commit().unwrap();
    let score = |matches: &[Match]| matches.iter().find(|hit| hit.mark.name == "雪碧").map(|hit| hit.score);
    assert_eq!(score(&before), score(&found(&index, "雷碧")));
    drop(writer);
    assert_eq!(
        score(&before),
        score(&found(&Index::open(directory.path()).unwrap(), "雷碧"))
    );
}

#[test]
fn status_owner_and_fame_limit_the_search() {
    let of = |id: &str, status: &str, owner: &str, fame: u8| Mark {
        status: Some(status.to_owned()),
        owner: Some(owner.to_owned()),
        fame: Some(fame),
        ..mark(id, "雪碧")
    };
    let index = filled(&[of("1", "Registered", "甲公司", 10), of("2", "expired", "乙公司", 90)]);
    let ids = |options: MatchOptions| -> Vec<String> {
        let matches = index.match_name("雷碧", &options).unwrap();
        matches.into_iter().map(|found| found.mark.id).collect()
    };
    let default = MatchOptions::default;
    let statuses = vec!["registered".to_owned()];
    assert_eq!(ids(MatchOptions { statuses, ..default() }), ["1"]);
    let owner = Some("乙公司".to_owned());
    assert_eq!(ids(MatchOptions { owner, ..default() }), ["2"]);
    let least_fame = 50;
    assert_eq!(
        ids(MatchOptions {
            least_fame,
            ..default()
        }),
        ["2"]
    );
    assert_eq!(ids(default()).len(), 2);
}

#[test]
fn names_of_one_brand_find_each_other_without_an_alias() {
    let index = filled(&[mark("1", "KFC"), mark("2", "肯德鸡")]);
    let matches = found(&index, "肯德基");
    assert_eq!(names(&matches)[0], "KFC");
    assert_eq!(matches[0].reasons[0].to_string(), "alias(肯德基=KFC)");
}

#[test]
fn a_mark_is_found_behind_goods_places_legal_forms_and_another_writing() {
    let mut marks = register();
    for (id, name) in ["青禾桥", "蓝枫", "Veldora", "布衣坊"].into_iter().enumerate() {
        marks.push(mark(&format!("x{id}"), name));
    }
    let index = filled(&marks);
    for (query, expected) in [
        ("VELDORA运动鞋", "Veldora"),
        ("VELDORA浏览器", "Veldora"),
        ("武汉市江汉区青禾桥火锅店", "青禾桥"),
        ("成都青禾桥餐饮管理有限公司", "青禾桥"),
        ("蓝枫柠檬味汽水", "蓝枫"),
        ("武汉蓝枫饮料有限公司", "蓝枫"),
        ("青禾桥牌", "青禾桥"),
        ("雷碧柠檬味汽水", "雪碧"),
        ("康帅傅方便面", "康师傅"),
    ] {
        let matches = found(&index, query);
        assert_eq!(names(&matches).first(), Some(&expected), "{query}: {matches:?}");
        assert_eq!(matches[0].band, crate::Band::High, "{query}: {}", matches[0].score);
        assert_eq!(matches[0].score, matches[0].aspects.whole, "{query}");
    }
}

#[test]
fn a_name_of_the_register_is_found_by_what_it_is_beside_generic_words() {
    let mut marks = register();
    for (id, name) in [
        ("x", "蓝鲸湖饮料"),
        ("y", "武汉青禾桥食品有限公司"),
        ("z", "Quokka 运动鞋"),
        ("u", "南京银行"),
    ] {
        marks.push(mark(id, name));
    }
    let index = filled(&marks);
    for (query, expected) in [
        ("蓝鲸湖", "蓝鲸湖饮料"),
        ("兰鲸湖", "蓝鲸湖饮料"),
        ("青禾桥", "武汉青禾桥食品有限公司"),
        ("QUOKKA", "Quokka 运动鞋"),
    ] {
        let matches = found(&index, query);
        let hit = matches.iter().find(|hit| hit.name == expected);
        let hit = hit.unwrap_or_else(|| panic!("{query}: {matches:?}"));
        assert!(hit.score > 0.6 && hit.score < 0.8, "{query}: {}", hit.score);
        assert!(!hit.reasons.is_empty(), "{query}");
    }
    // The mark by itself goes first, and goods alone lead to nothing.
    marks.push(mark("v", "蓝鲸湖"));
    let matches = found(&filled(&marks), "蓝鲸湖");
    assert_eq!(names(&matches).get(..2), Some(&["蓝鲸湖", "蓝鲸湖饮料"][..]));
    assert!(found(&index, "饮料").iter().all(|hit| hit.score < 0.6));
}

#[test]
fn an_alias_does_not_hide_the_name_of_the_mark_where_that_is_nearly_as_alike() {
    let with_alias = |id: &str, name: &str, alias: &str| Mark {
        aliases: vec![alias.to_owned()],
        ..mark(id, name)
    };
    let index = filled(&[
        with_alias("1", "百度", "BAIDU"),
        with_alias("2", "青禾桥", "Bluewater Holdings"),
    ]);
    let matches = found(&index, "百渡");
    let reasons: Vec<String> = matches[0].reasons.iter().map(ToString::to_string).collect();
    assert_eq!(matches[0].name, "百度");
    assert_eq!(reasons.first().map(String::as_str), Some("same_pinyin"), "{reasons:?}");
    assert_eq!(reasons.last().map(String::as_str), Some("alias(BAIDU)"));
    let matches = found(&index, "Bluewater Holding");
    let reasons: Vec<String> = matches[0].reasons.iter().map(ToString::to_string).collect();
    assert_eq!(matches[0].name, "Bluewater Holdings");
    assert!(
        reasons.iter().all(|reason| !reason.starts_with("edit_distance")),
        "{reasons:?}"
    );
}

#[test]
fn of_a_name_that_is_only_spelled_otherwise_than_an_alias_it_is_told_how_far() {
    let with_alias = |id: &str, name: &str, alias: &str| Mark {
        aliases: vec![alias.to_owned()],
        ..mark(id, name)
    };
    let index = filled(&[with_alias("1", "青禾桥", "HEYTEA"), with_alias("2", "KFC", "肯德基")]);
    let why = |query: &str| -> Vec<String> {
        let matches = found(&index, query);
        matches[0].reasons.iter().map(ToString::to_string).collect()
    };
    assert_eq!(why("HEYTEE"), ["edit_distance(1)", "alias(HEYTEA)"]);
    // And the alias once.
    let said = why("肯德基烤肉");
    let aliases = said.iter().filter(|reason| reason.starts_with("alias("));
    assert_eq!(aliases.count(), 1, "{said:?}");
}

#[test]
fn a_name_in_another_order_is_found() {
    let mut marks = register();
    marks.push(mark("x", "蓝鲸湖"));
    let matches = found(&filled(&marks), "湖鲸蓝");
    assert_eq!(names(&matches).first(), Some(&"蓝鲸湖"), "{matches:?}");
}

#[test]
fn odd_names_are_answered_without_a_panic() {
    let index = filled(&register());
    for name in [
        "康".repeat(10_000),
        "a".repeat(10_000),
        "ab ".repeat(5_000),
        "😀😀😀".to_owned(),
        "\u{202E}סבא\u{200B}\u{200D}".to_owned(),
        "\u{301}\u{302}".to_owned(),
        "\u{0}\u{1F}\u{7F}".to_owned(),
        "V仔ＡＢ１２𠮷".to_owned(),
        "康".to_owned(),
        "x".to_owned(),
    ] {
        assert!(found(&index, &name).len() <= 10);
    }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_name_is_stored_and_found_again(name in any::<String>(), query in any::<String>()) {
        let index = filled(&[mark("1", &name)]);
        let matches = found(&index, &name);
        if crate::normalize(&name).form.is_empty() {
            prop_assert!(matches.is_empty());
        } else {
            prop_assert_eq!(matches.len(), 1);
            prop_assert_eq!(matches[0].band, crate::Band::Identical);
        }
        prop_assert!(found(&index, &query).len() <= 1);
    }
}
