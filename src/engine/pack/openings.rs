//! What procedures that open each other owe each other: fields given, outcomes heard, a way to be called off.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::problem;
use crate::{
    definition::{
        field::fits,
        model::{Definition, EffectRule, Field, FieldKind, RoleKind, Storage, Subcase},
        paper::{PaperPart, of_paper},
    },
    diagnostic::{Diagnostic, Severity},
};

type Versions = BTreeMap<String, Vec<Arc<Definition>>>;

/// Checks everything that a definition says of others.
pub(super) fn check(definition: &Definition, procedures: &Versions, found: &mut Vec<Diagnostic>) {
    endless(definition, procedures, found);
    ended(definition, procedures, found);
    given(definition, procedures, found);
    lacking(definition, procedures, found);
    for (alias, subcase) in &definition.subcases {
        let children = procedures
            .get(&subcase.procedure)
            .map(Vec::as_slice)
            .unwrap_or_default();
        heard(definition, alias, subcase, children, found);
        for child in children {
            sides(definition, alias, subcase, child, found);
            brought(definition, alias, subcase, child, found);
        }
    }
    called_off(definition, procedures, found);
}

/// Procedures whose cases one opens.
pub(super) fn opened(definition: &Definition) -> impl Iterator<Item = &str> {
    let waited_for = definition.subcases.values().map(|subcase| subcase.procedure.as_str());
    opens(definition).map(|(_, key)| key).chain(waited_for)
}

/// Procedures that one opens, with the lines of the effects.
fn opens(definition: &Definition) -> impl Iterator<Item = (u32, &str)> {
    definition.placed_effects().filter_map(|(line, effect)| match effect {
        EffectRule::Open { procedure, .. } => Some((line, procedure.as_str())),
        _ => None,
    })
}

/// A case never leads to another of its own kind: one would open the next without end.
fn endless(definition: &Definition, procedures: &Versions, found: &mut Vec<Diagnostic>) {
    for (line, first) in opens(definition) {
        let mut ways: Vec<Vec<&str>> = vec![vec![first]];
        let mut seen = BTreeSet::from([first]);
        while let Some(way) = ways.pop() {
            let Some(last) = way.last() else { continue };
            if *last == definition.key {
                let message = format!(
                    "a case of `{}` opens another of its own kind: {} → {}",
                    definition.key,
                    definition.key,
                    way.join(" → ")
                );
                let mend = "cases would open cases without end: link the case that is there, or drop one of the steps";
                found.push(problem(definition, "WF306", (line, "open"), message, mend));
                break;
            }
            for next in procedures.get(*last).into_iter().flatten().flat_map(|d| opens(d)) {
                if seen.insert(next.1) {
                    ways.push(way.iter().copied().chain([next.1]).collect());
                }
            }
        }
    }
}

/// A case is opened under the version of its day: one is in force as long as cases that open it are filed.
fn ended(definition: &Definition, procedures: &Versions, found: &mut Vec<Diagnostic>) {
    for (line, key) in opens(definition) {
        let last = procedures.get(key).and_then(|versions| versions.last());
        let Some(end) = last.and_then(|last| last.filed.to) else {
            continue;
        };
        if definition.filed.to.is_none_or(|to| to > end) {
            let message = format!(
                "no version of `{key}` takes cases after {end}, while `{}` goes on",
                definition.key
            );
            let mend = "leave out `to` in its last version, or add the version that follows";
            // A warning: the version that follows may not be written yet.
            found.push(Diagnostic {
                severity: Severity::Warning,
                ..problem(definition, "WF301", (line, "open"), message, mend)
            });
        }
    }
}

/// Every outcome of a subcase is an event here, and nothing else is waited for.
fn heard(
    definition: &Definition,
    alias: &str,
    subcase: &Subcase,
    children: &[Arc<Definition>],
    found: &mut Vec<Diagnostic>,
) {
    let path = format!("subcases.{alias}.outcomes");
    let line = |part: String| subcase.lines.get(&part).copied().unwrap_or(subcase.line);
    let mut outcomes = BTreeSet::new();
    for child in children {
        for outcome in child.states.iter().filter_map(|state| state.outcome.as_deref()) {
            outcomes.insert(outcome);
            if !subcase.detached && !subcase.outcomes.contains_key(outcome) {
                let message = format!(
                    "`{}` version {} can end as `{outcome}`, which `{alias}` does not hear",
                    child.key, child.version
                );
                let mend = "route every outcome to an event, or write `detached: true` if nothing waits for it";
                let at = line("outcomes".to_owned());
                found.push(problem(definition, "WF302", (at, &path), message, mend));
            }
        }
        for state in subcase.mirrors.keys().filter(|state| child.state(state).is_none()) {
            let message = format!("`{}` version {} has no state `{state}`", child.key, child.version);
            let path = format!("subcases.{alias}.mirrors");
            found.push(problem(
                definition,
                "WF303",
                (line(format!("mirrors.{state}")), &path),
                message,
                "write the full path of a state of that procedure",
            ));
        }
    }
    for outcome in subcase
        .outcomes
        .keys()
        .filter(|outcome| !outcomes.contains(outcome.as_str()))
    {
        let message = format!("`{}` never ends as `{outcome}`", subcase.procedure);
        let known: Vec<&str> = outcomes.iter().copied().collect();
        let mend = format!("known outcomes: {}", known.join(", "));
        let line = line(format!("outcomes.{outcome}"));
        found.push(problem(definition, "WF303", (line, &path), message, &mend));
    }
}

