use proptest::prelude::*;
use time::{
    Duration,
    macros::{date, datetime},
};

use super::*;
use crate::clock::samples::{cases, law, law_with_year};

fn terms(instrument: &str, period: &str) -> ClockTerms {
    ClockTerms {
        name: "handle".to_owned(),
        instrument: instrument.to_owned(),
        legal_basis: "samr-121#15.1".parse().unwrap(),
        period: period.parse().unwrap(),
        duty: Duty::Authority,
    }
}

const START: OffsetDateTime = datetime!(2026-11-02 09:00 +8);

fn running(period: &str) -> ClockState {
    ClockState::start(law(), terms("samr-121", period), START).unwrap()
}

fn due_date(clock: &ClockState) -> Option<time::Date> {
    clock.due.at().map(|due| due.due_date)
}

fn extension(period: &str, at: OffsetDateTime) -> Extension {
    Extension {
        period: period.parse().unwrap(),
        reason_code: "complex".to_owned(),
        approved_by: None,
        at,
    }
}

#[test]
fn a_suspended_clock_has_no_due_date_and_goes_on_with_what_was_left() {
    let clock = running("10 working_days");
    assert_eq!(due_date(&clock), Some(date!(2026 - 11 - 16)));
    let suspended = clock
        .suspend(law(), datetime!(2026-11-04 12:00 +8), "appraisal")
        .unwrap();
    assert_eq!(
        suspended.due,
        Due::Suspended {
            remaining: Remaining::WorkingDays(8)
        }
    );
    let later = datetime!(2027-06-01 12:00 +8);
    assert!(!suspended.overdue(later));
    assert_eq!(suspended.remaining(law(), later), Ok(Some(Remaining::WorkingDays(8))));
    assert_eq!(
        suspended.expire(later),
        Err(ClockError::WrongStatus(ClockStatus::Suspended))
    );
    let resumed = suspended.resume(law(), datetime!(2026-11-06 08:00 +8)).unwrap();
    assert_eq!(due_date(&resumed), Some(date!(2026 - 11 - 18)));
    assert_eq!(
        resumed.remaining(law(), datetime!(2026-11-06 08:00 +8)),
        Ok(Some(Remaining::WorkingDays(8)))
    );
    let trace = resumed.deadline(law()).unwrap().trace;
    assert_eq!(trace.counted(), 10);
}

#[test]
fn a_clock_of_hours_gets_a_pause_back_to_the_second() {
    let clock = ClockState::start(law(), terms("referral-310", "24 hours"), START).unwrap();
    let stopped = clock
        .suspend(law(), datetime!(2026-11-02 10:00 +8), "appraisal")
        .unwrap();
    assert_eq!(
        stopped.due,
        Due::Suspended {
            remaining: Remaining::Seconds(23 * 3600)
        }
    );
    let going = stopped.resume(law(), datetime!(2026-11-02 15:00:30 +8)).unwrap();
    assert_eq!(
        going.due.at().map(|due| due.due_at),
        Some(datetime!(2026-11-03 14:00:30 +8))
    );
    let kept: Vec<_> = going
        .suspensions
        .iter()
        .map(|e| (e.time.from(), e.time.to(), e.cause.as_str()))
        .collect();
    let (from, to) = (datetime!(2026-11-02 10:00 +8), datetime!(2026-11-02 15:00:30 +8));
    assert_eq!(kept, [(from, Some(to), "appraisal")]);
}

#[test]
fn a_clock_suspended_on_its_last_day_does_not_expire_that_night() {
    let last = datetime!(2026-11-16 17:00 +8);
    let suspended = running("10 working_days").suspend(law(), last, "appraisal").unwrap();
    assert_eq!(
        suspended.due,
        Due::Suspended {
            remaining: Remaining::WorkingDays(0)
        }
    );
    let resumed = suspended.resume(law(), datetime!(2026-11-25 10:00 +8)).unwrap();
    assert_eq!(due_date(&resumed), Some(date!(2026 - 11 - 25)));
    assert!(!resumed.overdue(datetime!(2026-11-25 23:59 +8)) && resumed.overdue(datetime!(2026-11-26 00:00 +8)));
}

