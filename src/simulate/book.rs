//! Decisions, remembered by situation.
//!
//! What the engine decides depends on the time through due dates alone: conditions read fields, roles, states and which
//! clocks run or expired. So cases that agree in these are in one [`Situation`], and what an event does to one of them, the
//! engine has to be asked once. What was remembered says where a case goes and how its clocks turn; when they end is counted
//! by the law each time. Steps in which time decides more are never remembered: a clock that runs until a date recorded
//! before, a condition that reads a date answered just now, an expiry and an event in the same second.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};
use time::Date;
use zhengming_engine::{
    clock::{ClockState, ClockStatus, Law},
    decide,
    decision::{Actor, CaseView, Command, Decision, Holders, Opening, Problem, ProblemCode, Refusal, Signal, Timer},
    definition::model::{Length, RoleKind, StateIx},
    dossier::Dossier,
};

use crate::{
    answers::Answer,
    case::{Case, Clock},
    model::{Action, Conduct, guarded, sets_dates, watched},
    moment::{Second, day, moment},
    step::{Step, Taken, Turn, calls_off, date_turns, opens, take_dates, turns},
};

/// What cases can have in common.
#[derive(Debug)]
pub(crate) struct Situation {
    pub(crate) leaves: Vec<StateIx>,
    states: Vec<String>,
    remembered: BTreeMap<String, Vec<String>>,
    /// Values, those of date fields apart.
    data: Map<String, Json>,
    past: Past,
    /// Which clocks exist for its filing day.
    era: u64,
    steps: Vec<Known>,
}

#[derive(Clone, Debug)]
enum Known {
    Unknown,
    /// Time decides: the engine is asked each time.
    Fresh,
    Refused(Rc<str>),
    Step(Rc<Step>),
}

/// What is done to a case.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// An action with a variant of its answers.
    Act(usize, usize),
    /// A clock expires.
    Expiry(usize),
}

/// Why the engine refused, by the code of its first problem.
pub(crate) type Refused = Rc<str>;

/// What the engine said, and whether it says so at any time.
type Settled = Result<(Taken, bool), (Refused, bool)>;

/// The decisions on cases of one procedure.
#[derive(Debug)]
pub(crate) struct Book<'m> {
    law: &'m Law,
    pub(crate) conduct: &'m Conduct,
    /// Whether anything is remembered; without, the engine is asked each time.
    remember: bool,
    watched: BTreeSet<&'m str>,
    guarded: BTreeSet<&'m str>,
    situations: Vec<Situation>,
    numbers: HashMap<String, u32>,
    openings: HashMap<(usize, u64), Known>,
}

/// What is left of the steps of a case besides where it is: who holds its roles, and its documents.
#[derive(Clone, Debug, Default)]
struct Past {
    holders: Holders,
    dossier: Dossier,
}

/// What a decision starts from.
struct Before<'c> {
    past: &'c Past,
    era: u64,
    clocks: &'c [Option<Clock>],
    dates: &'c [(usize, Date)],
    answers: Vec<(&'c str, &'c Answer)>,
}

impl<'m> Book<'m> {
    pub(crate) fn new(law: &'m Law, conduct: &'m Conduct, remember: bool) -> Self {
        let definition = &*conduct.definition;
        Self {
            law,
            conduct,
            // Which clocks exist is kept in a word of bits; a date that an effect writes would look like one that stayed.
            remember: remember && definition.clocks.len() <= 64 && !sets_dates(definition),
            watched: watched(definition),
            guarded: guarded(definition),
            situations: Vec::new(),
            numbers: HashMap::new(),
            openings: HashMap::new(),
        }
    }

    /// How many situations are remembered.
    pub(crate) fn size(&self) -> usize {
        self.situations.len()
    }

    /// A situation by its number.
    pub(crate) fn situation(&self, number: u32) -> Option<&Situation> {
        self.situations.get(usize::try_from(number).ok()?)
    }

    /// The states that a situation is in, as one word.
    pub(crate) fn state(&self, number: u32) -> String {
        self.situation(number).map(|s| s.states.join(" + ")).unwrap_or_default()
    }

