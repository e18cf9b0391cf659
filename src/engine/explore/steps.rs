//! From one state of the exploration to all that can follow: what people send, clocks that expire, cases that report back.

use super::{
    domain::{ABSENT, Set},
    interface::Interface,
    machine::{Machine, Place},
    outcome::{Move, Outcome},
    packed::{Packed, Slot},
    trial::{Node, NodeIx},
    variables::{Standing, Var, Variables},
};
use crate::definition::model::EffectRule;

/// Answers to whether a document was made.
const NOT_MADE: u64 = 0b01;
const MADE: u64 = 0b10;

/// What made a step happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Label {
    /// The filing.
    Filed,
    /// Somebody sent the event of this number.
    Sent(u16),
    /// The clock of this number expired.
    Expired(u16),
    /// The subcase came to the outcome that stands there under `outcomes`.
    Ended(u16, u16),
    /// The subcase came to an outcome that is not under `outcomes`.
    EndedUnheard(u16),
    /// The subcase entered the state that stands there under `mirrors`.
    Entered(u16, u16),
    /// The subcase went on by itself.
    WentOn(u16),
    /// The subcase heard that it is called off.
    HeardOff(u16),
    /// The case that opened this one calls it off.
    CalledOff,
}

/// A step that was found.
pub(super) struct Found<'o> {
    pub(super) label: Label,
    /// The state before it, its facts narrowed to those under which it happens.
    pub(super) narrowed: &'o Packed,
    pub(super) to: Packed,
    /// What the kernel said, where it ran.
    pub(super) outcome: Option<(u32, &'o Outcome)>,
}

/// Steps of one procedure with the subcases that it waits for.
pub(super) struct Steps<'m, 'p> {
    pub(super) machine: &'m Machine<'p>,
    /// How each subcase can go, in the order of the file; none for detached ones.
    pub(super) children: &'m [Option<Interface>],
}

