//! The work list: cases that the signed-in person has to do with, the most urgent first.

use std::collections::BTreeSet;

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use zhengming_engine::definition::{
    model::{Definition, RoleKind},
    uses::PHASES,
};

use crate::{
    access::{HEAD, MEDIATOR},
    secret::CaseNumber,
    service::{
        case_view::{self, CaseSummary, DeadlineView, ListRequest},
        contributions::{self, News},
        directory,
    },
    store::{CaseCursor, CaseFilter, CaseOrder, CaseStatus, from_micros, micros},
    web::{
        failure::Failure,
        link,
        page::{Page, Words, html},
        progress::{patient, remaining, states},
        visit::Visit,
    },
};

/// Cases on one page of the list.
const PAGE: usize = 25;
/// What asks for closed cases that hold personal data for longer than the page on personal data says.
const KEPT: &str = "kept";

#[derive(Template)]
#[template(path = "work_list.html")]
struct WorkList {
    page: Page,
    roles: String,
    total: i64,
    rows: Vec<Line>,
    filters: Vec<Filter>,
    next: Option<String>,
    first: Option<String>,
    narrowed: bool,
    /// Whether the list is in the order of the deadlines, which leaves out cases without one.
    by_due: bool,
    /// How much is late or due soon, for who works for an organisation.
    urgent: Vec<Urgent>,
    /// What was just done.
    done: Option<String>,
}

/// How many cases there are of a kind that does not wait.
struct Urgent {
    label: String,
    count: u64,
    /// The list of them.
    address: String,
    chosen: bool,
    /// Class of its colour.
    tone: &'static str,
}

/// A filter as a list that folds out.
struct Filter {
    name: &'static str,
    label: String,
    options: Vec<(String, String, bool)>,
}

/// A case in the list.
struct Line {
    number: String,
    procedure: String,
    subject: String,
    state: String,
    /// The office that has it, where nobody can act there.
    deserted: Option<String>,
    /// What parties wrote or added since somebody who works on it did something.
    news: Option<String>,
    filed: String,
    due: Option<Due>,
}

/// The nearest clock of a case.
struct Due {
    date: String,
    left: String,
    tone: &'static str,
    clock: String,
}

/// What the list was asked for. Everything comes from the address, so a list can be kept as a bookmark.
#[derive(Clone, Default, Deserialize)]
struct Query {
    #[serde(default)]
    who: String,
    #[serde(default)]
    procedure: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    due: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    after: String,
}

/// The list.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    visit.signed_in()?;
    let query = request.params::<Query>().unwrap_or_default();
    let now = visit.app.clock.now();
    let order = match query.order.as_str() {
        "newest" => CaseOrder::NewestFirst,
        "due" => CaseOrder::DueFirst,
        // Those without a deadline would be missing from the order by deadline, so it is the choice of who filters by it.
        _ if matches!(query.due.as_str(), "overdue" | "week") => CaseOrder::DueFirst,
        _ => CaseOrder::NewestFirst,
    };
    let urgent = urgent(&visit, &query, now).await?;
    let filter = filter(&visit, &query, now);
    let total = case_view::count(&visit.app, &visit.actor, filter.clone(), order).await?;
    let ask = ListRequest {
        filter,
        order,
        after: cursor(&query.after),
        limit: PAGE as u64 + 1,
    };
    let found = case_view::list(&visit.app, &visit.actor, ask).await?;
    let title = if visit.actor.is_staff() {
        "portal-cases-title"
    } else {
        "portal-own-cases-title"
    };
    let page = Page::titled(&visit, title).within("cases");
    let words = page.words;
    let shown = found.get(..PAGE.min(found.len())).unwrap_or_default();
    let more = found.len() > PAGE;
    let place = shown
        .last()
        .filter(|_| more)
        .and_then(|last| CaseCursor::after(&last.case, order));
    let next = place.map(|place| address(&query, &format!("{}.{}", micros(place.at), place.id)));
    // Only who works for an office can do anything about another one.
    let open = shown.iter().filter(|summary| summary.case.closed_at.is_none());
    let offices = open.filter(|_| visit.actor.is_staff());
    let offices = offices.map(|summary| summary.case.organisation_id.clone());
    let deserted = directory::deserted(&visit.app, offices.collect()).await?;
    let news = contributions::news(&visit.app, shown).await?;
    let rows = shown.iter().map(|summary| Line {
        news: news.get(&summary.case.id).map(|news| words.t(called(*news))),
        deserted: office(&visit, words, summary, &deserted),
        ..line(&visit, words, summary, now)
    });
    let rows = rows.collect();
    let template = WorkList {
        roles: roles(&visit, words).join(" / "),
        total: i64::try_from(total).unwrap_or(i64::MAX),
        rows,
        filters: filters(&visit, words, &query, order),
        first: (!query.after.is_empty()).then(|| address(&query, "")),
        narrowed: [&query.who, &query.procedure, &query.state, &query.due]
            .iter()
            .any(|part| !part.is_empty()),
        next,
        by_due: order == CaseOrder::DueFirst,
        urgent,
        // The case that a step of the visitor's has just taken out of their hands.
        done: visit
            .was_done(request)
            .and_then(|done| done.parse::<CaseNumber>().ok())
            .map(|number| words.with("portal-cases-done", "number", number.to_string())),
        page,
    };
    html(&template, StatusCode::OK)
}

