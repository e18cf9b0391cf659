//! What the demo is made of, as data: organisations, accounts, marks, situations, answers, stories.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json};

use super::DemoError;

/// All data of the demo.
pub(super) struct Data {
    pub(super) organisations: Vec<Organisation>,
    pub(super) accounts: Vec<Account>,
    pub(super) watches: Vec<Watch>,
    pub(super) letters: Vec<Letter>,
    pub(super) situations: Vec<Situation>,
    pub(super) filers: Vec<Filer>,
    pub(super) texts: BTreeMap<String, Vec<String>>,
    /// Alternatives by field.
    pub(super) answers: BTreeMap<String, Vec<Json>>,
    pub(super) stories: Vec<Story>,
    /// Procedures with a case in each of their states.
    pub(super) every_state: Vec<String>,
}

/// The register as CSV.
pub(super) const REGISTER: &str = include_str!("data/register.csv");

/// An organisation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organisation {
    pub(super) key: String,
    pub(super) zh: String,
    pub(super) en: String,
    pub(super) kind: String,
    pub(super) parent: Option<String>,
    /// GB/T 2260.
    pub(super) code: String,
}

/// A name that an account watches.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    pub(super) account: String,
    pub(super) name: String,
}

/// What an account writes on the open cases of a procedure that it may know of, the newest of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Letter {
    pub(super) account: String,
    pub(super) procedure: String,
    /// On so many cases.
    pub(super) cases: u64,
    /// Roles that it is for.
    #[serde(default)]
    pub(super) to: Vec<String>,
    pub(super) text: String,
    /// Title of a piece of documentary evidence that comes with it.
    pub(super) evidence: Option<String>,
}

/// An account; its roles are `role@organisation`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) login: String,
    pub(super) name: String,
    pub(super) roles: Vec<String>,
}

impl Account {
    /// Whether it has a role anywhere.
    pub(super) fn holds(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held.split('@').next() == Some(role))
    }
}

/// What a case is about.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Situation {
    pub(super) key: String,
    /// Key of the competent organisation.
    pub(super) district: String,
    pub(super) trader: String,
    pub(super) address: String,
    pub(super) brand: String,
    pub(super) found: String,
    pub(super) kind: String,
    pub(super) goods: String,
    /// In fen.
    pub(super) price: i64,
    /// Platform and shop.
    pub(super) online: Option<(String, String)>,
}

/// Somebody who files.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filer {
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) address: String,
    pub(super) mail: Option<String>,
}

/// A case told step by step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    pub(super) procedure: String,
    pub(super) situation: String,
    /// Login of who files; nobody signed in otherwise.
    pub(super) by: Option<String>,
    pub(super) mode: Option<Mode>,
    /// Days before today.
    pub(super) filed: u16,
    #[serde(default)]
    pub(super) fields: Map<String, Json>,
    /// Leaf in which it stands today.
    pub(super) ends: String,
    pub(super) steps: Vec<StoryStep>,
}

/// A step of a story.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoryStep {
    pub(super) event: String,
    /// Procedure of a case that the story's own case opened, directly or through another: there the event happens.
    pub(super) case: Option<String>,
    pub(super) role: Option<String>,
    /// Working days since the step before.
    #[serde(default = "one")]
    pub(super) after: u32,
    #[serde(default)]
    pub(super) fields: Map<String, Json>,
}

/// How a case is filed.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    Named,
    Confidential,
    Anonymous,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    organisation: Vec<Organisation>,
    account: Vec<Account>,
    watch: Vec<Watch>,
    letter: Vec<Letter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situations {
    situation: Vec<Situation>,
    filer: Vec<Filer>,
    texts: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stories {
    every_state: Vec<String>,
    story: Vec<Story>,
}

impl Data {
    /// Reads the compiled-in data.
    ///
    /// # Errors
    /// [`DemoError::Data`]; a test proves that it does not happen.
    pub(super) fn read() -> Result<Self, DemoError> {
        let world: World = parse("world.toml", include_str!("data/world.toml"))?;
        let cases: Situations = parse("situations.toml", include_str!("data/situations.toml"))?;
        let stories: Stories = parse("stories.toml", include_str!("data/stories.toml"))?;
        Ok(Self {
            organisations: world.organisation,
            accounts: world.account,
            watches: world.watch,
            letters: world.letter,
            situations: cases.situation,
            filers: cases.filer,
            texts: cases.texts,
            answers: parse("answers.toml", include_str!("data/answers.toml"))?,
            stories: stories.story,
            every_state: stories.every_state,
        })
    }
}

fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, DemoError> {
    toml::from_str(text).map_err(|source| DemoError::Data {
        file,
        source: Box::new(source),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zhengming_marks::{ImportOptions, read_marks};

    use super::*;

    #[test]
    fn the_data_are_readable_and_refer_to_each_other() {
        let data = Data::read().expect("readable");
        let keys: BTreeSet<&str> = data.organisations.iter().map(|o| o.key.as_str()).collect();
        assert_eq!(keys.len(), data.organisations.len(), "keys are unique");
        for organisation in &data.organisations {
            assert!(
                organisation.parent.as_deref().is_none_or(|p| keys.contains(p)),
                "{}",
                organisation.key
            );
        }
        for (account, role) in data.accounts.iter().flat_map(|a| a.roles.iter().map(move |r| (a, r))) {
            let (role, organisation) = role.split_once('@').expect("role@organisation");
            assert!(crate::access::ROLES.contains(&role), "{} {role}", account.login);
            assert!(keys.contains(organisation), "{} {organisation}", account.login);
        }
        for story in &data.stories {
            assert!(
                data.situations.iter().any(|s| s.key == story.situation),
                "{}",
                story.situation
            );
        }
        for situation in &data.situations {
            assert!(keys.contains(situation.district.as_str()), "{}", situation.key);
        }
    }

    #[test]
    fn every_role_has_an_account() {
        let data = Data::read().expect("readable");
        let held: BTreeSet<&str> = data
            .accounts
            .iter()
            .flat_map(|a| &a.roles)
            .filter_map(|r| r.split('@').next())
            .collect();
        assert_eq!(held, BTreeSet::from(crate::access::ROLES));
    }

    #[test]
    fn the_register_is_sound_and_holds_every_brand() {
        let import = read_marks(REGISTER.as_bytes(), ImportOptions::default()).expect("sound");
        assert!(import.rows.len() >= 60);
        for situation in Data::read().expect("readable").situations {
            assert!(
                import.rows.iter().any(|row| row.name == situation.brand),
                "{}",
                situation.brand
            );
        }
    }
}
