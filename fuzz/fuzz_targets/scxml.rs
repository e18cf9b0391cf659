//! An SCXML document, whatever is in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhengming_engine::{
    definition::compile,
    scxml::{self, Document, Session},
};

fuzz_target!(|text: &str| {
    if let Ok(document) = Document::read("x.scxml", text) {
        run(&document);
    }
    if let Ok(node) = scxml::procedure("x.scxml", text)
        && let Ok(text) = scxml::export(&node)
    {
        let back = scxml::procedure("y.scxml", &text).expect("what was written can be read");
        assert_eq!(compile::hash(&back), compile::hash(&node), "{text}");
    }
});

fn run(document: &Document) {
    let Ok(mut session) = Session::start(document) else {
        return;
    };
    for event in ["a", "b", "a.b", "go", "t", "t1", "e", "c", "resume"] {
        assert!(document.chart.is_legal(session.position()), "{:?}", session.leaves());
        if session.send(event).is_err() || session.pass(1_000).is_err() {
            return;
        }
    }
    assert!(document.chart.is_legal(session.position()), "{:?}", session.leaves());
}
