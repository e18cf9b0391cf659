//! What one run of the kernel does to the state that the exploration keeps: places, facts, clocks, subcases.

use crate::{
    chart::{Position, StateIx},
    clock::Duty,
    decide::course::{Done, Evidence},
    decision::{ProblemCode, Refusal},
    definition::model::{ClockRule, Definition, EffectRule, Length},
};

use super::{
    domain::{ABSENT, Set},
    trial::Trial,
    variables::{Standing, Var, Variables, wanted},
};

/// What happens in one run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// The case moves, or stays and its facts change.
    Goes(Move),
    /// The step is refused and nothing happens.
    Refused(Why),
}

/// Why a step is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Why {
    /// A requirement is not met, no branch fits, or a clock cannot be extended.
    NotNow,
    /// An effect needs a field that has no value.
    Missing(String),
    /// A document of this kind is published, and none was made.
    Unmade(String),
    /// It would not come to rest.
    Endless,
}

/// What a step changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Move {
    /// Number of the position after it.
    pub(super) to: u32,
    /// Fields that effects write, with the values that they may have then.
    pub(super) fields: Vec<(u16, Set)>,
    /// Roles that effects give or take, as a set of [`Var::Held`] answers.
    pub(super) held: Vec<(u16, u64)>,
    /// Documents that effects make, of those that events need.
    pub(super) made: Vec<u16>,
    /// Clocks that do not stay as they are: where each stands after, by where it stood before.
    pub(super) clocks: Vec<(u16, [Standing; 4])>,
    /// Subcases that are opened.
    pub(super) opens: Vec<u16>,
    /// Subcases that are called off.
    pub(super) calls_off: Vec<u16>,
    /// Branches that were taken.
    pub(super) taken: Vec<(StateIx, usize)>,
    /// Whether no branch was taken and the event has no effects: nobody notices.
    pub(super) unnoticed: bool,
}

impl Outcome {
    /// Whether anything comes of it: a step, or a fault.
    pub(super) fn shows(&self) -> bool {
        matches!(self, Self::Goes(_) | Self::Refused(Why::Missing(_) | Why::Unmade(_)))
    }

    /// Whether a case at this position stays as it was, and nothing is wrong with that. Which branch was taken is no change.
    pub(super) fn is_silent(&self, at: usize) -> bool {
        let Self::Goes(change) = self else {
            return !self.shows();
        };
        let stays = change.to as usize == at && !change.unnoticed;
        let facts = change.fields.is_empty() && change.held.is_empty() && change.made.is_empty();
        let others = change.opens.is_empty() && change.calls_off.is_empty();
        stays && facts && others && change.clocks.iter().all(|(_, follow)| keeps(*follow))
    }
}

/// Whether a step within one position leaves a clock as it can be there. Where it is suspended no case has it running, and
/// the other way round: what is said of that one does not happen.
fn keeps(follow: [Standing; 4]) -> bool {
    let [off, running, suspended, expired] = follow;
    let rests = off == Standing::Off && expired == Standing::Expired;
    rests && running == suspended && matches!(running, Standing::Running | Standing::Suspended)
}

/// A step that is compiled.
pub(super) struct Setting<'d> {
    pub(super) definition: &'d Definition,
    pub(super) vars: &'d Variables,
    pub(super) from: &'d Position,
    /// Name of the event; empty on filing.
    pub(super) event: &'d str,
    /// The clock whose expiry raised it.
    pub(super) expired: Option<u16>,
}

