//! A case as one actor may see it. Pages and the API read cases only through here, so nothing else can leak one.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value as Json;
use time::OffsetDateTime;
use zhengming_engine::{
    clock::{ClockState, ClockStatus, Trace},
    contribution::{EvidenceItem, Message},
    decide,
    decision::{Available, CaseView},
    definition::model::{Definition, Event, Field, FieldKind, RoleKind, Storage},
    text::Label,
};

use super::{
    Error, Result,
    case_history::{self, EventView},
    case_state::view,
    cases::{engine_actor, pinned, standing_on},
    contributions::{self, Contributed},
    directory, disclosure,
    feedback::{self, OpenView, OwedView},
    mentions,
    past::with_evidence,
    references,
};
use crate::{
    access::{Action, Actor, Standing, can, reach, standing},
    app::App,
    secret::{CaseNumber, Purpose, ReceiptSecret},
    store::{CaseBundle, CaseCursor, CaseFilter, CaseOrder, CaseRow, DocumentRow, MarkRow, NoticeRow, SimilarMarkRow},
};

/// Everything that an actor may see of a case.
#[derive(Clone, Debug)]
pub struct CaseDetail {
    /// The row; its `data` hold only what the actor may read.
    pub case: CaseRow,
    /// The version of the procedure that it is pinned to.
    pub definition: Arc<Definition>,
    /// What the actor is to it.
    pub standing: Standing,
    /// Readable fields in the order of the procedure: name and value.
    pub fields: Vec<(String, Json)>,
    /// Display names of the accounts that the fields name, by id.
    pub account_names: BTreeMap<String, String>,
    /// Clocks that ever ran.
    pub deadlines: Vec<DeadlineView>,
    /// Events that the actor may send, with what blocks them.
    pub available: Vec<Available>,
    /// From which organisation they would be sent, for those that are particular about the organisations that they name.
    pub senders: BTreeMap<String, String>,
    /// The visible part of its history, oldest first.
    pub events: Vec<EventView>,
    /// Parties by role; names only where they may be shown.
    pub parties: Vec<PartyView>,
    /// Who works on it.
    pub workers: Vec<WorkerView>,
    /// Documents that the actor may read.
    pub documents: Vec<DocumentRow>,
    /// Since when everybody may read some of the documents, by their id.
    pub published: BTreeMap<String, OffsetDateTime>,
    /// Notices to the actor's roles; all for staff.
    pub notices: Vec<NoticeRow>,
    /// Messages that the actor may read, the oldest first.
    pub messages: Vec<Contributed<Message>>,
    /// Evidence that the actor may read, the oldest first.
    pub evidence: Vec<Contributed<EvidenceItem>>,
    /// By which row each of these notices and documents is owed, by its id; none for courtesies.
    pub owed: BTreeMap<String, OwedView>,
    /// What is owed and not told yet, for staff.
    pub owes: Vec<OpenView>,
    /// Linked cases that the actor may know of.
    pub links: Vec<LinkView>,
    /// Similar marks, for staff.
    pub similar_marks: Vec<(SimilarMarkRow, MarkRow)>,
    /// Its number where it was begun, of a case that came by file; for staff.
    pub number_elsewhere: Option<String>,
    /// When personal data of it were last erased.
    pub erased_at: Option<OffsetDateTime>,
}

/// One clock of a case.
#[derive(Clone, Debug)]
pub struct DeadlineView {
    /// Name of the clock.
    pub clock: String,
    /// Its ledger.
    pub state: ClockState,
    /// Whether somebody is late with it: what a party may do just ends.
    pub overdue: bool,
}

impl DeadlineView {
    /// Whether somebody still has to do with it: it runs, stands still or is late.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.state.status, ClockStatus::Running | ClockStatus::Suspended) || self.overdue
    }
}

/// A party.
#[derive(Clone, Debug)]
pub struct PartyView {
    /// Role.
    pub role: String,
    /// Name, where the actor may read it.
    pub name: Option<String>,
    /// Whether the party has an account here.
    pub has_account: bool,
}

