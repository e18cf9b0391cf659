//! Which office is competent (管辖), as decision tables: `workflows/routing/`.
//!
//! A table reads answers of a filing and says in whose place the competent office sits, under which article and why. It proposes;
//! an officer decides. That each combination of answers has exactly one rule is checked when the table is loaded.

mod cover;
mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use crate::{clock::LawRef, definition::model::Definition, division, text::Label};

pub(crate) use read::{Authored, authored, compile, each_version_has_one};

/// The tables of a pack, by procedure and version.
#[derive(Clone, Debug, Default)]
pub struct Routing {
    tables: BTreeMap<String, BTreeMap<u32, Table>>,
}

impl Routing {
    /// The table for cases of a version.
    pub fn of(&self, definition: &Definition) -> Option<&Table> {
        self.tables.get(&definition.key)?.get(&definition.version)
    }

    /// All tables with the version that each is for.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32, &Table)> {
        self.tables.iter().flat_map(|(key, versions)| {
            versions
                .iter()
                .map(move |(version, table)| (key.as_str(), *version, table))
        })
    }
}

/// What holds where several rules fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// One rule fits, whatever the answers are.
    Unique,
    /// Of the rules that fit, the first counts.
    First,
}

/// The level of the office that a rule means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// The county's or district's (县级).
    County,
    /// The county's or district's, or where there is none the city's (县级以上). Provinces handle what a law reserves to them.
    CountyOrAbove,
}

impl Level {
    /// The divisions whose office is competent for a place, in the order in which they are looked for; none where the place is
    /// known too roughly to say.
    pub fn seats(self, place: &str) -> Vec<String> {
        let wide = match self {
            Self::County => place.ends_with("00"),
            Self::CountyOrAbove => place.ends_with("0000"),
        };
        if wide {
            return Vec::new();
        }
        let above = division::around(place).filter(|above| self == Self::CountyOrAbove && !above.ends_with("0000"));
        std::iter::once(place.to_owned()).chain(above).collect()
    }
}

/// A value that a rule can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// An option of a choice.
    Option(String),
    /// Yes or no.
    Answer(bool),
    /// A choice, or yes or no, that was not answered.
    Unanswered,
    /// A division that was given.
    Known,
    /// A division that was not given.
    Unknown,
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Option(key) => f.write_str(key),
            Self::Answer(yes) => yes.fmt(f),
            Self::Unanswered => f.write_str("unanswered"),
            Self::Known => f.write_str("known"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// A rule of a table.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Values by field, any of which fits; a field that is not named may have any.
    pub when: IndexMap<String, Vec<Cell>>,
    /// Fields of the places whose office is competent, the first before the others.
    pub competent: Vec<String>,
    /// Level of the office.
    pub level: Level,
    /// Where it stands.
    pub law: LawRef,
    /// In words.
    pub reason: Label,
    /// Line in the file.
    pub line: u32,
}

impl Rule {
    fn fits(&self, cells: &IndexMap<&str, Cell>) -> bool {
        self.when
            .iter()
            .all(|(field, any)| cells.get(field.as_str()).is_some_and(|cell| any.contains(cell)))
    }
}

/// What holds where several offices are competent.
#[derive(Clone, Debug)]
pub struct Several {
    /// Where it stands.
    pub law: LawRef,
    /// In words.
    pub reason: Label,
}

/// A table for cases of one version.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub title: Label,
    /// Field of an organisation whose answer it proposes.
    pub proposes: String,
    /// What holds where several rules fit.
    pub hit: Hit,
    /// Fields that the rules read, with all values that each may have.
    pub inputs: IndexMap<String, Vec<Cell>>,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// What holds where several offices are competent.
    pub several: Option<Several>,
}

/// What a table says of a case.
#[derive(Clone, Debug)]
pub struct Route<'t> {
    /// The rule that fits.
    pub rule: &'t Rule,
    /// The places whose office is competent, the first before the others.
    pub places: Vec<Place<'t>>,
}

/// A place whose office is competent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'t> {
    /// Field that says where it is.
    pub field: &'t str,
    /// Code of the division (GB/T 2260), where it was given.
    pub division: Option<String>,
}

/// Why a table says nothing of a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// An answer is missing that every filing has to give: the case was opened by another one, without it.
    #[error("`{0}` has no answer")]
    Unanswered(String),
    /// The answer is none that the table knows: the case runs under another text of the procedure.
    #[error("the answer to `{0}` is not one of the table's")]
    Foreign(String),
    /// No rule fits; in a checked table there is always one.
    #[error("no rule fits")]
    NoRule,
}

impl Table {
    /// The rule for these answers, with the places that it names.
    ///
    /// # Errors
    /// [`Undecided`], which a filing under the version of the table never meets.
    pub fn decide(&self, answers: &Map<String, Json>) -> Result<Route<'_>, Undecided> {
        let mut cells = IndexMap::new();
        for (field, values) in &self.inputs {
            let cell = cell(values, answers.get(field));
            if !values.contains(&cell) {
                return Err(match cell {
                    Cell::Unanswered | Cell::Unknown => Undecided::Unanswered(field.clone()),
                    _ => Undecided::Foreign(field.clone()),
                });
            }
            cells.insert(field.as_str(), cell);
        }
        let rule = self.rules.iter().find(|rule| rule.fits(&cells));
        let rule = rule.ok_or(Undecided::NoRule)?;
        let places = rule.competent.iter().map(|field| Place {
            field,
            division: answers.get(field).and_then(given).map(str::to_owned),
        });
        Ok(Route {
            places: places.collect(),
            rule,
        })
    }
}

/// A division that was really given.
fn given(answer: &Json) -> Option<&str> {
    answer.as_str().filter(|text| division::is_code(text))
}

/// What an answer is to a table whose rules may ask for these values of it.
fn cell(values: &[Cell], answer: Option<&Json>) -> Cell {
    let place = values.iter().any(|cell| matches!(cell, Cell::Known | Cell::Unknown));
    match answer {
        answer if place => {
            if answer.and_then(given).is_some() {
                Cell::Known
            } else {
                Cell::Unknown
            }
        }
        Some(Json::Bool(yes)) => Cell::Answer(*yes),
        Some(Json::String(key)) if !key.is_empty() => Cell::Option(key.clone()),
        _ => Cell::Unanswered,
    }
}
