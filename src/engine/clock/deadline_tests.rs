use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;
use crate::clock::{
    samples::{cases, law},
    trace::DayReason,
};

fn due(key: &str, period: &str, from: OffsetDateTime, suspensions: &[Suspension]) -> Due {
    deadline_date(
        law(),
        law().instrument(key).unwrap(),
        period.parse().unwrap(),
        from,
        suspensions,
    )
    .unwrap()
}

/// Due date, strict date and whether provisional, for a period that starts at ten in the morning.
fn dates(key: &str, period: &str, from: Date) -> (Date, Date, bool) {
    let from = from.with_hms(10, 0, 0).unwrap().assume_offset(CHINA);
    let due = due(key, period, from, &[]);
    let at = due.at().unwrap();
    assert_eq!(
        at.due_at,
        at.due_date.next_day().unwrap().midnight().assume_offset(CHINA)
    );
    (at.due_date, at.strict_date, at.provisional)
}

fn suspension(from: Date, to: Date) -> Suspension {
    Suspension::days(from, Some(to)).unwrap()
}

#[test]
fn seven_working_days_run_over_two_holidays_to_a_make_up_saturday() {
    let received = datetime!(2026-09-23 15:30 +8);
    let samr = law().instrument("samr-121").unwrap();
    let deadline = deadline(law(), samr, "7 working_days".parse().unwrap(), received, &[]).unwrap();
    let at = *deadline.due.at().unwrap();
    assert_eq!(
        (at.due_date, at.strict_date, at.provisional),
        (date!(2026 - 10 - 10), date!(2026 - 10 - 10), false)
    );
    assert_eq!(at.due_at, datetime!(2026-10-11 00:00 +8));
    assert_eq!(deadline.calendar_version, law().calendar.version());
    let listed: Vec<_> = deadline
        .trace
        .days()
        .iter()
        .map(|day| (day.date.day(), day.counted, day.reason))
        .collect();
    let (holiday, working) = (DayReason::StatutoryHoliday, DayReason::WorkingDay);
    let mut expected = vec![(23, false, DayReason::StartDay), (24, true, working)];
    expected.extend((25..=27).map(|day| (day, false, holiday)));
    expected.extend((28..=30).map(|day| (day, true, working)));
    expected.extend((1..=7).map(|day| (day, false, holiday)));
    expected.extend([
        (8, true, working),
        (9, true, working),
        (10, true, DayReason::MakeUpWorkingDay),
    ]);
    assert_eq!(listed, expected);
    assert_eq!(deadline.trace.counted(), 7);
    assert_eq!(
        dates("samr-121", "7 working_days", date!(2026 - 09 - 24)).0,
        date!(2026 - 10 - 12)
    );
}

#[test]
fn the_old_and_the_new_mediation_limit() {
    let start = date!(2026 - 04 - 14);
    assert_eq!(
        dates("samr-20", "45 working_days", start),
        (date!(2026 - 06 - 18), date!(2026 - 06 - 18), false)
    );
    assert_eq!(
        dates("consumer-regulation-778", "60 days", start),
        (date!(2026 - 06 - 15), date!(2026 - 06 - 13), false)
    );
    assert_eq!(
        dates("samr-121", "60 days", date!(2026 - 04 - 15)),
        (date!(2026 - 06 - 14), date!(2026 - 06 - 14), false)
    );
}

#[test]
fn a_last_day_on_a_statutory_holiday_moves_to_the_first_day_after_the_block() {
    assert_eq!(
        dates("penalty-procedure", "90 days", date!(2026 - 07 - 05)),
        (date!(2026 - 10 - 08), date!(2026 - 10 - 03), false)
    );
    // 27 September 2025 is a plain Saturday and stays, although the day after is worked
    assert_eq!(
        dates("penalty-procedure", "90 days", date!(2025 - 06 - 29)),
        (date!(2025 - 09 - 27), date!(2025 - 09 - 27), false)
    );
    // New Year's Day 2021 was followed by two days off that the notice names
    assert_eq!(
        dates("samr-121", "30 days", date!(2020 - 12 - 02)),
        (date!(2021 - 01 - 04), date!(2021 - 01 - 01), false)
    );
    // Qingming 2023 was one Wednesday
    assert_eq!(
        dates("samr-121", "30 days", date!(2023 - 03 - 06)),
        (date!(2023 - 04 - 06), date!(2023 - 04 - 05), false)
    );
}

