//! Plays `tests/scenarios/*.yaml`: what the law asks of each procedure, as cases with dates.
//!
//! Timers that fall due between two steps fire by themselves, in their order, as they do in the service.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use time::{Date, OffsetDateTime, PrimitiveDateTime, macros::format_description};
use zhengming::{demo::Rehearsal, workflows};
use zhengming_engine::{
    clock::CHINA,
    decision::{Actor, Decision, Effect, Opening, Problem, Refusal, Signal, Timer},
    definition::model::{Definition, FilingMode},
    pack::Pack,
};

/// One file of scenarios; its fields and mode are the defaults of each.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(default)]
    fields: Map<String, Json>,
    mode: Option<Mode>,
    scenarios: Vec<Scenario>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Named,
    Confidential,
    Anonymous,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    procedure: String,
    filed: String,
    #[serde(default)]
    fields: Map<String, Json>,
    mode: Option<Mode>,
    /// Of the filing.
    expect: Option<Expectation>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    at: String,
    event: Option<String>,
    by: Option<String>,
    timer: Option<String>,
    rung: Option<String>,
    hear: Option<Signal>,
    #[serde(default)]
    fields: Map<String, Json>,
    /// Who sends it, where that makes a difference.
    account: Option<String>,
    refused: Option<String>,
    expect: Option<Expectation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    states: Option<Vec<String>>,
    #[serde(default)]
    data: Map<String, Json>,
    #[serde(default)]
    clocks: BTreeMap<String, ClockExpectation>,
    documents: Option<Vec<String>>,
    #[serde(default)]
    notices: Vec<NoticeExpectation>,
    #[serde(default)]
    opens: Vec<OpenExpectation>,
    #[serde(default)]
    assigns: Vec<AssignExpectation>,
}

/// A case role that somebody gets; without account, whoever acts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssignExpectation {
    role: String,
    account: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockExpectation {
    status: Option<String>,
    due: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeExpectation {
    to: String,
    notice: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenExpectation {
    procedure: String,
    link: String,
    identity: Option<bool>,
}

/// What the scenarios have touched: lines of branches, and clocks whose expiry happened, by procedure and version.
#[derive(Default)]
struct Coverage {
    branches: BTreeSet<(String, u32, u32)>,
    expiries: BTreeSet<(String, u32, String)>,
}

/// The scenarios of a file.
pub(crate) fn read(name: &str, text: &str) -> File {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All files of `tests/scenarios`, by name.
pub(crate) fn files() -> Vec<(String, File)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("scenarios")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).expect("readable");
        let file = self::read(&name, &text);
        (name, file)
    };
    paths.iter().map(read).collect()
}

/// The first scenario of a version of a procedure that does not go as it should.
pub(crate) fn first_failure(pack: &Pack, files: &[(String, File)], key: &str, version: u32) -> Option<String> {
    let mut coverage = Coverage::default();
    let governed = |scenario: &Scenario| {
        let filed = moment(&scenario.filed).expect("a moment");
        let governing = pack.in_force(&scenario.procedure, filed.date());
        scenario.procedure == key && governing.is_some_and(|d| d.version == version)
    };
    let mut all = files
        .iter()
        .flat_map(|(_, file)| file.scenarios.iter().map(move |s| (file, s)));
    all.find_map(|(file, scenario)| {
        let played = governed(scenario).then(|| play(pack, file, scenario, &mut coverage))?;
        played.err().map(|why| format!("{}: {why}", scenario.name))
    })
}

