//! Drafts: answers of a form that was begun and not sent, found and read only by the secret in the filer's cookie. What the
//! database keeps of one is sealed under that secret, so neither a copy of the database nor the service itself can read it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use zhengming_engine::definition::model::FilingMode;

use super::{Error, Result, intake::Filed};
use crate::{
    app::App,
    clock::random,
    secret::{Purpose, SealKey, Token},
    store::DraftRow,
};

/// How long the receipt is kept for a filer whom the answer did not reach.
const UNSEEN: time::Duration = time::Duration::hours(24);
/// How long the receipt can be loaded again once it was shown: the next person at the same browser shall not find it.
const SEEN: time::Duration = time::Duration::minutes(15);

/// What the sealing key is for.
const SEAL: &str = "draft";

/// A draft.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Procedure.
    pub procedure: String,
    /// How it will be filed, once chosen.
    pub mode: Option<FilingMode>,
    /// Answers so far.
    pub fields: Map<String, Json>,
    /// Answers of one page as they were typed, which the procedure does not take yet.
    pub typed: Option<Typed>,
    /// The idempotency key of the filing: a double click files once.
    pub idempotency_key: String,
}

/// Answers of a page that do not fit yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Typed {
    /// Key of the page.
    pub page: String,
    /// Answers by field.
    pub values: Map<String, Json>,
    /// Whether the language was switched before their writer was done: nobody was told that they do not fit.
    #[serde(default)]
    pub unchecked: bool,
}

/// What is behind a token.
#[derive(Clone, Debug)]
pub enum Kept {
    /// A form that was begun.
    Begun(Draft),
    /// A form that was sent: its receipt until the filer has saved it.
    Filed {
        /// Number and receipt.
        filed: Filed,
        /// Whether they were shown.
        seen: bool,
    },
}

/// What a row holds, sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    Begun {
        mode: Option<Mode>,
        fields: Map<String, Json>,
        typed: Option<Typed>,
        key: String,
    },
    Filed {
        filed: Filed,
        seen: bool,
    },
}

/// The engine's ways of filing, which are written and never read there.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Named,
    Confidential,
    Anonymous,
}

impl From<FilingMode> for Mode {
    fn from(mode: FilingMode) -> Self {
        match mode {
            FilingMode::Named => Self::Named,
            FilingMode::Confidential => Self::Confidential,
            FilingMode::Anonymous => Self::Anonymous,
        }
    }
}

impl From<Mode> for FilingMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Named => Self::Named,
            Mode::Confidential => Self::Confidential,
            Mode::Anonymous => Self::Anonymous,
        }
    }
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
        typed: None,
        idempotency_key: Token::generate(app.entropy.as_ref()).reveal().to_string(),
    };
    let text = token.reveal().to_string();
    save(app, &text, &draft).await?;
    Ok((text, draft))
}

/// Reads what is behind a token for a procedure; `None` if there is nothing.
///
/// # Errors
/// Those of the database.
pub async fn read(app: &App, token: &str, procedure: &str) -> Result<Option<Kept>> {
    let Ok(token) = token.parse::<Token>() else {
        return Ok(None);
    };
    let row = app.store.draft(&token.hash().to_hex(), app.now()).await?;
    let Some(row) = row.filter(|row| row.procedure == procedure) else {
        return Ok(None);
    };
    Ok(open(app, &token, &row.body).map(|body| match body {
        Body::Begun {
            mode,
            fields,
            typed,
            key,
        } => Kept::Begun(Draft {
            procedure: row.procedure,
            mode: mode.map(Into::into),
            fields,
            typed,
            idempotency_key: key,
        }),
        Body::Filed { filed, seen } => Kept::Filed { filed, seen },
    }))
}

/// Keeps the answers so far.
///
/// # Errors
/// [`Error::NotFound`] for a malformed token; those of the database.
pub async fn save(app: &App, token: &str, draft: &Draft) -> Result<()> {
    let body = Body::Begun {
        mode: draft.mode.map(Into::into),
        fields: draft.fields.clone(),
        typed: draft.typed.clone(),
        key: draft.idempotency_key.clone(),
    };
    let lives = time::Duration::try_from(app.config.retention.draft()).unwrap_or(time::Duration::MAX);
    put(app, token, &draft.procedure, &body, lives).await
}

/// Puts the receipt in the place of the answers once they were filed. `seen` says whether the filer has it on the screen.
///
/// # Errors
/// [`Error::NotFound`] for a malformed token; those of the database.
pub async fn sent(app: &App, token: &str, procedure: &str, filed: &Filed, seen: bool) -> Result<()> {
    let body = Body::Filed {
        filed: filed.clone(),
        seen,
    };
    put(app, token, procedure, &body, if seen { SEEN } else { UNSEEN }).await
}

/// Throws a draft away, after its receipt was saved or when the filer wants it gone.
///
/// # Errors
/// Those of the database.
pub async fn discard(app: &App, token: &str) -> Result<()> {
    if let Ok(token) = token.parse::<Token>() {
        app.store.delete_draft(&token.hash().to_hex()).await?;
    }
    Ok(())
}

async fn put(app: &App, token: &str, procedure: &str, body: &Body, lives: time::Duration) -> Result<()> {
    let token: Token = token.parse().map_err(|_| Error::NotFound)?;
    let now = app.now();
    let row = DraftRow {
        id_hash: token.hash().to_hex(),
        procedure: procedure.to_owned(),
        body: seal(app, &token, body)?,
        created_at: now,
        expires_at: now + lives,
    };
    Ok(app.store.put_draft(row).await?)
}

fn key(app: &App, token: &Token) -> SealKey {
    SealKey::derive(token.reveal().as_bytes(), &app.secrets.key(Purpose::Draft), SEAL)
}

fn seal(app: &App, token: &Token, body: &Body) -> Result<Json> {
    let plain = serde_json::to_vec(body).map_err(|_| Error::Internal("a draft does not serialise"))?;
    let sealed = key(app, token).seal(&plain, random(app.entropy.as_ref()));
    let sealed = sealed.map_err(|_| Error::Internal("a draft could not be sealed"))?;
    Ok(json!({ "sealed": STANDARD.encode(sealed) }))
}

fn open(app: &App, token: &Token, body: &Json) -> Option<Body> {
    let sealed = STANDARD.decode(body.get("sealed")?.as_str()?).ok()?;
    let plain = key(app, token).open(&sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}
