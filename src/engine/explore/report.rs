//! From the states of a procedure to what is wrong with it, each with the shortest way there.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Finding,
    domain::SUBSETS,
    graph::{Fault, Graph, Spot},
    interface::Interface,
    machine::Machine,
    outcome::Outcome,
    packed::Packed,
    steps::{Label, Steps},
    story,
};
use crate::{
    chart::Shape,
    definition::model::{Definition, Event, FieldKind, Needed, State, StateIx},
    diagnostic::{Diagnostic, Severity},
};

/// Everything that is wrong with a procedure.
pub(super) fn diagnose(machine: &Machine<'_>, children: &[Option<Interface>], graph: &Graph) -> Vec<Finding> {
    let mut report = Report {
        definition: machine.definition,
        steps: Steps { machine, children },
        graph,
        found: Vec::new(),
    };
    report.costly();
    report.coarse();
    // Where steps were left out, a case seems to be stuck that is not.
    if !machine.incomplete {
        report.endings();
        report.faults();
    }
    if !graph.bounded {
        report.never();
    }
    report.found
}

struct Report<'r, 'p> {
    definition: &'p Definition,
    steps: Steps<'r, 'p>,
    graph: &'r Graph,
    found: Vec<Finding>,
}

/// What is said of a finding, the mending apart.
struct Said {
    severity: Severity,
    code: &'static str,
    line: u32,
    path: String,
    message: String,
}

fn error(code: &'static str, line: u32, path: String, message: String) -> Said {
    Said {
        severity: Severity::Error,
        code,
        line,
        path,
        message,
    }
}

fn warning(code: &'static str, line: u32, path: String, message: String) -> Said {
    Said {
        severity: Severity::Warning,
        ..error(code, line, path, message)
    }
}

/// A state that was the first of its position to have a fault.
type ByPosition = BTreeMap<usize, usize>;

impl Report<'_, '_> {
    /// Notes a finding; one that has a way there tells it, in words and as a story.
    fn say(&mut self, finding: Said, mend: &str, spot: Option<(usize, Option<Label>)>) {
        let way = spot.map(|(state, more)| self.way(state, more));
        let mend = match way {
            Some(way) => format!("{mend}; {way}"),
            None => mend.to_owned(),
        };
        let diagnostic = Diagnostic {
            file: self.definition.file.clone(),
            line: finding.line,
            column: 0,
            code: finding.code,
            severity: finding.severity,
            path: finding.path,
            message: finding.message,
            mend,
        };
        let story = spot.map(|(state, more)| {
            let words = |label| self.word(label);
            story::tell(&self.steps, self.graph, state, more, &words)
        });
        self.found.push(Finding { diagnostic, story });
    }

    fn closed(&self, state: usize) -> bool {
        let packed = self.graph.states.get_index(state);
        packed
            .and_then(|packed| self.steps.place(packed))
            .is_some_and(|place| place.closed)
    }

    fn position(&self, state: usize) -> usize {
        self.graph
            .states
            .get_index(state)
            .map_or(usize::MAX, |packed| self.steps.position(packed))
    }

    /// Leaves of a position, those that wait before those that are done.
    fn leaves(&self, position: usize) -> Vec<&State> {
        let Some(position) = self.steps.machine.positions.get_index(position) else {
            return Vec::new();
        };
        let chart = &self.definition.chart;
        let mut leaves: Vec<StateIx> = chart.leaves(position).collect();
        leaves.sort_by_key(|ix| *chart.shape(*ix) == Shape::Final);
        leaves.into_iter().filter_map(|ix| self.definition.at(ix)).collect()
    }

    fn place(&self, position: usize) -> (u32, String, String) {
        let leaves = self.leaves(position);
        let names: Vec<String> = leaves.iter().map(|state| format!("`{}`", state.id)).collect();
        match leaves.first() {
            Some(first) => (first.line, format!("states.{}", first.id), names.join(" with ")),
            None => (1, "filing".to_owned(), "the filing".to_owned()),
        }
    }

