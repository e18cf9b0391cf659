//! By which rules last days are counted, and on which days work is done: for everybody, to count them again.

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode};
use serde::Deserialize;
use time::{Date, Month};
use zhengming_engine::clock::{
    Calendar, DayKind, Instrument, Law,
    instrument::{DayMeans, LastDay},
    local_date,
};

use crate::web::{
    failure::Failure,
    page::{Page, Words, html},
    visit::Visit,
};

/// Days of a row.
const WEEK: usize = 7;

#[derive(Template)]
#[template(path = "law.html")]
struct LawPage {
    page: Page,
    year: String,
    /// The years beside it that can be looked at.
    before: Option<i32>,
    after: Option<i32>,
    /// Whether the notice of its holidays is known.
    published: bool,
    weekdays: Vec<String>,
    months: Vec<Sheet>,
    instruments: Vec<Line>,
}

/// A month.
struct Sheet {
    title: String,
    weeks: Vec<Vec<Day>>,
}

/// A day of a month, or a place beside them.
#[derive(Clone, Default)]
struct Day {
    number: String,
    /// Class of its colour.
    tone: &'static str,
    /// What it is, where it is no plain working day or weekend.
    mark: String,
}

/// An instrument and how it counts.
struct Line {
    title: String,
    number: String,
    from: String,
    /// Its last day, where it has one.
    to: Option<String>,
    means: String,
    roll: String,
    basis: String,
    unverified: bool,
}

#[derive(Default, Deserialize)]
struct Query {
    year: Option<i32>,
}

/// The calendar of a year and the instruments.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let page = Page::titled(&visit, "portal-law-title");
    let words = page.words;
    let today = local_date(visit.app.clock.now()).map_err(|_| Failure::Internal("DATE"))?;
    let pack = visit.app.pack();
    let calendar = &pack.law.calendar;
    let coverage = calendar.coverage();
    // The year after the last notice is shown too: its last days are provisional.
    let (first, last) = (coverage.start().year(), coverage.end().year().saturating_add(1));
    let asked = request.params::<Query>().unwrap_or_default().year;
    let year = asked.unwrap_or_else(|| today.year()).clamp(first, last);
    let instruments = pack.law.instruments.values();
    let template = LawPage {
        year: words.with("portal-law-year", "year", year.to_string()),
        before: Some(year - 1).filter(|year| *year >= first),
        after: Some(year + 1).filter(|year| *year <= last),
        published: Date::from_calendar_date(year, Month::January, 1).is_ok_and(|day| calendar.covers(day)),
        weekdays: (1..=WEEK)
            .map(|n| words.t(&format!("portal-law-weekday-{n}")))
            .collect(),
        months: months(words, calendar, year),
        instruments: instruments
            .map(|instrument| line(words, &pack.law, instrument))
            .collect(),
        page,
    };
    html(&template, StatusCode::OK)
}

fn months(words: Words, calendar: &Calendar, year: i32) -> Vec<Sheet> {
    let sheet = |number: u8| {
        let month = Month::try_from(number).ok()?;
        let first = Date::from_calendar_date(year, month, 1).ok()?;
        let blank = usize::from(first.weekday().number_days_from_monday());
        let dates = (1..=month.length(year)).filter_map(|day| Date::from_calendar_date(year, month, day).ok());
        let mut cells = vec![Day::default(); blank];
        cells.extend(dates.map(|date| day(words, calendar, date)));
        cells.resize(cells.len().div_ceil(WEEK) * WEEK, Day::default());
        Some(Sheet {
            title: words.with("portal-law-month", "month", i64::from(number)),
            weeks: cells.chunks(WEEK).map(<[Day]>::to_vec).collect(),
        })
    };
    (1..=12).filter_map(sheet).collect()
}

fn day(words: Words, calendar: &Calendar, date: Date) -> Day {
    let plain = |tone| (tone, String::new());
    let (tone, mark) = match calendar.day(date) {
        DayKind::MakeUpWorkingDay => ("made-up", words.t("portal-law-made-up")),
        DayKind::StatutoryHoliday => ("holiday", words.t("portal-law-holiday")),
        // Of a year without a notice Monday to Friday are taken for working days.
        DayKind::WorkingDay | DayKind::Weekend | DayKind::Unpublished if calendar.is_working(date) => plain("work"),
        DayKind::WorkingDay | DayKind::Weekend | DayKind::Unpublished => plain("rest"),
    };
    Day {
        number: date.day().to_string(),
        tone,
        mark,
    }
}

fn line(words: Words, law: &Law, instrument: &Instrument) -> Line {
    let means = match &instrument.day_means {
        DayMeans::Calendar => words.t("portal-law-days-calendar"),
        DayMeans::Working => words.t("portal-law-days-working"),
        DayMeans::WorkingIfAtMost(most) => words.with("portal-law-days-at-most", "most", most.to_string()),
        DayMeans::WorkingValues(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            let values = values.join(&words.t("portal-list-separator"));
            words.with("portal-law-days-values", "what", values)
        }
    };
    let roll = match instrument.counting.last_day {
        LastDay::StatutoryHoliday => "portal-law-roll-statutory-holiday",
        LastDay::RestDay => "portal-law-roll-rest-day",
        LastDay::None => "portal-law-roll-none",
    };
    Line {
        title: words.pick(&instrument.title).to_owned(),
        number: instrument.number.clone().unwrap_or_default(),
        from: words.date(instrument.in_force.from),
        to: instrument.in_force.to.map(|day| words.date(day)),
        means,
        roll: words.t(roll),
        basis: words.law(law, &instrument.counting.basis),
        unverified: instrument.unverified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{locale::Locale, workflows};

    #[test]
    fn a_year_is_drawn_with_its_holidays_and_made_up_working_days() {
        let pack = workflows::load(None).unwrap();
        let months = months(Words(Locale::Zh), &pack.law.calendar, 2026);
        assert_eq!(months.len(), 12);
        assert!(
            months
                .iter()
                .all(|sheet| sheet.weeks.iter().all(|week| week.len() == WEEK))
        );
        let october: Vec<&Day> = months[9].weeks.iter().flatten().collect();
        let tone = |number: &str| october.iter().find(|day| day.number == number).unwrap().tone;
        assert_eq!(
            (tone("1"), tone("7"), tone("10"), tone("11")),
            ("holiday", "holiday", "made-up", "rest")
        );
    }
}
