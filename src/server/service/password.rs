//! One's own password.

use std::{net::IpAddr, sync::Arc};

use super::{
    Error, Result,
    accounts::{self, SignIn, SignedIn, audit, busy, policy},
};
use crate::{
    access::Actor,
    app::App,
    limit::Door,
    secret::Verdict,
    store::{AuditOutcome, SessionKind, StoreError},
};

/// A wish for another password.
pub struct Change {
    /// The present one: whoever only sits at an open screen does not know it.
    pub present: String,
    /// The new one.
    pub new: String,
    /// Where the wish comes from.
    pub address: IpAddr,
}

/// Sets a new password for who is signed in. Every session of the account ends, so that nobody else goes on with the old
/// password; the answer is the new session of who asked.
///
/// # Errors
/// [`Error::Unauthenticated`] without a session; [`Error::Invalid`] for `present` with `PASSWORD_WRONG`, for `new` when it
/// is weak or the old one; [`Error::RateLimited`], [`Error::Busy`]; those of the database.
pub async fn change(app: &Arc<App>, actor: &Actor, wish: Change) -> Result<SignedIn> {
    let invalid = |field, code| Error::Invalid { field, code };
    let account = &actor.person().ok_or(Error::Unauthenticated)?.account;
    let door = app.limits.check(Door::SignIn, wish.address, Some(&account.login));
    door.map_err(Error::RateLimited)?;
    let noted = async |outcome| {
        let object = format!("account:{}", account.id);
        audit(app, Some(&account.id), "account.password", &object, outcome, None).await
    };
    let verified = app.passwords.verify(&wish.present, Some(&account.password_hash)).await;
    if matches!(verified.map_err(busy)?, Verdict::Wrong) {
        noted(AuditOutcome::Denied).await?;
        return Err(invalid("present", "PASSWORD_WRONG"));
    }
    app.limits.signed_in(&account.login, wish.address);
    let weak = policy(app).check(&wish.new, &account.login);
    weak.map_err(|weakness| invalid("new", weakness.code()))?;
    if wish.new == wish.present {
        return Err(invalid("new", "PASSWORD_UNCHANGED"));
    }
    let hash = app.passwords.hash(&wish.new).await.map_err(busy)?;
    let (compared, now) = (&account.password_hash, app.now());
    match app.store.change_password_hash(&account.id, compared, &hash, now).await {
        // Another was set since: the present one is no more what it was when it was compared.
        Err(StoreError::NotFound) => {
            noted(AuditOutcome::Denied).await?;
            return Err(invalid("present", "PASSWORD_WRONG"));
        }
        changed => changed?,
    }
    noted(AuditOutcome::Allowed).await?;
    let again = SignIn {
        login: account.login.clone(),
        password: wish.new,
        kind: SessionKind::Cookie,
        label: None,
        address: wish.address,
    };
    accounts::sign_in(app, again).await
}
