//! What is owed to those who are told something: by which row of the pack, by when, over which way it went, and the day on
//! which it counts as received.

use std::{collections::BTreeMap, ops::Range};

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use time::{Date, OffsetDateTime};
use zhengming_engine::{
    clock::{ClockStatus, local_date},
    decide,
    decision::CaseView,
    definition::model::{Definition, RoleKind},
    feedback::{Carrier, Feedback, Owed, Way, Within},
    pack::Pack,
};

use super::{Result, case_view::CaseDetail, payload};
use crate::{
    app::App,
    store::{CaseBundle, EventRow, MailState, NoticeMail, TellingRow},
};

/// By which row a notice or a document is owed, and what became of it.
#[derive(Clone, Debug)]
pub struct OwedView {
    /// Key of the row in the pack.
    pub key: String,
    /// The row.
    pub row: Owed,
    /// The last day on which it is in time, where the row has one.
    pub due: Option<Date>,
    /// Whether it went out by then; nothing where there is no such day, or it is not served yet and not late either.
    pub in_time: Option<bool>,
    /// How it went, the way by which it counts as received first before the others.
    pub deliveries: Vec<Delivery>,
    /// The day on which it was made: nobody was told before.
    pub made_on: Option<Date>,
    /// Ways of which an officer can record that it went so, in the order of the row.
    pub recordable: Vec<(String, Way)>,
    /// Whether the same was made again later.
    pub replaced: bool,
}

/// One way in which something went out.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Key of the way in the pack.
    pub key: String,
    /// The way.
    pub way: Way,
    /// From when its rule counts: shown, taken by the mail server, served; nothing while none of it happened.
    pub at: Option<OffsetDateTime>,
    /// The day on which it counts as received.
    pub received_on: Option<Date>,
    /// Number of the receipt or recording, where an officer noted one.
    pub reference: Option<String>,
}

/// Something that went, or is to go, in some way.
struct Went<'w> {
    key: String,
    way: &'w Way,
    at: Option<OffsetDateTime>,
    reference: Option<String>,
}

impl<'w> Went<'w> {
    fn new(key: String, way: &'w Way, at: Option<OffsetDateTime>) -> Self {
        Self {
            key,
            way,
            at,
            reference: None,
        }
    }
}

/// What is owed in a case and was not told yet.
#[derive(Clone, Debug)]
pub struct OpenView {
    /// Rows of which one is to be told.
    pub rows: Vec<Owed>,
    /// The last day for it; nothing while its clock stands still.
    pub due: Option<Date>,
    /// Whether that day is over.
    pub late: bool,
}

/// What a case says of itself, for the rows of its procedure.
struct Facts<'c> {
    pack: &'c Pack,
    definition: &'c Definition,
    bundle: &'c CaseBundle,
    view: &'c CaseView,
    data: &'c Map<String, Json>,
    tellings: Vec<TellingRow>,
    filed_on: Date,
    today: Date,
    now: OffsetDateTime,
}

/// Whether what is told to a role gets to somebody by itself, in a case in which parties of some roles have an account. A party that
/// did not file and has none learns of it from whoever tells it another way, and from nobody else.
pub(super) fn reaches<'r>(
    definition: &Definition,
    role: &str,
    mut with_account: impl Iterator<Item = &'r String>,
) -> bool {
    let known = definition.roles.get(role);
    let is_party = known.is_some_and(|known| known.kind == RoleKind::Party);
    !is_party || definition.filers().any(|filer| filer == role) || with_account.any(|has| has == role)
}

/// What is owed by each notice and document of a case, by their ids, and what is open.
pub(super) async fn of(
    app: &App,
    bundle: &CaseBundle,
    definition: &Definition,
    view: &CaseView,
) -> Result<(BTreeMap<String, OwedView>, Vec<OpenView>)> {
    let pack = app.pack();
    let now = app.now();
    let empty = Map::new();
    let (Ok(filed_on), Ok(today)) = (local_date(bundle.case.filed_at), local_date(now)) else {
        return Ok((BTreeMap::new(), Vec::new()));
    };
    if pack.feedback.of(&definition.key, filed_on).next().is_none() {
        return Ok((BTreeMap::new(), Vec::new()));
    }
    let facts = Facts {
        pack: &pack,
        definition,
        bundle,
        view,
        data: bundle.case.data.as_object().unwrap_or(&empty),
        tellings: app.store.tellings(&bundle.case.id).await?,
        filed_on,
        today,
        now,
    };
    let mails = if bundle.notices.is_empty() {
        Vec::new()
    } else {
        app.store.notice_mails(&bundle.case.id).await?
    };
    let owed = facts.owed(&mails);
    let open = if bundle.case.closed_at.is_some() {
        Vec::new()
    } else {
        facts.open(&owed)
    };
    Ok((owed, open))
}