impl CaseDetail {
    /// What an event is called where the actor may take it: a party does not read of itself as of somebody else.
    #[must_use]
    pub fn title_of<'e>(&self, event: &'e Event) -> &'e Label {
        let is_own = |role: &String| {
            let kind = self.definition.roles.get(role).map(|role| role.kind);
            kind == Some(RoleKind::Party) && self.standing.roles.contains(role)
        };
        let own = event.title_own.as_ref().filter(|_| event.by.iter().any(is_own));
        own.unwrap_or(&event.title)
    }

    /// Whether what is told to a role gets to somebody by itself.
    #[must_use]
    pub fn reaches(&self, role: &str) -> bool {
        let with_account = self.parties.iter().filter(|party| party.has_account);
        feedback::reaches(&self.definition, role, with_account.map(|party| &party.role))
    }
}

/// Somebody who works on the case.
#[derive(Clone, Debug)]
pub struct WorkerView {
    /// Case role.
    pub role: String,
    /// Display name of the account, or name of the organisation in both languages.
    pub name: Label,
}

/// A linked case.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// Why they are linked.
    pub kind: String,
    /// The other case.
    pub case: CaseRow,
    /// Whether the link leads from this case to the other.
    pub outgoing: bool,
}

/// Reads a case.
///
/// # Errors
/// [`Error::NotFound`] also for cases that the actor may not know of.
pub async fn case(app: &App, actor: &Actor, case_id: &str) -> Result<CaseDetail> {
    known(app, actor, case_id).await?;
    let bundle = app.store.case_bundle(case_id).await?.ok_or(Error::NotFound)?;
    Box::pin(detail(app, actor, bundle)).await
}

/// Whether the actor may know of a case, found out in the same time whether or not there is one: strangers shall not tell
/// invented ids from real ones.
async fn known(app: &App, actor: &Actor, case_id: &str) -> Result<()> {
    let ids = [case_id.to_owned()];
    let case = app.store.case(case_id).await?;
    let parties = app.store.parties_of(&ids).await?;
    let assignments = app.store.assignments_of(&ids).await?;
    let case = case.ok_or(Error::NotFound)?;
    let definition = pinned(app, &case)?;
    let standing = standing(actor, &definition, &case, &parties, &assignments, &app.organisations());
    can(actor, Action::ReadCase, &standing)
        .map(|_| ())
        .ok_or(Error::NotFound)
}

/// Reads a case by its public number; the same rules.
///
/// # Errors
/// As [`case`].
pub async fn case_by_number(app: &App, actor: &Actor, number: &str) -> Result<CaseDetail> {
    let number: CaseNumber = number.parse().map_err(|_| Error::NotFound)?;
    let row = app
        .store
        .case_by_number(&number.to_string())
        .await?
        .ok_or(Error::NotFound)?;
    case(app, actor, &row.id).await
}

/// Opens a case with its receipt and gives the actor that the receipt stands for.
///
/// # Errors
/// [`Error::NotFound`] when number and secret do not belong together, whichever is wrong.
pub async fn receipt(app: &App, number: &str, secret: &str) -> Result<Actor> {
    let number: CaseNumber = number.parse().map_err(|_| Error::NotFound)?;
    let secret: ReceiptSecret = secret.parse().map_err(|_| Error::NotFound)?;
    let hash = secret.digest(&app.secrets.key(Purpose::Receipt)).to_hex();
    // One look-up by the hash whatever the number: a wrong number takes as long as a wrong secret.
    let row = app.store.case_by_receipt(&hash).await?.ok_or(Error::NotFound)?;
    if row.number != number.to_string() {
        return Err(Error::NotFound);
    }
    Ok(Actor::Receipt { case_id: row.id })
}

/// Which cases to list.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    /// Filters; who may see what is added here.
    pub filter: CaseFilter,
    /// Order.
    pub order: CaseOrder,
    /// Start after this place.
    pub after: Option<CaseCursor>,
    /// At most so many, 1 to 100.
    pub limit: u64,
}

/// One row of a list.
#[derive(Clone, Debug)]
pub struct CaseSummary {
    /// The row; `data` hold only what the actor may read.
    pub case: CaseRow,
    /// Its procedure.
    pub definition: Arc<Definition>,
    /// What the actor is to it.
    pub standing: Standing,
    /// Words that tell cases apart, where the actor may read them (brand, respondent).
    pub subject: Vec<String>,
}

