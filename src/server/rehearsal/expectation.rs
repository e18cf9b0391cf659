//! What a scenario expects of a step, and how what happened differs from it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use zhengming_engine::{
    decision::{Decision, Effect},
    definition::model::{Definition, RoleKind},
};

/// What a step must have done; what is not named is not compared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectation {
    states: Option<Vec<String>>,
    #[serde(default)]
    data: Map<String, Json>,
    #[serde(default)]
    clocks: BTreeMap<String, ClockExpectation>,
    /// Fields by role whose holders do not read them.
    #[serde(default)]
    hidden: BTreeMap<String, Vec<String>>,
    /// Fields by role whose holders read them.
    #[serde(default)]
    shown: BTreeMap<String, Vec<String>>,
    documents: Option<Vec<String>>,
    /// Documents that the step does not make, whatever others it makes.
    unmade: Option<Vec<String>>,
    published: Option<Vec<String>>,
    withdrawn: Option<Vec<String>>,
    #[serde(default)]
    notices: Vec<NoticeExpectation>,
    /// All roles that some notice goes to.
    told: Option<Vec<String>>,
    /// Roles that no notice goes to.
    untold: Option<Vec<String>>,
    #[serde(default)]
    opens: Vec<OpenExpectation>,
    /// Subcases, by alias, whose cases are called off.
    calls_off: Option<Vec<String>>,
    #[serde(default)]
    assigns: Vec<AssignExpectation>,
    #[serde(default)]
    delegates: Vec<DelegateExpectation>,
    keeps: Option<Vec<String>>,
    releases: Option<Vec<String>>,
    excludes: Option<Vec<String>>,
    /// The organisation that gets the case; empty: none does.
    moves_to: Option<String>,
    /// Whether the case goes back to the unit that took it in.
    returns: Option<bool>,
}

/// Whether holders of a role read a field of a case that they have to do with. What this version has not, nobody reads.
fn reads(definition: &Definition, role: &str, field: &str) -> bool {
    let kind = definition.roles.get(role).map(|role| role.kind);
    let field = definition.fields.get(field);
    field.is_some_and(|field| field.is_open_to(kind == Some(RoleKind::Staff), [role], &definition.roles))
}

/// A case role that somebody gets; without account, whoever acts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssignExpectation {
    role: String,
    account: Option<String>,
}

/// A case role that an organisation gets; without one, whichever.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DelegateExpectation {
    role: String,
    organisation: Option<String>,
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
    /// Whether it goes to the superior organisation (`escalate`); without it, wherever.
    superior: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenExpectation {
    procedure: String,
    link: String,
    identity: Option<bool>,
    /// Fields of this case that do not go along.
    #[serde(default)]
    without: Vec<String>,
}

impl Expectation {
    /// Whether it says something of a clock.
    pub(super) fn names_clock(&self, name: &str) -> bool {
        self.clocks.contains_key(name)
    }

