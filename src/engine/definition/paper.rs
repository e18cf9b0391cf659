//! What an opened case is told of a paper of the case that opens it (`with: {decision_number: penalty_decision_letter.number}`):
//! number, day and issuer stand on the paper and in no field, and nobody has to type them once more.

use super::{authored::Named, compile::Compiler};

/// What of a paper is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperPart {
    /// The number that it bears.
    Number,
    /// The day on which it was made, in China.
    Date,
    /// The name of the organisation that issued it.
    Issuer,
}

/// The kind of paper and what of it is meant, where `with` names no field. Names of fields have no full stop.
#[must_use]
pub fn of_paper(source: &str) -> Option<(&str, PaperPart)> {
    let (kind, part) = source.split_once('.')?;
    let part = match part {
        "number" => PaperPart::Number,
        "date" => PaperPart::Date,
        "issuer" => PaperPart::Issuer,
        _ => return None,
    };
    Some((kind, part))
}

impl Compiler<'_, '_, '_> {
    /// What `with` takes along: a field of this case, or what stands on a paper that it makes.
    pub(super) fn given_named(&mut self, own: &Named) -> Option<String> {
        let Some((kind, part)) = of_paper(&own.name) else {
            return self.field_named(own);
        };
        let around = self.around;
        let Some(document) = around.documents.get(kind) else {
            let known: Vec<&str> = around.documents.keys().copied().collect();
            self.unknown("WF106", "document of workflows/documents", own, &known);
            return None;
        };
        if part == PaperPart::Number && !document.numbered() {
            let message = format!("`{kind}` bears no number");
            let mend = "name a paper that bears one";
            self.r.error("WF307", own.place, &own.path, message, mend);
        }
        Some(own.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_with_a_full_stop_names_a_paper_and_what_of_it() {
        assert_eq!(of_paper("letter.number"), Some(("letter", PaperPart::Number)));
        assert_eq!(of_paper("letter.date"), Some(("letter", PaperPart::Date)));
        assert_eq!(of_paper("letter.issuer"), Some(("letter", PaperPart::Issuer)));
        assert_eq!((of_paper("letter"), of_paper("letter.colour")), (None, None));
    }
}