#[test]
fn the_first_day_after_a_block_may_be_a_plain_weekend_day_for_market_regulation_only() {
    // Labour Day 2015 was one Friday: the notice joined it to the weekend without naming the weekend
    assert_eq!(
        dates("samr-121", "30 days", date!(2015 - 04 - 01)),
        (date!(2015 - 05 - 02), date!(2015 - 05 - 01), false)
    );
    assert_eq!(
        dates("civil-code", "30 days", date!(2015 - 04 - 01)),
        (date!(2015 - 05 - 04), date!(2015 - 05 - 01), false)
    );
}

#[test]
fn a_last_day_on_any_rest_day_moves_on_in_court() {
    // Saturday 24 October 2026, plain
    assert_eq!(
        dates("civil-procedure", "30 days", date!(2026 - 09 - 24)),
        (date!(2026 - 10 - 26), date!(2026 - 10 - 24), false)
    );
    assert_eq!(
        dates("samr-121", "30 days", date!(2026 - 09 - 24)),
        (date!(2026 - 10 - 24), date!(2026 - 10 - 24), false)
    );
    // Saturday 10 October 2026 is worked, so the period ends there
    assert_eq!(
        dates("civil-procedure", "30 days", date!(2026 - 09 - 10)),
        (date!(2026 - 10 - 10), date!(2026 - 10 - 10), false)
    );
}

#[test]
fn seizure_and_penalty_periods() {
    assert_eq!(
        dates("coercion-law", "30 days", date!(2026 - 09 - 01)),
        (date!(2026 - 10 - 08), date!(2026 - 10 - 01), false)
    );
    let penalty = law().instrument("penalty-law").unwrap();
    let at = |days| {
        let period = penalty.bare_days(days).unwrap();
        dates("penalty-law", &period.to_string(), date!(2026 - 09 - 23)).0
    };
    assert_eq!(at(5), date!(2026 - 10 - 08));
    assert_eq!(at(15), date!(2026 - 10 - 08));
    assert_eq!(at(16), date!(2026 - 10 - 09));
}

#[test]
fn hours_run_from_the_moment_or_from_the_next_full_hour() {
    let from = datetime!(2026-09-23 15:30:20 +8);
    let at = |key| *due(key, "24 hours", from, &[]).at().unwrap();
    assert_eq!(at("referral-310").due_at, datetime!(2026-09-24 15:30:20 +8));
    assert_eq!(at("penalty-procedure").due_at, datetime!(2026-09-24 16:00 +8));
    assert_eq!(at("civil-procedure").due_date, date!(2026 - 09 - 24));
    assert_eq!(
        dates("referral-310", "3 days", date!(2026 - 09 - 23)),
        (date!(2026 - 09 - 28), date!(2026 - 09 - 26), false)
    );
    let midnight = due("penalty-procedure", "24 hours", datetime!(2026-09-23 23:05 +8), &[]);
    assert_eq!(
        midnight.at().map(|at| (at.due_date, at.due_at)),
        Some((date!(2026 - 09 - 24), datetime!(2026-09-25 0:00 +8)))
    );
}

#[test]
fn months_and_years_end_on_the_corresponding_day() {
    assert_eq!(
        dates("civil-code", "1 months", date!(2026 - 01 - 31)),
        (date!(2026 - 02 - 28), date!(2026 - 02 - 28), false)
    );
    assert_eq!(
        dates("civil-code", "6 months", date!(2026 - 03 - 15)),
        (date!(2026 - 09 - 15), date!(2026 - 09 - 15), false)
    );
    assert_eq!(
        dates("civil-code", "1 years", date!(2024 - 02 - 29)),
        (date!(2025 - 02 - 28), date!(2025 - 02 - 28), false)
    );
    assert_eq!(
        dates("civil-code", "12 months", date!(2023 - 02 - 28)),
        (date!(2024 - 02 - 28), date!(2024 - 02 - 28), false)
    );
}

