//! What all pages share: language, frame, words for dates, periods and law.

use askama::Template;
use poem::{
    Response,
    http::{StatusCode, header},
};
use time::{Date, OffsetDateTime};
use zhengming_engine::{
    clock::{CHINA, Law, LawRef, Remaining},
    text::Label,
};

use super::{asset, cookie, failure::Failure, link, visit::Visit};
use crate::locale::{Locale, Value, find_text, text};

/// Words in the visitor's language.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Locale);

impl Words {
    /// A text without placeholders.
    pub(super) fn t(self, key: &str) -> String {
        text(self.0, key, &[])
    }

    /// A text with one placeholder.
    pub(super) fn with<'v>(self, key: &str, name: &'static str, value: impl Into<Value<'v>>) -> String {
        text(self.0, key, &[(name, value.into())])
    }

    /// The text of a code such as a stage or a reason; the code itself where it has no words.
    pub(super) fn code(self, prefix: &str, code: &str) -> String {
        let key = format!("{prefix}-{}", code.to_lowercase().replace('_', "-"));
        find_text(self.0, &key, &[]).unwrap_or_else(|| code.to_owned())
    }

    /// The visitor's half of a label.
    pub(super) fn pick(self, label: &Label) -> &str {
        if self.0.is_zh() { &label.zh } else { &label.en }
    }

    /// A day.
    pub(super) fn date(self, date: Date) -> String {
        let year = date.year().to_string();
        let month = i64::from(u8::from(date.month()));
        text(self.0, "portal-date", &[("year", year.into()), ("month", month.into()), ("day", i64::from(date.day()).into())])
    }

    /// The day of a moment in China.
    pub(super) fn day(self, at: OffsetDateTime) -> String {
        self.date(at.to_offset(CHINA).date())
    }

    /// A moment in China, to the minute.
    pub(super) fn moment(self, at: OffsetDateTime) -> String {
        let local = at.to_offset(CHINA);
        let clock = format!("{:02}:{:02}", local.hour(), local.minute());
        text(self.0, "portal-moment", &[("date", self.date(local.date()).into()), ("time", clock.into())])
    }

    /// What is left of a period.
    pub(super) fn left(self, left: Remaining) -> String {
        match left {
            Remaining::WorkingDays(days) => self.with("portal-left-working-days", "count", i64::from(days)),
            Remaining::Days(days) => self.with("portal-left-days", "count", i64::from(days)),
            Remaining::Seconds(seconds) => {
                let hours = i64::try_from(seconds / 3_600).unwrap_or(i64::MAX);
                self.with("portal-left-hours", "count", hours)
            }
        }
    }

    /// An article with the title of its instrument.
    pub(super) fn law(self, law: &Law, reference: &LawRef) -> String {
        let title = law.cited(reference).map(|found| self.pick(&found.title).to_owned()).unwrap_or_default();
        let place = reference.place().to_owned();
        let rest = place.strip_prefix(reference.article()).unwrap_or_default().to_owned();
        let article = reference.article().to_owned();
        text(self.0, "portal-law", &[("title", title.into()), ("article", article.into()), ("rest", rest.into())])
    }
}

/// The frame of a page.
pub(super) struct Page {
    pub(super) words: Words,
    pub(super) title: String,
    /// Whether something has to be put right on it: the title says so first.
    pub(super) failed: bool,
    pub(super) demo: bool,
    /// Name of the signed-in person.
    pub(super) name: Option<String>,
    /// Path and query, escaped, to come back to from the language switch.
    pub(super) here: String,
    /// Token of forms that act with the session.
    pub(super) token: String,
    pub(super) style: &'static str,
    pub(super) seal: &'static str,
    /// Which entry of the main navigation this page belongs to.
    pub(super) section: &'static str,
}

impl Page {
    /// The frame with a title that is already in words.
    pub(super) fn new(visit: &Visit, title: impl Into<String>) -> Self {
        Self {
            words: Words(visit.locale),
            title: title.into(),
            failed: false,
            demo: visit.app.demo,
            name: visit.actor.person().map(|person| person.account.display_name.clone()),
            here: link::escape(&visit.path),
            token: visit.token(cookie::SESSION),
            style: asset::STYLE.path(),
            seal: asset::SEAL.path(),
            section: "",
        }
    }

    /// The frame with the title of a key.
    pub(super) fn titled(visit: &Visit, key: &str) -> Self {
        Self::new(visit, Words(visit.locale).t(key))
    }

    /// Marks the page as one with errors.
    pub(super) fn failing(mut self, failed: bool) -> Self {
        self.failed = failed;
        self
    }

    /// Says where in the navigation it is.
    pub(super) fn within(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    /// A text, for templates.
    pub(super) fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// Whether the page is in Chinese.
    pub(super) fn zh(&self) -> bool {
        self.words.0.is_zh()
    }

    /// The page's language tag.
    pub(super) fn lang(&self) -> &'static str {
        self.words.0.tag()
    }
}

/// A drawn page.
pub(super) fn html(template: &impl Template, status: StatusCode) -> Result<Response, Failure> {
    let body = template.render()?;
    Ok(Response::builder().status(status).content_type("text/html; charset=utf-8").body(body))
}

/// The answer to a form that was taken: look there now.
pub(super) fn see(path: &str) -> Response {
    Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, path).finish()
}
