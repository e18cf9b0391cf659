//! Documents (文书) and notices of a case, in words.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use serde_json::Value as Json;
use time::OffsetDateTime;
use zhengming_engine::text::Label;

use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        id::NodeKind,
        scalar::{Date, DateTime},
    },
    service::{
        feedback::{OpenView, OwedView},
        numbering::borne,
        wording::{filled, worded},
    },
    store::{DocumentRow, NoticeRow},
};

/// A template filled with what was recorded, in the language of the request.
fn written(request: &RequestContext, template: &Label, body: &Json) -> String {
    if request.locale.is_zh() {
        filled(&template.zh, body, "zh")
    } else {
        filled(&template.en, body, "en")
    }
}

/// By which rule something is owed to the one who is told it, and what became of it.
#[derive(SimpleObject)]
pub struct Owed {
    /// Key of the row of the domain pack by which it is owed.
    row: String,
    /// What is owed, in the language of the request.
    title: String,
    /// The article, for example `samr-121#15.1`; null where the ground was not found in a text.
    article: Option<String>,
    /// Whether its ground, or the rule on the day of receipt, was not found in a text: then it is our reading.
    unverified: bool,
    /// Last day on which it is in time; null where the law names none, or it cannot be said any more.
    due_date: Option<Date>,
    /// Whether it went out, or was served, by that day; null where there is no such day, or the day is still to come.
    in_time: Option<bool>,
    /// The way by which it counts as received, or is on its way: a key of the domain pack such as `mail`, `portal`, `direct`.
    channel: Option<String>,
    /// What proves that it went that way, in the language of the request.
    proof: Option<String>,
    /// Number of the receipt or recording, where an officer noted one.
    reference: Option<String>,
    /// The day on which it counts as received; null as long as it does not.
    received_on: Option<Date>,
    /// Ways of which an officer can record with `recordTelling` that it went so: keys of the domain pack.
    recordable: Vec<String>,
}

impl Owed {
    fn new(request: &RequestContext, view: &OwedView) -> Self {
        // The first is the one that counts earliest, or the way that is tried first.
        let delivery = view.deliveries.first();
        Self {
            row: view.key.clone(),
            title: request.words(&view.row.title),
            article: view.row.law.as_ref().map(ToString::to_string),
            unverified: view.row.unverified || delivery.is_some_and(|delivery| delivery.way.unverified),
            due_date: view.due.map(Date),
            in_time: view.in_time,
            channel: delivery.map(|delivery| delivery.key.clone()),
            proof: delivery.map(|delivery| request.words(&delivery.way.proof)),
            reference: delivery.and_then(|delivery| delivery.reference.clone()),
            received_on: delivery.and_then(|delivery| delivery.received_on).map(Date),
            recordable: view.recordable.iter().map(|(key, _)| key.clone()).collect(),
        }
    }
}

/// Something that is owed in a case and was not told yet.
#[derive(SimpleObject)]
pub struct OwedFeedback {
    /// What is owed, in the language of the request; one of these where there are several.
    titles: Vec<String>,
    /// The articles.
    articles: Vec<String>,
    /// Last day for it; null while its clock stands still, or where the law names none.
    due_date: Option<Date>,
    /// Whether that day is over.
    late: bool,
}

impl OwedFeedback {
    pub(crate) fn new(request: &RequestContext, view: &OpenView) -> Self {
        let mut articles: Vec<String> = view
            .rows
            .iter()
            .filter_map(|row| Some(row.law.as_ref()?.to_string()))
            .collect();
        articles.dedup();
        Self {
            titles: view.rows.iter().map(|row| request.words(&row.title)).collect(),
            articles,
            due_date: view.due.map(Date),
            late: view.late,
        }
    }
}

/// A document of a case.
pub struct Document {
    pub(crate) row: DocumentRow,
    pub(crate) owed: Option<OwedView>,
    pub(crate) published_at: Option<OffsetDateTime>,
}

/// A document (文书) that an event of the case issued.
#[Object]
impl Document {
    /// Opaque id.
    async fn id(&self) -> ID {
        NodeKind::Document.id(&self.row.id)
    }

    /// Kind of document, as the domain pack names it.
    async fn kind(&self) -> &str {
        &self.row.kind
    }

    /// Its title in the language of the request.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.document(&self.row.kind, worded(&self.row.body));
        Ok(template.map_or_else(|| self.row.kind.clone(), |template| request.words(&template.title)))
    }

    /// Document number (文号) as it is printed; null where its form has none, as with registers, approvals and records.
    async fn number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.document(&self.row.kind, worded(&self.row.body));
        Ok(borne(template, &self.row).map(str::to_owned))
    }

    /// Its text in the language of the request; null if its template is no longer loaded.
    async fn text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.document(&self.row.kind, worded(&self.row.body));
        Ok(template.map(|template| written(request, &template.body, &self.row.body)))
    }

    /// When it was issued.
    async fn issued_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// Since when everybody may read it (公示); null where they may not now.
    async fn published_at(&self) -> Option<DateTime> {
        self.published_at.map(DateTime)
    }

    /// By which rule it is served; null for documents that the law does not want served, or that a notice tells.
    async fn owed(&self, ctx: &Context<'_>) -> Result<Option<Owed>> {
        let request = ctx.request()?;
        Ok(self.owed.as_ref().map(|view| Owed::new(request, view)))
    }

    /// Position of the event that issued it.
    async fn seq(&self) -> i64 {
        self.row.seq
    }
}

/// A notice of a case.
pub struct Notice {
    pub(crate) row: NoticeRow,
    pub(crate) owed: Option<OwedView>,
}

/// A message to a role of the case.
#[Object]
impl Notice {
    /// Opaque id.
    async fn id(&self) -> ID {
        NodeKind::Notice.id(&self.row.id)
    }

    /// Which notice, as the domain pack names it.
    async fn template(&self) -> &str {
        &self.row.template
    }

    /// The role that it is for.
    async fn recipient_role(&self) -> &str {
        &self.row.recipient_role
    }

    /// Subject in the language of the request; null if its template is no longer loaded.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.notice(&self.row.template, worded(&self.row.body));
        Ok(template.map(|template| written(request, &template.subject, &self.row.body)))
    }

    /// Text in the language of the request; null if its template is no longer loaded.
    async fn text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.notice(&self.row.template, worded(&self.row.body));
        Ok(template.map(|template| written(request, &template.body, &self.row.body)))
    }

    /// When it was sent.
    async fn sent_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// By which rule it is owed; null for courtesies, which no law asks for.
    async fn owed(&self, ctx: &Context<'_>) -> Result<Option<Owed>> {
        let request = ctx.request()?;
        Ok(self.owed.as_ref().map(|view| Owed::new(request, view)))
    }

    /// Position of the event that sent it.
    async fn seq(&self) -> i64 {
        self.row.seq
    }
}
