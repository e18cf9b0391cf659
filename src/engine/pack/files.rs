//! The files of a pack as such: which are not read, and what in them nobody could see.

use super::{FEEDBACK, OWN, PROCEDURES, encoding, folder};
use crate::{
    definition::source::{Node, Place, Reader},
    diagnostic::Diagnostic,
};

/// Folders that others read: the law's, and models of offices.
const OTHERS: [&str; 3] = ["calendar", "law", "simulations"];

/// Whether the loader reads a file.
fn is_read(path: &str) -> bool {
    let own = || OWN.contains(&folder(path));
    let others = || path.rsplit('/').skip(1).any(|around| OTHERS.contains(&around));
    path.ends_with(".yaml") && (own() || others())
}

/// Files that would be passed over, bytes that are no text, characters that nobody sees.
pub(super) fn check(files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, text) in files {
        let mut reader = Reader::new(path);
        if is_read(path) && encoding::is_foreign(text) {
            encoding::check(&mut reader, text);
        } else if is_read(path) {
            for (line, text) in (1..).zip(text.lines()) {
                unseen(&mut reader, Place { line, column: 0 }, text);
            }
        } else if path.ends_with(".yaml") || path.ends_with(".yml") {
            // What is no YAML by its name is there for people.
            passed_over(&mut reader);
        }
        found.append(&mut reader.found);
    }
    found
}

fn passed_over(reader: &mut Reader<'_>) {
    let mend = if reader.file().ends_with(".yaml") {
        let folders = [OWN.join("/, "), OTHERS.join("/, ")].join("/, ");
        format!("put it into one of {folders}/, or take it out")
    } else {
        "let its name end in `.yaml`, or take it out".to_owned()
    };
    let whole = Place { line: 1, column: 0 };
    reader.warning("WF614", whole, "", "this file is not read".to_owned(), &mend);
}

/// What a file holds by the keys that only files of one folder have.
const HOLDS: [(&str, &[&str]); 4] = [
    (PROCEDURES, &["procedure", "states"]),
    ("notices", &["notices"]),
    ("documents", &["documents"]),
    (FEEDBACK, &["feedback"]),
];

/// A file in the folder of others: said once, and not key by key. The folder in which it belongs, if it does.
pub(super) fn misplaced(reader: &mut Reader<'_>, root: &Node) -> Option<&'static str> {
    let has = |keys: &&[&str]| keys.iter().all(|key| root.get(key).is_some());
    let (home, keys) = HOLDS.iter().find(|(_, keys)| has(keys))?;
    if *home == folder(reader.file()) {
        return None;
    }
    let message = format!("this file has `{}`: it belongs in {home}/", keys.join("` and `"));
    let mend = format!("move it to {home}/");
    reader.error("WF614", Place { line: 1, column: 0 }, "", message, &mend);
    Some(home)
}

/// A file of a procedure is called after it: when its text cannot be read one still knows of what it is.
pub(super) fn called(reader: &mut Reader<'_>, key: &str, version: u32) {
    let wanted = format!("{key}-{version}.yaml");
    let name = reader.file().rsplit('/').next().unwrap_or_default();
    if name != wanted {
        let message = format!("this file holds version {version} of `{key}`, and is called `{name}`");
        let mend = format!("call it `{wanted}`");
        reader.warning("WF614", Place { line: 1, column: 0 }, "", message, &mend);
    }
}

/// What in a line is not seen by who reads it: it could make a line look like another (Unicode TR36,
/// CVE-2021-42574), and stays in titles and notices.
fn unseen(reader: &mut Reader<'_>, place: Place, text: &str) {
    // A mark of byte order may begin a file.
    let text = if place.line == 1 {
        text.trim_start_matches('\u{FEFF}')
    } else {
        text
    };
    if let Some(hidden) = text.chars().find(|c| is_hidden(*c)).or_else(|| escaped(text)) {
        let message = format!(
            "there is a character here that nobody sees, U+{:04X}",
            u32::from(hidden)
        );
        reader.error("WF006", place, "", message, "take it out, or write the text anew");
    }
}

/// Controls of direction, characters without width, separators of lines, private characters, tags, and control characters
/// other than tabs.
fn is_hidden(c: char) -> bool {
    let direction =
        matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let no_width = matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{3164}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}');
    let separator = matches!(c, '\u{2028}' | '\u{2029}' | '\u{E000}'..='\u{F8FF}');
    direction || no_width || separator || (c.is_control() && c != '\t')
}

/// The same, written `\u202E` in quotes.
fn escaped(text: &str) -> Option<char> {
    [("\\x", 2), ("\\u", 4), ("\\U", 8)]
        .into_iter()
        .find_map(|(begin, digits)| {
            let codes = text
                .match_indices(begin)
                .filter_map(move |(at, _)| text.get(at + 2..at + 2 + digits));
            let mut characters = codes.filter_map(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
            characters.find(|c| is_hidden(*c))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(path: &str, text: &str) -> Vec<(u32, &'static str)> {
        check(&[(path, text)])
            .iter()
            .map(|found| (found.line, found.code))
            .collect()
    }

    #[test]
    fn files_that_would_be_passed_over_are_named() {
        for path in ["procedures/a-1.yml", "procedure/a-1.yaml", "a-1.yaml", "notice/a.yaml"] {
            assert_eq!(codes(path, ""), [(1, "WF614")], "{path}");
        }
        for path in [
            "procedures/a-1.yaml",
            "law/a.yaml",
            "law/README.md",
            "calendar/cn/2026.yaml",
            "x/simulations/city.yaml",
        ] {
            assert_eq!(codes(path, ""), [], "{path}");
        }
    }

    #[test]
    fn what_nobody_sees_is_found_as_it_stands_and_escaped() {
        let text = "a: 甲\tb\nb: \u{202E}乙\n# \u{2066}note\nc: \"\\u200b\"\nd: \"\\u4e59\"\n";
        assert_eq!(codes("law/a.yaml", text), [(2, "WF006"), (3, "WF006"), (4, "WF006")]);
        assert_eq!(codes("law/a.yaml", "\u{FEFF}a: b\r\n"), []);
        assert_eq!(codes("law/a.yaml", "a: \u{FFFD}\n"), [(1, "WF001")]);
    }
}
