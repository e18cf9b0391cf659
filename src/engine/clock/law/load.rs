//! From the files of a domain pack to a [`Law`].

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt::Write as _,
    sync::Arc,
};

use serde::Deserialize;
use serde_saphyr::Spanned;
use sha2::{Digest, Sha256};
use time::Date;

use super::Law;
use crate::{
    clock::{
        calendar::Calendar,
        instrument::{Counting, DayMeans, FirstDay, HourStart, InForce, Instrument, LastArticle, LastDay},
        law_ref::{LawRef, is_article, is_key},
        source::Source,
    },
    diagnostic::{Diagnostic, Severity},
    text::Label,
};

/// One instrument file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    key: Spanned<String>,
    title: Label,
    issuer: Label,
    #[serde(default)]
    number: Option<String>,
    in_force: WrittenInForce,
    #[serde(default)]
    amended: Option<Spanned<String>>,
    #[serde(default)]
    superseded_by: Option<Spanned<String>>,
    day_means: Spanned<DayMeans>,
    #[serde(default)]
    day_basis: Option<Spanned<String>>,
    #[serde(default)]
    counting: Option<WrittenCounting>,
    #[serde(default)]
    counting_from: Option<Spanned<String>>,
    source: String,
    #[serde(default)]
    unverified: bool,
    #[serde(default)]
    note: Option<Label>,
    #[serde(default)]
    last_article: Option<LastArticle>,
    #[serde(default)]
    paragraphs: BTreeMap<String, Spanned<Vec<u32>>>,
    #[serde(default)]
    articles: BTreeMap<String, Spanned<Label>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenInForce {
    from: Spanned<String>,
    #[serde(default)]
    to: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCounting {
    first_day: FirstDay,
    hours: HourStart,
    last_day: LastDay,
    travel_time_excluded: bool,
    basis: Spanned<String>,
}

/// A record whose own fields were read, before it is known which others exist.
struct Draft<'a> {
    source: Source<'a>,
    written: Written,
    in_force: Option<InForce>,
    amended: Option<Date>,
    day_basis: Option<LawRef>,
    counting: Option<Counting>,
}

/// What the records know of each other: for every key its own counting rules, if it has any.
type Known = BTreeMap<String, Option<Counting>>;

pub(super) fn load(files: &[(&str, &str)]) -> (Option<Law>, Vec<Diagnostic>) {
    let of = |kind: Kind| -> Vec<_> {
        files
            .iter()
            .filter(|(path, _)| kind_of(path) == Some(kind))
            .copied()
            .collect()
    };
    let (calendar, mut findings) = Calendar::load(&of(Kind::Calendar));
    let (instruments, more) = load_instruments(&of(Kind::Instrument));
    findings.extend(more);
    findings.sort();
    let broken = findings.iter().any(|finding| finding.severity == Severity::Error);
    let used = files.iter().filter(|(path, _)| kind_of(path).is_some());
    let law = calendar.filter(|_| !broken).map(|calendar| Law {
        version: version(&calendar, &instruments),
        instruments,
        calendar: Arc::new(calendar),
        files: used
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect(),
    });
    (law, findings)
}

