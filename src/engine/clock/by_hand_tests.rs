//! Deadlines computed by hand from the law texts and the State Council's holiday notices, for every instrument of the pack.
//!
//! Days off and made up, as the notices say: 2025: 1 Jan; 28 Jan to 4 Feb (26 Jan, 8 Feb worked); 4 to 6 Apr; 1 to 5 May
//! (27 Apr worked); 31 May to 2 Jun; 1 to 8 Oct (28 Sep, 11 Oct worked). 2026: 1 to 3 Jan (4 Jan worked); 15 to 23 Feb
//! (14, 28 Feb worked); 4 to 6 Apr; 1 to 5 May (9 May worked); 19 to 21 Jun; 25 to 27 Sep (20 Sep worked); 1 to 7 Oct
//! (10 Oct worked). 2027 is not published.

use std::collections::BTreeSet;

use time::{Date, OffsetDateTime, macros::format_description};

use super::{CHINA, DueAt, Period, deadline_date, samples::law};

fn date(text: &str) -> Date {
    Date::parse(text, format_description!("[year]-[month]-[day]")).unwrap()
}

/// `5 日` is a bare number of days, which each instrument reads in its own way.
fn period(instrument: &str, text: &str) -> Period {
    match text.strip_suffix(" 日") {
        Some(amount) => law()
            .instrument(instrument)
            .unwrap()
            .bare_days(amount.parse().unwrap())
            .unwrap(),
        None => text.parse().unwrap(),
    }
}

fn due(instrument: &str, within: &str, from: OffsetDateTime) -> DueAt {
    let rules = law().instrument(instrument).unwrap();
    let due = deadline_date(law(), rules, period(instrument, within), from, &[]).unwrap();
    *due.at().unwrap()
}

/// Instrument, period, start, last day, last day before rolling, whether provisional, and why.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    bool,
    &'static str,
);

