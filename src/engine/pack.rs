//! The domain pack: procedures, law, calendar, notices and documents, loaded and checked as a whole.

mod encoding;
mod files;
mod kept;
mod keys;
mod migrations;
mod openings;
mod terms;
mod told;
mod unread;
mod wordings;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use time::Date;

use unread::Unread;

use crate::{
    clock::{CHINA, Law, deadline_date},
    contribution::Contribution,
    decide,
    definition::{
        check,
        compile::{self, Surroundings, canonical_hash},
        model::{Definition, Length},
        source::{self, Node, Place, Reader},
    },
    diagnostic::{Diagnostic, Severity},
    division::Divisions,
    feedback::{self, Feedback},
    notice::{self, DocumentKind, Notice},
    remedy::{self, Remedies},
    routing::{self, Routing},
};

pub use kept::Kept;
pub use wordings::Wording;

/// Everything an analyst edits, compiled.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Instruments and calendar.
    pub law: Law,
    /// Versions of each procedure, oldest first.
    pub procedures: BTreeMap<String, Vec<Arc<Definition>>>,
    /// Notices by key.
    pub notices: IndexMap<String, Notice>,
    /// Document kinds by key.
    pub documents: IndexMap<String, DocumentKind>,
    /// Sums that statutes fix.
    pub remedies: Remedies,
    /// Which office is competent.
    pub routing: Routing,
    /// Administrative divisions that people can name.
    pub divisions: Divisions,
    /// What is owed to whom.
    pub feedback: Feedback,
    version: String,
    files: Arc<[(String, String)]>,
    /// Versions that cases are pinned to and the files no longer hold, by hash.
    kept: BTreeMap<String, Arc<Definition>>,
    /// Hashes of versions and templates that were kept and could not be read again.
    lost: BTreeSet<String>,
    /// Templates that messages remember and the files no longer hold, by hash.
    worded: BTreeMap<String, Wording>,
}

impl Pack {
    /// Loads the files of a pack, given as path (with `/`, relative to the pack) and text.
    ///
    /// All defects of all files come back at once, sorted by file and line; there is a pack only without errors.
    pub fn load(files: &[(&str, &str)]) -> (Option<Self>, Vec<Diagnostic>) {
        let (law, mut found) = Law::load(files);
        let foreign: BTreeSet<&str> = files
            .iter()
            .filter_map(|(path, text)| encoding::is_foreign(text).then_some(*path))
            .collect();
        found.retain(|diagnostic| !foreign.contains(diagnostic.file.as_str()));
        found.append(&mut files::check(files));
        let Some(law) = law else { return (None, sorted(found)) };
        let mut notices = IndexMap::new();
        let mut documents = IndexMap::new();
        let mut remedies = Remedies::default();
        let mut divisions = Divisions::default();
        let mut tables = Vec::new();
        let mut owed = Feedback::default();
        let mut tabled = false;
        let mut unread = Unread::default();
        let mut roots = Vec::new();
        let mut own = Vec::new();
        for (path, text) in files {
            let folder = folder(path);
            if !OWN.contains(&folder) || !path.ends_with(".yaml") {
                continue;
            }
            own.push(((*path).to_owned(), (*text).to_owned()));
            if foreign.contains(path) {
                unread.file(path);
                continue;
            }
            if folder == REMEDIES {
                found.append(&mut remedy::read::read(path, text, &law, &mut remedies));
                continue;
            }
            let mut reader = Reader::new(path);
            let root = match source::parse(path, text) {
                Ok(root) => root,
                Err(error) => {
                    found.push(*error);
                    unread.file(path);
                    continue;
                }
            };
            if let Some(home) = files::misplaced(&mut reader, &root) {
                unread.lacking(home, procedure_key(&root));
                found.append(&mut reader.found);
                continue;
            }
            match folder {
                "notices" => notice::read_notices(&mut reader, &root, &law, &mut notices),
                "documents" => notice::read_documents(&mut reader, &root, &law, &mut documents),
                "divisions" => divisions.read(&mut reader, &root),
                "routing" => tables.extend(routing::authored(&mut reader, &root, &law).map(|table| (*path, table))),
                FEEDBACK => {
                    tabled = true;
                    feedback::read::read(&mut reader, &root, &law, &mut owed);
                }
                _ => roots.push((*path, root)),
            }
            found.append(&mut reader.found);
        }
        let keys = roots.iter().filter_map(|(_, root)| procedure_key(root));
        let keys: Vec<String> = keys.chain(unread.procedures.iter().cloned()).collect();
        let around = Surroundings {
            law: &law,
            notices: notices.keys().map(String::as_str).collect(),
            documents: documents.iter().map(|(key, kind)| (key.as_str(), kind)).collect(),
            procedures: keys.iter().map(String::as_str).collect(),
        };
        let mut procedures: BTreeMap<String, Vec<Arc<Definition>>> = BTreeMap::new();
        for (path, root) in &roots {
            let mut reader = Reader::new(path);
            if let Some(definition) = compile::compile(&mut reader, path, root, &around) {
                files::called(&mut reader, &definition.key, definition.version);
                check::check(&mut reader, &definition);
                told::check(&mut reader, &definition, &notices, &documents);
                terms::check(&mut reader, &definition, &law);
                coverage(&mut reader, &definition, &law);
                procedures
                    .entry(definition.key.clone())
                    .or_default()
                    .push(Arc::new(definition));
            } else {
                unread.lacking(PROCEDURES, procedure_key(root).or_else(|| unread::named(path)));
            }
            found.append(&mut reader.found);
        }
        for versions in procedures.values_mut() {
            versions.sort_by_key(|d| d.version);
            check_versions(versions, &mut found);
        }
        if roots.is_empty() {
            found.push(without_procedures());
        }
        for definition in procedures.values().flatten() {
            // What is wrong in one file is told there, and not again by those that open its cases.
            if !openings::opened(definition).any(|key| unread.procedures.contains(key)) {
                openings::check(definition, &procedures, &mut found);
            }
        }
        let routing = routed(&tables, &procedures, &unread.procedures, &mut found);
        let all = procedures.values().flatten().map(Arc::as_ref);
        if unread.knows_all_procedures() && !roots.is_empty() {
            keys::check(all.clone(), &mut found);
            found.append(&mut told::readers(&documents, all.clone()));
            found.append(&mut told::unused(&notices, &documents, all));
        }
        for (definition, versions) in procedures.values().flat_map(|v| v.iter().map(move |d| (d, v))) {
            migrations::check(
                definition,
                versions,
                unread.procedures.contains(&definition.key),
                &mut found,
            );
        }
        if tabled && !unread.texts && !unread.owed && !roots.is_empty() {
            let around = feedback::Around {
                procedures: &procedures,
                unread: &unread.procedures,
                notices: &notices,
                documents: &documents,
                law: &law,
            };
            found.append(&mut feedback::check(&owed, &around));
        }
        found.retain(|diagnostic| !unread.explains(diagnostic));
        let found = sorted(found);
        if found.iter().any(|d| d.severity == Severity::Error) {
            return (None, found);
        }
        own.sort();
        (
            Some(Self {
                version: canonical_hash(&serde_json::json!([law.version(), own])),
                files: own.into(),
                kept: BTreeMap::new(),
                lost: BTreeSet::new(),
                worded: BTreeMap::new(),
                law,
                procedures,
                notices,
                documents,
                remedies,
                routing,
                divisions,
                feedback: owed,
            }),
            found,
        )
    }

