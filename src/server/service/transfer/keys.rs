//! The keys of the organisations here, and those of others by which their files are known.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Body, Error, Result, refused};
use crate::{
    app::App,
    secret::jws::{SigningKey, VerifyingKey},
    service::{
        accounts::audit,
        organisations::{self, NewOrganisation},
    },
    store::{AuditOutcome, OrganisationRow, PeerKeyRow},
};

/// The public key of an organisation as it is handed to others: a JSON Web Key (RFC 8037) with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// The key.
    pub x: String,
    /// Its thumbprint (RFC 7638): what both sides compare by another way.
    pub kid: String,
    /// Whose it is.
    pub organisation: Body,
}

/// The key with which an organisation of this installation signs.
pub(super) fn signing_key(app: &App, organisation: &OrganisationRow) -> Arc<SigningKey> {
    app.secrets.signing_key(&organisation.id)
}

/// An organisation by its key.
///
/// # Errors
/// [`Error::Invalid`] for one that is not there; the database's.
pub(super) async fn organisation(app: &App, key: &str) -> Result<OrganisationRow> {
    let found = app.store.organisation_by_key(key).await?;
    found.ok_or(Error::Invalid {
        field: "organisation",
        code: "UNKNOWN_ORGANISATION",
    })
}

/// The public key of an organisation of this installation.
///
/// # Errors
/// [`Error::Invalid`] for an organisation that is not there; the database's.
pub async fn own_key(app: &App, organisation_key: &str) -> Result<PublicKey> {
    let row = organisation(app, organisation_key).await?;
    let key = signing_key(app, &row);
    Ok(PublicKey {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: key.public().x(),
        kid: key.public().thumbprint(),
        organisation: Body::from(&row),
    })
}

/// Trusts a key: files that it signs count from now on. The organisation is entered where it is not known yet; `known_here`
/// names it where it has another key here.
///
/// # Errors
/// [`Error::Invalid`] for a file that is no such key (`INVALID_PUBLIC_KEY`), an unknown organisation, one that cannot be
/// entered, and for a key that was revoked (`TRANSFER_REVOKED_KEY`) or is that of an organisation here
/// (`TRANSFER_OWN_KEY`); the database's.
pub async fn trust(app: &App, text: &str, known_here: Option<&str>) -> Result<PeerKeyRow> {
    let unusable = Error::Invalid {
        field: "key",
        code: "INVALID_PUBLIC_KEY",
    };
    let key: PublicKey = serde_json::from_str(text).map_err(|_| unusable.clone())?;
    let proves = VerifyingKey::from_x(&key.x).filter(|proves| proves.thumbprint() == key.kid);
    let named = key.kty == "OKP" && key.crv == "Ed25519";
    let proves = proves.filter(|_| named).ok_or(unusable)?;
    if own(app, &key.kid).is_some() {
        return Err(refused("TRANSFER_OWN_KEY"));
    }
    let row = match known_here {
        Some(known) => organisation(app, known).await?,
        None => entered(app, &key.organisation).await?,
    };
    let thumbprint = proves.thumbprint();
    let entry = PeerKeyRow {
        thumbprint: thumbprint.clone(),
        organisation_id: row.id,
        x: proves.x(),
        trusted_at: app.now(),
        revoked_at: None,
    };
    app.store.trust_key(entry).await?;
    let kept = app.store.peer_key(&thumbprint).await?;
    let kept = kept.ok_or(Error::Internal("a key was not kept"))?;
    if kept.revoked_at.is_some() {
        return Err(refused("TRANSFER_REVOKED_KEY"));
    }
    audit(
        app,
        None,
        "transfer.trust",
        &format!("peer_key:{thumbprint}"),
        AuditOutcome::Allowed,
        None,
    )
    .await?;
    Ok(kept)
}

/// Nothing that a key signs counts from now on.
///
/// # Errors
/// `TRANSFER_NO_SUCH_KEY` where no such key counts; the database's.
pub async fn revoke(app: &App, thumbprint: &str) -> Result<()> {
    if !app.store.revoke_key(thumbprint, app.now()).await? {
        return Err(refused("TRANSFER_NO_SUCH_KEY"));
    }
    let object = format!("peer_key:{thumbprint}");
    audit(app, None, "transfer.revoke", &object, AuditOutcome::Allowed, None).await
}

/// The keys of others, the oldest first, with whose they are.
///
/// # Errors
/// The database's.
pub async fn trusted(app: &App) -> Result<Vec<(PeerKeyRow, String)>> {
    let tree = app.organisations();
    let rows = app.store.peer_keys().await?.into_iter();
    let whose = |row: &PeerKeyRow| tree.get(&row.organisation_id).map(|o| o.key.clone());
    Ok(rows.map(|row| (row.clone(), whose(&row).unwrap_or_default())).collect())
}

/// The organisation of this installation that has this key.
pub(super) fn own(app: &App, thumbprint: &str) -> Option<OrganisationRow> {
    let tree = app.organisations();
    let mut rows = tree.iter();
    rows.find(|row| signing_key(app, row).public().thumbprint() == thumbprint)
        .cloned()
}

/// A key that counts, of an organisation elsewhere.
///
/// # Errors
/// `TRANSFER_UNKNOWN_KEY`, `TRANSFER_REVOKED_KEY`; the database's.
pub(super) async fn peer(app: &App, thumbprint: &str) -> Result<(PeerKeyRow, VerifyingKey)> {
    let row = app.store.peer_key(thumbprint).await?;
    let row = row.ok_or(refused("TRANSFER_UNKNOWN_KEY"))?;
    if row.revoked_at.is_some() {
        return Err(refused("TRANSFER_REVOKED_KEY"));
    }
    let key = VerifyingKey::from_x(&row.x).ok_or(Error::Internal("a kept key is unreadable"))?;
    Ok((row, key))
}

/// The newest key that counts of an organisation elsewhere.
///
/// # Errors
/// `TRANSFER_NO_KEY`; the database's.
pub(super) async fn newest(app: &App, organisation_id: &str) -> Result<String> {
    let rows = app.store.peer_keys().await?;
    let counts = |row: &&PeerKeyRow| row.organisation_id == organisation_id && row.revoked_at.is_none();
    let newest = rows.iter().rev().find(counts).map(|row| row.thumbprint.clone());
    newest.ok_or(refused("TRANSFER_NO_KEY"))
}

/// An organisation that a file or a key names: the one that is known under its key, else a new one.
///
/// # Errors
/// As [`organisations::create`].
pub(super) async fn entered(app: &App, body: &Body) -> Result<OrganisationRow> {
    if let Some(known) = app.store.organisation_by_key(&body.key).await? {
        return Ok(known);
    }
    let new = NewOrganisation {
        key: body.key.clone(),
        name_zh: body.name_zh.clone(),
        name_en: body.name_en.clone(),
        kind: body.kind.clone(),
        parent: None,
        division_code: body.division.clone(),
    };
    organisations::create(app, new).await
}
