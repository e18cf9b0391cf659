//! Which office is competent for a case, as the table of its procedure says.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

use super::organisation::Organisation;
use crate::{
    graphql::context::ContextExt as _,
    locale::text,
    service::competence::{Competence, Seat},
};

/// An office that is competent by the table of the procedure, or a place for which none can be named.
pub struct CompetentOrganisation {
    competence: Arc<Competence>,
    seat: Seat,
}

impl CompetentOrganisation {
    /// What a table says, place by place.
    pub(crate) fn all(competence: Competence) -> Vec<Self> {
        let competence = Arc::new(competence);
        let seats = competence.seats.iter().cloned();
        seats
            .map(|seat| Self {
                competence: competence.clone(),
                seat,
            })
            .collect()
    }
}

/// An office that is competent by the table of the procedure, or a place for which none can be named. It is a help for whoever
/// dispatches the case; nothing is decided by it.
#[Object]
impl CompetentOrganisation {
    /// The office; null where none can be named, with the reason in `missing`.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Option<Organisation>> {
        let Ok(row) = &self.seat.office else { return Ok(None) };
        Ok(Organisation::find(&ctx.request()?.app.organisations(), &row.id))
    }

    /// What the place is to the case, in the language of the request, for example where the trader does business.
    async fn place(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(ctx.request()?.words(&self.seat.place))
    }

    /// Administrative division of the place, GB/T 2260; null where it was not given.
    async fn division_code(&self) -> Option<&str> {
        self.seat.division.as_deref()
    }

    /// The article behind the rule, as `instrument#article`.
    async fn legal_basis(&self) -> &str {
        self.competence.law.as_str()
    }

    /// The rule in words, in the language of the request; where several offices were found, what holds then.
    async fn reason(&self, ctx: &Context<'_>) -> Result<String> {
        let request = ctx.request()?;
        let reason = request.words(&self.competence.reason);
        let several = self.competence.several.as_ref().map(|(law, words)| {
            let args = [("reason", request.words(words).into()), ("law", law.as_str().into())];
            text(request.locale, "api-competence-several", &args)
        });
        Ok(reason + &several.unwrap_or_default())
    }

    /// Why no office can be named: the place was not given, is known too roughly, or lies elsewhere.
    async fn missing(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let locale = ctx.request()?.locale;
        let missing = self.seat.office.as_ref().err();
        Ok(missing.map(|missing| text(locale, &format!("api-competence-{}", missing.code()), &[])))
    }
}
