//! From year files to a [`Calendar`].

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Deserialize;
use serde_saphyr::{Location, Spanned};
use sha2::{Digest as _, Sha256};
use time::{Date, Month};

use super::{Calendar, DayKind, is_weekday};
use crate::{
    clock::source::{Source, parse_date},
    diagnostic::{Diagnostic, Severity},
};

/// Years that a file may speak of: the People's Republic's, as far as `time` can represent the day after.
const YEARS: std::ops::RangeInclusive<i32> = 1949..=9998;

/// One year file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: Spanned<i32>,
    #[serde(default, rename = "notice")]
    _notice: Option<Notice>,
    #[serde(default)]
    revisions: Vec<Revision>,
    off: Vec<Spanned<String>>,
    #[serde(default)]
    work: Vec<Spanned<String>>,
}

/// Where the year's days come from. Kept for the reader of the file; the engine needs only that the fields are known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    #[serde(default, rename = "number")]
    _number: Option<String>,
    #[serde(default, rename = "title")]
    _title: Option<String>,
    #[serde(default, rename = "url")]
    _url: Option<String>,
}

/// A notice that changed the year after it had been published.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revision {
    date: Spanned<String>,
    #[serde(default, rename = "number")]
    _number: Option<String>,
    #[serde(default, rename = "url")]
    _url: Option<String>,
    #[serde(default, rename = "about")]
    _about: Option<String>,
}

/// One year, checked.
struct Year {
    file: String,
    place: Location,
    days: BTreeMap<Date, DayKind>,
}

pub(super) fn load(files: &[(&str, &str)]) -> (Option<Calendar>, Vec<Diagnostic>) {
    let mut years = BTreeMap::new();
    let mut findings = Vec::new();
    for (file, text) in files {
        let mut source = Source::new(file);
        if let Some(written) = source.read::<YearFile>(text) {
            read_year(&mut source, file, &written, &mut years);
        }
        findings.extend(source.finish());
    }
    findings.extend(gaps(&years));
    if files.is_empty() {
        findings.push(no_files());
    }
    findings.sort();
    let broken = findings.iter().any(|finding| finding.severity == Severity::Error);
    let calendar = if broken { None } else { build(&years) };
    (calendar, findings)
}

fn read_year(source: &mut Source<'_>, file: &str, written: &YearFile, years: &mut BTreeMap<i32, Year>) {
    let year = written.year.value;
    let place = written.year.referenced;
    if !YEARS.contains(&year) {
        source.error(
            place,
            "WF704",
            "year",
            format!("{year} is not a year of this calendar"),
            "write a year such as 2026",
        );
        return;
    }
    for revision in &written.revisions {
        source.date("WF703", "revisions.date", &revision.date);
    }
    let mut days = BTreeMap::new();
    for entry in &written.off {
        read_range(source, "off", year, entry, DayKind::StatutoryHoliday, &mut days);
    }
    for entry in &written.work {
        read_range(source, "work", year, entry, DayKind::MakeUpWorkingDay, &mut days);
    }
    if let Some(earlier) = years.get(&year) {
        let message = format!("the year {year} is also in {}", earlier.file);
        source.error(
            place,
            "WF701",
            "year",
            message,
            "keep one file a year; a later notice goes under revisions",
        );
        return;
    }
    years.insert(
        year,
        Year {
            file: file.to_owned(),
            place,
            days,
        },
    );
}

/// Reads one entry of `off` or `work`: a date, or two dates joined by `..`, both included.
fn read_range(
    source: &mut Source<'_>,
    list: &str,
    year: i32,
    entry: &Spanned<String>,
    kind: DayKind,
    days: &mut BTreeMap<Date, DayKind>,
) {
    let (from, to) = entry.value.split_once("..").unwrap_or((&entry.value, &entry.value));
    let (Some(from), Some(to)) = (parse_date(from), parse_date(to)) else {
        let message = format!("`{}` is neither a date nor a range", entry.value);
        source.error(
            entry.referenced,
            "WF703",
            list,
            message,
            "write 2026-10-01 or 2026-10-01..2026-10-07",
        );
        return;
    };
    if from > to {
        let message = format!("the range `{}` ends before it starts", entry.value);
        source.error(entry.referenced, "WF703", list, message, "write the earlier date first");
        return;
    }
    if from.year() != year || to.year() != year {
        let message = format!("`{}` is outside the year {year}", entry.value);
        source.error(
            entry.referenced,
            "WF704",
            list,
            message,
            "put the days into the file of their own year",
        );
        return;
    }
    let mut next = Some(from);
    while let Some(date) = next.filter(|date| *date <= to) {
        if kind == DayKind::MakeUpWorkingDay && is_weekday(date) {
            let message = format!("{date} is a {} and worked anyway", date.weekday());
            source.error(
                entry.referenced,
                "WF706",
                list,
                message,
                "list only worked Saturdays and Sundays",
            );
        }
        if days.insert(date, kind).is_some() {
            let message = format!("{date} is listed twice");
            source.error(
                entry.referenced,
                "WF705",
                list,
                message,
                "list every day once, as off or as worked",
            );
        }
        next = date.next_day();
    }
}

