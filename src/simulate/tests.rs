//! Tests of whole runs.

use std::{fs, path::Path, sync::LazyLock};

use proptest::prelude::*;
use zhengming_engine::{
    clock::{ClockStatus, Law},
    definition::model::RoleKind,
    pack::Pack,
};

use crate::{
    book::Book,
    case::{Case, Clock},
    chance::Chance,
    chart,
    model::Model,
    read::read,
    report::{self, Report},
    run::{Plan, count, run},
};

static FILES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut files = Vec::new();
    for folder in ["calendar/cn", "law", "procedures", "notices", "documents"] {
        for entry in fs::read_dir(root.join(folder)).expect("the pack is part of the repository") {
            let path = entry.expect("listed").path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let text = fs::read_to_string(&path).expect("text");
                files.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    files
});

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let files: Vec<(&str, &str)> = FILES
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let (pack, found) = Pack::load(&files);
    pack.unwrap_or_else(|| panic!("{found:#?}"))
});

pub(crate) fn law() -> &'static Law {
    &PACK.law
}

/// A procedure with one queue: a filing waits until an officer decides, three working days at most.
const COUNTER: &str = "
procedure: counter
version: 1
title: {zh: 窗口, en: Counter}
filed: {from: 2020-01-01}
instrument: samr-121
roles:
  filer: {title: {zh: 申请人, en: Filer}, kind: party}
  officer: {title: {zh: 工作人员, en: Officer}, kind: staff}
fields:
  wish: {title: {zh: 是否, en: Wish}, type: bool}
  result: {title: {zh: 结果, en: Result}, type: choice, options: {none: {zh: 无, en: None}, some: {zh: 有, en: Some}}}
  until: {title: {zh: 期限, en: Until}, type: date}
