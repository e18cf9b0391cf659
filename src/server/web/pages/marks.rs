//! Which registered marks a name resembles.

use askama::Template;
use poem::{Request, Response, handler};
use serde::Deserialize;
use zhengming_marks::{Mark, Match, MatchOptions};

use crate::{
    service::{Error, register},
    web::{
        failure::Failure,
        form::Complaint,
        link,
        page::{Page, Words, html, status_of},
        picture::thousandths,
        visit::Visit,
    },
};

/// A mark that resembles a name.
pub(in crate::web) struct Likeness {
    pub(in crate::web) name: String,
    /// Number, owner, goods and fame, as far as they are known.
    pub(in crate::web) about: String,
    /// Percent.
    pub(in crate::web) score: u32,
    /// Thousandths, for the bar.
    pub(in crate::web) width: u32,
    /// `identical`, `high`, `medium` or `low`: class of its colour.
    pub(in crate::web) band: String,
    pub(in crate::web) band_words: String,
    pub(in crate::web) reasons: Vec<String>,
    /// Where it is compared with the name that was asked for, where that is known.
    pub(in crate::web) compare: Option<String>,
}

impl Likeness {
    /// One in words; `reasons` are codes with their particulars in brackets.
    pub(in crate::web) fn new(
        words: Words,
        mark: &Mark,
        score: f64,
        band: &str,
        reasons: impl Iterator<Item = String>,
    ) -> Self {
        let width = thousandths(score);
        Self {
            name: mark.name.clone(),
            about: about(words, mark),
            score: width / 10,
            width,
            band: band.to_owned(),
            band_words: words.code("portal-band", band),
            reasons: reasons.map(|reason| in_words(words, &reason)).collect(),
            compare: None,
        }
    }
}

fn about(words: Words, mark: &Mark) -> String {
    let told = |key: &str, value: String| format!("{} {value}", words.t(key));
    let goods = Some(mark.goods().to_string()).filter(|goods| !goods.is_empty());
    let parts = [
        mark.registration_no
            .clone()
            .map(|number| told("portal-mark-number", number)),
        mark.owner.clone(),
        goods.map(|goods| told("portal-mark-goods", goods)),
        mark.fame.map(|fame| told("portal-mark-fame", fame.to_string())),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A reason such as `fuzzy_pinyin(l/n)` in words.
pub(in crate::web) fn in_words(words: Words, reason: &str) -> String {
    let (code, detail) = reason
        .split_once('(')
        .map_or((reason, ""), |(code, rest)| (code, rest.trim_end_matches(')')));
    let key = format!("portal-reason-{}", code.replace('_', "-"));
    // How alike two characters look comes as `帅~师 .82`; the page has its scores in percent.
    let percent =
        |(pair, score): (&str, &str)| Some(format!("{} {}%", pair.replace('~', "/"), score.strip_prefix('.')?));
    let detail = detail
        .rsplit_once(' ')
        .and_then(percent)
        .unwrap_or_else(|| detail.to_owned());
    words.with(&key, "detail", detail)
}

/// The marks that a name resembles, best first.
pub(in crate::web) async fn likenesses(visit: &Visit, name: &str, limit: usize) -> Result<Vec<Likeness>, Failure> {
    let words = Words(visit.locale);
    let options = MatchOptions {
        limit,
        ..MatchOptions::default()
    };
    let found = match register::match_marks(&visit.app, name, options).await {
        Err(Error::Invalid { .. }) => Vec::new(),
        other => other?,
    };
    let likeness = |hit: &Match| {
        let reasons = hit.reasons.iter().map(ToString::to_string);
        Likeness {
            compare: Some(format!(
                "/marks/compare?name={}&mark={}&mark_goods={}",
                link::escape(name),
                link::escape(&hit.name),
                link::escape(&hit.mark.goods().to_string())
            )),
            ..Likeness::new(words, &hit.mark, hit.score, hit.band.code(), reasons)
        }
    };
    // What has nothing to show for its likeness is of no use to a person.
    Ok(found
        .iter()
        .filter(|hit| register::tells_why(hit))
        .map(likeness)
        .collect())
}

#[derive(Template)]
#[template(path = "marks.html")]
struct Marks {
    page: Page,
    name: String,
    asked: bool,
    /// Where two names are compared: with the one that was searched for, if there is one.
    compare: String,
    likenesses: Vec<Likeness>,
    complaints: Vec<Complaint>,
}

#[derive(Default, Deserialize)]
struct Query {
    name: Option<String>,
}

/// The form and, for a name, what resembles it.
#[handler]
pub(in crate::web) async fn show(visit: Visit, request: &Request) -> Result<Response, Failure> {
    let query = request.params::<Query>().unwrap_or_default();
    let name = query.name.as_deref().unwrap_or_default().trim().to_owned();
    let wrong = if query.name.is_none() {
        None
    } else if name.is_empty() {
        Some("portal-marks-missing")
    } else if name.chars().count() > 200 {
        Some("portal-marks-too-long")
    } else {
        None
    };
    let asked = query.name.is_some() && wrong.is_none();
    let likenesses = if asked {
        likenesses(&visit, &name, 10).await?
    } else {
        Vec::new()
    };
    let page = Page::titled(&visit, "portal-marks-title")
        .within("marks")
        .failing(wrong.is_some());
    let complaint = |key| Complaint {
        field: Some("name".to_owned()),
        message: page.t(key),
    };
    let complaints: Vec<Complaint> = wrong.map(complaint).into_iter().collect();
    let status = status_of(wrong.is_some());
    let compare = if asked {
        format!("/marks/compare?name={}", link::escape(&name))
    } else {
        "/marks/compare".to_owned()
    };
    html(
        &Marks {
            page,
            name,
            asked,
            compare,
            likenesses,
            complaints,
        },
        status,
    )
}
