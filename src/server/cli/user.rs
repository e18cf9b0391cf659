//! `zhengming user`: accounts and roles, the first administrator among them.

mod password;

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Global, Outcome, UsageError,
    language::say,
    opened::{Data, with_app},
    print,
};
use crate::{
    access::grantable,
    app::{App, SharedApp},
    service::{
        Error,
        accounts::{self, NewAccount},
        organisations::{self, NewOrganisation},
    },
    store::{AccountRow, OrganisationRow},
};

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make an account, with a role if --role is given; prints its generated password once
    Add(Add),
    /// Set a new password and end all sessions of the account
    Reset(Reset),
    /// Disable an account and end all its sessions
    Disable {
        /// Sign-in name
        login: String,
    },
    /// Let a disabled account sign in again
    Enable {
        /// Sign-in name
        login: String,
    },
    /// List accounts with their roles
    List {
        /// Print an array of JSON objects
        #[arg(long)]
        json: bool,
    },
    /// Give a role in an organisation to an account
    Grant {
        /// Sign-in name
        login: String,
        #[command(flatten)]
        membership: Membership,
    },
    /// Take a role in an organisation back from an account
    Revoke {
        /// Sign-in name
        login: String,
        #[command(flatten)]
        membership: Membership,
    },
}

/// Options of `user add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Sign-in name: lower-case letters, digits, dot, hyphen, underscore
    pub login: String,
    /// Name shown to others; else the sign-in name
    #[arg(long)]
    pub name: Option<String>,
    /// Address for notices
    #[arg(long)]
    pub mail: Option<String>,
    /// Language of notices
    #[arg(long, default_value = "zh", value_parser = ["zh", "en"])]
    pub locale: String,
    /// Role to begin with
    #[arg(long, requires = "organisation")]
    pub role: Option<String>,
    /// Key of the organisation in which the role holds
    #[arg(long, value_name = "KEY", requires = "role")]
    pub organisation: Option<String>,
    /// Make the organisation, with this name, if there is none with the key
    #[arg(long, value_name = "NAME", requires = "organisation")]
    pub organisation_name: Option<String>,
    /// What the organisation is, as the procedures name it
    #[arg(
        long,
        value_name = "KIND",
        default_value = "market_regulation",
        requires = "organisation_name"
    )]
    pub organisation_kind: String,
    /// Administrative division of the organisation (GB/T 2260)
    #[arg(long, value_name = "CODE", default_value = "", requires = "organisation_name")]
    pub organisation_division: String,
    /// Key of the organisation above it
    #[arg(long, value_name = "KEY", requires = "organisation_name")]
    pub organisation_parent: Option<String>,
    /// Read the password from the first line of stdin instead of generating one
    #[arg(long)]
    pub password_stdin: bool,
}

/// Options of `user reset`.
#[derive(Debug, Args)]
pub struct Reset {
    /// Sign-in name
    pub login: String,
    /// Read the password from the first line of stdin instead of generating one
    #[arg(long)]
    pub password_stdin: bool,
}

/// A role somewhere.
#[derive(Debug, Args)]
pub struct Membership {
    /// The role
    #[arg(long)]
    pub role: String,
    /// Key of the organisation
    #[arg(long, value_name = "KEY")]
    pub organisation: String,
}

impl User {
    /// Does it.
    ///
    /// # Errors
    /// A name, password, role or organisation that cannot be used; those of the database.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        match self {
            Self::Add(add) => with_app(global, Data::MayBegin, |app| add.run(app)),
            Self::Reset(reset) => with_app(global, Data::MustExist, |app| reset.run(app)),
            Self::Disable { login } => with_app(global, Data::MustExist, |app| async move {
                accounts::disable(&app, &login)
                    .await
                    .map_err(|error| named(error, &login))?;
                done("cli-user-disabled", &login)
            }),
            Self::Enable { login } => with_app(global, Data::MustExist, |app| async move {
                accounts::enable(&app, &login)
                    .await
                    .map_err(|error| named(error, &login))?;
                done("cli-user-enabled", &login)
            }),
            Self::Revoke { login, membership } => with_app(global, Data::MustExist, |app| async move {
                let account = account(&app, &login).await?;
                let organisation = organisation(&app, &membership.organisation).await?;
                let revoked = accounts::revoke(&app, &account.id, &organisation.id, &membership.role).await;
                revoked.map_err(|error| match error {
                    Error::NotFound => UsageError::Other(format!(
                        "`{login}` has no role `{}` in `{}`; `zhengming user list` shows all",
                        membership.role, organisation.key
                    )),
                    other => other.into(),
                })?;
                done("cli-user-revoked", &login)
            }),
            Self::List { json } => with_app(global, Data::MustExist, move |app| list(app, json)),
            Self::Grant { login, membership } => with_app(global, Data::MustExist, |app| async move {
                known_role(&app, &membership.role)?;
                let account = account(&app, &login).await?;
                let organisation = organisation(&app, &membership.organisation).await?;
                accounts::grant(&app, &account.id, &organisation.id, &membership.role).await?;
                done("cli-user-granted", &login)
            }),
        }
    }
}

