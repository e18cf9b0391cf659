//! Random walks through the shipped procedures, the same on each engine.

use std::sync::Mutex;

use serde_json::{Map, Value, json};
use time::Duration;
use zhengming::{
    access::Actor,
    clock::{SeededEntropy, random},
    jobs,
    service::{self, integrity, replay, timers},
    store::{CaseBundle, CaseRow},
};
use zhengming_engine::definition::model::{Days, Definition, FieldKind, FilingMode};

use crate::{
    database::each_engine,
    town::{BUREAU, DISTRICT, Town},
};

/// Steps of a walk.
const STEPS: usize = 160;

/// What decides where a walk goes.
struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, n: usize) -> usize {
        let roll = u64::from_le_bytes(random(&self.0));
        usize::try_from(roll % u64::try_from(n.max(1)).expect("small")).expect("small")
    }

    fn one<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// Some answer of the right type; now and then one that is refused.
fn answer(dice: &Dice, town: &Town, kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Bool => json!(dice.below(3) > 0),
        FieldKind::Choice(choices) => json!(dice.one(choices).expect("not empty").key),
        FieldKind::Choices(choices) => json!([dice.one(choices).expect("not empty").key]),
        FieldKind::Date { days: Days::Past } => json!("2026-09-01"),
        FieldKind::Date { .. } => json!(["2026-10-20", "2026-11-05", "2027-02-01"][dice.below(3)]),
        FieldKind::Integer { min, .. } => json!(min),
        FieldKind::Money => json!(dice.below(200_000)),
        FieldKind::Organisation { .. } => json!([BUREAU, DISTRICT][dice.below(2)]),
        FieldKind::Account { .. } => match town.who(["officer", "colleague"][dice.below(2)]) {
            Actor::Person(person) => json!(person.account.id),
            _ => Value::Null,
        },
        FieldKind::Division => json!("420102"),
        FieldKind::Phone => json!("02700000000"),
        FieldKind::Mail => json!("filer@example.cn"),
        FieldKind::Text { .. } | FieldKind::LongText { .. } => json!("样例"),
    }
}

fn answers(dice: &Dice, town: &Town, definition: &Definition, event: &str) -> Value {
    let mut fields = Map::new();
    for asked in &definition.events[event].form {
        if asked.required || dice.below(2) == 0 {
            let value = answer(dice, town, &definition.fields[&asked.field].kind);
            fields.insert(asked.field.clone(), value);
        }
    }
    Value::Object(fields)
}

/// An event that somebody may send to a case in its states.
fn event(dice: &Dice, definition: &Definition, case: &CaseRow) -> Option<String> {
    let active = case.states.iter().filter_map(|id| definition.state(id));
    let known = active.flat_map(|leaf| definition.lineage(leaf));
    let names: Vec<String> = known
        .flat_map(|(_, state)| state.transitions.keys())
        .filter(|name| definition.events.get(*name).is_some_and(|event| !event.by.is_empty()))
        .cloned()
        .collect();
    dice.one(&names).cloned()
}

/// Sends an event as one after the other of the town until somebody may; who is refused has changed nothing. What is due
/// is due, whoever is refused, so it is fired before.
async fn attempt(dice: &Dice, town: &Town, case: &CaseRow) -> bool {
    while timers::fire_due(&town.app, 64).await.expect("fired") > 0 {}
    let case = &town.app.store.case(&case.id).await.expect("read").expect("there");
    let pack = town.app.pack();
    let definition = pack.pinned(&case.procedure, &case.definition_hash);
    let definition = definition.expect("its version is loaded").clone();
    let Some(event) = event(dice, &definition, case) else {
        return false;
    };
    let fields = answers(dice, town, &definition, &event);
    for name in ["officer", "consumer", "intake", "superior", "head", "mediator"] {
        match town.try_send(town.who(name), &case.id, &event, fields.clone()).await {
            Ok(_) => return true,
            Err(service::Error::Store(error)) => panic!("{name} sends {event}: {error}"),
            Err(service::Error::Internal(fault)) => panic!("{name} sends {event}: {fault}"),
            Err(_) => {
                let after = town.app.store.case(&case.id).await.expect("read").expect("there");
                assert_eq!(&after, case, "{name} was refused {event}");
            }
        }
    }
    false
}

/// What must hold of a case after any step.
fn sound(town: &Town, bundle: &CaseBundle, before: usize) {
    let case = &bundle.case;
    let pack = town.app.pack();
    let definition = pack.pinned(&case.procedure, &case.definition_hash);
    let definition = definition.expect("its version is loaded");
    let leaves: Vec<_> = case
        .states
        .iter()
        .map(|id| definition.state(id).expect("a known state"))
        .collect();
    let position = definition.chart.at(leaves);
    assert!(
        definition.chart.is_legal(&position),
        "{}: {:?}",
        case.number,
        case.states
    );
    assert!(bundle.events.len() >= before, "{}: history was shortened", case.number);
    let numbers: Vec<i64> = bundle.events.iter().map(|event| event.seq).collect();
    let expected: Vec<i64> = (1..=case.seq).collect();
    assert_eq!(numbers, expected, "{}: one event a number, without gap", case.number);
    assert!(case.version <= case.seq, "{}: a version without an event", case.number);
}

