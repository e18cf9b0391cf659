//! Two names side by side: the score, what each aspect contributes, and which piece of the one answers which of the other.

mod parts;

use std::ops::Range;

use serde::Serialize;

use super::{brand_forms, han};
use crate::{
    letters::{Run, RunKind, align, consonants},
    profile::{Joined, Profile, joined},
    reason::{Band, Reason},
    sound::{SoundMatch, sound_likeness, sound_match},
    spelling::{Code, code},
    statistics::{Statistics, hash},
    tables::{component_added, generic_weight, shape_likeness},
};

/// Characters like in shape from here on are named as such.
const LOOKS_ALIKE: f32 = 0.55;
/// A character or word lighter than this is one that many names have.
const GENERIC: f32 = 0.75;
/// Likeness of a transliteration that is hardly ever chance.
const CARRIED: f32 = 0.3;

/// How alike two names are in each aspect, from 0 to 1. Of a name that is read in characters and one in letters only the sound is
/// compared: how they look counts for nothing then, and neither does the meaning unless they are known as names of one brand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Aspects {
    /// 形: how they look. None where that was not compared.
    pub form: Option<f64>,
    /// 音: how they sound.
    pub sound: f64,
    /// 义: what they mean, as far as they share characters or words, or are known as names of one brand. None where that was not
    /// compared.
    pub meaning: Option<f64>,
    /// 整体: the whole, which is the score.
    pub whole: f64,
}

/// A piece of a name, and the piece of the mark that it answers to. Spans count characters of the normal forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// Place in the name; empty where the mark has a character that the name lacks.
    pub query: Range<usize>,
    /// Place in the mark; empty where the name has a character that the mark lacks.
    pub mark: Range<usize>,
    /// In what the two are alike. None for the same characters and for those with no counterpart.
    pub reason: Option<Reason>,
}

/// Two names compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Normal form of the name, which the pieces count in.
    pub query: String,
    /// Normal form of the mark.
    pub mark: String,
    /// Likeness from 0 to 1, to four places; 1 only for the same normal form.
    pub score: f64,
    /// The score in words.
    pub band: Band,
    /// What the score is made of.
    pub aspects: Aspects,
    /// The names, piece by piece.
    pub pieces: Vec<Piece>,
    /// In what the likeness consists, the strongest reason first; empty only if either name is.
    pub reasons: Vec<Reason>,
}

/// To four places, so that what is printed is what is compared.
pub(crate) fn rounded(score: f32) -> f64 {
    (f64::from(score) * 10_000.0).round() / 10_000.0
}

impl Comparison {
    /// Nothing of two names but what they are.
    fn begun(query: &Profile, mark: &Profile) -> Self {
        Self {
            query: query.units.iter().collect(),
            mark: mark.units.iter().collect(),
            score: 0.0,
            band: Band::Low,
            aspects: Aspects::default(),
            pieces: Vec::new(),
            reasons: Vec::new(),
        }
    }

    fn explain(&mut self, query: &Profile, mark: &Profile, statistics: &Statistics) {
        if query.units == mark.units {
            self.reasons.push(Reason::Identical);
            self.piece(0..query.units.len(), 0..mark.units.len(), None);
            self.aspects = Aspects {
                form: Some(1.0),
                sound: 1.0,
                meaning: Some(1.0),
                whole: 1.0,
            };
            return;
        }
        self.whole(query, mark, statistics);
        match (query.is_han(), mark.is_han()) {
            (true, true) => self.characters(&query.units, &mark.units),
            (false, false) => self.letters(query, mark),
            (true, false) => self.carried(&query.units, &mark.units, true),
            (false, true) => self.carried(&mark.units, &query.units, false),
        }
        if brand_forms(hash(&query.units)).contains(&hash(&mark.units)) {
            self.alias(query, mark);
        }
        self.leave_out_what_says_less();
        if self.reasons.is_empty() {
            let edits = align(&query.units, &mark.units).edits;
            self.reasons.push(Reason::EditDistance(edits.max(1)));
        }
    }

    /// Two names of one brand: the one answers to the other as a whole. Pieces none of which is alike say nothing beside that.
    fn alias(&mut self, query: &Profile, mark: &Profile) {
        let alias = Reason::Alias(format!("{}={}", query.name.original, mark.name.original));
        let (q, m) = (&query.units, &mark.units);
        let tells = |piece: &Piece| piece.reason.is_some() || q.get(piece.query.clone()) == m.get(piece.mark.clone());
        if !self.pieces.iter().any(tells) {
            self.pieces.clear();
        }
        let whole = Piece {
            query: 0..q.len(),
            mark: 0..m.len(),
            reason: Some(alias.clone()),
        };
        self.pieces.insert(0, whole);
        self.reasons.insert(0, alias);
        self.aspects.meaning = Some(1.0);
    }