    /// The fields of which it says something.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        let read = self.hidden.values().chain(self.shown.values()).flatten();
        let kept_back = self.opens.iter().flat_map(|opened| &opened.without);
        self.data.keys().chain(read).chain(kept_back).map(String::as_str)
    }

    /// The roles of which it says something.
    pub(super) fn roles(&self) -> impl Iterator<Item = &str> {
        let readers = self.hidden.keys().chain(self.shown.keys());
        let lists = [&self.told, &self.untold, &self.keeps, &self.releases, &self.excludes];
        let listed = lists.into_iter().flatten().flatten();
        let receivers = self.notices.iter().map(|wanted| &wanted.to);
        let given = self.assigns.iter().map(|wanted| &wanted.role);
        let entrusted = self.delegates.iter().map(|wanted| &wanted.role);
        let all = readers.chain(listed).chain(receivers).chain(given).chain(entrusted);
        all.map(String::as_str)
    }

    /// The documents of which it says that they are not made.
    pub(super) fn unmade(&self) -> impl Iterator<Item = &str> {
        self.unmade.iter().flatten().map(String::as_str)
    }

    /// The subcases that it names.
    pub(super) fn subcases(&self) -> impl Iterator<Item = &str> {
        self.calls_off.iter().flatten().map(String::as_str)
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

    /// A list that names nothing, where nothing but what it names is looked at.
    pub(super) fn list_without_names(&self) -> Option<&'static str> {
        let is_empty = |list: &Option<Vec<String>>| list.as_ref().is_some_and(Vec::is_empty);
        let reads_nothing = |by_role: &BTreeMap<String, Vec<String>>| by_role.values().any(Vec::is_empty);
        let lists = [
            ("hidden", reads_nothing(&self.hidden)),
            ("shown", reads_nothing(&self.shown)),
            ("unmade", is_empty(&self.unmade)),
            ("untold", is_empty(&self.untold)),
        ];
        lists.into_iter().find_map(|(list, is_idle)| is_idle.then_some(list))
    }

    /// Compares with a decision.
    ///
    /// # Errors
    /// Every difference, in words.
    pub(super) fn compare(&self, definition: &Definition, decision: &Decision) -> Result<(), String> {
        let mut wrong = String::new();
        let mut differ = |what: &str, got: String, wanted: String| {
            if got != wanted {
                let _ = write!(wrong, "{what} is {got}, not {wanted}; ");
            }
        };
        self.standing(decision, &mut differ);
        self.readers(definition, &mut differ);
        self.lists(definition, decision, &mut differ);
        self.notices(decision, &mut differ);
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

    /// Who reads what.
    fn readers(&self, definition: &Definition, differ: &mut impl FnMut(&str, String, String)) {
        for (wanted, by_role) in [("hidden", &self.hidden), ("shown", &self.shown)] {
            for (role, fields) in by_role {
                for field in fields {
                    let got = if reads(definition, role, field) {
                        "shown"
                    } else {
                        "hidden"
                    };
                    differ(&format!("{field} for {role}"), got.to_owned(), wanted.to_owned());
                }
            }
        }
    }

    /// Lists of all that the step does of one kind, and of documents that it does not make.
    fn lists(&self, definition: &Definition, decision: &Decision, differ: &mut impl FnMut(&str, String, String)) {
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
        kinds("keeps", &self.keeps, |effect| match effect {
            Effect::Keep { role } => Some(role),
            _ => None,
        });
        kinds("releases", &self.releases, |effect| match effect {
            Effect::Release { role } => Some(role),
            _ => None,
        });
        kinds("excludes", &self.excludes, |effect| match effect {
            Effect::Exclude { role } => Some(role),
            _ => None,
        });
        for wanted in self.unmade() {
            let is_made = decision
                .effects
                .iter()
                .any(|effect| matches!(effect, Effect::Document { kind } if kind == wanted));
            differ(&format!("making of {wanted}"), is_made.to_string(), false.to_string());
        }
        if let Some(wanted) = &self.calls_off {
            let ended = decision.effects.iter().filter_map(|effect| match effect {
                Effect::CallOff { procedure, link } => Some((procedure, link)),
                _ => None,
            });
            let alias = |(procedure, link): (&String, &String)| {
                let mut subcases = definition.subcases.iter();
                let found = subcases.find(|(_, subcase)| subcase.procedure == *procedure && subcase.link == *link);
                found.map_or_else(String::new, |(alias, _)| alias.clone())
            };
            let got: Vec<String> = ended.map(alias).collect();
            differ("calls_off", format!("{got:?}"), format!("{wanted:?}"));
        }
    }

    /// Who is told what, and who nothing.
    fn notices(&self, decision: &Decision, differ: &mut impl FnMut(&str, String, String)) {
        for wanted in &self.notices {
            let sent = decision.effects.iter().any(|effect| {
                matches!(effect, Effect::Notify { to, notice, superior }
                    if to.contains(&wanted.to) && *notice == wanted.notice && wanted.superior.is_none_or(|s| s == *superior))
            });
            let place = match wanted.superior {
                Some(true) => " above",
                Some(false) => " of the office itself",
                None => "",
            };
            differ(
                &format!("notice {} to {}{place}", wanted.notice, wanted.to),
                sent.to_string(),
                true.to_string(),
            );
        }
        let receivers = decision.effects.iter().filter_map(|effect| match effect {
            Effect::Notify { to, .. } => Some(to),
            _ => None,
        });
        let told: BTreeSet<&String> = receivers.flatten().collect();
        if let Some(wanted) = &self.told {
            let wanted: BTreeSet<&String> = wanted.iter().collect();
            differ("told", format!("{told:?}"), format!("{wanted:?}"));
        }
        for role in self.untold.iter().flatten() {
            differ(
                &format!("a notice to {role}"),
                told.contains(role).to_string(),
                false.to_string(),
            );
        }
    }

    /// Who gets the case and roles on it, and cases that are opened.
    fn effects(&self, decision: &Decision, differ: &mut impl FnMut(&str, String, String)) {
        if let Some(wanted) = &self.moves_to {
            let mut effects = decision.effects.iter().rev();
            let got = effects.find_map(|effect| match effect {
                Effect::MoveTo { organisation } => Some(organisation.as_str()),
                _ => None,
            });
            differ(
                "moves_to",
                format!("{:?}", got.unwrap_or_default()),
                format!("{wanted:?}"),
            );
        }
        if let Some(wanted) = self.returns {
            let got = decision.effects.contains(&Effect::ReturnToIntake);
            differ("returns", got.to_string(), wanted.to_string());
        }
        for wanted in &self.delegates {
            let is_given = decision.effects.iter().any(|effect| {
                matches!(effect, Effect::Delegate { role, organisation }
                    if *role == wanted.role && wanted.organisation.as_ref().is_none_or(|o| o == organisation))
            });
            differ(
                &format!("delegation of {}", wanted.role),
                is_given.to_string(),
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
                matches!(effect, Effect::Open { procedure, link, identity, with, .. }
                    if *procedure == wanted.procedure && *link == wanted.link && wanted.identity.is_none_or(|i| i == *identity)
                        && with.iter().all(|(_, own)| !wanted.without.contains(own)))
            });
            differ(
                &format!("opening of {}", wanted.procedure),
                opened.to_string(),
                true.to_string(),
            );
        }
    }
}
