//! From a decision of the engine to the rows of one commit.
//!
//! Opening, events, timers and cases opened by cases all pass through [`Recorder::change`], so that state, event, timers,
//! notices, documents and outbox always belong together.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use zhengming_engine::{
    clock::local_date,
    decide,
    decision::{Actor as EngineActor, Decision, Effect, Opening},
    definition::{
        model::{Definition, FilingMode as EngineMode, Storage},
        paper::of_paper,
    },
    pack::Pack,
    text::Label,
};

use super::{
    Error, Result,
    case_state::{hash, state_hash},
    identity,
    intake::filed_at,
    numbering::{case_series, year},
    payload::payload,
    subcases::{going_along, telling_parent},
    wording::{Called, DocumentPart, Telling},
};
use crate::{
    access::{EXCLUDED, INTAKE, OrganisationTree},
    clock::{Ids, SharedEntropy, random},
    secret::{CaseNumber, Secrets, case_number::Prefix},
    store::{
        AssignmentRow, CaseChange, CaseLinkRow, CaseRow, CaseStatus, DocumentRow, FilingMode, NOTICE, NewDisclosure,
        NewEvent, NewIdentity, NewNotice, NewOutbox, NewTimer, Numbers, PartyRow,
    },
};

/// Everything that turns a decision into rows; cheap to clone into a commit's closure.
#[derive(Clone)]
pub(super) struct Recorder {
    pub(super) pack: Arc<Pack>,
    pub(super) organisations: Arc<OrganisationTree>,
    pub(super) ids: Arc<Ids>,
    pub(super) entropy: SharedEntropy,
    pub(super) prefix: Prefix,
    pub(super) pseudonym_key: [u8; 32],
    /// The keys with which organisations seal their documents.
    pub(super) secrets: Arc<Secrets>,
    /// Where whoever holds a receipt follows the case.
    pub(super) follow_url: String,
    /// Where whoever signs in finds a case, by its number.
    pub(super) cases_url: String,
}

/// Who and when, for the event row.
#[derive(Clone, Debug)]
pub(super) struct By {
    /// Account, if a person acts.
    pub(super) account: Option<String>,
    /// The role that the event is sent in; `clock` for the service itself.
    pub(super) role: String,
    /// The organisation in whose name that is done; none: the one that has the case.
    pub(super) organisation: Option<String>,
    /// Recorded moment.
    pub(super) at: OffsetDateTime,
}

/// What the transaction lends to the recorder.
pub(super) struct Around<'l, 'n> {
    pub(super) personal: Option<&'l Json>,
    pub(super) identity: Option<&'l Json>,
    pub(super) assignments: &'l [AssignmentRow],
    pub(super) parties: &'l [PartyRow],
    /// The documents of before, where something is said of them.
    pub(super) documents: &'l [DocumentRow],
    pub(super) numbers: &'n mut Numbers,
}

/// One step on its way into rows.
pub(super) struct Step<'s> {
    pub(super) definition: &'s Definition,
    pub(super) decision: &'s Decision,
    pub(super) personal: &'s Json,
    pub(super) by: &'s By,
    pub(super) seq: i64,
}

/// A case that a case opens.
struct Filing<'f> {
    procedure: &'f str,
    link: &'f str,
    with: &'f [(String, String)],
    identity: bool,
    /// Whom the opener names.
    organisation: Option<&'f str>,
}

/// The rows that the effects of a step have made by now.
#[derive(Default)]
pub(super) struct Output {
    notices: Vec<NewNotice>,
    outbox: Vec<NewOutbox>,
    pub(super) documents: Vec<DocumentRow>,
    disclosures: Vec<NewDisclosure>,
    pub(super) assignments: Vec<AssignmentRow>,
    links: Vec<CaseLinkRow>,
    opens: Vec<CaseChange>,
}

