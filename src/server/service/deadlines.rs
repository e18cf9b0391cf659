//! Open cases follow the law: when the holidays of a year are published or a rule is mended, their deadlines are computed
//! again, each case in a transaction of its own, with an event in its history.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zhengming_engine::{
    decide,
    decision::{Problem, ProblemCode},
    definition::model::Definition,
};

use super::{
    Error, Result,
    case_state::view,
    cases::{pinned, recorder, still_under},
    record::{Around, By},
};
use crate::{
    app::App,
    store::{CaseCommand, CaseCursor, CaseFilter, CaseOrder, CaseRow, CaseStatus, CommitError, Needs, StoreError},
};

/// Where the walk through the open cases stands, among the settings.
const PLACE: &str = "deadlines-follow";
/// Cases that are written at a time: on SQLite they share a commit, and whoever writes meanwhile waits no longer than for that.
const TOGETHER: usize = 64;

/// How far the open cases have followed a law. Kept after each batch, so that a walk goes on where it was stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    /// Version of the law.
    law: String,
    /// The last case that was looked at; none: the walk begins.
    after: Option<After>,
    /// Whether all have followed.
    done: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct After {
    #[serde(with = "time::serde::rfc3339")]
    opened_at: OffsetDateTime,
    case: String,
}

/// What one batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Cases looked at.
    pub seen: usize,
    /// Cases with a deadline that changed.
    pub moved: usize,
    /// Whether all open cases follow the loaded law now.
    pub done: bool,
}

/// Lets the next `limit` open cases follow the law that is loaded. A case that follows already is left alone, so that the
/// walk may be stopped at any moment, and made twice.
///
/// # Errors
/// Those of the database; the batch comes again then. A case that cannot follow is logged and left behind.
pub async fn follow_law(app: &Arc<App>, limit: u64) -> Result<Batch> {
    let pack = app.pack();
    let law = pack.law.version();
    let kept = app.store.setting(PLACE).await?;
    let place: Option<Place> = kept.and_then(|text| serde_json::from_str(&text).ok());
    let place = place.filter(|place| place.law == law).unwrap_or_else(|| Place {
        law: law.to_owned(),
        after: None,
        done: false,
    });
    if place.done {
        return Ok(Batch {
            done: true,
            ..Batch::default()
        });
    }
    let open = CaseFilter {
        status: Some(CaseStatus::Open),
        ..CaseFilter::default()
    };
    let after = place.after.map(|after| CaseCursor {
        at: after.opened_at,
        id: after.case,
    });
    let rows = app
        .store
        .cases(&open, CaseOrder::OldestFirst, after.as_ref(), limit)
        .await?;
    let mut batch = Batch {
        seen: rows.len(),
        moved: 0,
        done: u64::try_from(rows.len()).unwrap_or(limit) < limit,
    };
    let last = rows.last().map(|row| After {
        opened_at: row.opened_at,
        case: row.id.clone(),
    });
    let walk = rows.into_iter().map(|row| {
        let app = app.clone();
        async move {
            let followed = follow_case(&app, &row).await;
            (row.number, followed)
        }
    });
    let mut followed = stream::iter(walk).buffer_unordered(TOGETHER);
    while let Some((number, result)) = followed.next().await {
        match result {
            Ok(moved) => batch.moved += usize::from(moved),
            Err(Error::Store(error)) if !matches!(error, StoreError::UnreadableValue) => return Err(error.into()),
            Err(error) => {
                tracing::error!(case.number = %number, error.code = error.code(), "a case cannot follow the law");
            }
        }
    }
    let place = Place {
        law: law.to_owned(),
        after: last,
        done: batch.done,
    };
    let place = serde_json::to_string(&place).map_err(|_| Error::Internal("a place does not serialise"))?;
    app.store.put_setting(PLACE, &place).await?;
    Ok(batch)
}

/// Lets one case follow the law that is loaded. `false`: it does already.
///
/// # Errors
/// [`Error::Internal`] and [`Error::Refused`] when case, definition and law do not fit; those of the database.
pub(super) async fn follow_case(app: &Arc<App>, case: &CaseRow) -> Result<bool> {
    let now = app.now();
    let definition = pinned(app, case)?;
    // Most cases stay as they are: what was read says so without a transaction.
    if decide::recompute(&definition, &app.pack().law, &view(case, &[], &[])?, None, now)?.is_none() {
        return Ok(false);
    }
    match app.commit(command(app, case, definition, now)).await {
        Ok(_) => {
            app.feed.publish(&case.id);
            Ok(true)
        }
        // It was closed, or followed, since it was read.
        Err(CommitError::Rejected(Error::Refused(problems)))
            if problems.iter().any(|p| p.code == ProblemCode::ClockNotRunning) =>
        {
            Ok(false)
        }
        // It has moved to another version meanwhile, and its deadlines were computed then.
        Err(CommitError::Rejected(Error::StaleVersion { .. })) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn command(app: &Arc<App>, case: &CaseRow, definition: Arc<Definition>, now: OffsetDateTime) -> CaseCommand<Error> {
    let recorder = recorder(app);
    let needs = Needs {
        assignments: true,
        ..Needs::NOTHING
    };
    CaseCommand::on(case.id.clone(), needs, move |loaded| {
        let case = loaded.case.ok_or(Error::NotFound)?;
        still_under(case, &definition)?;
        let before = view(case, loaded.assignments, &[])?;
        let notice = recorder.pack.notice_of_moved_deadlines();
        let at = now.max(case.opened_at);
        let decided = decide::recompute(&definition, &recorder.pack.law, &before, notice, at)?;
        let decided = decided.filter(|_| case.status == CaseStatus::Open);
        let decision = decided.ok_or_else(|| Error::Refused(vec![Problem::new(ProblemCode::ClockNotRunning)]))?;
        let by = By {
            account: None,
            role: "clock".to_owned(),
            organisation: None,
            at,
        };
        let mut around = Around {
            personal: None,
            identity: None,
            assignments: loaded.assignments,
            parties: &[],
            documents: &[],
            numbers: &mut *loaded.numbers,
        };
        recorder.change(&definition, case, &decision, &by, &mut around)
    })
}
