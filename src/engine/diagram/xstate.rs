//! The procedure as the configuration of an XState 5 machine (JSON), which Stately's editor opens.
//!
//! Same states, same order of branches, inner states before outer ones. Conditions are named guards; `meta.guards` of the
//! machine has the CEL of each, and who runs the machine provides them, as well as the actions `raise.EVENT`. Where a branch
//! requires something, the machine stays where it is if that is missing: our engine refuses the event. Clocks are `meta` of
//! the states in which they run, their expiry is an event from outside. Of an event that moves several regions the machine
//! lists the event's own effects in each.

use serde_json::{Map, Value as Json, json};

use super::content::{Cause, cause, indexed};
use crate::{
    chart::{Shape, StateIx},
    definition::model::{ALWAYS, Branch, ClockRule, DONE, Definition, EffectRule, Length, Owner, State},
};

/// Name of the state that a machine passes through where XState cannot name what is entered first.
const START: &str = "_start";

/// The configuration, to be handed to `createMachine`.
pub fn xstate(definition: &Definition) -> Json {
    let mut writer = Writer {
        definition,
        guards: Map::new(),
    };
    let (initial, states) = writer.level(None, &[definition.initial]);
    json!({
        "id": definition.key,
        "version": definition.version.to_string(),
        "description": definition.title.zh,
        "initial": initial,
        "states": states,
        "meta": {
            "title": definition.title,
            "definition": definition.hash,
            "guards": writer.guards,
        },
    })
}

struct Writer<'d> {
    definition: &'d Definition,
    /// CEL by name.
    guards: Map<String, Json>,
}