filing: {by: [filer], modes: [named], law: 10.1, pages: {only: {title: {zh: 申请, en: Wish}, form: [\"wish?\"]}}}
events:
  decide: {title: {zh: 决定, en: Decide}, by: [officer], form: [\"result?\", \"until?\"], law: 15.1}
  grant: {title: {zh: 同意, en: Grant}, by: [officer], law: 15.1}
  decision_late: {title: {zh: 逾期, en: Late}, law: 15.1, do: [{notify: {to: [officer], notice: dispatch_late}}]}
initial: waiting
states:
  waiting:
    title: {zh: 待决定, en: To be decided}
    phase: work
    owner: officer
    events:
      decide: done
      grant: {to: granted, requires: [{when: has(data.wish) && data.wish, code: NO_WISH, reason: {zh: 没有申请, en: There is no wish}, law: 15.1}]}
  granted: {title: {zh: 同意, en: Granted}, phase: work, outcome: granted}
  done: {title: {zh: 已决定, en: Decided}, phase: work, outcome: decided}
clocks:
  decision: {title: {zh: 决定期限, en: Decision}, within: 3 working_days, law: 15.1, duty: authority, runs_in: [waiting], expiry: decision_late}
";

pub(crate) static COUNTERS: LazyLock<Pack> = LazyLock::new(|| {
    let files = FILES.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let files: Vec<(&str, &str)> = files.chain([("procedures/counter-1.yaml", COUNTER)]).collect();
    let (pack, found) = Pack::load(&files);
    pack.unwrap_or_else(|| panic!("{found:#?}"))
});

pub(crate) fn file(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

pub(crate) fn model(text: &str) -> Model {
    let (model, found) = read(&[file("model.yaml", text)], &COUNTERS);
    model.unwrap_or_else(|| panic!("{}", found.iter().map(|d| format!("{d}\n")).collect::<String>()))
}

/// A counter with so many officers, filings a working day, and minutes that each takes; `more` goes into the procedure.
fn counter(officers: &str, per_day: u32, minutes: u32, seed: u64, more: &str) -> Model {
    model(&format!(
        "simulation: counter\nfrom: 2026-03-02\nto: 2026-04-30\nfollow: 20\nseed: {seed}\n\
         procedures:\n  counter:\n    arrivals: {{per_day: {per_day}, weekdays: {{sat: 0.2, sun: 0}}}}\n    \
         states: {{waiting: {{decide: 1}}}}\n    tasks: {{decide: {{takes: {{minutes: {minutes}, cv: 0.7}}}}}}\n{more}\
         staff: {{officer: {{count: {officers}}}}}\n"
    ))
}

/// A counter whose filings come by these arrivals, with these answers to its decision, in a run of these days.
pub(crate) fn arriving(days: &str, arrivals: &str, answers: &str) -> String {
    format!(
        "simulation: counter\n{days}procedures:\n  counter:\n    arrivals: {{{arrivals}}}\n    \
         answers: {{decide: {{{answers}}}}}\n    states: {{waiting: {{decide: 1}}}}\n\
         staff: {{officer: {{count: unlimited}}}}\n"
    )
}

/// The first days of the shipped model of a city.
fn city(seed: u64) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/simulations/city.yaml");
    let text = fs::read_to_string(path).expect("part of the repository");
    let (model, found) = read(&[file("city.yaml", &text)], &COUNTERS);
    let mut model = model.unwrap_or_else(|| panic!("{found:#?}"));
    model.to = time::macros::date!(2026 - 05 - 20);
    (model.warm_up, model.follow, model.seed) = (10, 70, seed);
    model
}

/// Every shipped procedure in its newest version, all together, whatever can happen equally likely.
fn everything(seed: u64) -> Model {
    let (mut procedures, mut staff) = (String::new(), std::collections::BTreeSet::new());
    for (key, versions) in &PACK.procedures {
        let newest = versions.last().expect("a version");
        procedures += &format!("  {key}: {{version: {}, arrivals: {{per_day: 1}}}}\n", newest.version);
        let roles = newest.roles.iter().filter(|(_, role)| role.kind == RoleKind::Staff);
        staff.extend(roles.map(|(name, _)| format!("  {name}: {{count: 4}}\n")));
    }
    let staff: String = staff.into_iter().collect();
    model(&format!(
        "simulation: all\nfrom: 2026-05-06\nto: 2026-06-05\nfollow: 90\nseed: {seed}\nprocedures:\n{procedures}staff:\n{staff}"
    ))
}

fn filed_is_closed_and_open(report: &Report) {
    for procedure in &report.procedures {
        let closed: u64 = procedure.closed.iter().map(|outcome| outcome.cases).sum();
        let open: u64 = procedure.open_by_state.values().sum();
        assert_eq!(procedure.filed, closed + procedure.open, "{}", procedure.procedure);
        assert_eq!(procedure.open, open);
        for clock in &procedure.clocks {
            let ended = clock.met + clock.expired + clock.restarted + clock.cancelled + clock.running;
            assert_eq!(clock.started, ended, "{}: {clock:?}", procedure.procedure);
        }
    }
}

#[test]
fn every_shipped_model_fits_the_shipped_procedures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/simulations");
    let mut models = 0;
    for entry in fs::read_dir(&folder).expect("part of the repository") {
        let path = entry.expect("listed").path();
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        let (mut files, mut next) = (Vec::new(), Some(path));
        while let Some(path) = next {
            let text = fs::read_to_string(&path).expect("text");
            next = crate::read::path(&text, "extends").map(|name| folder.join(name));
            files.push((path.to_string_lossy().into_owned(), text));
        }
        let (model, found) = read(&files, &PACK);
        assert!(model.is_some(), "{found:#?}");
        models += 1;
    }
    assert!(models >= 10, "{models}");
}

#[test]
fn a_seed_gives_one_report_on_any_number_of_threads_and_another_seed_another() {
    let mut model = city(1);
    model.authorities = 3;
    let report = run(&model, 1);
    assert_eq!(run(&model, 2), report);
    assert_eq!(run(&model, 8), report);
    model.seed = 2;
    assert_ne!(run(&model, 2), report);
}

#[test]
fn decisions_that_are_remembered_are_those_that_the_engine_makes_anew() {
    for seed in 1..=3 {
        let model = city(seed);
        assert_eq!(count(&model, 1, true), count(&model, 1, false), "city, seed {seed}");
        let model = everything(seed);
        assert_eq!(
            count(&model, 1, true),
            count(&model, 1, false),
            "everything, seed {seed}"
        );
    }
}

#[test]
fn every_filed_case_is_closed_or_open_and_every_clock_ended_or_runs() {
    let report = run(&city(4), 1);
    assert!(report.procedures.iter().all(|p| p.filed > 100), "{report:#?}");
    filed_is_closed_and_open(&report);
    filed_is_closed_and_open(&run(&everything(5), 1));
}

#[test]
fn a_complaint_opens_the_report_that_is_split_off_it() {
    let report = run(&city(6), 1);
    let reports = report
        .procedures
        .iter()
        .find(|p| p.procedure == "report")
        .expect("in the model");
    assert!(reports.opened_by_cases > 5, "{reports:#?}");
}

#[test]
fn with_officers_without_end_no_duty_of_the_authority_is_late_and_nothing_waits_in_working_time() {
    let report = run(&counter("unlimited", 80, 30, 1, ""), 1);
    let clock = &report.procedures[0].clocks[0];
    assert!(clock.started > 2_000 && clock.expired == 0, "{clock:?}");
    assert_eq!(report.staff[0].wait_most_hours, Some(0.0));
    assert_eq!(report.staff[0].utilisation, None);
    filed_is_closed_and_open(&report);
}

#[test]
fn without_officers_every_clock_expires_and_every_case_stays_open() {
    let report = run(&counter("0", 20, 30, 1, ""), 1);
    let procedure = &report.procedures[0];
    assert!(
        procedure.filed > 500 && procedure.open == procedure.filed,
        "{procedure:?}"
    );
    assert_eq!(procedure.clocks[0].overdue_rate, Some(1.0));
    assert_eq!(procedure.closed, []);
    assert_eq!(report.staff[0].tasks, 0);
    let last = report.days.last().expect("days");
    assert_eq!(last.waiting, last.open, "all of them wait at the desk");
}

#[test]
fn a_desk_that_is_given_more_than_it_can_do_works_all_day_and_its_queue_grows() {
    let report = run(&counter("2", 40, 60, 1, ""), 1);
    let staff = &report.staff[0];
    assert!(
        staff.utilisation.is_some_and(|share| (0.97..=1.0).contains(&share)),
        "{staff:?}"
    );
    let queue: Vec<u64> = report.days.iter().map(|day| day.waiting[0]).collect();
    assert!(queue[55] > queue[25] && queue[25] > queue[5], "{queue:?}");
    assert!(report.procedures[0].clocks[0].overdue_rate > Some(0.5), "{report:?}");
}

#[test]
fn a_shorter_clock_is_missed_more_often() {
    let missed = |more: &str| run(&counter("4", 34, 60, 3, more), 1).procedures[0].clocks[0].expired;
    let (three, one) = (missed(""), missed("    clocks: {decision: {within: 1 working_days}}\n"));
    assert!(one > three, "{one} {three}");
}

#[test]
fn a_day_with_a_factor_of_its_own_has_it_whatever_weekday_or_holiday_it_is() {
    use time::macros::date;
    let arrivals = "per_day: 10, weekdays: {sun: 0.1}, holidays: 0.5, \
                    days: {\"2026-03-15\": 20, \"2026-05-01\": 3, \"2026-03-17\": 0}";
    let text = arriving("from: 2026-03-10\nto: 2026-05-10\nwarm_up: 9\n", arrivals, "");
    let mut model = model(&text);
    let plan = Plan::new(&model);
    let on = |date: time::Date| plan.expected[0][usize::try_from((date - date!(2026 - 03 - 01)).whole_days()).unwrap()];
    assert_eq!(
        on(date!(2026 - 03 - 15)),
        200.0,
        "a Sunday: twenty times a working day, not a Sunday"
    );
    assert_eq!(
        (on(date!(2026 - 03 - 22)), on(date!(2026 - 03 - 16))),
        (1.0, 10.0),
        "others stay"
    );
    assert_eq!((on(date!(2026 - 05 - 01)), on(date!(2026 - 05 - 02))), (30.0, 5.0));
    assert_eq!(on(date!(2026 - 03 - 17)), 0.0);
    (model.from, model.to) = (date!(2026 - 03 - 15), date!(2026 - 03 - 15));
    let filed = run(&model, 1).procedures[0].filed;
    assert!((150..250).contains(&filed), "{filed}");
}

#[test]
fn the_last_counted_evening_is_noted_with_and_without_days_after_it() {
    for follow in [0, 1] {
        let days = format!("from: 2026-03-02\nto: 2026-03-06\nfollow: {follow}\n");
        let report = run(&model(&arriving(&days, "per_day: 20", "")), 1);
        assert_eq!(report.days.len(), 5, "follow {follow}");
    }
}

#[test]
fn a_duty_that_is_done_or_gone_is_due_no_more_and_one_that_is_late_is() {
    let model = counter("1", 1, 1, 1, "");
    let definition = &model.procedures[0].definition;
    let due = |status: ClockStatus| {
        let clock = Clock {
            status,
            generation: 1,
            period: "3 working_days".parse().expect("a period"),
            started: 0,
            stopped: None,
            due: Some(7),
            pauses: Vec::new(),
            extensions: 0,
        };
        let case = Case {
            procedure: 0,
            situation: 0,
            clocks: vec![Some(clock)],
            dates: Vec::new(),
            filed_at: 0,
            counted: true,
            chance: Chance::new(1, [0; 3]),
            stays: Vec::new(),
            opener: None,
            opened: Vec::new(),
        };
        case.due(definition)
    };
    assert_eq!(
        [
            ClockStatus::Running,
            ClockStatus::Expired,
            ClockStatus::Met,
            ClockStatus::Cancelled
        ]
        .map(due),
        [Some(7), Some(7), None, None]
    );
}

#[test]
fn what_a_requirement_refuses_is_drawn_again_and_counted_with_its_code() {
    let text = "simulation: counter\nfrom: 2026-03-02\nto: 2026-03-31\nfollow: 10\nprocedures:\n  counter:\n    \
                arrivals: {per_day: 20}\n    fields: {wish: {true: 0.5, false: 0.5}}\n    \
                states: {waiting: {grant: 0.9}}\nstaff: {officer: {count: unlimited}}\n";
    let report = run(&model(text), 1);
    let procedure = &report.procedures[0];
    let refusal = &procedure.refused[0];
    assert_eq!((refusal.event.as_str(), refusal.code.as_str()), ("grant", "NO_WISH"));
    let of = |outcome: &str| {
        procedure
            .closed
            .iter()
            .find(|o| o.outcome == outcome)
            .map_or(0, |o| o.cases)
    };
    assert!(
        of("granted") > procedure.filed * 2 / 5 && of("granted") < procedure.filed / 2,
        "{procedure:?}"
    );
    assert!(of("decided") >= refusal.times, "whoever is refused is decided");
    assert_eq!(of("granted") + of("decided"), procedure.filed);
}

#[test]
fn a_case_that_can_do_nothing_is_reported_as_stuck_with_its_state() {
    let text = "simulation: counter\nfrom: 2026-03-02\nto: 2026-03-06\nfollow: 10\nprocedures:\n  counter:\n    \
                arrivals: {per_day: 20}\n    fields: {wish: false}\n    states: {waiting: {grant: 1}}\n\
                staff: {officer: {count: 1}}\n";
    let report = run(&model(text), 1);
    let procedure = &report.procedures[0];
    assert_eq!(procedure.stuck_by_state.get("waiting"), Some(&procedure.filed));
}

#[test]
fn a_share_of_the_authorities_is_multiplied_to_all_of_them() {
    let mut model = counter("2", 20, 20, 9, "");
    model.authorities = 2;
    let sample = run(&model, 2);
    (model.authorities, model.sample) = (200, 100);
    let scaled = run(&model, 2);
    assert_eq!(scaled.run_authorities, 2);
    assert_eq!(scaled.procedures[0].filed, sample.procedures[0].filed * 100);
    assert_eq!(
        scaled.procedures[0].clocks[0].overdue_rate,
        sample.procedures[0].clocks[0].overdue_rate
    );
    assert_eq!(scaled.days[10].open[0], sample.days[10].open[0] * 100);
}

#[test]
fn a_few_situations_stand_for_many_cases() {
    let model = city(1);
    let mut book = Book::new(&model.law, &model.procedures[0], true);
    let first = book.open(0, 1_777_600_000).expect("opens").step.to;
    for second in 1..1_000 {
        assert_eq!(
            book.open(0, 1_777_600_000 + second * 977).expect("opens").step.to,
            first
        );
    }
    assert_eq!(book.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_more_officers_never_make_more_clocks_expire_in_a_simple_queue(
        officers in 1_u32..5,
        per_day in 5_u32..40,
        minutes in 10_u32..120,
        seed in any::<u32>(),
    ) {
        let expired = |officers: u32| {
            let report = run(&counter(&officers.to_string(), per_day, minutes, seed.into(), ""), 1);
            report.procedures[0].clocks[0].expired
        };
        prop_assert!(expired(officers + 2) <= expired(officers));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z:{} \n0-9,._-]{0,200}") {
        let _ = read(&[file("model.yaml", &text)], &COUNTERS);
    }
}

#[test]
fn reports_print_side_by_side_and_as_files() {
    let (mut few, mut many) = (counter("2", 40, 30, 1, ""), counter("4", 40, 30, 1, ""));
    few.name = "two & two".to_owned();
    many.name = "four".to_owned();
    let reports = [run(&few, 1), run(&many, 1)];
    let table = report::table(&reports);
    let line = |name: &str| {
        table
            .lines()
            .find(|line| line.contains(name))
            .unwrap_or_else(|| panic!("{table}"))
    };
    let officers: Vec<&str> = line("officers an authority").split_whitespace().skip(3).collect();
    assert_eq!(officers, ["2", "4"], "{table}");
    assert!(line("decision (authority): started").contains(','), "{table}");
    let clocks = report::clocks_csv(&reports).expect("written");
    assert_eq!(clocks.lines().count(), 3, "{clocks}");
    assert!(
        clocks.contains("four,counter,1,decision,authority,statutory,"),
        "{clocks}"
    );
    let queues = report::queues_csv(&reports).expect("written");
    assert_eq!(
        queues.lines().count(),
        1 + 2 * 60 * 2,
        "a line a day for the desk and for the cases"
    );
    let svg = chart::queues(&reports);
    assert!(
        svg.contains("two &amp; two") && svg.matches("<polyline").count() == 4,
        "{svg}"
    );
    let [first, second] = reports;
    let long = |report: Report| Report {
        simulation: "a name that is rather long, longer than half of the drawing is wide".to_owned(),
        ..report
    };
    let svg = chart::queues(&[long(first), long(second)]);
    for row in ["<path d=\"M72 42h26\"", "<path d=\"M72 60h26\""] {
        assert!(
            svg.contains(row),
            "names that do not fit beside each other stand in rows: {svg}"
        );
    }
}
