//! Documents (文书) and notices of a case, in words.

use async_graphql::{Context, ID, Object, Result};
use serde_json::Value as Json;
use zhengming_engine::text::Label;

use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        id::NodeKind,
        scalar::DateTime,
    },
    service::wording::{filled, worded},
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

/// A document of a case.
pub struct Document(pub(crate) DocumentRow);

/// A document (文书) that an event of the case issued.
#[Object]
impl Document {
    /// Opaque id.
    async fn id(&self) -> ID {
        NodeKind::Document.id(&self.0.id)
    }

    /// Kind of document, as the domain pack names it.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Its title in the language of the request.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.document(&self.0.kind, worded(&self.0.body));
        Ok(template.map_or_else(|| self.0.kind.clone(), |template| request.words(&template.title)))
    }

    /// Document number (文号).
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Its text in the language of the request; null if its template is no longer loaded.
    async fn text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.document(&self.0.kind, worded(&self.0.body));
        Ok(template.map(|template| written(request, &template.body, &self.0.body)))
    }

    /// When it was issued.
    async fn issued_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Position of the event that issued it.
    async fn seq(&self) -> i64 {
        self.0.seq
    }
}

/// A notice of a case.
pub struct Notice(pub(crate) NoticeRow);

/// A message to a role of the case.
#[Object]
impl Notice {
    /// Which notice, as the domain pack names it.
    async fn template(&self) -> &str {
        &self.0.template
    }

    /// The role that it is for.
    async fn recipient_role(&self) -> &str {
        &self.0.recipient_role
    }

    /// Subject in the language of the request; null if its template is no longer loaded.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.notice(&self.0.template, worded(&self.0.body));
        Ok(template.map(|template| written(request, &template.subject, &self.0.body)))
    }

    /// Text in the language of the request; null if its template is no longer loaded.
    async fn text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let request = ctx.request()?;
        let pack = request.app.pack();
        let template = pack.notice(&self.0.template, worded(&self.0.body));
        Ok(template.map(|template| written(request, &template.body, &self.0.body)))
    }

    /// When it was sent.
    async fn sent_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Position of the event that sent it.
    async fn seq(&self) -> i64 {
        self.0.seq
    }
}
