//! A document that runs.

use std::collections::BTreeSet;

use super::{
    content::Action,
    document::{Document, State},
};
use crate::chart::{Arrow, Behaviour, Endless, Position, Shape, StateIx, Trigger};

/// A document on its way. Time passes only when it is told so.
#[derive(Clone, Debug)]
pub struct Session<'d> {
    document: &'d Document,
    position: Position,
    run: Run<'d>,
}

impl<'d> Session<'d> {
    /// Enters the document and runs to completion. Events that it sends to itself wait until time passes.
    ///
    /// # Errors
    /// [`Endless`].
    pub fn start(document: &'d Document) -> Result<Self, Endless> {
        let mut run = Run {
            document,
            active: BTreeSet::new(),
            waiting: Vec::new(),
            now: 0,
        };
        let position = document.chart.begin(&document.initial, &mut run)?;
        Ok(Self {
            document,
            position,
            run,
        })
    }

    /// Lets an event from outside happen, and what follows from it.
    ///
    /// # Errors
    /// [`Endless`]; the session is then of no use.
    pub fn send(&mut self, event: &str) -> Result<(), Endless> {
        if self.is_over() {
            return Ok(());
        }
        let chart = &self.document.chart;
        let arrows = chart.select(&self.position, Trigger::Event(event), &self.run);
        if arrows.is_empty() {
            return Ok(());
        }
        chart.run(&mut self.position, &arrows, &mut self.run)
    }

    /// Lets milliseconds pass: what the document sent to itself arrives when it is due, in the order of being due.
    ///
    /// # Errors
    /// [`Endless`]; so many events that each sends the next.
    pub fn pass(&mut self, milliseconds: u64) -> Result<(), Endless> {
        let until = self.run.now.saturating_add(milliseconds);
        for _ in 0..crate::chart::MICROSTEPS {
            let due = self
                .run
                .waiting
                .iter()
                .enumerate()
                .filter(|(_, sent)| sent.due <= until);
            // Of two that are due together the one that was sent first comes first: minima keep the first of equals.
            let Some((place, _)) = due.min_by_key(|(_, sent)| sent.due) else {
                self.run.now = until;
                return Ok(());
            };
            let sent = self.run.waiting.remove(place);
            self.run.now = self.run.now.max(sent.due);
            self.send(&sent.event)?;
        }
        Err(Endless)
    }

    /// Where it is.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// The ids of the active leaves, in document order.
    pub fn leaves(&self) -> Vec<&'d str> {
        let leaves = self.document.chart.leaves(&self.position);
        leaves.map(|ix| self.document.id(ix)).collect()
    }

    /// Whether it ended: nothing happens any more.
    pub fn is_over(&self) -> bool {
        self.run.finished(&self.position)
    }
}

/// An event that a document sent to itself.
#[derive(Clone, Debug)]
struct Sent {
    event: String,
    due: u64,
    id: Option<String>,
}

#[derive(Clone, Debug)]
struct Run<'d> {
    document: &'d Document,
    /// The active states while a step is under way: what `In()` sees in executable content.
    active: BTreeSet<StateIx>,
    waiting: Vec<Sent>,
    now: u64,
}

