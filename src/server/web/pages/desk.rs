//! Where somebody works on a case from: a signed-in page, or a case that is followed by its receipt.

use crate::{
    access::Actor,
    service::case_view::{self, CaseDetail},
    web::{cookie, failure::Failure, visit::Visit},
};

/// A case with whoever works on it here.
pub(super) struct Desk {
    pub(super) actor: Actor,
    pub(super) detail: CaseDetail,
    /// Address of the case.
    pub(super) home: String,
    /// Cookie that forms act with.
    pub(super) cookie: &'static str,
}

impl Desk {
    /// Which entry of the main navigation its pages belong to.
    pub(super) fn section(&self) -> &'static str {
        if self.cookie == cookie::FOLLOW {
            "follow"
        } else {
            "cases"
        }
    }

    /// Of who is signed in.
    pub(super) async fn of_case(visit: &Visit, number: &str) -> Result<Self, Failure> {
        visit.signed_in()?;
        let detail = case_view::case_by_number(&visit.app, &visit.actor, number).await?;
        let home = format!("/cases/{}", detail.case.number);
        Ok(Self {
            actor: visit.actor.clone(),
            detail,
            home,
            cookie: cookie::SESSION,
        })
    }

    /// Of the holder of a receipt.
    pub(super) async fn of_receipt(visit: &Visit) -> Result<Self, Failure> {
        let (_, actor) = visit.followed().await?.ok_or(Failure::Closed)?;
        let Actor::Receipt { case_id } = &actor else {
            return Err(Failure::Internal("RECEIPT"));
        };
        let detail = case_view::case(&visit.app, &actor, case_id).await?;
        Ok(Self {
            actor,
            detail,
            home: "/follow".to_owned(),
            cookie: cookie::FOLLOW,
        })
    }
}