    /// Each reason once, and none that a stronger one says already.
    fn leave_out_what_says_less(&mut self) {
        let has = |reason: &Reason| self.reasons.contains(reason);
        let is_doubled = has(&Reason::Doubled);
        let is_same_brand = self.reasons.iter().any(|reason| matches!(reason, Reason::Alias(_)));
        let mut told: Vec<Reason> = Vec::with_capacity(self.reasons.len());
        for reason in self.reasons.drain(..) {
            let covered = match &reason {
                Reason::ContainsMark | Reason::ContainedInMark | Reason::GenericTail(_) => is_doubled,
                Reason::EditDistance(_) => is_doubled || is_same_brand,
                _ => false,
            };
            if !covered && !told.contains(&reason) {
                told.push(reason);
            }
        }
        self.reasons = told;
    }

    fn piece(&mut self, query: Range<usize>, mark: Range<usize>, reason: Option<Reason>) {
        if query.start >= query.end && mark.start >= mark.end {
            return;
        }
        self.pieces.push(Piece { query, mark, reason });
    }

    /// Reasons that concern the names as wholes, whatever their writing.
    fn whole(&mut self, query: &Profile, mark: &Profile, statistics: &Statistics) {
        let (q, m) = (&query.units, &mark.units);
        let once = |units: &[char]| {
            let mut once = units.to_vec();
            once.dedup();
            once
        };
        if once(q) == once(m) || is_repeated(q, m) || is_repeated(m, q) {
            self.reasons.push(Reason::Doubled);
        }
        if let Some(at) = found_in(q, m) {
            self.reasons.push(Reason::ContainsMark);
            // Each by itself: a…s about biba is no word.
            for rest in [0..at, at + m.len()..q.len()] {
                if stands_apart(query, &rest)
                    && let Some(rest) = q.get(rest).filter(|rest| is_generic(rest, statistics))
                {
                    self.reasons.push(Reason::GenericTail(rest.iter().collect()));
                }
            }
        } else if found_in(m, q).is_some() {
            self.reasons.push(Reason::ContainedInMark);
        }
        let sorted = |parts: &mut dyn Iterator<Item = String>| {
            let mut parts: Vec<String> = parts.collect();
            parts.sort_unstable();
            parts
        };
        let letters = |units: &[char]| sorted(&mut units.iter().map(char::to_string));
        let words = |profile: &Profile| sorted(&mut profile.name.words.iter().cloned());
        let reordered = if query.is_han() && mark.is_han() {
            letters(q) == letters(m)
        } else {
            query.name.words.len() > 1 && words(query) == words(mark)
        };
        if reordered {
            self.reasons.push(Reason::Reordered);
        }
    }

    /// Two names read character by character.
    fn characters(&mut self, query: &[char], mark: &[char]) {
        let parted = parted(query, mark);
        let written = parted.as_ref().map_or(query, |joined| joined.units.as_slice());
        let pairs = pair_up(written, mark);
        let (mut looks, mut sounds, mut same) = (0.0, 0.0, 0.0);
        let mut heard: Option<Vec<Reason>> = Some(Vec::new());
        let mut seen: Vec<Reason> = Vec::new();
        let mut edits = 0;
        for (q, m) in pairs {
            let span = |at: Option<usize>| at.map_or(0..0, |at| at..at + 1);
            // Where the unit stands in the query as it is written.
            let place = |at: Option<usize>| match (at, &parted) {
                (Some(at), Some(joined)) if at > joined.at => at + 1..at + 2,
                (Some(at), Some(joined)) if at == joined.at => at..at + 2,
                (at, _) => span(at),
            };
            let (Some(i), Some(j)) = (q, m) else {
                self.piece(place(q), span(m), None);
                (edits, heard) = (edits + 1, None);
                continue;
            };
            let (a, b) = (written[i], mark[j]);
            let at = place(q);
            if a == b {
                let reason = (at.len() > 1).then_some(Reason::Parted(b));
                seen.extend(reason.clone());
                self.piece(at, j..j + 1, reason);
                (looks, sounds, same) = (looks + 1.0, sounds + 1.0, same + 1.0);
                continue;
            }
            looks += f64::from(han::looks(a, b));
            sounds += f64::from(sound_likeness(a, b));
            let by_sound = sound_reasons(a, b);
            let by_shape = shape_reasons(a, b);
            edits += u32::from(by_shape.is_empty());
            for reason in by_sound.iter().chain(&by_shape) {
                self.piece(at.clone(), j..j + 1, Some(reason.clone()));
            }
            if by_sound.is_empty() && by_shape.is_empty() {
                self.piece(at, j..j + 1, None);
            }
            heard = heard
                .filter(|_| !by_sound.is_empty())
                .map(|all| [all, by_sound].concat());
            seen.extend(by_shape);
        }
        // A sound is a reason only if every character sounds like its counterpart.
        let mut heard = heard.unwrap_or_default();
        if heard.iter().any(|reason| matches!(reason, Reason::FuzzyPinyin(_))) {
            heard.retain(|reason| *reason != Reason::SamePinyin);
        }
        heard.sort_unstable();
        heard.dedup();
        self.reasons.extend(heard);
        self.reasons.extend(seen);
        if edits > 0 && !self.reasons.contains(&Reason::Reordered) || self.reasons.is_empty() {
            self.reasons.push(Reason::EditDistance(edits));
        }
        let extent = query.len().max(mark.len()) as f64;
        self.aspects = Aspects {
            form: Some(looks / extent),
            sound: sounds / extent,
            meaning: Some(same / extent),
            whole: 0.0,
        };
    }

