//! How alike two characters are built: parts of the same name in the same place, by their share of the strokes.
//!
//! A character counts as alike where its parts do, place by place, if both are parted in the same way (beside, above, around); and as
//! a part of another by the share that it takes there. So 粤 is like 奥, which both hold 米 in a frame above a foot, although no
//! stroke lies where it does in the other.

use std::collections::BTreeMap;

use crate::{characters::Characters, decomposition::Decomposition};

/// What a character that stands in another whole is worth of the share that it takes there.
const INSIDE: f32 = 0.9;
/// How alike two frames are that go around the same side, of the same number of strokes.
const FRAME: f32 = 0.3;
/// Deeper nesting than any character has.
const DEPTH: usize = 14;
/// Strokes of a form that is not known to have others.
const UNKNOWN: f32 = 2.0;

/// How a form is parted.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Beside,
    Above,
    Around,
    Other(u16),
}

struct Form {
    way: Way,
    parts: Vec<u32>,
    strokes: f32,
    /// A bit for itself and for every form inside, of more than a stroke; others may share it.
    holds: u128,
}

/// The forms of all characters, and of what they are made of.
pub(crate) struct Structures {
    forms: Vec<Form>,
    /// The form of each character, in the order of [`Characters::all`].
    of: Vec<u32>,
}

impl Structures {
    pub(crate) fn new(characters: &Characters, decomposition: &Decomposition) -> Self {
        let mut maker = Maker {
            characters,
            decomposition,
            numbers: BTreeMap::new(),
            ways: BTreeMap::new(),
            forms: Vec::new(),
        };
        let of = characters
            .all
            .iter()
            .map(|c| maker.form(&c.to_string(), DEPTH))
            .collect();
        Self { of, forms: maker.forms }
    }

    /// Likenesses of one character, by its place, to all, from 0 to 1.
    pub(crate) fn likenesses(&self, a: usize) -> Vec<f32> {
        let Some(own) = self.of.get(a) else {
            return vec![0.0; self.of.len()];
        };
        let mut row = Row {
            structures: self,
            inner: Vec::new(),
            known: Vec::new(),
        };
        row.hold(*own);
        row.known = vec![None; row.inner.len() * self.forms.len()];
        self.of.iter().map(|other| row.alike(*own, *other)).collect()
    }

    fn strokes(&self, form: u32) -> f32 {
        self.forms[form as usize].strokes
    }
}

/// One character beside all others: what its forms are like is found out once.
struct Row<'a> {
    structures: &'a Structures,
    /// The forms that it is made of, itself among them.
    inner: Vec<u32>,
    known: Vec<Option<f32>>,
}

impl Row<'_> {
    fn hold(&mut self, form: u32) {
        if !self.inner.contains(&form) {
            self.inner.push(form);
            for part in &self.structures.forms[form as usize].parts {
                self.hold(*part);
            }
        }
    }

    /// Likeness of one of its forms to any.
    fn alike(&mut self, a: u32, b: u32) -> f32 {
        let structures = self.structures;
        let (one, other) = (&structures.forms[a as usize], &structures.forms[b as usize]);
        if a == b {
            return 1.0;
        }
        if one.holds & other.holds == 0 {
            return 0.0;
        }
        let at = self.inner.iter().position(|form| *form == a).unwrap_or(0);
        let place = at * structures.forms.len() + b as usize;
        if let Some(known) = self.known[place] {
            return known;
        }
        let mut best = 0.0_f32;
        if let ([_, _], [_, _], true) = (one.parts.as_slice(), other.parts.as_slice(), one.way == other.way) {
            let strokes = |form: &Form| form.parts.iter().map(|part| structures.strokes(*part)).sum::<f32>();
            let (all, all_others) = (strokes(one), strokes(other));
            for (place, (x, y)) in one.parts.iter().zip(&other.parts).enumerate() {
                let (own, others) = (structures.strokes(*x), structures.strokes(*y));
                let mut alike = self.alike(*x, *y);
                if place == 0 && one.way == Way::Around {
                    alike = alike.max(FRAME * own.min(others) / own.max(others));
                }
                best += alike * (own / all + others / all_others) / 2.0;
            }
        }
        let share = |inner: u32, whole: &Form| {
            INSIDE * 2.0 * structures.strokes(inner).min(whole.strokes) / (one.strokes + other.strokes)
        };
        for inner in &one.parts {
            if structures.strokes(*inner) < one.strokes {
                best = best.max(share(*inner, other) * self.alike(*inner, b));
            }
        }
        for inner in &other.parts {
            if structures.strokes(*inner) < other.strokes {
                best = best.max(share(*inner, one) * self.alike(a, *inner));
            }
        }
        self.known[place] = Some(best);
        best
    }
}

struct Maker<'a> {
    characters: &'a Characters,
    decomposition: &'a Decomposition,
    numbers: BTreeMap<String, u32>,
    ways: BTreeMap<String, u16>,
    forms: Vec<Form>,
}

impl Maker<'_> {
    /// Number of a form, whose parts are made before it.
    fn form(&mut self, name: &str, depth: usize) -> u32 {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let (kind, parts) = match self.decomposition.parted(name) {
            // A form of one part is another drawing of it, and has a name of its own.
            Some((kind, parts)) if depth > 0 && parts.len() > 1 => (kind.to_owned(), parts.to_vec()),
            _ => (String::new(), Vec::new()),
        };
        let parts: Vec<u32> = parts.iter().map(|part| self.form(part, depth - 1)).collect();
        let inner: f32 = parts.iter().map(|part| self.forms[*part as usize].strokes).sum();
        let mut chars = name.chars();
        let known = match (chars.next(), chars.next()) {
            (Some(c), None) => self.characters.strokes.get(&c).copied(),
            _ => None,
        };
        let strokes = match known {
            Some(strokes) => f32::from(strokes),
            None if inner > 0.0 => inner,
            None => UNKNOWN,
        };
        let number = self.forms.len() as u32;
        let own = if strokes > 1.0 {
            1_u128 << (number.wrapping_mul(0x9E37_79B1) >> 25)
        } else {
            0
        };
        let form = Form {
            way: self.way(&kind),
            strokes,
            holds: parts
                .iter()
                .fold(own, |holds, part| holds | self.forms[*part as usize].holds),
            parts,
        };
        self.forms.push(form);
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn way(&mut self, kind: &str) -> Way {
        match kind.split('/').next().unwrap_or_default() {
            "a" | "ra" | "c" => Way::Beside,
            "d" | "rd" | "bd" => Way::Above,
            "split" => Way::Other(0),
            kind if kind.starts_with(['s', 'w']) => Way::Around,
            kind => {
                let next = self.ways.len() as u16 + 1;
                Way::Other(*self.ways.entry(kind.to_owned()).or_insert(next))
            }
        }
    }
}
