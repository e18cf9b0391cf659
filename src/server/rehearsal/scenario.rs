//! Scenarios: what the law asks of a procedure, as cases with dates (format: `workflows/README.md`).
//!
//! Timers that fall due between two steps fire by themselves, in their order, as they do in the service.

use std::{fs, io, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use serde_saphyr::Spanned;
use time::{Date, OffsetDateTime, PrimitiveDateTime, macros::format_description};
use zhengming_engine::{
    clock::CHINA,
    contribution::EvidenceKind,
    decision::{Actor, Decision, Opening, Problem, Refusal, Signal, Timer},
    definition::model::{Definition, FilingMode},
    diagnostic::{Diagnostic, Severity},
    pack::Pack,
};

use super::{Coverage, Rehearsal, expectation::Expectation, names::Names};

/// A file of scenarios; its fields and mode are the defaults of each.
pub struct File {
    name: String,
    content: Content,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
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
    name: Spanned<String>,
    procedure: String,
    filed: String,
    #[serde(default)]
    fields: Map<String, Json>,
    mode: Option<Mode>,
    /// The role that files; else the first that may.
    by: Option<String>,
    /// Of the filing.
    expect: Option<Expectation>,
    steps: Vec<Spanned<Step>>,
}

/// A step of a scenario, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    at: String,
    pub(super) event: Option<String>,
    pub(super) by: Option<String>,
    pub(super) timer: Option<String>,
    rung: Option<String>,
    hear: Option<Signal>,
    /// A piece of evidence of this kind is added.
    evidence: Option<EvidenceKind>,
    #[serde(default)]
    pub(super) fields: Map<String, Json>,
    /// Who sends it, where that makes a difference.
    account: Option<String>,
    pub(super) refused: Option<String>,
    pub(super) expect: Option<Expectation>,
}

/// A step, or the filing, that did not go as the scenario says.
struct Failure {
    line: u32,
    why: String,
}

impl File {
    /// Reads a file. `name` is what diagnostics call it.
    ///
    /// # Errors
    /// Where and why it cannot be read (`WF607`).
    pub fn parse(name: &str, text: &str) -> Result<Self, Box<Diagnostic>> {
        match serde_saphyr::from_str(text) {
            Ok(content) => Ok(Self {
                name: name.to_owned(),
                content,
            }),
            Err(error) => {
                let line = error.location().map_or(1, |at| line_number(at.line()));
                let told = error.to_string();
                let first = told
                    .lines()
                    .next()
                    .unwrap_or("unreadable")
                    .trim_start_matches("error: ");
                // The place stands before the message already.
                let first = match first.split_once(": ") {
                    Some((place, rest)) if place.starts_with("line ") => rest,
                    _ => first,
                };
                let mend = "the format is in workflows/README.md, Scenarios";
                Err(Box::new(diagnostic(name, line, "WF607", first.to_owned(), mend)))
            }
        }
    }

