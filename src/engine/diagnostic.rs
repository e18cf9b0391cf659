//! What is wrong in a file that an analyst wrote: where, what, and how to mend it.

use serde::Serialize;

/// How bad a [`Diagnostic`] is. Only errors stop a definition from being loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used; somebody should look.
    Warning,
}

/// One finding in a file of the domain pack, printed as `file:line:code:message`, a warning with that word before its message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Diagnostic {
    /// Path of the file as it was given to the loader.
    pub file: String,
    /// Line in the file, counted from 1.
    pub line: u32,
    /// Column in the line, counted from 1; 0 where only the line is known.
    pub column: u32,
    /// Stable code, for example `WF203` (list in `workflows/README.md`).
    pub code: &'static str,
    /// Whether the file can still be used.
    pub severity: Severity,
    /// Place inside the document, for example `states.in_review.events.accept.to`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub mend: String,
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.code)?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.message)?;
        if !self.path.is_empty() {
            write!(f, " (at {})", self.path)?;
        }
        if !self.mend.is_empty() {
            write!(f, "; {}", self.mend)?;
        }
        Ok(())
    }
}
