//! What all pages share: language, frame, words for dates, periods and law.

use askama::Template;
use poem::{
    Response,
    http::{StatusCode, header},
};
use time::{Date, OffsetDateTime, Weekday};
use zhengming_engine::{
    clock::{CHINA, ClockState, Law, LawRef, Remaining, Unit},
    text::Label,
};
use zhengming_marks::is_han;

use super::{asset, cookie, failure::Failure, link, visit::Visit};
use crate::{
    access::{Action, Standing, can},
    locale::{Locale, Value, find_text, text},
    store::OrganisationRow,
};

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

    /// Who did something that no role of the procedure does: the service, whoever filed, a role of another procedure.
    pub(super) fn role(self, role: &str) -> String {
        let by = format!("portal-by-{}", role.replace('_', "-"));
        find_text(self.0, &by, &[]).unwrap_or_else(|| self.code("portal-role", role))
    }

    /// What an organisation is called in the visitor's language.
    pub(super) fn office(self, row: &OrganisationRow) -> &str {
        if self.0.is_zh() { &row.name_zh } else { &row.name_en }
    }

    /// The visitor's half of a label.
    pub(super) fn pick(self, label: &Label) -> &str {
        if self.0.is_zh() { &label.zh } else { &label.en }
    }

    /// A day.
    pub(super) fn date(self, date: Date) -> String {
        let year = date.year().to_string();
        let month = i64::from(u8::from(date.month()));
        text(
            self.0,
            "portal-date",
            &[
                ("year", year.into()),
                ("month", month.into()),
                ("day", i64::from(date.day()).into()),
            ],
        )
    }

    /// A day with its day of the week.
    pub(super) fn weekday(self, date: Date) -> String {
        let weekday = match date.weekday() {
            Weekday::Monday => "portal-weekday-1",
            Weekday::Tuesday => "portal-weekday-2",
            Weekday::Wednesday => "portal-weekday-3",
            Weekday::Thursday => "portal-weekday-4",
            Weekday::Friday => "portal-weekday-5",
            Weekday::Saturday => "portal-weekday-6",
            Weekday::Sunday => "portal-weekday-7",
        };
        text(
            self.0,
            "portal-date-of-week",
            &[("date", self.date(date).into()), ("weekday", self.t(weekday).into())],
        )
    }

    /// The day of a moment in China.
    pub(super) fn day(self, at: OffsetDateTime) -> String {
        self.date(at.to_offset(CHINA).date())
    }

    /// A moment in China, to the minute.
    pub(super) fn moment(self, at: OffsetDateTime) -> String {
        self.timed(at, self.day(at))
    }

    /// A moment by which something is due, with its day of the week.
    fn last_moment(self, at: OffsetDateTime) -> String {
        self.timed(at, self.weekday(at.to_offset(CHINA).date()))
    }

    /// A day that is already in words, with the time of a moment in China.
    fn timed(self, at: OffsetDateTime, day: String) -> String {
        let local = at.to_offset(CHINA);
        let clock = format!("{:02}:{:02}", local.hour(), local.minute());
        text(self.0, "portal-moment", &[("date", day.into()), ("time", clock.into())])
    }

    /// When a clock ends: the day, or the moment of one that counts hours; that it stands still.
    pub(super) fn due(self, clock: &ClockState) -> String {
        match clock.due.at() {
            None => self.t("portal-clock-suspended"),
            Some(due) if clock.terms.period.unit() == Unit::Hours => self.last_moment(due.due_at),
            Some(due) => self.weekday(due.due_date),
        }
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
        let title = law
            .cited(reference)
            .map(|found| self.pick(&found.title).to_owned())
            .unwrap_or_default();
        let place = match self.0 {
            Locale::Zh => reference.chinese(),
            Locale::En => reference.english(),
        };
        text(
            self.0,
            "portal-law",
            &[("title", title.into()), ("place", place.into())],
        )
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
    /// Whether that person works for an organisation; others have cases of their own.
    pub(super) staff: bool,
    /// Whether that person may publish procedures.
    pub(super) publishes: bool,
    /// Whether that person may read the audit trail.
    pub(super) audits: bool,
    /// Path and query, escaped, to come back to from the language switch.
    pub(super) here: String,
    /// Token of forms that act with the session.
    pub(super) token: String,
    pub(super) style: &'static str,
    pub(super) seal: &'static str,
    /// Which entry of the main navigation this page belongs to.
    pub(super) section: &'static str,
    /// Whether its form ([`Page::FORM`]) is sent along when the language is switched, so that no answer is lost by it.
    pub(super) keeps: bool,
}

