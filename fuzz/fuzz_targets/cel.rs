//! A condition, whatever it says.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value as Json, json};
use zhengming_engine::{
    definition::model::{Definition, FieldKind, Storage},
    guard::{Facts, Guard, Scope},
};
use zhengming_fuzz::PACK;

struct Names<'d>(&'d Definition);

impl Scope for Names<'_> {
    fn field(&self, name: &str) -> Option<(&FieldKind, Storage)> {
        self.0.fields.get(name).map(|field| (&field.kind, field.storage))
    }
    fn clock(&self, name: &str) -> bool {
        self.0.clocks.contains_key(name)
    }
    fn role(&self, name: &str) -> bool {
        self.0.roles.contains_key(name)
    }
    fn state(&self, name: &str) -> bool {
        self.0.state(name).is_some()
    }
    fn present(&self, _: &str) -> bool {
        true
    }
}

/// Values that a field may have, and one that it may not.
struct Values(Option<Json>);

impl Facts for Values {
    fn field(&self, _: &str) -> Option<&Json> {
        self.0.as_ref()
    }
    fn expired(&self, _: &str) -> bool {
        true
    }
    fn running(&self, _: &str) -> bool {
        false
    }
    fn holds(&self, _: &str) -> bool {
        true
    }
    fn by(&self, _: &str) -> bool {
        false
    }
    fn active(&self, _: &str) -> bool {
        true
    }
}

// The pack is read before the first input, so that its time is nobody's.
fuzz_target!(init: { LazyLock::force(&PACK); }, |text: &str| {
    for definition in PACK.procedures.values().flatten() {
        let Ok(guard) = Guard::compile(text, &Names(definition)) else {
            continue;
        };
        assert_eq!(guard.source(), text);
        let values = [json!(true), json!(-1), json!("2026-09-23"), json!(["other"]), json!({})];
        let each = values.into_iter().map(Some).chain([None]);
        let held: Vec<bool> = each.map(|value| guard.holds(&Values(value))).collect();
        if let Some(always) = guard.constant() {
            assert!(held.iter().all(|holds| *holds == always), "{text}");
        }
        assert!(
            guard
                .fields()
                .iter()
                .all(|field| definition.fields.contains_key(*field))
        );
    }
});
