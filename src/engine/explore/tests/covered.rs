//! Whatever really happens to a case is among what the exploration has seen.

use std::{collections::BTreeSet, fs, path::Path};

use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::{
    clock::{ClockStatus, samples},
    decide,
    decision::{Actor, CaseView, Command, Decision, Effect, Opening},
    definition::model::{Days, Definition, FieldKind, FilingMode, FormField},
    dossier::Dossier,
    explore::{
        STATES,
        graph::Graph,
        machine::Machine,
        steps::Steps,
        variables::{Standing, Var},
    },
    pack::Pack,
};

/// The pack of this repository.
pub(super) fn shipped() -> Pack {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut files = samples::files();
    for folder in ["procedures", "notices", "documents"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            files.push((path.to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (pack, found) = Pack::load(&files);
    pack.unwrap_or_else(|| panic!("{found:#?}"))
}

/// Numbers from a seed, one after the other.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % count.max(1)
    }
}

fn value(kind: &FieldKind, dice: &mut Dice) -> Json {
    match kind {
        FieldKind::Bool => Json::from(dice.below(2) == 0),
        FieldKind::Date { days: Days::Past } => Json::from("2026-01-05"),
        FieldKind::Date { .. } => Json::from(format!("2026-12-{:02}", 1 + dice.below(28))),
        FieldKind::Integer { min, .. } => Json::from(*min),
        FieldKind::Money => Json::from(100 + dice.below(10_000_000)),
        FieldKind::Choice(choices) => Json::from(choices[dice.below(choices.len())].key.as_str()),
        FieldKind::Choices(choices) => {
            let first = dice.below(choices.len());
            let chosen = choices
                .iter()
                .enumerate()
                .filter(|(i, _)| *i == first || dice.below(2) == 0);
            chosen.map(|(_, choice)| Json::from(choice.key.as_str())).collect()
        }
        FieldKind::Division => Json::from("420102"),
        FieldKind::Phone => Json::from("02712345678"),
        FieldKind::Mail => Json::from("a@example.cn"),
        _ => Json::from("样例"),
    }
}

fn answers<'f>(
    definition: &Definition,
    form: impl Iterator<Item = &'f FormField>,
    dice: &mut Dice,
) -> Map<String, Json> {
    form.filter_map(|asked| {
        let answered = asked.required || dice.below(2) == 0;
        answered.then(|| (asked.field.clone(), value(&definition.fields[&asked.field].kind, dice)))
    })
    .collect()
}

/// Answers to the filing form, page after page, since answers decide which later pages are asked.
fn filed_answers(definition: &Definition, mode: FilingMode, dice: &mut Dice) -> Map<String, Json> {
    let mut given = Map::new();
    for page in &definition.filing.pages {
        let pages = decide::pages_on_filing(definition, mode, |_| true, &given);
        let asked = pages.into_iter().filter(|(asked, _)| asked.key == page.key);
        let questions: Vec<FormField> = asked.flat_map(|(_, questions)| questions).collect();
        given.extend(answers(definition, questions.iter(), dice));
    }
    given
}

/// The case after a decision, roles as the service gives and takes them.
fn after(definition: &Definition, decision: &Decision, before: &CaseView, persons: &mut BTreeSet<String>) -> CaseView {
    let mut held = before.held.clone();
    for effect in &decision.effects {
        match effect {
            Effect::Assign { role, .. } => {
                held.insert(role.clone());
                persons.insert(role.clone());
            }
            Effect::Delegate { role, .. } | Effect::Keep { role } => {
                held.insert(role.clone());
            }
            Effect::Release { role } | Effect::Exclude { role } => {
                held.remove(role);
            }
            Effect::MoveTo { .. } | Effect::ReturnToIntake => {
                held.retain(|role| !persons.contains(role));
            }
            _ => {}
        }
    }
    let mut dossier = before.dossier.clone();
    dossier.follow(definition, &decision.effects);
    CaseView {
        states: decision.to.clone(),
        remembered: decision.remembered.clone(),
        data: decision.data.clone(),
        clocks: decision.clocks.clone(),
        filed_on: before.filed_on,
        held,
        roster: Default::default(),
        dossier,
    }
}

