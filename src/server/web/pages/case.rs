//! The page of a case for whoever is signed in: officers, mediators, liaisons, parties with an account.

use askama::Template;
use poem::{Request, Response, handler, http::StatusCode, web::Path};
use serde::Deserialize;
use serde_json::Value as Json;
use zhengming_engine::definition::model::{Definition, SearchedAs, Storage};

use super::{
    contribution::Added,
    marks::Likeness,
    reports::{self, Match},
};
use crate::{
    access::{Action, can},
    search::indexed,
    service::{
        case_view::{self, CaseDetail},
        feedback, identity, imitations,
        privacy::purposes,
        transfer,
    },
    store::FilingMode,
    web::{
        cookie,
        failure::Failure,
        page::{Page, Words, html},
        party,
        progress::Standing,
        visit::Visit,
    },
};

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    page: Page,
    case: Standing,
    /// Cases of the same series.
    matches: Vec<Match>,
    /// Evidence and messages.
    added: Added,
    /// Address of the case.
    base: String,
    /// How far whoever filed is known, or who opened it.
    mode: String,
    /// The number of the case where it was begun, if that was elsewhere.
    number_elsewhere: Option<String>,
    brand: String,
    /// Whom the case is about, with what the procedure calls them.
    against: Option<(String, String)>,
    /// Whether the reader handles or oversees the case.
    staff: bool,
    /// Whether the reader may write files of the case for other organisations.
    hands_over: bool,
    delegate: bool,
    workers: Vec<(String, String)>,
    links: Vec<Link>,
    likenesses: Vec<Likeness>,
    purposes: Vec<(&'static str, String)>,
    may_disclose: bool,
    may_erase: bool,
    token: String,
    done: Option<String>,
}

struct Link {
    number: String,
    procedure: String,
    kind: String,
    outgoing: bool,
    state: String,
}

/// How far whoever filed is known. An office that opens a case of its own files as nobody: then it is said who opened it.
fn how_filed(words: Words, detail: &CaseDetail) -> String {
    let (case, definition) = (&detail.case, &detail.definition);
    let opened = detail.events.iter().find(|event| event.kind == "opened");
    let opener = opened.map_or("transfer", |event| event.role.as_str());
    let filed = match case.filing_mode {
        // Another case opened this one: with the filer of that one, of which it must not say how that was made, or for nobody.
        FilingMode::Confidential => case.opened_by_case.is_none() || definition.filing.modes.len() > 1,
        FilingMode::Anonymous if case.opened_by_case.is_some() => false,
        // One that came as a file was filed where it began.
        _ => ["filer", "transfer"].contains(&opener) || definition.filing.by.iter().any(|role| role == opener),
    };
    if filed && definition.filers().next().is_some() {
        words.code("portal-mode", case.filing_mode.as_str())
    } else {
        words.with("portal-opened-by", "name", party::acting(words, detail, opener))
    }
}

/// Whom the case is about: the trader by whose name it is found.
fn against(words: Words, detail: &CaseDetail) -> Option<(String, String)> {
    detail.fields.iter().find_map(|(name, value)| {
        let field = detail.definition.fields.get(name)?;
        let title = words.pick(&field.title).to_owned();
        (field.search == Some(SearchedAs::Trader)).then_some((title, value.as_str()?.to_owned()))
    })
}

