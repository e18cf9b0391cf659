//! The effects: one verb each, with its words.

use super::{Mapping, Shape, optional, required};

/// The effects: one verb with its words.
pub(crate) static EFFECT: Mapping = Mapping {
    name: "effect",
    keys: &[
        optional("notify", Shape::One(&NOTIFY), "Tells the holders of roles."),
        optional(
            "escalate",
            Shape::One(&NOTIFY),
            "Tells the holders of roles in the superior organisation.",
        ),
        optional(
            "document",
            Shape::Text,
            "Makes a document of this kind (workflows/documents).",
        ),
        optional(
            "publish",
            Shape::Text,
            "Shows the newest document of this kind to everybody.",
        ),
        optional(
            "withdraw",
            Shape::Text,
            "Shows the document of this kind to nobody outside the case any more.",
        ),
        optional(
            "move_to",
            Shape::Text,
            "Gives the case to the organisation in this field.",
        ),
        optional(
            "return_to_intake",
            Shape::Nothing,
            "Gives the case back to the unit that took it in.",
        ),
        optional(
            "assign",
            Shape::One(&ASSIGN),
            "Gives a case role to the account in a field, or to the actor.",
        ),
        optional(
            "delegate",
            Shape::One(&DELEGATE),
            "Gives a case role to the organisation in a field.",
        ),
        optional("release", Shape::Text, "Takes this case role from its holder."),
        optional(
            "exclude",
            Shape::Text,
            "Takes this case role from its holder, whom it bars from the case.",
        ),
        optional(
            "open",
            Shape::OneOrName(&OPEN),
            "Opens a case: of `subcases` by alias, or one that goes its own way.",
        ),
        optional("extend", Shape::Text, "Extends this clock by its `extension` rule."),
        optional("set", Shape::One(&SET), "Writes a field."),
        optional("clear", Shape::Text, "Empties this field."),
        optional("raise", Shape::Text, "Lets this event happen right after the step."),
        optional("call_off", Shape::Text, "Calls off the open cases of this subcase."),
        optional(
            "keep",
            Shape::Text,
            "Lets the organisation that has the case keep this role on it when it moves.",
        ),
    ],
};

/// Words of `notify` and `escalate`.
pub(crate) static NOTIFY: Mapping = Mapping {
    name: "notify",
    keys: &[
        required("to", Shape::Names, "Roles that are told."),
        required("notice", Shape::Text, "Notice that they get (workflows/notices)."),
    ],
};

/// Words of `assign`.
pub(crate) static ASSIGN: Mapping = Mapping {
    name: "assign",
    keys: &[
        required("role", Shape::Text, "The case role."),
        optional("field", Shape::Text, "Field with the account; none: the actor."),
        optional("additional", Shape::Bool, "Whoever holds the role keeps it beside."),
    ],
};

/// Words of `delegate`.
pub(crate) static DELEGATE: Mapping = Mapping {
    name: "delegate",
    keys: &[
        required("role", Shape::Text, "The case role."),
        required("field", Shape::Text, "Field with the organisation."),
    ],
};

/// Words of `open`, where it names no subcase.
pub(crate) static OPEN: Mapping = Mapping {
    name: "open",
    keys: &[
        required("procedure", Shape::Text, "Procedure of the new case."),
        required("link", Shape::Text, "Kind of the link between the two cases."),
        optional(
            "with",
            Shape::Entries,
            "Its fields, by the fields of this case; `KIND.number`, `.date` or `.issuer` is what stands on a paper of it.",
        ),
        optional(
            "identity",
            Shape::Bool,
            "The filer's identity goes along, kept confidential.",
        ),
    ],
};

/// Words of `set`.
pub(crate) static SET: Mapping = Mapping {
    name: "set",
    keys: &[
        required("field", Shape::Text, "The field."),
        required("value", Shape::Value, "A value of the field's type."),
    ],
};
