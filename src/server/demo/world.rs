//! The people and offices of the demo, made by the same services that an administrator uses.

use std::{collections::BTreeMap, sync::Arc};

use data_encoding::BASE32_NOPAD;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use zhengming_engine::contribution::{Contribution, EvidenceItem, EvidenceKind, Message};
use zhengming_marks::{Band, ImportOptions, read_marks};

use super::{
    DemoError, Login,
    answers::Names,
    data::{Data, REGISTER},
};
use crate::{
    access::{Actor, Person},
    app::App,
    clock::random,
    service::{
        accounts,
        case_view::{self, ListRequest},
        contributions::{self, ContributionRequest},
        register,
        watches::{self, NewWatch},
    },
    store::{AccountRow, CaseFilter, CaseStatus, OrganisationRow},
};

/// Random bytes of a password: 80 bits.
const PASSWORD_BYTES: usize = 10;

/// Who plays.
pub(super) struct Cast {
    /// Everybody with an account, as they would be signed in, in the order of the data.
    pub(super) actors: Vec<Actor>,
    /// Ids by name.
    pub(super) names: Names,
    /// What is told to whoever runs the demo.
    pub(super) logins: Vec<Login>,
}

impl Cast {
    /// The actor with a login that the data name.
    fn known(&self, login: &str) -> Result<&Actor, DemoError> {
        self.login(login).ok_or_else(|| DemoError::Unknown(login.to_owned()))
    }

    /// The actor with a login.
    pub(super) fn login(&self, login: &str) -> Option<&Actor> {
        self.actors
            .iter()
            .find(|actor| actor.person().is_some_and(|p| p.account.login == login))
    }
}

/// Makes organisations, accounts and the register of marks.
///
/// # Errors
/// Those of the services.
pub(super) async fn found(app: &Arc<App>, data: &Data) -> Result<Cast, DemoError> {
    let mut names = organisations(app, data).await?;
    let (rows, logins) = people(app, data).await?;
    let mut actors = Vec::new();
    for row in rows {
        names.insert(format!("account:{}", row.login), row.id.clone());
        let memberships = app.store.memberships_of(std::slice::from_ref(&row.id)).await?;
        actors.push(Actor::Person(Person {
            account: row,
            memberships,
            session_id: "demo".to_owned(),
        }));
    }
    let import = read_marks(REGISTER.as_bytes(), ImportOptions::default())?;
    register::import(app, import.rows).await?;
    let cast = Cast { actors, names, logins };
    for (n, watch) in data.watches.iter().enumerate() {
        let new = NewWatch {
            mark_id: None,
            name: Some(watch.name.clone()),
            classes: Vec::new(),
            threshold: Band::MEDIUM,
        };
        watches::watch_mark(
            app,
            cast.known(&watch.account)?,
            new,
            &format!("demo-watch-of-names-{n:04}"),
        )
        .await?;
    }
    Ok(cast)
}

/// What people of the demo write on cases that stand open.
///
/// # Errors
/// Those of the services.
pub(super) async fn write_letters(app: &Arc<App>, data: &Data, cast: &Cast) -> Result<(), DemoError> {
    for (n, letter) in data.letters.iter().enumerate() {
        let actor = cast.known(&letter.account)?;
        let request = ListRequest {
            filter: CaseFilter {
                procedure: Some(letter.procedure.clone()),
                status: Some(CaseStatus::Open),
                ..CaseFilter::default()
            },
            limit: letter.cases,
            ..ListRequest::default()
        };
        for (m, summary) in case_view::list(app, actor, request).await?.iter().enumerate() {
            let message = Contribution::Message(Message {
                to: letter.to.clone(),
                text: letter.text.clone(),
            });
            let evidence = letter.evidence.as_ref().map(|title| {
                Contribution::Evidence(EvidenceItem {
                    title: title.clone(),
                    kind: EvidenceKind::Documentary,
                    description: None,
                    file: None,
                    web_address: None,
                    obtained_on: None,
                    kept_by: None,
                    readers: Vec::new(),
                })
            });
            for (k, contribution) in std::iter::once(message).chain(evidence).enumerate() {
                let request = ContributionRequest {
                    case_id: summary.case.id.clone(),
                    contribution,
                    idempotency_key: format!("demo-letter-{n:04}-{m:04}-{k:04}"),
                };
                contributions::contribute(app, actor, request).await?;
            }
        }
    }
    Ok(())
}

