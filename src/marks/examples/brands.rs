//! Writes `brands.tsv`: `brands NSI.json SIMPLE-ICONS.json > brands.tsv`, from `dist/json/nsi.json` of the npm package
//! name-suggestion-index 8.0.20260918 (BSD-3-Clause) and `data/simple-icons.json` of simple-icons 16.37.0 (CC0-1.0). Brands of
//! one Wikidata item are one row, whatever countries list them.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
};

use serde_json::Value as Json;
use zhengming_marks::normalize;

/// Longest name that is taken for one.
const LONGEST: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [suggestions, icons] = files.as_slice() else {
        return Err("usage: brands NSI.json SIMPLE-ICONS.json".into());
    };
    let mut brands: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    suggested(&serde_json::from_str(&fs::read_to_string(suggestions)?)?, &mut brands);
    drawn(&serde_json::from_str(&fs::read_to_string(icons)?)?, &mut brands);
    let rows: BTreeSet<String> = brands.into_values().filter_map(row).collect();
    println!(
        "# Names of brands, one brand a row. From name-suggestion-index 8.0.20260918 (BSD-3-Clause, Copyright 2026,"
    );
    println!("# name-suggestion-index contributors) and Simple Icons 16.37.0 (CC0-1.0).");
    for row in rows {
        println!("{row}");
    }
    Ok(())
}

/// Brands and operators by their Wikidata item, or by their own id where there is none.
fn suggested(file: &Json, brands: &mut BTreeMap<String, BTreeSet<String>>) {
    let categories = file.get("nsi").and_then(Json::as_object).into_iter().flatten();
    for (path, category) in categories.filter(|(path, _)| path.starts_with("brands/")) {
        for item in category.get("items").and_then(Json::as_array).into_iter().flatten() {
            let tags = item.get("tags").and_then(Json::as_object);
            let text = |key: &str| tags.and_then(|tags| tags.get(key)).and_then(Json::as_str);
            let Some(id) = text("brand:wikidata").or_else(|| item.get("id").and_then(Json::as_str)) else {
                continue;
            };
            let names = brands
                .entry(format!("{id} {}", if id.starts_with('Q') { "" } else { path }))
                .or_default();
            let named = tags.into_iter().flatten().filter(|(key, _)| is_name(key));
            names.extend(
                named
                    .filter_map(|(_, name)| name.as_str())
                    .flat_map(|name| name.split(';'))
                    .map(tidy),
            );
        }
    }
}

/// Keys of names in Chinese or English, and of names in the brand's own language.
fn is_name(key: &str) -> bool {
    let (kind, language) = key.split_once(':').unwrap_or((key, ""));
    ["brand", "name", "short_name", "alt_name"].contains(&kind)
        && [
            "", "en", "zh", "zh-Hans", "zh-Hant", "zh-CN", "zh-TW", "zh-HK", "short", "short:en",
        ]
        .contains(&language)
}

fn drawn(file: &Json, brands: &mut BTreeMap<String, BTreeSet<String>>) {
    let icons = file.as_array().or_else(|| file.get("icons").and_then(Json::as_array));
    for icon in icons.into_iter().flatten() {
        let Some(title) = icon.get("title").and_then(Json::as_str) else {
            continue;
        };
        let names = brands.entry(format!("icon {title}")).or_default();
        names.insert(tidy(title));
        let aliases = icon.get("aliases");
        let known_as = aliases.and_then(|aliases| aliases.get("aka")).and_then(Json::as_array);
        names.extend(known_as.into_iter().flatten().filter_map(Json::as_str).map(tidy));
        let local = aliases.and_then(|aliases| aliases.get("loc")).and_then(Json::as_object);
        let chinese = local
            .into_iter()
            .flatten()
            .filter(|(language, _)| language.starts_with("zh") || *language == "en-US");
        names.extend(chinese.filter_map(|(_, name)| name.as_str()).map(tidy));
    }
}

fn tidy(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names of a brand, each normal form once; none if it has no name in letters or Han characters.
fn row(names: BTreeSet<String>) -> Option<String> {
    let mut forms = BTreeSet::new();
    let kept: Vec<String> = names
        .into_iter()
        .filter(|name| name.chars().count() <= LONGEST)
        .filter(|name| {
            let form = normalize(name).form;
            let readable = form
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || zhengming_marks::is_han(c));
            !form.is_empty() && readable && forms.insert(form)
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join("\t"))
}