/// Walks; returns what each case came to, and how many events were let happen.
async fn walk(town: &Town, seed: u64) -> (Vec<CaseBundle>, usize) {
    let dice = Dice(SeededEntropy::new(seed));
    let mut cases: Vec<String> = Vec::new();
    let (mut bundles, mut happened) = (Vec::new(), 0);
    for step in 0..STEPS {
        match dice.below(12) {
            0 => {
                town.clock
                    .advance(std::time::Duration::from_secs(86_400 * (1 + dice.below(12) as u64)));
                jobs::run_due(&town.app).await.expect("jobs run");
            }
            1 if cases.len() < 6 => cases.push(open(&dice, town).await),
            _ if cases.is_empty() => cases.push(open(&dice, town).await),
            _ => {
                let id = dice.one(&cases).expect("not empty").clone();
                let case = town.app.store.case(&id).await.expect("read").expect("there");
                // Where a case has ended another begins: walks that come to an end early prove little.
                if case.closed_at.is_some() && cases.len() < 16 {
                    cases.push(open(&dice, town).await);
                }
                happened += usize::from(attempt(&dice, town, &case).await);
                town.clock.advance(Duration::minutes(7).unsigned_abs());
            }
        }
        if step % 16 == 15 || step + 1 == STEPS {
            let mut now = Vec::new();
            for (i, id) in cases.iter().enumerate() {
                let bundle = town.app.store.case_bundle(id).await.expect("read").expect("there");
                let before = bundles.get(i).map_or(0, |b: &CaseBundle| b.events.len());
                sound(town, &bundle, before);
                now.push(bundle);
            }
            bundles = now;
        }
    }
    (bundles, happened)
}

async fn open(dice: &Dice, town: &Town) -> String {
    let (procedure, mode) = match dice.below(3) {
        0 => ("report", FilingMode::Anonymous),
        1 => ("report", FilingMode::Named),
        _ => ("complaint", FilingMode::Named),
    };
    town.file(town.who("consumer"), procedure, mode, json!({}))
        .await
        .case_id
}

/// What both engines must have made alike: events with their hashes, states, clocks, timers with their due dates.
fn made(bundle: &CaseBundle) -> Vec<String> {
    let case = &bundle.case;
    let mut lines = vec![
        format!("{} {:?} {} {}", case.number, case.states, case.version, case.state_hash),
        format!("{} {:?}", case.clocks, case.next_due_at),
    ];
    lines.extend(
        bundle
            .events
            .iter()
            .map(|e| format!("{} {} {} {}", e.seq, e.kind, e.at, e.hash)),
    );
    let mut timers: Vec<String> = bundle
        .timers
        .iter()
        .map(|t| format!("{} {} {:?}", t.id, t.due_at, t.state))
        .collect();
    timers.sort();
    lines.extend(timers);
    lines
}

#[tokio::test]
async fn a_random_walk_stays_sound_replays_and_makes_the_same_events_and_due_dates_on_each_engine() {
    for seed in [1, 2, 3] {
        let walks = Mutex::new(Vec::new());
        each_engine(
            "a_random_walk_stays_sound_replays_and_makes_the_same_events_and_due_dates_on_each_engine",
            async |database| {
                let town = Town::found(database).await;
                let (bundles, happened) = walk(&town, seed).await;
                assert!(happened > STEPS / 8, "seed {seed}: only {happened} events happened");
                for bundle in &bundles {
                    let replayed = replay::case(&town.app, &bundle.case.id).await.expect("replayed");
                    assert!(
                        replayed.differs.is_empty() && replayed.apart.is_empty() && replayed.skipped.is_empty(),
                        "seed {seed}: {replayed:?}"
                    );
                    assert_eq!(replayed.agreed.len(), bundle.events.len(), "seed {seed}");
                }
                let report = town.app.store.verify(|_| {}).await.expect("verified");
                assert_eq!(report.findings, [], "seed {seed}");
                let between = integrity::between(&town.app).await.expect("compared");
                assert_eq!(between, [], "seed {seed}");
                let made: Vec<Vec<String>> = bundles.iter().map(made).collect();
                walks.lock().expect("one test at a time").push(made);
            },
        )
        .await;
        let walks = walks.into_inner().expect("one test at a time");
        for other in &walks[1..] {
            assert_eq!(other, &walks[0], "seed {seed}");
        }
    }
}