/// Sixteen hex digits over the days of the calendar and what the instruments say.
fn version(calendar: &Calendar, instruments: &BTreeMap<String, Arc<Instrument>>) -> String {
    let mut digest = Sha256::new_with_prefix(calendar.version());
    for instrument in instruments.values() {
        digest.update(serde_json::to_vec(&**instrument).unwrap_or_default());
    }
    digest.finalize().iter().take(8).fold(String::new(), |mut hex, byte| {
        // writing to a string cannot fail
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Calendar,
    Instrument,
}

/// What a file of the pack is, by its nearest folder named `calendar` or `law`.
fn kind_of(path: &str) -> Option<Kind> {
    if !path.ends_with(".yaml") {
        return None;
    }
    path.rsplit(['/', '\\']).skip(1).find_map(|folder| match folder {
        "calendar" => Some(Kind::Calendar),
        "law" => Some(Kind::Instrument),
        _ => None,
    })
}

fn load_instruments(files: &[(&str, &str)]) -> (BTreeMap<String, Arc<Instrument>>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut known = Known::new();
    for (file, text) in files {
        let mut source = Source::new(file);
        let Some(written) = source.read::<Written>(text) else {
            findings.extend(source.finish());
            continue;
        };
        let mut draft = draft(source, written);
        let key = draft.written.key.clone();
        match known.entry(key.value) {
            Entry::Vacant(free) => {
                free.insert(draft.counting.clone());
            }
            Entry::Occupied(taken) => {
                let message = format!("the instrument `{}` is in two files", taken.key());
                draft.source.error(
                    key.referenced,
                    "WF720",
                    "key",
                    message,
                    "give every instrument a key of its own",
                );
            }
        }
        drafts.push(draft);
    }
    let mut instruments = BTreeMap::new();
    for draft in drafts {
        let (instrument, more) = resolve(draft, &known);
        findings.extend(more);
        instruments.extend(instrument.map(|instrument| (instrument.key.clone(), Arc::new(instrument))));
    }
    (instruments, findings)
}

/// Reads the fields that can be judged without the other records.
fn draft(mut source: Source<'_>, written: Written) -> Draft<'_> {
    check_key(&mut source, &written.key);
    check_day_means(&mut source, &written.day_means);
    for (article, gist) in &written.articles {
        if !is_article(article) {
            let message = format!("`{article}` is not an article number");
            source.error(
                gist.referenced,
                "WF727",
                "articles",
                message,
                "write \"15\", or \"10-1\" for 第十条之一",
            );
        }
    }
    check_extent(&mut source, &written);
    check_paragraphs(&mut source, &written);
    if written.unverified && written.note.is_none() {
        let mend = "add a note that says what was not checked";
        source.error(
            written.key.referenced,
            "WF728",
            "unverified",
            "unverified without a note",
            mend,
        );
    }
    let in_force = read_in_force(&mut source, &written.in_force);
    let amended = written
        .amended
        .as_ref()
        .and_then(|date| source.date("WF729", "amended", date));
    let day_basis = written
        .day_basis
        .as_ref()
        .and_then(|basis| read_ref(&mut source, "day_basis", basis));
    let counting = written
        .counting
        .as_ref()
        .and_then(|counting| read_counting(&mut source, counting));
    Draft {
        source,
        written,
        in_force,
        amended,
        day_basis,
        counting,
    }
}

/// Warns where nobody could tell a wrong article number, and refuses an instrument without any article.
fn check_extent(source: &mut Source<'_>, written: &Written) {
    let at = written.key.referenced;
    match written.last_article {
        None => {
            let mend = "add `last_article: 46`, or `last_article: excerpts` where the whole text is not at hand";
            source.warning(at, "WF731", "last_article", "which articles it has is not said", mend);
        }
        Some(LastArticle::Number(0)) => {
            let mend = "write the number of its last article";
            source.error(
                at,
                "WF731",
                "last_article",
                "an instrument has at least one article",
                mend,
            );
        }
        Some(_) => {}
    }
}

/// Paragraphs are counted of articles that there are, each of which has at least one.
fn check_paragraphs(source: &mut Source<'_>, written: &Written) {
    for (article, items) in &written.paragraphs {
        let at = items.referenced;
        if !is_article(article) {
            let message = format!("`{article}` is not an article number");
            let mend = "write \"15\", or \"10-1\" for 第十条之一";
            source.error(at, "WF727", "paragraphs", message, mend);
        } else if items.value.is_empty() {
            let message = format!("article {article} has at least one paragraph");
            let mend = "write [0] for one paragraph without items, [0, 3] for two of which the second lists three";
            source.error(at, "WF732", "paragraphs", message, mend);
        }
        if let Some(LastArticle::Number(last)) = written.last_article
            && article.parse::<u32>().is_ok_and(|number| number > last)
        {
            let message = format!("article {article} lies behind the last one, {last}");
            source.error(
                at,
                "WF732",
                "paragraphs",
                message,
                "correct the number or `last_article`",
            );
        }
    }
}

fn check_key(source: &mut Source<'_>, key: &Spanned<String>) {
    if !is_key(&key.value) {
        let message = format!("`{}` cannot be a key", key.value);
        source.error(
            key.referenced,
            "WF721",
            "key",
            message,
            "use lower-case letters, digits and hyphens",
        );
    }
}

fn check_day_means(source: &mut Source<'_>, day_means: &Spanned<DayMeans>) {
    let empty = match &day_means.value {
        DayMeans::Calendar | DayMeans::Working => false,
        DayMeans::WorkingIfAtMost(most) => *most == 0,
        DayMeans::WorkingValues(values) => values.is_empty() || values.contains(&0),
    };
    if empty {
        let mend = "name amounts from 1 up, or write `day_means: calendar`";
        source.error(
            day_means.referenced,
            "WF730",
            "day_means",
            "no amount of days is meant",
            mend,
        );
    }
}

fn read_in_force(source: &mut Source<'_>, written: &WrittenInForce) -> Option<InForce> {
    let from = source.date("WF729", "in_force.from", &written.from);
    let to = match &written.to {
        Some(to) => Some(source.date("WF729", "in_force.to", to)?),
        None => None,
    };
    let from = from?;
    if to.is_some_and(|to| to < from) {
        let mend = "`to` is the last day in force";
        source.error(
            written.from.referenced,
            "WF724",
            "in_force",
            "the time in force ends before it starts",
            mend,
        );
        return None;
    }
    Some(InForce { from, to })
}

fn read_ref(source: &mut Source<'_>, path: &str, written: &Spanned<String>) -> Option<LawRef> {
    match written.value.parse() {
        Ok(law_ref) => Some(law_ref),
        Err(fault) => {
            source.error(written.referenced, "WF726", path, fault.to_string(), "");
            None
        }
    }
}

fn read_counting(source: &mut Source<'_>, written: &WrittenCounting) -> Option<Counting> {
    Some(Counting {
        first_day: written.first_day,
        hours: written.hours,
        last_day: written.last_day,
        travel_time_excluded: written.travel_time_excluded,
        basis: read_ref(source, "counting.basis", &written.basis)?,
    })
}

/// Checks a record against the others and completes it.
fn resolve(mut draft: Draft<'_>, known: &Known) -> (Option<Instrument>, Vec<Diagnostic>) {
    check_cited(&mut draft, known);
    check_successor(&mut draft, known);
    let counting = resolve_counting(&mut draft, known);
    let findings = draft.source.finish();
    let written = draft.written;
    let instrument = counting.zip(draft.in_force).map(|(counting, in_force)| Instrument {
        key: written.key.value,
        title: written.title,
        issuer: written.issuer,
        number: written.number,
        in_force,
        amended: draft.amended,
        superseded_by: written.superseded_by.map(|key| key.value),
        day_means: written.day_means.value,
        day_basis: draft.day_basis,
        counting,
        counting_from: written.counting_from.map(|key| key.value),
        source: written.source,
        unverified: written.unverified,
        note: written.note,
        last_article: written.last_article,
        paragraphs: written
            .paragraphs
            .into_iter()
            .map(|(article, items)| (article, items.value))
            .collect(),
        articles: written
            .articles
            .into_iter()
            .map(|(article, gist)| (article, gist.value))
            .collect(),
    });
    (instrument, findings)
}

fn check_cited(draft: &mut Draft<'_>, known: &Known) {
    let counting = draft
        .written
        .counting
        .as_ref()
        .map(|counting| ("counting.basis", &counting.basis));
    let cited = [
        counting.zip(draft.counting.as_ref().map(|counting| &counting.basis)),
        draft
            .written
            .day_basis
            .as_ref()
            .map(|basis| ("day_basis", basis))
            .zip(draft.day_basis.as_ref()),
    ];
    for ((path, written), law_ref) in cited.into_iter().flatten() {
        if !known.contains_key(law_ref.instrument()) {
            let message = format!("`{law_ref}` cites an instrument that no file describes");
            draft.source.error(
                written.referenced,
                "WF726",
                path,
                message,
                "cite the key of another file",
            );
        }
    }
}

fn check_successor(draft: &mut Draft<'_>, known: &Known) {
    let Some(successor) = &draft.written.superseded_by else {
        return;
    };
    if !known.contains_key(&successor.value) || successor.value == draft.written.key.value {
        let message = format!("`{}` is not another instrument", successor.value);
        draft.source.error(
            successor.referenced,
            "WF725",
            "superseded_by",
            message,
            "name the key of the later one",
        );
    }
    if draft.written.in_force.to.is_none() {
        let message = "superseded, but without a last day in force";
        draft.source.error(
            successor.referenced,
            "WF725",
            "in_force.to",
            message,
            "add `to`, the last day in force",
        );
    }
}

fn resolve_counting(draft: &mut Draft<'_>, known: &Known) -> Option<Counting> {
    match (&draft.written.counting, &draft.written.counting_from) {
        (Some(_), None) => draft.counting.clone(),
        (None, Some(from)) => match known.get(&from.value) {
            Some(Some(counting)) => Some(counting.clone()),
            found => {
                let fault = if found.is_some() {
                    "has no good counting rules of its own"
                } else {
                    "is not an instrument"
                };
                let message = format!("`{}` {fault}", from.value);
                let mend = "name an instrument that has `counting`";
                draft
                    .source
                    .error(from.referenced, "WF723", "counting_from", message, mend);
                None
            }
        },
        (own, _) => {
            let message = if own.is_some() {
                "two sources of counting rules"
            } else {
                "no counting rules"
            };
            let mend = "write either `counting` or `counting_from`";
            draft
                .source
                .error(draft.written.key.referenced, "WF722", "counting", message, mend);
            None
        }
    }
}

#[cfg(test)]
mod tests;
