//! The mappings of a procedure file, effects apart.

use super::{
    ACTS, APPROVALS, AUDIENCES, DUTIES, EVIDENCE, FIELD_TYPES, FORCES, HISTORIES, Key, MODES, Mapping, OFFICES,
    ROLE_KINDS, SEARCHED_AS, STORAGES, Shape, optional, required, words,
};

const TITLE: Key = required("title", Shape::One(&LABEL), "What people read.");
const HINT: Key = optional("hint", Shape::One(&LABEL), "Help beside the title.");
const FORM: &str = "Fields asked for: `field` must be answered, `\"field?\"` may be.";
const DO: Key = optional("do", Shape::Effects, "Effects, in order.");

/// A text in both languages.
pub(crate) static LABEL: Mapping = Mapping {
    name: "label",
    keys: &[
        required("zh", Shape::Filled, "In Chinese."),
        required("en", Shape::Filled, "In English."),
    ],
};

/// The file.
pub(crate) static PROCEDURE: Mapping = Mapping {
    name: "procedure",
    keys: &[
        required("procedure", Shape::Id, "Stable key of the procedure."),
        required(
            "version",
            Shape::Integer(1),
            "Version, from 1; a file that cases use is never changed, a new version is written.",
        ),
        TITLE,
        optional(
            "filed",
            Shape::One(&RANGE),
            "Filing days that this version governs, both included; those of all versions meet.",
        ),
        optional(
            "instrument",
            Shape::Text,
            "Instrument of `workflows/law` that `law: 15.1` refers to.",
        ),
        optional(
            "confidential",
            Shape::Law,
            "Article by which nobody knows of its cases who has nothing to do with them, staff among them.",
        ),
        required("roles", Shape::Each(&ROLE), "Who takes part."),
        required("fields", Shape::Each(&FIELD), "What a case records."),
        required("filing", Shape::One(&FILING), "How a case is opened."),
        optional(
            "subcases",
            Shape::Each(&SUBCASE),
            "Cases that a case opens and hears of, by alias.",
        ),
        optional(
            "called_off",
            Shape::Text,
            "Event that happens when the case that opened this one calls it off.",
        ),
        required("events", Shape::Each(&EVENT), "What can happen to a case."),
        required("initial", Shape::Text, "State of a new case."),
        required("states", Shape::Each(&STATE), "States in which a case can be."),
        optional("clocks", Shape::Each(&CLOCK), "Legal periods and promises."),
        optional(
            "migrates",
            Shape::OneOrMore(&MIGRATION),
            "How running cases of earlier versions come to this one.",
        ),
    ],
};

/// Days of filing.
pub(crate) static RANGE: Mapping = Mapping {
    name: "range",
    keys: &[
        optional("from", Shape::Date, "First filing day."),
        optional("to", Shape::Date, "Last filing day."),
    ],
};

/// A role.
pub(crate) static ROLE: Mapping = Mapping {
    name: "role",
    keys: &[
        TITLE,
        required(
            "kind",
            Shape::Word(|| words(&ROLE_KINDS)),
            "A party to the case, staff of the office that has it, a body or person entrusted with it, or a contact in another authority.",
        ),
        optional(
            "incompatible_with",
            Shape::Names,
            "Separation of duties: who holds or ever held one of these roles on a case gets no part in it in this one, and the other way round.",
        ),
        optional("law", Shape::Law, "Article that separates the duties."),
    ],
};

