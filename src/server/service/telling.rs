//! What an officer records of how somebody was told: by telephone, by post, at the door. It is the proof of ways that the
//! service does not carry itself.

use time::Date;
use zhengming_engine::clock::{CHINA, local_date};

use super::{
    Error, Result,
    accounts::{audit, demand},
    case_view,
    feedback::OwedView,
};
use crate::{
    access::{Action, Actor},
    app::App,
    store::{AuditOutcome, TellingRow},
};

/// Code of the record in the audit trail.
const TOLD: &str = "notice.told";
/// Most characters of the number of a receipt.
const LONGEST_REFERENCE: usize = 40;

/// How somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The notice or document.
    pub subject: String,
    /// Way of the domain pack.
    pub way: String,
    /// The day on which it happened.
    pub on: Date,
    /// Number of the receipt or recording: letters, digits and hyphens, so that it holds nobody's name.
    pub reference: Option<String>,
}

/// Records it. The same thing recorded again changes nothing, but for another number of the receipt, which corrects the one before;
/// what is recorded later of the same way counts.
///
/// # Errors
/// [`Error::NotFound`] for cases that the actor may not know of, [`Error::Forbidden`] to who does not handle the case,
/// [`Error::Invalid`] with `NOT_OWED`, `WAY_NOT_OPEN`, `DAY_NOT_POSSIBLE` or `BAD_REFERENCE`.
pub async fn record(app: &App, actor: &Actor, case_id: &str, telling: Telling) -> Result<()> {
    let detail = case_view::case(app, actor, case_id).await?;
    let object = format!("case:{case_id}");
    demand(app, actor, Action::SendEvent, &detail.standing, &object).await?;
    let recorded_by = actor.account_id().filter(|_| detail.standing.staff);
    let Some(recorded_by) = recorded_by.map(str::to_owned) else {
        return Err(Error::Forbidden);
    };
    let view = detail.owed.get(&telling.subject).ok_or(invalid("id", "NOT_OWED"))?;
    let today = local_date(app.now()).map_err(|_| Error::Internal("the clock is out of range"))?;
    let told_at = checked(view, &telling, today)?;
    let purpose = telling.way.clone();
    app.store
        .record_telling(TellingRow {
            id: format!("{}:{}:{}", telling.subject, telling.way, telling.on),
            case_id: case_id.to_owned(),
            subject_id: telling.subject,
            way: telling.way,
            told_at,
            reference: telling.reference,
            recorded_by: recorded_by.clone(),
            recorded_at: app.now(),
        })
        .await?;
    audit(
        app,
        Some(&recorded_by),
        TOLD,
        &object,
        AuditOutcome::Allowed,
        Some(&purpose),
    )
    .await
}

/// The moment to record, where the row allows this way and day.
///
/// # Errors
/// [`Error::Invalid`] with `WAY_NOT_OPEN`, `DAY_NOT_POSSIBLE` or `BAD_REFERENCE`.
pub fn checked(view: &OwedView, telling: &Telling, today: Date) -> Result<time::OffsetDateTime> {
    if !view.recordable.iter().any(|(key, _)| *key == telling.way) {
        return Err(invalid("way", "WAY_NOT_OPEN"));
    }
    if telling.on > today || view.made_on.is_none_or(|made| telling.on < made) {
        return Err(invalid("toldOn", "DAY_NOT_POSSIBLE"));
    }
    let fits = |reference: &String| {
        (1..=LONGEST_REFERENCE).contains(&reference.len())
            && reference.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if !telling.reference.as_ref().is_none_or(fits) {
        return Err(invalid("reference", "BAD_REFERENCE"));
    }
    let noon = telling.on.with_hms(12, 0, 0);
    noon.map(|noon| noon.assume_offset(CHINA))
        .map_err(|_| invalid("toldOn", "DAY_NOT_POSSIBLE"))
}

const fn invalid(field: &'static str, code: &'static str) -> Error {
    Error::Invalid { field, code }
}