/// The page of a case.
#[handler]
pub(in crate::web) async fn show(
    visit: Visit,
    Path(number): Path<String>,
    request: &Request,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    let mut detail = case_view::case_by_number(&visit.app, &visit.actor, &number).await?;
    // What this page shows counts as told from now on, and the page says so.
    if feedback::shown(&visit.app, &detail).await? {
        detail = case_view::case(&visit.app, &visit.actor, &detail.case.id).await?;
    }
    let page = Page::new(&visit, detail.case.number.clone()).within("cases");
    let words = page.words;
    let field = |names: &[&str]| {
        let found = names
            .iter()
            .find_map(|name| detail.fields.iter().find(|(field, _)| field == name));
        found
            .and_then(|(_, value)| value.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let delegate = detail.standing.roles.iter().any(|role| {
        let kind = detail.definition.roles.get(role).map(|role| role.kind);
        kind == Some(zhengming_engine::definition::model::RoleKind::Delegate)
    });
    let mut series = imitations::series(&visit.app, &visit.actor, &detail.case, &detail.standing).await?;
    // A penalty case and its publication are of one trader because they are one matter: that is said by their link.
    series.retain(|found| !detail.links.iter().any(|link| link.case.id == found.summary.case.id));
    // Where nothing is known of who filed, looking would find nothing and still stand in the audit trail.
    let may_disclose = keeps_identities(&detail.definition)
        && can(&visit.actor, Action::DiscloseIdentity, &detail.standing).is_some()
        && identity::is_known(&visit.app, &detail.case.id).await?;
    let template = CasePage {
        matches: reports::matches(words, &series, None),
        added: Added::new(words, &detail),
        case: Standing::new(&visit.app, words, &detail),
        base: format!("/cases/{}", detail.case.number),
        mode: how_filed(words, &detail),
        number_elsewhere: detail.number_elsewhere.clone(),
        brand: field(&["brand"]),
        against: against(words, &detail),
        staff: detail.standing.reads_as_staff(),
        hands_over: transfer::may_write(&visit.app, &visit.actor, &detail.case).await?,
        delegate,
        workers: detail
            .workers
            .iter()
            .map(|w| (role(words, &detail, &w.role), words.pick(&w.name).to_owned()))
            .collect(),
        links: links(&visit, words, &detail),
        likenesses: likenesses(words, &detail),
        purposes: purposes(&detail.definition)
            .map(|purpose| (purpose, words.code("portal-purpose", purpose)))
            .collect(),
        may_erase: detail.case.closed_at.is_some()
            && can(&visit.actor, Action::ErasePerson, &detail.standing).is_some(),
        may_disclose,
        token: visit.token(cookie::SESSION),
        done: done_title(words, &detail, request),
        page,
    };
    html(&template, StatusCode::OK)
}

#[derive(Deserialize)]
struct Query {
    done: String,
}

/// The name of the event that was just sent, as the address says; only events that the history of the case holds.
pub(in crate::web) fn done_title(words: Words, detail: &CaseDetail, request: &Request) -> Option<String> {
    let sent = request.params::<Query>().ok()?.done;
    let event = detail.definition.events.get(&sent)?;
    let happened = detail.events.iter().any(|event| event.kind == sent);
    happened.then(|| {
        words.with(
            "portal-event-done",
            "event",
            words.pick(detail.title_of(event)).to_owned(),
        )
    })
}

fn role(words: Words, detail: &CaseDetail, role: &str) -> String {
    detail
        .definition
        .roles
        .get(role)
        .map_or_else(|| role.to_owned(), |role| words.pick(&role.title).to_owned())
}

fn links(visit: &Visit, words: Words, detail: &CaseDetail) -> Vec<Link> {
    let pack = visit.app.pack();
    let link = |link: &case_view::LinkView| {
        let definition = pack.pinned(&link.case.procedure, &link.case.definition_hash);
        let procedure = definition.map(|d| words.pick(&d.title).to_owned()).unwrap_or_default();
        // What a case that waits for the other calls it; of those that go their own way we know some.
        let opener = if link.outgoing {
            Some(&detail.definition)
        } else {
            definition
        };
        let called = opener.and_then(|d| d.subcases.values().find(|subcase| subcase.link == link.kind));
        let called = called.map(|subcase| words.pick(&subcase.title).to_owned());
        let known = Some(words.code("portal-link", &link.kind)).filter(|known| *known != link.kind);
        Link {
            number: link.case.number.clone(),
            kind: known.or(called).unwrap_or_else(|| procedure.clone()),
            procedure,
            outgoing: link.outgoing,
            state: definition
                .map(|d| crate::web::progress::states(words, d, &link.case.states))
                .unwrap_or_default(),
        }
    };
    detail.links.iter().map(link).collect()
}

fn likenesses(words: Words, detail: &CaseDetail) -> Vec<Likeness> {
    let likeness = |(row, mark): &(crate::store::SimilarMarkRow, crate::store::MarkRow)| {
        let reasons = row
            .reasons
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .map(str::to_owned);
        Likeness::new(words, &indexed(mark), row.score, &row.band, reasons)
    };
    detail.similar_marks.iter().map(likeness).collect()
}

/// Whether cases of a procedure have anybody's identity to show.
fn keeps_identities(definition: &Definition) -> bool {
    let mut fields = definition.fields.values();
    fields.any(|field| field.storage == Storage::Identity)
}