#[test]
fn a_deadline_in_an_unpublished_year_is_provisional() {
    assert_eq!(
        dates("samr-121", "60 days", date!(2026 - 11 - 20)),
        (date!(2027 - 01 - 19), date!(2027 - 01 - 19), true)
    );
    assert_eq!(
        dates("samr-121", "7 working_days", date!(2026 - 12 - 28)),
        (date!(2027 - 01 - 06), date!(2027 - 01 - 06), true)
    );
    assert_eq!(
        dates("samr-121", "3 working_days", date!(2026 - 12 - 28)),
        (date!(2026 - 12 - 31), date!(2026 - 12 - 31), false)
    );
    let from = datetime!(2026-12-28 10:00 +8);
    let trace = trace(
        law(),
        law().instrument("samr-121").unwrap(),
        "7 working_days".parse().unwrap(),
        from,
        &[],
    );
    let trace = trace.unwrap();
    let assumed = trace
        .days()
        .iter()
        .filter(|day| day.reason == DayReason::AssumedWorkingDay)
        .count();
    assert_eq!((assumed, trace.counted()), (4, 7));
}

#[test]
fn suspended_days_are_left_out_and_overlaps_count_once() {
    let from = datetime!(2026-11-02 09:00 +8);
    let at = |suspensions: &[Suspension]| {
        due("samr-121", "10 working_days", from, suspensions)
            .at()
            .unwrap()
            .due_date
    };
    assert_eq!(at(&[]), date!(2026 - 11 - 16));
    assert_eq!(
        at(&[suspension(date!(2026 - 11 - 04), date!(2026 - 11 - 06))]),
        date!(2026 - 11 - 18)
    );
    let overlapping = [
        suspension(date!(2026 - 11 - 05), date!(2026 - 11 - 06)),
        suspension(date!(2026 - 11 - 04), date!(2026 - 11 - 06)),
    ];
    assert_eq!(at(&overlapping), date!(2026 - 11 - 18));
    assert_eq!(
        at(&[suspension(date!(2026 - 11 - 04), date!(2026 - 11 - 04))]),
        date!(2026 - 11 - 16)
    );
    assert_eq!(
        at(&[suspension(date!(2026 - 11 - 17), date!(2026 - 11 - 30))]),
        date!(2026 - 11 - 16)
    );
}

#[test]
fn an_open_suspension_leaves_a_remainder_and_no_due_date() {
    let open = [Suspension::days(date!(2026 - 11 - 04), None).unwrap()];
    let from = datetime!(2026-11-02 09:00 +8);
    let remaining = |period| due("samr-121", period, from, &open);
    assert_eq!(
        remaining("10 working_days"),
        Due::Suspended {
            remaining: Remaining::WorkingDays(8)
        }
    );
    assert_eq!(
        remaining("60 days"),
        Due::Suspended {
            remaining: Remaining::Days(58)
        }
    );
    assert_eq!(
        remaining("1 months"),
        Due::Suspended {
            remaining: Remaining::Days(28)
        }
    );
    assert_eq!(
        remaining("96 hours"),
        Due::Suspended {
            remaining: Remaining::Seconds((96 - 39) * 3600)
        },
        "stopped at 00:00, 39 hours after nine in the morning"
    );
    assert!(remaining("1 days").at().is_some());
}

