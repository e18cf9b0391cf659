//! Reading one YAML file of the domain pack into a typed value, with the place of every fault.

use serde::de::DeserializeOwned;
use serde_saphyr::{Location, Spanned};
use time::{Date, format_description::StaticFormatDescription, macros::format_description};

use crate::{
    clock::iso_day,
    diagnostic::{Diagnostic, Severity},
    yaml,
};

/// How dates are written in the domain pack: `2026-10-10`.
pub(crate) const ISO_DATE: StaticFormatDescription = format_description!("[year]-[month]-[day]");

/// One file being read: its name and the findings so far.
pub(crate) struct Source<'a> {
    file: &'a str,
    findings: Vec<Diagnostic>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a str) -> Self {
        Self {
            file,
            findings: Vec::new(),
        }
    }

    /// Reads the whole document; `None` after noting why it cannot be read (`WF700`).
    pub(crate) fn read<T: DeserializeOwned>(&mut self, text: &str) -> Option<T> {
        let mut options = yaml::rules();
        options.with_snippet = false;
        match serde_saphyr::from_str_with_options(text, options) {
            Ok(value) => Some(value),
            Err(error) => {
                let place = error.location().unwrap_or(Location::UNKNOWN);
                let message = error.without_snippet().to_string().replace('\n', " ");
                self.error(
                    place,
                    "WF700",
                    "",
                    message,
                    "write the file as the README beside it describes",
                );
                None
            }
        }
    }

    /// Notes an error at a place of this file.
    pub(crate) fn error(
        &mut self,
        place: Location,
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.note(Severity::Error, place, code, path, message, mend);
    }

    /// Notes a warning at a place of this file.
    pub(crate) fn warning(
        &mut self,
        place: Location,
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.note(Severity::Warning, place, code, path, message, mend);
    }

    fn note(
        &mut self,
        severity: Severity,
        place: Location,
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.findings.push(Diagnostic {
            file: self.file.to_owned(),
            line: u32::try_from(place.line()).unwrap_or(u32::MAX).max(1),
            column: u32::try_from(place.column()).unwrap_or(u32::MAX),
            code,
            severity,
            path: path.into(),
            message: message.into(),
            mend: mend.into(),
        });
    }

    /// Reads a date written as `2026-10-10`; `None` after noting the fault under `code`.
    pub(crate) fn date(&mut self, code: &'static str, path: &str, written: &Spanned<String>) -> Option<Date> {
        let date = parse_date(&written.value);
        if date.is_none() {
            let message = format!("`{}` is not a date", written.value);
            self.error(written.referenced, code, path, message, "write dates as 2026-10-10");
        }
        date
    }

    /// Gives up the findings of this file.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        self.findings
    }
}

/// Reads a date written as `2026-10-10`.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    iso_day(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_refused_as_in_a_procedure() {
        let mut source = Source::new("f.yaml");
        assert_eq!(source.read::<serde_json::Value>("a: &x 1\nb: *x\n"), None);
        let found = source.finish();
        assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), ["WF700"]);
        let kept = Source::new("f.yaml").read::<serde_json::Value>("a: on\n");
        assert_eq!(kept, Some(serde_json::json!({"a": "on"})));
    }
}