fn gaps(years: &BTreeMap<i32, Year>) -> Vec<Diagnostic> {
    let later = years.iter().skip(1);
    let pairs = years
        .keys()
        .zip(later)
        .filter(|(before, (year, _))| **before + 1 != **year);
    pairs
        .flat_map(|(before, (year, file))| {
            let mut source = Source::new(&file.file);
            let message = format!("no file for the years between {before} and {year}");
            source.error(
                file.place,
                "WF702",
                "year",
                message,
                "add the missing years or remove the lone ones",
            );
            source.finish()
        })
        .collect()
}

fn no_files() -> Diagnostic {
    Diagnostic {
        file: "calendar".to_owned(),
        line: 1,
        column: 0,
        code: "WF707",
        severity: Severity::Error,
        path: String::new(),
        message: "the calendar has no year files".to_owned(),
        mend: "add one file a year from the State Council's notice".to_owned(),
    }
}

fn build(years: &BTreeMap<i32, Year>) -> Option<Calendar> {
    let start = Date::from_calendar_date(*years.keys().next()?, Month::January, 1).ok()?;
    let end = Date::from_calendar_date(*years.keys().next_back()?, Month::December, 31).ok()?;
    let (mut kinds, mut worked, mut working) = (Vec::new(), Vec::new(), Vec::new());
    let mut listed = String::new();
    let mut sum = 0;
    let mut offset = 0;
    let mut next = Some(start);
    while let Some(date) = next.filter(|date| *date <= end) {
        let special = years.get(&date.year()).and_then(|year| year.days.get(&date)).copied();
        if let Some(kind) = special {
            // writing to a string cannot fail
            let _ = writeln!(listed, "{date} {}", kind == DayKind::StatutoryHoliday);
        }
        let plain = if is_weekday(date) {
            DayKind::WorkingDay
        } else {
            DayKind::Weekend
        };
        let kind = special.unwrap_or(plain);
        if matches!(kind, DayKind::WorkingDay | DayKind::MakeUpWorkingDay) {
            sum += 1;
            working.push(offset);
        }
        kinds.push(kind);
        worked.push(sum);
        offset += 1;
        next = date.next_day();
    }
    Some(Calendar {
        first: start.to_julian_day(),
        last: end.to_julian_day(),
        range: start..=end,
        kinds,
        worked,
        working,
        version: version(start, end, &listed),
    })
}

/// Twelve hex digits: enough to tell two calendars apart in a trace, short enough to read out.
fn version(start: Date, end: Date, listed: &str) -> String {
    let digest = Sha256::digest(format!("{start}..{end}\n{listed}"));
    digest.iter().take(6).fold(String::new(), |hex, byte| {
        let mut hex = hex;
        // writing to a string cannot fail
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "year: 2026\noff:\n  - 2026-10-01..2026-10-07\nwork:\n  - 2026-10-10\n";

    fn codes(files: &[(&str, &str)]) -> Vec<(String, u32, &'static str)> {
        let (calendar, findings) = load(files);
        assert!(calendar.is_none());
        findings
            .into_iter()
            .map(|finding| (finding.file, finding.line, finding.code))
            .collect()
    }

    #[test]
    fn every_fault_of_every_file_is_reported_with_its_line() {
        let bad = "year: 2025\noff:\n  - 2025-10-01\n  - 2025-13-01\n  - 2025-10-09..2025-10-08\n  - 2024-01-01\n\
                   work:\n  - 2025-10-01\n  - 2025-10-11\n";
        let found = codes(&[
            ("a.yaml", bad),
            ("b.yaml", "year: 2023\noff: []\n"),
            ("c.yaml", "year: 2023\noff: []\n"),
        ]);
        let expected = [
            ("a.yaml", 1, "WF702"),
            ("a.yaml", 4, "WF703"),
            ("a.yaml", 5, "WF703"),
            ("a.yaml", 6, "WF704"),
            ("a.yaml", 8, "WF705"),
            ("a.yaml", 8, "WF706"),
            ("c.yaml", 1, "WF701"),
        ];
        assert_eq!(found, expected.map(|(file, line, code)| (file.to_owned(), line, code)));
    }

    #[test]
    fn an_unknown_field_is_refused_where_it_stands() {
        let found = codes(&[("x.yaml", "year: 2026\noff: []\nwrok: []\n")]);
        assert_eq!(found, [("x.yaml".to_owned(), 3, "WF700")]);
    }

    #[test]
    fn text_that_is_not_yaml_is_a_finding() {
        for text in [
            "",
            "{",
            "- - -\n\t",
            "year: [",
            "\u{0}",
            "year: 99999999999999999999\noff: []\n",
        ] {
            let (calendar, findings) = load(&[("x.yaml", text)]);
            assert!(calendar.is_none(), "{text:?}");
            assert!(
                findings.iter().all(|finding| finding.line >= 1) && !findings.is_empty(),
                "{text:?}"
            );
        }
        assert_eq!(codes(&[]), [("calendar".to_owned(), 1, "WF707")]);
        assert_eq!(
            codes(&[("x.yaml", "year: 10000\noff: []\n")]),
            [("x.yaml".to_owned(), 1, "WF704")]
        );
    }

    #[test]
    fn the_version_follows_the_days_and_not_the_comments() {
        let version = |text: &str| {
            load(&[("x.yaml", text)])
                .0
                .map(|calendar| calendar.version().to_owned())
        };
        assert_eq!(version(GOOD), version(&format!("# from the notice\n{GOOD}")));
        assert_ne!(version(GOOD), version(&GOOD.replace("10-10", "10-11")));
        assert_eq!(version(GOOD).map(|version| version.len()), Some(12));
    }
}
