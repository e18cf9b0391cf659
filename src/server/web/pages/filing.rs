//! The filing form: one thing a page, kept as a draft that only the filer's cookie finds.

use std::sync::Arc;

use askama::Template;
use poem::{Request, Response, handler, web::Path};
use serde::Deserialize;
use serde_json::{Map, Value};
use zhengming_engine::{
    clock::local_date,
    decide::pages_on_filing,
    decision::Problem,
    definition::model::{Definition, FilingMode, FormField, Page as FormPage, RoleKind, Storage},
    form as engine_form,
};

use super::{
    follow::known,
    marks::{self, Likeness},
    start::about,
};
use crate::{
    service::{
        choices,
        drafts::{self, Draft, Kept, Typed},
        intake::{self, filing_role},
    },
    web::{
        cookie,
        failure::Failure,
        form::{Around, Complaint, Control, Question, complaints, questions, read},
        page::{Page, html, see, status_of},
        visit::{Answers, Visit},
    },
};

/// Fields whose answers are compared with the register.
const NAMES: [&str; 2] = ["name_found", "brand"];

/// The version of a procedure that governs a filing today.
pub(in crate::web) fn in_force(visit: &Visit, procedure: &str) -> Result<Arc<Definition>, Failure> {
    let today = local_date(visit.app.clock.now()).map_err(|_| Failure::Internal("DATE"))?;
    let definition = visit.app.pack().in_force(procedure, today).cloned();
    definition
        .filter(|definition| may_file(visit, definition))
        .ok_or(Failure::NotFound)
}

/// The version by which a draft is handled: that of its filing day, which registering staff may tell.
pub(in crate::web) fn governing(visit: &Visit, current: Arc<Definition>, draft: &Draft) -> Arc<Definition> {
    let today = local_date(visit.app.clock.now());
    let pack = visit.app.pack();
    let governing = today
        .ok()
        .and_then(|today| pack.governing(&current.key, &draft.fields, today));
    governing.cloned().unwrap_or(current)
}

/// Whether the visitor can file under a procedure: the public where a party files, officers where their role does.
pub(in crate::web) fn may_file(visit: &Visit, definition: &Definition) -> bool {
    definition.filers().next().is_some() || staff_files(visit, definition)
}

/// Whether the visitor files as staff what somebody else asked for.
pub(super) fn on_behalf(visit: &Visit, definition: &Definition) -> bool {
    definition.filers().next().is_some() && staff_files(visit, definition)
}

fn staff_files(visit: &Visit, definition: &Definition) -> bool {
    definition.filing.by.iter().any(|role| {
        let staff = definition.roles.get(role).is_some_and(|r| r.kind == RoleKind::Staff);
        staff && visit.actor.holds(role)
    })
}

/// What the visitor's cookie for a procedure leads to, with its token.
pub(in crate::web) async fn kept(visit: &Visit, procedure: &str) -> Result<Option<(String, Kept)>, Failure> {
    let Some(token) = cookie::get(&visit.jar, &cookie::draft(procedure)) else {
        return Ok(None);
    };
    let found = drafts::read(&visit.app, &token, procedure).await?;
    Ok(found.map(|kept| (token, kept)))
}

/// The visitor's draft for a procedure, with its token; else where to go: to the receipt of what was sent, or to the
/// beginning.
pub(in crate::web) async fn begun(
    visit: &Visit,
    procedure: &str,
) -> Result<Result<(String, Draft), Response>, Failure> {
    Ok(match kept(visit, procedure).await? {
        Some((token, Kept::Begun(draft))) => Ok((token, draft)),
        Some((_, Kept::Filed { .. })) => Err(see(&format!("/file/{procedure}/done"))),
        None => Err(see(&format!("/file/{procedure}"))),
    })
}

/// The pages that this visitor is asked after the answers so far, each with its fields.
pub(in crate::web) fn pages<'d>(
    visit: &Visit,
    definition: &'d Definition,
    mode: FilingMode,
    answers: &Map<String, Value>,
) -> Vec<(&'d FormPage, Vec<FormField>)> {
    let role = filing_role(&visit.actor, definition);
    pages_on_filing(definition, mode, |page| role.as_deref() == Some(page), answers)
}