    /// Opens a case that somebody files.
    pub(crate) fn open(&mut self, variant: usize, now: Second) -> Result<Taken, Refused> {
        let era = self.era(day(now));
        match self.openings.get(&(variant, era)).filter(|_| self.remember) {
            Some(Known::Step(step)) => {
                return Ok(Taken {
                    step: Rc::clone(step),
                    fresh: None,
                });
            }
            Some(Known::Refused(code)) => return Err(Rc::clone(code)),
            Some(Known::Unknown | Known::Fresh) | None => {}
        }
        let conduct = self.conduct;
        let fields = conduct.filing.filled(variant, day(now));
        let answers = conduct.filing.chosen(variant).collect();
        let opened = self.decide_opening(fields, answers, era, true, now);
        self.openings.insert((variant, era), known(&opened));
        unpacked(opened)
    }

    /// Opens a case that another opens, with what that one gives it.
    pub(crate) fn open_with(
        &mut self,
        variant: usize,
        given: Map<String, Json>,
        now: Second,
    ) -> Result<Taken, Refused> {
        let conduct = self.conduct;
        let mut fields = conduct.filing.filled(variant, day(now));
        let asked = decide::asked_on_filing(&conduct.definition, conduct.mode, |_| false, &fields);
        fields.extend(
            given
                .into_iter()
                .filter(|(name, _)| asked.iter().any(|f| f.field == *name)),
        );
        let opened = self.decide_opening(fields, Vec::new(), self.era(day(now)), false, now);
        unpacked(opened)
    }

    fn decide_opening(
        &mut self,
        fields: Map<String, Json>,
        answers: Vec<(&str, &Answer)>,
        era: u64,
        complete: bool,
        now: Second,
    ) -> Settled {
        let opening = Opening {
            actor: actor(&self.conduct.filer),
            mode: self.conduct.mode,
            fields,
            complete,
        };
        let decided = decide::open(&self.conduct.definition, self.law, &opening, moment(now));
        let before = Before {
            past: &Past::default(),
            era,
            clocks: &[],
            dates: &[],
            answers,
        };
        self.settle(decided, before)
    }

    /// What a step does to a case. Nothing happens yet: whoever asks carries it out.
    pub(crate) fn take(&mut self, case: &Case, what: What, now: Second) -> Result<Taken, Refused> {
        let conduct = self.conduct;
        let number = match what {
            What::Act(action, variant) => conduct.actions.get(action).map_or(0, |a| a.first + variant),
            What::Expiry(clock) => conduct.expiry(clock),
        };
        // An event in the second of an expiry finds the clock differently than one a second later.
        let sharp = case.clocks.iter().flatten().any(|clock| clock.stopped == Some(now));
        let remember = self.remember && !sharp;
        let place = usize::try_from(case.situation).unwrap_or(usize::MAX);
        let remembered = self.situations.get(place).and_then(|s| s.steps.get(number));
        match remembered.filter(|_| remember) {
            Some(Known::Step(step)) => {
                return Ok(Taken {
                    step: Rc::clone(step),
                    fresh: None,
                });
            }
            Some(Known::Refused(code)) => return Err(Rc::clone(code)),
            Some(Known::Unknown | Known::Fresh) | None => {}
        }
        let decided = self.decide(case, what, now);
        if let Some(slot) = self.situations.get_mut(place).and_then(|s| s.steps.get_mut(number))
            && remember
        {
            *slot = known(&decided);
        }
        unpacked(decided)
    }

    /// Lets a case hear from another. Never remembered: it depends on what that one brings.
    pub(crate) fn hear(
        &mut self,
        case: &Case,
        signal: &Signal,
        brought: &Map<String, Json>,
        now: Second,
    ) -> Result<Taken, Refused> {
        let (view, past, era) = self.view(case)?;
        let decided = decide::hear(&self.conduct.definition, self.law, &view, signal, brought, moment(now));
        let before = Before {
            past: &past,
            era,
            clocks: &case.clocks,
            dates: &case.dates,
            answers: Vec::new(),
        };
        unpacked(self.settle(decided, before))
    }