    /// The shortest way to a state, and one more step from there.
    fn way(&self, state: usize, more: Option<Label>) -> String {
        let state = u32::try_from(state).unwrap_or(u32::MAX);
        let labels = self.graph.way(state).into_iter().map(|(_, label)| label);
        let mut words = vec!["filing".to_owned()];
        words.extend(
            labels
                .chain(more.filter(|l| *l != Label::Filed))
                .map(|label| self.word(label)),
        );
        format!("shortest way: {}", words.join("; "))
    }

    fn word(&self, label: Label) -> String {
        let clock = |i: u16| {
            self.definition
                .clocks
                .get_index(usize::from(i))
                .map_or("", |(name, _)| name)
        };
        let alias = |i: u16| self.definition.subcases.get_index(usize::from(i));
        let name = |i: u16| alias(i).map_or("", |(name, _)| name.as_str());
        match label {
            Label::Filed => "filing".to_owned(),
            Label::Sent(event) => match self.steps.machine.event(event) {
                Some((name, event)) => format!("{name} ({})", event.by.first().map_or("", String::as_str)),
                None => String::new(),
            },
            Label::Expired(number) => format!("clock {} expires", clock(number)),
            Label::Ended(number, route) => {
                let outcome = alias(number).and_then(|(_, s)| s.outcomes.get_index(usize::from(route)));
                let outcome = outcome.map_or("", |(outcome, _)| outcome.as_str());
                format!("subcase {} ends as {outcome}", name(number))
            }
            Label::EndedUnheard(number) => format!("subcase {} ends", name(number)),
            Label::Entered(number, route) => {
                let state = alias(number).and_then(|(_, s)| s.mirrors.get_index(usize::from(route)));
                let state = state.map_or("", |(state, _)| state.as_str());
                format!("subcase {} enters {state}", name(number))
            }
            Label::WentOn(number) => format!("subcase {} goes on", name(number)),
            Label::HeardOff(number) => format!("subcase {} is called off", name(number)),
            Label::CalledOff => "the case is called off".to_owned(),
        }
    }

    /// Events that nobody can foresee.
    fn costly(&mut self) {
        let definition = self.definition;
        for name in &self.steps.machine.costly {
            let line = definition.events.get(name).map_or(1, |event| event.line);
            let message = format!("`{name}` depends on more combinations of facts than can be tried");
            let finding = warning("WF115", line, format!("events.{name}"), message);
            self.say(finding, "let fewer conditions decide, or decide in two steps", None);
        }
    }

    /// Fields of which not everything that conditions tell apart is tried.
    fn coarse(&mut self) {
        let (definition, machine) = (self.definition, self.steps.machine);
        for (name, domain) in machine.vars.fields.iter().filter(|(_, domain)| !domain.is_whole()) {
            let Some(field) = definition.fields.get(name) else {
                continue;
            };
            let apart = domain.told_apart();
            let (message, mend) = match field.kind {
                FieldKind::Choices(_) => (
                    format!(
                        "conditions tell {apart} options of `{name}` apart; of more than {SUBSETS} not every combination is tried, so nothing is proved of the others"
                    ),
                    "split the field, or let conditions ask for several options as one (`'a' in data.f || 'b' in data.f`)",
                ),
                _ => (
                    format!("conditions tell more values of `{name}` apart than can be tried ({apart} are named)"),
                    "compare it with fewer values or fields, or record in a field of its own what follows from it",
                ),
            };
            let finding = warning("WF115", field.line, format!("fields.{name}"), message);
            self.say(finding, mend, None);
        }
    }

    /// States that a case cannot leave, or from which it cannot be closed.
    fn endings(&mut self) {
        let alone = |label: Label| label != Label::CalledOff;
        let known = self.graph.expanded();
        let backward = self.graph.backward(alone);
        let good = backward.reaching(|i| self.closed(i) || i >= known || self.waits_for_unseen(i));
        let stuck = |i: usize| good.get(i) == Some(&false);
        let dead = |i: usize| i < known && stuck(i) && !self.graph.after(i).iter().any(|(_, label)| alone(*label));
        // A sound procedure has none that is stuck, and no more need be asked.
        let to_dead = if (0..known).any(stuck) {
            backward.reaching(dead)
        } else {
            Vec::new()
        };
        let mut ends = ByPosition::new();
        let mut circles = ByPosition::new();
        for state in (0..known).filter(|i| stuck(*i)) {
            if dead(state) {
                ends.entry(self.position(state)).or_insert(state);
            } else if to_dead.get(state) == Some(&false) {
                circles.entry(self.position(state)).or_insert(state);
            }
        }
        for (position, state) in ends {
            self.dead_end(position, state);
        }
        for (position, state) in circles {
            let (line, path, names) = self.place(position);
            let message = format!("a case in {names} goes in circles and can never be closed");
            let mend = "add a way from here to a state with `outcome:`";
            self.say(error("WF202", line, path, message), mend, Some((state, None)));
        }
        self.only_late(&good);
    }

