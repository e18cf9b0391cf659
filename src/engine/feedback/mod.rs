//! What is owed to whom: the notices and documents that the law wants told, as data (`workflows/feedback/`), with the day by
//! which they are due, the ways in which they may go out, the proof that each way leaves and the day on which it counts as
//! received.
//!
//! Procedures send; this table says why, and cannot say more than they do: [`crate::pack::Pack::load`] compares the two.

mod check;
mod done;
pub(crate) mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use time::{Date, Duration, OffsetDateTime};

use crate::{
    clock::{CHINA, ClockError, ClockState, Law, LawRef, Period, Unit, deadline_date, local_date},
    definition::model::{Definition, FiledRange},
    form::date,
    text::Label,
};

pub(crate) use check::{Around, check};

/// The whole table of a pack. A pack without the folder has an empty one.
#[derive(Clone, Debug, Default)]
pub struct Feedback {
    /// Ways in which something may go out, by key.
    pub ways: IndexMap<String, Way>,
    /// What is owed, or was, by key.
    pub rows: IndexMap<String, Owed>,
    /// Notices to parties that no law asks for, by procedure.
    pub courtesies: Vec<Courtesy>,
}

/// A way in which something goes out.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its name.
    pub title: Label,
    /// Who carries it, and so where its proof is found.
    pub carrier: Carrier,
    /// What proves that it went out.
    pub proof: Label,
    /// Which day counts as that of receipt, in words.
    pub received: Label,
    /// How long after the day that is recorded it counts as received.
    pub after: Option<Period>,
    /// Whether the receiver must have agreed to it beforehand.
    pub consent: bool,
    /// Where the rule stands; nothing where no text fixes it.
    pub law: Option<LawRef>,
    /// Whether the rule was not found in a text.
    pub unverified: bool,
    /// File and line in which it stands.
    pub at: (String, u32),
}

/// Who carries a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The portal shows it to whoever holds the role.
    Portal,
    /// The service mails it.
    Mail,
    /// An officer brings it about and records that.
    Officer,
}

impl Way {
    /// The day on which what went out in this way counts as received, when what its rule counts from happened at `at`: the
    /// same day in China, or the last day of the period after it (`penalty-procedure#82(5)`: thirty days from publication).
    ///
    /// # Errors
    /// [`ClockError`] beyond the dates that can be counted, or when the instrument of the rule is not known.
    pub fn received_on(&self, at: OffsetDateTime, law: &Law) -> Result<Date, ClockError> {
        let (Some(period), Some(rule)) = (self.after, &self.law) else {
            return local_date(at);
        };
        let due = deadline_date(law, law.cited(rule)?, period, at, &[])?;
        due.at().map(|due| due.due_date).ok_or(ClockError::OutOfRange)
    }
}

/// Something that is owed to somebody.
#[derive(Clone, Debug)]
pub struct Owed {
    /// What it is.
    pub title: Label,
    /// Procedure that sends it.
    pub procedure: String,
    /// Filing days of the cases in which it is owed. What is no longer owed has a last day.
    pub filed: FiledRange,
    /// Why it is no longer owed.
    pub ended: Option<Label>,
    /// What makes it be sent.
    pub on: Vec<Occasion>,
    /// Roles to which it is owed.
    pub to: Vec<String>,
    /// To whom it is owed who takes part by no role: the party of a penalty case.
    pub outside: Option<Label>,
    /// The notice that tells it.
    pub notice: Option<String>,
    /// The document that goes with it, or is all of it.
    pub document: Option<String>,
    /// By when.
    pub within: Within,
    /// Where it is owed.
    pub law: Option<LawRef>,
    /// Whether its ground was not found in a text.
    pub unverified: bool,
    /// Ways in which it may go out, in the order in which they are tried.
    pub ways: Vec<String>,
    /// Field that says whether the receiver agreed to ways that need it.
    pub consent: Option<String>,
    /// How its service is recorded, where it is served.
    pub served: Vec<Served>,
    /// File and line in which it stands.
    pub at: (String, u32),
    /// Lines of what it says, by key.
    pub lines: BTreeMap<String, u32>,
}

/// What makes something be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The filing.
    Filing,
    /// An event of the procedure.
    Event(String),
    /// A warning of a clock.
    Clock(String),
}

/// By when something is owed.
#[derive(Clone, Debug, PartialEq)]
pub enum Within {
    /// With the occasion itself.
    AtOnce,
    /// Promptly (及时): the text names no number.
    Promptly,
    /// While a clock of the procedure runs: of several, whichever the case has.
    Clocks(Vec<String>),
    /// Within a period from an event, counted as the instrument of the row counts.
    Period {
        /// How long.
        period: Period,
        /// From which event.
        since: String,
    },
    /// Before the day in a field.
    Before {
        /// The field.
        field: String,
        /// How many whole working or calendar days lie between, at least.
        ahead: Option<Period>,
    },
}

/// How an officer records that something was served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The event that records it.
    pub event: String,
    /// Field with the day; the day of the event where there is none.
    pub day: Option<String>,
    /// In which way.
    pub way: ServedBy,
    /// Line in the file.
    pub line: u32,
}

/// In which way something was served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServedBy {
    /// As a field says, whose options are ways.
    Field {
        /// The field.
        name: String,
        /// Options that stand for a way of another key.
        meant: IndexMap<String, String>,
    },
    /// In this one.
    Way(String),
}