impl Page {
    /// Id of the form whose answers stay when the language is switched.
    pub(super) const FORM: &'static str = "answers";

    /// The frame with a title that is already in words.
    pub(super) fn new(visit: &Visit, title: impl Into<String>) -> Self {
        Self {
            words: Words(visit.locale),
            title: title.into(),
            failed: false,
            demo: visit.app.demo,
            name: visit.actor.person().map(|person| person.account.display_name.clone()),
            staff: visit.actor.is_staff(),
            publishes: can(&visit.actor, Action::PublishWorkflows, &Standing::default()).is_some(),
            audits: can(&visit.actor, Action::ReadAudit, &Standing::default()).is_some(),
            here: link::escape(&visit.path),
            token: visit.token(cookie::SESSION),
            style: asset::STYLE.path(),
            seal: asset::SEAL.path(),
            section: "",
            keeps: false,
        }
    }

    /// The frame with the title of a key.
    pub(super) fn titled(visit: &Visit, key: &str) -> Self {
        Self::new(visit, Words(visit.locale).t(key))
    }

    /// Sends its form along when the language is switched, where something in it could be lost.
    pub(super) fn keeping(self, something: bool) -> Self {
        if something { self.keeping_answers() } else { self }
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

    /// Has the language switch send the answers of the page's form along. Whoever takes that form asks
    /// [`Answers::language`](super::visit::Answers::language) first.
    pub(super) fn keeping_answers(mut self) -> Self {
        self.keeps = true;
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

    /// Whether a text is Chinese on a page that is not: names of people, offices and marks have no other form, and a program that
    /// reads the page aloud has to be told.
    pub(super) fn speaks_chinese(&self, text: &str) -> bool {
        !self.zh() && is_chinese(text)
    }

    /// The page's language tag.
    pub(super) fn lang(&self) -> &'static str {
        self.words.0.tag()
    }
}

/// Whether a text is more Chinese than anything else: a name of Latin letters within it is read as one.
fn is_chinese(text: &str) -> bool {
    let han = text.chars().filter(|c| is_han(*c)).count();
    han > text.chars().filter(char::is_ascii_alphabetic).count()
}

/// A drawn page.
pub(super) fn html(template: &impl Template, status: StatusCode) -> Result<Response, Failure> {
    let body = template.render()?;
    Ok(Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .body(body))
}

/// The status of a page with a form: whether something in it is to be mended.
pub(super) fn status_of(failed: bool) -> StatusCode {
    if failed {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    }
}

/// The answer to a form that was taken: look there now.
pub(super) fn see(path: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, path)
        .finish()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use zhengming_engine::decision::{ProblemCode, RESERVED_KINDS};

    use super::*;
    use crate::{
        access::ROLES,
        service::privacy::{ERASURE_REASONS, PURPOSES},
        workflows,
    };

    /// Every placeholder of the portal's texts.
    const PLACEHOLDERS: [&str; 30] = [
        "clock", "added", "article", "count", "date", "day", "days", "detail", "event", "form", "from", "label", "max",
        "min", "minutes", "month", "most", "name", "number", "place", "removed", "sum", "time", "times", "title", "to",
        "weekday", "what", "why", "year",
    ];

    /// Codes of the audit trail, but for those of roles.
    const AUDITED: [&str; 26] = [
        "account-administer",
        "account-create",
        "account-disable",
        "account-enable",
        "account-password",
        "account-reset",
        "audit-read",
        "case-event",
        "case-message",
        "case-read",
        "identity-disclose",
        "keys-accept",
        "notice-told",
        "organisation-create",
        "person-erase",
        "register-import",
        "register-keep",
        "session-close",
        "session-open",
        "transfer-events",
        "transfer-revoke",
        "transfer-take-over",
        "transfer-trust",
        "transfer-write",
        "workflows-propose",
        "workflows-publish",
    ];

    /// Kinds of what entries of the audit trail are about.
    const OBJECTS: [&str; 11] = [
        "account",
        "audit",
        "case",
        "keys",
        "mark",
        "organisation",
        "pack",
        "peer_key",
        "register",
        "session",
        "workflows",
    ];

    #[test]
    fn a_text_is_chinese_where_most_of_it_is() {
        assert!(is_chinese("康师傅") && is_chinese("ABI 运动鞋专卖"));
        assert!(!is_chinese("Food association, 康师傅") && !is_chinese("2026-05-18"));
    }

