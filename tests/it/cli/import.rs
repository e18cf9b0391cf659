//! `import`: procedures that come back from SCXML.

use zhengming_engine::{
    definition::{compile, source},
    scxml,
};

use super::Place;

const COMPLAINT: &str = include_str!("../../../workflows/procedures/complaint-2.yaml");

#[test]
fn an_exported_procedure_is_imported_as_the_same_definition() {
    let place = Place::new();
    let original = source::parse("complaint-2.yaml", COMPLAINT).expect("YAML");
    let exported = scxml::export(&original).expect("it can be written");
    place.write("complaint.scxml", exported);
    let answer = place.run(&["import", "complaint.scxml"]).done();
    let back = source::parse("stdout", &answer.out).expect("YAML");
    let hash = compile::hash(&original);
    assert_eq!(compile::hash(&back), hash);
    assert!(answer.err.contains(&hash), "{}", answer.err);
    let answer = place.run(&["import", "complaint.scxml", "-o", "complaint.yaml"]).done();
    assert_eq!(answer.out, "");
    let written = std::fs::read_to_string(place.path().join("complaint.yaml")).expect("written");
    assert_eq!(written, place.run(&["import", "complaint.scxml"]).done().out);
}

#[test]
fn a_document_that_is_no_procedure_is_refused_with_every_line() {
    let place = Place::new();
    let text = "<scxml xmlns=\"http://www.w3.org/2005/07/scxml\">\n<state id=\"a\">\n<onentry><script>x</script></onentry>\n\
                <transition event=\"go\" target=\"b\"/>\n</state>\n</scxml>\n";
    place.write("a.scxml", text);
    let error = place.run(&["import", "a.scxml"]).refused();
    for line in ["a.scxml:3:WF822:", "a.scxml:4:WF823:"] {
        assert!(error.contains(line), "{error}");
    }
    assert!(place.run(&["import", "b.scxml"]).refused().contains("b.scxml"));
}
