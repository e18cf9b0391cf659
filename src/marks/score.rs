//! How alike two names are: one number for the order, reasons for the reader.
//!
//! Han names are compared character by character, by form and sound; names in letters by spelling; a Han name and one in
//! letters through pinyin. Every measure is symmetric, and only an equal normal form scores 1.

mod cross;
mod han;
mod spelling;

use crate::{profile::Profile, reason::Reason};

/// The best that unequal names can score.
const NEARLY: f64 = 0.99;

/// Likeness of two names from 0 to 1; 1 for the same normal form and nothing else, 0 if either is empty.
pub fn score(query: &Profile, mark: &Profile) -> f64 {
    if query.is_empty() || mark.is_empty() {
        return 0.0;
    }
    if query.name.form == mark.name.form {
        return 1.0;
    }
    let likeness = match (query.is_han(), mark.is_han()) {
        (true, true) => han::likeness(query, mark),
        (false, false) => spelling::likeness(query, mark),
        (true, false) => cross::likeness(query, mark),
        (false, true) => cross::likeness(mark, query),
    };
    likeness.clamp(0.0, NEARLY)
}

/// Why the names are alike, the strongest reason first; empty only if either name is.
pub fn explain(query: &Profile, mark: &Profile) -> Vec<Reason> {
    if query.is_empty() || mark.is_empty() {
        return Vec::new();
    }
    if query.name.form == mark.name.form {
        return vec![Reason::Identical];
    }
    let mut reasons = match (query.is_han(), mark.is_han()) {
        (true, true) => han::reasons(query, mark),
        (false, false) => spelling::reasons(query, mark),
        (true, false) => cross::reasons(query, mark),
        (false, true) => cross::reasons(mark, query),
    };
    if contains(&query.forms(), &mark.forms()) {
        reasons.insert(0, Reason::ContainsMark);
    } else if contains(&mark.forms(), &query.forms()) {
        reasons.insert(0, Reason::ContainedInMark);
    }
    if query.undoubled == mark.undoubled {
        reasons.insert(0, Reason::Doubled);
    }
    reasons
}

/// True if the shorter stands unbroken in the longer.
fn contains(longer: &[char], shorter: &[char]) -> bool {
    !shorter.is_empty() && longer.len() > shorter.len() && longer.windows(shorter.len()).any(|part| part == shorter)
}

/// Likeness of a name that stands whole in a longer one, by its share of it; more if the longer one begins with it.
fn containment(a: &[char], b: &[char], shortest: usize) -> f64 {
    let (longer, shorter) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    if shorter.len() < shortest || !contains(longer, shorter) {
        return 0.0;
    }
    let share = shorter.len() as f64 / longer.len() as f64;
    let opening = if longer.starts_with(shorter) { 0.08 } else { 0.0 };
    0.45 + 0.42 * share + opening
}

/// Share of the characters that two names have in common, whatever their order (Dice over multisets).
fn shared(a: &[char], b: &[char]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let mut left = b.to_vec();
    let mut common = 0_usize;
    for c in a {
        if let Some(at) = left.iter().position(|other| other == c) {
            left.swap_remove(at);
            common += 1;
        }
    }
    2.0 * common as f64 / (a.len() + b.len()) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alike(a: &str, b: &str) -> f64 {
        score(&Profile::new(a), &Profile::new(b))
    }

    fn why(a: &str, b: &str) -> Vec<String> {
        explain(&Profile::new(a), &Profile::new(b))
            .iter()
            .map(Reason::to_string)
            .collect()
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
    fn a_changed_first_character_weighs_more_than_a_changed_last_one() {
        assert!(alike("老干爹", "老干妈") > alike("小干妈", "老干妈"));
        assert!(alike("adidaz", "adidat") > alike("zdidas", "tdidas"));
    }

    #[test]
    fn reasons_name_what_is_alike() {
        assert_eq!(why("耐克", "耐克"), ["identical"]);
        assert_eq!(why("康帅傅", "康师傅"), ["edit_distance(1)"]);
        assert_eq!(why("蓝妹", "兰妹"), ["same_pinyin", "edit_distance(1)"]);
        assert_eq!(why("赖克", "耐克"), ["fuzzy_pinyin(l/n)", "edit_distance(1)"]);
        assert!(why("娃娃哈", "娃哈哈").contains(&"doubled".to_owned()));
        assert!(why("哈娃哈", "娃哈哈").contains(&"reordered".to_owned()));
        assert!(why("BUST RUST", "RUST BUST").contains(&"reordered".to_owned()));
        assert_eq!(why("百度烤肉", "百度")[0], "contains_mark");
        assert_eq!(why("百度", "百度烤肉")[0], "contained_in_mark");
        assert!(why("naike", "耐克").contains(&"pinyin_of".to_owned()));
        assert!(why("g00gle", "google").contains(&"look_alike_letters(0/o)".to_owned()));
        assert!(why("nike", "耐克").contains(&"same_consonants(nk)".to_owned()));
    }

    #[test]
    fn a_name_of_punctuation_is_like_nothing() {
        assert!(alike("!!!", "!!!").abs() < f64::EPSILON);
        assert!(why("", "耐克").is_empty());
    }

    /// Names of the kinds that matter, and arbitrary text.
    fn names() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-z0-9 -]{0,12}",
            "[康师傅帅雷雪碧娃哈乐行重耐克]{0,6}",
            "[a-c师傅 ]{0,5}",
        ]
    }

    proptest! {
        #[test]
        fn any_two_names_have_a_symmetric_score_between_0_and_1(a in names(), b in names()) {
            let (forth, back) = (alike(&a, &b), alike(&b, &a));
            prop_assert!((0.0..=1.0).contains(&forth));
            prop_assert!((forth - back).abs() < 1e-9, "{forth} {back}");
        }

        #[test]
        fn a_name_is_identical_to_itself_and_every_score_has_a_reason(a in names(), b in names()) {
            let (a, b) = (Profile::new(&a), Profile::new(&b));
            prop_assume!(!a.is_empty() && !b.is_empty());
            prop_assert!((score(&a, &a) - 1.0).abs() < f64::EPSILON);
            prop_assert!(!explain(&a, &b).is_empty());
            prop_assert_eq!(score(&a, &b) >= 1.0, a.name.form == b.name.form);
        }
    }
}
