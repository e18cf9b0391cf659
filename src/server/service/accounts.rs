//! Accounts: signing in and out, sessions and tokens, roles. Every door counts its failures and writes the audit trail.

use std::{net::IpAddr, sync::Arc};

use time::OffsetDateTime;

use super::{Error, Result};
use crate::{
    access::{ADMINISTRATOR, Action, Actor, Person, Standing, can, grantable},
    app::App,
    limit::Door,
    mail::is_address,
    secret::{PasswordError, PasswordPolicy, Token, Verdict},
    store::{AccountRow, AuditOutcome, MembershipRow, NewAudit, SessionKind, SessionRow, StoreError},
};

/// A session that was just opened; the token is shown once.
pub struct SignedIn {
    /// The secret: cookie value or bearer token.
    pub token: String,
    /// Who came in.
    pub actor: Actor,
    /// When the session ends in any case.
    pub expires_at: OffsetDateTime,
}

/// How somebody comes in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Sign-in name.
    pub login: String,
    /// Password.
    pub password: String,
    /// Cookie for a browser, bearer for a program.
    pub kind: SessionKind,
    /// What the holder calls it.
    pub label: Option<String>,
    /// Where from, for the rate limit only; it is not stored.
    pub address: IpAddr,
}

/// Signs somebody in. An unknown name, a wrong password and a disabled account give the same answer after the same work.
///
/// # Errors
/// [`Error::Unauthenticated`], [`Error::RateLimited`], [`Error::Busy`]; those of the database.
pub async fn sign_in(app: &Arc<App>, request: SignIn) -> Result<SignedIn> {
    let login = login_of(&request.login);
    app.limits
        .check(Door::SignIn, request.address, Some(&login))
        .map_err(Error::RateLimited)?;
    // Nobody is called so, and PostgreSQL knows no text with such a character.
    let account = if login.contains(char::is_control) {
        None
    } else {
        app.store.account_by_login(&login).await?
    };
    let known = account.as_ref().map(|a| a.password_hash.clone());
    let verdict = app
        .passwords
        .verify(&request.password, known.as_deref())
        .await
        .map_err(busy)?;
    let now = app.now();
    let live = account.filter(|a| a.disabled_at.is_none());
    let Some(mut account) = live.filter(|_| !matches!(verdict, Verdict::Wrong)) else {
        app.metrics.sign_in_failures.with_label_values(&["refused"]).inc();
        audit(app, None, "session.open", "account:unknown", AuditOutcome::Denied, None).await?;
        return Err(Error::Unauthenticated);
    };
    app.limits.signed_in(&login, request.address);
    if matches!(verdict, Verdict::RightButOutdated) {
        renew(app, &mut account, &request.password).await?;
    }
    let token = Token::generate(app.entropy.as_ref());
    let lifetime = match request.kind {
        SessionKind::Cookie => app.config.session.absolute(),
        SessionKind::Bearer => app.config.session.bearer(),
    };
    let session = SessionRow {
        id: app.ids.next().to_string(),
        token_hash: token.hash().to_hex(),
        account_id: account.id.clone(),
        kind: request.kind,
        label: request.label,
        created_at: now,
        last_seen_at: now,
        expires_at: now + lifetime,
        revoked_at: None,
    };
    let (session_id, expires_at) = (session.id.clone(), session.expires_at);
    let begun = app.store.insert_session(session, &account.password_hash).await;
    begun.map_err(|error| match error {
        // Another password was set, or the account disabled, while this one was compared: the next try hears which.
        StoreError::NotFound => Error::Busy,
        other => other.into(),
    })?;
    audit(
        app,
        Some(&account.id),
        "session.open",
        &format!("session:{session_id}"),
        AuditOutcome::Allowed,
        None,
    )
    .await?;
    let actor = person(app, account, session_id).await?;
    Ok(SignedIn {
        token: token.reveal().to_string(),
        actor,
        expires_at,
    })
}

/// Hashes a password at the cost that is configured now: only while somebody signs in is it known. Where there is no room for the
/// work, the next sign-in does it.
async fn renew(app: &App, account: &mut AccountRow, password: &str) -> Result<()> {
    let Ok(hash) = app.passwords.hash(password).await else {
        return Ok(());
    };
    let renewed = app
        .store
        .renew_password_hash(&account.id, &account.password_hash, &hash);
    if renewed.await? {
        account.password_hash = hash;
    }
    Ok(())
}