    /// Two names in letters.
    fn letters(&mut self, query: &Profile, mark: &Profile) {
        let (q, m) = (&query.units, &mark.units);
        let alignment = align(q, m);
        let longest = q.len().max(m.len());
        if alignment.edits as usize * 2 <= longest {
            self.reasons
                .extend(alignment.look_alikes.iter().cloned().map(Reason::LookAlikeLetters));
        }
        if let Some(at) = found_in(q, m) {
            // In one piece, which the cheapest alignment need not be.
            self.piece(0..at, 0..0, None);
            self.piece(at..at + m.len(), 0..m.len(), None);
            self.piece(at + m.len()..q.len(), m.len()..m.len(), None);
        } else if let Some(at) = found_in(m, q) {
            self.piece(0..0, 0..at, None);
            self.piece(0..q.len(), at..at + q.len(), None);
            self.piece(q.len()..q.len(), at + q.len()..m.len(), None);
        } else if alignment.edits as usize * 2 <= longest {
            for Run { a, b, kind } in alignment.runs {
                let reason = match kind {
                    RunKind::LookAlike(pair) => Some(Reason::LookAlikeLetters(pair)),
                    RunKind::Kept | RunKind::Edited => None,
                };
                self.piece(a, b, reason);
            }
        }
        if alignment.edits > 0 && !self.reasons.contains(&Reason::Reordered) || self.reasons.is_empty() {
            self.reasons.push(Reason::EditDistance(alignment.edits));
        }
        let bones = |units: &[char]| consonants(&units.iter().copied().map(code).collect::<Vec<Code>>());
        let (ours, theirs) = (bones(q), bones(m));
        if ours.len() >= 2 && ours == theirs {
            self.reasons
                .push(Reason::Skeleton(crate::letters::skeleton(&self.mark)));
        }
        let shared = query
            .name
            .words
            .iter()
            .filter(|word| mark.name.words.contains(word))
            .count();
        let words = query.name.words.len().max(mark.name.words.len()).max(1);
        self.aspects = Aspects {
            form: Some((1.0 - alignment.cost / longest as f64).clamp(0.0, 1.0)),
            sound: crate::letters::ratio(&letters_of(&ours), &letters_of(&theirs)),
            meaning: Some(shared as f64 / words as f64),
            whole: 0.0,
        };
    }

    /// A name in Han characters and one in letters.
    fn carried(&mut self, han: &[char], letters: &[char], query_is_han: bool) {
        let heard = super::cross::sounds(han, letters);
        let reason = if heard.spelled >= 1.0 {
            Some(Reason::PinyinOf)
        } else {
            (heard.transliterated >= CARRIED).then_some(Reason::Transliteration)
        };
        if heard.bones.len() >= 2 && heard.same_bones && heard.spelled < 1.0 {
            let letters: String = letters_of(&heard.bones).into_iter().collect();
            self.reasons.push(Reason::Skeleton(letters));
        }
        if let Some(reason) = reason {
            self.reasons.insert(0, reason.clone());
            let (q, m) = if query_is_han { (han, letters) } else { (letters, han) };
            self.piece(0..q.len(), 0..m.len(), Some(reason));
        }
        self.aspects.sound = f64::from(heard.carried.max(heard.spelled).max(heard.transliterated));
    }
}

