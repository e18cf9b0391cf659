//! Executable content that needs no data model, and what it is read from.

use roxmltree::Node;

use super::{
    document::Reader,
    xml::{DEPTH, elements, word},
};
use crate::chart::StateIx;

/// The event processor that every platform has; the only one here.
const PROCESSOR: [&str; 2] = ["http://www.w3.org/TR/scxml/#SCXMLEventProcessor", "scxml"];

/// What happens when a state is entered or left, or a transition is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// An event for the internal queue.
    Raise(String),
    /// An event for the external queue, after so many milliseconds; the id by which it can be cancelled.
    Send {
        event: String,
        delay: u64,
        id: Option<String>,
    },
    /// A send that cannot arrive: the error event, and whether the rest of the block is not run.
    Fail { error: &'static str, stop: bool },
    /// Takes back delayed events.
    Cancel(String),
    /// The first branch whose state is active, or which asks for none.
    Choose(Vec<(Option<StateIx>, Vec<Action>)>),
}

/// Attributes and elements that ask for a data model, or for something else that there is not.
const MISSING: [&str; 10] = [
    "assign",
    "content",
    "data",
    "datamodel",
    "donedata",
    "finalize",
    "foreach",
    "invoke",
    "param",
    "script",
];

/// Whether SCXML has an element of this name that cannot be run here.
pub(super) fn is_missing(name: &str) -> bool {
    MISSING.contains(&name)
}

impl<'s> Reader<'s, '_> {
    /// The actions inside an element.
    pub(super) fn block(&mut self, node: Node<'s, '_>, depth: usize) -> Vec<Action> {
        elements(node).filter_map(|child| self.action(child, depth)).collect()
    }

    fn action(&mut self, node: Node<'s, '_>, depth: usize) -> Option<Action> {
        if depth > DEPTH {
            self.too_deep(node);
            return None;
        }
        match word(node) {
            Some("raise") => Some(Action::Raise(self.need(node, "event")?.to_owned())),
            Some("send") => self.send(node),
            Some("cancel") => {
                self.without(node, &["sendidexpr"]);
                Some(Action::Cancel(self.need(node, "sendid")?.to_owned()))
            }
            Some("if") => Some(Action::Choose(self.branches(node, depth))),
            Some("log") => {
                self.log(node);
                None
            }
            _ => {
                self.unsupported(node);
                None
            }
        }
    }

    /// A log says nothing to anybody here, but what it would say must not need a data model.
    fn log(&mut self, node: Node<'s, '_>) {
        let literal = |text: &str| {
            let text = text.trim();
            let quoted = |quote: char| {
                let inside = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
                inside.is_some_and(|inside| !inside.contains([quote, '\\']))
            };
            quoted('\'') || quoted('"')
        };
        if let Some(expression) = node.attribute("expr").filter(|text| !literal(text)) {
            self.expression(node, "expr", expression);
        }
    }

    fn send(&mut self, node: Node<'s, '_>) -> Option<Action> {
        let clean = self.without(
            node,
            &[
                "eventexpr",
                "targetexpr",
                "typeexpr",
                "delayexpr",
                "idlocation",
                "namelist",
            ],
        );
        for child in elements(node) {
            self.unsupported(child);
        }
        let event = if clean { self.need(node, "event")? } else { return None };
        let kind = node.attribute("type").unwrap_or("scxml");
        if !PROCESSOR.contains(&kind) {
            return Some(Action::Fail {
                error: "error.execution",
                stop: true,
            });
        }
        let delay = self.delay(node)?;
        match node.attribute("target") {
            None => Some(Action::Send {
                event: event.to_owned(),
                delay,
                id: node.attribute("id").map(str::to_owned),
            }),
            Some("#_internal") => Some(Action::Raise(event.to_owned())),
            // A session, a parent or an invoked one: there is none that could be reached.
            Some(other) if other.starts_with("#_") => Some(Action::Fail {
                error: "error.communication",
                stop: false,
            }),
            Some(_) => Some(Action::Fail {
                error: "error.execution",
                stop: true,
            }),
        }
    }

    /// A CSS2 time, in milliseconds.
    fn delay(&mut self, node: Node<'s, '_>) -> Option<u64> {
        let Some(text) = node.attribute("delay") else {
            return Some(0);
        };
        let milliseconds = milliseconds(text.trim());
        if milliseconds.is_none() {
            let message = format!("`{text}` is not a time");
            self.wrong(
                self.source.at(node, "delay"),
                "WF823",
                message,
                "write `500ms` or `1.5s`",
            );
        }
        milliseconds
    }

    fn branches(&mut self, node: Node<'s, '_>, depth: usize) -> Vec<(Option<StateIx>, Vec<Action>)> {
        let mut branches = vec![(self.condition(node), Vec::new())];
        for child in elements(node) {
            match word(child) {
                Some("elseif") => branches.push((self.condition(child), Vec::new())),
                Some("else") => branches.push((None, Vec::new())),
                _ => {
                    let action = self.action(child, depth + 1);
                    if let Some((_, actions)) = branches.last_mut() {
                        actions.extend(action);
                    }
                }
            }
        }
        branches
    }

    /// The state that `cond` asks for. The null data model knows `In('id')` and nothing else.
    pub(super) fn condition(&mut self, node: Node<'s, '_>) -> Option<StateIx> {
        let text = node.attribute("cond")?;
        match asked(text) {
            Some(id) => self.state(node, "cond", id),
            None => {
                self.expression(node, "cond", text);
                None
            }
        }
    }
}

fn milliseconds(text: &str) -> Option<u64> {
    let (number, scale) = match text.strip_suffix("ms") {
        Some(number) => (number, 1_u64),
        None => (text.strip_suffix('s')?, 1_000),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(part) || (whole.is_empty() && part.is_empty()) || part.len() > 9 {
        return None;
    }
    let whole = if whole.is_empty() {
        0
    } else {
        whole.parse::<u64>().ok()?
    };
    let part = if part.is_empty() {
        0
    } else {
        part.parse::<u64>().ok()?.checked_mul(scale)? / 10_u64.pow(u32::try_from(part.len()).ok()?)
    };
    whole.checked_mul(scale)?.checked_add(part)
}

/// The id in `In('id')`.
fn asked(condition: &str) -> Option<&str> {
    let argument = condition.trim().strip_prefix("In")?.trim_start();
    let argument = argument.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inside = |quote: char| argument.strip_prefix(quote)?.strip_suffix(quote);
    let id = inside('\'').or_else(|| inside('"'))?;
    (!id.contains(['\'', '"', '\\'])).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_css() {
        let times = [
            ("10ms", Some(10)),
            ("1s", Some(1_000)),
            (".5s", Some(500)),
            ("1.25s", Some(1_250)),
            ("0.5ms", Some(0)),
        ];
        for (text, expected) in times {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
        for text in [
            "",
            "s",
            "ms",
            "1",
            "-1s",
            "1 s",
            "1e3s",
            "99999999999999999999s",
            "1.0000000001s",
        ] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_condition_without_a_data_model_asks_for_one_state() {
        for text in ["In('a')", " In ( \"a\" ) "] {
            assert_eq!(asked(text), Some("a"), "{text}");
        }
        for text in [
            "!In('a')",
            "In(a)",
            "In('a') && In('b')",
            "true",
            "In('a",
            "",
            "In('')b')",
        ] {
            assert_eq!(asked(text).filter(|id| !id.is_empty()), None, "{text}");
        }
    }
}