    /// The sources of the portal.
    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
            .collect()
    }

    fn assert_text(key: &str) {
        for locale in Locale::ALL {
            let given = PLACEHOLDERS.map(|name| (name, Value::from(1)));
            assert!(
                find_text(locale, key, &given).is_some(),
                "{key} has no text in {}",
                locale.tag()
            );
        }
    }

    #[test]
    fn a_moment_by_which_something_is_due_has_its_day_of_the_week() {
        let at = time::macros::datetime!(2026-12-01 01:30 UTC);
        assert_eq!(Words(Locale::Zh).last_moment(at), "2026年12月1日（周二） 09:30");
        assert_eq!(Words(Locale::En).last_moment(at), "Tue 1 December 2026, 09:30");
    }

    #[test]
    fn every_key_that_the_portal_names_has_a_text() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let mut found = 0;
        for path in sources(&folder) {
            let Ok(source) = std::fs::read_to_string(&path) else {
                continue;
            };
            for part in source.split('"').filter(|part| part.starts_with("portal-")) {
                let prefix = [
                    "portal-mode",
                    "portal-phase",
                    "portal-step",
                    "portal-event",
                    "portal-by",
                ]
                .contains(&part)
                    || part.contains('{');
                let coded = [
                    "portal-role",
                    "portal-link",
                    "portal-band",
                    "portal-audit",
                    "portal-audit-of",
                    "portal-goods",
                    "portal-purpose",
                    "portal-erasure",
                    "portal-problem",
                    "portal-name-use",
                    "portal-contribution-wrong",
                    "portal-",
                ];
                if !prefix && !coded.contains(&part) {
                    assert_text(part);
                    found += 1;
                }
            }
        }
        assert!(found > 150, "only {found} keys were found");
    }

    #[test]
    fn every_code_that_pages_show_has_a_text() {
        let words = |prefix: &str, codes: &[&str]| {
            for code in codes {
                let key = format!("{prefix}-{}", code.to_lowercase().replace('_', "-"));
                assert_text(&key);
            }
        };
        words("portal-role", &ROLES);
        words("portal-purpose", &PURPOSES);
        words("portal-erasure", &ERASURE_REASONS);
        words("portal-mode", &["named", "confidential", "anonymous"]);
        words("portal-band", &["identical", "high", "medium", "low", "none"]);
        words("portal-step", &["done", "now", "next", "passed", "over", "past"]);
        words("portal-goods", &["same_group", "same_class", "apart", "unknown"]);
        words("portal-audit", &AUDITED);
        words("portal-audit-of", &OBJECTS);
        words("portal-evidence-kind", &crate::web::pages::contribution::KINDS);
        words(
            "portal-name-use",
            &["mark", "sign", "trader", "shop", "web_address", "text"],
        );
        let inputs = [
            "title",
            "kind",
            "description",
            "text",
            "fileName",
            "sha256",
            "webAddress",
            "obtainedOn",
        ];
        words("portal-contribution-wrong", &inputs);
        words("portal-contribution-wrong", &["keptBy", "readers", "to"]);
        words("portal-event", &RESERVED_KINDS);
        let codes = [
            ProblemCode::EventNotAvailable,
            ProblemCode::RoleRequired,
            ProblemCode::Excluded,
            ProblemCode::RequirementNotMet,
            ProblemCode::NoBranch,
            ProblemCode::ModeNotAllowed,
            ProblemCode::ClockNotRunning,
            ProblemCode::ExtensionExhausted,
            ProblemCode::DefinitionMismatch,
        ];
        words("portal-problem", &codes.map(ProblemCode::as_str));
    }

    #[test]
    fn every_stage_and_way_of_filing_of_the_pack_has_a_text() {
        let pack = workflows::load(None).unwrap();
        for (key, versions) in &pack.procedures {
            for definition in versions {
                assert!(definition.filing.hint.is_some(), "{key} does not say what it is for");
            }
            for phase in versions.iter().flat_map(|definition| definition.phases()) {
                assert_text(&format!("portal-phase-{}", phase.replace('_', "-")));
            }
        }
    }

    #[test]
    fn days_and_law_are_written_as_each_language_does() {
        let day = time::macros::date!(2026 - 04 - 05);
        assert_eq!(Words(Locale::Zh).date(day), "2026年4月5日");
        assert_eq!(Words(Locale::En).date(day), "5 April 2026");
        let pack = workflows::load(None).unwrap();
        let law: LawRef = "samr-121#15.1".parse().unwrap();
        let shown = Words(Locale::Zh).law(&pack.law, &law);
        assert!(
            shown.starts_with('《') && shown.ends_with("》第十五条第一款"),
            "{shown}"
        );
        assert_eq!(Words(Locale::En).left(Remaining::WorkingDays(1)), "1 working day left");
    }
}