/// The query with two of its characters written as the one of the mark that they make.
fn parted(query: &[char], mark: &[char]) -> Option<Joined> {
    let lacks = |c: &char| !query.contains(c);
    let made = |joined: &Joined| joined.units.get(joined.at).copied();
    joined(query)
        .into_iter()
        .find(|joined| made(joined).is_some_and(|one| mark.contains(&one) && lacks(&one)))
}

fn letters_of(codes: &[Code]) -> Vec<char> {
    codes
        .iter()
        .map(|code| char::from(b'a' + code.saturating_sub(1) % 26))
        .collect()
}

fn sound_reasons(a: char, b: char) -> Vec<Reason> {
    match sound_match(a, b) {
        SoundMatch::Same => vec![Reason::SamePinyin],
        SoundMatch::Fuzzy(class, more) => std::iter::once(class).chain(more).map(Reason::FuzzyPinyin).collect(),
        _ => Vec::new(),
    }
}

fn shape_reasons(a: char, b: char) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let likeness = shape_likeness(a, b);
    if likeness >= LOOKS_ALIKE {
        reasons.push(Reason::LookAlike {
            query: a,
            mark: b,
            likeness: (likeness * 100.0).round().clamp(0.0, 99.0) as u8,
        });
    }
    reasons.extend(
        component_added(b, a)
            .or_else(|| component_added(a, b))
            .map(Reason::ComponentAdded),
    );
    reasons
}

/// Where the shorter stands unbroken in the longer.
fn found_in(longer: &[char], shorter: &[char]) -> Option<usize> {
    if shorter.is_empty() || longer.len() <= shorter.len() {
        return None;
    }
    longer.windows(shorter.len()).position(|part| part == shorter)
}

/// Whether the longer is the shorter over and over: 青禾青禾 of 青禾.
fn is_repeated(longer: &[char], shorter: &[char]) -> bool {
    let times = longer.len().checked_div(shorter.len()).unwrap_or(0);
    times > 1 && shorter.repeat(times) == longer
}

/// True if what is left of a name on one side of the mark is something, and no letters of a word that the mark cuts through.
fn stands_apart(name: &Profile, rest: &Range<usize>) -> bool {
    let cut = if rest.start == 0 { rest.end } else { rest.start };
    let is_letter = |at: Option<usize>| at.and_then(|at| name.units.get(at)).is_some_and(char::is_ascii);
    let in_word = is_letter(cut.checked_sub(1)) && is_letter(Some(cut)) && name.starts >> cut.min(63) & 1 == 0;
    rest.start < rest.end && !in_word
}

/// True if all that is left of a name on one side of the mark is what many names have.
fn is_generic(rest: &[char], statistics: &Statistics) -> bool {
    let common = |c: &char| statistics.character(*c) < GENERIC;
    let word = || statistics.word(rest) < GENERIC;
    if generic_weight(&rest.iter().collect::<String>()) < 1.0 {
        return true;
    }
    if rest.iter().all(char::is_ascii) {
        word()
    } else {
        rest.iter().all(common)
    }
}

/// Places of both names, paired in order by the best alignment; what has no counterpart stands alone.
fn pair_up(query: &[char], mark: &[char]) -> Vec<(Option<usize>, Option<usize>)> {
    let width = mark.len() + 1;
    let mut best = vec![0.0_f32; (query.len() + 1) * width];
    for i in 0..query.len() {
        for j in 0..mark.len() {
            // A pair that is not alike at all is still better than two gaps.
            let paired = best[i * width + j] + 0.05 + han::likeness(query[i], mark[j]);
            best[(i + 1) * width + j + 1] = paired.max(best[i * width + j + 1]).max(best[(i + 1) * width + j]);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (query.len(), mark.len());
    while i > 0 || j > 0 {
        let here = best[i * width + j];
        if i > 0 && j > 0 && here > best[(i - 1) * width + j] && here > best[i * width + j - 1] {
            pairs.push((Some(i - 1), Some(j - 1)));
            (i, j) = (i - 1, j - 1);
        } else if i > 0 && (j == 0 || here <= best[(i - 1) * width + j]) {
            pairs.push((Some(i - 1), None));
            i -= 1;
        } else {
            pairs.push((None, Some(j - 1)));
            j -= 1;
        }
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests;