/// Where a draft goes on that is not asked a page of this name after the answers to those before it.
fn unasked(
    definition: &Definition,
    pages: &[(&FormPage, Vec<FormField>)],
    draft: &Draft,
    key: &str,
) -> Option<Response> {
    let mut conditional = definition.filing.pages.iter().filter(|page| page.when.is_some());
    if !conditional.any(|page| page.key == key) || pages.iter().any(|(page, _)| page.key == key) {
        return None;
    }
    let next = place(pages, draft).unwrap_or("check");
    Some(see(&format!("/file/{}/{next}", definition.key)))
}

/// How the draft will be filed: as chosen, or in the only way there is.
pub(in crate::web) fn mode(definition: &Definition, draft: &Draft) -> FilingMode {
    let first = definition.filing.modes.first().copied().unwrap_or(FilingMode::Named);
    draft
        .mode
        .filter(|mode| definition.filing.modes.contains(mode))
        .unwrap_or(first)
}

#[derive(Template)]
#[template(path = "begin.html")]
struct Begin {
    page: Page,
    procedure: String,
    about: String,
    modes: Vec<Mode>,
    steps: Vec<String>,
    token: String,
    resume: bool,
    /// Whether an officer files it for somebody.
    on_behalf: bool,
    days: u64,
    complaints: Vec<Complaint>,
}

struct Mode {
    key: &'static str,
    title: String,
    hint: String,
    chosen: bool,
}

const MODES: [(FilingMode, &str); 3] = [
    (FilingMode::Named, "named"),
    (FilingMode::Confidential, "confidential"),
    (FilingMode::Anonymous, "anonymous"),
];

/// What is needed before one begins, and the way of filing.
#[handler]
pub(in crate::web) async fn begin_form(visit: Visit, Path(procedure): Path<String>) -> Result<Response, Failure> {
    if let Some((_, Kept::Filed { seen: false, .. })) = kept(&visit, &procedure).await? {
        return Ok(see(&format!("/file/{procedure}/done")));
    }
    draw_begin(&visit, &procedure, false).await
}

async fn draw_begin(visit: &Visit, procedure: &str, unanswered: bool) -> Result<Response, Failure> {
    let definition = in_force(visit, procedure)?;
    let kept = match kept(visit, procedure).await? {
        Some((_, Kept::Begun(draft))) => Some(draft),
        _ => None,
    };
    let page = Page::new(
        visit,
        Page::titled(visit, "portal-start-title").words.pick(&definition.title),
    );
    let words = page.words;
    let chosen = kept.as_ref().and_then(|draft| draft.mode);
    let allowed = MODES.iter().filter(|(mode, _)| definition.filing.modes.contains(mode));
    let modes: Vec<Mode> = allowed
        .map(|(mode, key)| Mode {
            key,
            title: words.code("portal-mode", key),
            hint: words.t(&format!("portal-mode-{key}-hint")),
            chosen: chosen == Some(*mode),
        })
        .collect();
    let first = definition.filing.modes.first().copied().unwrap_or(FilingMode::Named);
    let nothing = Map::new();
    let answers = kept.as_ref().map_or(&nothing, |draft| &draft.fields);
    let steps = pages(visit, &definition, chosen.unwrap_or(first), answers);
    let complaints = if unanswered {
        vec![Complaint {
            field: Some("mode".to_owned()),
            message: words.t("portal-mode-missing"),
        }]
    } else {
        Vec::new()
    };
    let template = Begin {
        about: about(words, &definition),
        modes: if modes.len() > 1 { modes } else { Vec::new() },
        steps: steps
            .iter()
            .map(|(page, _)| words.pick(&page.title).to_owned())
            .collect(),
        token: visit.token(&cookie::draft(procedure)),
        resume: kept.is_some(),
        on_behalf: on_behalf(visit, &definition),
        days: visit.app.config.retention.draft().as_secs() / 86_400,
        procedure: procedure.to_owned(),
        page: page.failing(unanswered),
        complaints,
    };
    html(&template, status_of(unanswered))
}