    /// Scenarios in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.content.scenarios.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.scenarios.is_empty()
    }

    /// Keys of the procedures that it plays.
    pub fn procedures(&self) -> impl Iterator<Item = &str> {
        self.content
            .scenarios
            .iter()
            .map(|scenario| scenario.procedure.as_str())
    }

    /// What diagnostics call the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of the scenarios of one version of a procedure.
    pub fn of<'s>(&'s self, pack: &'s Pack, definition: &'s Definition) -> impl Iterator<Item = &'s str> {
        self.governed(pack, &definition.key, definition.version)
            .map(|scenario| scenario.name.value.as_str())
    }

    /// The first scenario of a version in which an event happens, or a clock is reached or has a day expected of it.
    pub fn naming<'s>(&'s self, pack: &'s Pack, definition: &'s Definition, name: &str) -> Option<&'s str> {
        let names = |step: &Step| {
            let expects = step.expect.as_ref().is_some_and(|expected| expected.names_clock(name));
            let happens = step.refused.is_none() && step.event.as_deref() == Some(name);
            happens || step.timer.as_deref() == Some(name) || expects
        };
        let mut governed = self.governed(pack, &definition.key, definition.version);
        let found = governed.find(|scenario| scenario.steps.iter().any(|step| names(&step.value)))?;
        Some(found.name.value.as_str())
    }

    fn governed<'s>(&'s self, pack: &'s Pack, key: &'s str, version: u32) -> impl Iterator<Item = &'s Scenario> {
        self.content.scenarios.iter().filter(move |scenario| {
            let governing = moment(&scenario.filed)
                .ok()
                .and_then(|filed| pack.governing(&scenario.procedure, &scenario.fields, filed.date()));
            scenario.procedure == key && governing.is_some_and(|d| d.version == version)
        })
    }

    /// Plays every scenario; `coverage` learns what was touched. Returns those that did not go as they say (`WF606`).
    pub fn play(&self, pack: &Pack, coverage: &mut Coverage) -> Vec<Diagnostic> {
        let mut failures = Vec::new();
        for scenario in &self.content.scenarios {
            if let Err(failure) = self.play_one(pack, scenario, coverage) {
                failures.push(self.told(scenario, failure));
            }
        }
        failures
    }

    /// The first scenario of a version of a procedure that does not go as it should.
    #[must_use]
    pub fn first_failure(&self, pack: &Pack, key: &str, version: u32) -> Option<Diagnostic> {
        let mut coverage = Coverage::default();
        self.governed(pack, key, version).find_map(|scenario| {
            let failure = self.play_one(pack, scenario, &mut coverage).err()?;
            Some(self.told(scenario, failure))
        })
    }

    fn told(&self, scenario: &Scenario, failure: Failure) -> Diagnostic {
        let message = format!("\"{}\": {}", scenario.name.value, failure.why);
        let mend = "what the article says decides which of the two is wrong";
        diagnostic(&self.name, failure.line, "WF606", message, mend)
    }

    fn play_one(&self, pack: &Pack, scenario: &Scenario, coverage: &mut Coverage) -> Result<(), Failure> {
        let line = line_number(scenario.name.referenced.line());
        let filing = |why: String| Failure { line, why };
        let filed = moment(&scenario.filed).map_err(filing)?;
        let definition = pack
            .governing(&scenario.procedure, &scenario.fields, filed.date())
            .ok_or_else(|| filing(format!("no version of `{}` governs the filing day", scenario.procedure)))?;
        let names = Names::of(pack, &scenario.procedure);
        let opening = self.opening(scenario, definition);
        let (mut case, opened) = Rehearsal::open(&pack.law, definition, &opening, filed)
            .map_err(|refusal| filing(format!("the filing is refused: {}", said(&refusal))))?;
        coverage.note(definition, &opened);
        if let Some(expected) = &scenario.expect {
            expected.known(&names).map_err(filing)?;
            expected
                .compare(definition, &opened)
                .map_err(|why| filing(format!("after the filing {why}")))?;
        }
        let mut reached = filed;
        for step in &scenario.steps {
            let line = line_number(step.referenced.line());
            let step = &step.value;
            let at = moment(&step.at).map_err(|why| Failure { line, why })?;
            // A clock that counts from a day before the filing may have ended before it.
            if at < reached && step.timer.is_none() {
                let why = format!("{} at {} comes before what stands above it", step.what(), step.at);
                return Err(Failure { line, why });
            }
            reached = reached.max(at);
            step.known(&names).map_err(|why| Failure { line, why })?;
            take(definition, &mut case, step, coverage).map_err(|why| Failure {
                line,
                why: format!("{} at {}: {why}", step.what(), step.at),
            })?;
        }
        Ok(())
    }

    fn opening(&self, scenario: &Scenario, definition: &Definition) -> Opening {
        let mut fields = self.content.fields.clone();
        fields.extend(scenario.fields.clone());
        let mode = match scenario.mode.or(self.content.mode) {
            Some(Mode::Confidential) => FilingMode::Confidential,
            Some(Mode::Anonymous) => FilingMode::Anonymous,
            Some(Mode::Named) | None => FilingMode::Named,
        };
        let filer = scenario.by.as_ref().or(definition.filing.by.first());
        let roles = filer.into_iter().cloned().collect();
        Opening {
            actor: Actor {
                roles,
                excluded: false,
                ..Default::default()
            },
            mode,
            fields,
            complete: true,
        }
    }
}

