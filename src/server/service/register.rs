//! The register of marks: entering, importing, matching, and the similar marks of a case.

use std::sync::Arc;

use serde_json::json;
use zhengming_engine::definition::model::SearchedAs;
use zhengming_marks::{
    Comparison, Goods, LONGEST_NAME, MarkRow as ImportedMark, Match, MatchOptions, Reason, normalize,
};

use super::{
    Error, Result,
    accounts::{audit, demand, login_of},
    case_state::hash,
    cases::pinned,
    imitations,
    indexes::{self, Entry, Source},
    intake::{check_key, key_hash},
};
use crate::{
    access::{Action, Actor, Standing},
    app::App,
    search::{SearchError, indexed},
    store::{AuditOutcome, CommitError, Idempotency, Imported, MarkRow, RegisterChange, SimilarMarkRow},
};

/// A mark to be entered.
#[derive(Clone, Debug, Default)]
pub struct NewMark {
    /// Wording.
    pub name: String,
    /// Registration number.
    pub registration_no: Option<String>,
    /// Registered owner.
    pub owner: String,
    /// Sign-in name of the account that was found to be the owner's: it is told of reports that name the mark as imitated.
    pub owner_login: Option<String>,
    /// Goods and services, as far as they are known.
    pub goods: Goods,
    /// Other names of the same mark.
    pub aliases: Vec<String>,
}

/// Enters a mark. Repeats under the same key give the same mark.
///
/// # Errors
/// [`Error::Forbidden`] unless the actor keeps the register; [`Error::Invalid`]; those of the database.
pub async fn register_mark(app: &Arc<App>, actor: &Actor, new: NewMark, idempotency_key: &str) -> Result<MarkRow> {
    demand(app, actor, Action::KeepRegister, &Standing::default(), "register").await?;
    let key = check_key(idempotency_key)?;
    check(&new)?;
    let owner_account = owner_account(app, &new).await?;
    let now = app.now();
    let row = MarkRow {
        id: app.ids.next().to_string(),
        name: new.name.trim().to_owned(),
        registration_no: new.registration_no.clone().filter(|n| !n.trim().is_empty()),
        owner: new.owner.trim().to_owned(),
        owner_account,
        classes: words(new.goods.classes()),
        similar_groups: words(new.goods.groups()),
        status: "registered".to_owned(),
        tier: String::new(),
        aliases: new.aliases.clone(),
        created_at: now,
        updated_at: now,
        revision: 0,
    };
    let scope = format!("account:{}", actor.account_id().ok_or(Error::Unauthenticated)?);
    let request = json!([
        "mark",
        new.name,
        new.registration_no,
        new.owner,
        new.goods.classes(),
        new.aliases,
        new.owner_login,
        new.goods.groups()
    ]);
    let key = Idempotency {
        scope,
        key_hash: key_hash(key),
        request_hash: hash(&request),
        created_at: now,
        expires_at: now + app.config.retention.idempotency(),
    };
    let change = vec![RegisterChange::PutMark(row.clone())];
    let committed = app
        .store
        .change_register(Some(key), change, row.id.clone().into_bytes())
        .await;
    let committed = committed.map_err(|error| match error {
        CommitError::IdempotencyConflict => Error::IdempotencyConflict,
        CommitError::Store(error) => error.into(),
        _ => Error::Internal("the register refused a mark"),
    })?;
    let id = String::from_utf8(committed.reply).map_err(|_| Error::Internal("stored reply is unreadable"))?;
    let row = app.store.mark(&id).await?.ok_or(Error::NotFound)?;
    audit(
        app,
        actor.account_id(),
        Action::KeepRegister.code(),
        &format!("mark:{id}"),
        AuditOutcome::Allowed,
        None,
    )
    .await?;
    indexes::soon(catch_up(app).await);
    Ok(row)
}

async fn owner_account(app: &App, new: &NewMark) -> Result<Option<String>> {
    let Some(login) = &new.owner_login else {
        return Ok(None);
    };
    let account = app.store.account_by_login(&login_of(login)).await?;
    let account = account.ok_or(Error::Invalid {
        field: "ownerLogin",
        code: "NOT_FOUND",
    })?;
    Ok(Some(account.id))
}