    /// Whether a case waits for another of which not all was explored: how that may end is not known.
    fn waits_for_unseen(&self, state: usize) -> bool {
        let Some(packed) = self.graph.states.get_index(state) else {
            return false;
        };
        let children = self.steps.children;
        let mut waiting = self.steps.waiting_for(packed);
        waiting.any(|alias| {
            let child = children.get(usize::from(alias)).and_then(Option::as_ref);
            child.is_some_and(|child| child.bounded)
        })
    }

    fn dead_end(&mut self, position: usize, state: usize) {
        let (line, path, names) = self.place(position);
        let waiting = self
            .graph
            .states
            .get_index(state)
            .map(|packed| self.steps.waiting_for(packed).collect());
        let waiting: Vec<u16> = waiting.unwrap_or_default();
        let alias = waiting
            .first()
            .and_then(|alias| self.definition.subcases.get_index(usize::from(*alias)));
        if let Some((alias, subcase)) = alias {
            let message = format!(
                "a case in {names} waits for subcase `{alias}`, and that can end no more: `{}` waits for this case",
                subcase.procedure
            );
            let mend = "give one of the two a clock or an event that leads on";
            self.say(error("WF305", line, path, message), mend, Some((state, None)));
            return;
        }
        let message = format!("a case in {names} is stuck: no event, clock or subcase leads on");
        let mend = "add an event that can be sent there whatever the facts, or a clock";
        self.say(error("WF201", line, path, message), mend, Some((state, None)));
    }

    /// Positions from which no case is closed but by a clock that expires or by a withdrawal.
    fn only_late(&mut self, good: &[bool]) {
        let events = &self.definition.events;
        let withdrawal = |event: u16| {
            let name = events.get_index(usize::from(event)).map_or("", |(name, _)| name);
            name == "withdraw" || name.starts_with("withdraw_")
        };
        let work = |label: Label| match label {
            Label::Expired(_) | Label::CalledOff => false,
            Label::Sent(event) => !withdrawal(event),
            _ => true,
        };
        let known = self.graph.expanded();
        let late_only = |label: Label| label != Label::CalledOff && !work(label);
        let worked = if self.graph.has_step(late_only) {
            self.graph.backward(work).reaching(|i| self.closed(i) || i >= known)
        } else {
            good.to_vec()
        };
        let mut late = ByPosition::new();
        let mut fine = BTreeSet::new();
        for state in (0..known).filter(|i| good.get(*i) == Some(&true)) {
            if worked.get(state) == Some(&true) {
                fine.insert(self.position(state));
            } else {
                late.entry(self.position(state)).or_insert(state);
            }
        }
        for (position, state) in late.into_iter().filter(|(position, _)| !fine.contains(position)) {
            let (line, path, names) = self.place(position);
            let message = format!("a case in {names} is closed by nothing but a clock that expires or a withdrawal");
            let mend = "add an event by which somebody can finish it";
            self.say(warning("WF202", line, path, message), mend, Some((state, None)));
        }
    }

    fn faults(&mut self) {
        let graph = self.graph;
        let mut told = BTreeSet::new();
        for ((fault, position), spot) in &graph.faults {
            let leaf = self.place(*position);
            // What a state lacks is said once, whatever the states beside it.
            let around = match fault {
                Fault::WaitsOn(..) => String::new(),
                _ => leaf.1.clone(),
            };
            if told.insert((fault.clone(), around)) {
                self.fault(fault, &leaf.2, *spot);
            }
        }
    }

