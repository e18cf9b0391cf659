//! What of a pack could not be read. What it would have said is not missed elsewhere: the file is told of once.

use std::collections::BTreeSet;

use super::{FEEDBACK, PROCEDURES, folder};
use crate::diagnostic::Diagnostic;

/// What is not known of a pack.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Procedures of which something could not be read or compiled.
    pub(super) procedures: BTreeSet<String>,
    /// Whether a file could not be read of which nothing says whose it is.
    nameless: bool,
    /// Whether notices or documents are not known.
    pub(super) texts: bool,
    /// Whether rows of what is owed are not known.
    pub(super) owed: bool,
}

impl Unread {
    /// A file that cannot be read: of what it is, its folder and its name say.
    pub(super) fn file(&mut self, path: &str) {
        self.lacking(folder(path), named(path));
    }

    /// Something of a folder is missing; of a procedure, if it is known of which.
    pub(super) fn lacking(&mut self, folder: &str, procedure: Option<String>) {
        match (folder, procedure) {
            (PROCEDURES, Some(key)) => {
                self.procedures.insert(key);
            }
            (PROCEDURES, None) => self.nameless = true,
            ("notices" | "documents", _) => self.texts = true,
            (FEEDBACK, _) => self.owed = true,
            _ => {}
        }
    }

    /// Whether all procedures are known.
    pub(super) fn knows_all_procedures(&self) -> bool {
        self.procedures.is_empty() && !self.nameless
    }

    /// Whether a finding may be there only because something is not known.
    pub(super) fn explains(&self, found: &Diagnostic) -> bool {
        match found.code {
            "WF105" | "WF106" => self.texts,
            "WF301" | "WF508" | "WF916" => self.nameless,
            _ => false,
        }
    }
}

/// The procedure that a file seems to be of, by its name `KEY-VERSION.yaml`.
pub(super) fn named(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let (key, _) = file.rsplit_once('-')?;
    Some(key.to_owned())
}