#[rustfmt::skip]
const DAYS: [Row; 69] = [
    // 市场监管总局令第121号 art 45: day 0 out; a last day on a 法定节假日 moves to the first day after it, a plain weekend stays
    ("samr-121", "7 working_days", "2026-09-23", "2026-10-10", "2026-10-10", false, "24, 28, 29, 30 Sep, 8, 9 Oct and the worked Saturday 10 Oct"),
    ("samr-121", "7 working_days", "2026-09-24", "2026-10-12", "2026-10-12", false, "28, 29, 30 Sep, 8, 9, 10 Oct, then Monday 12"),
    ("samr-121", "60 days", "2026-04-15", "2026-06-14", "2026-06-14", false, "15 + 31 + 14; a plain Sunday stays"),
    ("samr-121", "60 days", "2026-04-20", "2026-06-22", "2026-06-19", false, "10 + 31 + 19: Dragon Boat, off to Sunday 21"),
    ("samr-121", "60 days", "2026-08-05", "2026-10-08", "2026-10-04", false, "26 + 30 + 4: inside the National Day block"),
    ("samr-121", "15 working_days", "2026-12-10", "2026-12-31", "2026-12-31", false, "11; 14 to 18; 21 to 25; 28 to 31 Dec: all in the published year"),
    ("samr-121", "20 working_days", "2026-12-10", "2027-01-07", "2027-01-07", true, "15 until New Year's Eve, then 1, 4 to 7 Jan taken for working days"),
    ("samr-121", "60 days", "2026-11-20", "2027-01-19", "2027-01-19", true, "10 + 31 + 19: whether that day is a holiday is not known yet"),
    // Order 20 counts as Order 121 does
    ("samr-20", "7 working_days", "2026-02-12", "2026-02-28", "2026-02-28", false, "13, worked Saturday 14, 24 to 27, worked Saturday 28 Feb"),
    ("samr-20", "7 working_days", "2026-02-14", "2026-03-03", "2026-03-03", false, "received on a worked Saturday: 24 to 28 Feb, 2, 3 Mar"),
    ("samr-20", "7 working_days", "2025-01-24", "2025-02-10", "2025-02-10", false, "worked Sunday 26, 27 Jan, 5, 6, 7, worked Saturday 8, 10 Feb"),
    ("samr-20", "15 working_days", "2025-09-26", "2025-10-23", "2025-10-23", false, "28 (worked), 29, 30 Sep; 9, 10, 11 (worked); 13 to 17; 20 to 23 Oct"),
    ("samr-20", "45 working_days", "2026-04-14", "2026-06-18", "2026-06-18", false, "12 in Apr, 16 in May until the 22nd … 31 by 29 May, 14 more by 18 Jun"),
    // 程序规定 art 80: as above, travel time out
    ("penalty-procedure", "15 working_days", "2026-09-18", "2026-10-15", "2026-10-15", false, "worked Sunday 20; 21 to 24; 28 to 30 Sep; 8 to 10; 12 to 15 Oct"),
    ("penalty-procedure", "90 days", "2026-07-05", "2026-10-08", "2026-10-03", false, "26 + 31 + 30 + 3"),
    ("penalty-procedure", "90 days", "2025-07-08", "2025-10-09", "2025-10-06", false, "23 + 31 + 30 + 6; the block of 2025 lasts to the 8th"),
    ("penalty-procedure", "90 days", "2026-06-29", "2026-09-28", "2026-09-27", false, "1 + 31 + 31 + 27: the Sunday is inside the Mid-Autumn block"),
    ("penalty-procedure", "30 days", "2025-12-02", "2026-01-04", "2026-01-01", false, "29 + 1; the first day after the block is the worked Sunday"),
    // 听证办法: silent on rolling, so Order 121's rules
    ("penalty-hearing", "5 working_days", "2026-04-30", "2026-05-11", "2026-05-11", false, "6, 7, 8, worked Saturday 9, 11 May"),
    // 行政处罚法 art 85: 2, 3, 5, 7 日 are working days; the rest follows 民法典 203, which rolls over any rest day
    ("penalty-law", "2 日", "2025-04-25", "2025-04-28", "2025-04-28", false, "worked Sunday 27, Monday 28"),
    ("penalty-law", "3 日", "2026-02-13", "2026-02-25", "2026-02-25", false, "worked Saturday 14, 24, 25 after Spring Festival"),
    ("penalty-law", "5 日", "2026-09-23", "2026-10-08", "2026-10-08", false, "24, 28, 29, 30 Sep, 8 Oct"),
    ("penalty-law", "7 日", "2025-09-26", "2025-10-13", "2025-10-13", false, "28, 29, 30 Sep, 9, 10, 11, 13 Oct"),
    ("penalty-law", "15 日", "2026-09-25", "2026-10-10", "2026-10-10", false, "calendar days; the last is a Saturday on which work is made up"),
    ("penalty-law", "15 日", "2026-09-26", "2026-10-12", "2026-10-11", false, "a plain Sunday moves to Monday"),
    ("penalty-law", "90 日", "2026-07-06", "2026-10-08", "2026-10-04", false, "25 + 31 + 30 + 4"),
    // 行政强制法 art 69: at most 10 日 are working days
    ("coercion-law", "10 日", "2026-09-16", "2026-09-30", "2026-09-30", false, "17, 18, worked Sunday 20, 21 to 24, 28 to 30"),
    ("coercion-law", "30 日", "2025-01-03", "2025-02-05", "2025-02-02", false, "28 + 2: inside Spring Festival, which ends on the 4th"),
    // 行政复议法 art 88: 3, 5, 7, 10 日 are working days; the rest as in 民诉法 85
    ("reconsideration-law", "10 日", "2025-12-19", "2026-01-05", "2026-01-05", false, "22 to 26, 29 to 31 Dec, worked Sunday 4, Monday 5 Jan"),
    ("reconsideration-law", "5 日", "2026-04-02", "2026-04-10", "2026-04-10", false, "3, then 7 to 10 after Qingming"),
    ("reconsideration-law", "60 日", "2026-02-03", "2026-04-07", "2026-04-04", false, "25 + 31 + 4: Qingming"),
    // 国务院令310: 3日 is not defined, so calendar days under 民法典
    ("referral-310", "3 日", "2026-09-30", "2026-10-08", "2026-10-03", false, "National Day"),
    // 刑诉法 105 and those who follow it
    ("criminal-procedure", "10 days", "2025-01-20", "2025-02-05", "2025-01-30", false, "Spring Festival of 2025"),
    ("police-procedure", "3 days", "2026-04-30", "2026-05-06", "2026-05-03", false, "Labour Day"),
    ("police-procedure", "30 days", "2026-01-16", "2026-02-24", "2026-02-15", false, "15 + 15: the first day of Spring Festival"),
    ("procuratorate-rules", "7 days", "2026-05-02", "2026-05-09", "2026-05-09", false, "a Saturday on which work is made up is no rest day"),
    // 民法典 202: the corresponding day, or the month's last
    ("civil-code", "1 months", "2026-01-31", "2026-02-28", "2026-02-28", false, "no 31 February; the 28th is a worked Saturday"),
    ("civil-code", "1 months", "2025-12-31", "2026-02-02", "2026-01-31", false, "a plain Saturday moves to Monday"),
    ("civil-code", "6 months", "2025-08-31", "2026-02-28", "2026-02-28", false, "no 31 February"),
    ("civil-code", "1 years", "2024-02-29", "2025-02-28", "2025-02-28", false, "no 29 February 2025; a Friday"),
    ("civil-code", "3 years", "2023-09-25", "2026-09-28", "2026-09-25", false, "Mid-Autumn, Friday to Sunday"),
    // 民诉法 85 and those who follow it
    ("civil-procedure", "15 days", "2025-09-20", "2025-10-09", "2025-10-05", false, "10 + 5"),
    ("civil-procedure", "30 days", "2026-12-03", "2027-01-04", "2027-01-02", true, "a Saturday of a year without a notice: taken for a weekend"),
    ("judicial-confirmation-2011", "30 days", "2026-11-05", "2026-12-07", "2026-12-05", false, "25 + 5: Saturday to Monday"),
    ("court-invited-2016", "30 days", "2026-09-07", "2026-10-08", "2026-10-07", false, "23 + 7: the last day of the block"),
    ("consumer-pil-2020", "30 days", "2026-05-22", "2026-06-22", "2026-06-21", false, "9 + 21: the Sunday of Dragon Boat"),
    ("ip-punitive-2021", "15 days", "2026-05-21", "2026-06-05", "2026-06-05", false, "10 + 5: a Friday"),
    ("civil-procedure-interpretation-2022", "15 days", "2026-09-22", "2026-10-08", "2026-10-07", false, "8 + 7: the last day of the block"),
    ("administrative-litigation", "6 months", "2026-04-02", "2026-10-08", "2026-10-02", false, "the corresponding day is inside the National Day block"),
    ("procuratorial-pil", "30 days", "2026-09-07", "2026-10-08", "2026-10-07", false, "23 + 7"),
    // laws that are silent on counting: 民法典
    ("consumer-law", "7 working_days", "2026-04-29", "2026-05-12", "2026-05-12", false, "30 Apr, 6, 7, 8, worked Saturday 9, 11, 12 May"),
    ("consumer-law", "7 days", "2026-09-26", "2026-10-08", "2026-10-03", false, "returning goods: 4 + 3"),
    ("consumer-regulation-778", "60 days", "2026-04-14", "2026-06-15", "2026-06-13", false, "16 + 31 + 13: Saturday to Monday"),
    ("trademark-2019", "3 months", "2025-11-30", "2026-02-28", "2026-02-28", false, "no 30 February"),
    ("trademark-2027", "30 days", "2027-01-04", "2027-02-03", "2027-02-03", true, "27 + 3 in a year without a notice"),
    ("aucl-2025", "30 days", "2026-01-23", "2026-02-24", "2026-02-22", false, "8 + 22: Spring Festival"),
    ("food-safety-law", "7 working_days", "2026-06-17", "2026-06-29", "2026-06-29", false, "18; 22 to 26; 29 Jun"),
    ("product-quality-law", "15 days", "2025-05-17", "2025-06-03", "2025-06-01", false, "14 + 1: Dragon Boat 2025, off to Monday 2 June"),
    ("peoples-mediation", "30 days", "2026-03-06", "2026-04-07", "2026-04-05", false, "25 + 5: Qingming"),
    ("commercial-mediation-2026", "20 days", "2026-05-30", "2026-06-22", "2026-06-19", false, "1 + 19: Dragon Boat"),
    ("e-commerce", "15 days", "2026-10-03", "2026-10-19", "2026-10-18", false, "a plain Sunday moves to Monday"),
    ("reverse-guideline-2024", "2 months", "2025-12-31", "2026-02-28", "2026-02-28", false, "no 31 February"),
    // orders of the market regulator that are silent: Order 121
    ("credit-repair-107", "2 working_days", "2026-02-13", "2026-02-24", "2026-02-24", false, "worked Saturday 14, Tuesday 24"),
    ("credit-repair-107", "7 working_days", "2026-02-24", "2026-03-04", "2026-03-04", false, "25, 26, 27, worked Saturday 28 Feb, 2, 3, 4 Mar"),
    ("dishonest-list-44", "20 working_days", "2025-09-01", "2025-09-28", "2025-09-28", false, "2 to 5, 8 to 12, 15 to 19, 22 to 26 Sep, worked Sunday 28"),
    ("penalty-publicity-45", "20 working_days", "2026-01-16", "2026-02-13", "2026-02-13", false, "four plain weeks"),
    ("random-inspection", "20 working_days", "2026-09-11", "2026-10-15", "2026-10-15", false, "14 to 18, 20 to 24, 28 to 30 Sep; 8 to 10, 12 to 15 Oct"),
    // times of publication, which have a maximum: not moved
    ("penalty-publicity-45", "3 months", "2026-11-30", "2027-02-28", "2027-02-28", false, "no 30 February; a time of publication does not move past a holiday"),
    ("credit-repair-107", "3 months", "2026-07-02", "2026-10-02", "2026-10-02", false, "inside the National Day block, and not moved"),
];