    fn waits_on(&mut self, label: Label, state: StateIx, way: Option<(usize, Option<Label>)>) {
        let definition = self.definition;
        let Label::Ended(alias, route) = label else { return };
        let subcase = definition.subcases.get_index(usize::from(alias));
        let heard = subcase.and_then(|(name, subcase)| Some((name, subcase.outcomes.get_index(usize::from(route))?)));
        let (Some((name, (outcome, event))), Some(state)) = (heard, definition.at(state)) else {
            return;
        };
        let message = format!(
            "`{}` waits for `{name}` and has no branch for `{event}`: where it ends as `{outcome}`, the case stays there",
            state.id
        );
        let mend = format!("add `{event}: STATE` to its events, or `{event}:` with nothing if it is to stay");
        let path = format!("states.{}.events", state.id);
        self.say(warning("WF302", state.line, path, message), &mend, way);
    }

    fn fault(&mut self, fault: &Fault, names: &str, spot: Spot) {
        let definition = self.definition;
        let way = Some((spot.before as usize, Some(spot.label)));
        let subcase = |alias: u16| definition.subcases.get_index(usize::from(alias));
        match fault {
            Fault::Unnoticed(Label::Expired(number)) => {
                let Some((name, clock)) = definition.clocks.get_index(usize::from(*number)) else {
                    return;
                };
                let event = clock.expiry.as_deref().unwrap_or_default();
                let message = format!("clock `{name}` can expire in {names}, where nobody handles `{event}`");
                let finding = error("WF404", clock.line, format!("clocks.{name}"), message);
                self.say(finding, "handle the event in that state, or give it effects", way);
            }
            Fault::Unnoticed(label @ (Label::Ended(alias, _) | Label::Entered(alias, _))) => {
                let Some((name, subcase)) = subcase(*alias) else { return };
                let (list, route) = match label {
                    Label::Ended(_, route) => ("outcomes", subcase.outcomes.get_index(usize::from(*route))),
                    Label::Entered(_, route) => ("mirrors", subcase.mirrors.get_index(usize::from(*route))),
                    _ => return,
                };
                let Some((key, event)) = route else { return };
                let line = subcase
                    .lines
                    .get(&format!("{list}.{key}"))
                    .copied()
                    .unwrap_or(subcase.line);
                let owed = list == "outcomes" && !subcase.detached;
                let severity = if owed { Severity::Error } else { Severity::Warning };
                let message = format!("`{key}` of `{name}` can arrive in {names}, where nobody handles `{event}`");
                let path = format!("subcases.{name}.{list}.{key}");
                let finding = Said {
                    severity,
                    ..error("WF302", line, path, message)
                };
                let mend = "add a branch for the event to that state, or give the event effects";
                self.say(finding, mend, way);
            }
            Fault::WaitsOn(label, state) => self.waits_on(*label, *state, way),
            Fault::Unnoticed(_) => {
                let event = definition.called_off.clone().unwrap_or_default();
                let line = definition.events.get(&event).map_or(1, |e| e.line);
                let message = format!("a case in {names} does not notice that it is called off");
                let mend = format!("handle `{event}` there, or give it effects");
                self.say(warning("WF304", line, "called_off".to_owned(), message), &mend, way);
            }
            Fault::LeftOpen(alias) => {
                let Some((name, subcase)) = subcase(*alias) else { return };
                let message = format!("the case can be closed from {names} while subcase `{name}` goes on");
                let mend = format!("add `call_off: {name}` on the way, or write `detached: true`");
                let finding = error("WF304", subcase.line, format!("subcases.{name}"), message);
                self.say(finding, &mend, way);
            }
            Fault::Unbounded(number) => {
                let Some((name, clock)) = definition.clocks.get_index(usize::from(*number)) else {
                    return;
                };
                let message =
                    format!("clock `{name}` can stand still for ever: it is suspended and no other clock runs");
                let finding = error("WF405", clock.line, format!("clocks.{name}"), message);
                self.say(finding, "give the suspending state a clock of its own", way);
            }
            Fault::Unmade(label, kind) => {
                let (what, line) = self.at(*label);
                let message = format!("`{what}` publishes `{kind}` in {names}, and none was made on the way there");
                let mend = "make it with `document:` before, in the event itself or on every way to it";
                self.say(error("WF509", line, format!("events.{what}"), message), mend, way);
            }
            Fault::Missing(label, field) => {
                let (what, line) = self.at(*label);
                let message =
                    format!("`{what}` cannot happen in {names} when `{field}` has no value, which an effect needs");
                let mend = "ask for the field in the form of the event, or guard the effect by has()";
                self.say(error("WF112", line, format!("events.{what}"), message), mend, way);
            }
        }
    }

