//! The law that the clocks run by: all instruments and the working-day calendar.

mod load;

use std::{collections::BTreeMap, sync::Arc};

use super::{
    calendar::Calendar,
    error::ClockError,
    instrument::{Instrument, LastArticle},
    law_ref::LawRef,
};
use crate::diagnostic::Diagnostic;

/// Instruments and calendar of one domain pack.
#[derive(Clone, Debug)]
pub struct Law {
    /// Instruments by key.
    pub instruments: BTreeMap<String, Arc<Instrument>>,
    /// The calendar of working days.
    pub calendar: Arc<Calendar>,
    version: String,
    files: Arc<[(String, String)]>,
}

impl Law {
    /// Reads `law/*.yaml` and `calendar/**/*.yaml` out of the files of a domain pack, given as (path, text).
    ///
    /// A file belongs to what its nearest folder of that name says; other files are left to their own readers. All faults
    /// come back at once, codes `WF700` to `WF739`; the law only when none is an error.
    #[must_use]
    pub fn load(files: &[(&str, &str)]) -> (Option<Self>, Vec<Diagnostic>) {
        load::load(files)
    }

    /// Short hash of what the deadlines follow from, calendar and instruments: equal laws have equal versions, whatever the
    /// files' comments say.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The files that this law was read from, as (path, text): whoever keeps them can count by this law when the pack has
    /// a later one. [`Self::load`] reads them again.
    #[must_use]
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// The instrument of a key.
    ///
    /// # Errors
    /// [`ClockError::UnknownInstrument`] when no file has that key.
    pub fn instrument(&self, key: &str) -> Result<&Arc<Instrument>, ClockError> {
        self.instruments
            .get(key)
            .ok_or_else(|| ClockError::UnknownInstrument(key.to_owned()))
    }

    /// The instrument that a reference cites. Whether it has the article is asked when a pack is loaded
    /// ([`Self::fault_of`]), not by those who count.
    ///
    /// # Errors
    /// [`ClockError::UnknownInstrument`] when no file has its key.
    pub fn cited(&self, law_ref: &LawRef) -> Result<&Arc<Instrument>, ClockError> {
        self.instrument(law_ref.instrument())
    }

    /// What is wrong with a reference and how to mend it (`WF107`); nothing when the law has the article, and the paragraph and
    /// item where they are counted.
    #[must_use]
    pub fn fault_of(&self, law_ref: &LawRef) -> Option<(String, &'static str)> {
        let Ok(instrument) = self.cited(law_ref) else {
            let message = format!("`{}` is not an instrument of workflows/law", law_ref.instrument());
            return Some((message, "add the instrument or correct its key"));
        };
        if instrument.has_article(law_ref.article()) {
            let mend =
                "correct the number; `paragraphs` of the instrument's file counts them as they stand in its text";
            return instrument.lacking(law_ref).map(|message| (message, mend));
        }
        let (key, article) = (&instrument.key, law_ref.article());
        Some(match instrument.last_article {
            Some(LastArticle::Number(last)) => (
                format!("`{key}` has no article {article}: its last one is {last}"),
                "correct the number; an inserted article (10-1 for 第十条之一) stands in `articles` of the instrument's file",
            ),
            _ => (
                format!("the file of `{key}` was made from excerpts and has no article {article}"),
                "correct the number, or add the article's gist to `articles` of the instrument's file, from its text",
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        instrument::{HourStart, LastDay},
        samples::law,
    };

    #[test]
    fn a_law_is_read_again_from_its_own_files_and_its_version_follows_what_it_says() {
        let files = |change: fn(&str) -> String| -> Vec<(String, String)> {
            law()
                .files()
                .iter()
                .map(|(path, text)| (path.clone(), change(text)))
                .collect()
        };
        let version = |files: &[(String, String)]| {
            let files: Vec<_> = files
                .iter()
                .map(|(path, text)| (path.as_str(), text.as_str()))
                .collect();
            super::Law::load(&files).0.unwrap().version().to_owned()
        };
        assert_eq!(version(&files(str::to_owned)), law().version());
        assert_eq!(version(&files(|text| format!("# read again\n{text}"))), law().version());
        assert_ne!(
            version(&files(|text| text.replace("last_day: rest_day", "last_day: none"))),
            law().version()
        );
        assert_ne!(
            version(&files(
                |text| text.replace("2026-10-01..2026-10-07", "2026-10-01..2026-10-06")
            )),
            law().version()
        );
    }

    /// The keys that other programs rely on.
    const KEYS: &str = "samr-20 samr-121 penalty-procedure penalty-hearing penalty-law coercion-law reconsideration-law \
        referral-310 criminal-procedure civil-code civil-procedure consumer-law consumer-regulation-778 police-procedure \
        procuratorate-rules reverse-guideline-2024 judicial-confirmation-2011 court-invited-2016 commercial-mediation-2026 \
        ip-punitive-2021 consumer-pil-2020 food-safety-law product-quality-law peoples-mediation trademark-2019 \
        trademark-2027 aucl-2025 credit-repair-107 dishonest-list-44 penalty-publicity-45 random-inspection e-commerce";

    #[test]
    fn every_promised_instrument_exists() {
        let missing: Vec<&str> = KEYS
            .split_whitespace()
            .filter(|key| !law().instruments.contains_key(*key))
            .collect();
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn silent_instruments_count_as_their_family_does() {
        for (key, from) in [
            ("samr-20", "samr-121"),
            ("penalty-hearing", "samr-121"),
            ("dishonest-list-44", "samr-121"),
            ("court-invited-2016", "civil-procedure"),
            ("consumer-pil-2020", "civil-procedure"),
            ("reconsideration-law", "civil-procedure"),
            ("police-procedure", "criminal-procedure"),
            ("consumer-regulation-778", "civil-code"),
            ("referral-310", "civil-code"),
            ("penalty-law", "civil-code"),
            ("trademark-2027", "civil-code"),
        ] {
            let instrument = law().instrument(key).unwrap();
            assert_eq!(instrument.counting_from.as_deref(), Some(from), "{key}");
            assert_eq!(instrument.counting, law().instrument(from).unwrap().counting, "{key}");
        }
    }

    #[test]
    fn the_four_counting_families_are_as_enacted() {
        let rules = |key: &str| {
            let counting = &law().instrument(key).unwrap().counting;
            (
                counting.hours,
                counting.last_day,
                counting.travel_time_excluded,
                counting.basis.as_str(),
            )
        };
        let (moment, hour) = (HourStart::FromTheMoment, HourStart::StartingHourExcluded);
        assert_eq!(
            rules("samr-121"),
            (moment, LastDay::StatutoryHoliday, false, "samr-121#45")
        );
        assert_eq!(
            rules("penalty-procedure"),
            (hour, LastDay::StatutoryHoliday, true, "penalty-procedure#80")
        );
        assert_eq!(rules("civil-code"), (moment, LastDay::RestDay, false, "civil-code#203"));
        assert_eq!(
            rules("civil-procedure"),
            (hour, LastDay::RestDay, true, "civil-procedure#85")
        );
        assert_eq!(
            rules("criminal-procedure"),
            (hour, LastDay::RestDay, true, "criminal-procedure#105")
        );
    }

    #[test]
    fn the_trademark_laws_follow_on_each_other() {
        let old = law().instrument("trademark-2019").unwrap();
        let new = law().instrument("trademark-2027").unwrap();
        assert_eq!(old.superseded_by.as_deref(), Some("trademark-2027"));
        assert_eq!(old.in_force.to.and_then(time::Date::next_day), Some(new.in_force.from));
    }
}
