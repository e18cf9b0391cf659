use super::*;

fn compared(query: &str, mark: &str) -> Comparison {
    Comparison::of(&Profile::new(query), &Profile::new(mark), 0.0, &Arc::default())
}

fn why(query: &str, mark: &str) -> Vec<String> {
    compared(query, mark).reasons.iter().map(Reason::to_string).collect()
}

#[test]
fn a_mark_with_goods_a_place_or_a_legal_form_is_highly_alike_either_way_round() {
    for (name, mark) in [
        ("VELDORA运动鞋", "Veldora"),
        ("veldora正品", "Veldora"),
        ("青禾桥牌", "青禾桥"),
        ("青禾桥2", "青禾桥"),
        ("成都青禾桥餐饮管理有限公司", "青禾桥"),
        ("蓝枫烤肉", "蓝枫"),
        ("青禾桥方便面", "青禾桥牌挂面"),
    ] {
        for (a, b) in [(name, mark), (mark, name)] {
            let compared = compared(a, b);
            assert_eq!(compared.band, Band::High, "{a} {b} {}", compared.score);
        }
        let (one, other) = (compared(name, mark).score, compared(mark, name).score);
        assert!((one - other).abs() < 0.05, "{name} {mark}: {one} {other}");
    }
}

#[test]
fn an_imitation_with_goods_scores_nearly_as_the_imitation() {
    let (alone, with_goods) = (
        compared("康帅傅", "康师傅").score,
        compared("康帅傅方便面", "康师傅").score,
    );
    assert!(with_goods > 0.9 * alone && with_goods < alone, "{alone} {with_goods}");
}

#[test]
fn a_word_of_its_own_is_no_tail_that_is_left_out() {
    for (name, mark) in [("青禾桥月", "青禾桥"), ("蓝枫青禾桥", "蓝枫"), ("月下蓝枫", "蓝枫")] {
        for (a, b) in [(name, mark), (mark, name)] {
            assert!(compared(a, b).score < Band::HIGH, "{a} {b} {}", compared(a, b).score);
        }
    }
}

#[test]
fn a_short_word_in_another_writing_is_not_highly_alike_by_itself() {
    assert!(compared("VEL青禾桥", "vel").score < Band::HIGH);
}

#[test]
fn reasons_tell_the_part_and_the_rest() {
    assert_eq!(why("VELDORA跑鞋", "Veldora"), ["contains_mark", "generic_tail(跑鞋)"]);
    assert_eq!(why("Veldora", "VELDORA跑鞋"), ["contained_in_mark"]);
    let why = why("武汉康帅傅饮料", "康师傅");
    assert!(why[0].starts_with("look_alike(帅~师 ."), "{why:?}");
    assert_eq!(why[1..], ["generic_tail(武汉)", "generic_tail(饮料)"]);
}

#[test]
fn pieces_stand_in_the_whole_names() {
    let compared = compared("武汉康帅傅饮料", "康师傅");
    let places: Vec<(Range<usize>, Range<usize>)> = compared
        .pieces
        .iter()
        .map(|piece| (piece.query.clone(), piece.mark.clone()))
        .collect();
    assert_eq!(
        places,
        [(0..2, 0..0), (2..3, 0..1), (3..4, 1..2), (4..5, 2..3), (5..7, 0..0)]
    );
    assert_eq!(compared.query, "武汉康帅傅饮料");
}