impl Writer<'_> {
    /// The states right inside one, with the key of the one that is entered first.
    fn level(&mut self, parent: Option<StateIx>, initial: &[StateIx]) -> (String, Map<String, Json>) {
        let definition = self.definition;
        let inside: Vec<(StateIx, &State)> = indexed(definition)
            .filter(|(ix, _)| definition.chart.node(*ix).and_then(|node| node.parent) == parent)
            .collect();
        let mut states: Map<String, Json> = Map::new();
        for (ix, state) in &inside {
            let config = self.state(*ix, state);
            states.insert(key(state).to_owned(), config);
        }
        let direct = match initial {
            [one] => inside
                .iter()
                .find(|(ix, _)| ix == one)
                .map(|(_, state)| key(state).to_owned()),
            _ => None,
        };
        let first = direct.unwrap_or_else(|| {
            let target = self.targets(initial);
            states.insert(START.to_owned(), json!({ "always": { "target": target } }));
            START.to_owned()
        });
        (first, states)
    }

    fn state(&mut self, ix: StateIx, state: &State) -> Json {
        let mut config = Map::new();
        match self.definition.chart.shape(ix) {
            Shape::History { deep, default } => {
                let history = if *deep { "deep" } else { "shallow" };
                config.insert("type".to_owned(), json!("history"));
                config.insert("history".to_owned(), json!(history));
                config.insert("target".to_owned(), self.targets(default));
                return Json::Object(config);
            }
            Shape::Final => drop(config.insert("type".to_owned(), json!("final"))),
            Shape::Parallel => {
                config.insert("type".to_owned(), json!("parallel"));
                let (_, states) = self.regions(ix);
                config.insert("states".to_owned(), Json::Object(states));
            }
            Shape::Compound { initial } => {
                let (first, states) = self.level(Some(ix), initial);
                config.insert("initial".to_owned(), json!(first));
                config.insert("states".to_owned(), Json::Object(states));
            }
            Shape::Leaf => {}
        }
        config.insert("description".to_owned(), json!(state.title.zh));
        config.insert("tags".to_owned(), json!([state.phase]));
        let mut on = Map::new();
        for (event, branches) in &state.transitions {
            let list: Vec<Json> = branches
                .iter()
                .flat_map(|branch| self.branch(ix, event, branch))
                .collect();
            match event.as_str() {
                DONE => drop(config.insert("onDone".to_owned(), Json::Array(list))),
                ALWAYS => drop(config.insert("always".to_owned(), Json::Array(list))),
                event => drop(on.insert(event.to_owned(), Json::Array(list))),
            }
        }
        if !on.is_empty() {
            config.insert("on".to_owned(), Json::Object(on));
        }
        for (key, effects) in [("entry", &state.enter), ("exit", &state.leave)] {
            if !effects.is_empty() {
                config.insert(key.to_owned(), effects.iter().map(action).collect());
            }
        }
        config.insert("meta".to_owned(), self.meta(ix, state));
        Json::Object(config)
    }

    /// Regions have no first one.
    fn regions(&mut self, ix: StateIx) -> (String, Map<String, Json>) {
        let definition = self.definition;
        let inside =
            indexed(definition).filter(|(own, _)| definition.chart.node(*own).and_then(|n| n.parent) == Some(ix));
        let inside: Vec<(StateIx, &State)> = inside.collect();
        let states = inside
            .into_iter()
            .map(|(ix, state)| (key(state).to_owned(), self.state(ix, state)));
        (String::new(), states.collect())
    }

    /// A branch; with one after it that keeps the event from others where the branch requires something.
    fn branch(&mut self, from: StateIx, event: &str, branch: &Branch) -> Vec<Json> {
        let sent = cause(self.definition, event) == Cause::Person;
        let when = branch.when.as_ref().map(|guard| guard.source().to_owned());
        let required = branch
            .requires
            .iter()
            .map(|requirement| requirement.guard.source().to_owned());
        let all: Vec<String> = when.iter().cloned().chain(required).collect();
        let mut taken = Map::new();
        if let Some(guard) = self.guard(&all) {
            taken.insert("guard".to_owned(), json!(guard));
        }
        if !branch.to.is_empty() {
            taken.insert("target".to_owned(), self.targets(&branch.to));
            let inside = branch.to.iter().all(|to| self.definition.inside(*to, from));
            if inside && !branch.internal {
                taken.insert("reenter".to_owned(), json!(true));
            }
        }
        let common = self.definition.events.get(event).map(|event| event.effects.as_slice());
        let effects = common.unwrap_or_default().iter().chain(&branch.effects);
        let actions: Vec<Json> = effects.map(action).collect();
        if !actions.is_empty() {
            taken.insert("actions".to_owned(), Json::Array(actions));
        }
        let mut list = vec![Json::Object(taken)];
        if sent && !branch.requires.is_empty() {
            let codes: Vec<&str> = branch
                .requires
                .iter()
                .map(|requirement| requirement.code.as_str())
                .collect();
            let mut refused = Map::new();
            if let Some(guard) = self.guard(&when.into_iter().collect::<Vec<_>>()) {
                refused.insert("guard".to_owned(), json!(guard));
            }
            refused.insert("meta".to_owned(), json!({ "refused": codes }));
            list.push(Json::Object(refused));
        }
        list
    }

    /// The name of the guard that several conditions make together.
    fn guard(&mut self, sources: &[String]) -> Option<String> {
        let source = match sources {
            [] => return None,
            [one] => one.clone(),
            several => several
                .iter()
                .map(|one| format!("({one})"))
                .collect::<Vec<_>>()
                .join(" && "),
        };
        let known = self
            .guards
            .iter()
            .find(|(_, known)| known.as_str() == Some(source.as_str()));
        if let Some((name, _)) = known {
            return Some(name.clone());
        }
        let name = format!("guard{}", self.guards.len() + 1);
        self.guards.insert(name.clone(), Json::String(source));
        Some(name)
    }

    fn targets(&self, targets: &[StateIx]) -> Json {
        let path = |ix: &StateIx| {
            let state = self.definition.at(*ix)?;
            Some(format!("#{}.{}", self.definition.key, state.id))
        };
        let mut paths: Vec<String> = targets.iter().filter_map(path).collect();
        if paths.len() == 1 {
            return paths.pop().map_or(Json::Null, Json::String);
        }
        json!(paths)
    }

    fn meta(&self, ix: StateIx, state: &State) -> Json {
        let owner = match &state.owner {
            Owner::Roles(roles) => json!(roles),
            Owner::Nobody(_) => json!([]),
        };
        let mut meta = json!({ "title": state.title, "phase": state.phase, "owner": owner });
        let clocks: Vec<Json> = self
            .definition
            .clocks
            .iter()
            .filter(|(_, clock)| clock.runs_in.contains(&ix))
            .map(|(name, clock)| clock_meta(name, clock))
            .collect();
        let suspended = self.definition.clocks.iter().filter_map(|(name, clock)| {
            let (_, cause) = clock.suspended_in.iter().find(|(state, _)| *state == ix)?;
            Some(json!({ "clock": name, "cause": cause }))
        });
        let suspended: Vec<Json> = suspended.collect();
        if let Some(meta) = meta.as_object_mut() {
            if !clocks.is_empty() {
                meta.insert("clocks".to_owned(), Json::Array(clocks));
            }
            if !suspended.is_empty() {
                meta.insert("suspended".to_owned(), Json::Array(suspended));
            }
            if let Some(outcome) = &state.outcome {
                meta.insert("outcome".to_owned(), json!(outcome));
            }
        }
        meta
    }
}