/// Lists cases that the actor may know of: as many as were asked for, or all that there are.
///
/// # Errors
/// [`Error::Unauthenticated`] without an account; those of the database.
pub async fn list(app: &App, actor: &Actor, mut request: ListRequest) -> Result<Vec<CaseSummary>> {
    scope(app, actor, &mut request.filter)?;
    let limit = usize::try_from(request.limit.clamp(1, 101)).unwrap_or(1);
    let mut summaries = Vec::new();
    // The filter knows who may see what; the rule that decides has the last word. Should it leave a row out, the next ones
    // fill the page: one that is short means the end of the list.
    while summaries.len() < limit {
        let ask = limit - summaries.len();
        let rows = app
            .store
            .cases(&request.filter, request.order, request.after.as_ref(), ask as u64)
            .await?;
        let (read, last) = (rows.len(), rows.last().cloned());
        summaries.extend(summarise(app, actor, rows).await?);
        request.after = last.and_then(|last| CaseCursor::after(&last, request.order));
        if read < ask || request.after.is_none() {
            break;
        }
    }
    Ok(summaries)
}

/// Cases by their ids, as a list shows them; those that the actor may not know of are left out.
///
/// # Errors
/// Those of the database.
pub(super) async fn summaries(app: &App, actor: &Actor, ids: &[String]) -> Result<Vec<CaseSummary>> {
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(app.store.case(id).await?);
    }
    summarise(app, actor, rows).await
}

/// Those of the rows that the actor may read, as a list shows them.
async fn summarise(app: &App, actor: &Actor, rows: Vec<CaseRow>) -> Result<Vec<CaseSummary>> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let parties = app.store.parties_of(&ids).await?;
    let assignments = app.store.assignments_of(&ids).await?;
    let personal = app.store.personal_of(&ids).await?;
    let tree = app.organisations();
    let mut summaries = Vec::new();
    for mut row in rows {
        let definition = pinned(app, &row)?;
        let parties: Vec<_> = parties.iter().filter(|p| p.case_id == row.id).cloned().collect();
        let assignments: Vec<_> = assignments.iter().filter(|a| a.case_id == row.id).cloned().collect();
        let standing = standing(actor, &definition, &row, &parties, &assignments, &tree);
        if can(actor, Action::ReadCase, &standing).is_none() {
            continue;
        }
        let body = personal.iter().find(|p| p.case_id == row.id).map(|p| &p.body);
        let may = |field: &Field| readable(&standing, field, &definition);
        let subject = body.map_or_else(Vec::new, |body| mentions::subject(&definition, body, may));
        strip(&mut row, &definition, &standing);
        summaries.push(CaseSummary {
            case: row,
            definition,
            standing,
            subject,
        });
    }
    Ok(summaries)
}

/// How many cases a list in this order has for the actor, who may know of each of them.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, mut filter: CaseFilter, order: CaseOrder) -> Result<u64> {
    scope(app, actor, &mut filter)?;
    filter.with_deadline |= order == CaseOrder::DueFirst;
    Ok(app.store.count_cases(&filter).await?)
}

/// Narrows a filter to what the actor may know of.
fn scope(app: &App, actor: &Actor, filter: &mut CaseFilter) -> Result<()> {
    let person = actor.person().ok_or(Error::Unauthenticated)?;
    let pack = app.pack();
    let definitions = pack.procedures.values().flatten().chain(pack.kept());
    filter.reach = Some(reach(person, definitions.map(Arc::as_ref), &app.organisations()));
    Ok(())
}

/// The clocks of a case from its row alone; whoever may read the row may read them.
///
/// # Errors
/// [`Error::Internal`] when the stored clocks are unreadable.
pub fn deadlines(app: &App, definition: &Definition, row: &CaseRow) -> Result<Vec<DeadlineView>> {
    Ok(deadline_views(definition, &view(row, &[], &[])?, app.now()))
}

fn deadline_views(definition: &Definition, view: &CaseView, now: OffsetDateTime) -> Vec<DeadlineView> {
    let clocks = view.clocks.iter();
    clocks
        .map(|(name, state)| DeadlineView {
            clock: name.clone(),
            overdue: decide::is_late(definition, view, name, now),
            state: state.clone(),
        })
        .collect()
}

