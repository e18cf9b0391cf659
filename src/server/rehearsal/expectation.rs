//! What a scenario expects of a step, and how what happened differs from it.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use zhengming_engine::decision::{Decision, Effect};

/// What a step must have done; what is not named is not compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectation {
    states: Option<Vec<String>>,
    #[serde(default)]
    data: Map<String, Json>,
    #[serde(default)]
    clocks: BTreeMap<String, ClockExpectation>,
    documents: Option<Vec<String>>,
    published: Option<Vec<String>>,
    withdrawn: Option<Vec<String>>,
    #[serde(default)]
    notices: Vec<NoticeExpectation>,
    #[serde(default)]
    opens: Vec<OpenExpectation>,
    #[serde(default)]
    assigns: Vec<AssignExpectation>,
}

/// A case role that somebody gets; without account, whoever acts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssignExpectation {
    role: String,
    account: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockExpectation {
    status: Option<String>,
    due: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeExpectation {
    to: String,
    notice: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenExpectation {
    procedure: String,
    link: String,
    identity: Option<bool>,
}

impl Expectation {
    /// Whether it says something of a clock.
    pub(super) fn names_clock(&self, name: &str) -> bool {
        self.clocks.contains_key(name)
    }

    /// The fields of which it says something.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.data.keys().map(String::as_str)
    }

    /// The clocks that it names.
    pub(super) fn clocks(&self) -> impl Iterator<Item = &str> {
        self.clocks.keys().map(String::as_str)
    }

    /// A clock that it names and says nothing of.
    pub(super) fn clock_without_words(&self) -> Option<&str> {
        let silent = |wanted: &ClockExpectation| wanted.status.is_none() && wanted.due.is_none();
        let mut clocks = self.clocks.iter();
        clocks.find_map(|(name, wanted)| silent(wanted).then_some(name.as_str()))
    }

    /// Compares with a decision.
    ///
    /// # Errors
    /// Every difference, in words.
    pub(super) fn compare(&self, decision: &Decision) -> Result<(), String> {
        let mut wrong = String::new();
        let mut differ = |what: &str, got: String, wanted: String| {
            if got != wanted {
                let _ = write!(wrong, "{what} is {got}, not {wanted}; ");
            }
        };
        self.standing(decision, &mut differ);
        self.effects(decision, &mut differ);
        match wrong.strip_suffix("; ") {
            Some(wrong) => Err(wrong.to_owned()),
            None => Ok(()),
        }
    }

    /// States, answers and clocks.
    fn standing(&self, decision: &Decision, differ: &mut impl FnMut(&str, String, String)) {
        if let Some(states) = &self.states {
            differ("state", format!("{:?}", decision.to), format!("{states:?}"));
        }
        for (name, wanted) in &self.data {
            let got = decision.data.get(name).cloned().unwrap_or_default();
            differ(name, got.to_string(), wanted.to_string());
        }
        for (name, wanted) in &self.clocks {
            let clock = decision.clocks.get(name);
            if let Some(status) = &wanted.status {
                differ(
                    name,
                    clock.map(|c| c.status.to_string()).unwrap_or_default(),
                    status.clone(),
                );
            }
            if let Some(due) = &wanted.due {
                let got = clock
                    .and_then(|c| c.due.at())
                    .map(|at| at.due_date.to_string())
                    .unwrap_or_default();
                differ(&format!("{name} due"), got, due.clone());
            }
        }
    }

    /// Documents, notices, assignments and cases that are opened.
    fn effects(&self, decision: &Decision, differ: &mut impl FnMut(&str, String, String)) {
        let mut kinds = |what: &str, wanted: &Option<Vec<String>>, of: fn(&Effect) -> Option<&String>| {
            if let Some(wanted) = wanted {
                let got: Vec<&String> = decision.effects.iter().filter_map(of).collect();
                differ(what, format!("{got:?}"), format!("{wanted:?}"));
            }
        };
        kinds("documents", &self.documents, |effect| match effect {
            Effect::Document { kind } => Some(kind),
            _ => None,
        });
        kinds("published", &self.published, |effect| match effect {
            Effect::Publish { kind } => Some(kind),
            _ => None,
        });
        kinds("withdrawn", &self.withdrawn, |effect| match effect {
            Effect::Withdraw { kind } => Some(kind),
            _ => None,
        });
        for wanted in &self.notices {
            let sent = decision.effects.iter().any(|effect| {
                matches!(effect, Effect::Notify { to, notice, .. } if to.contains(&wanted.to) && *notice == wanted.notice)
            });
            differ(
                &format!("notice {} to {}", wanted.notice, wanted.to),
                sent.to_string(),
                true.to_string(),
            );
        }
        for wanted in &self.assigns {
            let assigned = decision.effects.iter().any(|effect| {
                matches!(effect, Effect::Assign { role, account, .. } if *role == wanted.role && *account == wanted.account)
            });
            differ(
                &format!("assignment of {}", wanted.role),
                assigned.to_string(),
                true.to_string(),
            );
        }
        for wanted in &self.opens {
            let opened = decision.effects.iter().any(|effect| {
                matches!(effect, Effect::Open { procedure, link, identity, .. }
                    if *procedure == wanted.procedure && *link == wanted.link && wanted.identity.is_none_or(|i| i == *identity))
            });
            differ(
                &format!("opening of {}", wanted.procedure),
                opened.to_string(),
                true.to_string(),
            );
        }
    }
}
