//! From positions, answers and effects to the decision that is written.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use time::{Date, OffsetDateTime};

use super::{course::Done, mismatch};
use crate::{
    chart::{Position, Shape, StateIx},
    clock::{Law, LawRef},
    decision::{CaseView, Decision, Effect, Problem, ProblemCode, Refusal, Signal, Timer},
    definition::model::{Definition, EffectRule, Requirement, State, Storage},
    duty::{self, Roster},
    timing::{self, Change},
};

/// A requirement that is not met, as the problem that a person reads.
pub(super) fn requirement(requirement: &Requirement) -> Problem {
    Problem {
        requirement: Some((requirement.code.clone(), requirement.reason.clone())),
        law: requirement.law.clone(),
        ..Problem::new(ProblemCode::RequirementNotMet)
    }
}

/// What was answered, and the case fields with it.
pub(super) struct Answers {
    given: Map<String, Json>,
    pub(super) data: Map<String, Json>,
}

impl Answers {
    /// Answers that join the fields of a case.
    pub(super) fn to(definition: &Definition, view: &CaseView, given: Map<String, Json>) -> Self {
        let mut data = view.data.clone();
        for (name, value) in &given {
            if definition.fields.get(name).is_some_and(|f| f.storage == Storage::Case) {
                data.insert(name.clone(), value.clone());
            }
        }
        Self { given, data }
    }

    /// Nothing was asked: the fields stay as they are.
    pub(super) fn none(view: &CaseView) -> Self {
        Self {
            given: Map::new(),
            data: view.data.clone(),
        }
    }

    /// Those that are kept in one place.
    fn kept_as(&self, definition: &Definition, storage: Storage) -> Map<String, Json> {
        let of = |name: &&String| definition.fields.get(*name).is_some_and(|f| f.storage == storage);
        let kept = self.given.iter().filter(|(name, _)| of(name));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// What every step has, whatever set it off.
pub(super) struct Step<'s> {
    pub(super) definition: &'s Definition,
    pub(super) law: &'s Law,
    pub(super) view: &'s CaseView,
    pub(super) kind: String,
    pub(super) event: &'s str,
    pub(super) timer: Option<Timer>,
    pub(super) signal: Option<Signal>,
    /// The account of whoever sends it, and the role.
    pub(super) sender: Option<(&'s str, Option<&'s str>)>,
    pub(super) legal_moment: OffsetDateTime,
}

impl Step<'_> {
    /// The decision that leads from one position to another.
    pub(super) fn take(
        self,
        from: &Position,
        to: &Position,
        answers: Answers,
        done: &Done<'_>,
        law_ref: Option<LawRef>,
    ) -> Result<Decision, Refusal> {
        let definition = self.definition;
        let part = |storage: Storage| answers.kept_as(definition, storage);
        let (kept, personal, identity) = (part(Storage::Case), part(Storage::Personal), part(Storage::Identity));
        let Answers { given, mut data } = answers;
        let mut extended = Vec::new();
        let mut effects = Vec::new();
        let mut roster = self.roster();
        for rule in &done.effects {
            if let EffectRule::Extend { clock } = rule {
                extended.push(clock.as_str());
            }
            self.effect(rule, &mut data, &mut effects)?;
            self.apart(rule, effects.last(), &mut roster)?;
        }
        let change = Change {
            from,
            to,
            event: self.event,
            expired: self.timer.as_ref().map(|timer| timer.clock.as_str()),
            extended: &extended,
            data: &data,
            given: &given,
            filed_on: self.filed_on(),
            moment: self.legal_moment,
        };
        let clocks = timing::follow(definition, self.law, &self.view.clocks, &change)?;
        let leaves: Vec<&State> = definition.chart.leaves(to).filter_map(|ix| definition.at(ix)).collect();
        let outcome = leaves.iter().find_map(|state| state.outcome.clone());
        // Where regions run beside each other, the case is as far as the first that is not done.
        let waits = |state: &&&State| {
            let ix = definition.state(&state.id);
            ix.is_some_and(|ix| *definition.chart.shape(ix) != Shape::Final)
        };
        let first = leaves.iter().find(waits).or(leaves.first()).ok_or_else(mismatch)?;
        Ok(Decision {
            raises_version: !given.is_empty() || from != to || data != self.view.data,
            from: self.view.states.clone(),
            to: leaves.iter().map(|state| state.id.clone()).collect(),
            remembered: self.remembered(to),
            phase: first.phase.clone(),
            answers: kept,
            timer: self.timer,
            signal: self.signal,
            personal,
            identity,
            timers: if outcome.is_some() {
                Vec::new()
            } else {
                timing::timers(definition, self.law, &clocks)
            },
            next_due: match outcome {
                Some(_) => None,
                None => timing::next_due(definition, to, &clocks),
            },
            moved: Vec::new(),
            migration: None,
            handover: None,
            contribution: None,
            kind: self.kind,
            law: law_ref,
            data,
            clocks,
            effects,
            guards: done.guards.clone(),
            taken: done.taken.clone(),
            outcome,
        })
    }