/// A field.
pub(crate) static FIELD: Mapping = Mapping {
    name: "field",
    keys: &[
        TITLE,
        HINT,
        required("type", Shape::Word(|| FIELD_TYPES.to_vec()), "Type of its values."),
        optional(
            "max",
            Shape::Integer(i64::MIN),
            "Most characters of a text, or the largest integer.",
        ),
        optional("min", Shape::Integer(i64::MIN), "Smallest integer."),
        optional("past", Shape::Bool, "Refuses days after today."),
        optional(
            "ahead",
            Shape::Bool,
            "Refuses days before today: what is called or asked for.",
        ),
        optional("options", Shape::Each(&OPTION), "The closed list of a choice."),
        optional(
            "kinds",
            Shape::Names,
            "Kinds of organisations that may be picked; none: any.",
        ),
        optional("role", Shape::Text, "Role of the accounts that may be picked."),
        optional(
            "storage",
            Shape::Word(|| words(&STORAGES)),
            "`case`: conditions may read it, never erased; `personal`: erasable; `identity`: who files, read by an audited call alone.",
        ),
        optional(
            "search",
            Shape::Word(|| words(&SEARCHED_AS)),
            "As what a search for names that lean on a mark finds its value; not for identities.",
        ),
        optional("readers", Shape::Names, "Parties who may read it; staff may."),
        optional("law", Shape::Law, "Article that asks for it."),
    ],
};

/// An entry of a closed list.
pub(crate) static OPTION: Mapping = Mapping {
    name: "option",
    keys: &[
        required("zh", Shape::Filled, "In Chinese."),
        required("en", Shape::Filled, "In English."),
        optional("law", Shape::Law, "Article or item behind the entry."),
    ],
};

/// The filing.
pub(crate) static FILING: Mapping = Mapping {
    name: "filing",
    keys: &[
        HINT,
        optional("by", Shape::Names, "Roles that may file."),
        optional(
            "modes",
            Shape::Words(|| words(&MODES)),
            "Ways to file, the first is the default.",
        ),
        optional(
            "audience",
            Shape::Word(|| words(&AUDIENCES)),
            "Whom it serves: where the start page offers it. Offices where only staff may file, else consumers.",
        ),
        optional(
            "to",
            Shape::Text,
            "Field of the form whose answer is the organisation that gets the case.",
        ),
        optional(
            "received_by",
            Shape::Names,
            "Kinds of organisations that take in what the public files; market_regulation where nothing is said.",
        ),
        optional(
            "received",
            Shape::Text,
            "Date field, `past: true`, of a page for staff: the day on which something came that is registered later. It is the filing day then.",
        ),
        optional("law", Shape::Law, "Article that allows it."),
        required("pages", Shape::Each(&PAGE), "The form, page by page."),
        DO,
    ],
};

/// A page of the filing form.
pub(crate) static PAGE: Mapping = Mapping {
    name: "page",
    keys: &[
        TITLE,
        HINT,
        optional(
            "by",
            Shape::Names,
            "Roles that are asked it, of those that file; without, all are. It asks nothing that must be answered then.",
        ),
        optional(
            "when",
            Shape::Text,
            "Condition (CEL) on answers of the pages before it: the page is asked only where it holds.",
        ),
        required("form", Shape::Names, FORM),
    ],
};

/// An event.
pub(crate) static EVENT: Mapping = Mapping {
    name: "event",
    keys: &[
        TITLE,
        optional(
            "title_own",
            Shape::One(&LABEL),
            "What a party that may send it reads on its own page, where `title` names it as somebody else.",
        ),
        HINT,
        optional(
            "by",
            Shape::Names,
            "Roles that may send it; without, clocks, `raise` or other cases set it off.",
        ),
        optional("form", Shape::Names, FORM),
        optional(
            "offices",
            Shape::WordById(|| words(&OFFICES)),
            "Where an organisation must stand that an answer names, seen from the sender's, by field of the form.",
        ),
        optional(
            "draws",
            Shape::One(&DRAWS),
            "The lot that it draws from what its form asks: the positions are computed.",
        ),
        optional(
            "prefill",
            Shape::Pairs,
            "Fields of the case, by the fields of the form that begin with their values; whoever sends it may answer otherwise.",
        ),
        optional(
            "seen_by",
            Shape::Names,
            "Parties that see it in the history; staff always do.",
        ),
        optional("law", Shape::Law, "Article that allows or demands it."),
        optional(
            "approval",
            Shape::One(&APPROVAL),
            "What must stand behind whoever sends it, besides the role.",
        ),
        optional(
            "needs",
            Shape::Names,
            "Kinds of documents that must have been made on the case before it.",
        ),
        optional(
            "evidence",
            Shape::Words(|| words(&EVIDENCE)),
            "Kinds of evidence of which a piece must lie in the case before it.",
        ),
        optional("irreversible", Shape::Bool, "A person is asked to confirm it."),
        optional(
            "act",
            Shape::Word(|| words(&ACTS)),
            "What it is to programs that do not know its name; else by its effects: it moves the case, or returns it to intake.",
        ),
        DO,
    ],
};