    /// The version that governs a filing of this day.
    pub fn in_force(&self, key: &str, filed_on: Date) -> Option<&Arc<Definition>> {
        self.procedures
            .get(key)?
            .iter()
            .rev()
            .find(|d| d.filed.contains(filed_on))
    }

    /// The version that governs what is filed today: that of its filing day, which the answers may tell.
    pub fn governing(&self, key: &str, fields: &Map<String, Json>, today: Date) -> Option<&Arc<Definition>> {
        let current = self.in_force(key, today)?;
        let filed_on = decide::filing_day(current, fields, today);
        // What came before the first version is handled by it.
        self.in_force(key, filed_on).or(Some(current))
    }

    /// The notice that tells officers of moved deadlines, where the pack has one.
    pub fn notice_of_moved_deadlines(&self) -> Option<&'static str> {
        let key = notice::DEADLINES_MOVED;
        self.notices.contains_key(key).then_some(key)
    }

    /// The notice that tells of a case that came by file, where the pack has one.
    pub fn notice_of_arrival(&self) -> Option<&'static str> {
        let key = notice::CASE_ARRIVED;
        self.notices.contains_key(key).then_some(key)
    }

    /// The notice that tells of what was added to a case, where the pack has one.
    pub fn notice_of(&self, contribution: &Contribution) -> Option<&'static str> {
        let key = match contribution {
            Contribution::Message(_) => notice::MESSAGE_RECEIVED,
            Contribution::Evidence(_) => notice::EVIDENCE_RECEIVED,
        };
        self.notices.contains_key(key).then_some(key)
    }

    /// Hash of everything in the pack: law, procedures, notices, documents, as they are written.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The files of the pack apart from those of its law, as (path, text), by path: with those of [`Law::files`] they make
    /// the same pack again.
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// The version that a case is pinned to: one of the files, or one that is kept for its cases.
    pub fn pinned(&self, key: &str, hash: &str) -> Option<&Arc<Definition>> {
        let of_files = self.procedures.get(key).into_iter().flatten();
        let mut all = of_files.chain(self.kept.get(hash).filter(|d| d.key == key));
        all.find(|d| d.hash == hash)
    }
}