    fn remembered(&self, position: &Position) -> BTreeMap<String, Vec<String>> {
        let id = |ix: &StateIx| self.definition.at(*ix).map(|state| state.id.clone());
        let all = position.remembered.iter();
        all.filter_map(|(history, states)| Some((id(history)?, states.iter().filter_map(id).collect())))
            .collect()
    }

    /// Who has and had roles, the sender in the role of this step among them.
    fn roster(&self) -> Roster {
        if self
            .definition
            .roles
            .values()
            .all(|role| role.incompatible_with.is_empty())
        {
            return self.view.roster.only_barred();
        }
        let mut roster = self.view.roster.clone();
        if let Some((account, Some(role))) = self.sender {
            roster.note(role, account, false);
        }
        roster
    }

    /// A role is not given to whoever is barred from the case, or has or had one that is incompatible with it.
    fn apart(&self, rule: &EffectRule, effect: Option<&Effect>, roster: &mut Roster) -> Result<(), Refusal> {
        let (EffectRule::Assign { field, .. }, Some(Effect::Assign { role, account, .. })) = (rule, effect) else {
            return Ok(());
        };
        let Some(account) = account.as_deref().or(self.sender.map(|(account, _)| account)) else {
            return Ok(());
        };
        if roster.is_barred(account) {
            return Err(Problem {
                field: field.clone(),
                ..Problem::new(ProblemCode::Excluded)
            }
            .into());
        }
        if let Some(problem) = duty::conflict(self.definition, roster, role, account) {
            return Err(Problem {
                field: field.clone(),
                ..problem
            }
            .into());
        }
        roster.note(role, account, true);
        Ok(())
    }

    /// Only what was made can be published: `check` refuses a procedure that could come here without.
    fn published(&self, kind: &str, effects: &[Effect]) -> Result<Effect, Refusal> {
        let made = |effect: &Effect| matches!(effect, Effect::Document { kind: made } if made == kind);
        if self.view.dossier.has(kind) || effects.iter().any(made) {
            return Ok(Effect::Publish { kind: kind.to_owned() });
        }
        Err(Problem::new(ProblemCode::DocumentNeeded).into())
    }

    fn filed_on(&self) -> Date {
        self.view.filed_on
    }

    fn effect(
        &self,
        rule: &EffectRule,
        data: &mut Map<String, Json>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let text = |data: &Map<String, Json>, field: &str| -> Result<String, Refusal> {
            let value = data.get(field).and_then(Json::as_str).map(str::to_owned);
            value.ok_or_else(|| Problem::field(ProblemCode::MissingField, field).into())
        };
        effects.push(match rule {
            EffectRule::Notify { to, notice } => Effect::Notify {
                to: to.clone(),
                notice: notice.clone(),
                superior: false,
            },
            EffectRule::Escalate { to, notice } => Effect::Notify {
                to: to.clone(),
                notice: notice.clone(),
                superior: true,
            },
            EffectRule::Document { kind } => Effect::Document { kind: kind.clone() },
            EffectRule::Publish { kind } => self.published(kind, effects)?,
            EffectRule::Withdraw { kind } => Effect::Withdraw { kind: kind.clone() },
            EffectRule::MoveTo { field } => Effect::MoveTo {
                organisation: text(data, field)?,
            },
            EffectRule::ReturnToIntake => Effect::ReturnToIntake,
            EffectRule::Assign {
                role,
                field,
                additional,
            } => {
                let account = field.as_ref().map(|f| text(data, f)).transpose()?;
                Effect::Assign {
                    role: role.clone(),
                    account,
                    additional: *additional,
                }
            }
            EffectRule::Delegate { role, field } => Effect::Delegate {
                role: role.clone(),
                organisation: text(data, field)?,
            },
            EffectRule::Release { role } => Effect::Release { role: role.clone() },
            EffectRule::Exclude { role } => Effect::Exclude { role: role.clone() },
            EffectRule::Keep { role } => Effect::Keep { role: role.clone() },
            EffectRule::CallOff { subcase } => {
                let subcase = self.definition.subcases.get(subcase).ok_or_else(mismatch)?;
                Effect::CallOff {
                    procedure: subcase.procedure.clone(),
                    link: subcase.link.clone(),
                }
            }
            EffectRule::Open {
                procedure,
                link,
                with,
                identity,
                to,
            } => Effect::Open {
                organisation: to.as_ref().map(|field| text(data, field)).transpose()?,
                procedure: procedure.clone(),
                link: link.clone(),
                with: with.clone(),
                identity: *identity,
            },
            EffectRule::Set { field, value } => {
                data.insert(field.clone(), value.clone());
                return Ok(());
            }
            EffectRule::Clear { field } => {
                data.remove(field);
                return Ok(());
            }
            // Clocks are part of the case and follow in `timing`; what was raised has happened on the way.
            EffectRule::Extend { .. } | EffectRule::Raise { .. } => return Ok(()),
        });
        Ok(())
    }
}
