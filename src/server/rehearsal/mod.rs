//! A case played through by the engine alone: no database, no people, time moves when told.
//!
//! The demo plans its cases with it before it runs them for real; scenarios of procedures run on it.

mod coverage;
mod expectation;
mod names;
pub mod scenario;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use zhengming_engine::{
    clock::{Law, local_date},
    contribution::{Contribution, EvidenceItem, EvidenceKind},
    decide,
    decision::{Actor, CaseView, Command, Decision, Holders, Opening, Problem, ProblemCode, Refusal, Signal, Timer},
    definition::model::Definition,
    dossier::Dossier,
    duty::Roster,
};

pub use self::coverage::{Coverage, Covered};

/// A case under rehearsal. Cloning it makes a fork: what happens to one does not happen to the other.
#[derive(Clone)]
pub struct Rehearsal<'p> {
    law: &'p Law,
    definition: &'p Definition,
    view: CaseView,
    armed: Vec<Timer>,
    fired: BTreeSet<(String, u32, String)>,
    holders: Holders,
}

impl<'p> Rehearsal<'p> {
    /// Files a case.
    ///
    /// # Errors
    /// What the engine has against it.
    pub fn open(
        law: &'p Law,
        definition: &'p Definition,
        opening: &Opening,
        at: OffsetDateTime,
    ) -> Result<(Self, Decision), Refusal> {
        let decision = decide::open(definition, law, opening, at)?;
        let today = local_date(at).map_err(|_| Refusal::from(Problem::new(ProblemCode::DefinitionMismatch)))?;
        let filed_on = decide::filing_day(definition, &opening.fields, today);
        let view = CaseView {
            states: Vec::new(),
            remembered: BTreeMap::new(),
            data: Map::new(),
            clocks: decision.clocks.clone(),
            filed_on,
            held: BTreeSet::new(),
            roster: Roster::default(),
            dossier: Dossier::default(),
        };
        let mut rehearsal = Self {
            law,
            definition,
            view,
            armed: Vec::new(),
            fired: BTreeSet::new(),
            holders: Holders::default(),
        };
        let filer = opening.actor.account.as_deref();
        rehearsal.view.roster.follow(&decision.effects, filer);
        rehearsal.follow(&decision);
        Ok((rehearsal, decision))
    }

    /// The case as the engine sees it.
    #[must_use]
    pub fn view(&self) -> &CaseView {
        &self.view
    }

    /// Timers that wait, in the order in which they will fire.
    #[must_use]
    pub fn timers(&self) -> &[Timer] {
        &self.armed
    }

    /// Sends an event in one role.
    ///
    /// # Errors
    /// What the engine has against it; nothing happened then.
    pub fn perform(
        &mut self,
        event: &str,
        role: &str,
        fields: &Map<String, Json>,
        at: OffsetDateTime,
    ) -> Result<Decision, Refusal> {
        self.perform_as(None, event, role, fields, at)
    }

    /// As [`Self::perform`], by somebody with an account, by which duties are kept apart.
    ///
    /// # Errors
    /// As there.
    pub fn perform_as(
        &mut self,
        account: Option<&str>,
        event: &str,
        role: &str,
        fields: &Map<String, Json>,
        at: OffsetDateTime,
    ) -> Result<Decision, Refusal> {
        let actor = Actor {
            roles: [role.to_owned()].into(),
            excluded: account.is_some_and(|account| self.view.roster.is_barred(account)),
            account: account.map(str::to_owned),
            ..Actor::default()
        };
        let command = Command {
            event: event.to_owned(),
            actor,
            fields: fields.clone(),
            complete: true,
        };
        let decision = decide::perform(self.definition, self.law, &self.view, &command, at)?;
        if let Some(account) = account {
            self.view.roster.note(role, account, false);
        }
        self.view.roster.follow(&decision.effects, account);
        self.follow(&decision);
        Ok(decision)
    }

    /// Adds a piece of evidence of a kind, in one role.
    ///
    /// # Errors
    /// What the engine has against it; nothing was added then.
    pub fn add_evidence(&mut self, kind: EvidenceKind, role: &str, at: OffsetDateTime) -> Result<Decision, Refusal> {
        let actor = Actor {
            roles: [role.to_owned()].into(),
            ..Actor::default()
        };
        let added = Contribution::Evidence(EvidenceItem::called_after(kind));
        let decision = decide::append(self.definition, self.law, &self.view, &added, None, &actor, at)?;
        self.view.dossier.lay(&added);
        Ok(decision)
    }

    /// Adds the evidence that an event wants, in the role in which it will be sent.
    ///
    /// # Errors
    /// As [`Self::add_evidence`].
    pub fn prove(&mut self, event: &str, role: &str, at: OffsetDateTime) -> Result<(), Refusal> {
        for kind in self.wanted(event) {
            self.add_evidence(kind, role, at)?;
        }
        Ok(())
    }

    /// Kinds of evidence that an event wants and that do not lie in the case yet.
    pub fn wanted(&self, event: &str) -> Vec<EvidenceKind> {
        let event = self.definition.events.get(event);
        let wanted = event.into_iter().flat_map(|event| &event.evidence);
        let missing = wanted.filter(|wanted| !self.view.dossier.holds(wanted.kind));
        missing
            .map(|wanted| wanted.kind.unwrap_or(EvidenceKind::Documentary))
            .collect()
    }

    /// Lets another case make something happen to this one.
    ///
    /// # Errors
    /// What the engine has against it; nothing happened then.
    pub fn hear(
        &mut self,
        signal: &Signal,
        fields: &Map<String, Json>,
        at: OffsetDateTime,
    ) -> Result<Decision, Refusal> {
        let decision = decide::hear(self.definition, self.law, &self.view, signal, fields, at)?;
        self.view.roster.follow(&decision.effects, None);
        self.follow(&decision);
        Ok(decision)
    }

    /// Lets one waiting timer fire, at its legal moment.
    ///
    /// # Errors
    /// The engine's when the timer is void.
    pub fn fire(&mut self, timer: &Timer) -> Result<Decision, Refusal> {
        let decision = decide::fire(self.definition, self.law, &self.view, timer)?;
        self.fired.insert(key(timer));
        self.view.roster.follow(&decision.effects, None);
        self.follow(&decision);
        Ok(decision)
    }

    /// Lets time pass: every timer due by `until` fires, oldest first.
    ///
    /// # Errors
    /// The engine's; what fired before stays.
    pub fn pass(&mut self, until: OffsetDateTime) -> Result<Vec<(Timer, Decision)>, Refusal> {
        let mut fired = Vec::new();
        while let Some(timer) = self.armed.first().filter(|timer| timer.due_at <= until).cloned() {
            let decision = self.fire(&timer)?;
            fired.push((timer, decision));
        }
        Ok(fired)
    }

    fn follow(&mut self, decision: &Decision) {
        self.holders.follow(&decision.effects);
        self.view.held.clone_from(self.holders.held());
        self.view.dossier.follow(self.definition, &decision.effects);
        self.view.states.clone_from(&decision.to);
        self.view.remembered.clone_from(&decision.remembered);
        self.view.data.clone_from(&decision.data);
        self.view.clocks.clone_from(&decision.clocks);
        // A rung that fired stays fired, however often the engine lists it.
        self.armed = decision
            .timers
            .iter()
            .filter(|timer| !self.fired.contains(&key(timer)))
            .cloned()
            .collect();
    }
}

fn key(timer: &Timer) -> (String, u32, String) {
    (timer.clock.clone(), timer.generation, timer.rung.clone())
}