async fn organisations(app: &App, data: &Data) -> Result<Names, DemoError> {
    let mut names = BTreeMap::new();
    for organisation in &data.organisations {
        let id = app.ids.next().to_string();
        let parent_id = organisation
            .parent
            .as_ref()
            .and_then(|key| names.get(&format!("organisation:{key}")))
            .cloned();
        let row = OrganisationRow {
            id: id.clone(),
            key: organisation.key.clone(),
            name_zh: organisation.zh.clone(),
            name_en: organisation.en.clone(),
            kind: organisation.kind.clone(),
            parent_id,
            division_code: organisation.code.clone(),
        };
        app.store.put_organisation(row).await?;
        names.insert(format!("organisation:{}", organisation.key), id);
    }
    app.reload_organisations().await?;
    Ok(names)
}

/// Accounts with a password each, to which nobody can sign in before [`let_in`].
async fn people(app: &Arc<App>, data: &Data) -> Result<(Vec<AccountRow>, Vec<Login>), DemoError> {
    let tree = app.organisations();
    let (mut rows, mut logins) = (Vec::new(), Vec::new());
    for account in &data.accounts {
        let password = password(app);
        let new = accounts::NewAccount {
            login: account.login.clone(),
            display_name: account.name.clone(),
            password: password.clone(),
            mail: Some(format!("{}@wuhan.example", account.login)),
            locale: "zh".to_owned(),
        };
        let row = accounts::create_shut(app, new).await?;
        for (role, key) in account.roles.iter().filter_map(|role| role.split_once('@')) {
            let organisation = tree
                .iter()
                .find(|o| o.key == key)
                .ok_or(DemoError::Unknown(key.to_owned()))?;
            accounts::grant(app, &row.id, &organisation.id, role).await?;
        }
        rows.push(row);
        logins.push(Login {
            login: account.login.clone(),
            password,
            name: account.name.clone(),
            roles: account.roles.clone(),
        });
    }
    Ok((rows, logins))
}

/// Hashes the passwords at the configured cost, as many at a time as the hasher works on, and keeps them. It takes seconds, and
/// the cases can be played meanwhile: nobody signs in before the demo is made.
///
/// # Errors
/// Those of the services.
pub(super) async fn let_in(app: &Arc<App>, cast: &Cast) -> Result<(), DemoError> {
    let people = cast.actors.iter().filter_map(Actor::person).zip(&cast.logins);
    stream::iter(people)
        .map(|(person, login)| async move {
            let hash = app.passwords.hash(&login.password).await.map_err(accounts::busy)?;
            let id = &person.account.id;
            Ok(app.store.set_password_hash(id, &hash, app.now()).await?)
        })
        .buffer_unordered(usize::from(app.config.password.workers.get()))
        .try_collect()
        .await
}

/// A password that can be typed: groups of four letters and digits, as long as the policy wants.
fn password(app: &App) -> String {
    let least = usize::from(app.config.password.min_length.get());
    let mut password = String::new();
    while password.len() < least || password.is_empty() {
        let drawn = BASE32_NOPAD
            .encode(&random::<PASSWORD_BYTES>(app.entropy.as_ref()))
            .to_lowercase();
        for group in drawn.as_bytes().chunks(4) {
            password.push_str(&String::from_utf8_lossy(group));
            password.push('-');
        }
    }
    // A policy that counts kinds of characters finds three.
    let [digit] = random::<1>(app.entropy.as_ref());
    password.push(char::from(b'0' + digit % 10));
    password
}