pub(crate) fn busy(error: PasswordError) -> Error {
    match error {
        PasswordError::Busy { .. } => Error::Busy,
        _ => Error::Internal("password hashing failed"),
    }
}

/// The actor behind a token, with the roles in force now. `None`: the token opens nothing (any more).
///
/// # Errors
/// Those of the database.
pub async fn authenticate(app: &App, token: &str) -> Result<Option<Actor>> {
    let Ok(token) = token.parse::<Token>() else {
        return Ok(None);
    };
    let Some(session) = app.store.session_by_token(&token.hash().to_hex()).await? else {
        return Ok(None);
    };
    let now = app.now();
    if !in_force(app, &session, now) {
        return Ok(None);
    }
    let Some(account) = app
        .store
        .account(&session.account_id)
        .await?
        .filter(|a| a.disabled_at.is_none())
    else {
        return Ok(None);
    };
    if now - session.last_seen_at > time::Duration::minutes(1) {
        app.store.touch_sessions(vec![session.id.clone()], now).await?;
    }
    person(app, account, session.id).await.map(Some)
}

/// Whether a session still holds; sockets ask again and again.
///
/// # Errors
/// Those of the database.
pub async fn still_valid(app: &App, session_id: &str) -> Result<bool> {
    let Some(session) = app.store.session(session_id).await? else {
        return Ok(false);
    };
    if !in_force(app, &session, app.now()) {
        return Ok(false);
    }
    Ok(app
        .store
        .account(&session.account_id)
        .await?
        .is_some_and(|a| a.disabled_at.is_none()))
}

/// Whether a session still holds and its account still has the roles that were read when it came in; what stays open
/// longer than a request ends otherwise, so that a revoked role ends with it.
///
/// # Errors
/// Those of the database.
pub async fn unchanged(app: &App, person: &Person) -> Result<bool> {
    if !still_valid(app, &person.session_id).await? {
        return Ok(false);
    }
    let memberships = app
        .store
        .memberships_of(std::slice::from_ref(&person.account.id))
        .await?;
    let mut now: Vec<String> = memberships
        .into_iter()
        .filter(|m| m.revoked_at.is_none())
        .map(|m| m.id)
        .collect();
    let mut then: Vec<String> = person.memberships.iter().map(|m| m.id.clone()).collect();
    now.sort();
    then.sort();
    Ok(now == then)
}

fn in_force(app: &App, session: &SessionRow, now: OffsetDateTime) -> bool {
    let idle = session.kind == SessionKind::Cookie && now - session.last_seen_at > app.config.session.idle();
    session.revoked_at.is_none() && now < session.expires_at && !idle
}

pub(super) fn policy(app: &App) -> PasswordPolicy {
    let config = &app.config.password;
    PasswordPolicy {
        min_length: usize::from(config.min_length.get()),
        complexity: config.complexity,
    }
}

/// The account as its owner would act now, for what is done on their behalf while they are away: nothing that takes a session.
pub(super) async fn acting_for(app: &App, account: AccountRow) -> Result<Actor> {
    person(app, account, String::new()).await
}

async fn person(app: &App, account: AccountRow, session_id: String) -> Result<Actor> {
    let memberships = app.store.memberships_of(std::slice::from_ref(&account.id)).await?;
    let memberships = memberships.into_iter().filter(|m| m.revoked_at.is_none()).collect();
    Ok(Actor::Person(Person {
        account,
        memberships,
        session_id,
    }))
}

/// Ends the actor's own session; the token is void at once.
///
/// # Errors
/// [`Error::Unauthenticated`] without a session; those of the database.
pub async fn sign_out(app: &App, actor: &Actor) -> Result<()> {
    let person = actor.person().ok_or(Error::Unauthenticated)?;
    app.store.revoke_session(&person.session_id, app.now()).await?;
    let object = format!("session:{}", person.session_id);
    audit(
        app,
        Some(&person.account.id),
        "session.close",
        &object,
        AuditOutcome::Allowed,
        None,
    )
    .await
}

/// A new account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Sign-in name; stored in lower case.
    pub login: String,
    /// Name shown to others.
    pub display_name: String,
    /// First password.
    pub password: String,
    /// Address for notices.
    pub mail: Option<String>,
    /// `zh` or `en`.
    pub locale: String,
}

