//! Which Han characters look alike, and how much.

use std::sync::LazyLock;

use super::{characters::simplify, rows};

pub(super) const LOOK_ALIKES: &str = include_str!("look-alikes.tsv");

/// A character that another one may be taken for, and how like it is, from .5 to 1.
pub type LookAlike = (char, f32);

/// Code points in one page of the index.
const PAGE: usize = 256;

/// Begin and end of the neighbours of each character of a page.
type Page = Box<[(u32, u32)]>;

/// Neighbours of every character in one run, and where those of each character begin and end. Found by two array reads,
/// since a scoring of names asks thousands of times.
struct Neighbours {
    pages: Vec<Option<Page>>,
    all: Vec<LookAlike>,
}

impl Neighbours {
    fn read(table: &'static str) -> Self {
        let mut neighbours = Self {
            pages: Vec::new(),
            all: Vec::new(),
        };
        for row in rows(table) {
            if let Some((key, cell)) = row.split_once('\t')
                && let Some(c) = super::single(key)
            {
                let from = neighbours.all.len();
                neighbours.all.extend(pairs(cell));
                neighbours.place(c, from);
            }
        }
        neighbours
    }

    /// Notes that the neighbours of a character are those from `from` to the end of the run.
    fn place(&mut self, c: char, from: usize) {
        let page = c as usize / PAGE;
        if self.pages.len() <= page {
            self.pages.resize(page + 1, None);
        }
        if let (Some(page), Ok(from), Ok(to)) = (
            self.pages.get_mut(page),
            u32::try_from(from),
            u32::try_from(self.all.len()),
        ) && let Some(entry) = page
            .get_or_insert_with(|| vec![(0, 0); PAGE].into_boxed_slice())
            .get_mut(c as usize % PAGE)
        {
            *entry = (from, to);
        }
    }

    fn of(&self, c: char) -> &[LookAlike] {
        self.pages
            .get(c as usize / PAGE)
            .and_then(Option::as_deref)
            .and_then(|page| page.get(c as usize % PAGE))
            .and_then(|(from, to)| self.all.get(*from as usize..*to as usize))
            .unwrap_or_default()
    }
}

static NEIGHBOURS: LazyLock<Neighbours> = LazyLock::new(|| Neighbours::read(LOOK_ALIKES));

/// Reads `帅79筛60`.
fn pairs(cell: &str) -> Vec<LookAlike> {
    let mut pairs: Vec<(char, u32)> = Vec::with_capacity(20);
    for c in cell.chars() {
        match (c.to_digit(10), pairs.last_mut()) {
            (Some(digit), Some((_, hundredths))) => *hundredths = (*hundredths * 10 + digit).min(100),
            (Some(_), None) => {}
            (None, _) => pairs.push((c, 0)),
        }
    }
    pairs
        .into_iter()
        .map(|(c, hundredths)| (c, hundredths as f32 / 100.0))
        .collect()
}

/// Up to 20 characters that look like a character in its simplified form, the likest first; empty for what is not in the
/// table. The likeness compares drawings of both in two typefaces, and their components.
///
/// ```
/// use zhengming_marks::tables::look_alikes;
///
/// assert_eq!(look_alikes('师')[0].0, '帅');
/// ```
pub fn look_alikes(c: char) -> &'static [LookAlike] {
    NEIGHBOURS.of(simplify(c))
}

/// How much two characters look alike in their simplified forms: 1 for the same, .5 to 1 for neighbours of
/// [`look_alikes`], 0 for others. Symmetric.
pub fn shape_likeness(a: char, b: char) -> f32 {
    let (a, b) = (simplify(a), simplify(b));
    if a == b {
        return 1.0;
    }
    let among = |of: char, wanted: char| {
        NEIGHBOURS
            .of(of)
            .iter()
            .find(|(c, _)| *c == wanted)
            .map(|(_, likeness)| *likeness)
    };
    among(a, b).or_else(|| among(b, a)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_neighbours_are_those_that_anyone_would_name() {
        for (a, b) in [('师', '帅'), ('雪', '雷'), ('兔', '免'), ('鸟', '乌'), ('动', '劫')] {
            assert_eq!(look_alikes(a).first().map(|(c, _)| *c), Some(b), "{a}");
            assert!(shape_likeness(a, b) > 0.75, "{a} {b} {}", shape_likeness(a, b));
        }
        assert!(look_alikes('快').iter().take(2).any(|(c, _)| *c == '抉'));
        assert!(shape_likeness('师', '雪') < f32::EPSILON);
    }

    #[test]
    fn likeness_is_symmetric_and_sees_through_traditional_forms() {
        for a in "师雪兔快鸟动康傅奥茅".chars() {
            for (b, likeness) in look_alikes(a) {
                assert!((shape_likeness(*b, a) - likeness).abs() < f32::EPSILON, "{a} {b}");
                assert!((0.5..=1.0).contains(likeness), "{a} {b}");
            }
        }
        assert_eq!(look_alikes('師'), look_alikes('师'));
        assert!((shape_likeness('師', '师') - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn neighbours_are_in_order_and_few() {
        for row in rows(LOOK_ALIKES) {
            let near: Vec<LookAlike> = row.chars().next().map(|c| look_alikes(c).to_vec()).unwrap_or_default();
            assert!((1..=20).contains(&near.len()), "{row}");
            assert!(near.is_sorted_by(|x, y| x.1 >= y.1), "{row}");
        }
    }

    #[test]
    fn what_is_not_han_looks_like_nothing() {
        for c in ['a', '0', '\u{0}', '\u{10FFFF}', '😀'] {
            assert!(look_alikes(c).is_empty());
            assert!(shape_likeness(c, '师') < f32::EPSILON);
        }
    }
}
