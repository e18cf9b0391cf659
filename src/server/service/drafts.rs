//! Drafts: answers of a form that was begun and not sent, found only by the secret in the filer's cookie.

use serde_json::{Map, Value as Json, json};
use zhengming_engine::definition::model::FilingMode;

use super::{Error, Result};
use crate::{app::App, secret::Token, store::DraftRow};

/// A draft.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Procedure.
    pub procedure: String,
    /// How it will be filed, once chosen.
    pub mode: Option<FilingMode>,
    /// Answers so far.
    pub fields: Map<String, Json>,
    /// The idempotency key of the filing: a double click files once.
    pub idempotency_key: String,
}

/// Begins a draft. The token is the only way to it.
///
/// # Errors
/// Those of the database.
pub async fn begin(app: &App, procedure: &str) -> Result<(String, Draft)> {
    let token = Token::generate(app.entropy.as_ref());
    let draft = Draft {
        procedure: procedure.to_owned(),
        mode: None,
        fields: Map::new(),
        idempotency_key: Token::generate(app.entropy.as_ref()).reveal().to_string(),
    };
    let text = token.reveal().to_string();
    save(app, &text, &draft).await?;
    Ok((text, draft))
}

/// Reads a draft; `None` if there is none behind the token.
///
/// # Errors
/// Those of the database.
pub async fn read(app: &App, token: &str) -> Result<Option<Draft>> {
    let Ok(token) = token.parse::<Token>() else {
        return Ok(None);
    };
    let Some(row) = app.store.draft(&token.hash().to_hex(), app.now()).await? else {
        return Ok(None);
    };
    let body = row.body;
    let mode = match body.get("mode").and_then(Json::as_str) {
        Some("named") => Some(FilingMode::Named),
        Some("confidential") => Some(FilingMode::Confidential),
        Some("anonymous") => Some(FilingMode::Anonymous),
        _ => None,
    };
    Ok(Some(Draft {
        procedure: row.procedure,
        mode,
        fields: body
            .get("fields")
            .and_then(Json::as_object)
            .cloned()
            .unwrap_or_default(),
        idempotency_key: body.get("key").and_then(Json::as_str).unwrap_or_default().to_owned(),
    }))
}

/// Keeps the answers so far.
///
/// # Errors
/// [`Error::NotFound`] for a malformed token; those of the database.
pub async fn save(app: &App, token: &str, draft: &Draft) -> Result<()> {
    let token: Token = token.parse().map_err(|_| Error::NotFound)?;
    let now = app.now();
    let row = DraftRow {
        id_hash: token.hash().to_hex(),
        procedure: draft.procedure.clone(),
        body: json!({ "mode": draft.mode, "fields": draft.fields, "key": draft.idempotency_key }),
        created_at: now,
        expires_at: now + app.config.retention.draft(),
    };
    Ok(app.store.put_draft(row).await?)
}

/// Throws a draft away, after it was filed or when the filer leaves.
///
/// # Errors
/// Those of the database.
pub async fn discard(app: &App, token: &str) -> Result<()> {
    if let Ok(token) = token.parse::<Token>() {
        app.store.delete_draft(&token.hash().to_hex()).await?;
    }
    Ok(())
}
