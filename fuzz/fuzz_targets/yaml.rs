//! A file of the domain pack, whatever is in it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use zhengming_engine::{
    definition::{
        check,
        compile::{self, Surroundings},
        source::{self, Reader},
    },
    diagnostic::Severity,
    pack::Pack,
    scxml,
};
use zhengming_fuzz::PACK;

// The pack is read before the first input, so that its time is nobody's.
fuzz_target!(init: { LazyLock::force(&PACK); }, |text: &str| {
    for path in [
        "calendar/cn/2026.yaml",
        "law/x.yaml",
        "notices/x.yaml",
        "documents/x.yaml",
        "procedures/x.yaml",
    ] {
        let _ = Pack::load(&[(path, text)]);
    }
    let Ok(root) = source::parse("x.yaml", text) else {
        return;
    };
    let around = Surroundings {
        law: &PACK.law,
        notices: PACK.notices.keys().map(String::as_str).collect(),
        documents: PACK.documents.iter().map(|(key, kind)| (key.as_str(), kind)).collect(),
        procedures: PACK.procedures.keys().map(String::as_str).collect(),
    };
    let mut reader = Reader::new("x.yaml");
    let Some(definition) = compile::compile(&mut reader, "x.yaml", &root, &around) else {
        return;
    };
    check::check(&mut reader, &definition);
    if reader.found.iter().all(|d| d.severity != Severity::Error) {
        let text = scxml::export(&root).expect("what loads can be written");
        let back = scxml::procedure("x.scxml", &text).expect("what was written can be read");
        assert_eq!(compile::hash(&back), definition.hash, "{text}");
    }
});
