//! Legal clocks of a case.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use zhengming_engine::{clock::deadline::DueAt, definition::model::Definition};

use super::code::{DayReason, DeadlineStatus};
use crate::{
    graphql::{
        context::ContextExt as _,
        error::refusal,
        scalar::{Date, DateTime},
    },
    service::case_view::{DeadlineView, trace},
};

/// A legal clock of a case, as it was last started.
pub struct Deadline {
    view: DeadlineView,
    definition: Arc<Definition>,
}

impl Deadline {
    pub(crate) fn new(view: DeadlineView, definition: &Arc<Definition>) -> Self {
        Self {
            view,
            definition: definition.clone(),
        }
    }

    fn due(&self) -> Option<&DueAt> {
        self.view.state.due.at()
    }
}

/// One day of the count.
#[derive(SimpleObject)]
pub struct TraceDay {
    /// The day.
    date: Date,
    /// Whether it was counted.
    counted: bool,
    /// Why.
    reason: DayReason,
}

/// A legal clock of a case, as it was last started.
#[Object]
impl Deadline {
    /// Name of the clock in the procedure.
    async fn clock(&self) -> &str {
        &self.view.clock
    }

    /// Its title in the language of the request.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        let rule = self.definition.clocks.get(&self.view.clock);
        let request = ctx.request()?;
        Ok(rule.map_or_else(|| self.view.clock.clone(), |rule| request.words(&rule.title)))
    }

    /// When it started.
    async fn started_at(&self) -> DateTime {
        DateTime(self.view.state.started_at)
    }

    /// Last day, after the instrument's own rule on last days; null while the clock stands still.
    async fn due_date(&self) -> Option<Date> {
        self.due().map(|due| Date(due.due_date))
    }

    /// Last day before that rule; null while the clock stands still.
    async fn strict_date(&self) -> Option<Date> {
        self.due().map(|due| Date(due.strict_date))
    }

    /// The moment at which the period is over; null while the clock stands still.
    async fn due_at(&self) -> Option<DateTime> {
        self.due().map(|due| DateTime(due.due_at))
    }

    /// Whether the date rests on a year whose holidays are not published yet.
    async fn provisional(&self) -> bool {
        self.due().is_some_and(|due| due.provisional)
    }

    /// Where the clock stands.
    async fn status(&self) -> DeadlineStatus {
        self.view.state.status.into()
    }

    /// The article that sets the period, as `instrument#article`.
    async fn legal_basis(&self) -> &str {
        self.view.state.terms.legal_basis.as_str()
    }

    /// Whether somebody is late: it is past due and what it waits for was not done. That a party may do something just ends.
    async fn overdue(&self) -> bool {
        self.view.overdue
    }

    /// Whether nothing is owed by its end: it only has to be over before something may follow.
    async fn waits(&self) -> bool {
        let rule = self.definition.clocks.get(&self.view.clock);
        rule.is_some_and(|rule| rule.waits)
    }

    /// Every day from the start on: whether it was counted, and why.
    async fn trace(&self, ctx: &Context<'_>) -> Result<Vec<TraceDay>> {
        let request = ctx.request()?;
        let trace = trace(&request.app, &self.view.state).map_err(|error| refusal(request, error))?;
        let days = trace.days().iter();
        Ok(days
            .map(|day| TraceDay {
                date: Date(day.date),
                counted: day.counted,
                reason: day.reason.into(),
            })
            .collect())
    }
}
