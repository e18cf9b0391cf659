//! Names that are known in Chinese and in English, from which transliteration is learned.

use std::{collections::BTreeMap, error::Error};

use pinyin::{Pinyin, ToPinyinMulti};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{characters::Characters, sources::Sources, transliteration::plain};

const CLDR: &str = "debian/usr/share/unicode/cldr/common";

/// What follows the name proper of a division, longest first.
const CHINESE_TAILS: &[&str] = &[
    "自治共和国",
    "特别行政区",
    "少数民族地区",
    "自治市镇",
    "自治地区",
    "自治区",
    "自治州",
    "自治县",
    "自治市",
    "自治省",
    "行政区",
    "行政州",
    "边疆区",
    "直辖市",
    "共和国",
    "酋长国",
    "都会区",
    "大都会",
    "首都区",
    "特区",
    "专区",
    "大区",
    "地区",
    "群岛",
    "环礁",
    "半岛",
    "联邦",
    "都市",
    "省",
    "区",
    "州",
    "县",
    "市",
    "郡",
    "府",
    "岛",
    "礁",
    "邦",
    "镇",
    "国",
    "道",
    "宗",
    "市",
    "盟",
    "旗",
    "语",
];
/// The same in English, in lower case.
const ENGLISH_TAILS: &[&str] = &[
    "county",
    "atoll",
    "islands",
    "island",
    "region",
    "district",
    "division",
    "province",
    "krai",
    "oblast",
    "municipality",
    "city",
    "autonomous",
    "governorate",
    "prefecture",
    "department",
    "republic",
    "territory",
    "state",
    "parish",
    "emirate",
    "canton",
    "voivodeship",
    "metropolitan",
    "area",
    "capital",
    "bay",
    "valley",
    "peninsula",
    "sea",
    "the",
    "of",
    "language",
    "and",
];

/// Words that Chinese translates, whatever it does with the rest of a name.
const TRANSLATED: &[&str] = &[
    "north",
    "south",
    "east",
    "west",
    "northern",
    "southern",
    "eastern",
    "western",
    "northeast",
    "northwest",
    "southeast",
    "southwest",
    "central",
    "centre",
    "center",
    "upper",
    "lower",
    "new",
    "great",
    "greater",
    "old",
    "saint",
    "port",
    "british",
];

/// A name in both writings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair {
    /// In simplified characters.
    pub(crate) chinese: String,
    /// Readings of each character, the commonest first, in plain letters.
    pub(crate) readings: Vec<Vec<String>>,
    /// Lower-case letters only, plainly spelled.
    pub(crate) latin: String,
}

impl Pair {
    /// None if the Chinese name is not wholly Han, or either is too short or too long to be the sound of the other.
    fn new(chinese: &str, latin: &str, characters: &Characters) -> Option<Self> {
        let chinese: String = chinese
            .chars()
            .filter(|c| !matches!(c, '-' | '·' | '•' | '－' | '—' | ' ' | '‧' | '・'))
            .map(|c| characters.simplify(c))
            .collect();
        let readings: Vec<Vec<String>> = chinese.chars().map(readings).collect::<Option<_>>()?;
        let latin = plain(&letters(latin)?);
        let fits =
            (2..=10).contains(&readings.len()) && (2..=24).contains(&latin.len()) && latin.len() <= 6 * readings.len();
        fits.then_some(Self {
            chinese,
            readings,
            latin,
        })
    }
}

/// Plain syllables of a character.
fn readings(c: char) -> Option<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    for plain in c.to_pinyin_multi()?.into_iter().map(Pinyin::plain) {
        let plain = plain.replace('ü', "u");
        if !all.contains(&plain) {
            all.push(plain);
        }
    }
    Some(all)
}

/// Letters of a name without accents; none if it is written in other letters.
pub(crate) fn letters(name: &str) -> Option<String> {
    let mut latin = String::new();
    for c in name
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
    {
        match c {
            'a'..='z' => latin.push(c),
            'ø' => latin.push('o'),
            'ł' => latin.push('l'),
            'đ' | 'ð' => latin.push('d'),
            'ı' => latin.push('i'),
            'æ' => latin.push_str("ae"),
            'œ' => latin.push_str("oe"),
            'ß' => latin.push_str("ss"),
            'þ' => latin.push_str("th"),
            'ə' => latin.push('e'),
            c if c.is_alphabetic() && !is_modifier(c) => return None,
            _ => {}
        }
    }
    Some(latin)
}