/// Notices to parties that are sent without being owed.
#[derive(Clone, Debug)]
pub struct Courtesy {
    /// Procedure that sends them.
    pub procedure: String,
    /// The notices, each with its line.
    pub notices: Vec<(String, u32)>,
    /// File and line in which it stands.
    pub at: (String, u32),
}

impl Occasion {
    /// The occasion that the event of this kind in the history of a case is.
    pub fn of(kind: &str) -> Self {
        match kind {
            "opened" => Self::Filing,
            event => Self::Event(event.to_owned()),
        }
    }
}

impl Owed {
    /// Whether a version of a procedure has cases in which it is owed.
    pub fn concerns(&self, definition: &Definition) -> bool {
        self.procedure == definition.key && meet(self.filed, definition.filed)
    }

    /// The last day on which it is in time, as far as it can be said: by the clocks of the case, the moment of the event from
    /// which its period runs, and the fields of the case.
    pub fn due(
        &self,
        law: &Law,
        clocks: &IndexMap<String, ClockState>,
        began: Option<OffsetDateTime>,
        data: &Map<String, Json>,
    ) -> Option<Date> {
        match &self.within {
            Within::Promptly => None,
            Within::AtOnce => local_date(began?).ok(),
            Within::Clocks(names) => {
                let running = names.iter().filter_map(|name| clocks.get(name)?.due.at());
                running.map(|due| due.due_date).min()
            }
            Within::Period { period, .. } => {
                let instrument = law.cited(self.law.as_ref()?).ok()?;
                let due = deadline_date(law, instrument, *period, began?, &[]).ok()?;
                due.at().map(|due| due.due_date)
            }
            Within::Before { field, ahead } => {
                let day = date(data.get(field)?).ok()?;
                let first = match ahead.map(|period| (period.unit(), period.amount())) {
                    None => day,
                    Some((Unit::WorkingDays, days)) => law.calendar.working_days_back(day, days)?,
                    Some((_, days)) => day.checked_sub(Duration::days(i64::from(days)))?,
                };
                first.previous_day()
            }
        }
    }

    /// The name of the event from whose moment its time is reckoned, where that is an event of the case.
    pub fn since(&self) -> Option<&str> {
        match &self.within {
            Within::Period { since, .. } => Some(since),
            _ => None,
        }
    }
}

impl Served {
    /// The way in which something was served and the moment from which its rule counts, by what a case records: its fields and
    /// the moment of the event. A day in a field is that day at noon in China.
    pub fn recorded(&self, at: OffsetDateTime, data: &Map<String, Json>) -> Option<(String, OffsetDateTime)> {
        let day = match &self.day {
            Some(field) => date(data.get(field)?)
                .ok()?
                .with_hms(12, 0, 0)
                .ok()?
                .assume_offset(CHINA),
            None => at,
        };
        let way = match &self.way {
            ServedBy::Field { name, meant } => {
                let option = data.get(name)?.as_str()?;
                meant.get(option).map_or(option, String::as_str).to_owned()
            }
            ServedBy::Way(way) => way.clone(),
        };
        Some((way, day))
    }
}

impl Feedback {
    /// The rows of a procedure for cases of a filing day, in the order of the files.
    pub fn of<'f>(&'f self, procedure: &'f str, filed_on: Date) -> impl Iterator<Item = (&'f str, &'f Owed)> {
        let rows = self.rows.iter();
        rows.filter(move |(_, row)| row.procedure == procedure && row.filed.contains(filed_on))
            .map(|(key, row)| (key.as_str(), row))
    }

    /// By which row a notice to a role, sent by the event of this kind, is owed; nothing where it is a courtesy. An event that
    /// sends the notice itself and stands in no row sends it as one; what a clock or a raised event sends is of its row.
    pub fn notice<'f>(
        &'f self,
        definition: &'f Definition,
        filed_on: Date,
        (role, notice): (&str, &str),
        event: &str,
    ) -> Option<(&'f str, &'f Owed)> {
        let (key, row) = self
            .of(&definition.key, filed_on)
            .find(|(_, row)| row.notice.as_deref() == Some(notice) && row.to.iter().any(|to| to == role))?;
        let on = Occasion::of(event);
        let itself = done::Done::at(definition, &on).is_some_and(|done| done.tells(role, notice));
        (row.on.contains(&on) || !itself).then_some((key, row))
    }

    /// By which row a document that an event made is owed.
    pub fn document<'f>(
        &'f self,
        procedure: &'f str,
        filed_on: Date,
        kind: &str,
        event: &str,
    ) -> Option<(&'f str, &'f Owed)> {
        let made = move |row: &Owed| row.document.as_deref() == Some(kind);
        let on = Occasion::of(event);
        let mut of_kind = self.of(procedure, filed_on).filter(|(_, row)| made(row));
        let first = of_kind.next()?;
        if first.1.on.contains(&on) {
            return Some(first);
        }
        Some(of_kind.find(|(_, row)| row.on.contains(&on)).unwrap_or(first))
    }
}

/// Whether two ranges of filing days have a day in common.
pub(crate) fn meet(one: FiledRange, other: FiledRange) -> bool {
    let before = |to: Option<Date>, from: Option<Date>| to.zip(from).is_some_and(|(to, from)| to < from);
    !before(one.to, other.from) && !before(other.to, one.from)
}