/// Notes that the portal shows the actor notices that are owed to a role of the actor's. Returns whether one is new.
///
/// # Errors
/// Those of the database.
pub async fn shown(app: &App, detail: &CaseDetail) -> Result<bool> {
    let unread = detail.notices.iter().filter(|notice| {
        notice.read_at.is_none()
            && detail.standing.roles.contains(&notice.recipient_role)
            && detail.owed.contains_key(&notice.id)
    });
    let ids: Vec<String> = unread.map(|notice| notice.id.clone()).collect();
    if ids.is_empty() {
        return Ok(false);
    }
    app.store.notices_read(ids, app.now()).await?;
    Ok(true)
}

/// The first of these events after another; the end of all if there is none.
fn first_after(seq: i64, events: impl Iterator<Item = i64>) -> i64 {
    events.filter(|other| *other > seq).min().unwrap_or(i64::MAX)
}

impl Facts<'_> {
    fn table(&self) -> &Feedback {
        &self.pack.feedback
    }

    fn event(&self, seq: i64) -> Option<&EventRow> {
        self.bundle.events.iter().find(|event| event.seq == seq)
    }

    fn owed(&self, mails: &[NoticeMail]) -> BTreeMap<String, OwedView> {
        let mut all = BTreeMap::new();
        for notice in &self.bundle.notices {
            let of_notice = mails
                .iter()
                .filter(|mail| (mail.seq, mail.place) == (notice.seq, notice.n));
            let mails: Vec<&NoticeMail> = of_notice.collect();
            let kind = self
                .event(notice.seq)
                .map(|event| event.kind.as_str())
                .unwrap_or_default();
            let told = (notice.recipient_role.as_str(), notice.template.as_str());
            let found = self.table().notice(self.definition, self.filed_on, told, kind);
            let Some((key, row)) = found else { continue };
            let later =
                self.bundle.notices.iter().filter(|other| {
                    (&other.template, &other.recipient_role) == (&notice.template, &notice.recipient_role)
                });
            let until = first_after(notice.seq, later.map(|other| other.seq));
            let mut deliveries = self.served(row, notice.seq..until, &notice.id);
            deliveries.extend(
                self.carried(row, Carrier::Portal)
                    .map(|(key, way)| Went::new(key, way, notice.read_at)),
            );
            let mailed = self.carried(row, Carrier::Mail).filter(|_| !mails.is_empty());
            deliveries.extend(mailed.map(|(key, way)| {
                let sent = mails.iter().filter(|mail| mail.state == MailState::Sent);
                Went::new(key, way, sent.filter_map(|mail| mail.sent_at).min())
            }));
            all.insert(
                notice.id.clone(),
                self.view(
                    key,
                    row,
                    (notice.seq, notice.created_at),
                    until,
                    deliveries,
                    self.reached(&notice.recipient_role),
                ),
            );
        }
        for document in &self.bundle.documents {
            let kind = self
                .event(document.seq)
                .map(|event| event.kind.as_str())
                .unwrap_or_default();
            let found = self
                .table()
                .document(&self.definition.key, self.filed_on, &document.kind, kind);
            // What a notice tells is shown at the notice.
            let Some((key, row)) = found.filter(|(_, row)| row.notice.is_none()) else {
                continue;
            };
            let later = self.bundle.documents.iter().filter(|other| other.kind == document.kind);
            let until = first_after(document.seq, later.map(|other| other.seq));
            let deliveries = self.served(row, document.seq..until, &document.id);
            all.insert(
                document.id.clone(),
                self.view(key, row, (document.seq, document.created_at), until, deliveries, false),
            );
        }
        all
    }

    fn ways<'f>(&'f self, row: &'f Owed) -> impl Iterator<Item = (String, &'f Way)> {
        row.ways
            .iter()
            .filter_map(|key| Some((key.clone(), self.table().ways.get(key)?)))
    }

    /// The first way of a row that this carrier goes.
    fn carried<'f>(&'f self, row: &'f Owed, carrier: Carrier) -> impl Iterator<Item = (String, &'f Way)> {
        self.ways(row).filter(move |(_, way)| way.carrier == carrier).take(1)
    }

    /// Ways of which an officer can record that something went so: those that need the receiver's consent only with it. Where
    /// an event of the procedure records the service, there are none.
    fn recordable(&self, row: &Owed) -> Vec<(String, Way)> {
        if !row.served.is_empty() {
            return Vec::new();
        }
        let agreed = row.consent.as_ref().and_then(|field| self.data.get(field)) == Some(&Json::Bool(true));
        let ways = self
            .ways(row)
            .filter(|(_, way)| way.carrier == Carrier::Officer && (agreed || !way.consent));
        ways.map(|(key, way)| (key, way.clone())).collect()
    }

    /// How officers recorded the service of what was made at the first of these events, before it was made again: by an event
    /// of the procedure, or for this notice or document itself, of which the last record of each way counts.
    fn served(&self, row: &Owed, events: Range<i64>, subject: &str) -> Vec<Went<'_>> {
        let mut told: IndexMap<&str, Went<'_>> = IndexMap::new();
        for telling in self.tellings.iter().filter(|telling| telling.subject_id == subject) {
            if let Some(way) = self.table().ways.get(&telling.way) {
                let mut went = Went::new(telling.way.clone(), way, Some(telling.told_at));
                went.reference.clone_from(&telling.reference);
                told.insert(telling.way.as_str(), went);
            }
        }
        let recorded = row.served.iter().filter_map(|served| {
            let event = self
                .bundle
                .events
                .iter()
                .find(|e| events.contains(&e.seq) && e.kind == served.event)?;
            // The answers of that event: the fields of the case may be those of a later service.
            let payload = self.bundle.payloads.iter().find(|p| p.seq == event.seq);
            let answers = payload.and_then(payload::body).map(|body| payload::merged(&body));
            let (key, at) = served.recorded(event.at, answers.as_ref().unwrap_or(self.data))?;
            let way = self.table().ways.get(&key)?;
            Some(Went::new(key, way, Some(at)))
        });
        recorded.chain(told.into_values()).collect()
    }

    fn view(
        &self,
        key: &str,
        row: &Owed,
        (seq, made): (i64, OffsetDateTime),
        until: i64,
        deliveries: Vec<Went<'_>>,
        reached: bool,
    ) -> OwedView {
        let replaced = until != i64::MAX;
        let mut deliveries: Vec<Delivery> = deliveries
            .into_iter()
            .map(|went| Delivery {
                received_on: went.at.and_then(|at| went.way.received_on(at, &self.pack.law).ok()),
                key: went.key,
                way: went.way.clone(),
                at: went.at,
                reference: went.reference,
            })
            .collect();
        deliveries.sort_by_key(|d| (d.received_on.is_none(), d.received_on));
        let due = self.due(row, seq, made);
        // A document that is served is in time by its service, what is told by the telling: to whom the service tells nothing by
        // itself, by what an officer recorded.
        let gone = if row.notice.is_some() && reached {
            local_date(made).ok()
        } else {
            let served = deliveries.iter().filter_map(|d| local_date(d.at?).ok());
            served.min()
        };
        let in_time = match (due, gone) {
            (Some(due), Some(gone)) => Some(gone <= due),
            (Some(due), None) if self.today > due && !replaced => Some(false),
            _ => None,
        };
        OwedView {
            key: key.to_owned(),
            row: row.clone(),
            due,
            in_time,
            deliveries,
            made_on: local_date(made).ok(),
            recordable: self.recordable(row),
            replaced,
        }
    }

    /// The last day for what was told or made at `seq`. A clock that was started anew afterwards says nothing of it.
    fn due(&self, row: &Owed, seq: i64, made: OffsetDateTime) -> Option<Date> {
        let served_later = row.notice.is_none();
        let clocks = self
            .view
            .clocks
            .iter()
            .filter(|(_, clock)| served_later || clock.started_at <= made);
        let clocks = clocks.map(|(name, clock)| (name.clone(), clock.clone())).collect();
        let began = match row.since() {
            Some(since) => self.last(since, seq).map(|event| event.at),
            None => Some(made),
        };
        // The answers of that step: the fields of the case may be those of a later one.
        let payload = self.bundle.payloads.iter().find(|payload| payload.seq == seq);
        let mut data = self.data.clone();
        data.extend(
            payload
                .and_then(payload::body)
                .map(|body| payload::merged(&body))
                .unwrap_or_default(),
        );
        row.due(&self.pack.law, &clocks, began, &data)
    }

    fn reached(&self, role: &str) -> bool {
        let with_account = self.bundle.parties.iter().filter(|party| party.account_id.is_some());
        reaches(self.definition, role, with_account.map(|party| &party.role))
    }

    /// The last event of a kind up to `seq`.
    fn last(&self, event: &str, seq: i64) -> Option<&EventRow> {
        let kind = if event == "filing" { "opened" } else { event };
        let mut events = self.bundle.events.iter().rev();
        events.find(|row| row.seq <= seq && row.kind == kind)
    }

    /// What is owed and not told: what a running clock waits for, what an event began, documents that are not served.
    fn open(&self, owed: &BTreeMap<String, OwedView>) -> Vec<OpenView> {
        let mut open: Vec<OpenView> = Vec::new();
        let mut waiting: IndexMap<String, Vec<Owed>> = IndexMap::new();
        for view in owed.values().filter(|view| view.row.notice.is_none() && !view.replaced) {
            if view.deliveries.iter().all(|delivery| delivery.at.is_none()) {
                open.push(self.opened(vec![view.row.clone()], view.due));
            }
        }
        // What reached nobody by itself, until an officer records how it was told.
        for notice in &self.bundle.notices {
            if let Some(view) = owed.get(&notice.id)
                && !self.reached(&notice.recipient_role)
                && !view.replaced
                && view.deliveries.iter().all(|delivery| delivery.at.is_none())
            {
                open.push(self.opened(vec![view.row.clone()], view.due));
            }
        }
        for (key, row) in self.table().of(&self.definition.key, self.filed_on) {
            if row.notice.is_none() {
                continue;
            }
            match &row.within {
                Within::Clocks(names) => {
                    for name in names.iter().filter(|name| self.waits(name, key, owed)) {
                        waiting.entry(name.clone()).or_default().push(row.clone());
                    }
                }
                Within::Period { since, .. } => {
                    let Some(began) = self.last(since, i64::MAX) else {
                        continue;
                    };
                    let told = |view: &OwedView| view.key == key;
                    let later = self.bundle.notices.iter().filter(|notice| notice.seq >= began.seq);
                    if !later.filter_map(|notice| owed.get(&notice.id)).any(told) {
                        let due = row.due(&self.pack.law, &self.view.clocks, Some(began.at), self.data);
                        open.push(self.opened(vec![row.clone()], due));
                    }
                }
                Within::AtOnce | Within::Promptly | Within::Before { .. } => {}
            }
        }
        for (clock, rows) in waiting {
            let due = self.view.clocks.get(&clock).and_then(|clock| clock.due.at());
            open.push(self.opened(rows, due.map(|due| due.due_date)));
        }
        open.sort_by_key(|view| (view.due.is_none(), view.due));
        open
    }

    /// Whether a clock still runs, or somebody is late with what it waits for, and nothing of the row was told since it started. What
    /// could only be told while it ran is owed no more.
    fn waits(&self, clock: &str, key: &str, owed: &BTreeMap<String, OwedView>) -> bool {
        let (Some(rule), Some(state)) = (self.definition.clocks.get(clock), self.view.clocks.get(clock)) else {
            return false;
        };
        let leaves = self.bundle.case.states.iter();
        let mut leaves = leaves.filter_map(|id| self.definition.state(id));
        let inside = leaves.any(|leaf| rule.runs_in.iter().any(|state| self.definition.inside(leaf, *state)));
        let runs = matches!(state.status, ClockStatus::Running | ClockStatus::Suspended);
        let since = self.bundle.notices.iter().filter(|n| n.created_at >= state.started_at);
        let mut told = since.filter_map(|notice| owed.get(&notice.id));
        inside
            && (runs || decide::is_late(self.definition, self.view, clock, self.now))
            && !told.any(|view| view.key == key)
    }

    fn opened(&self, rows: Vec<Owed>, due: Option<Date>) -> OpenView {
        OpenView {
            rows,
            due,
            late: due.is_some_and(|due| due < self.today),
        }
    }
}