impl Steps<'_, '_> {
    /// The states right after the filing.
    pub(super) fn first(&self, visit: &mut impl FnMut(Found<'_>)) {
        let machine = self.machine;
        let answers = machine.answers(machine.definition.filing.form());
        let mut state = Packed::default();
        for (_, slot) in slots(&machine.slots.fields) {
            state.put(slot, ABSENT);
        }
        for (field, slot) in slots(&machine.slots.fields) {
            let asked = answers.iter().find(|(f, _)| *f == field);
            let values = match asked {
                Some((_, required)) => {
                    let values = self.answer(&state, field, &answers);
                    if *required { values } else { values | ABSENT }
                }
                None => ABSENT,
            };
            state.put(slot, values);
        }
        for (role, slot) in slots(&machine.slots.held) {
            state.put(slot, self.held_at_first(role));
        }
        for (_, slot) in slots(&machine.slots.made) {
            state.put(slot, NOT_MADE);
        }
        for class in 0..machine.dates.len() {
            let mut state = state;
            put(&mut state, machine.slots.dates, class as u64);
            self.walk(machine.begin, &state, Label::Filed, visit);
        }
    }

    /// Roles that this procedure gives are nobody's at first; others may be held or not.
    fn held_at_first(&self, role: u16) -> u64 {
        let definition = self.machine.definition;
        let name = self.machine.vars.held.get_index(usize::from(role));
        let gives = |effect: &EffectRule| match effect {
            EffectRule::Assign { role, .. } | EffectRule::Delegate { role, .. } | EffectRule::Keep { role } => {
                Some(role) == name
            }
            _ => false,
        };
        let filer = definition.filers().any(|filer| Some(filer) == name);
        if !filer && definition.effects().any(gives) {
            0b01
        } else {
            0b11
        }
    }

    /// All states after one.
    pub(super) fn after(&self, state: &Packed, visit: &mut impl FnMut(Found<'_>)) {
        let Some(place) = self.place(state) else { return };
        for sending in &place.sends {
            let state = self.answered(state, &sending.answers);
            self.walk(sending.tree, &state, Label::Sent(sending.event), visit);
        }
        if place.closed {
            return;
        }
        self.expiries(state, place, visit);
        for alias in 0..self.machine.definition.subcases.len() {
            let alias = u16::try_from(alias).unwrap_or(u16::MAX);
            self.subcase(state, place, alias, visit);
        }
        if let Some(tree) = self.machine.called_off.and_then(|event| place.hears.get(&event)) {
            self.walk(*tree, state, Label::CalledOff, visit);
        }
    }

    pub(super) fn place(&self, state: &Packed) -> Option<&Place> {
        self.machine.places.get(self.position(state))
    }

    /// Number of the position of a state.
    pub(super) fn position(&self, state: &Packed) -> usize {
        let slot = self.machine.slots.position;
        slot.map_or(0, |slot| usize::try_from(state.get(slot)).unwrap_or(usize::MAX))
    }

    /// Where a clock stands.
    pub(super) fn standing(&self, state: &Packed, clock: u16) -> Standing {
        let slot = self.machine.slots.clocks.get(usize::from(clock)).copied().flatten();
        Standing::of(slot.map_or(0, |slot| state.get(slot)))
    }

    /// The state with what a form may have been answered. What is answered is known before conditions are read.
    fn answered(&self, state: &Packed, answers: &[(u16, bool)]) -> Packed {
        let mut state = *state;
        for (field, required) in answers {
            let Some(slot) = self.machine.slots.fields.get(usize::from(*field)).copied().flatten() else {
                continue;
            };
            let present = self.answer(&state, *field, answers);
            let before = if *required { 0 } else { state.get(slot) };
            state.put(slot, before | present);
        }
        state
    }

    /// What a field may be answered. While those that it is compared with may have no value, that leaves room for them: there is
    /// always a greater sum, and an earlier and a later day for each of a row.
    fn answer(&self, before: &Packed, field: u16, answers: &[(u16, bool)]) -> Set {
        let vars = &self.machine.vars;
        let Some(domain) = vars.domain(field) else { return 0 };
        let unknown = |other: &u16| {
            let slot = self.machine.slots.fields.get(usize::from(*other)).copied().flatten();
            slot.is_none_or(|slot| before.get(slot) & ABSENT != 0) && answers.iter().all(|(asked, _)| asked != other)
        };
        domain.leaving_room(if domain.is_open_below() && vars.others(field) > 1 {
            still_open(vars, field, unknown)
        } else {
            usize::from(vars.beside(field).iter().all(unknown))
        })
    }

    fn expiries(&self, state: &Packed, place: &Place, visit: &mut impl FnMut(Found<'_>)) {
        for (clock, tree) in &place.expiries {
            if self.standing(state, *clock) != Standing::Running {
                continue;
            }
            let mut expired = *state;
            let slot = self.machine.slots.clocks.get(usize::from(*clock)).copied().flatten();
            put(&mut expired, slot, Standing::Expired.number());
            let label = Label::Expired(*clock);
            match tree.filter(|_| self.last_of_group(state, *clock)) {
                Some(tree) => self.walk(tree, &expired, label, visit),
                None => {
                    expired.forget(&place.forgets);
                    visit(Found {
                        label,
                        narrowed: state,
                        to: expired,
                        outcome: None,
                    });
                }
            }
        }
    }

    /// Whether no other clock of the group is still open: expiry comes with the last.
    fn last_of_group(&self, state: &Packed, clock: u16) -> bool {
        let mut others = self.machine.groups.get(usize::from(clock)).into_iter().flatten();
        !others.any(|other| matches!(self.standing(state, *other), Standing::Running | Standing::Suspended))
    }

    /// What a subcase does: it goes on, hears that it is called off, and what it has to tell arrives.
    fn subcase(&self, state: &Packed, place: &Place, alias: u16, visit: &mut impl FnMut(Found<'_>)) {
        let slots = self
            .machine
            .slots
            .subcases
            .get(usize::from(alias))
            .copied()
            .unwrap_or_default();
        let Some(telling) = self.machine.tellings.get(usize::from(alias)) else {
            return;
        };
        let class = slots.class.map_or(0, |slot| state.get(slot));
        if class == 0 {
            return;
        }
        let told = |event: u16, state: &Packed, label: Label, visit: &mut dyn FnMut(Found<'_>)| {
            if let Some(tree) = place.hears.get(&event) {
                let state = self.answered(state, &telling.brings);
                self.walk(*tree, &state, label, &mut |found| visit(found));
            }
        };
        let Some(child) = self.children.get(usize::from(alias)).and_then(Option::as_ref) else {
            self.whatever(state, place, alias, visit);
            return;
        };
        let mirrored = slots.mirrored.map_or(0, |slot| state.get(slot));
        for (route, event) in numbered(&telling.mirrors) {
            if mirrored & (1 << route) != 0 {
                let mut heard = *state;
                put(&mut heard, slots.mirrored, mirrored & !(1 << route));
                told(event, &heard, Label::Entered(alias, route), visit);
            }
        }
        let Some(now) = child.class(class - 1) else { return };
        let become_class = |moves: &[(u16, u16)], label: Label, off: u64, visit: &mut dyn FnMut(Found<'_>)| {
            for (class, entered) in moves {
                let mut to = *state;
                put(&mut to, slots.class, u64::from(*class) + 1);
                put(&mut to, slots.mirrored, mirrored | u64::from(*entered));
                put(&mut to, slots.off, off);
                visit(Found {
                    label,
                    narrowed: state,
                    to,
                    outcome: None,
                });
            }
        };
        let off = slots.off.map_or(0, |slot| state.get(slot));
        if let Some(ended) = now.ended {
            if mirrored == 0 {
                let mut heard = *state;
                put(&mut heard, slots.class, 0);
                put(&mut heard, slots.off, 0);
                match ended.and_then(|route| Some((route, *telling.outcomes.get(usize::from(route))?))) {
                    Some((route, event)) => told(event, &heard, Label::Ended(alias, route), visit),
                    None => visit(Found {
                        label: Label::EndedUnheard(alias),
                        narrowed: state,
                        to: heard,
                        outcome: None,
                    }),
                }
            }
            return;
        }
        become_class(&now.next, Label::WentOn(alias), off, visit);
        if off == 1 {
            become_class(&now.called_off, Label::HeardOff(alias), 2, visit);
        }
    }

    /// What a detached case that was opened may tell: it goes its own way, so all of that can come at any time.
    pub(super) fn whatever(&self, state: &Packed, place: &Place, alias: u16, visit: &mut impl FnMut(Found<'_>)) {
        let Some(telling) = self.machine.tellings.get(usize::from(alias)) else {
            return;
        };
        let state = self.answered(state, &telling.brings);
        let mirrors = numbered(&telling.mirrors).map(|(route, event)| (event, Label::Entered(alias, route)));
        let outcomes = numbered(&telling.outcomes).map(|(route, event)| (event, Label::Ended(alias, route)));
        for (event, label) in mirrors.chain(outcomes) {
            if let Some(tree) = place.hears.get(&event) {
                self.walk(*tree, &state, label, visit);
            }
        }
    }

    /// Follows a decision tree under every value that the state leaves open.
    fn walk(&self, node: NodeIx, state: &Packed, label: Label, visit: &mut impl FnMut(Found<'_>)) {
        match self.machine.node(node) {
            Some(Node::Ask(var, arms)) => {
                let slot = self.slot(*var);
                let clock = matches!(var, Var::Clock(_));
                let have = match slot {
                    Some(slot) if clock => 1 << state.get(slot),
                    Some(slot) => state.get(slot),
                    None => Set::MAX,
                };
                for (values, below) in arms {
                    match slot {
                        _ if have & values == 0 => {}
                        Some(slot) if !clock && have & !values != 0 => {
                            let mut narrowed = *state;
                            narrowed.put(slot, have & values);
                            self.walk(*below, &narrowed, label, visit);
                        }
                        _ => self.walk(*below, state, label, visit),
                    }
                }
            }
            Some(Node::Decided(number)) => {
                let Some(outcome) = self.machine.outcome(*number) else {
                    return;
                };
                let mut to = *state;
                if let Outcome::Goes(change) = outcome {
                    self.change(&mut to, change);
                }
                visit(Found {
                    label,
                    narrowed: state,
                    to,
                    outcome: Some((*number, outcome)),
                });
            }
            None => {}
        }
    }

    /// Whether a state stands for cases on which this kind of document was made.
    pub(super) fn made(&self, state: &Packed, kind: u16) -> bool {
        let slot = self.slot(Var::Made(kind));
        slot.is_none_or(|slot| state.get(slot) & MADE != 0)
    }

    fn slot(&self, var: Var) -> Option<Slot> {
        self.machine.slots.of(var)
    }

    fn change(&self, state: &mut Packed, change: &Move) {
        let slots = &self.machine.slots;
        for (field, values) in &change.fields {
            put(state, self.slot(Var::Field(*field)), *values);
        }
        for (role, answers) in &change.held {
            put(state, self.slot(Var::Held(*role)), *answers);
        }
        for kind in &change.made {
            put(state, self.slot(Var::Made(*kind)), MADE);
        }
        let class = slots.dates.map_or(0, |slot| state.get(slot));
        let exist = usize::try_from(class)
            .ok()
            .and_then(|class| self.machine.dates.get(class));
        for (clock, follow) in &change.clocks {
            if exist.and_then(|exist| exist.get(usize::from(*clock))) == Some(&true) {
                let before = self.standing(state, *clock).number();
                let after = usize::try_from(before).ok().and_then(|before| follow.get(before));
                put(
                    state,
                    self.slot(Var::Clock(*clock)),
                    after.map_or(0, |after| after.number()),
                );
            }
        }
        put(state, slots.position, u64::from(change.to));
        for alias in &change.calls_off {
            let subcase = slots.subcases.get(usize::from(*alias)).copied().unwrap_or_default();
            if subcase.class.is_some_and(|slot| state.get(slot) != 0) {
                put(state, subcase.off, 1);
            }
        }
        if let Some(place) = self.place(state) {
            state.forget(&place.forgets);
        }
    }

    /// The states in which the subcases that a step opens may begin; one that is open already stays the only one.
    pub(super) fn opened(&self, state: Packed, opens: &[u16]) -> Vec<Packed> {
        let mut states = vec![state];
        for alias in opens {
            let slots = self
                .machine
                .slots
                .subcases
                .get(usize::from(*alias))
                .copied()
                .unwrap_or_default();
            let free = slots.class.is_some_and(|slot| state.get(slot) == 0);
            let matters = |place: &Place| !self.is_detached(*alias) || place.follows(usize::from(*alias));
            if !free || !self.place(&state).is_some_and(matters) {
                continue;
            }
            let first = match self.children.get(usize::from(*alias)).and_then(Option::as_ref) {
                Some(child) => child.first.clone(),
                None => vec![(0, 0)],
            };
            let opened = states.iter().flat_map(|state| {
                let begin = |(class, entered): &(u16, u16)| {
                    let mut state = *state;
                    put(&mut state, slots.class, u64::from(*class) + 1);
                    put(&mut state, slots.mirrored, u64::from(*entered));
                    put(&mut state, slots.off, 0);
                    state
                };
                first.iter().map(begin).collect::<Vec<_>>()
            });
            states = opened.collect();
        }
        states
    }

    /// Whether a subcase goes its own way.
    pub(super) fn is_detached(&self, alias: u16) -> bool {
        let subcase = self.machine.definition.subcases.get_index(usize::from(alias));
        subcase.is_some_and(|(_, subcase)| subcase.detached)
    }

    /// Whether a state is one of those that [`Self::split`] makes, and stays as it is.
    pub(super) fn is_split(&self, state: &Packed) -> bool {
        let one_part = |(slot, parts): &(Slot, Vec<u64>)| {
            let values = state.get(*slot);
            parts.iter().any(|part| values & !part == 0) && values != 0
        };
        self.place(state).is_none_or(|place| place.splits.iter().all(one_part))
    }

    /// The states that a state stands for, told apart by the facts that decide something at its position. Without that,
    /// a state would count as leading on when only some of what it stands for does.
    pub(super) fn split(&self, state: Packed) -> Vec<Packed> {
        let Some(place) = self.place(&state) else {
            return vec![state];
        };
        let mut states = vec![state];
        for (slot, parts) in &place.splits {
            let slot = *slot;
            let divided = |state: &Packed| parts.iter().filter(|part| state.get(slot) & **part != 0).count() > 1;
            if !states.iter().any(divided) {
                continue;
            }
            let of_state = |state: &Packed| {
                let part = |values: &u64| {
                    let mut part = *state;
                    part.put(slot, state.get(slot) & values);
                    (part.get(slot) != 0).then_some(part)
                };
                parts.iter().filter_map(part).collect::<Vec<_>>()
            };
            states = states.iter().flat_map(of_state).collect();
        }
        states
    }

    /// The subcases that are open and not called off, of those that the case waits for.
    pub(super) fn waiting_for(&self, state: &Packed) -> impl Iterator<Item = u16> {
        let state = *state;
        let all = self
            .machine
            .slots
            .subcases
            .iter()
            .copied()
            .zip(self.children)
            .enumerate();
        all.filter_map(move |(alias, (slots, child))| {
            let class = state.get(slots.class?);
            let called_off = slots.off.is_some_and(|slot| state.get(slot) != 0);
            let open = class != 0 && child.as_ref()?.class(class - 1)?.ended.is_none() && !called_off;
            open.then(|| u16::try_from(alias).ok()).flatten()
        })
    }

    /// Leaves the subcases of a case that is closed to themselves.
    pub(super) fn part(&self, state: &mut Packed) {
        for slots in &self.machine.slots.subcases {
            put(state, slots.class, 0);
            put(state, slots.off, 0);
            put(state, slots.mirrored, 0);
        }
    }
}

/// How many others of a field's row have no value yet; one that has stands between it and those behind.
fn still_open(vars: &Variables, field: u16, unknown: impl Fn(&u16) -> bool) -> usize {
    let mut open = vec![field];
    let mut at = 0;
    while let Some(next) = open.get(at).copied() {
        at += 1;
        for other in vars.beside(next) {
            if unknown(other) && !open.contains(other) {
                open.push(*other);
            }
        }
    }
    open.len() - 1
}

fn put(state: &mut Packed, slot: Option<Slot>, value: u64) {
    if let Some(slot) = slot {
        state.put(slot, value);
    }
}

fn slots(list: &[Option<Slot>]) -> impl Iterator<Item = (u16, Slot)> {
    list.iter()
        .enumerate()
        .filter_map(|(i, slot)| Some((u16::try_from(i).ok()?, (*slot)?)))
}

fn numbered(events: &[u16]) -> impl Iterator<Item = (u16, u16)> {
    let routes = events.iter().enumerate();
    routes.filter_map(|(route, event)| Some((u16::try_from(route).ok()?, *event)))
}