impl Add {
    async fn run(self, app: SharedApp) -> Result<Outcome, UsageError> {
        self.role.as_deref().map_or(Ok(()), |role| known_role(&app, role))?;
        let secret = password::given_or_made(&app, self.password_stdin)?;
        let new = NewAccount {
            login: self.login.clone(),
            display_name: self.name.clone().unwrap_or_else(|| self.login.clone()),
            password: secret.text.to_string(),
            mail: self.mail.clone(),
            locale: self.locale.clone(),
        };
        // A refused account leaves no organisation behind.
        accounts::check(&app, &new).await?;
        let organisation = match &self.organisation {
            None => None,
            Some(key) => Some(self.find_or_make(&app, key).await?),
        };
        let account = accounts::create(&app, new).await?;
        if let (Some(organisation), Some(role)) = (organisation, &self.role) {
            accounts::grant(&app, &account.id, &organisation.id, role).await?;
        }
        secret.show()?;
        done("cli-user-added", &account.login)
    }

    async fn find_or_make(&self, app: &App, key: &str) -> Result<OrganisationRow, UsageError> {
        let Some(name) = &self.organisation_name else {
            return organisation(app, key).await;
        };
        if let Some(found) = app.store.organisation_by_key(key).await? {
            return Ok(found);
        }
        let new = NewOrganisation {
            key: key.to_owned(),
            name_zh: name.clone(),
            name_en: name.clone(),
            kind: self.organisation_kind.clone(),
            parent: self.organisation_parent.clone(),
            division_code: self.organisation_division.clone(),
        };
        Ok(organisations::create(app, new).await?)
    }
}

impl Reset {
    async fn run(self, app: SharedApp) -> Result<Outcome, UsageError> {
        let secret = password::given_or_made(&app, self.password_stdin)?;
        let reset = accounts::reset_password(&app, &self.login, &secret.text).await;
        reset.map_err(|error| named(error, &self.login))?;
        secret.show()?;
        done("cli-user-reset", &self.login)
    }
}

/// Refuses a role that neither the service nor a procedure knows, before anything is made.
fn known_role(app: &App, role: &str) -> Result<(), UsageError> {
    let pack = app.pack();
    let known = grantable(&pack);
    if known.contains(role) {
        return Ok(());
    }
    let known: Vec<&str> = known.into_iter().collect();
    Err(UsageError::Other(format!(
        "`{role}` is no role of the service or of its procedures; known: {}",
        known.join(", ")
    )))
}

fn done(key: &str, login: &str) -> Result<Outcome, UsageError> {
    // stdout carries the password alone, so that a script can take it.
    super::warn(&say(key, &[("login", login.into())]));
    Ok(Outcome::Done)
}

fn named(error: Error, login: &str) -> UsageError {
    match error {
        Error::NotFound => unknown_login(login),
        other => other.into(),
    }
}

fn unknown_login(login: &str) -> UsageError {
    UsageError::Other(format!("no account `{login}`; `zhengming user list` shows all"))
}

async fn account(app: &App, login: &str) -> Result<AccountRow, UsageError> {
    let found = app.store.account_by_login(&accounts::login_of(login)).await?;
    found.ok_or_else(|| unknown_login(login))
}

async fn organisation(app: &App, key: &str) -> Result<OrganisationRow, UsageError> {
    if let Some(found) = app.store.organisation_by_key(key).await? {
        return Ok(found);
    }
    let known: Vec<String> = app
        .store
        .organisations()
        .await?
        .into_iter()
        .map(|row| row.key)
        .collect();
    Err(UsageError::Other(if known.is_empty() {
        format!(
            "there is no organisation yet: make `{key}` with `user add … --organisation {key} --organisation-name NAME`"
        )
    } else {
        format!("no organisation `{key}`; there are: {}", known.join(" "))
    }))
}

async fn list(app: Arc<App>, as_json: bool) -> Result<Outcome, UsageError> {
    let accounts = app.store.accounts().await?;
    let ids: Vec<String> = accounts.iter().map(|a| a.id.clone()).collect();
    let memberships = app.store.memberships_of(&ids).await?;
    let tree = app.organisations();
    let roles = |account: &AccountRow| -> Vec<String> {
        let own = memberships
            .iter()
            .filter(|m| m.account_id == account.id && m.revoked_at.is_none());
        own.map(|m| {
            format!(
                "{}@{}",
                m.role,
                tree.get(&m.organisation_id).map_or("?", |o| o.key.as_str())
            )
        })
        .collect()
    };
    let text = if as_json {
        let rows: Vec<_> = accounts
            .iter()
            .map(|a| json!({"login": a.login, "name": a.display_name, "disabled": a.disabled_at.is_some(), "roles": roles(a)}))
            .collect();
        format!("{}\n", serde_json::to_string_pretty(&rows)?)
    } else {
        let line = |a: &AccountRow| {
            let state = if a.disabled_at.is_some() { "disabled" } else { "active" };
            format!("{}\t{state}\t{}\t{}\n", a.login, a.display_name, roles(a).join(" "))
        };
        accounts.iter().map(line).collect()
    };
    print(&text)?;
    Ok(Outcome::Done)
}