#[test]
fn a_clock_stopped_on_its_last_day_ends_when_it_goes_on() {
    let from = datetime!(2026-11-02 09:00 +8);
    let on_last_day = [suspension(date!(2026 - 11 - 16), date!(2026 - 11 - 21))];
    let at = *due("samr-121", "10 working_days", from, &on_last_day).at().unwrap();
    assert_eq!(
        at.due_date,
        date!(2026 - 11 - 23),
        "resumed on a Saturday, so the next working day"
    );
    let at = *due("samr-121", "14 days", from, &on_last_day).at().unwrap();
    assert_eq!(at.due_date, date!(2026 - 11 - 21));
    let samr = law().instrument("samr-121").unwrap();
    let trace = trace(law(), samr, "14 days".parse().unwrap(), from, &on_last_day).unwrap();
    assert_eq!(
        trace.days().last().map(|day| day.reason),
        Some(DayReason::ResumptionDay)
    );
    assert_eq!(trace.counted(), 14);
}

#[test]
fn hours_get_back_exactly_the_time_for_which_they_stood_still() {
    let from = datetime!(2026-11-02 09:00 +8);
    let stopped = |a, b| Suspension::new(a, Some(b)).unwrap();
    let at = |key, suspensions: &[Suspension]| due(key, "24 hours", from, suspensions).at().unwrap().due_at;
    let five_hours = stopped(datetime!(2026-11-02 10:00 +8), datetime!(2026-11-02 15:00 +8));
    assert_eq!(at("referral-310", &[five_hours]), datetime!(2026-11-03 14:00 +8));
    let seconds = stopped(datetime!(2026-11-02 23:59:50 +8), datetime!(2026-11-03 0:00:07 +8));
    assert_eq!(at("referral-310", &[seconds]), datetime!(2026-11-03 09:00:17 +8));
    let both = [
        five_hours,
        stopped(datetime!(2026-11-02 14:00 +8), datetime!(2026-11-02 16:00 +8)),
    ];
    assert_eq!(
        at("referral-310", &both),
        datetime!(2026-11-03 15:00 +8),
        "the shared hour counts once"
    );
    let in_the_starting_hour = stopped(datetime!(2026-11-02 09:10 +8), datetime!(2026-11-02 10:30 +8));
    assert_eq!(
        at("penalty-procedure", &[in_the_starting_hour]),
        datetime!(2026-11-03 10:30 +8),
        "the clock runs from ten, so it stood for half an hour"
    );
    let before_it_runs = stopped(datetime!(2026-11-02 09:10 +8), datetime!(2026-11-02 09:50 +8));
    assert_eq!(
        at("penalty-procedure", &[before_it_runs]),
        datetime!(2026-11-03 10:00 +8)
    );
    let after = stopped(datetime!(2026-11-03 09:00 +8), datetime!(2026-11-04 09:00 +8));
    assert_eq!(
        at("referral-310", &[after]),
        datetime!(2026-11-03 09:00 +8),
        "over before it stopped"
    );
}

#[test]
fn the_trace_of_hours_lists_the_dates_on_which_the_clock_ran() {
    let listed = |key: &str, from, suspensions: &[Suspension]| -> Vec<(u8, bool, DayReason)> {
        let period = "24 hours".parse().unwrap();
        let trace = trace(law(), law().instrument(key).unwrap(), period, from, suspensions).unwrap();
        trace
            .days()
            .iter()
            .map(|day| (day.date.day(), day.counted, day.reason))
            .collect()
    };
    let paused = Suspension::new(datetime!(2026-11-02 20:00 +8), Some(datetime!(2026-11-05 08:00 +8))).unwrap();
    let (hours, suspended) = (DayReason::Hours, DayReason::Suspended);
    assert_eq!(
        listed("referral-310", datetime!(2026-11-02 09:00 +8), &[paused]),
        [
            (2, true, hours),
            (3, false, suspended),
            (4, false, suspended),
            (5, true, hours)
        ]
    );
    assert_eq!(
        listed("penalty-procedure", datetime!(2026-11-02 23:20 +8), &[]),
        [(2, false, DayReason::StartDay), (3, true, hours)],
        "the starting hour ends with the day"
    );
}