/// Begins or goes on with a draft.
#[handler]
pub(in crate::web) async fn begin(
    visit: Visit,
    Path(procedure): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    let definition = in_force(&visit, &procedure)?;
    let cookie = cookie::draft(&procedure);
    if cookie::get(&visit.jar, &cookie).is_some() {
        visit.check_token(&cookie, &answers)?;
    }
    let asked = MODES
        .iter()
        .find(|(_, key)| Some(*key) == answers.first("mode"))
        .map(|(mode, _)| *mode);
    let only = if definition.filing.modes.len() == 1 {
        definition.filing.modes.first().copied()
    } else {
        None
    };
    let Some(mode) = asked.filter(|mode| definition.filing.modes.contains(mode)).or(only) else {
        return draw_begin(&visit, &procedure, true).await;
    };
    let (token, mut draft) = match kept(&visit, &procedure).await? {
        Some((token, Kept::Begun(mut draft))) => {
            // What was begun about another case is about the one that is followed now.
            draft.fields.extend(known(&visit, &definition).await?);
            (token, draft)
        }
        Some((_, Kept::Filed { seen: false, .. })) => return Ok(see(&format!("/file/{procedure}/done"))),
        _ => {
            let (token, mut draft) = drafts::begin(&visit.app, &procedure).await?;
            draft.fields = known(&visit, &definition).await?;
            (token, draft)
        }
    };
    draft.mode = Some(mode);
    if mode == FilingMode::Anonymous {
        let named = |name: &str| {
            definition
                .fields
                .get(name)
                .is_some_and(|field| field.storage == Storage::Identity)
        };
        draft.fields.retain(|name, _| !named(name));
        draft.typed = None;
    }
    drafts::save(&visit.app, &token, &draft).await?;
    cookie::set(&visit.jar, &cookie, token, Some(visit.app.config.retention.draft()));
    let pages = pages(&visit, &definition, mode, &draft.fields);
    let first = place(&pages, &draft).unwrap_or("check");
    Ok(see(&format!("/file/{procedure}/{first}")))
}

/// Where a draft goes on: at its first page with a gap, for one that has none at the check of all answers.
fn place<'p>(pages: &[(&'p FormPage, Vec<FormField>)], draft: &Draft) -> Option<&'p str> {
    let first = pages.first().filter(|_| draft.fields.is_empty());
    let first = first.map(|(page, _)| page.key.as_str());
    first.or_else(|| first_gap(pages, draft))
}

/// The first page on which something is missing.
fn first_gap<'p>(pages: &[(&'p FormPage, Vec<FormField>)], draft: &Draft) -> Option<&'p str> {
    let gap = |fields: &[FormField]| {
        fields
            .iter()
            .any(|f| f.required && !draft.fields.contains_key(&f.field))
    };
    let page = pages.iter().find(|(_, fields)| gap(fields));
    page.map(|(page, _)| page.key.as_str())
}

/// Throws the draft away at the visitor's wish.
#[handler]
pub(in crate::web) async fn discard(
    visit: Visit,
    Path(procedure): Path<String>,
    answers: Answers,
) -> Result<Response, Failure> {
    super::done::throw_away(&visit, &procedure, &answers).await?;
    Ok(see("/"))
}

#[derive(Template)]
#[template(path = "filing_page.html")]
struct FilingPage {
    page: Page,
    procedure: String,
    title: String,
    heading: String,
    hint: Option<String>,
    back: String,
    here: String,
    place: usize,
    of: usize,
    /// Whether to go back to the answers after this page.
    checking: bool,
    token: String,
    questions: Vec<Question>,
    complaints: Vec<Complaint>,
    /// Whether names on this page can be compared with the register.
    comparable: bool,
    likenesses: Vec<Likeness>,
}

#[derive(Default, Deserialize)]
struct Query {
    #[serde(default)]
    from: String,
    #[serde(default)]
    compare: String,
}