/// The fields of a draw.
pub(crate) static DRAWS: Mapping = Mapping {
    name: "draws",
    keys: &[
        required("into", Shape::Text, "Field that gets the positions drawn."),
        required("seed", Shape::Text, "Field with the published seed."),
        required("pool", Shape::Text, "Field with the number of what is drawn from."),
        required("pool_hash", Shape::Text, "Field with the hash of what is drawn from."),
        required("count", Shape::Text, "Field with how many are drawn."),
    ],
};

/// What must stand behind whoever sends an event.
pub(crate) static APPROVAL: Mapping = Mapping {
    name: "approval",
    keys: &[
        required(
            "of",
            Shape::Word(|| words(&APPROVALS)),
            "Two different persons hold the sender's role on the case, or the sender acts for the superior organisation.",
        ),
        optional("law", Shape::Law, "Article that asks for it."),
    ],
};

/// A state.
pub(crate) static STATE: Mapping = Mapping {
    name: "state",
    keys: &[
        TITLE,
        optional("phase", Shape::Text, "Step of the progress bar."),
        optional("owner", Shape::Names, "Roles that must act, or `none` with `why`."),
        optional("why", Shape::Text, "Why nobody must act here."),
        optional("no_clock", Shape::Text, "Why no clock runs here."),
        optional(
            "appointment",
            Shape::Names,
            "Fields that say when and where people meet: while a case is here, who may read them sees them first.",
        ),
        optional("outcome", Shape::Id, "The case ends here, with this outcome."),
        optional("final", Shape::Bool, "The region around it ends here."),
        optional("enter", Shape::Effects, "Effects of entering it."),
        optional("leave", Shape::Effects, "Effects of leaving it."),
        optional(
            "events",
            Shape::Transitions,
            "What happens on an event, on `done` (what is inside is done), `always` (as soon as a condition holds).",
        ),
        optional("initial", Shape::Text, "First of the states inside."),
        optional("states", Shape::States, "States inside, one of which is active."),
        optional("parallel", Shape::States, "Regions inside, all active together."),
    ],
};

/// A history state.
pub(crate) static HISTORY: Mapping = Mapping {
    name: "history",
    keys: &[
        required(
            "history",
            Shape::Word(|| words(&HISTORIES)),
            "Leads back to the states right inside (`shallow`) or to the leaves (`deep`) that were last active.",
        ),
        required("to", Shape::Names, "Where it leads while there is nothing to remember."),
    ],
};

/// A branch of an event in a state.
pub(crate) static BRANCH: Mapping = Mapping {
    name: "branch",
    keys: &[
        optional(
            "to",
            Shape::Names,
            "Target: full path of a state; none: the case stays.",
        ),
        optional(
            "internal",
            Shape::Bool,
            "The state that the branch starts from is not left when the target lies inside it.",
        ),
        optional("when", Shape::Text, "Condition (CEL) that chooses the branch."),
        optional(
            "requires",
            Shape::OneOrMore(&REQUIREMENT),
            "Conditions that block the event, with their reasons.",
        ),
        DO,
    ],
};

/// A condition that blocks an event.
pub(crate) static REQUIREMENT: Mapping = Mapping {
    name: "requirement",
    keys: &[
        required("when", Shape::Text, "Condition (CEL) that must hold."),
        required("code", Shape::Code, "Stable code of the refusal."),
        required("reason", Shape::One(&LABEL), "Why the event is blocked."),
        optional("law", Shape::Law, "Article behind it."),
    ],
};