/// Sides that go along are sides there too.
fn sides(definition: &Definition, alias: &str, subcase: &Subcase, child: &Definition, found: &mut Vec<Diagnostic>) {
    let path = format!("subcases.{alias}.parties");
    for (theirs, _) in &subcase.parties {
        if child.roles.get(theirs).is_some_and(|role| role.kind == RoleKind::Party) {
            continue;
        }
        let line = subcase.lines.get(&format!("parties.{theirs}")).copied();
        let message = format!("`{}` version {} has no party `{theirs}`", child.key, child.version);
        let known = child.roles.iter().filter(|(_, role)| role.kind == RoleKind::Party);
        let known: Vec<&str> = known.map(|(name, _)| name.as_str()).collect();
        let mend = format!("known parties: {}", known.join(", "));
        found.push(problem(
            definition,
            "WF307",
            (line.unwrap_or(subcase.line), &path),
            message,
            &mend,
        ));
    }
}

/// What comes back fits the fields that it is written to, and is nobody's identity.
fn brought(definition: &Definition, alias: &str, subcase: &Subcase, child: &Definition, found: &mut Vec<Diagnostic>) {
    let path = format!("subcases.{alias}.brings");
    for (own, theirs) in &subcase.brings {
        let line = subcase
            .lines
            .get(&format!("brings.{own}"))
            .copied()
            .unwrap_or(subcase.line);
        let (Some(to), Some(from)) = (definition.fields.get(own), child.fields.get(theirs)) else {
            let message = format!("`{}` version {} has no field `{theirs}`", child.key, child.version);
            found.push(problem(definition, "WF307", (line, &path), message, "correct the name"));
            continue;
        };
        let unfit = !fits(&from.kind, &to.kind) || from.storage != to.storage;
        if unfit || from.storage == Storage::Identity {
            let message = format!(
                "`{theirs}` of `{}` version {} does not fit `{own}`",
                child.key, child.version
            );
            let mend = "pair fields of one type and storage; identities do not come back";
            found.push(problem(definition, "WF307", (line, &path), message, mend));
        }
    }
}

/// What may be called off has an event for it.
fn called_off(definition: &Definition, procedures: &Versions, found: &mut Vec<Diagnostic>) {
    for (line, effect) in definition.placed_effects() {
        let EffectRule::CallOff { subcase: alias } = effect else {
            continue;
        };
        let Some(subcase) = definition.subcases.get(alias) else {
            continue;
        };
        for child in procedures.get(&subcase.procedure).into_iter().flatten() {
            if child.called_off.is_none() {
                let message = format!("`{}` version {} cannot be called off", child.key, child.version);
                let mend = "give it `called_off: EVENT`, or let it go on by itself";
                found.push(problem(definition, "WF304", (line, "call_off"), message, mend));
            }
        }
    }
}

/// A case that another case opens must get every required field that is stored with the case.
fn given(definition: &Definition, procedures: &BTreeMap<String, Vec<Arc<Definition>>>, found: &mut Vec<Diagnostic>) {
    for (line, effect) in definition.placed_effects() {
        let EffectRule::Open {
            procedure, link, with, ..
        } = effect
        else {
            continue;
        };
        let alias = definition
            .subcases
            .values()
            .find(|s| s.procedure == *procedure && s.link == *link);
        let pair = |target: &String| {
            let of_alias = alias.and_then(|subcase| subcase.lines.get(&format!("with.{target}")));
            of_alias
                .or_else(|| definition.lines.with.get(&(line, target.clone())))
                .copied()
                .unwrap_or(line)
        };
        for child in procedures.get(procedure).into_iter().flatten() {
            for (target, own) in with {
                let Some(to) = child.fields.get(target) else {
                    let message = format!("`{procedure}` version {} has no field `{target}`", child.version);
                    found.push(problem(
                        definition,
                        "WF307",
                        (pair(target), "open.with"),
                        message,
                        "correct the name",
                    ));
                    continue;
                };
                let fitting = match (definition.fields.get(own), of_paper(own)) {
                    (Some(from), _) => fits(&from.kind, &to.kind) && to.storage == from.storage,
                    (None, Some((kind, part))) => makes(definition, kind) && takes(to, part),
                    // An unknown name was told when this file was read.
                    (None, None) => true,
                };
                if !fitting {
                    let message = format!(
                        "`{own}` does not fit `{target}` of `{procedure}` version {}",
                        child.version
                    );
                    found.push(problem(
                        definition,
                        "WF307",
                        (pair(target), "open.with"),
                        message,
                        "pair fields of one type and storage, or what stands on a paper that is made here with a field for it",
                    ));
                }
                // Nobody can answer what is not asked: the opening would be refused each time.
                if !child.filing.form().any(|asked| asked.field == *target) {
                    let message = format!(
                        "the filing of `{procedure}` version {} does not ask for `{target}`",
                        child.version
                    );
                    let mend = "pair a field that its filing asks for, or put this one on a page of the filing";
                    found.push(problem(definition, "WF307", (pair(target), "open.with"), message, mend));
                }
            }
            for asked in child.filing.form().filter(|f| f.required) {
                let case = child
                    .fields
                    .get(&asked.field)
                    .is_some_and(|f| f.storage == Storage::Case);
                if case && !with.iter().any(|(target, _)| target == &asked.field) {
                    let message = format!(
                        "`{procedure}` version {} needs `{}` and does not get it",
                        child.version, asked.field
                    );
                    let line = alias.map_or(line, |subcase| subcase.line);
                    let mend = "pair it in `with:`";
                    found.push(problem(definition, "WF307", (line, "open.with"), message, mend));
                }
            }
        }
    }
}