#[test]
fn extensions_add_up_to_one_period_and_are_bounded() {
    let clock = running("15 working_days");
    let longer = clock
        .extend(law(), extension("15 working_days", datetime!(2026-11-20 10:00 +8)), 1)
        .unwrap();
    assert_eq!(
        longer.budget().map(|budget| budget.to_string()),
        Ok("30 working_days".to_owned())
    );
    assert_eq!(due_date(&longer), Some(date!(2026 - 12 - 14)));
    let again = extension("15 working_days", datetime!(2026-11-21 10:00 +8));
    assert_eq!(
        longer.extend(law(), again, 1),
        Err(ClockError::TooManyExtensions { max_times: 1 })
    );
    let late = extension("15 working_days", datetime!(2026-11-24 00:00 +8));
    assert_eq!(clock.extend(law(), late, 1), Err(ClockError::AlreadyDue));
    let other = extension("15 days", datetime!(2026-11-20 10:00 +8));
    let mismatch = ClockError::UnitMismatch {
        budget: Unit::WorkingDays,
        extension: Unit::Days,
    };
    assert_eq!(clock.extend(law(), other, 1), Err(mismatch));
    let silent = Extension {
        reason_code: " ".to_owned(),
        ..extension("1 working_days", START)
    };
    assert_eq!(clock.extend(law(), silent, 1), Err(ClockError::ReasonMissing));
}

#[test]
fn a_restart_gives_the_whole_period_and_a_new_generation() {
    let suspended = running("15 working_days").suspend(law(), START, "appraisal").unwrap();
    let restarted = suspended.restart(law(), datetime!(2026-11-10 09:00 +8)).unwrap();
    assert_eq!((restarted.generation, restarted.status), (2, ClockStatus::Running));
    assert_eq!(
        (restarted.suspensions.len(), due_date(&restarted)),
        (0, Some(date!(2026 - 12 - 01)))
    );
    assert_eq!(restarted.restart(law(), START), Err(ClockError::OutOfOrder));
}

#[test]
fn a_clock_expires_only_when_its_period_is_over_and_can_be_met_late() {
    let clock = running("10 working_days");
    assert_eq!(clock.expire(datetime!(2026-11-16 23:59 +8)), Err(ClockError::NotDue));
    let over = datetime!(2026-11-17 00:00 +8);
    let expired = clock.expire(over).unwrap();
    assert!(expired.overdue(over) && expired.status == ClockStatus::Expired);
    assert_eq!(
        expired.suspend(law(), over, "late"),
        Err(ClockError::WrongStatus(ClockStatus::Expired))
    );
    assert_eq!(clock.suspend(law(), over, "late"), Err(ClockError::AlreadyDue));
    let met = expired.stop(over + Duration::days(2)).unwrap();
    assert!(met.met_late() && !met.overdue(over + Duration::days(3)));
    assert!(!clock.stop(datetime!(2026-11-16 23:59 +8)).unwrap().met_late());
    assert_eq!(met.stop(over), Err(ClockError::WrongStatus(ClockStatus::Met)));
    assert_eq!(met.remaining(law(), over), Ok(None));
}

#[test]
fn steps_out_of_order_or_without_a_cause_are_refused() {
    let clock = running("10 working_days");
    assert_eq!(
        clock.suspend(law(), START - Duration::days(1), "appraisal"),
        Err(ClockError::OutOfOrder)
    );
    assert_eq!(clock.suspend(law(), START, ""), Err(ClockError::ReasonMissing));
    assert_eq!(
        clock.resume(law(), START),
        Err(ClockError::WrongStatus(ClockStatus::Running))
    );
    assert_eq!(clock.stop(START - Duration::seconds(1)), Err(ClockError::OutOfOrder));
    let suspended = clock
        .suspend(law(), datetime!(2026-11-04 12:00 +8), "appraisal")
        .unwrap();
    let reversed = ClockError::SuspensionReversed {
        from: datetime!(2026-11-04 12:00 +8),
        to: datetime!(2026-11-03 12:00 +8),
    };
    assert_eq!(suspended.resume(law(), datetime!(2026-11-03 12:00 +8)), Err(reversed));
    let resumed = suspended.resume(law(), datetime!(2026-11-09 12:00 +8)).unwrap();
    assert_eq!(
        resumed.suspend(law(), datetime!(2026-11-06 12:00 +8), "appraisal"),
        Err(ClockError::OutOfOrder)
    );
    let unknown = ClockState::start(law(), terms("no-such-law", "7 days"), START);
    assert_eq!(unknown, Err(ClockError::UnknownInstrument("no-such-law".to_owned())));
}

