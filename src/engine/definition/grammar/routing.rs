//! The mappings of `workflows/routing/` and `workflows/divisions/`.

use super::{HITS, LABEL, LEVELS, Mapping, Shape, optional, required, words};

/// A table of competence.
pub(crate) static ROUTING: Mapping = Mapping {
    name: "routing",
    keys: &[
        required("procedure", Shape::Id, "Procedure whose cases it routes."),
        required("versions", Shape::Names, "Versions of the procedure that it is for."),
        required("title", Shape::One(&LABEL), "What people read."),
        optional(
            "instrument",
            Shape::Text,
            "Instrument of `workflows/law` that `law: 13.1` refers to.",
        ),
        required(
            "proposes",
            Shape::Text,
            "Field of an organisation that officers answer; the table proposes the answer.",
        ),
        optional(
            "hit",
            Shape::Word(|| words(&HITS)),
            "`unique`: one rule fits whatever the answers are; `first`: of those that fit, the first counts.",
        ),
        required("rules", Shape::OneOrMore(&ROUTE), "The rules."),
        optional(
            "several",
            Shape::One(&SEVERAL),
            "What holds where several offices are competent.",
        ),
    ],
};

/// A rule of a table.
pub(crate) static ROUTE: Mapping = Mapping {
    name: "route",
    keys: &[
        optional(
            "when",
            Shape::Values,
            "Values by field, any of which fits: options of a choice, `true` or `false`, `unanswered`; `known` or `unknown` of a division. A field that is left out may have any.",
        ),
        required(
            "competent",
            Shape::Names,
            "Fields of divisions: the offices there are competent, the first before the others.",
        ),
        required("level", Shape::Word(|| words(&LEVELS)), "Level of the office."),
        required("law", Shape::Law, "Article that says so."),
        required("reason", Shape::One(&LABEL), "The rule in words."),
    ],
};

/// What holds where several offices are competent.
pub(crate) static SEVERAL: Mapping = Mapping {
    name: "several",
    keys: &[
        required("law", Shape::Law, "Article that says so."),
        required("reason", Shape::One(&LABEL), "In words."),
    ],
};

/// Names of administrative divisions.
pub(crate) static DIVISIONS: Mapping = Mapping {
    name: "divisions",
    keys: &[required(
        "divisions",
        Shape::Each(&LABEL),
        "Names by code of GB/T 2260, the code in quotes.",
    )],
};