/// What is late and what is due within the week, of what the other filters leave; and what a head is to erase.
async fn urgent(visit: &Visit, query: &Query, now: OffsetDateTime) -> Result<Vec<Urgent>, Failure> {
    let mut told = Vec::new();
    if !visit.actor.is_staff() {
        return Ok(told);
    }
    let kinds = [
        ("overdue", "portal-filter-overdue", "late"),
        ("week", "portal-filter-week", "soon"),
    ];
    for (due, label, tone) in kinds {
        let asked = Query {
            due: due.to_owned(),
            who: query.who.clone(),
            procedure: query.procedure.clone(),
            ..Query::default()
        };
        let few = filter(visit, &asked, now);
        let count = case_view::count(&visit.app, &visit.actor, few, CaseOrder::DueFirst).await?;
        told.push(Urgent {
            label: Words(visit.locale).t(label),
            count,
            address: address(&asked, ""),
            chosen: query.due == due,
            tone: if count == 0 { "over" } else { tone },
        });
    }
    let asked = Query {
        due: KEPT.to_owned(),
        ..Query::default()
    };
    let mut count = 0;
    if !headed(visit).is_empty() {
        let few = filter(visit, &asked, now);
        count = case_view::count(&visit.app, &visit.actor, few, CaseOrder::NewestFirst).await?;
    }
    // Years may go by without one.
    if count > 0 {
        told.push(Urgent {
            label: Words(visit.locale).t("portal-filter-kept"),
            count,
            address: address(&asked, ""),
            chosen: query.due == KEPT,
            tone: "late",
        });
    }
    Ok(told)
}

/// The offices that the visitor heads, in whose closed cases the visitor erases what they tell of people.
fn headed(visit: &Visit) -> Vec<String> {
    let memberships = visit
        .actor
        .person()
        .map(|person| person.memberships.as_slice())
        .unwrap_or_default();
    let heads = memberships.iter().filter(|membership| membership.role == HEAD);
    heads.map(|membership| membership.organisation_id.clone()).collect()
}

fn filter(visit: &Visit, query: &Query, now: OffsetDateTime) -> CaseFilter {
    let account = visit.actor.account_id().map(str::to_owned);
    let due_by = match query.due.as_str() {
        "overdue" => Some(now),
        "week" => Some(now + Duration::days(7)),
        _ => None,
    };
    let status = match query.state.as_str() {
        "open" => Some(CaseStatus::Open),
        "closed" => Some(CaseStatus::Closed),
        _ => None,
    };
    let kept = query.due == KEPT;
    CaseFilter {
        organisation_ids: kept.then(|| headed(visit)),
        personal_since: kept.then(|| now - visit.app.config.retention.closed_case()),
        assigned_account: account.filter(|_| query.who == "mine"),
        procedure: Some(query.procedure.clone()).filter(|key| !key.is_empty()),
        phase: query.state.strip_prefix("phase:").map(str::to_owned),
        status,
        due_by,
        ..CaseFilter::default()
    }
}