/// Whether a step of a procedure makes such a paper.
fn makes(definition: &Definition, kind: &str) -> bool {
    let mut effects = definition.effects();
    effects.any(|effect| matches!(effect, EffectRule::Document { kind: made } if made == kind))
}

/// Whether a field is for what stands on a paper: numbers and names are text, and text is kept as that of people is.
fn takes(field: &Field, part: PaperPart) -> bool {
    match (part, &field.kind) {
        (PaperPart::Date, FieldKind::Date { .. }) => field.storage == Storage::Case,
        (PaperPart::Number | PaperPart::Issuer, FieldKind::Text { .. }) => field.storage == Storage::Personal,
        _ => false,
    }
}

/// Fields that are sure to have a value when an event has its effects: those that the filing or the event asks for, and those
/// that its effects set before.
fn sure<'d>(definition: &'d Definition, event: &str) -> BTreeSet<&'d str> {
    let event = definition.events.get(event);
    let asked = definition.filing.form().chain(event.into_iter().flat_map(|e| &e.form));
    asked.filter(|f| f.required).map(|f| f.field.as_str()).collect()
}

/// A required field of an opened case that is paired with one that may have no value: the case is opened without it then.
fn lacking(definition: &Definition, procedures: &Versions, found: &mut Vec<Diagnostic>) {
    for (line, name) in opened_by(definition) {
        let mut sure = sure(definition, name);
        let effects = definition.events.get(name).into_iter().flat_map(|event| &event.effects);
        let branches = definition.states.iter().filter_map(|state| state.transitions.get(name));
        let of_branches = branches.flatten().flat_map(|branch| &branch.effects);
        for effect in effects.chain(of_branches) {
            match effect {
                EffectRule::Set { field, .. } => {
                    sure.insert(field);
                }
                EffectRule::Open { procedure, with, .. } => {
                    for child in procedures.get(procedure).into_iter().flatten() {
                        unsure(definition, child, with, &sure, line, found);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Events that open cases, with their lines.
fn opened_by(definition: &Definition) -> impl Iterator<Item = (u32, &str)> {
    let opens = |effects: &[EffectRule]| effects.iter().any(|effect| matches!(effect, EffectRule::Open { .. }));
    definition.events.iter().filter_map(move |(name, event)| {
        let mut branches = definition
            .states
            .iter()
            .filter_map(|state| state.transitions.get(name))
            .flatten();
        (opens(&event.effects) || branches.any(|branch| opens(&branch.effects))).then_some((event.line, name.as_str()))
    })
}

fn unsure(
    definition: &Definition,
    child: &Definition,
    with: &[(String, String)],
    sure: &BTreeSet<&str>,
    line: u32,
    found: &mut Vec<Diagnostic>,
) {
    for asked in child.filing.form().filter(|asked| asked.required) {
        let stored = child
            .fields
            .get(&asked.field)
            .is_some_and(|f| f.storage == Storage::Case);
        let own = with
            .iter()
            .find(|(target, _)| *target == asked.field)
            .map(|(_, own)| own.as_str());
        let Some(own) = own.filter(|own| stored && !sure.contains(own)) else {
            continue;
        };
        let message = format!(
            "`{}` version {} asks for `{}`, and `{own}` may have no value here: the case is opened without it",
            child.key, child.version, asked.field
        );
        let mend = "ask for the field in the form of the event, or be sure that officers add it";
        found.push(Diagnostic {
            severity: Severity::Warning,
            ..problem(definition, "WF308", (line, "open.with"), message, mend)
        });
    }
}