    /// What happened, and the line of its event if somebody sent it.
    fn at(&self, label: Label) -> (String, u32) {
        let event = match label {
            Label::Sent(event) => self.steps.machine.event(event),
            _ => None,
        };
        event.map_or_else(|| (self.word(label), 1), |(name, event)| (name.clone(), event.line))
    }

    /// Documents that no case has wherever it knows an event that needs them.
    fn unmade(&mut self, number: u16, name: &str, event: &Event) -> bool {
        let states = self.graph.states.iter().enumerate();
        let knows = |state: &Packed| {
            let place = self.steps.place(state);
            place.is_some_and(|place| place.sends.iter().any(|sending| sending.event == number))
        };
        let there: Vec<(usize, &Packed)> = states.filter(|(_, state)| knows(state)).collect();
        let Some((first, _)) = there.first().copied() else {
            return false;
        };
        let variables = &self.steps.machine.vars;
        let lacking = event.needs.iter().filter(|needed| {
            let kind = variables.document(&needed.kind);
            kind.is_some_and(|kind| !there.iter().any(|(_, state)| self.steps.made(state, kind)))
        });
        let lacking: Vec<&Needed> = lacking.collect();
        for needed in &lacking {
            let message = format!("`{name}` needs `{}`, and no step can make it before", needed.kind);
            let finding = error("WF501", needed.line, format!("events.{name}.needs"), message);
            let mend = "make it with `document:` in an event on the way there, or need nothing";
            self.say(finding, mend, Some((first, None)));
        }
        !lacking.is_empty()
    }

    /// What no case ever comes to.
    fn never(&mut self) {
        let definition = self.definition;
        let machine = self.steps.machine;
        let mut taken: BTreeSet<(StateIx, usize)> = BTreeSet::new();
        for number in self.graph.seen.numbers() {
            if let Some(Outcome::Goes(change)) = machine.outcomes.get_index(number) {
                taken.extend(&change.taken);
            }
        }
        let mut silent = BTreeSet::new();
        for (number, (name, event)) in definition.events.iter().enumerate() {
            let used = definition
                .states
                .iter()
                .any(|state| state.transitions.contains_key(name));
            let sent = self.graph.sent.contains(number);
            if !used || event.by.is_empty() || sent {
                continue;
            }
            silent.insert(name.as_str());
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            if self.unmade(number, name, event) {
                continue;
            }
            let message = format!("no case ever comes to where `{name}` can be sent");
            let finding = error("WF204", event.line, format!("events.{name}"), message);
            self.say(
                finding,
                "mend the requirements of its branches, or remove the event",
                None,
            );
        }
        for (ix, state) in definition.states.iter().enumerate() {
            let ix = StateIx(u16::try_from(ix).unwrap_or(u16::MAX));
            let all = state
                .transitions
                .iter()
                .flat_map(|(event, list)| list.iter().map(move |b| (event, b)));
            for (number, (event, branch)) in all.enumerate() {
                if taken.contains(&(ix, number)) || silent.contains(event.as_str()) {
                    continue;
                }
                let message = format!(
                    "this branch of `{event}` in `{}` is never taken, whatever the facts",
                    state.id
                );
                let path = format!("states.{}.events.{event}", state.id);
                let finding = error("WF204", branch.line, path, message);
                self.say(finding, "mend its conditions, or remove it", None);
            }
        }
        for (number, (name, clock)) in definition.clocks.iter().enumerate() {
            if !self.graph.ran.contains(number) {
                let message = format!("clock `{name}` never runs");
                let mend = "let it run in a state that cases come to, and set the field of `until:` before";
                self.say(
                    error("WF404", clock.line, format!("clocks.{name}"), message),
                    mend,
                    None,
                );
            }
        }
    }
}