/// Whether one of the explored states stands for the case.
fn covered(machine: &Machine<'_>, graph: &Graph, view: &CaseView) -> bool {
    let steps = Steps { machine, children: &[] };
    let position = decide::position(machine.definition, view).unwrap();
    let Some(number) = machine.positions.get_index_of(&position) else {
        return false;
    };
    let live = machine.places[number].live;
    let standing = |clock: &str| match view.clocks.get(clock).map(|c| c.status) {
        Some(ClockStatus::Running) => Standing::Running,
        Some(ClockStatus::Suspended) => Standing::Suspended,
        Some(ClockStatus::Expired) => Standing::Expired,
        _ => Standing::Off,
    };
    graph
        .states
        .iter()
        .filter(|state| steps.position(state) == number)
        .any(|state| {
            let clocks = machine.vars.clocks.iter().enumerate().all(|(i, name)| {
                let (seen, real) = (steps.standing(state, i as u16), standing(name));
                let told_apart = live.has(Var::Clock(i as u16));
                let same = seen == real || (!told_apart && real == Standing::Expired && seen == Standing::Off);
                same || machine.places[number].closed
            });
            let fields = machine.vars.fields.iter().enumerate().all(|(i, (name, domain))| {
                let values = machine.slots.fields[i].map_or(u64::MAX, |slot| state.get(slot));
                let real = view.data.get(name).map_or(1, |value| domain.locate(value));
                values & real != 0
            });
            let held = machine.vars.held.iter().enumerate().all(|(i, role)| {
                let answers = machine.slots.held[i].map_or(0b11, |slot| state.get(slot));
                answers & if view.held.contains(role) { 0b10 } else { 0b01 } != 0
            });
            let made = machine.vars.made.iter().enumerate().all(|(i, kind)| {
                let answers = machine.slots.made[i].map_or(0b11, |slot| state.get(slot));
                answers & if view.dossier.has(kind) { 0b10 } else { 0b01 } != 0
            });
            clocks && fields && held && made
        })
}

fn played(definition: &Definition, pack: &Pack, filed: OffsetDateTime, seed: u64) -> Result<usize, String> {
    let machine = Machine::new(definition, true);
    let graph = Graph::explore(&machine, &[], STATES);
    let mut dice = Dice(seed);
    let nothing = CaseView {
        states: Vec::new(),
        remembered: Default::default(),
        data: Map::new(),
        clocks: IndexMap::new(),
        filed_on: filed.date(),
        held: BTreeSet::new(),
        roster: Default::default(),
        dossier: Dossier::default().with_all_evidence(),
    };
    let mode = definition.filing.modes[0];
    let opening = Opening {
        actor: Actor {
            roles: definition.filing.by.iter().cloned().collect(),
            excluded: false,
            ..Default::default()
        },
        mode,
        fields: filed_answers(definition, mode, &mut dice),
        complete: true,
    };
    let opened = decide::open(definition, &pack.law, &opening, filed).map_err(|r| format!("{r:?}"))?;
    let mut persons = BTreeSet::new();
    let mut view = after(definition, &opened, &nothing, &mut persons);
    let mut timers = opened.timers;
    let mut fired = Vec::new();
    let mut at = filed;
    let mut done = 0;
    for _ in 0..40 {
        if !covered(&machine, &graph, &view) {
            return Err(format!("{} after {done} steps: {view:#?}", definition.key));
        }
        at += Duration::hours(1);
        let due = timers.first().filter(|_| dice.below(6) == 0).cloned();
        let decision = match due.or_else(|| timers.first().filter(|t| t.due_at <= at).cloned()) {
            Some(timer) => {
                at = at.max(timer.due_at);
                decide::fire(definition, &pack.law, &view, &timer)
            }
            None => {
                let (name, event) = definition
                    .events
                    .get_index(dice.below(definition.events.len()))
                    .unwrap();
                let command = Command {
                    event: name.clone(),
                    actor: Actor {
                        roles: event.by.iter().cloned().collect(),
                        excluded: false,
                        ..Default::default()
                    },
                    fields: answers(definition, event.form.iter(), &mut dice),
                    complete: true,
                };
                decide::perform(definition, &pack.law, &view, &command, at)
            }
        };
        let Ok(decision) = decision else { continue };
        done += 1;
        view = after(definition, &decision, &view, &mut persons);
        // A rung fires once; one that fell due together with another, or while something else was done, still does.
        fired.extend(decision.timer.clone());
        timers = decision.timers.into_iter().filter(|t| !fired.contains(t)).collect();
    }
    Ok(done)
}

proptest! {
    #![proptest_config(samples::cases(24))]

    #[test]
    fn every_state_that_a_random_case_comes_to_was_explored(seed in any::<u64>()) {
        for played in all_played(seed) {
            prop_assert!(played.is_ok(), "{}", played.unwrap_err());
        }
    }
}

fn all_played(seed: u64) -> Vec<Result<usize, String>> {
    static PACK: std::sync::LazyLock<Pack> = std::sync::LazyLock::new(shipped);
    let filed = |definition: &Definition| match definition.version {
        1 => datetime!(2026-03-02 09:00 +8),
        _ => datetime!(2026-05-06 09:00 +8),
    };
    let definitions = PACK.procedures.values().flatten();
    definitions.map(|d| played(d, &PACK, filed(d), seed)).collect()
}

/// Two clocks of a report end in one moment there, and the second has to expire too.
#[test]
fn a_case_whose_clocks_end_together_was_explored() {
    for played in all_played(11_056_107_235_487_965_505) {
        played.unwrap();
    }
}

/// The verification of a report starts anew there while a test keeps it waiting, from a day so long ago that it is over.
#[test]
fn a_case_whose_clock_is_over_where_it_would_be_paused_was_explored() {
    for played in all_played(13_538_638_544_976_199_033) {
        played.unwrap();
    }
}
