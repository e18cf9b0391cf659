//! What Meilisearch keeps: a document for each name of a mark, two about the index itself, and how it is to treat them.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use meilisearch_sdk::settings::{
    FilterFeatureModes, FilterFeatures, FilterableAttribute, FilterableAttributesSettings, PaginationSetting, Settings,
    TypoToleranceSettings,
};
use serde::{Deserialize, Serialize};
use zhengming_marks::{
    Mark, MatchOptions,
    external::{self, RegisterCounts, Signature, channels, documents, mark_word, text_word},
};

/// Raised whenever the documents or the settings change.
const LAYOUT: u32 = 1;
/// Stands among the classes of a mark whose classes are unknown; no Nice class has this number.
const CLASSES_UNKNOWN: u8 = 0;
/// Field by which documents are told apart.
pub(super) const PRIMARY_KEY: &str = "id";
/// Id of the document that says what the index is.
pub(super) const STATE: &str = "state";
/// Id of the document with the counts of the register.
pub(super) const COUNTS: &str = "counts";
/// Hits that a search can give at most; Meilisearch's own default.
pub(super) const MOST_HITS: usize = 1_000;

/// Versions of everything that makes an index what it is.
pub(super) fn versions() -> String {
    format!("{}-{LAYOUT}", external::versions())
}

/// One name of a mark.
#[derive(Debug, Serialize)]
pub(super) struct NameRow {
    id: String,
    mark: String,
    /// Which of the mark's names, from 0.
    number: usize,
    name: String,
    /// The mark as JSON, in one text so that its parts are no fields of the index.
    record: String,
    signature: String,
    renown: u8,
    length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    fame: Option<u8>,
    class: Vec<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(flatten)]
    words: BTreeMap<&'static str, String>,
}

impl NameRow {
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

/// The documents of a mark; `None` for a mark that is not JSON, which none is.
pub(super) fn name_rows(mark: &Mark, counts: &RegisterCounts) -> Option<Vec<(NameRow, Signature)>> {
    let key = mark_word(&mark.id);
    let record = serde_json::to_string(mark).ok()?;
    let class = if mark.classes.is_empty() {
        vec![CLASSES_UNKNOWN]
    } else {
        mark.classes.clone()
    };
    let rows = documents(mark).into_iter().enumerate().map(|(number, document)| {
        let row = NameRow {
            id: format!("{key}-{number}"),
            mark: key.clone(),
            number,
            name: document.name,
            record: record.clone(),
            signature: BASE64.encode(document.signature.to_bytes()),
            renown: counts.renown(&document.signature, mark.fame),
            length: document.length,
            fame: mark.fame,
            class: class.clone(),
            status: mark.status.as_deref().map(text_word),
            owner: mark.owner.as_deref().map(text_word),
            words: document
                .words
                .into_iter()
                .map(|(channel, words)| (channel, words.join(" ")))
                .collect(),
        };
        (row, document.signature)
    });
    Some(rows.collect())
}

/// What a search gives of a name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Hit {
    pub(super) id: String,
    pub(super) signature: String,
    #[serde(default)]
    pub(super) fame: Option<u8>,
}

/// Fields of [`Hit`].
pub(super) const HIT_FIELDS: [&str; 3] = ["id", "signature", "fame"];

impl Hit {
    /// The compared characters; none for a document that something else wrote.
    pub(super) fn signature(&self) -> Signature {
        Signature::from_bytes(&BASE64.decode(&self.signature).unwrap_or_default())
    }

    /// The word of the mark whose name it is.
    pub(super) fn mark(&self) -> &str {
        self.id.split('-').next().unwrap_or_default()
    }
}

/// What explaining a match takes.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) record: String,
}

/// Fields of [`Stored`].
pub(super) const STORED_FIELDS: [&str; 3] = ["id", "name", "record"];

/// What the index is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) id: String,
    pub(super) versions: String,
    /// Revision of the register that it has caught up with; `None` while it is filled for the first time.
    pub(super) revision: Option<i64>,
    /// Which counts it has: a hash of them.
    #[serde(default)]
    pub(super) counted: Option<String>,
}

impl State {
    pub(super) fn new(revision: Option<i64>, counted: Option<String>) -> Self {
        Self {
            id: STATE.to_owned(),
            versions: versions(),
            revision,
            counted,
        }
    }
}