#[test]
fn every_scenario_goes_as_the_law_says() {
    let pack = workflows::load(None).expect("the pack is sound");
    let mut coverage = Coverage::default();
    let mut played = 0;
    let mut failures = Vec::new();
    for (name, file) in files() {
        for scenario in &file.scenarios {
            played += 1;
            if let Err(failure) = play(&pack, &file, scenario, &mut coverage) {
                failures.push(format!("{name}: {}: {failure}", scenario.name));
            }
        }
    }
    eprintln!("{played} scenarios\n{}", report(&pack, &coverage));
    assert!(played > 0, "no scenario was found");
    assert!(
        failures.is_empty(),
        "{} of {played} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn play(pack: &Pack, file: &File, scenario: &Scenario, coverage: &mut Coverage) -> Result<(), String> {
    let filed = moment(&scenario.filed)?;
    let definition = pack
        .in_force(&scenario.procedure, filed.date())
        .ok_or("no version governs the filing day")?;
    let mut fields = file.fields.clone();
    fields.extend(scenario.fields.clone());
    let mode = match scenario.mode.or(file.mode) {
        Some(Mode::Confidential) => FilingMode::Confidential,
        Some(Mode::Anonymous) => FilingMode::Anonymous,
        Some(Mode::Named) | None => FilingMode::Named,
    };
    let roles = definition.filing.by.iter().take(1).cloned().collect();
    let opening = Opening {
        actor: Actor {
            roles,
            excluded: false,
            ..Default::default()
        },
        mode,
        fields,
        complete: true,
    };
    let (mut case, opened) = Rehearsal::open(&pack.law, definition, &opening, filed)
        .map_err(|refusal| format!("filing: {}", said(&refusal)))?;
    if let Some(expected) = &scenario.expect {
        compare(&opened, expected).map_err(|why| format!("filing: {why}"))?;
    }
    for step in &scenario.steps {
        let what = step
            .event
            .as_deref()
            .or(step.timer.as_deref())
            .unwrap_or("another case");
        let failed = |why: String| format!("step {} {what}: {why}", step.at);
        take(definition, &mut case, step, coverage).map_err(failed)?;
    }
    Ok(())
}

/// Takes one step and compares.
fn take(definition: &Definition, case: &mut Rehearsal<'_>, step: &Step, coverage: &mut Coverage) -> Result<(), String> {
    let at = moment(&step.at)?;
    let outcome = match (&step.event, &step.timer, &step.hear) {
        (None, None, Some(signal)) => {
            pass(definition, case, at, coverage)?;
            let outcome = case.hear(signal, &step.fields, at);
            if let Ok(decision) = &outcome {
                note(definition, decision, coverage);
            }
            outcome
        }
        (Some(event), None, None) => {
            pass(definition, case, at, coverage)?;
            let role = step.by.as_deref().ok_or("`by` is missing")?;
            let outcome = case.perform_as(step.account.as_deref(), event, role, &step.fields, at);
            if let Ok(decision) = &outcome {
                note(definition, decision, coverage);
            }
            outcome
        }
        (None, Some(clock), None) => Ok(reach_timer(
            definition,
            case,
            clock,
            step.rung.as_deref(),
            at,
            coverage,
        )?),
        _ => return Err("a step has one of `event`, `timer` and `hear`".to_owned()),
    };
    match (outcome, &step.refused, &step.expect) {
        (Ok(decision), None, None) => {
            drop(decision);
            Ok(())
        }
        (Ok(decision), None, Some(expected)) => compare(&decision, expected),
        (Ok(decision), Some(code), _) => Err(format!("{code} was expected, but the case went to {:?}", decision.to)),
        (Err(refusal), Some(code), _) => {
            let codes: Vec<&str> = refusal.problems.iter().map(code_of).collect();
            if codes.contains(&code.as_str()) {
                Ok(())
            } else {
                Err(format!("refused with {codes:?}, not {code}"))
            }
        }
        (Err(refusal), None, _) => Err(format!("refused: {}", said(&refusal))),
    }
}

/// Lets the timers fire that are due before a step.
fn pass(
    definition: &Definition,
    case: &mut Rehearsal<'_>,
    at: OffsetDateTime,
    coverage: &mut Coverage,
) -> Result<(), String> {
    let passed = case
        .pass(at)
        .map_err(|refusal| format!("a timer before it: {}", said(&refusal)))?;
    for (timer, decision) in &passed {
        note_timer(definition, timer, decision, coverage);
    }
    Ok(())
}

/// Lets time pass up to and with one named timer, which must be due at exactly this moment.
fn reach_timer(
    definition: &Definition,
    case: &mut Rehearsal<'_>,
    clock: &str,
    rung: Option<&str>,
    at: OffsetDateTime,
    coverage: &mut Coverage,
) -> Result<Decision, String> {
    let rung = rung.ok_or("`rung` is missing")?;
    let wanted = |timer: &Timer| timer.clock == clock && timer.rung.split(':').next() == Some(rung);
    loop {
        let Some(next) = case.timers().first().filter(|timer| timer.due_at <= at).cloned() else {
            let armed: Vec<String> = case
                .timers()
                .iter()
                .map(|t| format!("{} {} {}", t.clock, t.rung, t.due_at))
                .collect();
            return Err(format!("no such timer is due then; armed are {armed:?}"));
        };
        let decision = case.fire(&next).map_err(|refusal| said(&refusal))?;
        note_timer(definition, &next, &decision, coverage);
        if wanted(&next) {
            return if next.due_at == at {
                Ok(decision)
            } else {
                Err(format!("it was due at {}", next.due_at))
            };
        }
    }
}

fn compare(decision: &Decision, expected: &Expectation) -> Result<(), String> {
    let mut wrong = String::new();
    let mut differ = |what: &str, got: String, wanted: String| {
        if got != wanted {
            let _ = write!(wrong, "{what} is {got}, not {wanted}; ");
        }
    };
    if let Some(states) = &expected.states {
        differ("state", format!("{:?}", decision.to), format!("{states:?}"));
    }
    for (name, wanted) in &expected.data {
        let got = decision.data.get(name).cloned().unwrap_or_default();
        differ(name, got.to_string(), wanted.to_string());
    }
    for (name, wanted) in &expected.clocks {
        let clock = decision.clocks.get(name);
        if let Some(status) = &wanted.status {
            differ(
                name,
                clock.map(|c| c.status.to_string()).unwrap_or_default(),
                status.clone(),
            );
        }
        if let Some(due) = &wanted.due {
            let got = clock
                .and_then(|c| c.due.at())
                .map(|at| at.due_date.to_string())
                .unwrap_or_default();
            differ(&format!("{name} due"), got, due.clone());
        }
    }
    if let Some(documents) = &expected.documents {
        let made: Vec<&String> = decision
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Document { kind } => Some(kind),
                _ => None,
            })
            .collect();
        differ("documents", format!("{made:?}"), format!("{documents:?}"));
    }
    for wanted in &expected.notices {
        let sent = decision.effects.iter().any(|effect| {
            matches!(effect, Effect::Notify { to, notice, .. } if to.contains(&wanted.to) && *notice == wanted.notice)
        });
        differ(
            &format!("notice {} to {}", wanted.notice, wanted.to),
            sent.to_string(),
            true.to_string(),
        );
    }
    for wanted in &expected.assigns {
        let assigned = decision.effects.iter().any(|effect| {
            matches!(effect, Effect::Assign { role, account, .. } if *role == wanted.role && *account == wanted.account)
        });
        differ(
            &format!("assignment of {}", wanted.role),
            assigned.to_string(),
            true.to_string(),
        );
    }
    for wanted in &expected.opens {
        let opened = decision.effects.iter().any(|effect| {
            matches!(effect, Effect::Open { procedure, link, identity, .. }
                if *procedure == wanted.procedure && *link == wanted.link && wanted.identity.is_none_or(|i| i == *identity))
        });
        differ(
            &format!("opening of {}", wanted.procedure),
            opened.to_string(),
            true.to_string(),
        );
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn note_timer(definition: &Definition, timer: &Timer, decision: &Decision, coverage: &mut Coverage) {
    if !timer.rung.starts_with("expiry") {
        return;
    }
    coverage
        .expiries
        .insert((definition.key.clone(), definition.version, timer.clock.clone()));
    note(definition, decision, coverage);
}

/// Marks the branches that a decision took.
fn note(definition: &Definition, decision: &Decision, coverage: &mut Coverage) {
    for line in &decision.taken {
        coverage
            .branches
            .insert((definition.key.clone(), definition.version, *line));
    }
}

/// Transitions and expiries that no scenario touches, by procedure and version.
fn report(pack: &Pack, coverage: &Coverage) -> String {
    let mut text = String::new();
    for definition in pack.procedures.values().flatten() {
        let (key, version) = (&definition.key, definition.version);
        let mut missed = Vec::new();
        let mut all = 0;
        for state in &definition.states {
            for (event, branch) in state
                .transitions
                .iter()
                .flat_map(|(event, list)| list.iter().map(move |b| (event, b)))
            {
                all += 1;
                if !coverage.branches.contains(&(key.clone(), version, branch.line)) {
                    missed.push(format!("{}.{event} (line {})", state.id, branch.line));
                }
            }
        }
        let expired = |name: &&String| coverage.expiries.contains(&(key.clone(), version, (*name).clone()));
        let silent: Vec<&String> = definition.clocks.keys().filter(|name| !expired(name)).collect();
        let (done, clocks) = (all - missed.len(), definition.clocks.len());
        let _ = writeln!(
            text,
            "{key} version {version}: {done} of {all} transitions, {} of {clocks} expiries",
            clocks - silent.len()
        );
        for miss in missed {
            let _ = writeln!(text, "  not taken: {miss}");
        }
        for clock in silent {
            let _ = writeln!(text, "  never expires: {clock}");
        }
    }
    text
}

fn code_of(problem: &Problem) -> &str {
    problem
        .requirement
        .as_ref()
        .map_or_else(|| problem.code.as_str(), |(code, _)| code)
}

fn said(refusal: &Refusal) -> String {
    let each = refusal
        .problems
        .iter()
        .map(|p| json!({ "code": code_of(p), "field": p.field }).to_string());
    each.collect::<Vec<_>>().join(", ")
}

/// A moment in Asia/Shanghai; a date alone is nine in the morning.
fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let wrong = |error: time::error::Parse| format!("{text}: {error}");
    if text.len() == 10 {
        let day = Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(wrong)?;
        return Ok(day.midnight().assume_offset(CHINA) + time::Duration::hours(9));
    }
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    PrimitiveDateTime::parse(text, form)
        .map(|t| t.assume_offset(CHINA))
        .map_err(wrong)
}