    fn decide(&mut self, case: &Case, what: What, now: Second) -> Settled {
        let conduct = self.conduct;
        let (view, past, era) = self.view(case).map_err(|code| (code, false))?;
        let (decided, answers) = match what {
            What::Expiry(clock) => (self.fire(&view, clock), Vec::new()),
            What::Act(index, variant) => {
                let action = conduct.actions.get(index).ok_or_else(|| (unknown(), false))?;
                let fields = action.form.filled(variant, day(now));
                let answers = action.form.chosen(variant).collect();
                (self.perform(&view, action, fields, now), answers)
            }
        };
        let before = Before {
            past: &past,
            era,
            clocks: &case.clocks,
            dates: &case.dates,
            answers,
        };
        self.settle(decided, before)
    }

    fn perform(
        &self,
        view: &CaseView,
        action: &Action,
        fields: Map<String, Json>,
        now: Second,
    ) -> Result<Decision, Refusal> {
        let definition = &*self.conduct.definition;
        if let Some(signal) = &action.signal {
            return decide::hear(definition, self.law, view, signal, &fields, moment(now));
        }
        let kind = definition.roles.get(&action.role).map(|role| role.kind);
        if kind == Some(RoleKind::Delegate) && !view.held.contains(&action.role) {
            return Err(Problem::new(ProblemCode::RoleRequired).into());
        }
        let command = Command {
            event: action.event.clone(),
            actor: actor(&action.role),
            fields,
            complete: true,
        };
        decide::perform(definition, self.law, view, &command, moment(now))
    }

    fn fire(&self, view: &CaseView, clock: usize) -> Result<Decision, Refusal> {
        let definition = &*self.conduct.definition;
        let gone = || Refusal::from(Problem::new(ProblemCode::ClockNotRunning));
        let (name, _) = definition.clocks.get_index(clock).ok_or_else(gone)?;
        let state = view.clocks.get(name).ok_or_else(gone)?;
        let due = state.due.at().ok_or_else(gone)?;
        let timer = Timer {
            clock: name.clone(),
            generation: state.generation,
            rung: format!("expiry:{}", due.due_date),
            due_at: due.due_at,
        };
        decide::fire(definition, self.law, view, &timer)
    }

    /// A case as the engine sees it.
    fn view(&self, case: &Case) -> Result<(CaseView, Past, u64), Refused> {
        let definition = &*self.conduct.definition;
        let situation = self.situation(case.situation).ok_or_else(unknown)?;
        let mut clocks: IndexMap<String, ClockState> = IndexMap::new();
        for ((name, rule), clock) in definition.clocks.iter().zip(&case.clocks) {
            if let Some(clock) = clock {
                let state = clock.whole(self.law, name, rule).map_err(|_| unknown())?;
                clocks.insert(name.clone(), state);
            }
        }
        let view = CaseView {
            states: situation.states.clone(),
            remembered: situation.remembered.clone(),
            data: self.data(case),
            clocks,
            filed_on: day(case.filed_at),
            held: situation.past.holders.held().clone(),
            roster: Default::default(),
            dossier: situation.past.dossier.clone().with_all_evidence(),
        };
        Ok((view, situation.past.clone(), situation.era))
    }

    /// The values of a case, its dates among them.
    pub(crate) fn data(&self, case: &Case) -> Map<String, Json> {
        let situation = self.situation(case.situation);
        let mut data = situation.map(|s| s.data.clone()).unwrap_or_default();
        for (field, date) in &case.dates {
            if let Some((name, _)) = self.conduct.definition.fields.get_index(*field) {
                data.insert(name.clone(), json!(date.to_string()));
            }
        }
        data
    }