impl<'d> Run<'d> {
    fn state(&self, ix: StateIx) -> Option<&'d State> {
        self.document.states.get(ix.index())
    }

    /// Runs a block; false if an error ended it.
    fn act(&mut self, actions: &'d [Action], raised: &mut Vec<String>) -> bool {
        for action in actions {
            match action {
                Action::Raise(event) => raised.push(event.clone()),
                Action::Send { event, delay, id } => self.waiting.push(Sent {
                    event: event.clone(),
                    due: self.now.saturating_add(*delay),
                    id: id.clone(),
                }),
                Action::Fail { error, stop } => {
                    raised.push((*error).to_owned());
                    if *stop {
                        return false;
                    }
                }
                Action::Cancel(id) => self.waiting.retain(|sent| sent.id.as_ref() != Some(id)),
                Action::Choose(branches) => {
                    let fits = |state: &Option<StateIx>| state.is_none_or(|ix| self.active.contains(&ix));
                    let chosen = branches.iter().find(|(state, _)| fits(state));
                    if let Some((_, actions)) = chosen
                        && !self.act(actions, raised)
                    {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn blocks(&mut self, blocks: &'d [Vec<Action>], raised: &mut Vec<String>) {
        for block in blocks {
            self.act(block, raised);
        }
    }
}

impl<'d> Behaviour<'d> for Run<'d> {
    fn enabled(&self, state: StateIx, trigger: Trigger<'_>, position: &Position) -> Option<Arrow<'d>> {
        let event = match trigger {
            Trigger::Event(event) => Some(event),
            Trigger::Done(ix) => Some(self.state(ix)?.done.as_str()),
            Trigger::Always => None,
        };
        let transitions = self.state(state)?.transitions.iter().enumerate();
        let (number, transition) = transitions.into_iter().find(|(_, transition)| {
            let heard = match event {
                Some(event) => transition.hears(event),
                None => transition.events.is_empty(),
            };
            heard && transition.condition.is_none_or(|ix| position.contains(ix))
        })?;
        Some(Arrow {
            source: state,
            targets: &transition.targets,
            internal: transition.internal,
            number,
        })
    }

    fn leave(&mut self, state: StateIx, raised: &mut Vec<String>) {
        if let Some(content) = self.state(state) {
            self.blocks(&content.leave, raised);
        }
        self.active.remove(&state);
    }

    fn take(&mut self, arrow: &Arrow<'d>, _first: bool, raised: &mut Vec<String>) {
        let taken = self.state(arrow.source).and_then(|s| s.transitions.get(arrow.number));
        if let Some(transition) = taken {
            self.act(&transition.actions, raised);
        }
    }

    fn enter(&mut self, state: StateIx, raised: &mut Vec<String>) {
        self.active.insert(state);
        if let Some(content) = self.state(state) {
            self.blocks(&content.enter, raised);
        }
    }

    fn enter_initially(&mut self, state: StateIx, raised: &mut Vec<String>) {
        if let Some(content) = self.state(state) {
            self.act(&content.initially, raised);
        }
    }

    fn enter_by_history(&mut self, history: StateIx, raised: &mut Vec<String>) {
        self.enter_initially(history, raised);
    }

    fn finished(&self, position: &Position) -> bool {
        let chart = &self.document.chart;
        let ends =
            |ix: &StateIx| *chart.shape(*ix) == Shape::Final && chart.node(*ix).is_some_and(|n| n.parent.is_none());
        position.active.iter().any(ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inside: &str) -> Document {
        let text = format!(
            "<scxml xmlns=\"{}\" version=\"1.0\">{inside}</scxml>",
            crate::scxml::SCXML
        );
        Document::read("t.scxml", &text).unwrap_or_else(|found| panic!("{found:#?}"))
    }

    fn played(inside: &str, events: &[&str]) -> Vec<String> {
        let document = read(inside);
        let mut session = Session::start(&document).expect("it rests");
        for event in events {
            session.send(event).expect("it rests");
        }
        session.leaves().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_state_that_stays_active_is_not_entered_again_on_the_way_to_what_a_history_state_stands_for() {
        // `b` leads through the history of the state around it to what lies inside `b`, and is not left.
        let document = read(
            r#"<state id="a" initial="c"><history id="h"><transition target="c"/></history>
                 <state id="b"><onentry><send event="entered" delay="1s"/></onentry>
                   <transition event="go" type="internal" target="h"/><transition event="entered" target="d"/><state id="c"/></state>
                 <state id="d"><transition event="entered" target="e"/></state><state id="e"/></state>"#,
        );
        let mut session = Session::start(&document).expect("it rests");
        session.send("go").expect("it rests");
        assert_eq!(session.leaves(), ["c"]);
        session.pass(2_000).expect("it rests");
        assert_eq!(session.leaves(), ["d"], "it was entered once");
    }

    #[test]
    fn default_transitions_act_after_the_state_around_them_is_entered_and_before_what_is_inside() {
        let inside = |initial: &str| {
            format!(
                r#"<state id="z"><transition event="by_history" target="h"/><transition event="by_initial" target="p"/></state>
                   <state id="p"><onentry><raise event="one"/></onentry>
                     <initial><transition target="q"><raise event="{initial}"/></transition></initial>
                     <history id="h"><transition target="q"><raise event="two"/></transition></history>
                     <state id="q"><onentry><raise event="three"/></onentry><transition event="one" target="r"/><transition event="*" target="wrong"/></state>
                     <state id="r"><transition event="two" target="s"/><transition event="*" target="wrong"/></state>
                     <state id="s"><transition event="three" target="t"/><transition event="*" target="wrong"/></state>
                     <state id="t"/><state id="wrong"/></state>"#
            )
        };
        assert_eq!(played(&inside("never"), &["by_history"]), ["t"]);
        assert_eq!(played(&inside("two"), &["by_initial"]), ["t"]);
        assert_eq!(played(&inside("never"), &["by_initial"]), ["wrong"]);
    }

    #[test]
    fn in_sees_what_is_active_at_that_moment_of_a_step() {
        let found = played(
            r#"<state id="a"><onexit><if cond="In('b')"><raise event="late"/><elseif cond="In('a')"/><raise event="good"/></if></onexit>
                 <state id="b"><transition event="go" target="c"/></state></state>
               <state id="c"><transition event="good" target="d"/><transition event="late" target="e"/></state>
               <state id="d"/><state id="e"/>"#,
            &["go"],
        );
        assert_eq!(found, ["d"]);
    }

    #[test]
    fn delayed_events_come_when_they_are_due_and_not_when_they_were_cancelled() {
        let document = read(
            r#"<state id="a"><onentry><send event="late" delay="2s"/><send event="soon" delay="10ms"/>
                 <send id="x" event="never" delay="5ms"/><cancel sendid="x"/></onentry>
                 <transition event="soon" target="b"/><transition event="*" target="wrong"/></state>
               <state id="b"><transition event="late" target="end"/></state><state id="wrong"/><final id="end"/>"#,
        );
        let mut session = Session::start(&document).expect("it rests");
        for (milliseconds, leaf) in [(9, "a"), (1, "b"), (1_989, "b"), (1, "end")] {
            session.pass(milliseconds).expect("it rests");
            assert_eq!(session.leaves(), [leaf]);
        }
        assert!(session.is_over());
    }

    #[test]
    fn a_descriptor_matches_whole_words_of_an_event() {
        for (descriptor, event, heard) in [
            ("a", "a", true),
            ("a", "a.b", true),
            ("a.*", "a", true),
            ("a.*", "a.b.c", true),
            ("a.", "a.b", true),
            ("a", "ab", false),
            ("a.b", "a", false),
            ("x a", "a", true),
            ("*", "anything", true),
        ] {
            let inside =
                format!("<state id=\"s\"><transition event=\"{descriptor}\" target=\"t\"/></state><state id=\"t\"/>");
            assert_eq!(played(&inside, &[event]) == ["t"], heard, "{descriptor} {event}");
        }
    }

    #[test]
    fn what_needs_a_data_model_or_is_no_scxml_is_refused_with_its_place() {
        let text = r#"<scxml xmlns="http://www.w3.org/2005/07/scxml" initial="a">
<datamodel/>
<state id="a">
  <onentry><script>1</script><assign location="x" expr="2"/></onentry>
  <invoke/>
  <transition cond="x == 1" target="b"/>
  <transition event="e" target="missing"/>
</state>
<state id="a"/>
<parallel id="p"><state id="q"><state id="r"/><state id="s"/></state><state id="t"/><transition event="e" target="r s"/></parallel>
<state id="u" initial="a"><state id="v"/></state>
<history id="h"><transition target="a"/></history>
</scxml>"#;
        let codes = |text: &str| -> Vec<(u32, &'static str)> {
            let found = Document::read("t.scxml", text).expect_err("it is refused");
            found.iter().map(|finding| (finding.line, finding.code)).collect()
        };
        // An id that stands twice is found before anything is resolved.
        assert_eq!(codes(text), [(9, "WF823")]);
        let expected = [
            (2, "WF825"),
            (4, "WF825"),
            (4, "WF825"),
            (5, "WF825"),
            (6, "WF825"),
            (7, "WF823"),
            (10, "WF824"),
            (11, "WF824"),
            (12, "WF822"),
            (12, "WF824"),
        ];
        assert_eq!(codes(&text.replace("<state id=\"a\"/>", "<state id=\"b\"/>")), expected);
        let entities = "<!DOCTYPE a [<!ENTITY b 'c'>]><scxml xmlns=\"http://www.w3.org/2005/07/scxml\">&b;</scxml>";
        assert_eq!(codes(entities), [(1, "WF821")]);
    }

    #[test]
    fn a_document_without_end_is_refused_when_it_runs() {
        let circle =
            "<state id=\"a\"><transition target=\"b\"/></state><state id=\"b\"><transition target=\"a\"/></state>";
        assert_eq!(Session::start(&read(circle)).err(), Some(Endless));
        let document = read(
            "<state id=\"a\"><onentry><send event=\"e\"/></onentry><transition event=\"e\" target=\"a\"/></state>",
        );
        let mut session = Session::start(&document).expect("it rests");
        assert_eq!(session.pass(0), Err(Endless));
    }
}