fn words<T: ToString>(codes: &[T]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

fn check(new: &NewMark) -> Result<()> {
    check_name(&new.name)?;
    let invalid = |code| Error::Invalid { field: "aliases", code };
    let is_long = |name: &String| name.chars().count() > LONGEST_NAME;
    if is_long(&new.owner) || new.aliases.len() > 50 || new.aliases.iter().any(is_long) {
        return Err(invalid("TOO_LONG"));
    }
    if new.aliases.iter().any(|alias| normalize(alias).form.is_empty()) {
        return Err(invalid("NAME_UNSEARCHABLE"));
    }
    Ok(())
}

/// Refuses a name that no search would ever find, of a mark or for a watch.
pub(super) fn check_name(name: &str) -> Result<()> {
    let invalid = |code| Error::Invalid { field: "name", code };
    if !(1..=LONGEST_NAME).contains(&name.trim().chars().count()) {
        return Err(invalid("INVALID_NAME"));
    }
    if normalize(name).form.is_empty() {
        return Err(invalid("NAME_UNSEARCHABLE"));
    }
    Ok(())
}

/// Enters many marks, all or none; those of an earlier import are updated.
///
/// # Errors
/// Those of the database and of the index.
pub async fn import(app: &Arc<App>, rows: Vec<ImportedMark>) -> Result<Imported> {
    let now = app.now();
    let rows: Vec<MarkRow> = rows
        .into_iter()
        .map(|row| {
            let mark = row.into_mark(app.ids.next().to_string());
            MarkRow {
                id: mark.id,
                name: mark.name,
                registration_no: mark.registration_no,
                owner: mark.owner.unwrap_or_default(),
                owner_account: None,
                classes: words(&mark.classes),
                similar_groups: words(&mark.groups),
                status: mark.status.unwrap_or_default(),
                tier: mark.fame.map(|f| f.to_string()).unwrap_or_default(),
                aliases: mark.aliases,
                created_at: now,
                updated_at: now,
                revision: 0,
            }
        })
        .collect();
    let imported = app.store.import_marks(rows).await?;
    audit(app, None, "register.import", "register", AuditOutcome::Allowed, None).await?;
    indexes::soon(catch_up(app).await);
    Ok(imported)
}

/// Brings the index to what the register holds, whoever entered it. Where another process writes to the same index, that
/// process, or the next call, does the rest. Returns how many marks were put.
///
/// # Errors
/// Those of the database and of the index.
pub async fn catch_up(app: &App) -> Result<u64> {
    let target = app.store.revisions().await?.marks;
    indexes::catch_up(&app.marks, target, &Register(app))
        .await
        .map_err(failed)
}

/// The register as the index takes it.
struct Register<'a>(&'a App);

impl Source for Register<'_> {
    async fn after(&self, revision: i64, id: &str, up_to: i64) -> std::result::Result<Vec<Entry>, SearchError> {
        let app = self.0;
        let rows = app.store.marks_after((revision, id), up_to, indexes::PAGE).await?;
        let entries = rows.iter().map(|row| Entry {
            revision: row.revision,
            id: row.id.clone(),
            mark: Some(indexed(row)),
        });
        Ok(entries.collect())
    }
}

pub(crate) fn failed(error: SearchError) -> Error {
    if error.passes() {
        return Error::Unsearchable(error.to_string());
    }
    tracing::error!(error = %error, "mark search failed");
    Error::Internal("mark search failed")
}

/// Fills the index from the register.
///
/// # Errors
/// Those of the database and of the index.
pub async fn reindex(app: &App) -> Result<u64> {
    let target = app.store.revisions().await?.marks;
    indexes::fill_anew(&app.marks, target, &Register(app))
        .await
        .map_err(failed)
}

/// A mark of the register. Open to everybody: the register is public.
///
/// # Errors
/// [`Error::NotFound`]; those of the database.
pub async fn mark(app: &App, id: &str) -> Result<MarkRow> {
    app.store.mark(id).await?.ok_or(Error::NotFound)
}