#[test]
fn deadlines_in_days_months_and_years_are_those_computed_by_hand() {
    for (instrument, within, from, last, strict, provisional, why) in &DAYS {
        for hour in [0, 9, 23] {
            let from = date(from).with_hms(hour, 0, 0).unwrap().assume_offset(CHINA);
            let at = due(instrument, within, from);
            assert_eq!(
                (at.due_date, at.strict_date, at.provisional),
                (date(last), date(strict), *provisional),
                "{instrument}, {within} from {from}: {why}"
            );
            let midnight = date(last).next_day().unwrap().midnight().assume_offset(CHINA);
            assert_eq!(at.due_at, midnight, "it ends at 24:00");
        }
    }
}

#[test]
fn every_instrument_of_the_pack_has_a_deadline_computed_by_hand() {
    let tried: BTreeSet<&str> = DAYS.iter().map(|row| row.0).collect();
    let missing: Vec<&String> = law()
        .instruments
        .keys()
        .filter(|key| !tried.contains(key.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn deadlines_in_hours_are_those_computed_by_hand() {
    let moment = |text: &str| OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).unwrap();
    for (instrument, within, from, end, last, why) in [
        // 民法典 201: from the moment itself
        (
            "referral-310",
            "24 hours",
            "2026-09-23T15:30:20+08:00",
            "2026-09-24T15:30:20+08:00",
            "2026-09-24",
            "to the second",
        ),
        (
            "referral-310",
            "24 hours",
            "2026-12-31T15:10:00+08:00",
            "2027-01-01T15:10:00+08:00",
            "2027-01-01",
            "hours ask no calendar",
        ),
        (
            "referral-310",
            "24 hours",
            "2026-10-01T00:00:00+08:00",
            "2026-10-02T00:00:00+08:00",
            "2026-10-01",
            "24:00 is of the day that ends",
        ),
        // 程序规定 art 80, 民诉法 85, 刑诉法 105: the starting hour is not counted
        (
            "penalty-procedure",
            "24 hours",
            "2026-09-23T15:30:20+08:00",
            "2026-09-24T16:00:00+08:00",
            "2026-09-24",
            "from four o'clock",
        ),
        (
            "penalty-procedure",
            "24 hours",
            "2026-09-30T23:05:00+08:00",
            "2026-10-02T00:00:00+08:00",
            "2026-10-01",
            "from midnight; hours do not roll",
        ),
        (
            "criminal-procedure",
            "24 hours",
            "2026-03-10T09:59:59+08:00",
            "2026-03-11T10:00:00+08:00",
            "2026-03-11",
            "one second before ten",
        ),
        (
            "criminal-procedure",
            "12 hours",
            "2026-03-10T18:00:00+08:00",
            "2026-03-11T07:00:00+08:00",
            "2026-03-11",
            "from seven in the evening",
        ),
        (
            "police-procedure",
            "48 hours",
            "2025-01-27T22:15:00+08:00",
            "2025-01-29T23:00:00+08:00",
            "2025-01-29",
            "into Spring Festival, which stops no hours",
        ),
        (
            "civil-procedure",
            "48 hours",
            "2026-02-13T16:20:00Z",
            "2026-02-16T01:00:00+08:00",
            "2026-02-16",
            "00:20 of the 14th in China",
        ),
    ] {
        let at = due(instrument, within, moment(from));
        assert_eq!(
            (at.due_at, at.due_date),
            (moment(end), date(last)),
            "{instrument}, {within} from {from}: {why}"
        );
        assert!(!at.provisional && at.strict_date == at.due_date, "{why}");
    }
}