/// Whether an account can be made so, as far as that can be told before it is made.
///
/// # Errors
/// [`Error::Invalid`] for a weak password, a name that is taken or malformed, or an address that is none.
pub async fn check(app: &App, new: &NewAccount) -> Result<()> {
    let login = login_of(&new.login);
    let good = (2..=64).contains(&login.len())
        && login
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
    if !good {
        return Err(invalid("login", "INVALID_LOGIN"));
    }
    let weak = policy(app).check(&new.password, &login);
    weak.map_err(|weakness| invalid("password", weakness.code()))?;
    let named = (1..=100).contains(&new.display_name.trim().chars().count());
    if !named {
        return Err(invalid("name", "INVALID_NAME"));
    }
    if new.mail.as_deref().is_some_and(|mail| !is_address(mail)) {
        return Err(invalid("mail", "INVALID_MAIL"));
    }
    if app.store.account_by_login(&login).await?.is_some() {
        return Err(invalid("login", "LOGIN_TAKEN"));
    }
    Ok(())
}

/// A sign-in name as it is stored, however it was written.
pub(crate) fn login_of(written: &str) -> String {
    written.trim().to_lowercase()
}

fn invalid(field: &'static str, code: &'static str) -> Error {
    Error::Invalid { field, code }
}

/// Makes an account without any role.
///
/// # Errors
/// As [`check`]; those of the database.
pub async fn create(app: &App, new: NewAccount) -> Result<AccountRow> {
    check(app, &new).await?;
    let hash = app.passwords.hash(&new.password).await.map_err(busy)?;
    insert(app, new, hash).await
}

/// Makes an account without any role to which nobody can sign in until the hash of its password is kept: hashing takes long,
/// and whoever makes many accounts need not wait for it.
///
/// # Errors
/// As [`create`].
pub(crate) async fn create_shut(app: &App, new: NewAccount) -> Result<AccountRow> {
    check(app, &new).await?;
    let hash = app.passwords.of_nobody().to_owned();
    insert(app, new, hash).await
}

async fn insert(app: &App, new: NewAccount, password_hash: String) -> Result<AccountRow> {
    let row = AccountRow {
        id: app.ids.next().to_string(),
        login: login_of(&new.login),
        display_name: new.display_name,
        password_hash,
        mail: new.mail,
        locale: new.locale,
        disabled_at: None,
        created_at: app.now(),
    };
    app.store
        .insert_account(row.clone())
        .await
        .map_err(|error| match error {
            StoreError::Duplicate => Error::Invalid {
                field: "login",
                code: "LOGIN_TAKEN",
            },
            other => other.into(),
        })?;
    audit(
        app,
        None,
        "account.create",
        &format!("account:{}", row.id),
        AuditOutcome::Allowed,
        None,
    )
    .await?;
    Ok(row)
}

/// Sets a new password and ends every session of the account.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] for a weak password.
pub async fn reset_password(app: &App, login: &str, password: &str) -> Result<()> {
    let account = by_login(app, login).await?;
    policy(app)
        .check(password, &account.login)
        .map_err(|weakness| Error::Invalid {
            field: "password",
            code: weakness.code(),
        })?;
    let hash = app.passwords.hash(password).await.map_err(busy)?;
    app.store.set_password_hash(&account.id, &hash, app.now()).await?;
    audit(
        app,
        None,
        "account.reset",
        &format!("account:{}", account.id),
        AuditOutcome::Allowed,
        None,
    )
    .await
}

/// Disables an account and ends every session of it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] `LAST_ADMINISTRATOR` for the only one who could mend that; those of the database.
pub async fn disable(app: &App, login: &str) -> Result<()> {
    let account = by_login(app, login).await?;
    if leaves_none(&administrators(app).await?, |held| held.account_id == account.id) {
        return Err(invalid("login", "LAST_ADMINISTRATOR"));
    }
    app.store.set_account_disabled(&account.id, Some(app.now())).await?;
    let object = format!("account:{}", account.id);
    audit(app, None, "account.disable", &object, AuditOutcome::Allowed, None).await
}

/// Lets a disabled account sign in again.
///
/// # Errors
/// [`Error::NotFound`]; those of the database.
pub async fn enable(app: &App, login: &str) -> Result<()> {
    let account = by_login(app, login).await?;
    app.store.set_account_disabled(&account.id, None).await?;
    let object = format!("account:{}", account.id);
    audit(app, None, "account.enable", &object, AuditOutcome::Allowed, None).await
}

async fn by_login(app: &App, login: &str) -> Result<AccountRow> {
    let found = app.store.account_by_login(&login_of(login)).await?;
    found.ok_or(Error::NotFound)
}

