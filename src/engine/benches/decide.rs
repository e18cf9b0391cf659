//! `cargo bench -p zhengming-engine`: nanoseconds of a transition and of legal deadlines, on the shipped domain pack.
#![expect(clippy::unwrap_used, reason = "a bench stops where its data are wrong")]

use std::{fs, path::Path, sync::LazyLock};

use serde_json::json;
use time::{OffsetDateTime, macros::datetime};
use zhengming_engine::{
    clock::{Period, deadline, deadline_date},
    decide,
    decision::{Actor, CaseView, Command, Decision, Opening},
    definition::model::{FieldKind, FilingMode, Storage},
    guard::{Facts, Guard, Scope},
    pack::Pack,
};

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut files = Vec::new();
    for folder in ["calendar/cn", "law", "procedures", "notices", "documents"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                files.push((path.to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.push(("procedures/w2-1.yaml".to_owned(), include_str!("w2.yaml").to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    Pack::load(&files).0.unwrap()
});

/// The allocator of the program.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FROM: OffsetDateTime = datetime!(2026-09-23 10:00 +8);

fn main() {
    LazyLock::force(&PACK);
    divan::main();
}

fn report() -> CaseView {
    let definition = PACK.in_force("report", FROM.date()).unwrap();
    let mut fields = serde_json::Map::new();
    let asked = decide::asked_on_filing(definition, FilingMode::Anonymous, |_| false, &fields);
    for asked in asked.iter().filter(|asked| asked.required) {
        let value = match &definition.fields[&asked.field].kind {
            FieldKind::Bool => json!(true),
            FieldKind::Choice(choices) => json!(choices[0].key),
            FieldKind::Choices(choices) => json!([choices[0].key]),
            FieldKind::Date { .. } => json!("2026-09-01"),
            FieldKind::Integer { min, .. } => json!(min),
            FieldKind::Money => json!(100),
            _ => json!("样例文字"),
        };
        fields.insert(asked.field.clone(), value);
    }
    let opening = Opening {
        actor: Actor {
            roles: definition.filing.by.iter().cloned().collect(),
            excluded: false,
            ..Default::default()
        },
        mode: FilingMode::Anonymous,
        fields,
        complete: false,
    };
    after(decide::open(definition, &PACK.law, &opening, FROM).unwrap())
}

/// The case after a decision.
fn after(decision: Decision) -> CaseView {
    CaseView {
        states: decision.to,
        remembered: Default::default(),
        data: decision.data,
        clocks: decision.clocks,
        filed_on: FROM.date(),
        held: Default::default(),
        roster: Default::default(),
        dossier: Default::default(),
    }
}

#[divan::bench]
fn decide_one_transition(bencher: divan::Bencher<'_, '_>) {
    let definition = PACK.in_force("report", FROM.date()).unwrap();
    let view = report();
    let (event, role) = first_event(&view);
    let command = Command {
        event,
        actor: Actor {
            roles: [role].into(),
            excluded: false,
            ..Default::default()
        },
        fields: serde_json::Map::new(),
        complete: true,
    };
    decide::perform(definition, &PACK.law, &view, &command, FROM).unwrap();
    bencher.bench(|| decide::perform(definition, &PACK.law, divan::black_box(&view), &command, FROM));
}

/// What a guard asks about a case of the bench.
struct Bench<'c>(&'c serde_json::Map<String, serde_json::Value>);

impl Facts for Bench<'_> {
    fn field(&self, name: &str) -> Option<&serde_json::Value> {
        self.0.get(name)
    }
    fn expired(&self, clock: &str) -> bool {
        clock == "dispatch"
    }
    fn running(&self, clock: &str) -> bool {
        clock == "verification"
    }
    fn holds(&self, role: &str) -> bool {
        role == "case_officer"
    }
    fn by(&self, role: &str) -> bool {
        role == "head"
    }
    fn active(&self, state: &str) -> bool {
        state == "verifying"
    }
}

impl Scope for Bench<'_> {
    fn field(&self, name: &str) -> Option<(&FieldKind, Storage)> {
        let definition = PACK.in_force("report", FROM.date())?;
        definition.fields.get(name).map(|field| (&field.kind, field.storage))
    }
    fn clock(&self, _: &str) -> bool {
        true
    }
    fn role(&self, _: &str) -> bool {
        true
    }
    fn state(&self, _: &str) -> bool {
        true
    }
    fn present(&self, _: &str) -> bool {
        false
    }
}

