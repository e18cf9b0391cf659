//! What a proposed domain pack changes, file by file and line by line: what whoever publishes it answers for.

use std::collections::{BTreeMap, BTreeSet};

use similar::{ChangeTag, TextDiff};
use zhengming_engine::pack::Pack;

use super::{Error, Result, accounts::demand, definitions, laws};
use crate::{
    access::{Action, Actor, Standing},
    app::App,
    store::PackRow,
};

/// Lines around a change that are shown with it.
const AROUND: usize = 3;
/// Lines of one file that are shown at most; the numbers count all.
const LONGEST: usize = 600;

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// File, from the folder of the pack.
    pub path: String,
    /// Lines that come.
    pub added: usize,
    /// Lines that go.
    pub removed: usize,
    /// The changes with what is around them.
    pub lines: Vec<Line>,
}

/// One line of a changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// As before.
    Kept(String),
    /// Comes.
    Added(String),
    /// Goes.
    Removed(String),
    /// Lines that are not shown: between two changes, or because there are too many.
    Gap,
}

/// What a proposal changes in the pack that runs now, by file; nothing where both say the same.
///
/// # Errors
/// [`Error::Forbidden`] unless the actor is an analyst or administrator; [`Error::NotFound`]; [`Error::Internal`] when the
/// proposed pack cannot be read; those of the database.
pub async fn of_proposal(app: &App, actor: &Actor, proposal: &str) -> Result<Vec<Amendment>> {
    demand(app, actor, Action::PublishWorkflows, &Standing::default(), "workflows").await?;
    let row = app.store.publication(proposal).await?.ok_or(Error::NotFound)?;
    let row = app.store.pack(&row.pack).await?;
    let row = row.ok_or(Error::Internal("a kept pack is missing"))?;
    let running = app.pack();
    let proposed = files(app, &running, &row).await?;
    let running = running.law.files().iter().chain(running.files()).cloned().collect();
    Ok(between(&running, &proposed))
}

type Files = BTreeMap<String, String>;

/// All files of a kept pack. Most proposals leave the law alone: then it need not be read again.
async fn files(app: &App, running: &Pack, row: &PackRow) -> Result<Files> {
    let own = definitions::files(row)?;
    let law = if row.law == running.law.version() {
        running.law.files().to_vec()
    } else {
        laws::read(&app.store, &row.law).await?.files().to_vec()
    };
    Ok(law.into_iter().chain(own).collect())
}

fn between(before: &Files, after: &Files) -> Vec<Amendment> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let text = |files: &Files, path: &String| files.get(path).cloned().unwrap_or_default();
    let pairs = paths
        .into_iter()
        .map(|path| (path, text(before, path), text(after, path)));
    let changed = pairs.filter(|(_, before, after)| before != after);
    changed
        .map(|(path, before, after)| amendment(path, &before, &after))
        .collect()
}

fn amendment(path: &str, before: &str, after: &str) -> Amendment {
    let diff = TextDiff::from_lines(before, after);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let mut lines = Vec::new();
    for (n, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if n > 0 {
            lines.push(Line::Gap);
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches(['\r', '\n']).to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => Line::Kept(text),
                ChangeTag::Insert => Line::Added(text),
                ChangeTag::Delete => Line::Removed(text),
            });
        }
    }
    if lines.len() > LONGEST {
        lines.truncate(LONGEST);
        lines.push(Line::Gap);
    }
    Amendment {
        path: path.to_owned(),
        added: count(ChangeTag::Insert),
        removed: count(ChangeTag::Delete),
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> Files {
        let owned = all.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        owned.collect()
    }

    #[test]
    fn only_files_that_differ_are_named_with_what_comes_and_goes() {
        let before = files(&[("a", "1\n2\n3\n4\n5\n6\n"), ("b", "x\n"), ("c", "gone\n")]);
        let after = files(&[("a", "1\n2\n3\nfour\n5\n6\n"), ("b", "x\n"), ("d", "new\n")]);
        let found = between(&before, &after);
        let counts: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.added, f.removed)).collect();
        assert_eq!(counts, [("a", 1, 1), ("c", 0, 1), ("d", 1, 0)]);
        let kept = |text: &str| Line::Kept(text.to_owned());
        let changed = [Line::Removed("4".to_owned()), Line::Added("four".to_owned())];
        let lines = [
            [kept("1"), kept("2"), kept("3")].as_slice(),
            &changed,
            &[kept("5"), kept("6")],
        ]
        .concat();
        assert_eq!(found[0].lines, lines);
    }

    #[test]
    fn what_lies_between_two_changes_is_left_out_and_said_to_be() {
        let text = |first: &str, last: &str| {
            let middle: String = (0..40).map(|n| format!("{n}\n")).collect();
            format!("{first}\n{middle}{last}\n")
        };
        let found = amendment("a", &text("a", "z"), &text("b", "y"));
        assert_eq!(found.lines.iter().filter(|line| **line == Line::Gap).count(), 1);
        assert!(found.lines.len() < 14, "{}", found.lines.len());
        let long = amendment("a", "", &"x\n".repeat(5_000));
        assert_eq!((long.added, long.lines.len()), (5_000, LONGEST + 1));
    }
}
