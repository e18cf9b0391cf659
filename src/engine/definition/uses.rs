//! Whether fields and roles can be used as effects and clocks use them: what passes here and does not fit would be refused
//! for ever when a case comes to it.

use crate::{
    chart::Shape,
    definition::{
        model::{Days, Definition, EffectRule, Field, FieldKind, Length, RoleKind, State, Storage},
        source::{Place, Reader},
    },
};

/// What a field must hold.
#[derive(Clone, Copy)]
enum Wanted {
    Organisation,
    Account,
    Date,
    PastDate,
}

impl Wanted {
    fn is(self, kind: &FieldKind) -> bool {
        match self {
            Self::Organisation => matches!(kind, FieldKind::Organisation { .. }),
            Self::Account => matches!(kind, FieldKind::Account { .. }),
            Self::Date => matches!(kind, FieldKind::Date { .. }),
            Self::PastDate => matches!(kind, FieldKind::Date { days: Days::Past }),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Account => "account",
            Self::Date => "date",
            Self::PastDate => "date, past: true",
        }
    }
}

/// Steps of the progress bar that have a name in the portal. A pack may have others; people see their keys then.
pub const PHASES: [&str; 17] = [
    "intake",
    "review",
    "verification",
    "investigation",
    "mediation",
    "confirmation",
    "transfer",
    "hearing",
    "decision",
    "execution",
    "result",
    "outcome",
    "approval",
    "police",
    "remedy",
    "criminal",
    "closed",
];

/// Checks every effect and every clock that reads a field or gives a role.
pub(super) fn check(reader: &mut Reader<'_>, definition: &Definition) {
    for (line, effect) in definition.placed_effects() {
        fields(reader, definition, line, effect);
        roles(reader, definition, line, effect);
    }
    phases(reader, definition);
    for (name, clock) in &definition.clocks {
        if let Length::Until(field) = &clock.length {
            let path = format!("clocks.{name}.until");
            holds(reader, definition, (clock.line, &path), field, Wanted::Date);
            if definition
                .fields
                .get(field)
                .is_some_and(|f| Wanted::PastDate.is(&f.kind))
            {
                let message = format!("clock `{name}` ends on the day in `{field}`, which takes days that are past");
                let place = Place {
                    line: clock.line,
                    column: 0,
                };
                reader.error(
                    "WF111",
                    place,
                    &path,
                    message,
                    "let the field be `ahead: true` or any date",
                );
            }
        }
        if let Some(field) = &clock.from {
            let path = format!("clocks.{name}.from");
            holds(reader, definition, (clock.line, &path), field, Wanted::PastDate);
        }
    }
    if let (Some(field), line) = (&definition.filing.to, definition.lines.receiver) {
        holds(reader, definition, (line, "filing.to"), field, Wanted::Organisation);
    }
    if let (Some(field), line) = (&definition.filing.received, definition.lines.receiver) {
        holds(reader, definition, (line, "filing.received"), field, Wanted::PastDate);
    }
    for (alias, subcase) in &definition.subcases {
        if let Some(field) = &subcase.to {
            let path = format!("subcases.{alias}.to");
            holds(reader, definition, (subcase.line, &path), field, Wanted::Organisation);
        }
    }
}

/// Steps of the progress bar have names, where the file names any: else each state of the top is a step of its own.
fn phases(reader: &mut Reader<'_>, definition: &Definition) {
    let top = |state: &State| state.id.split('.').next() == Some(state.phase.as_str());
    if definition.states.iter().all(top) {
        return;
    }
    for state in &definition.states {
        if !PHASES.contains(&state.phase.as_str()) {
            let message = format!("phase `{}` has no name that people could read", state.phase);
            let mend = format!("known: {}", PHASES.join(", "));
            let place = Place {
                line: state.line,
                column: 0,
            };
            reader.warning("WF421", place, &format!("states.{}.phase", state.id), message, &mend);
        }
    }
    for (ix, state) in definition.leaves() {
        let ends = *definition.chart.shape(ix) == Shape::Final;
        if state.phase == "closed" && !ends {
            let message = format!("state `{}` is shown as closed, and the case goes on there", state.id);
            let mend = "name the step at which the case is, or close the case with `outcome:`";
            let place = Place {
                line: state.line,
                column: 0,
            };
            reader.warning("WF421", place, &format!("states.{}.phase", state.id), message, mend);
        }
    }
}