impl Recorder {
    /// Where somebody in a role finds the case: with the receipt that only a filing gives, else by signing in.
    fn link(&self, step: &Step<'_>, case: &CaseRow, role: &str) -> String {
        if step.definition.filers().any(|filer| filer == role) {
            self.follow_url.clone()
        } else {
            format!("{}/{}", self.cases_url, case.number)
        }
    }

    pub(super) fn telling<'t>(
        &'t self,
        step: &Step<'t>,
        case: &'t CaseRow,
        link: String,
        document: Option<DocumentPart<'t>>,
    ) -> Telling<'t> {
        Telling {
            definition: step.definition,
            case,
            decision: step.decision,
            called: Called::new(&self.pack, &self.organisations),
            link,
            document,
        }
    }

    /// A name for an actor that is stable within one case and says nothing outside it.
    pub(super) fn pseudonym(&self, case_id: &str, role: &str, account: Option<&str>) -> String {
        let Some(account) = account else { return role.to_owned() };
        let hash = Sha256::new()
            .chain_update(self.pseudonym_key)
            .chain_update(case_id.as_bytes())
            .chain_update([0])
            .chain_update(account.as_bytes())
            .finalize();
        let short = HEXLOWER.encode(hash.get(..6).unwrap_or_default());
        format!("{role}:{short}")
    }

    /// The row of a case that is about to be opened.
    pub(super) fn new_case(
        &self,
        id: String,
        number: i64,
        definition: &Definition,
        organisation: &str,
        mode: EngineMode,
        at: OffsetDateTime,
    ) -> CaseRow {
        let serial = u64::try_from(number).unwrap_or(0);
        CaseRow {
            number: CaseNumber::new(self.prefix.clone(), year(at), serial).to_string(),
            id,
            procedure: definition.key.clone(),
            procedure_version: i64::from(definition.version),
            definition_hash: definition.hash.clone(),
            organisation_id: organisation.to_owned(),
            filed_at: at,
            opened_at: at,
            closed_at: None,
            version: 0,
            seq: 0,
            status: CaseStatus::Open,
            phase: String::new(),
            states: Vec::new(),
            remembered: json!({}),
            data: json!({}),
            clocks: json!({}),
            next_due_at: None,
            head: String::new(),
            state_hash: String::new(),
            filing_mode: stored_mode(mode),
            receipt_hash: None,
            filer_account_id: None,
            opened_by_case: None,
        }
    }

    /// All rows of one decision about `before`.
    pub(super) fn change(
        &self,
        definition: &Definition,
        before: &CaseRow,
        decision: &Decision,
        by: &By,
        around: &mut Around<'_, '_>,
    ) -> Result<CaseChange> {
        let mut case = before.clone();
        case.procedure_version = i64::from(definition.version);
        case.definition_hash.clone_from(&definition.hash);
        case.states.clone_from(&decision.to);
        case.remembered = json!(decision.remembered);
        case.phase.clone_from(&decision.phase);
        case.data = Json::Object(decision.data.clone());
        case.clocks = serde_json::to_value(&decision.clocks).map_err(|_| Error::Internal("clocks do not serialise"))?;
        case.next_due_at = decision.next_due;
        case.status = if decision.outcome.is_some() {
            CaseStatus::Closed
        } else {
            CaseStatus::Open
        };
        case.closed_at = match case.status {
            CaseStatus::Closed => before.closed_at.or(Some(by.at)),
            CaseStatus::Open => None,
        };
        let mut personal = around.personal.cloned().unwrap_or_else(|| json!({}));
        if let Some(map) = personal.as_object_mut() {
            map.extend(decision.personal.clone());
        }
        let step = Step {
            definition,
            decision,
            personal: &personal,
            by,
            seq: before.seq + 1,
        };
        let mut out = Output::default();
        for effect in &decision.effects {
            self.effect(&step, effect, &mut case, around, &mut out)?;
        }
        let clocks_hash = hash(&case.clocks);
        let acted = self.acted(definition, by, &case.id, step.seq, around.assignments);
        out.assignments.extend(acted);
        let event = NewEvent {
            at: by.at,
            kind: decision.kind.clone(),
            actor: self.pseudonym(&case.id, &by.role, by.account.as_deref()),
            definition_hash: definition.hash.clone(),
            from: decision.from.clone(),
            to: decision.to.clone(),
            guards: json!(decision.guards),
            state_hash: state_hash(&case, &clocks_hash),
            clocks_hash,
            payload: Some(payload(decision, &by.role, self.pack.law.version())),
            salt: random(self.entropy.as_ref()),
        };
        // What only got another name was not entered.
        if case.opened_by_case.is_some() && decision.from != decision.to && decision.migration.is_none() {
            out.outbox.push(telling_parent(definition, decision, by.at));
        }
        let searched = |name: &String| definition.fields.get(name).is_some_and(|field| field.search.is_some());
        if decision.personal.keys().any(searched) {
            out.outbox.push(similar_marks(by.at));
        }
        let mut change = CaseChange::new(case, event, decision.raises_version);
        change.personal = (!decision.personal.is_empty()).then_some(personal);
        change.timers = decision.armed().map(timer).collect();
        change.outbox = out.outbox;
        change.notices = out.notices;
        change.documents = out.documents;
        change.disclosures = out.disclosures;
        change.assignments = out.assignments;
        change.links = out.links;
        change.opens = out.opens;
        Ok(change)
    }

    fn effect(
        &self,
        step: &Step<'_>,
        effect: &Effect,
        case: &mut CaseRow,
        around: &mut Around<'_, '_>,
        out: &mut Output,
    ) -> Result<()> {
        let seq = step.seq;
        match effect {
            Effect::Notify { to, notice, superior } => self.notify(step, case, to, notice, *superior, out),
            Effect::Document { kind } => {
                let document = self.document(step, case, kind, around, out);
                out.documents.push(document);
            }
            Effect::Publish { kind } => out.disclosures.push(NewDisclosure::Published(kind.clone())),
            Effect::Withdraw { kind } => out.disclosures.push(NewDisclosure::Withdrawn(kind.clone())),
            Effect::MoveTo { organisation } => self.move_case(case, organisation, seq, around, out)?,
            Effect::ReturnToIntake => {
                let intake = around.assignments.iter().find(|a| a.role == INTAKE);
                let intake = intake.and_then(|a| a.organisation_id.clone());
                let intake = intake.ok_or(Error::Internal("the case has no intake organisation"))?;
                self.move_case(case, &intake, seq, around, out)?;
            }
            Effect::Assign {
                role,
                account,
                additional,
            } => {
                if !additional {
                    end(around.assignments, role, seq, out);
                }
                let account = account.clone().or_else(|| step.by.account.clone());
                out.assignments
                    .push(self.assignment(&case.id, role, account, None, seq));
            }
            Effect::Delegate { role, organisation } => {
                end(around.assignments, role, seq, out);
                out.assignments
                    .push(self.assignment(&case.id, role, None, Some(organisation.clone()), seq));
            }
            Effect::Release { role } => end(around.assignments, role, seq, out),
            Effect::Exclude { role } => {
                let live: Vec<_> = around.assignments.iter().filter(|a| a.until_seq.is_none()).collect();
                let barred: Vec<_> = live
                    .iter()
                    .filter(|a| a.role == *role)
                    .filter_map(|a| a.account_id.clone())
                    .collect();
                end(around.assignments, role, seq, out);
                // Who is barred holds nothing else on the case either, or nobody could take that over.
                for assignment in live.iter().filter(|a| a.role != *role && a.role != EXCLUDED) {
                    if assignment.account_id.as_ref().is_some_and(|id| barred.contains(id)) {
                        out.assignments.push(AssignmentRow {
                            until_seq: Some(seq),
                            ..(*assignment).clone()
                        });
                    }
                }
                for account in barred {
                    out.assignments
                        .push(self.assignment(&case.id, EXCLUDED, Some(account), None, seq));
                }
            }
            Effect::Keep { role } => {
                out.assignments
                    .push(self.assignment(&case.id, role, None, Some(case.organisation_id.clone()), seq))
            }
            Effect::CallOff { procedure, link } => out.outbox.push(NewOutbox {
                kind: "call_off".to_owned(),
                body: json!({ "procedure": procedure, "link": link }),
                due_at: step.by.at,
            }),
            Effect::Open {
                procedure,
                link,
                with,
                identity,
                organisation,
            } => {
                let filing = Filing {
                    procedure,
                    link,
                    with,
                    identity: *identity,
                    organisation: organisation.as_deref(),
                };
                let opened = self.spawn(step, case, &filing, around, &out.documents)?;
                out.links.push(CaseLinkRow {
                    from_case: case.id.clone(),
                    to_case: opened.case.id.clone(),
                    kind: link.clone(),
                });
                out.opens.push(opened);
            }
        }
        Ok(())
    }

    fn notify(&self, step: &Step<'_>, case: &CaseRow, to: &[String], notice: &str, superior: bool, out: &mut Output) {
        let template = self.pack.notices.get(notice);
        let texts = template.into_iter().flat_map(|notice| [&notice.subject, &notice.body]);
        let texts: Vec<&Label> = texts.collect();
        let wording = template.map(|notice| &notice.wording);
        for role in to {
            let link = self.link(step, case, role);
            let values = self.telling(step, case, link, None).values(texts.iter().copied());
            // The mail says what the notice says: its text is kept once, and erased once.
            out.outbox.push(NewOutbox {
                kind: NOTICE.to_owned(),
                body: json!({ "place": out.notices.len(), "organisation": case.organisation_id }),
                due_at: step.by.at,
            });
            out.notices.push(NewNotice {
                recipient_role: role.clone(),
                template: notice.to_owned(),
                locale: None,
                body: json!({ "values": values, "superior": superior, "wording": wording }),
            });
        }
    }

    fn move_case(
        &self,
        case: &mut CaseRow,
        organisation: &str,
        seq: i64,
        around: &Around<'_, '_>,
        out: &mut Output,
    ) -> Result<()> {
        if self.organisations.get(organisation).is_none() {
            return Err(Error::NotFound);
        }
        organisation.clone_into(&mut case.organisation_id);
        // Whoever handled it here does not handle it there; who is barred stays barred.
        let live = around.assignments.iter().filter(|a| a.until_seq.is_none());
        for assignment in live.filter(|a| a.account_id.is_some() && a.role != EXCLUDED) {
            out.assignments.push(AssignmentRow {
                until_seq: Some(seq),
                ..assignment.clone()
            });
        }
        Ok(())
    }

    fn spawn(
        &self,
        step: &Step<'_>,
        case: &CaseRow,
        filing: &Filing<'_>,
        around: &mut Around<'_, '_>,
        made: &[DocumentRow],
    ) -> Result<CaseChange> {
        let at = step.by.at;
        let filed_on = local_date(at).map_err(|_| Error::Internal("date out of range"))?;
        let definition = self
            .pack
            .in_force(filing.procedure, filed_on)
            .ok_or(Error::Internal("no procedure in force"))?;
        let papers = around.documents;
        let value = |own: &String| match of_paper(own) {
            Some((kind, part)) => self.told_of_paper(papers.iter().chain(made), kind, part),
            None => step.decision.data.get(own).or_else(|| step.personal.get(own)).cloned(),
        };
        let mut fields: Map<String, Json> = filing
            .with
            .iter()
            .filter_map(|(target, own)| Some((target.clone(), value(own)?)))
            .collect();
        // The filer's identity crosses only where the procedure says so, and then as a confidential one.
        let known = around.identity.filter(|_| filing.identity);
        let mode = if known.is_some() {
            EngineMode::Confidential
        } else {
            EngineMode::Anonymous
        };
        if let Some(Json::Object(known)) = known {
            let asked = |name: &String| {
                definition
                    .fields
                    .get(name)
                    .is_some_and(|f| f.storage == Storage::Identity)
            };
            fields.extend(
                known
                    .iter()
                    .filter(|(name, _)| asked(name))
                    .map(|(k, v)| (k.clone(), v.clone())),
            );
        }
        let opening = Opening {
            actor: EngineActor::default(),
            mode,
            fields,
            complete: false,
        };
        let decided = decide::open(definition, &self.pack.law, &opening, at)?;
        // Who gets it: whom the opener names, else whom an answer names, else the opener's own office.
        let asked = definition
            .filing
            .to
            .as_ref()
            .and_then(|to| decided.data.get(to))
            .and_then(Json::as_str);
        let organisation = filing.organisation.or(asked).unwrap_or(&case.organisation_id);
        if self.organisations.get(organisation).is_none() {
            return Err(Error::NotFound);
        }
        let number = around.numbers.next(&case_series(at));
        let id = self.ids.next().to_string();
        let mut row = self.new_case(id, number, definition, organisation, mode, at);
        row.filed_at = filed_at(definition, &opening.fields, at)?;
        row.opened_by_case = Some(case.id.clone());
        let intake = self.assignment(&row.id, INTAKE, None, Some(case.organisation_id.clone()), 1);
        let mut inner = Around {
            personal: None,
            identity: None,
            assignments: &[],
            parties: &[],
            documents: &[],
            numbers: &mut *around.numbers,
        };
        let mut change = self.change(definition, &row, &decided, step.by, &mut inner)?;
        change.assignments.push(intake);
        let opened = (filing.procedure, filing.link, row.id.as_str());
        let sides = going_along(&self.ids, step.definition, opened, around.parties);
        change.parties.extend(sides);
        let identity = Json::Object(decided.identity);
        change.identity = Some(self.identity(&row.id, stored_mode(mode), identity)?);
        Ok(change)
    }

    /// Who filed a case, as it is stored.
    pub(super) fn identity(&self, case_id: &str, mode: FilingMode, body: Json) -> Result<NewIdentity> {
        identity::sealed(&self.secrets, self.entropy.as_ref(), case_id, mode, body)
    }

    /// A new assignment of a case role to an account or an organisation.
    pub(super) fn assignment(
        &self,
        case_id: &str,
        role: &str,
        account: Option<String>,
        organisation: Option<String>,
        seq: i64,
    ) -> AssignmentRow {
        AssignmentRow {
            id: self.ids.next().to_string(),
            case_id: case_id.to_owned(),
            role: role.to_owned(),
            account_id: account,
            organisation_id: organisation,
            since_seq: seq,
            until_seq: None,
        }
    }
}

/// The job that looks for marks like the ones in the case.
fn similar_marks(at: OffsetDateTime) -> NewOutbox {
    NewOutbox {
        kind: "similar_marks".to_owned(),
        body: json!({}),
        due_at: at,
    }
}

fn end(assignments: &[AssignmentRow], role: &str, seq: i64, out: &mut Output) {
    for assignment in assignments.iter().filter(|a| a.role == role && a.until_seq.is_none()) {
        out.assignments.push(AssignmentRow {
            until_seq: Some(seq),
            ..assignment.clone()
        });
    }
}

fn timer(timer: &zhengming_engine::decision::Timer) -> NewTimer {
    NewTimer {
        clock: timer.clock.clone(),
        generation: i64::from(timer.generation),
        rung: timer.rung.clone(),
        due_at: timer.due_at,
    }
}

pub(super) fn stored_mode(mode: EngineMode) -> FilingMode {
    match mode {
        EngineMode::Named => FilingMode::Named,
        EngineMode::Confidential => FilingMode::Confidential,
        EngineMode::Anonymous => FilingMode::Anonymous,
    }
}