    /// Turns what the engine said into a step, and says whether the next case in that situation may follow it.
    fn settle(&mut self, decided: Result<Decision, Refusal>, before: Before<'_>) -> Settled {
        let read = before
            .answers
            .iter()
            .any(|(field, answer)| matches!(answer, Answer::Day(_)) && self.guarded.contains(field));
        let mut decision = decided.map_err(|refusal| {
            // Days that have passed, or not yet, do not fit their fields.
            let dated = refusal
                .problems
                .iter()
                .any(|problem| problem.code == ProblemCode::InvalidField);
            (code(&refusal), !read && !dated)
        })?;
        let definition = &*self.conduct.definition;
        let mut past = before.past.clone();
        past.holders.follow(&decision.effects);
        past.dossier.follow(definition, &decision.effects);
        let dates = take_dates(definition, &mut decision.data);
        let clocks: Vec<Option<Clock>> = definition
            .clocks
            .keys()
            .map(|name| decision.clocks.get(name).map(Clock::of))
            .collect();
        let turns = turns(before.clocks, &clocks);
        let later = |field: &str| {
            let mut answers = before.answers.iter();
            answers.find_map(|(name, answer)| match answer {
                Answer::Day(days) if *name == field => Some(*days),
                _ => None,
            })
        };
        let of_rule = |clock: usize| definition.clocks.get_index(clock).map(|(_, rule)| &rule.length);
        let in_time = turns.iter().all(|(clock, turn)| match (turn, of_rule(*clock)) {
            (Turn::Start(_), Some(Length::Until(field))) => later(field).is_some(),
            _ => true,
        });
        let step = Step {
            dates: date_turns(definition, before.dates, &dates, &before.answers),
            turns,
            outcome: decision.outcome.take(),
            opens: decision.effects.iter().filter_map(opens).collect(),
            calls_off: decision.effects.iter().filter_map(calls_off).collect(),
            to: self.number(decision, past, before.era, &clocks, &dates),
        };
        let taken = Taken {
            step: Rc::new(step),
            fresh: Some((clocks, dates)),
        };
        Ok((taken, in_time && !read))
    }

    /// The number of the situation that a decision leads to.
    fn number(
        &mut self,
        decision: Decision,
        past: Past,
        era: u64,
        clocks: &[Option<Clock>],
        dates: &[(usize, Date)],
    ) -> u32 {
        let definition = &*self.conduct.definition;
        let values: Vec<(&String, Option<&Json>)> = decision
            .data
            .iter()
            .map(|(name, value)| (name, self.watched.contains(name.as_str()).then_some(value)))
            .collect();
        let dated = dates.iter().filter_map(|(field, date)| {
            let (name, _) = definition.fields.get_index(*field)?;
            let read = self.guarded.contains(name.as_str());
            Some((name, read.then(|| date.to_string())))
        });
        let dated: Vec<_> = dated.collect();
        let standing: Vec<Option<(ClockStatus, u8)>> = clocks
            .iter()
            .map(|clock| clock.as_ref().map(|c| (c.status, c.extensions)))
            .collect();
        let told = format!("{past:?}");
        let key = json!([decision.to, decision.remembered, values, dated, standing, told, era]).to_string();
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.situations.len()).unwrap_or(u32::MAX);
        self.situations.push(Situation {
            leaves: decision.to.iter().filter_map(|id| definition.state(id)).collect(),
            states: decision.to,
            remembered: decision.remembered,
            data: decision.data,
            past,
            era,
            steps: vec![Known::Unknown; if self.remember { self.conduct.steps() } else { 0 }],
        });
        self.numbers.insert(key, number);
        number
    }

    /// Which clocks exist for a filing day.
    fn era(&self, filed_on: Date) -> u64 {
        let rules = self.conduct.definition.clocks.values().take(64);
        rules.fold(0, |era, rule| (era << 1) | u64::from(rule.filed.contains(filed_on)))
    }

    /// How many situations there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.situations.len()
    }
}

fn unpacked(settled: Settled) -> Result<Taken, Refused> {
    match settled {
        Ok((taken, _)) => Ok(taken),
        Err((code, _)) => Err(code),
    }
}

fn actor(role: &str) -> Actor {
    Actor {
        roles: [role.to_owned()].into(),
        excluded: false,
        ..Default::default()
    }
}

pub(crate) fn unknown() -> Refused {
    Rc::from("DEFINITION_MISMATCH")
}

/// The first thing that stands against a command, by the procedure's own code where it has one.
fn code(refusal: &Refusal) -> Refused {
    let first = refusal.problems.first();
    first.map_or_else(unknown, |problem| match (&problem.requirement, &problem.field) {
        (Some((code, _)), _) => Rc::from(code.as_str()),
        (None, Some(field)) => Rc::from(format!("{} {field}", problem.code.as_str())),
        (None, None) => Rc::from(problem.code.as_str()),
    })
}

fn known(decided: &Settled) -> Known {
    match decided {
        Ok((taken, true)) => Known::Step(Rc::clone(&taken.step)),
        Err((code, true)) => Known::Refused(Rc::clone(code)),
        Ok((_, false)) | Err((_, false)) => Known::Fresh,
    }
}