#[test]
fn a_reversed_suspension_cannot_be_made() {
    let (from, to) = (datetime!(2026-11-05 12:00 +8), datetime!(2026-11-05 11:59 +8));
    assert_eq!(
        Suspension::new(from, Some(to)),
        Err(ClockError::SuspensionReversed { from, to })
    );
    let text = r#"{"from":"2026-11-05T12:00:00+08:00","to":"2026-11-05T11:59:00+08:00"}"#;
    assert!(serde_json::from_str::<Suspension>(text).is_err());
}

#[test]
fn the_far_ends_of_time_are_refused() {
    let samr = law().instrument("samr-121").unwrap();
    for unit in ["hours", "working_days", "days", "months", "years"] {
        let period = format!("{} {unit}", u32::MAX).parse().unwrap();
        for from in [
            Date::MAX.with_hms(23, 0, 0).unwrap().assume_utc(),
            Date::MAX.midnight().assume_utc(),
        ] {
            assert_eq!(
                deadline_date(law(), samr, period, from, &[]),
                Err(ClockError::OutOfRange),
                "{unit}"
            );
        }
    }
}

#[test]
fn a_due_date_is_written_in_iso_form() {
    let at = due("samr-121", "7 working_days", datetime!(2026-09-23 07:30 UTC), &[]);
    assert_eq!(
        serde_json::to_string(&at).unwrap(),
        r#"{"state":"at","due_date":"2026-10-10","due_at":"2026-10-11T00:00:00+08:00","strict_date":"2026-10-10","provisional":false}"#
    );
}

const KEYS: [&str; 6] = [
    "samr-121",
    "penalty-procedure",
    "civil-code",
    "civil-procedure",
    "criminal-procedure",
    "referral-310",
];

fn day(offset: i32) -> Date {
    Date::from_julian_day(date!(2007 - 01 - 01).to_julian_day() + offset).unwrap()
}

prop_compose! {
    fn suspensions(start: i32)(spans in prop::collection::vec((-5..120_i32, 0..40_i32), 0..4)) -> Vec<Suspension> {
        spans.into_iter().map(|(from, length)| suspension(day(start + from), day(start + from + length))).collect()
    }
}

prop_compose! {
    fn case()(start in 0..7200_i32)(
        start in Just(start),
        suspensions in suspensions(start),
        amount in 1..130_u32,
        working in any::<bool>(),
        key in prop::sample::select(&KEYS[..]),
    ) -> (Date, Vec<Suspension>, Period, &'static str) {
        let unit = if working { Unit::WorkingDays } else { Unit::Days };
        (day(start), suspensions, Period::new(amount, unit).unwrap(), key)
    }
}