/// The roles of administrators who can sign in now.
async fn administrators(app: &App) -> Result<Vec<MembershipRow>> {
    let accounts = app.store.accounts().await?;
    let active: Vec<String> = accounts
        .into_iter()
        .filter(|account| account.disabled_at.is_none())
        .map(|account| account.id)
        .collect();
    let mut held = app.store.memberships_of(&active).await?;
    held.retain(|m| m.role == ADMINISTRATOR);
    Ok(held)
}

/// Whether nobody administers any more once these roles are gone. Where nobody did before, nothing is lost.
fn leaves_none(administrators: &[MembershipRow], goes: impl Fn(&MembershipRow) -> bool) -> bool {
    !administrators.is_empty() && administrators.iter().all(goes)
}

/// Takes a role in an organisation back. It ends with the account's next request.
///
/// # Errors
/// [`Error::NotFound`] if the account has no such role there; [`Error::Invalid`] `LAST_ADMINISTRATOR`; those of the database.
pub async fn revoke(app: &App, account_id: &str, organisation_id: &str, role: &str) -> Result<()> {
    let held = app.store.memberships_of(&[account_id.to_owned()]).await?;
    let held: Vec<MembershipRow> = held
        .into_iter()
        .filter(|m| m.role == role && m.organisation_id == organisation_id && m.revoked_at.is_none())
        .collect();
    if held.is_empty() {
        return Err(Error::NotFound);
    }
    let goes = |administrator: &MembershipRow| held.iter().any(|m| m.id == administrator.id);
    if role == ADMINISTRATOR && leaves_none(&administrators(app).await?, goes) {
        return Err(invalid("role", "LAST_ADMINISTRATOR"));
    }
    for membership in &held {
        app.store.revoke_membership(&membership.id, app.now()).await?;
    }
    let object = format!("account:{account_id}");
    let action = format!("role.revoke.{role}");
    audit(app, None, &action, &object, AuditOutcome::Allowed, None).await
}

/// Gives a role in an organisation to an account. It counts from the next request on; one that it has already is not given
/// twice.
///
/// # Errors
/// [`Error::Invalid`] for an unknown role or organisation.
pub async fn grant(app: &App, account_id: &str, organisation_id: &str, role: &str) -> Result<()> {
    if !grantable(&app.pack()).contains(role) {
        return Err(Error::Invalid {
            field: "role",
            code: "UNKNOWN_ROLE",
        });
    }
    if app.organisations().get(organisation_id).is_none() {
        return Err(Error::Invalid {
            field: "organisation",
            code: "UNKNOWN_ORGANISATION",
        });
    }
    let held = app.store.memberships_of(&[account_id.to_owned()]).await?;
    let same = |m: &MembershipRow| m.role == role && m.organisation_id == organisation_id && m.revoked_at.is_none();
    if held.iter().any(same) {
        return Ok(());
    }
    let row = MembershipRow {
        id: app.ids.next().to_string(),
        account_id: account_id.to_owned(),
        organisation_id: organisation_id.to_owned(),
        role: role.to_owned(),
        granted_at: app.now(),
        revoked_at: None,
    };
    app.store.grant(row).await?;
    let object = format!("account:{account_id}");
    audit(
        app,
        None,
        &format!("role.grant.{role}"),
        &object,
        AuditOutcome::Allowed,
        None,
    )
    .await
}

/// Writes one line of the audit trail.
pub(super) async fn audit(
    app: &App,
    account: Option<&str>,
    action: &str,
    object: &str,
    outcome: AuditOutcome,
    purpose: Option<&str>,
) -> Result<()> {
    let entry = NewAudit {
        at: app.now(),
        actor_account: account.map(str::to_owned),
        action: action.to_owned(),
        object: object.to_owned(),
        outcome,
        purpose: purpose.map(str::to_owned),
    };
    app.store.audit(entry).await?;
    Ok(())
}

/// Refuses and writes it down, or lets pass.
pub(super) async fn demand(app: &App, actor: &Actor, action: Action, standing: &Standing, object: &str) -> Result<()> {
    if can(actor, action, standing).is_some() {
        return Ok(());
    }
    audit(
        app,
        actor.account_id(),
        action.code(),
        object,
        AuditOutcome::Denied,
        None,
    )
    .await?;
    Err(match actor {
        Actor::Anonymous => Error::Unauthenticated,
        _ => Error::Forbidden,
    })
}