/// `moment.id`, as the link to the next page has it; anything else starts at the top.
fn cursor(text: &str) -> Option<CaseCursor> {
    let (at, id) = text.split_once('.')?;
    Some(CaseCursor {
        at: from_micros(at.parse().ok()?)?,
        id: id.to_owned(),
    })
}

fn address(query: &Query, after: &str) -> String {
    let parts = [
        ("who", query.who.as_str()),
        ("procedure", &query.procedure),
        ("state", &query.state),
        ("due", &query.due),
        ("order", &query.order),
        ("after", after),
    ];
    let given = parts.iter().filter(|(_, value)| !value.is_empty());
    let given: Vec<String> = given
        .map(|(name, value)| format!("{name}={}", link::escape(value)))
        .collect();
    format!("/cases?{}", given.join("&"))
}

/// The roles in which a visitor acts, each with its organisation.
pub(super) fn roles(visit: &Visit, words: Words) -> Vec<String> {
    let tree = visit.app.organisations();
    let memberships = visit
        .actor
        .person()
        .map(|person| person.memberships.as_slice())
        .unwrap_or_default();
    let role = |membership: &crate::store::MembershipRow| {
        let organisation = tree.get(&membership.organisation_id);
        let name = organisation.map(|row| words.office(row));
        format!(
            "{} · {}",
            name.unwrap_or_default(),
            role_title(visit, words, &membership.role)
        )
    };
    memberships.iter().map(role).collect()
}

/// A role in words: the service's own, or as a procedure calls it.
pub(super) fn role_title(visit: &Visit, words: Words, role: &str) -> String {
    let told = words.code("portal-role", role);
    if told != role {
        return told;
    }
    let pack = visit.app.pack();
    let mut definitions = pack.procedures.values().flatten();
    let known = definitions.find_map(|definition| definition.roles.get(role));
    known.map_or(told, |known| words.pick(&known.title).to_owned())
}

/// Whether cases of a procedure can be in the visitor's list: one of the visitor's roles is in it, or whoever has none can file
/// it.
fn concerns(visit: &Visit, definition: &Definition) -> bool {
    let memberships = visit
        .actor
        .person()
        .map(|person| person.memberships.as_slice())
        .unwrap_or_default();
    let entrusts = || definition.roles.values().any(|role| role.kind == RoleKind::Delegate);
    let has = |role: &str| definition.roles.contains_key(role) || role == MEDIATOR && entrusts();
    definition.filers().next().is_some() && memberships.is_empty() || memberships.iter().any(|m| has(&m.role))
}

fn filters(visit: &Visit, words: Words, query: &Query, order: CaseOrder) -> Vec<Filter> {
    let option = |value: &str, key: &str, current: &str| (value.to_owned(), words.t(key), value == current);
    let fixed = |name, label: &str, current: &str, entries: &[(&str, &str)]| Filter {
        name,
        label: words.t(label),
        options: entries.iter().map(|(value, key)| option(value, key, current)).collect(),
    };
    let mut procedure = fixed(
        "procedure",
        "portal-filter-procedure",
        &query.procedure,
        &[("", "portal-filter-any")],
    );
    let mut state = fixed(
        "state",
        "portal-filter-state",
        &query.state,
        &[
            ("", "portal-filter-any"),
            ("open", "portal-filter-open"),
            ("closed", "portal-filter-closed"),
        ],
    );
    let mut phases: Vec<&str> = Vec::new();
    let pack = visit.app.pack();
    for versions in pack.procedures.values() {
        let Some(definition) = versions.last() else { continue };
        if definition.key != query.procedure && !concerns(visit, definition) {
            continue;
        }
        let chosen = definition.key == query.procedure;
        procedure
            .options
            .push((definition.key.clone(), words.pick(&definition.title).to_owned(), chosen));
        phases.extend(definition.phases());
    }
    // In the order in which a case goes through them; those of a pack's own come last.
    phases.sort_by_key(|phase| {
        (
            PHASES.iter().position(|known| known == phase).unwrap_or(PHASES.len()),
            *phase,
        )
    });
    phases.dedup();
    for phase in phases {
        let value = format!("phase:{phase}");
        let chosen = value == query.state;
        state.options.push((value, words.code("portal-phase", phase), chosen));
    }
    // Cases are assigned to those who work on them: a party has none that is. What an address asks for is shown to everybody.
    let who = (visit.actor.is_staff() || !query.who.is_empty()).then(|| {
        fixed(
            "who",
            "portal-filter-who",
            &query.who,
            &[("", "portal-filter-all"), ("mine", "portal-filter-mine")],
        )
    });
    let mut due = fixed(
        "due",
        "portal-filter-due",
        &query.due,
        &[
            ("", "portal-filter-any"),
            ("overdue", "portal-filter-overdue"),
            ("week", "portal-filter-week"),
        ],
    );
    if query.due == KEPT || !headed(visit).is_empty() {
        due.options.push(option(KEPT, "portal-filter-kept", &query.due));
    }
    let by = fixed(
        "order",
        "portal-filter-order",
        // What the list is in: nobody chose an order who filters by what is due.
        if order == CaseOrder::DueFirst { "due" } else { "newest" },
        &[("newest", "portal-filter-newest"), ("due", "portal-filter-due-first")],
    );
    who.into_iter().chain([procedure, state, due, by]).collect()
}

