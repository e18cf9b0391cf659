//! A case that was begun elsewhere goes on here: where it stands is taken as it was handed over, and must be a place that its
//! procedure knows.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use time::{Date, OffsetDateTime};

use super::{Answers, Done, Step, day, migrate::can_hold, position};
use crate::{
    clock::Law,
    decision::{CaseView, Decision, Handover, Problem, ProblemCode, Refusal, TAKEN_OVER},
    definition::model::{Definition, FormField, Storage},
    dossier::Dossier,
    duty::Roster,
    form,
};

/// Takes over a case under the version of the procedure that it is pinned to. `answers` are all that its fields hold, without
/// anybody's identity; nothing follows from it but that its clocks run on here.
///
/// # Errors
/// [`ProblemCode::DefinitionMismatch`] when states or clocks are none that the case can be in or that the law can count,
/// [`ProblemCode::UnknownField`] and [`ProblemCode::InvalidField`] for answers that do not fit.
pub fn take_over(
    definition: &Definition,
    law: &Law,
    handover: &Handover,
    answers: &Map<String, Json>,
    filed_on: Date,
    now: OffsetDateTime,
) -> Result<Decision, Refusal> {
    let view = CaseView {
        states: handover.states.clone(),
        remembered: handover.remembered.clone(),
        data: Map::new(),
        clocks: handover.clocks.clone(),
        filed_on,
        held: BTreeSet::new(),
        roster: Roster::default(),
        dossier: Dossier::default(),
    };
    let at = position(definition, &view)?;
    let mut problems = Vec::new();
    let stands = definition.chart.is_legal(&at) && definition.chart.leaves(&at).all(|leaf| can_hold(definition, leaf));
    if !stands {
        problems.push(Problem::new(ProblemCode::DefinitionMismatch));
    }
    for (name, clock) in &handover.clocks {
        if !definition.clocks.contains_key(name) || clock.deadline(law).is_err() {
            problems.push(Problem::field(ProblemCode::DefinitionMismatch, name));
        }
    }
    let asked: Vec<FormField> = answers.keys().map(|field| optional(field)).collect();
    let asked: Vec<&FormField> = asked.iter().collect();
    let identity = |name: &&String| {
        definition
            .fields
            .get(*name)
            .is_none_or(|field| field.storage == Storage::Identity)
    };
    problems.extend(
        answers
            .keys()
            .filter(identity)
            .map(|name| Problem::field(ProblemCode::UnknownField, name)),
    );
    let read = form::read(definition, &asked, answers, day(now)?, false);
    let answers = read.unwrap_or_else(|found| {
        problems.extend(found);
        Map::new()
    });
    if !problems.is_empty() {
        return Err(Refusal { problems });
    }
    let step = Step {
        definition,
        law,
        view: &view,
        kind: TAKEN_OVER.to_owned(),
        event: "",
        timer: None,
        signal: None,
        sender: None,
        legal_moment: now,
    };
    let decision = step.take(
        &at,
        &at,
        Answers::to(definition, &view, answers),
        &Done::default(),
        None,
    )?;
    Ok(Decision {
        from: Vec::new(),
        raises_version: true,
        handover: Some(handover.clone()),
        ..decision
    })
}

fn optional(field: &str) -> FormField {
    FormField {
        field: field.to_owned(),
        required: false,
    }
}