/// A case that a case opens.
pub(crate) static SUBCASE: Mapping = Mapping {
    name: "subcase",
    keys: &[
        TITLE,
        required("procedure", Shape::Text, "Its procedure."),
        required("link", Shape::Text, "Kind of the link between the two cases."),
        optional(
            "with",
            Shape::Pairs,
            "Its fields, by the fields of this case; `KIND.number`, `.date` or `.issuer` is what stands on a paper of it.",
        ),
        optional(
            "identity",
            Shape::Bool,
            "The filer's identity goes along, kept confidential.",
        ),
        optional(
            "to",
            Shape::Text,
            "Field with the organisation that gets it; none: the one that has this case.",
        ),
        optional("detached", Shape::Bool, "This case may close while that one is open."),
        optional("outcomes", Shape::Pairs, "Event of this case by outcome of that one."),
        optional(
            "mirrors",
            Shape::Pairs,
            "Event of this case by state that the other enters.",
        ),
        optional(
            "parties",
            Shape::Pairs,
            "Roles of the other procedure, by the sides of this case that take part in it with their accounts.",
        ),
        optional(
            "brings",
            Shape::Pairs,
            "Fields of this case, by the fields of the other that come back.",
        ),
    ],
};

/// A clock.
pub(crate) static CLOCK: Mapping = Mapping {
    name: "clock",
    keys: &[
        TITLE,
        optional("within", Shape::Period, "Its period; the law decides how days count."),
        optional("until", Shape::Text, "Or the date field with its last day."),
        optional(
            "from",
            Shape::Text,
            "Date field whose day the period counts from, where the step that starts it asks for it.",
        ),
        optional(
            "follows",
            Shape::Names,
            "Clocks whose last day the period counts from, where their end starts it.",
        ),
        optional("law", Shape::Law, "Article that sets it."),
        required("duty", Shape::Word(|| words(&DUTIES)), "Whose duty it is."),
        optional(
            "waits",
            Shape::Bool,
            "Nothing is owed by its end, it only has to be over before something may follow.",
        ),
        optional(
            "force",
            Shape::Word(|| words(&FORCES)),
            "Set by law, or promised by the service.",
        ),
        required(
            "runs_in",
            Shape::Names,
            "States in which it runs: it starts with the first and stops with the last.",
        ),
        optional(
            "suspended_in",
            Shape::Pairs,
            "States in which it stands still, with the cause.",
        ),
        optional("restart_on", Shape::Names, "Events that start it anew."),
        optional("filed", Shape::One(&RANGE), "Filing days for which it exists."),
        optional(
            "group",
            Shape::Text,
            "Clocks of one group: the earliest warns, the last expires.",
        ),
        optional("extension", Shape::One(&EXTENSION), "How it may be extended."),
        optional("warn", Shape::OneOrMore(&WARNING), "Warnings before it is due."),
        optional("expiry", Shape::Text, "Event that its end raises."),
    ],
};

/// A warning of a clock.
pub(crate) static WARNING: Mapping = Mapping {
    name: "warning",
    keys: &[
        required("before", Shape::Period, "How long before the end."),
        optional("notify", Shape::Names, "Roles that are told."),
        required("notice", Shape::Text, "Notice that they get."),
    ],
};

/// How a clock may be extended.
pub(crate) static EXTENSION: Mapping = Mapping {
    name: "extension",
    keys: &[
        required(
            "by",
            Shape::Period,
            "How much each time, in the unit of the clock's period.",
        ),
        required("max", Shape::Integer(1), "How often at most."),
        optional(
            "approver",
            Shape::Text,
            "Role that alone sends the events that extend it.",
        ),
        optional(
            "reason",
            Shape::Text,
            "Field with the reason, which those events require.",
        ),
    ],
};

/// How cases of an earlier version come to this one.
pub(crate) static MIGRATION: Mapping = Mapping {
    name: "migration",
    keys: &[
        required("from", Shape::Integer(1), "The earlier version."),
        optional("states", Shape::Pairs, "States there, with states here."),
        optional("fields", Shape::Pairs, "Fields there, with fields here or `drop`."),
        optional(
            "clocks",
            Shape::Pairs,
            "Clocks there, with clocks here, `restart` or `drop`.",
        ),
        optional(
            "set",
            Shape::Values,
            "Values of fields here, for cases that have none there.",
        ),
    ],
};