fn line(visit: &Visit, words: Words, summary: &CaseSummary, now: OffsetDateTime) -> Line {
    Line {
        number: summary.case.number.clone(),
        procedure: words.pick(&summary.definition.title).to_owned(),
        subject: summary.subject.join(" · "),
        state: states(words, &summary.definition, &summary.case.states),
        deserted: None,
        news: None,
        filed: words.day(summary.case.filed_at),
        due: due(visit, words, summary, now),
    }
}

/// What is new in a case, as a key.
fn called(news: News) -> &'static str {
    match (news.message, news.evidence) {
        (true, true) => "portal-cases-new-both",
        (false, true) => "portal-cases-new-evidence",
        _ => "portal-cases-new-message",
    }
}

/// The office that has an open case, where it is one of those in which nobody can act.
fn office(visit: &Visit, words: Words, summary: &CaseSummary, deserted: &BTreeSet<String>) -> Option<String> {
    let id = &summary.case.organisation_id;
    if summary.case.closed_at.is_some() || !deserted.contains(id) {
        return None;
    }
    let organisations = visit.app.organisations();
    let row = organisations.get(id)?;
    Some(words.with("portal-office-deserted", "name", words.office(row)))
}

/// The clock that matters most: one that is late, else the nearest.
fn due(visit: &Visit, words: Words, summary: &CaseSummary, now: OffsetDateTime) -> Option<Due> {
    let clocks = case_view::deadlines(&visit.app, &summary.definition, &summary.case).ok()?;
    let moment = |clock: &DeadlineView| clock.state.due.at().map_or((1, now), |due| (0, due.due_at));
    let rules = &summary.definition.clocks;
    // By the end of one that is only waited for nothing has to be done.
    let waits = |clock: &DeadlineView| rules.get(&clock.clock).is_some_and(|rule| rule.waits);
    let deadline = clocks
        .iter()
        .filter(|deadline| deadline.is_pending())
        .min_by_key(|deadline| (waits(deadline), moment(deadline)))?;
    let (left, tone) = remaining(&visit.app, words, deadline, now);
    let name = &deadline.clock;
    let rule = rules.get(name);
    let day = words.due(&deadline.state);
    let (date, tone) = if waits(deadline) {
        (format!("{} {day}", words.t("portal-waits-until")), patient(tone))
    } else {
        (day, tone)
    };
    Some(Due {
        date,
        left,
        tone,
        clock: rule.map_or_else(|| name.clone(), |rule| words.pick(&rule.title).to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_list_survives_its_address() {
        let at = time::macros::datetime!(2026-04-15 08:00:00.123456 UTC);
        let text = format!("{}.abc", micros(at));
        assert_eq!(
            cursor(&text),
            Some(CaseCursor {
                at,
                id: "abc".to_owned()
            })
        );
        assert_eq!(cursor("nonsense"), None);
    }

    #[test]
    fn an_address_keeps_the_filters_that_are_set() {
        let query = Query {
            who: "mine".to_owned(),
            state: "phase:review".to_owned(),
            ..Query::default()
        };
        assert_eq!(address(&query, ""), "/cases?who=mine&state=phase%3Areview");
    }
}
