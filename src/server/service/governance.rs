//! Whether filings of today still have a procedure when another pack runs: nobody shall be sent away because a file was left out.

use time::Date;
use zhengming_engine::{
    definition::model::Definition,
    diagnostic::{Diagnostic, Severity},
    pack::Pack,
};

/// Procedures under which one can file today by the pack that runs and could not by the next one (`WF613`). To end a procedure
/// is to say so: its version stays, with a last filing day before today.
#[must_use]
pub fn ungoverned(running: &Pack, next: &Pack, today: Date) -> Vec<Diagnostic> {
    let governing = running.procedures.keys().filter_map(|key| running.in_force(key, today));
    let open = governing.filter(|governing| next.in_force(&governing.key, today).is_none());
    open.filter_map(|governing| missing(governing, next, today)).collect()
}

fn missing(governing: &Definition, next: &Pack, today: Date) -> Option<Diagnostic> {
    let versions = next.procedures.get(&governing.key);
    let same = versions
        .into_iter()
        .flatten()
        .find(|definition| definition.version == governing.version);
    if same.is_some_and(|same| same.filed.to.is_some_and(|to| to < today)) {
        return None;
    }
    let title = format!("version {} of `{}`", governing.version, governing.key);
    let (file, line, message) = match same {
        Some(same) => (
            &same.file,
            same.lines.filed,
            format!("{title} governs filings of today, and by its `filed` no longer does"),
        ),
        None => (
            &governing.file,
            1,
            format!("{title} governs filings of today, and stands in no file any more"),
        ),
    };
    Some(Diagnostic {
        file: file.clone(),
        line,
        column: 0,
        code: "WF613",
        severity: Severity::Error,
        path: "filed".to_owned(),
        message,
        mend: "put it back; to take no more filings, keep it and end `filed` with a day before today".to_owned(),
    })
}