/// The counts of the register.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Counted {
    id: String,
    bytes: String,
}

impl Counted {
    /// The counts, and the text that tells them from others.
    pub(super) fn new(counts: &RegisterCounts) -> std::io::Result<(Self, String)> {
        let bytes = BASE64.encode(counts.to_bytes()?);
        let tag = text_word(&bytes);
        let id = COUNTS.to_owned();
        Ok((Self { id, bytes }, tag))
    }

    pub(super) fn counts(&self) -> std::io::Result<RegisterCounts> {
        let bytes = BASE64.decode(&self.bytes).map_err(std::io::Error::other)?;
        RegisterCounts::from_bytes(&bytes)
    }
}

/// No typos, no prefixes, no order among words: words are tokens, and equal or not. Of equal answers the better known name
/// comes first, then the shorter.
pub(super) fn settings() -> Settings {
    let filterable = |attributes: &[&str], comparison| {
        FilterableAttribute::Settings(FilterableAttributesSettings {
            attribute_patterns: attributes.iter().map(|attribute| (*attribute).to_owned()).collect(),
            features: FilterFeatures {
                facet_search: false,
                filter: FilterFeatureModes {
                    equality: true,
                    comparison,
                },
            },
        })
    };
    let mut settings = Settings::new()
        .with_searchable_attributes(channels())
        .with_displayed_attributes([
            "id",
            "name",
            "record",
            "signature",
            "fame",
            "versions",
            "revision",
            "counted",
            "bytes",
        ])
        .with_ranking_rules(["words", "renown:desc", "length:asc"])
        .with_typo_tolerance(TypoToleranceSettings {
            enabled: Some(false),
            ..TypoToleranceSettings::default()
        })
        .with_proximity_precision("byAttribute")
        .with_pagination(PaginationSetting {
            max_total_hits: MOST_HITS,
        });
    settings.filterable_attributes = Some(vec![
        filterable(&["mark", "status", "owner", "class"], false),
        filterable(&["number", "fame"], true),
    ]);
    settings
}

/// The filter that options ask for; an empty one if none.
pub(super) fn filter(options: &MatchOptions) -> String {
    let list = |items: Vec<String>| items.join(", ");
    let mut must = Vec::new();
    if !options.classes.is_empty() {
        let classes = options.classes.iter().chain([&CLASSES_UNKNOWN]);
        must.push(format!("class IN [{}]", list(classes.map(u8::to_string).collect())));
    }
    if !options.statuses.is_empty() {
        let statuses = options.statuses.iter().map(|status| text_word(status));
        must.push(format!("status IN [{}]", list(statuses.collect())));
    }
    if let Some(owner) = &options.owner {
        must.push(format!("owner = {}", text_word(owner)));
    }
    if options.least_fame > 0 {
        must.push(format!("fame >= {}", options.least_fame));
    }
    must.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_says_what_the_options_do() {
        assert_eq!(filter(&MatchOptions::default()), "");
        let options = MatchOptions {
            classes: vec![25],
            statuses: vec!["Registered".to_owned()],
            owner: Some("样例公司".to_owned()),
            least_fame: 3,
            ..MatchOptions::default()
        };
        let expected = format!(
            "class IN [25, 0] AND status IN [{}] AND owner = {} AND fame >= 3",
            text_word("registered"),
            text_word("样例公司")
        );
        assert_eq!(filter(&options), expected);
    }

    #[test]
    fn a_name_comes_back_as_it_was_stored() {
        let mark = Mark {
            id: "m".to_owned(),
            name: "康师傅".to_owned(),
            aliases: vec!["MASTER KONG".to_owned()],
            ..Mark::default()
        };
        let rows = name_rows(&mark, &RegisterCounts::default()).expect("rows");
        assert_eq!(rows.len(), 2);
        for (row, signature) in rows {
            let json = serde_json::to_value(&row).expect("json");
            let hit: Hit = serde_json::from_value(json.clone()).expect("a hit");
            assert_eq!((hit.signature(), hit.mark()), (signature, mark_word("m").as_str()));
            let stored: Stored = serde_json::from_value(json).expect("stored");
            assert_eq!(serde_json::from_str::<Mark>(&stored.record).expect("a mark"), mark);
        }
    }
}