/// A page of the form.
#[handler]
pub(in crate::web) async fn page_form(
    visit: Visit,
    Path((procedure, key)): Path<(String, String)>,
    request: &Request,
) -> Result<Response, Failure> {
    let definition = in_force(&visit, &procedure)?;
    let (_, mut draft) = match begun(&visit, &procedure).await? {
        Ok(begun) => begun,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let definition = governing(&visit, definition, &draft);
    let complaints = typed_again(&visit, &definition, &mut draft, &key)?;
    let query = request.params::<Query>().unwrap_or_default();
    let wanted = Wanted {
        checking: query.from == "check",
        compare: !query.compare.is_empty(),
    };
    draw_page(&visit, &definition, &draft, &key, &wanted, complaints).await
}

/// Answers that did not fit stand in the page as they were typed, with what is wrong with them, also after it was loaded
/// again: in the other language, or from a bookmark.
fn typed_again(
    visit: &Visit,
    definition: &Definition,
    draft: &mut Draft,
    key: &str,
) -> Result<Vec<Complaint>, Failure> {
    let Some(typed) = draft.typed.take().filter(|typed| typed.page == key) else {
        return Ok(Vec::new());
    };
    let pages = pages(visit, definition, mode(definition, draft), &draft.fields);
    let fields = pages.iter().find(|(page, _)| page.key == key);
    let fields: Vec<&FormField> = fields.into_iter().flat_map(|(_, fields)| fields).collect();
    let problems = fitting(visit, definition, draft, &fields, &typed.values)?.err();
    let problems = problems.filter(|_| !typed.unchecked);
    for field in fields {
        draft.fields.remove(&field.field);
    }
    draft.fields.extend(typed.values);
    let words = Page::titled(visit, "portal-start-title").words;
    Ok(complaints(words, definition, &problems.unwrap_or_default()))
}

/// The answers of a page as they are kept, or what is wrong with them: each by itself, and with those on other pages, so that nobody
/// hears only at the end of what belongs here.
fn fitting(
    visit: &Visit,
    definition: &Definition,
    draft: &Draft,
    fields: &[&FormField],
    values: &Map<String, Value>,
) -> Result<Result<Map<String, Value>, Vec<Problem>>, Failure> {
    let today = local_date(visit.app.clock.now()).map_err(|_| Failure::Internal("DATE"))?;
    let good = match engine_form::read(definition, fields, values, today, true) {
        Ok(good) => good,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut told = draft.fields.clone();
    told.retain(|name, _| !fields.iter().any(|asked| asked.field == *name));
    told.extend(good.clone());
    let mut problems = intake::foreseen(&visit.app, definition, mode(definition, draft), &told);
    problems.retain(|problem| fields.iter().any(|asked| problem.field.as_ref() == Some(&asked.field)));
    Ok(if problems.is_empty() { Ok(good) } else { Err(problems) })
}

/// How a page was asked for.
struct Wanted {
    checking: bool,
    compare: bool,
}

async fn draw_page(
    visit: &Visit,
    definition: &Definition,
    draft: &Draft,
    key: &str,
    wanted: &Wanted,
    complaints: Vec<Complaint>,
) -> Result<Response, Failure> {
    let pages = pages(visit, definition, mode(definition, draft), &draft.fields);
    if let Some(elsewhere) = unasked(definition, &pages, draft, key) {
        return Ok(elsewhere);
    }
    let place = pages
        .iter()
        .position(|(page, _)| page.key == key)
        .ok_or(Failure::NotFound)?;
    let (form_page, fields) = pages.get(place).ok_or(Failure::NotFound)?;
    let heading = Page::titled(visit, "portal-start-title")
        .words
        .pick(&form_page.title)
        .to_owned();
    let frame = Page::new(visit, heading.clone())
        .failing(!complaints.is_empty())
        .keeping_answers();
    let words = frame.words;
    let (pack, organisations) = (visit.app.pack(), visit.app.organisations());
    let candidates = choices::on_filing(&visit.app, definition, fields).await?;
    let around = Around {
        words,
        pack: &pack,
        organisations: &organisations,
        candidates: &candidates,
    };
    let before = place.checked_sub(1).and_then(|at| pages.get(at));
    let back = match before {
        _ if wanted.checking => format!("/file/{}/check", definition.key),
        Some((page, _)) => format!("/file/{}/{}", definition.key, page.key),
        None => format!("/file/{}", definition.key),
    };
    let comparable = fields.iter().any(|f| NAMES.contains(&f.field.as_str()));
    let name = NAMES.iter().find_map(|name| draft.fields.get(*name)?.as_str());
    let likenesses = match name.filter(|_| comparable && wanted.compare) {
        Some(name) => marks::likenesses(visit, name, 5).await?,
        None => Vec::new(),
    };
    let status = status_of(!complaints.is_empty());
    let template = FilingPage {
        title: words.pick(&definition.title).to_owned(),
        procedure: definition.key.clone(),
        hint: form_page.hint.as_ref().map(|hint| words.pick(hint).to_owned()),
        here: key.to_owned(),
        place: place + 1,
        of: pages.len(),
        checking: wanted.checking,
        token: visit.token(&cookie::draft(&definition.key)),
        questions: questions(&around, definition, fields, &draft.fields, &complaints),
        page: frame,
        heading,
        back,
        complaints,
        comparable,
        likenesses,
    };
    html(&template, status)
}

/// Takes the answers of a page.
#[handler]
pub(in crate::web) async fn take_page(
    visit: Visit,
    Path((procedure, key)): Path<(String, String)>,
    answers: Answers,
) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    let definition = in_force(&visit, &procedure)?;
    let (token, mut draft) = match begun(&visit, &procedure).await? {
        Ok(begun) => begun,
        Err(elsewhere) => return Ok(elsewhere),
    };
    visit.check_token(&cookie::draft(&procedure), &answers)?;
    let definition = governing(&visit, definition, &draft);
    let mode = mode(&definition, &draft);
    let asked_so_far = pages(&visit, &definition, mode, &draft.fields);
    if let Some(elsewhere) = unasked(&definition, &asked_so_far, &draft, &key) {
        return Ok(elsewhere);
    }
    let place = asked_so_far
        .iter()
        .position(|(page, _)| page.key == key)
        .ok_or(Failure::NotFound)?;
    let fields = asked_so_far
        .get(place)
        .map(|(_, fields)| fields.clone())
        .unwrap_or_default();
    let values = read(&definition, &fields, &answers);
    let asked: Vec<&FormField> = fields.iter().collect();
    let checked = fitting(&visit, &definition, &draft, &asked, &values)?;
    let checking = answers.first("from") == Some("check");
    // Whoever only switches the language stays here, and is not told what is missing if they were not before.
    let was_told = draft
        .typed
        .as_ref()
        .is_some_and(|typed| typed.page == key && !typed.unchecked);
    let switching = answers.language().is_some();
    let checked = match checked {
        checked if !switching => checked,
        Err(problems) if was_told => Err(problems),
        _ => Err(Vec::new()),
    };
    match checked {
        Err(problems) => {
            // Kept as typed beside the answers that the procedure takes, which they do not replace.
            draft.typed = Some(Typed {
                page: key.clone(),
                values: values.clone(),
                unchecked: switching && !was_told,
            });
            drafts::save(&visit.app, &token, &draft).await?;
            for field in &fields {
                draft.fields.remove(&field.field);
            }
            draft.fields.extend(values);
            let words = Page::titled(&visit, "portal-start-title").words;
            let complaints = complaints(words, &definition, &problems);
            draw_page(
                &visit,
                &definition,
                &draft,
                &key,
                &Wanted {
                    checking,
                    compare: false,
                },
                complaints,
            )
            .await
        }
        Ok(good) => {
            draft.mode = Some(mode);
            draft.typed = draft.typed.filter(|typed| typed.page != key);
            for field in &fields {
                draft.fields.remove(&field.field);
            }
            draft.fields.extend(good);
            drafts::save(&visit.app, &token, &draft).await?;
            // What was answered here may ask more, or less.
            let pages = pages(&visit, &definition, mode, &draft.fields);
            let here = pages.iter().position(|(page, _)| page.key == key);
            let next = match here {
                _ if checking => {
                    let asked_anew = |page: &FormPage| !asked_so_far.iter().any(|(before, _)| before.key == page.key);
                    let anew: Vec<_> = pages.iter().filter(|(page, _)| asked_anew(page)).cloned().collect();
                    first_gap(&anew, &draft)
                }
                Some(here) => pages.get(here + 1).map(|(page, _)| page.key.as_str()),
                None => None,
            };
            let path = match next {
                _ if answers.first("compare").is_some() => {
                    format!(
                        "/file/{procedure}/{key}?compare=1{}",
                        if checking { "&from=check" } else { "" }
                    )
                }
                Some(next) if checking => format!("/file/{procedure}/{next}?from=check"),
                Some(next) => format!("/file/{procedure}/{next}"),
                None => format!("/file/{procedure}/check"),
            };
            Ok(see(&path))
        }
    }
}
