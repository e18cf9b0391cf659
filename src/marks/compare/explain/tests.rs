use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn compared(query: &str, mark: &str) -> Comparison {
    Comparison::of(&Profile::new(query), &Profile::new(mark), 0.0, &Arc::default())
}

fn alike(query: &str, mark: &str) -> f64 {
    compared(query, mark).score
}

fn why(query: &str, mark: &str) -> Vec<String> {
    compared(query, mark).reasons.iter().map(Reason::to_string).collect()
}

#[test]
fn imitations_score_above_strangers() {
    for (imitation, mark, stranger) in [
        ("康帅傅", "康师傅", "康恩贝"),
        ("雷碧", "雪碧", "雪佛兰"),
        ("娃娃哈", "娃哈哈", "哈根达斯"),
        ("大白免", "大白兔", "大白鲸"),
        ("粤力奥", "奥利奥", "粤海"),
        ("赖茂", "赖茅", "茅山"),
        ("ABIBAS", "ADIDAS", "ADIOS"),
        ("nlke", "NIKE", "NOKIA"),
        ("naike", "耐克", "奈雪"),
        ("kangshifu", "康师傅", "康师"),
    ] {
        assert!(
            alike(imitation, mark) > alike(imitation, stranger),
            "{imitation}: {mark} {} {stranger} {}",
            alike(imitation, mark),
            alike(imitation, stranger)
        );
    }
}

#[test]
fn reasons_name_what_is_alike() {
    assert_eq!(why("耐克", "耐克"), ["identical"]);
    assert_eq!(why("赖克", "耐克"), ["fuzzy_pinyin(l/n)", "edit_distance(1)"]);
    assert!(why("康帅傅", "康师傅")[0].starts_with("look_alike(帅~师 ."));
    assert!(why("蓝妹", "兰妹").contains(&"same_pinyin".to_owned()));
    assert!(
        why("吧黎", "巴黎").contains(&"component_added(口)".to_owned()),
        "{:?}",
        why("吧黎", "巴黎")
    );
    assert!(why("娃娃哈", "娃哈哈").contains(&"doubled".to_owned()));
    assert!(why("哈娃哈", "娃哈哈").contains(&"reordered".to_owned()));
    assert!(why("BUST RUST", "RUST BUST").contains(&"reordered".to_owned()));
    assert_eq!(why("百度烤肉", "百度")[..2], ["contains_mark", "generic_tail(烤肉)"]);
    assert_eq!(why("百度", "百度烤肉")[0], "contained_in_mark");
    assert_eq!(why("naike", "耐克")[0], "pinyin_of");
    assert_eq!(why("肯德基", "KFC")[0], "alias(肯德基=KFC)");
    assert_eq!(why("adidas", "阿迪达斯")[0], "transliteration");
    assert_eq!(why("ABIBAS", "ADIDAS"), ["look_alike_letters(b/d)"]);
    assert!(why("nike", "耐克").contains(&"skeleton(nk)".to_owned()));
}

#[test]
fn what_stands_before_and_after_a_mark_is_told_apart() {
    assert_eq!(why("abibas", "biba")[..2], ["contains_mark", "edit_distance(2)"]);
    assert_eq!(
        why("武汉青禾桥烤肉", "青禾桥"),
        ["contains_mark", "generic_tail(武汉)", "generic_tail(烤肉)"]
    );
}

#[test]
fn a_stronger_reason_stands_for_those_that_it_covers_and_each_stands_once() {
    assert_eq!(why("娃娃哈哈", "娃哈哈"), ["doubled"]);
    assert_eq!(why("青禾青禾", "青禾"), ["doubled"]);
    assert_eq!(why("veldora", "Veldora Veldora"), ["doubled"]);
    let why = why("王王", "旺旺");
    let added = why.iter().filter(|reason| *reason == "component_added(日)");
    assert_eq!(added.count(), 1, "{why:?}");
    assert_eq!(super::tests::why("肯德基", "KFC"), ["alias(肯德基=KFC)"]);
}

#[test]
fn a_character_taken_apart_is_told_and_placed() {
    let parted = compared("女子吃占", "好吃点");
    assert!(parted.reasons.contains(&Reason::Parted('好')), "{:?}", parted.reasons);
    let piece = &parted.pieces[0];
    assert_eq!((piece.query.clone(), piece.mark.clone()), (0..2, 0..1));
    assert_eq!(parted.pieces[1].query, 2..3);
    assert!(parted.score > alike("男子吃占", "好吃点"));
}

#[test]
fn every_reason_belongs_to_an_aspect_and_every_aspect_has_a_figure() {
    let look = compared("康帅傅", "康师傅");
    assert_eq!(look.reasons[0].aspect(), crate::Aspect::Form);
    assert!(look.aspects.form > Some(look.aspects.sound));
    let sound = compared("蓝妹", "兰妹");
    assert!((sound.aspects.sound - 1.0).abs() < 1e-6 && sound.aspects.form < Some(1.0));
    assert_eq!(sound.reasons[0].aspect(), crate::Aspect::Sound);
    assert!((look.aspects.whole - look.score).abs() < f64::EPSILON);
}

