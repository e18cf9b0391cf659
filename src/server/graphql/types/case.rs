//! A case as one caller may see it. There is no field for who filed, so none can be forgotten to be checked.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use serde_json::{Map, Value as Json};
use tokio::sync::OnceCell;
use zhengming_engine::definition::model::Definition;

use super::{
    code::{CaseStatus, FilingMode},
    competence::CompetentOrganisation,
    contribution::{EvidenceItem, Message},
    deadline::Deadline,
    history::{AvailableEvent, CaseEvent, role_title},
    imitation::ReportMatch,
    mark::SimilarMark,
    organisation::Organisation,
    paper::{Document, Notice, OwedFeedback},
    procedure::Procedure,
};
use crate::{
    graphql::{
        context::{ContextExt as _, RequestContext},
        error::refusal,
        id::{NodeKind, with_ids},
        scalar::{AnyJson, DateTime},
    },
    service::{
        self,
        case_view::{self, CaseDetail, CaseSummary, LinkView, PartyView, WorkerView},
        competence::competence,
        imitations,
    },
    store::CaseRow,
};

/// A case. What a list does not bring along is read once, when the first field asks for it.
#[derive(Clone)]
pub struct Case {
    row: CaseRow,
    definition: Arc<Definition>,
    detail: Arc<OnceCell<Arc<CaseDetail>>>,
}

impl Case {
    /// Reads a case for the actor of the request.
    ///
    /// # Errors
    /// Those of [`case_view::case`].
    pub(crate) async fn read(request: &RequestContext, case_id: &str) -> service::Result<Self> {
        let detail = Arc::new(case_view::case(&request.app, &request.actor, case_id).await?);
        Ok(Self {
            row: detail.case.clone(),
            definition: detail.definition.clone(),
            detail: Arc::new(OnceCell::new_with(Some(detail))),
        })
    }

    async fn detail(&self, ctx: &Context<'_>) -> Result<&Arc<CaseDetail>> {
        let request = ctx.request()?;
        let reading = self.detail.get_or_try_init(async || {
            case_view::case(&request.app, &request.actor, &self.row.id)
                .await
                .map(Arc::new)
        });
        Box::pin(reading).await.map_err(|error| refusal(request, error))
    }
}

impl From<CaseSummary> for Case {
    fn from(summary: CaseSummary) -> Self {
        Self {
            row: summary.case,
            definition: summary.definition,
            detail: Arc::default(),
        }
    }
}

/// A party of a case.
#[derive(SimpleObject)]
pub struct Party {
    /// Role in the procedure.
    role: String,
    /// Title of the role in the language of the request.
    title: String,
    /// Name, where the caller may read it.
    name: Option<String>,
}

/// Somebody who works on a case.
#[derive(SimpleObject)]
pub struct Worker {
    /// Role in the procedure.
    role: String,
    /// Title of the role in the language of the request.
    title: String,
    /// Name of the person or organisation.
    name: String,
}

/// Which way a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum LinkDirection {
    /// From this case to the other.
    Outgoing,
    /// From the other case to this one.
    Incoming,
}

/// A linked case that the caller may know of.
pub struct CaseLink(LinkView);

/// A linked case that the caller may know of.
#[Object]
impl CaseLink {
    /// Why they are linked, for example `split_from`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Which way the link leads.
    async fn direction(&self) -> LinkDirection {
        if self.0.outgoing {
            LinkDirection::Outgoing
        } else {
            LinkDirection::Incoming
        }
    }

    /// Opaque id of the other case.
    async fn case_id(&self) -> ID {
        NodeKind::Case.id(&self.0.case.id)
    }

    /// Public number of the other case.
    async fn number(&self) -> &str {
        &self.0.case.number
    }
}