/// Folders of a pack whose files are no law.
const OWN: [&str; 7] = [
    PROCEDURES,
    "notices",
    "documents",
    "routing",
    "divisions",
    REMEDIES,
    FEEDBACK,
];
/// Folder of the procedures.
const PROCEDURES: &str = "procedures";
/// Folder of what statutes say in money.
const REMEDIES: &str = "remedies";
/// Folder of what is owed to whom.
const FEEDBACK: &str = "feedback";

/// The tables of competence, compiled for the versions that they name.
fn routed(
    tables: &[(&str, routing::Authored)],
    procedures: &BTreeMap<String, Vec<Arc<Definition>>>,
    unread: &BTreeSet<String>,
    found: &mut Vec<Diagnostic>,
) -> Routing {
    let mut routing = Routing::default();
    for (path, table) in tables {
        let mut reader = Reader::new(path);
        routing::compile(&mut reader, table, procedures, |key| unread.contains(key), &mut routing);
        found.append(&mut reader.found);
    }
    for (path, table) in tables {
        let mut reader = Reader::new(path);
        routing::each_version_has_one(&mut reader, table, procedures, &routing);
        found.append(&mut reader.found);
    }
    routing
}

fn sorted(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort();
    found.dedup();
    found
}

/// The nearest folder above the file.
fn folder(path: &str) -> &str {
    path.rsplit('/').nth(1).unwrap_or_default()
}

fn procedure_key(root: &Node) -> Option<String> {
    root.to_json().get("procedure")?.as_str().map(str::to_owned)
}

/// A clock that runs longer than the last published year says less than a date: all its dates are provisional.
fn coverage(reader: &mut Reader<'_>, definition: &Definition, law: &Law) {
    let last = *law.calendar.coverage().end();
    let Ok(first) = Date::from_ordinal_date(last.year(), 1) else {
        return;
    };
    let at = definition.filed.from.map_or(first, |from| from.max(first));
    // Of a version that begins after the last published year nothing can be said yet.
    if at > last || !definition.filed.contains(at) {
        return;
    }
    let at = at.midnight().assume_offset(CHINA);
    for (name, clock) in &definition.clocks {
        let Length::Period(period) = clock.length else { continue };
        let due = law
            .instrument(clock.law.instrument())
            .and_then(|i| deadline_date(law, i, period, at, &[]));
        if due.is_ok_and(|due| due.at().is_some_and(|due| due.provisional)) {
            let message = format!("clock `{name}` is longer than the published calendar, which ends on {last}");
            let place = Place {
                line: clock.line,
                column: 0,
            };
            let mend = "add the next year to workflows/calendar; until then its dates are provisional";
            reader.warning("WF408", place, &format!("clocks.{name}"), message, mend);
        }
    }
}

/// A fault of a definition that another shows.
fn problem(
    definition: &Definition,
    code: &'static str,
    (line, path): (u32, &str),
    message: String,
    mend: &str,
) -> Diagnostic {
    Diagnostic {
        file: definition.file.clone(),
        line,
        column: 0,
        code,
        severity: Severity::Error,
        path: path.to_owned(),
        message,
        mend: mend.to_owned(),
    }
}

/// An empty folder is a mistake of copying or mounting, never what somebody wants to run.
fn without_procedures() -> Diagnostic {
    Diagnostic {
        file: "procedures".to_owned(),
        line: 1,
        column: 0,
        code: "WF612",
        severity: Severity::Error,
        path: String::new(),
        message: "there is no procedure: no file `procedures/*.yaml`".to_owned(),
        mend: "name the folder that holds `procedures/`, `law/` and `calendar/`, and see that it was copied whole"
            .to_owned(),
    }
}

/// Each filing day is governed by exactly one version, from the first version's first day on.
fn check_versions(versions: &[Arc<Definition>], found: &mut Vec<Diagnostic>) {
    for version in versions {
        if let (Some(from), Some(to)) = (version.filed.from, version.filed.to)
            && to < from
        {
            found.push(problem(
                version,
                "WF611",
                (version.lines.filed, "filed"),
                format!("`filed` begins on {from} and ends on {to}, before it: it holds no day"),
                "write the first filing day as `from` and the last one as `to`",
            ));
        }
    }
    for pair in versions.windows(2) {
        let [older, newer] = pair else { continue };
        if older.version == newer.version {
            let message = format!("version {} of `{}` stands in two files", older.version, older.key);
            found.push(problem(
                newer,
                "WF601",
                (newer.lines.version, "version"),
                message,
                "number the versions 1, 2, 3 …",
            ));
            continue;
        }
        let follows = older.filed.to.and_then(Date::next_day);
        if follows.is_none() || follows != newer.filed.from {
            let message = format!(
                "version {} is filed from a day that does not follow the last day of version {}",
                newer.version, older.version
            );
            found.push(problem(
                newer,
                "WF610",
                (newer.lines.filed, "filed"),
                message,
                "let the ranges of filing days meet without gap or overlap",
            ));
        }
    }
}