#[test]
fn pieces_show_which_character_answers_which() {
    let compared = compared("康帅傅", "康师傅");
    let piece = compared.pieces.iter().find(|piece| piece.reason.is_some()).unwrap();
    assert_eq!((piece.query.clone(), piece.mark.clone()), (1..2, 1..2));
    let letters = super::Comparison::of(&Profile::new("rnars"), &Profile::new("mars"), 0.0, &Arc::default());
    let piece = letters.pieces.iter().find(|piece| piece.reason.is_some()).unwrap();
    assert_eq!((piece.query.clone(), piece.mark.clone()), (0..2, 0..1));
}

#[test]
fn pieces_of_letters_show_what_is_kept_and_what_is_edited() {
    let places = |query: &str, mark: &str| -> Vec<(Range<usize>, Range<usize>, bool)> {
        let pieces = compared(query, mark).pieces;
        pieces
            .into_iter()
            .map(|piece| (piece.query, piece.mark, piece.reason.is_some()))
            .collect()
    };
    assert_eq!(
        places("Converce", "Converse"),
        [(0..6, 0..6, false), (6..7, 6..7, false), (7..8, 7..8, false)]
    );
    assert_eq!(
        places("Veldora Max", "Veldora"),
        [(0..7, 0..7, false), (7..10, 7..7, false)]
    );
    assert_eq!(
        places("nlke", "NIKE"),
        [(0..1, 0..1, false), (1..2, 1..2, true), (2..4, 2..4, false)]
    );
    assert_eq!(places("Veldora", "Quince"), []);
}

#[test]
fn names_of_one_brand_answer_to_each_other_as_wholes() {
    let compared = compared("肯德基", "KFC");
    let piece = &compared.pieces[0];
    assert_eq!((piece.query.clone(), piece.mark.clone()), (0..3, 0..3));
    assert_eq!(piece.reason, Some(Reason::Alias("肯德基=KFC".to_owned())));
    assert_eq!(compared.aspects.meaning, Some(1.0));
}

#[test]
fn of_a_name_in_characters_and_one_in_letters_only_the_sound_is_compared() {
    for (one, other) in [("naike", "耐克"), ("耐克", "naike")] {
        let aspects = compared(one, other).aspects;
        assert_eq!((aspects.form, aspects.meaning), (None, None), "{one} {other}");
        assert!(aspects.sound > 0.0, "{one} {other}");
    }
    let brand = compared("肯德基", "KFC").aspects;
    assert_eq!(
        (brand.form, brand.meaning),
        (None, Some(1.0)),
        "names of one brand mean the same"
    );
    for (one, other) in [("康帅傅", "康师傅"), ("nlke", "NIKE"), ("Veldora", "Quince")] {
        let aspects = compared(one, other).aspects;
        assert!(aspects.form.is_some() && aspects.meaning.is_some(), "{one} {other}");
    }
}

#[test]
fn the_same_characters_in_another_order_are_alike() {
    for (one, other) in [("枫蓝", "蓝枫"), ("桥禾青", "青禾桥"), ("湖鲸蓝", "蓝鲸湖")] {
        let compared = compared(one, other);
        assert!(compared.score >= Band::MEDIUM, "{one} {other} {}", compared.score);
        assert_eq!(compared.reasons[0], Reason::Reordered);
    }
    assert!(alike("枫红", "蓝枫") < Band::MEDIUM);
}

#[test]
fn a_name_of_punctuation_is_like_nothing() {
    assert!(alike("!!!", "!!!").abs() < f64::EPSILON);
    assert!(why("", "耐克").is_empty());
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Names of the kinds that matter, and arbitrary text.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9 -]{0,12}",
        "[康师傅帅雷雪碧娃哈乐行重耐克]{0,6}",
        "[a-c师傅 ]{0,5}",
        "[\u{200B}-\u{200F}\u{202A}-\u{202E}\u{0300}-\u{0310}א-ת😀-😂]{0,9}",
    ]
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_score_is_between_0_and_1_and_full_only_for_the_same_form(a in names(), b in names()) {
        let compared = compared(&a, &b);
        prop_assert!((0.0..=1.0).contains(&compared.score));
        let (a, b) = (Profile::new(&a), Profile::new(&b));
        prop_assume!(!a.is_empty() && !b.is_empty());
        prop_assert_eq!(compared.score >= 1.0, a.units == b.units);
        prop_assert!(!compared.reasons.is_empty());
        let aspects = compared.aspects;
        for aspect in [aspects.form, Some(aspects.sound), aspects.meaning].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&aspect), "{}", aspect);
        }
    }

    #[test]
    fn pieces_lie_within_the_names(a in names(), b in names()) {
        let compared = compared(&a, &b);
        for piece in &compared.pieces {
            prop_assert!(piece.query.end <= compared.query.chars().count());
            prop_assert!(piece.mark.end <= compared.mark.chars().count());
        }
    }
}