fn fields(reader: &mut Reader<'_>, definition: &Definition, line: u32, effect: &EffectRule) {
    match effect {
        EffectRule::MoveTo { field } => {
            holds(reader, definition, (line, "move_to"), field, Wanted::Organisation);
        }
        EffectRule::Delegate { field, .. } => {
            holds(reader, definition, (line, "delegate"), field, Wanted::Organisation);
        }
        EffectRule::Assign { field: Some(field), .. } => {
            holds(reader, definition, (line, "assign"), field, Wanted::Account);
        }
        EffectRule::Open { link, .. } if link.trim().is_empty() => {
            let message = "`link` is empty: nothing says what the two cases have to do with each other".to_owned();
            let mend = "write a word such as `split_from`";
            reader.error("WF004", Place { line, column: 0 }, "open.link", message, mend);
        }
        EffectRule::Set { field, .. } => {
            let personal = definition.fields.get(field).is_some_and(|f| f.storage != Storage::Case);
            if personal {
                let message = format!("`set` writes `{field}`, whose storage is for what people write");
                let mend =
                    "only fields with `storage: case` are set: what stands in the file is nobody's personal data";
                reader.error("WF111", Place { line, column: 0 }, "set", message, mend);
            }
        }
        _ => {}
    }
}

/// A field holds what is read from it, and where the engine can read it.
fn holds(reader: &mut Reader<'_>, definition: &Definition, (line, path): (u32, &str), name: &str, wanted: Wanted) {
    let Some(Field { kind, storage, .. }) = definition.fields.get(name) else {
        return;
    };
    let word = wanted.word();
    let place = Place { line, column: 0 };
    if !wanted.is(kind) {
        let message = format!("`{name}` is read here as {word}, and is of another type");
        let mend = format!("name a field with `type: {word}`");
        reader.error("WF111", place, path, message, &mend);
    } else if *storage != Storage::Case {
        let message = format!("`{name}` is read here, and is not stored with the case");
        reader.error("WF111", place, path, message, "give the field `storage: case`");
    }
}

/// Parties have their roles from the filing: none is given or taken by an effect. What is entrusted to an organisation is
/// no role of the staff, who have theirs from where they work.
fn roles(reader: &mut Reader<'_>, definition: &Definition, line: u32, effect: &EffectRule) {
    let (verb, role) = match effect {
        EffectRule::Assign { role, .. } => ("assign", role),
        EffectRule::Delegate { role, .. } => ("delegate", role),
        EffectRule::Release { role } => ("release", role),
        EffectRule::Exclude { role } => ("exclude", role),
        EffectRule::Keep { role } => ("keep", role),
        _ => return,
    };
    let place = Place { line, column: 0 };
    match (verb, definition.roles.get(role).map(|r| r.kind)) {
        (_, Some(RoleKind::Party)) => {
            let message = format!("`{verb}` is about `{role}`, a party of the case");
            let mend = "parties come with the filing: name a role of kind staff, delegate or liaison";
            reader.error("WF418", place, verb, message, mend);
        }
        ("delegate", Some(RoleKind::Staff)) => {
            let message = format!("`delegate` gives `{role}`, a role of the staff, to an organisation");
            let mend =
                "name a role of kind delegate or liaison; `keep` leaves a role with the organisation that has it";
            reader.error("WF418", place, verb, message, mend);
        }
        _ => {}
    }
}
