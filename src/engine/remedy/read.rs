//! Reading `workflows/remedies/*.yaml`.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use super::{Compensation, Damages, Hint, Offence, Remedies};
use crate::{
    clock::{Law, LawRef, source::Source},
    diagnostic::Diagnostic,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    compensations: IndexMap<String, Spanned<Compensation>>,
    #[serde(default)]
    damages: IndexMap<String, Spanned<Damages>>,
    #[serde(default)]
    offences: IndexMap<String, Spanned<Offence>>,
    #[serde(default)]
    hints: IndexMap<String, Spanned<Hint>>,
}

/// Reads one file into `remedies`; what is wrong comes back.
pub(crate) fn read(file: &str, text: &str, law: &Law, remedies: &mut Remedies) -> Vec<Diagnostic> {
    let mut source = Source::new(file);
    let Some(read) = source.read::<File>(text) else {
        return source.finish();
    };
    let mut page = Page { source, law };
    for (key, entry) in read.compensations {
        let (at, value) = (entry.referenced, entry.value);
        page.laws(
            at,
            &key,
            std::iter::once(&value.law).chain(value.except.iter().map(|e| &e.law)),
        );
        if value.price_times.is_none() && value.loss_times.is_none() {
            page.wrong(
                at,
                &key,
                "neither `price_times` nor `loss_times`",
                "say of what it is a multiple",
            );
        }
        page.within(at, &key, "at_least", value.at_least.unwrap_or(0));
        page.put(at, key, value, &mut remedies.compensations);
    }
    for (key, entry) in read.damages {
        let (at, value) = (entry.referenced, entry.value);
        page.laws(at, &key, value.laws());
        if value.punitive.as_ref().is_some_and(|p| p.from > p.to || p.to > 100) {
            page.wrong(
                at,
                &key,
                "`punitive` goes from more to less, or too far",
                "write the smaller multiple in `from`",
            );
        }
        page.within(at, &key, "statutory.most", value.statutory.most);
        page.put(at, key, value, &mut remedies.damages);
    }
    for (key, entry) in read.offences {
        let (at, value) = (entry.referenced, entry.value);
        for test in value.tests.iter().chain(&value.lower_tests) {
            page.within(at, &key, "at_least", test.at_least);
        }
        let lowered = value.lower.two_marks || value.lower.again;
        if lowered == value.lower_tests.is_empty() || value.tests.is_empty() {
            page.wrong(
                at,
                &key,
                "`tests` are missing, or `lower` and `lower_tests` do not go together",
                "write both or neither",
            );
        }
        page.put(at, key, value, &mut remedies.offences);
    }
    for (key, entry) in read.hints {
        let (at, value) = (entry.referenced, entry.value);
        page.laws(at, &key, value.law.iter());
        if value.law.is_none() && !value.unverified {
            page.wrong(
                at,
                &key,
                "no `law`, and not `unverified`",
                "cite the article, or write `unverified: true`",
            );
        }
        page.put(at, key, value, &mut remedies.hints);
    }
    page.source.finish()
}

struct Page<'s, 'l> {
    source: Source<'s>,
    law: &'l Law,
}

impl Page<'_, '_> {
    fn laws<'r>(&mut self, at: Location, key: &str, laws: impl Iterator<Item = &'r LawRef>) {
        for reference in laws {
            if let Some((message, mend)) = self.law.fault_of(reference) {
                self.source.error(at, "WF107", key, message, mend);
            }
        }
    }

    /// A sum in yuan that can be reckoned with.
    fn within(&mut self, at: Location, key: &str, name: &str, yuan: i64) {
        if !(0..=super::MOST / super::FEN / 100).contains(&yuan) {
            self.wrong(
                at,
                key,
                &format!("`{name}` is {yuan}"),
                "write yuan or pieces, from 0 on",
            );
        }
    }

    fn wrong(&mut self, at: Location, key: &str, message: &str, mend: &str) {
        self.source.error(at, "WF901", key, message, mend);
    }

    fn put<T>(&mut self, at: Location, key: String, value: T, all: &mut IndexMap<String, T>) {
        if all.contains_key(&key) {
            self.wrong(
                at,
                &key,
                &format!("`{key}` stands twice"),
                "give one of them another key",
            );
        }
        all.insert(key, value);
    }
}
