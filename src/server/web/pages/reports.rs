//! Cases with names that lean on a mark.

use askama::Template;
use poem::{Response, handler};

use super::marks::in_words;
use crate::{
    service::{
        Error,
        imitations::{self, NameMatch, ReportMatch, SearchRequest, Sought},
    },
    web::{
        cookie,
        failure::Failure,
        link,
        page::{Page, Words, html, status_of},
        picture::thousandths,
        progress::states,
        visit::{Answers, Visit},
    },
};

/// Matches that a page shows.
const SHOWN: usize = 50;

/// A case in a list of matches.
pub(in crate::web) struct Match {
    pub(in crate::web) number: String,
    pub(in crate::web) procedure: String,
    pub(in crate::web) state: String,
    pub(in crate::web) filed: String,
    pub(in crate::web) names: Vec<Name>,
}

/// A name in a case.
pub(in crate::web) struct Name {
    pub(in crate::web) name: String,
    /// What it is in the case, in words.
    pub(in crate::web) used_as: String,
    /// Percent.
    pub(in crate::web) score: u32,
    /// Class of its colour.
    pub(in crate::web) band: &'static str,
    pub(in crate::web) band_words: String,
    pub(in crate::web) reasons: Vec<String>,
    /// Where it is compared with what was looked for; nothing where that is not known.
    pub(in crate::web) compare: Option<String>,
}

/// The matches in words; `sought` is what each name may be compared with.
pub(in crate::web) fn matches(words: Words, found: &[ReportMatch], sought: Option<&str>) -> Vec<Match> {
    let name = |found: &NameMatch| Name {
        used_as: words.code("portal-name-use", &found.searched_as),
        score: thousandths(found.score) / 10,
        band: found.band.code(),
        band_words: words.code("portal-band", found.band.code()),
        reasons: found.reasons.iter().map(|r| in_words(words, &r.to_string())).collect(),
        compare: sought.map(|sought| {
            let (name, mark) = (link::escape(&found.name), link::escape(sought));
            format!("/marks/compare?name={name}&mark={mark}")
        }),
        name: found.name.clone(),
    };
    let one = |found: &ReportMatch| {
        let summary = &found.summary;
        Match {
            number: summary.case.number.clone(),
            procedure: words.pick(&summary.definition.title).to_owned(),
            state: states(words, &summary.definition, &summary.case.states),
            filed: words.day(summary.case.filed_at),
            names: once(words, found.names.iter().map(name)),
        }
    };
    found.iter().map(one).collect()
}

/// Each name once, with all that it is in the case.
fn once(words: Words, names: impl Iterator<Item = Name>) -> Vec<Name> {
    let mut once: Vec<Name> = Vec::new();
    for name in names {
        match once.iter_mut().find(|known| known.name == name.name) {
            Some(known) => known.used_as += &format!("{}{}", words.t("portal-list-separator"), name.used_as),
            None => once.push(name),
        }
    }
    once
}

#[derive(Template)]
#[template(path = "reports.html")]
struct Reports {
    page: Page,
    name: String,
    wrong: Option<String>,
    /// How many there are, and those that are shown.
    found: Option<(i64, Vec<Match>)>,
    token: String,
}

/// The form.
#[handler]
pub(in crate::web) async fn form(visit: Visit) -> Result<Response, Failure> {
    visit.signed_in()?;
    draw(&visit, String::new(), None, None)
}

/// The cases with names like the one that is asked for. The name comes with the form and not in the address: it may be a trader's.
#[handler]
pub(in crate::web) async fn search(visit: Visit, answers: Answers) -> Result<Response, Failure> {
    let visit = visit.switched(&answers);
    visit.signed_in()?;
    visit.check_token(cookie::SESSION, &answers)?;
    let name = answers.first("name").unwrap_or_default().trim().to_owned();
    if answers.language().is_some() && name.is_empty() {
        return draw(&visit, name, None, None);
    }
    let request = SearchRequest {
        sought: Sought::Name(name.clone()),
        least_score: zhengming_marks::Band::MEDIUM,
        after: 0,
        limit: SHOWN,
    };
    match imitations::search_reports(&visit.app, &visit.actor, request).await {
        Err(Error::Invalid { .. }) => {
            let wrong = if name.is_empty() {
                "portal-marks-missing"
            } else {
                "portal-marks-too-long"
            };
            draw(&visit, name, Some(wrong), None)
        }
        Err(error) => Err(error.into()),
        Ok(found) => {
            let shown = matches(Words(visit.locale), &found.matches, Some(&name));
            let total = i64::try_from(found.total).unwrap_or(i64::MAX);
            draw(&visit, name, None, Some((total, shown)))
        }
    }
}

fn draw(
    visit: &Visit,
    name: String,
    wrong: Option<&str>,
    found: Option<(i64, Vec<Match>)>,
) -> Result<Response, Failure> {
    let page = Page::titled(visit, "portal-reports-title")
        .within("marks")
        .failing(wrong.is_some())
        .keeping_answers();
    let status = status_of(wrong.is_some());
    let template = Reports {
        wrong: wrong.map(|key| page.t(key)),
        token: visit.token(cookie::SESSION),
        page,
        name,
        found,
    };
    html(&template, status)
}