/// A case as the caller may see it: fields, documents and entries that the caller may not read are left out.
#[Object]
impl Case {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        NodeKind::Case.id(&self.row.id)
    }

    /// Public number with its check character.
    async fn number(&self) -> &str {
        &self.row.number
    }

    /// Its number where it was begun, of a case that came by file; for staff, null for others.
    async fn number_elsewhere(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.detail(ctx).await?.number_elsewhere.clone())
    }

    /// The version of the procedure that the case runs under.
    async fn procedure(&self) -> Procedure {
        Procedure(self.definition.clone())
    }

    /// Step of the progress.
    async fn phase(&self) -> &str {
        &self.row.phase
    }

    /// Active states; their titles are in the procedure.
    async fn states(&self) -> &[String] {
        &self.row.states
    }

    /// Titles of the active states in the language of the request.
    async fn state_titles(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let request = ctx.request()?;
        let found = self
            .definition
            .states
            .iter()
            .filter(|state| self.row.states.contains(&state.id));
        Ok(found.map(|state| request.words(&state.title)).collect())
    }

    /// Raised by every event that changes states or fields; send it back as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.row.version
    }

    /// Whether it still runs.
    async fn status(&self) -> CaseStatus {
        self.row.status.into()
    }

    /// How it ended; null while it runs.
    async fn outcome(&self) -> Option<&str> {
        let ended = self
            .definition
            .states
            .iter()
            .filter(|state| self.row.states.contains(&state.id));
        ended.filter_map(|state| state.outcome.as_deref()).next()
    }

    /// How much of the filer others may see.
    async fn filing_mode(&self) -> FilingMode {
        self.row.filing_mode.into()
    }

    /// When it was filed; this decides which law applies.
    async fn filed_at(&self) -> DateTime {
        DateTime(self.row.filed_at)
    }

    /// When the record was opened.
    async fn opened_at(&self) -> DateTime {
        DateTime(self.row.opened_at)
    }

    /// When it came to its end.
    async fn closed_at(&self) -> Option<DateTime> {
        self.row.closed_at.map(DateTime)
    }

    /// The organisation that handles it.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Option<Organisation>> {
        Ok(Organisation::find(
            &ctx.request()?.app.organisations(),
            &self.row.organisation_id,
        ))
    }

    /// Recorded values that the caller may read: an object with one member per field.
    async fn fields(&self, ctx: &Context<'_>) -> Result<AnyJson> {
        let fields = self.detail(ctx).await?.fields.iter();
        let fields: Map<String, Json> = fields
            .map(|(name, value)| (name.clone(), with_ids(&self.definition, name, value)))
            .collect();
        Ok(AnyJson(Json::Object(fields)))
    }

    /// Legal clocks that ever ran.
    async fn deadlines(&self, ctx: &Context<'_>) -> Result<Vec<Deadline>> {
        let request = ctx.request()?;
        // From the row: a work list shows them for every case.
        let views =
            case_view::deadlines(&request.app, &self.definition, &self.row).map_err(|error| refusal(request, error))?;
        Ok(views
            .into_iter()
            .map(|view| Deadline::new(view, &self.definition))
            .collect())
    }

    /// Events that the caller's roles may send now, with what still blocks them.
    async fn available_events(&self, ctx: &Context<'_>) -> Result<Vec<AvailableEvent>> {
        let detail = self.detail(ctx).await?;
        let available = detail.available.iter();
        Ok(available.map(|event| AvailableEvent::new(event, detail)).collect())
    }

    /// Offices that are competent by the procedure's table, for staff: a help for whoever dispatches. One entry for each place
    /// that the rule names, the first before the others; empty where there is no table.
    async fn competent_organisations(&self, ctx: &Context<'_>) -> Result<Vec<CompetentOrganisation>> {
        let found = competence(&ctx.request()?.app, self.detail(ctx).await?);
        Ok(found.map(CompetentOrganisation::all).unwrap_or_default())
    }

    /// The readable part of its history, oldest first.
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<CaseEvent>> {
        let views = self.detail(ctx).await?.events.iter();
        Ok(views.map(|view| CaseEvent::new(view, &self.definition)).collect())
    }

    /// Parties by role.
    async fn parties(&self, ctx: &Context<'_>) -> Result<Vec<Party>> {
        let request = ctx.request()?;
        let parties = self
            .detail(ctx)
            .await?
            .parties
            .iter()
            .map(|PartyView { role, name, .. }| Party {
                role: role.clone(),
                title: role_title(request, &self.definition, role),
                name: name.clone(),
            });
        Ok(parties.collect())
    }

    /// Who works on it. Parties learn who mediates, because they may ask that somebody else does.
    async fn workers(&self, ctx: &Context<'_>) -> Result<Vec<Worker>> {
        let request = ctx.request()?;
        let workers = self
            .detail(ctx)
            .await?
            .workers
            .iter()
            .map(|WorkerView { role, name }| Worker {
                role: role.clone(),
                title: role_title(request, &self.definition, role),
                name: request.words(name),
            });
        Ok(workers.collect())
    }

    /// Documents that the caller may read.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<Document>> {
        let detail = self.detail(ctx).await?;
        let documents = detail.documents.iter().map(|row| Document {
            row: row.clone(),
            owed: detail.owed.get(&row.id).cloned(),
            published_at: detail.published.get(&row.id).copied(),
        });
        Ok(documents.collect())
    }

    /// Notices to the caller's roles; all of them for staff.
    async fn notices(&self, ctx: &Context<'_>) -> Result<Vec<Notice>> {
        let detail = self.detail(ctx).await?;
        let notices = detail.notices.iter().map(|row| Notice {
            row: row.clone(),
            owed: detail.owed.get(&row.id).cloned(),
        });
        Ok(notices.collect())
    }

    /// What is owed to somebody and was not told yet, the earliest due first; for staff.
    async fn owed_feedback(&self, ctx: &Context<'_>) -> Result<Vec<OwedFeedback>> {
        let request = ctx.request()?;
        let open = self.detail(ctx).await?.owes.iter();
        Ok(open.map(|view| OwedFeedback::new(request, view)).collect())
    }

    /// Evidence that the caller may read, the oldest first: what the caller's side added, and of the others what is meant for it;
    /// all for staff.
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<EvidenceItem>> {
        let items = self.detail(ctx).await?.evidence.iter();
        Ok(items.map(|item| EvidenceItem::new(item, &self.definition)).collect())
    }

    /// Messages that the caller may read, the oldest first: those of the caller's side and those to it; all for staff.
    async fn messages(&self, ctx: &Context<'_>) -> Result<Vec<Message>> {
        let messages = self.detail(ctx).await?.messages.iter();
        Ok(messages
            .map(|message| Message::new(message, &self.definition))
            .collect())
    }

    /// Linked cases that the caller may know of.
    async fn links(&self, ctx: &Context<'_>) -> Result<Vec<CaseLink>> {
        Ok(self.detail(ctx).await?.links.iter().cloned().map(CaseLink).collect())
    }

    /// Cases of one series with this one (串案), for staff: their signs are called alike, or their traders or shops are the
    /// same. At most 20, the closest first.
    async fn series(&self, ctx: &Context<'_>) -> Result<Vec<ReportMatch>> {
        let request = ctx.request()?;
        let detail = self.detail(ctx).await?;
        let found = imitations::series(&request.app, &request.actor, &detail.case, &detail.standing);
        let found = Box::pin(found).await.map_err(|error| refusal(request, error))?;
        Ok(found.into_iter().map(ReportMatch::from).collect())
    }

    /// Marks that names in the case resemble, best first, for staff.
    async fn similar_marks(&self, ctx: &Context<'_>) -> Result<Vec<SimilarMark>> {
        let found = self.detail(ctx).await?.similar_marks.iter();
        Ok(found.map(|(found, mark)| SimilarMark::new(found, mark)).collect())
    }
}
