//! Answers to a form, whatever they are. The first byte picks the event.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value as Json;
use time::macros::date;
use zhengming_engine::form;
use zhengming_fuzz::PACK;

// The pack is read before the first input, so that its time is nobody's.
fuzz_target!(init: { LazyLock::force(&PACK); }, |data: &[u8]| {
    let Some((pick, json)) = data.split_first() else { return };
    let Ok(Json::Object(input)) = serde_json::from_slice(json) else {
        return;
    };
    for definition in PACK.procedures.values().flatten() {
        let asked: Vec<_> = match definition.events.get_index(usize::from(*pick)) {
            Some((_, event)) => event.form.iter().collect(),
            None => definition.filing.form().collect(),
        };
        for complete in [true, false] {
            if let Ok(answers) = form::read(definition, &asked, &input, date!(2026 - 09 - 23), complete) {
                let again = form::read(definition, &asked, &answers, date!(2026 - 09 - 23), complete);
                assert_eq!(again.expect("what was accepted is accepted again"), answers);
            }
        }
    }
});