/// The trace of one clock: which days were counted and why the others were not.
///
/// # Errors
/// [`Error::Internal`] when the pinned law cannot count it any more.
pub fn trace(app: &App, clock: &ClockState) -> Result<Trace> {
    clock
        .deadline(&app.pack().law)
        .map(|d| d.trace)
        .map_err(|_| Error::Internal("a stored clock cannot be counted"))
}

async fn detail(app: &App, actor: &Actor, bundle: CaseBundle) -> Result<CaseDetail> {
    let definition = pinned(app, &bundle.case)?;
    let tree = app.organisations();
    let standing = standing(
        actor,
        &definition,
        &bundle.case,
        &bundle.parties,
        &bundle.assignments,
        &tree,
    );
    can(actor, Action::ReadCase, &standing).ok_or(Error::NotFound)?;
    let now = app.now();
    let mut view = view(&bundle.case, &bundle.assignments, &bundle.documents)?;
    view.dossier = with_evidence(view.dossier, &contributions::laid(&bundle.payloads));
    let staff = standing.reads_as_staff();
    let deadlines = deadline_views(&definition, &view, now);
    let available = decide::available(&definition, &view, &engine_actor(actor, &standing));
    let senders = references::senders(actor, &definition, &bundle.case, &bundle.assignments, &tree, &standing);
    let fields = fields(&bundle, &definition, &standing);
    let events = case_history::visible(&bundle, &definition, &standing);
    let visible = |roles: &[String]| staff || roles.iter().any(|r| standing.roles.contains(r));
    let number_elsewhere = case_history::number_elsewhere(&bundle).filter(|_| staff);
    let published = disclosure::of_case(app, &bundle.case.id, &definition).await?;
    let documents = bundle
        .documents
        .iter()
        .filter(|d| visible(&d.visible_to))
        .cloned()
        .collect();
    let notices = bundle
        .notices
        .iter()
        .filter(|n| staff || standing.roles.contains(&n.recipient_role));
    let notices = notices.cloned().collect();
    let (owed, owes) = Box::pin(feedback::of(app, &bundle, &definition, &view)).await?;
    let owes = if staff { owes } else { Vec::new() };
    let account_names = account_names(app, &definition, &fields).await?;
    let workers = workers(app, &bundle, &definition, staff).await?;
    let parties = bundle.parties.iter().map(|party| PartyView {
        role: party.role.clone(),
        has_account: party.account_id.is_some(),
        name: party
            .name
            .clone()
            .filter(|_| staff || standing.roles.contains(&party.role)),
    });
    let parties = parties.collect();
    let (messages, evidence) = contributions::readable(&definition, &standing, &bundle.events, &bundle.payloads);
    let links = links(app, actor, &bundle).await?;
    let similar_marks = if staff {
        similar(app, &bundle).await?
    } else {
        Vec::new()
    };
    let erased_at = bundle.payloads.iter().filter_map(|payload| payload.erased_at).max();
    let mut case = bundle.case;
    strip(&mut case, &definition, &standing);
    Ok(CaseDetail {
        case,
        definition,
        standing,
        fields,
        account_names,
        deadlines,
        available,
        senders,
        events,
        parties,
        workers,
        documents,
        published,
        notices,
        messages,
        evidence,
        owed,
        owes,
        links,
        similar_marks,
        number_elsewhere,
        erased_at,
    })
}

/// Whether a field may be read: by staff all but identities; by others what one of their roles reads.
fn readable(standing: &Standing, field: &Field, definition: &Definition) -> bool {
    let held = standing.roles.iter().map(String::as_str);
    !standing.excluded && field.is_open_to(standing.reads_as_staff(), held, &definition.roles)
}

/// Whether a field of a case may be read by whoever stands so to it.
pub(super) fn may_read(standing: &Standing, definition: &Definition, field: &str) -> bool {
    let field = definition.fields.get(field);
    field.is_some_and(|field| readable(standing, field, definition))
}