impl Setting<'_> {
    /// What a run does, apart from the number of the position that it leads to.
    pub(super) fn outcome(&self, trial: &Trial<'_>, to: &Position, done: &Done<'_>) -> Result<Move, Why> {
        let mut change = Move {
            taken: done.branches.clone(),
            unnoticed: done.branches.is_empty() && done.effects.is_empty(),
            ..Move::default()
        };
        let mut extended = Vec::new();
        for effect in &done.effects {
            self.needs(trial, effect, &change)?;
            if let EffectRule::Extend { clock } = effect {
                extended.push(clock.as_str());
            }
            self.effect(effect, &mut change);
        }
        for (number, (name, rule)) in self.definition.clocks.iter().enumerate() {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            let follow = self.clock(trial, number, rule, to, &change);
            // What is over cannot be lengthened. How often it was is not counted: more is tried than can happen.
            let asked = extended.contains(&name.as_str()) && rule.extension.is_some();
            let over = follow.last() == Some(&Standing::Expired);
            if asked && over && trial.ask(Var::Clock(number)) as u64 == Standing::Expired.number() {
                return Err(Why::NotNow);
            }
            if follow != Standing::ALL {
                change.clocks.push((number, follow));
            }
        }
        Ok(change)
    }

    /// An effect that cannot come about without a field or a document stops the whole step.
    fn needs(&self, trial: &Trial<'_>, effect: &EffectRule, change: &Move) -> Result<(), Why> {
        if let EffectRule::Publish { kind } = effect {
            let number = self.vars.document(kind);
            let unmade = number.is_some_and(|n| !change.made.contains(&n) && trial.ask(Var::Made(n)) == 0);
            return if unmade { Err(Why::Unmade(kind.clone())) } else { Ok(()) };
        }
        let Some(name) = wanted(effect) else { return Ok(()) };
        let field = self.vars.field(name);
        let written = change.fields.iter().rev().find(|(f, _)| Some(*f) == field);
        let missing = match written {
            Some((_, values)) => *values == ABSENT,
            None => trial.field(name).is_none(),
        };
        if missing {
            Err(Why::Missing(name.to_owned()))
        } else {
            Ok(())
        }
    }

    fn effect(&self, effect: &EffectRule, change: &mut Move) {
        match effect {
            EffectRule::Set { field, value } => {
                if let Some(number) = self.vars.field(field) {
                    let values = self.vars.domain(number).map_or(0, |domain| domain.locate(value));
                    put(&mut change.fields, number, values);
                }
            }
            EffectRule::Clear { field } => {
                if let Some(number) = self.vars.field(field) {
                    put(&mut change.fields, number, ABSENT);
                }
            }
            EffectRule::Assign { role, .. } | EffectRule::Delegate { role, .. } | EffectRule::Keep { role } => {
                self.hold(role, 0b10, change);
            }
            EffectRule::Release { role } | EffectRule::Exclude { role } => self.hold(role, 0b01, change),
            EffectRule::MoveTo { .. } | EffectRule::ReturnToIntake => {
                // Roles that persons hold end with the move; what was delegated to an organisation stays.
                for role in &self.vars.held {
                    let gives = |e: &EffectRule| matches!(e, EffectRule::Delegate { role: r, .. } if r == role);
                    let delegated = self.definition.effects().any(gives);
                    let before = if delegated { 0b11 } else { 0b01 };
                    if !self.definition.filers().any(|filer| filer == role) {
                        self.hold(role, before, change);
                    }
                }
            }
            EffectRule::Open { procedure, link, .. } => {
                let own = |s: &crate::definition::model::Subcase| s.procedure == *procedure && s.link == *link;
                let alias = self.definition.subcases.values().position(own);
                change.opens.extend(alias.and_then(|i| u16::try_from(i).ok()));
            }
            EffectRule::CallOff { subcase } => {
                // What nobody waits for hears of it, and that makes no difference here.
                let found = self.definition.subcases.get_full(subcase);
                let awaited = found.filter(|(_, _, subcase)| !subcase.detached);
                change
                    .calls_off
                    .extend(awaited.and_then(|(i, ..)| u16::try_from(i).ok()));
            }
            EffectRule::Document { kind } => {
                let number = self.vars.document(kind);
                change
                    .made
                    .extend(number.filter(|number| !change.made.contains(number)));
            }
            EffectRule::Notify { .. }
            | EffectRule::Escalate { .. }
            | EffectRule::Publish { .. }
            | EffectRule::Withdraw { .. }
            | EffectRule::Extend { .. }
            | EffectRule::Raise { .. } => {}
        }
    }

    fn hold(&self, role: &str, answers: u64, change: &mut Move) {
        if let Some(number) = self.vars.held.get_index_of(role) {
            put(&mut change.held, u16::try_from(number).unwrap_or(u16::MAX), answers);
        }
    }

    /// Where a clock stands after the step, by where it stood before; the rules are those of `timing`.
    fn clock(&self, trial: &Trial<'_>, number: u16, rule: &ClockRule, to: &Position, change: &Move) -> [Standing; 4] {
        let inside = |position: &Position| rule.runs_in.iter().any(|state| position.contains(*state));
        let (was, is) = (inside(self.from), inside(to));
        let anew = is && (!was || rule.restart_on.iter().any(|event| event == self.event));
        let starts = anew && self.has_length(trial, rule, change);
        let suspends = |position: &Position| rule.suspended_in.iter().any(|(state, _)| position.contains(*state));
        let pauses = suspends(to);
        // What is used up cannot be paused: it runs, until its timer comes.
        let ran = was && suspends(self.from) && !starts;
        let began_before = rule.from.is_some() || matches!(rule.length, Length::Until(_));
        // What is due on a case is fired before anything else happens to it, but for a right that waits for the calendar.
        let waits = rule.duty == Duty::Party;
        let may_be_over = is && pauses && if starts { began_before } else { waits && was && !ran };
        let over = ran || may_be_over && trial.ask(Var::Late(number)) == 1;
        Standing::ALL.map(|before| {
            let next = if starts {
                Standing::Running
            } else if is {
                before
            } else if was {
                // A clock whose own expiry ends the waiting has expired, not been met.
                match before {
                    Standing::Expired if self.expired == Some(number) => Standing::Expired,
                    _ => Standing::Off,
                }
            } else {
                before
            };
            match next {
                Standing::Running if is && pauses && !over => Standing::Suspended,
                Standing::Suspended if is && !pauses => Standing::Running,
                other => other,
            }
        })
    }

    /// Whether a clock that ends on the day in a field has that day.
    fn has_length(&self, trial: &Trial<'_>, rule: &ClockRule, change: &Move) -> bool {
        let Length::Until(name) = &rule.length else { return true };
        let field = self.vars.field(name);
        match change.fields.iter().rev().find(|(f, _)| Some(*f) == field) {
            Some((_, values)) => *values != ABSENT,
            None => trial.field(name).is_some(),
        }
    }
}

fn put(list: &mut Vec<(u16, u64)>, number: u16, values: u64) {
    list.retain(|(known, _)| *known != number);
    list.push((number, values));
}

/// Why the kernel refused a run.
pub(super) fn why(refusal: &Refusal) -> Why {
    if refusal.problems.iter().any(|p| p.code == ProblemCode::Endless) {
        Why::Endless
    } else {
        Why::NotNow
    }
}