/// The scenarios of a file, or of all YAML files of a folder, by name. `Err` beside it: files that cannot be read as such.
///
/// # Errors
/// The folder or file cannot be read.
pub fn read(path: &Path) -> io::Result<(Vec<File>, Vec<Diagnostic>)> {
    let mut paths = Vec::new();
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            paths.push(entry?.path());
        }
        paths.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
        paths.sort();
    } else {
        paths.push(path.to_owned());
    }
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    for path in paths {
        match File::parse(&path.display().to_string(), &fs::read_to_string(&path)?) {
            Ok(file) => files.push(file),
            Err(fault) => faults.push(*fault),
        }
    }
    Ok((files, faults))
}

impl Step {
    fn what(&self) -> &str {
        let added = self.evidence.map(|_| "evidence");
        let named = self.event.as_deref().or(self.timer.as_deref()).or(added);
        named.unwrap_or("what another case tells")
    }
}

/// Takes one step and compares.
fn take(definition: &Definition, case: &mut Rehearsal<'_>, step: &Step, coverage: &mut Coverage) -> Result<(), String> {
    let at = moment(&step.at)?;
    if let Some(kind) = step.evidence {
        if step.event.is_some() || step.timer.is_some() || step.hear.is_some() || step.expect.is_some() {
            return Err("a step with `evidence` has `by` beside it, and `refused`".to_owned());
        }
        pass(definition, case, at, coverage)?;
        let role = step.by.as_deref().ok_or("`by` is missing")?;
        return ended(definition, case.add_evidence(kind, role, at), step);
    }
    let outcome = match (&step.event, &step.timer, &step.hear) {
        (None, None, Some(signal)) => {
            pass(definition, case, at, coverage)?;
            let outcome = case.hear(signal, &step.fields, at);
            if let Ok(decision) = &outcome {
                coverage.note(definition, decision);
            }
            outcome
        }
        (Some(event), None, None) => {
            pass(definition, case, at, coverage)?;
            let role = step.by.as_deref().ok_or("`by` is missing")?;
            let outcome = case.perform_as(step.account.as_deref(), event, role, &step.fields, at);
            if let Ok(decision) = &outcome {
                coverage.note(definition, decision);
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
        _ => return Err("a step has one of `event`, `timer`, `hear` and `evidence`".to_owned()),
    };
    ended(definition, outcome, step)
}

/// Whether a step ended as it says.
fn ended(definition: &Definition, outcome: Result<Decision, Refusal>, step: &Step) -> Result<(), String> {
    match (outcome, &step.refused, &step.expect) {
        (Ok(decision), None, None) => {
            drop(decision);
            Ok(())
        }
        (Ok(decision), None, Some(expected)) => expected.compare(definition, &decision),
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
        coverage.note_timer(definition, timer, decision);
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
        coverage.note_timer(definition, &next, &decision);
        if wanted(&next) {
            return if next.due_at == at {
                Ok(decision)
            } else {
                Err(format!("it was due at {}", next.due_at))
            };
        }
    }
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

fn line_number(line: impl TryInto<u32>) -> u32 {
    line.try_into().unwrap_or(0)
}

fn diagnostic(file: &str, line: u32, code: &'static str, message: String, mend: &str) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        line,
        column: 0,
        code,
        severity: Severity::Error,
        path: String::new(),
        message,
        mend: mend.to_owned(),
    }
}