/// A guard with everything that it asks about the case; peers copy the case into a context first.
#[divan::bench]
fn a_guard_with_its_context(bencher: divan::Bencher<'_, '_>) {
    let mut data = report().data;
    data.insert("trader_kind".to_owned(), json!("in_platform"));
    let source = "has(data.trader_kind) && data.trader_kind in ['on_site', 'own_site', 'in_platform'] \
                  && !expired('verification') && (holds('case_officer') || by('head'))";
    let guard = Guard::compile(source, &Bench(&data)).unwrap();
    bencher.bench(|| guard.holds(&Bench(divan::black_box(&data))));
}

/// The first event without required answers that is not blocked.
fn first_event(view: &CaseView) -> (String, String) {
    let definition = PACK.in_force("report", FROM.date()).unwrap();
    for (name, event) in &definition.events {
        for role in &event.by {
            let command = Command {
                event: name.clone(),
                actor: Actor {
                    roles: [role.clone()].into(),
                    excluded: false,
                    ..Default::default()
                },
                fields: serde_json::Map::new(),
                complete: true,
            };
            if decide::perform(definition, &PACK.law, view, &command, FROM).is_ok_and(|d| d.to != d.from) {
                return (name.clone(), role.clone());
            }
        }
    }
    unreachable!("a new report can always go somewhere")
}

/// A whole small case as engines are compared by it: filed, then five events through two regions that run beside each other
/// and a join. The peers' figures are those of five events too.
#[divan::bench]
fn a_case_of_five_events(bencher: divan::Bencher<'_, '_>) {
    let definition = PACK.in_force("w2", FROM.date()).unwrap();
    let actor = |role: &str| Actor {
        roles: [role.to_owned()].into(),
        ..Default::default()
    };
    let opening = Opening {
        actor: actor("filer"),
        mode: FilingMode::Named,
        fields: json!({ "docs": 3 }).as_object().unwrap().clone(),
        complete: true,
    };
    let steps = ["accept", "evidence", "agree", "conclude", "rate"].map(|event| Command {
        event: event.to_owned(),
        actor: actor(if event == "rate" { "filer" } else { "officer" }),
        fields: Default::default(),
        complete: true,
    });
    bencher.bench(|| {
        let mut view = after(decide::open(definition, &PACK.law, divan::black_box(&opening), FROM).unwrap());
        for step in &steps {
            view = after(decide::perform(definition, &PACK.law, &view, step, FROM).unwrap());
        }
        assert_eq!(view.states, ["closed"]);
    });
}

#[divan::bench(args = ["7 working_days", "60 days"])]
fn deadline_with_trace(bencher: divan::Bencher<'_, '_>, within: &str) {
    let period: Period = within.parse().unwrap();
    let instrument = PACK.law.instrument("samr-121").unwrap();
    bencher.bench(|| deadline(&PACK.law, instrument, divan::black_box(period), FROM, &[]));
}

#[divan::bench(args = ["7 working_days", "60 days"])]
fn deadline_without_trace(bencher: divan::Bencher<'_, '_>, within: &str) {
    let period: Period = within.parse().unwrap();
    let instrument = PACK.law.instrument("samr-121").unwrap();
    bencher.bench(|| deadline_date(&PACK.law, instrument, divan::black_box(period), FROM, &[]));
}

#[divan::bench]
fn working_day_add(bencher: divan::Bencher<'_, '_>) {
    let date = FROM.date();
    bencher.bench(|| PACK.law.calendar.add_working_days(divan::black_box(date), 45));
}