fn fields(bundle: &CaseBundle, definition: &Definition, standing: &Standing) -> Vec<(String, Json)> {
    let mut fields = Vec::new();
    for (name, field) in &definition.fields {
        if !readable(standing, field, definition) {
            continue;
        }
        let value = match field.storage {
            Storage::Case => bundle.case.data.get(name),
            Storage::Personal => bundle.personal.as_ref().and_then(|body| body.get(name)),
            Storage::Identity => None,
        };
        if let Some(value) = value {
            fields.push((name.clone(), value.clone()));
        }
    }
    fields
}

/// Names of the accounts that readable fields hold: a page shows people, not ids.
async fn account_names(
    app: &App,
    definition: &Definition,
    fields: &[(String, Json)],
) -> Result<BTreeMap<String, String>> {
    let named = fields.iter().filter(|(name, _)| {
        let field = definition.fields.get(name);
        field.is_some_and(|field| matches!(field.kind, FieldKind::Account { .. }))
    });
    let ids = named.filter_map(|(_, value)| value.as_str().map(str::to_owned));
    directory::names(app, ids).await
}

fn strip(case: &mut CaseRow, definition: &Definition, standing: &Standing) {
    if let Some(data) = case.data.as_object_mut() {
        data.retain(|name, _| {
            definition
                .fields
                .get(name)
                .is_some_and(|f| readable(standing, f, definition))
        });
    }
    if !standing.reads_as_staff() {
        case.filer_account_id = None;
        case.opened_by_case = None;
    }
    case.receipt_hash = None;
}

async fn workers(app: &App, bundle: &CaseBundle, definition: &Definition, staff: bool) -> Result<Vec<WorkerView>> {
    let live: Vec<_> = bundle.assignments.iter().filter(|a| a.until_seq.is_none()).collect();
    let ids: Vec<String> = live.iter().filter_map(|a| a.account_id.clone()).collect();
    let accounts: BTreeMap<String, String> = app
        .store
        .accounts_by_ids(&ids)
        .await?
        .into_iter()
        .map(|a| (a.id, a.display_name))
        .collect();
    let tree = app.organisations();
    let mut workers = Vec::new();
    for assignment in live {
        let kind = definition.roles.get(&assignment.role).map(|r| r.kind);
        // Parties learn who mediates, because they may ask for recusal; not who else works on the case.
        if !(staff || kind == Some(RoleKind::Delegate)) || kind.is_none() {
            continue;
        }
        let account = assignment.account_id.as_ref().and_then(|id| accounts.get(id)).cloned();
        let organisation = assignment
            .organisation_id
            .as_ref()
            .and_then(|id| tree.get(id))
            .map(|o| Label {
                zh: o.name_zh.clone(),
                en: o.name_en.clone(),
            });
        let account = account.map(|name| Label {
            zh: name.clone(),
            en: name,
        });
        if let Some(name) = account.or(organisation) {
            workers.push(WorkerView {
                role: assignment.role.clone(),
                name,
            });
        }
    }
    Ok(workers)
}

async fn links(app: &App, actor: &Actor, bundle: &CaseBundle) -> Result<Vec<LinkView>> {
    let mut views = Vec::new();
    for link in &bundle.links {
        let outgoing = link.from_case == bundle.case.id;
        let other = if outgoing { &link.to_case } else { &link.from_case };
        let Some(mut case) = app.store.case(other).await? else {
            continue;
        };
        let found = standing_on(app, actor, &case).await?;
        if can(actor, Action::ReadCase, &found).is_some() {
            let definition = pinned(app, &case)?;
            strip(&mut case, &definition, &found);
            views.push(LinkView {
                kind: link.kind.clone(),
                case,
                outgoing,
            });
        }
    }
    Ok(views)
}

async fn similar(app: &App, bundle: &CaseBundle) -> Result<Vec<(SimilarMarkRow, MarkRow)>> {
    let ids: Vec<String> = bundle.similar_marks.iter().map(|s| s.mark_id.clone()).collect();
    let marks: BTreeMap<String, MarkRow> = app
        .store
        .marks_by_ids(&ids)
        .await?
        .into_iter()
        .map(|m| (m.id.clone(), m))
        .collect();
    let pairs = bundle.similar_marks.iter();
    Ok(pairs
        .filter_map(|s| Some((s.clone(), marks.get(&s.mark_id)?.clone())))
        .collect())
}