/// The registered marks that a name resembles, best first, 1 to 100. Open to everybody: the register is public.
///
/// # Errors
/// [`Error::Invalid`] for a name over 200 characters.
pub async fn match_marks(app: &App, name: &str, options: MatchOptions) -> Result<Vec<Match>> {
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid {
            field: "name",
            code: "INVALID_NAME",
        });
    }
    let options = MatchOptions {
        limit: options.limit.clamp(1, 100),
        ..options
    };
    app.marks.matches(name, options).await.map_err(failed)
}

/// Compares a name with another as the register would: the score, what it is made of, and which pieces answer to which.
///
/// # Errors
/// [`Error::Invalid`] for a name of more than 200 characters.
pub fn compare(app: &App, name: &str, mark: &str) -> Result<Comparison> {
    for (field, given) in [("name", name), ("mark", mark)] {
        if given.chars().count() > LONGEST_NAME {
            return Err(Error::Invalid {
                field,
                code: "INVALID_NAME",
            });
        }
    }
    Ok(app.marks.compare(name, mark))
}

pub(super) fn word(band: &zhengming_marks::Band) -> String {
    serde_json::to_value(band)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Whether a match has a reason that can be pointed at: not only that it was found by another name of the mark, and so many
/// characters away. That a name is the brand's other one (`肯德基=KFC`) is such a reason.
#[must_use]
pub fn tells_why(hit: &Match) -> bool {
    let length = hit.name.chars().count();
    hit.reasons.iter().any(|reason| match reason {
        Reason::Alias(names) => names.contains('='),
        Reason::GenericTail(_) => false,
        Reason::EditDistance(edits) => usize::try_from(*edits).is_ok_and(|edits| edits * 2 < length),
        _ => true,
    })
}

/// How many similar marks are kept with a case.
const KEPT: usize = 10;
/// Scores below say nothing.
const LEAST: f64 = 0.45;

/// Looks for marks like the names in a case and keeps them with it. The names are personal fields of the case; the
/// result names marks of the public register only. How alike a mark is, is a matter of the sign that was found: of the
/// mark that a case says is imitated the register holds that very name, which says nothing of an imitation.
///
/// # Errors
/// Those of the database and of the index.
pub async fn attach_similar_marks(app: &App, case_id: &str) -> Result<()> {
    let case = app.store.case(case_id).await?.ok_or(Error::NotFound)?;
    let definition = pinned(app, &case)?;
    let personal = app.store.case_personal(case_id).await?.unwrap_or_default();
    let signs = imitations::named_as(&definition, &personal, SearchedAs::Sign);
    let marks = imitations::named_as(&definition, &personal, SearchedAs::Mark);
    let mut found: Vec<SimilarMarkRow> = Vec::new();
    for (name, is_sign) in signs.iter().map(|n| (n, true)).chain(marks.iter().map(|n| (n, false))) {
        let options = MatchOptions {
            limit: KEPT,
            ..MatchOptions::default()
        };
        for hit in app.marks.matches(name, options).await.map_err(failed)? {
            if hit.score < LEAST || !tells_why(&hit) || found.iter().any(|row| row.mark_id == hit.mark.id) {
                continue;
            }
            let by_sign = (!is_sign).then(|| nearest(app, &signs, &hit.name)).flatten();
            let (score, band, reasons) = match by_sign {
                Some(compared) => (compared.score, compared.band, compared.reasons),
                None => (hit.score, hit.band, hit.reasons),
            };
            found.push(SimilarMarkRow {
                case_id: case_id.to_owned(),
                mark_id: hit.mark.id,
                score,
                band: word(&band),
                reasons: json!(reasons.iter().map(ToString::to_string).collect::<Vec<_>>()),
                found_at: app.now(),
            });
        }
    }
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    found.truncate(KEPT);
    Ok(app.store.put_similar_marks(case_id, found).await?)
}

/// The comparison with the sign that is most like a mark.
fn nearest(app: &App, signs: &[String], mark: &str) -> Option<Comparison> {
    let compared = signs.iter().map(|sign| app.marks.compare(sign, mark));
    compared.max_by(|one, other| one.score.total_cmp(&other.score))
}