/// The last part of a state's path: its key among its siblings.
fn key(state: &State) -> &str {
    state.id.rsplit('.').next().unwrap_or_default()
}

fn clock_meta(name: &str, clock: &ClockRule) -> Json {
    let within = match &clock.length {
        Length::Period(period) => json!({ "within": period.to_string() }),
        Length::Until(field) => json!({ "until": field }),
    };
    let mut meta = json!({
        "clock": name,
        "title": clock.title,
        "law": clock.law,
        "duty": clock.duty,
        "force": clock.force,
    });
    if let (Some(meta), Json::Object(within)) = (meta.as_object_mut(), within) {
        meta.extend(within);
        if clock.waits {
            meta.insert("waits".to_owned(), json!(true));
        }
        if let Some(expiry) = &clock.expiry {
            meta.insert("expiry".to_owned(), json!(expiry));
        }
    }
    meta
}

/// An effect as a named action with what it needs.
fn action(rule: &EffectRule) -> Json {
    let named = |name: &str, params: Json| json!({ "type": name, "params": params });
    match rule {
        EffectRule::Notify { to, notice } => named("notify", json!({ "to": to, "notice": notice })),
        EffectRule::Escalate { to, notice } => named("escalate", json!({ "to": to, "notice": notice })),
        EffectRule::Document { kind } => named("document", json!({ "kind": kind })),
        EffectRule::Publish { kind } => named("publish", json!({ "kind": kind })),
        EffectRule::Withdraw { kind } => named("withdraw", json!({ "kind": kind })),
        EffectRule::MoveTo { field } => named("move_to", json!({ "field": field })),
        EffectRule::ReturnToIntake => named("return_to_intake", json!({})),
        EffectRule::Assign {
            role,
            field,
            additional: false,
        } => named("assign", json!({ "role": role, "field": field })),
        EffectRule::Assign { role, field, .. } => {
            named("assign", json!({ "role": role, "field": field, "additional": true }))
        }
        EffectRule::Delegate { role, field } => named("delegate", json!({ "role": role, "field": field })),
        EffectRule::Release { role } => named("release", json!({ "role": role })),
        EffectRule::Exclude { role } => named("exclude", json!({ "role": role })),
        EffectRule::Open { procedure, link, .. } => named("open", json!({ "procedure": procedure, "link": link })),
        EffectRule::CallOff { subcase } => named("call_off", json!({ "subcase": subcase })),
        EffectRule::Keep { role } => named("keep", json!({ "role": role })),
        EffectRule::Extend { clock } => named("extend", json!({ "clock": clock })),
        EffectRule::Set { field, value } => named("set", json!({ "field": field, "value": value })),
        EffectRule::Clear { field } => named("clear", json!({ "field": field })),
        EffectRule::Raise { event } => named(&format!("raise.{event}"), json!({ "event": event })),
    }
}