#[test]
fn a_published_year_moves_open_clocks_and_leaves_ended_ones() {
    let start = datetime!(2026-12-28 10:00 +8);
    let clock = ClockState::start(law(), terms("samr-121", "7 working_days"), start).unwrap();
    assert_eq!(
        clock.due.at().map(|due| (due.due_date, due.provisional)),
        Some((date!(2027 - 01 - 06), true))
    );
    let amended = law_with_year(2027, "year: 2027\noff: [2027-01-01..2027-01-03]\n");
    let moved = clock.reproject(&amended).unwrap();
    assert_eq!(
        moved.due.at().map(|due| (due.due_date, due.provisional)),
        Some((date!(2027 - 01 - 07), false))
    );
    assert_ne!(moved.calendar_version, clock.calendar_version);
    let met = clock.stop(start).unwrap();
    assert_eq!(met.reproject(&amended), Ok(met));
}

#[test]
fn a_record_is_read_back_as_it_was_written() {
    let clock = running("10 working_days").suspend(law(), START, "appraisal").unwrap();
    let clock = clock.extend(law(), extension("5 working_days", START), 1).unwrap();
    let json = serde_json::to_value(&clock).unwrap();
    assert_eq!(json["suspensions"][0]["from"], "2026-11-02T09:00:00+08:00");
    assert_eq!(json["period"], "10 working_days");
    assert_eq!(serde_json::from_value::<ClockState>(json).unwrap(), clock);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Suspend,
    Resume,
    Extend,
    Restart,
    Expire,
    Stop,
    Reproject,
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn the_ledger_stays_true_through_any_steps(
        period in prop::sample::select(&["7 working_days", "60 days", "24 hours", "3 months", "1 years"][..]),
        instrument in prop::sample::select(&["samr-121", "penalty-procedure", "civil-procedure"][..]),
        steps in prop::collection::vec(
            (
                prop::sample::select(
                    &[Step::Suspend, Step::Resume, Step::Extend, Step::Restart, Step::Expire, Step::Stop, Step::Reproject][..],
                ),
                0..400_i64,
            ),
            0..12,
        ),
    ) {
        let mut clock = ClockState::start(law(), terms(instrument, period), START).unwrap();
        let mut now = START;
        for (step, hours) in steps {
            now += Duration::hours(hours);
            let next = match step {
                Step::Suspend => clock.suspend(law(), now, "appraisal"),
                Step::Resume => clock.resume(law(), now),
                Step::Extend => clock.extend(law(), extension(period, now), 2),
                Step::Restart => clock.restart(law(), now),
                Step::Expire => clock.expire(now),
                Step::Stop => clock.stop(now),
                Step::Reproject => clock.reproject(law()),
            };
            let Ok(next) = next else { continue };
            let computed = next.reproject(law());
            prop_assert_eq!(computed.as_ref(), Ok(&next), "the stored due date is the computed one");
            match next.status {
                ClockStatus::Suspended => {
                    prop_assert!(next.due.at().is_none() && !next.overdue(now));
                    prop_assert_eq!(next.suspensions.iter().filter(|entry| entry.time.to().is_none()).count(), 1);
                }
                ClockStatus::Running => prop_assert!(next.due.at().is_some()),
                ClockStatus::Expired => prop_assert!(next.overdue(now)),
                ClockStatus::Met | ClockStatus::Cancelled => prop_assert!(!next.overdue(now)),
            }
            let same_generation = clock.generation == next.generation;
            if let (true, Some(before), Some(after)) = (same_generation, clock.due.at(), next.due.at()) {
                prop_assert!(before.due_at <= after.due_at, "no step makes a deadline earlier");
            }
            if matches!(step, Step::Resume) {
                prop_assert!(!next.overdue(now), "a clock that goes on is not overdue at once");
            }
            clock = next;
        }
    }
}