fn is_modifier(c: char) -> bool {
    matches!(c, '\u{2B0}'..='\u{2FF}')
}

/// Names of countries and their divisions, of languages and of cities, less the words for what they are.
pub(crate) fn places(sources: &Sources, characters: &Characters) -> Result<Vec<Pair>, Box<dyn Error>> {
    let mut pairs = Vec::new();
    for file in ["subdivisions", "main"] {
        let chinese = sources.text(&format!("{CLDR}/{file}/zh.xml"))?;
        let english = sources.text(&format!("{CLDR}/{file}/en.xml"))?;
        let (chinese, english) = (names(&chinese)?, names(&english)?);
        for (key, name) in &chinese {
            let english = match english.get(key) {
                Some(english) => english.clone(),
                // English names a zone's city by the zone itself.
                None if key.starts_with("zone ") => key
                    .rsplit('/')
                    .next()
                    .map(|city| city.replace('_', " "))
                    .unwrap_or_default(),
                None => continue,
            };
            if english
                .split([' ', '-'])
                .any(|word| TRANSLATED.contains(&word.to_lowercase().as_str()))
            {
                continue;
            }
            let name: String = name.chars().map(|c| characters.simplify(c)).collect();
            pairs.extend(Pair::new(chinese_core(&name), &english_core(&english), characters));
        }
    }
    pairs.sort();
    pairs.dedup();
    Ok(pairs)
}

/// Text of every named thing by kind and code.
pub(crate) fn names(xml: &str) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(xml, options)?;
    let mut names = BTreeMap::new();
    for node in document.descendants() {
        let kind = node.tag_name().name();
        let key = match kind {
            "subdivision" | "territory" | "language" if node.attribute("alt").is_none() => {
                node.attribute("type").map(|code| format!("{kind} {code}"))
            }
            "exemplarCity" => node
                .parent()
                .and_then(|zone| zone.attribute("type"))
                .map(|zone| format!("zone {zone}")),
            _ => None,
        };
        if let (Some(key), Some(text)) = (key, node.text()) {
            names.insert(key, text.to_owned());
        }
    }
    Ok(names)
}

pub(crate) fn chinese_core(name: &str) -> &str {
    let core = CHINESE_TAILS
        .iter()
        .find_map(|tail| name.strip_suffix(tail).filter(|core| core.chars().count() >= 2));
    core.unwrap_or(name)
}

fn english_core(name: &str) -> String {
    let words: Vec<&str> = name
        .split([' ', '-'])
        .filter(|word| !ENGLISH_TAILS.contains(&word.to_lowercase().as_str()))
        .collect();
    words.concat()
}

/// Brands with a Chinese and an English name in the Name Suggestion Index.
pub(crate) fn brands(sources: &Sources, characters: &Characters) -> Result<Vec<Pair>, Box<dyn Error>> {
    let index = sources.json("npm/name-suggestion-index/dist/json/nsi.json")?;
    let mut pairs = Vec::new();
    for (_, tags) in brand_tags(&index) {
        for (key, value) in tags {
            let Some((base, tongue)) = key.split_once(':') else {
                continue;
            };
            if !matches!(base, "name" | "brand") || !tongue.starts_with("zh") {
                continue;
            }
            let english = tags.get(&format!("{base}:en")).and_then(serde_json::Value::as_str);
            if let (Some(chinese), Some(english)) = (value.as_str(), english) {
                pairs.extend(Pair::new(chinese, english, characters));
            }
        }
    }
    pairs.sort();
    pairs.dedup();
    Ok(pairs)
}

/// Category and tags of every item of the index, in its order.
pub(crate) fn brand_tags(
    index: &serde_json::Value,
) -> impl Iterator<Item = (&str, &serde_json::Map<String, serde_json::Value>)> {
    index["nsi"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(path, category)| {
            let items = category["items"].as_array().into_iter().flatten();
            items.filter_map(|item| Some((path.as_str(), item["tags"].as_object()?)))
        })
}

/// Every syllable of Mandarin that a character of the basic block has, in plain letters.
pub(crate) fn syllables() -> Vec<String> {
    let mut all: Vec<String> = ('\u{4E00}'..='\u{9FFF}').filter_map(readings).flatten().collect();
    all.sort_unstable();
    all.dedup();
    all
}