/// The same law told as a walk: one day at a time, asking of each whether it counts and whether the period can end on it.
fn walk(start: Date, suspensions: &[Suspension], period: Period, instrument: &Instrument) -> (Date, Date) {
    let calendar = &law().calendar;
    let stands = |day: Date| {
        let pauses = suspensions.iter().map(Suspension::pause);
        pauses
            .into_iter()
            .any(|s| s.from < day && s.to.is_none_or(|to| day <= to))
    };
    let working_only = period.unit() == Unit::WorkingDays;
    let ends_on = |day: Date| match instrument.counting.last_day {
        LastDay::StatutoryHoliday => calendar.day(day) != DayKind::StatutoryHoliday,
        LastDay::RestDay => calendar.is_working(day),
        LastDay::None => true,
    };
    let mut left = period.amount();
    let mut day = start;
    while left > 0 {
        day = day.next_day().unwrap();
        left -= u32::from(!stands(day) && (!working_only || calendar.is_working(day)));
    }
    let mut strict = day;
    loop {
        // a period that stands still when its last day is over goes on until the day of resumption
        while stands(day.next_day().unwrap()) || (working_only && !calendar.is_working(day)) {
            day = day.next_day().unwrap();
            strict = day;
        }
        if ends_on(day) {
            return (strict, day);
        }
        day = day.next_day().unwrap();
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn a_deadline_is_what_a_walk_day_by_day_finds((start, suspensions, period, key) in case()) {
        let from = start.with_hms(16, 0, 0).unwrap().assume_offset(CHINA);
        let due = deadline_date(law(), law().instrument(key).unwrap(), period, from, &suspensions).unwrap();
        let at = due.at().unwrap();
        prop_assert_eq!((at.strict_date, at.due_date), walk(start, &suspensions, period, law().instrument(key).unwrap()));
        prop_assert!(at.strict_date <= at.due_date);
    }

    #[test]
    fn the_trace_and_the_fast_path_agree((start, suspensions, period, key) in case()) {
        let from = start.with_hms(9, 0, 0).unwrap().assume_offset(CHINA);
        let deadline = deadline(law(), law().instrument(key).unwrap(), period, from, &suspensions).unwrap();
        let due = deadline_date(law(), law().instrument(key).unwrap(), period, from, &suspensions).unwrap();
        prop_assert_eq!(deadline.due, due);
        let at = due.at().unwrap();
        let days = deadline.trace.days();
        prop_assert_eq!(deadline.trace.counted(), period.amount() as usize);
        prop_assert_eq!(days.first().map(|day| (day.date, day.reason)), Some((start, DayReason::StartDay)));
        prop_assert_eq!(days.last().map(|day| day.date), Some(at.due_date));
        prop_assert!(days.windows(2).all(|pair| pair[0].date.next_day() == Some(pair[1].date)));
        let last_counted = days.iter().rev().find(|day| day.counted).unwrap().date;
        prop_assert!(last_counted <= at.strict_date);
        prop_assert!(days.iter().filter(|day| day.counted).all(|day| !suspensions.iter().any(|s| s.pause().covers(day.date))));
    }

    #[test]
    fn a_suspension_never_makes_a_deadline_earlier((start, suspensions, period, key) in case()) {
        let from = start.with_hms(9, 0, 0).unwrap().assume_offset(CHINA);
        let plain = deadline_date(law(), law().instrument(key).unwrap(), period, from, &[]).unwrap();
        let late = deadline_date(law(), law().instrument(key).unwrap(), period, from, &suspensions).unwrap();
        prop_assert!(late.at().unwrap().due_date >= plain.at().unwrap().due_date);
        let mut reversed = suspensions.clone();
        reversed.reverse();
        prop_assert_eq!(late, deadline_date(law(), law().instrument(key).unwrap(), period, from, &reversed).unwrap());
    }

    #[test]
    fn the_offset_of_the_moment_does_not_matter((start, suspensions, period, key) in case(), hour in -12..=14_i8) {
        let from = start.with_hms(9, 0, 0).unwrap().assume_offset(CHINA);
        let elsewhere = from.to_offset(UtcOffset::from_hms(hour, 0, 0).unwrap());
        prop_assert_eq!(
            deadline_date(law(), law().instrument(key).unwrap(), period, from, &suspensions),
            deadline_date(law(), law().instrument(key).unwrap(), period, elsewhere, &suspensions)
        );
    }

    #[test]
    fn no_date_and_no_amount_panics(
        start in Date::MIN.to_julian_day()..=Date::MAX.to_julian_day(),
        amount in prop_oneof![1..5000_u32, any::<u32>().prop_map(|amount| amount.max(1))],
        unit in prop::sample::select(&[Unit::Hours, Unit::WorkingDays, Unit::Days, Unit::Months, Unit::Years][..]),
        key in prop::sample::select(&KEYS[..]),
        spans in prop::collection::vec((any::<i16>(), prop::option::of(0..30_000_i32)), 0..3),
    ) {
        let near = |offset: i32| Date::from_julian_day(start.saturating_add(offset));
        let suspensions: Vec<_> = spans
            .into_iter()
            .filter_map(|(from, length)| {
                let offset = i32::from(from);
                let to = length.map(|length| near(offset + length)).transpose().ok()?;
                Suspension::days(near(offset).ok()?, to).ok()
            })
            .collect();
        let from = Date::from_julian_day(start).unwrap().with_hms(22, 0, 0).unwrap().assume_utc();
        let period = Period::new(amount, unit).unwrap();
        let _ = deadline_date(law(), law().instrument(key).unwrap(), period, from, &suspensions);
    }
}
