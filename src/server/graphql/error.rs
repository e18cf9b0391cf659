//! How failures are told: what the caller's business is goes into `userErrors` of a payload, everything else is an
//! error of the answer with `extensions.code`. Nothing of the inside leaves: an internal fault has a `traceId` and no text.

use async_graphql::{Error, ErrorExtensions as _, SimpleObject};
use zhengming_engine::{
    decision::{Problem, ProblemCode},
    form::ValueProblem,
};

use super::context::RequestContext;
use crate::{
    limit::RetryAfter,
    locale::{Locale, Value, find_text, text},
    service::{
        self,
        wording::{named_key, office_key},
    },
};

/// Something about the request that the caller can mend.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// Path to the input that is to blame, for example `["fields", "facts"]`; null if none is.
    pub field: Option<Vec<String>>,
    /// Stable code: one of the service (`MISSING_FIELD`, `STALE_VERSION`, …) or of a requirement of the procedure.
    pub code: String,
    /// What is wrong, in the language of the request.
    pub message: String,
    /// The article behind it, as `instrument#article`.
    pub legal_basis: Option<String>,
}

/// Why an event cannot be sent now.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct Blocker {
    /// Stable code: one of the service or of a requirement of the procedure.
    pub code: String,
    /// What is missing, in the language of the request.
    pub message: String,
    /// The article behind it, as `instrument#article`.
    pub legal_basis: Option<String>,
}

impl UserError {
    /// A problem of one input with a code of the service.
    pub(crate) fn of(locale: Locale, field: &[&str], code: &str) -> Self {
        Self {
            field: Some(field.iter().map(|&part| part.to_owned()).collect()),
            code: code.to_owned(),
            message: message(locale, code, &[]),
            legal_basis: None,
        }
    }

    fn problem(locale: Locale, problem: &Problem) -> Self {
        let Blocker {
            code,
            message,
            legal_basis,
        } = Blocker::new(locale, problem);
        let field = problem
            .field
            .as_ref()
            .map(|name| vec!["fields".to_owned(), name.clone()]);
        Self {
            field: field.or_else(|| input_of(problem.code)),
            code,
            message,
            legal_basis,
        }
    }
}

/// The input that a problem without a field is about.
fn input_of(code: ProblemCode) -> Option<Vec<String>> {
    let input = match code {
        ProblemCode::ModeNotAllowed => "mode",
        ProblemCode::EventNotAvailable | ProblemCode::RoleRequired => "event",
        _ => return None,
    };
    Some(vec![input.to_owned()])
}

impl Blocker {
    /// A problem that the engine found, in words.
    pub(crate) fn new(locale: Locale, problem: &Problem) -> Self {
        let legal_basis = problem.law.as_ref().map(|law| law.as_str().to_owned());
        if let Some((code, reason)) = &problem.requirement {
            let message = if locale.is_zh() {
                reason.zh.clone()
            } else {
                reason.en.clone()
            };
            return Self {
                code: code.clone(),
                message,
                legal_basis,
            };
        }
        let code = problem.code.as_str();
        let message = match problem.value {
            Some(value) => value_message(locale, value),
            None => match named_key(problem) {
                Some(key) => text(locale, key, &[]),
                None => message(locale, code, &[]),
            },
        };
        Self {
            code: code.to_owned(),
            message,
            legal_basis,
        }
    }
}

fn value_message(locale: Locale, problem: ValueProblem) -> String {
    match problem {
        ValueProblem::WrongType => text(locale, "value-wrong-type", &[]),
        ValueProblem::TooLong(max) => text(locale, "value-too-long", &[("max", max.into())]),
        ValueProblem::OutOfRange(min, max) => text(
            locale,
            "value-out-of-range",
            &[("min", min.into()), ("max", max.into())],
        ),
        ValueProblem::NotAnOption => text(locale, "value-not-an-option", &[]),
        ValueProblem::Future => text(locale, "value-future", &[]),
        ValueProblem::Over => text(locale, "value-over", &[]),
        ValueProblem::NotLater => text(locale, "value-not-later", &[]),
        ValueProblem::WrongOffice(office) => text(locale, office_key(office), &[]),
        ValueProblem::NotDrawn => text(locale, "value-not-drawn", &[]),
        ValueProblem::Malformed => text(locale, "value-malformed", &[]),
    }
}

/// The words for a code; a code without words of its own is told generally.
fn message(locale: Locale, code: &str, args: &[(&'static str, Value<'_>)]) -> String {
    let key = format!("error-{}", code.to_ascii_lowercase().replace('_', "-"));
    find_text(locale, &key, args).unwrap_or_else(|| text(locale, "error-bad-user-input", &[]))
}

/// An error of the answer with a code and words.
pub(crate) fn coded(locale: Locale, code: &'static str, args: &[(&'static str, Value<'_>)]) -> Error {
    Error::new(message(locale, code, args)).extend_with(|_, extensions| extensions.set("code", code))
}

/// An argument that cannot be used; `reason` is the code of its text.
pub(crate) fn bad_input(locale: Locale, argument: &'static str, reason: &'static str) -> Error {
    Error::new(message(locale, reason, &[])).extend_with(|_, extensions| {
        extensions.set("code", "BAD_USER_INPUT");
        extensions.set("argument", argument);
        extensions.set("reason", reason);
    })
}

/// The same for what does not exist and for what the caller may not know of.
pub(crate) fn not_found(locale: Locale) -> Error {
    coded(locale, "NOT_FOUND", &[])
}

/// The caller has to wait.
pub(crate) fn rate_limited(locale: Locale, wait: RetryAfter) -> Error {
    let seconds = wait.seconds();
    coded(locale, "RATE_LIMITED", &[("seconds", seconds.into())])
        .extend_with(|_, extensions| extensions.set("retryAfter", seconds))
}

/// A fault of ours: written to the log under an id that the caller can quote.
pub(crate) fn internal(request: Option<&RequestContext>, fault: &str) -> Error {
    let locale = request.map_or_else(Locale::default, |request| request.locale);
    let error = coded(locale, "INTERNAL", &[]);
    let Some(request) = request else {
        tracing::error!(fault, "operation failed");
        return error;
    };
    let trace_id = request.app.ids.next().to_string();
    tracing::error!(trace.id = %trace_id, fault, "operation failed");
    error.extend_with(|_, extensions| extensions.set("traceId", trace_id))
}

/// An error of the service where nothing is the caller's business: queries, and mutations that may not be sent at all.
pub(crate) fn refusal(request: &RequestContext, error: service::Error) -> Error {
    let locale = request.locale;
    match error {
        service::Error::NotFound => not_found(locale),
        service::Error::Unauthenticated => coded(locale, "UNAUTHENTICATED", &[]),
        service::Error::Forbidden => coded(locale, "FORBIDDEN", &[]),
        service::Error::RateLimited(wait) => rate_limited(locale, wait),
        service::Error::Busy => coded(locale, "BUSY", &[]),
        service::Error::NotSetUp => {
            tracing::error!(error.code = error.code(), "nothing can be filed");
            coded(locale, "NO_INTAKE_ORGANISATION", &[])
        }
        service::Error::Unsearchable(_) => coded(locale, "SEARCH_UNAVAILABLE", &[]),
        service::Error::Store(store) if store.is_transient() => coded(locale, "BUSY", &[]),
        service::Error::Invalid { field, code } => bad_input(locale, field, code),
        // Codes only: what the database or a library says may carry values.
        other => internal(Some(request), other.code()),
    }
}

/// An error of the service in a mutation: what the caller can mend, or the error that ends the field.
pub(crate) fn user_errors(request: &RequestContext, error: service::Error) -> Result<Vec<UserError>, Error> {
    let locale = request.locale;
    match error {
        service::Error::Refused(problems) => Ok(problems
            .iter()
            .map(|problem| UserError::problem(locale, problem))
            .collect()),
        service::Error::StaleVersion { current } => Ok(vec![UserError {
            message: message(locale, "STALE_VERSION", &[("current", current.into())]),
            ..UserError::of(locale, &["expectedVersion"], "STALE_VERSION")
        }]),
        service::Error::IdempotencyConflict => {
            Ok(vec![UserError::of(locale, &["idempotencyKey"], "IDEMPOTENCY_CONFLICT")])
        }
        service::Error::Invalid { field, code } => Ok(vec![UserError::of(locale, &[field], code)]),
        other => Err(refusal(request, other)),
    }
}

#[cfg(test)]
mod tests {
    use zhengming_engine::text::Label;

    use super::*;

    #[test]
    fn every_code_has_words_of_its_own_in_both_languages() {
        let of_the_engine = [
            ProblemCode::EventNotAvailable,
            ProblemCode::RoleRequired,
            ProblemCode::Excluded,
            ProblemCode::RequirementNotMet,
            ProblemCode::NoBranch,
            ProblemCode::MissingField,
            ProblemCode::InvalidField,
            ProblemCode::UnknownField,
            ProblemCode::ModeNotAllowed,
            ProblemCode::ClockNotRunning,
            ProblemCode::ExtensionExhausted,
            ProblemCode::DefinitionMismatch,
            ProblemCode::StateNotMigratable,
            ProblemCode::ClockNotMigratable,
        ];
        let of_the_service = [
            "ALREADY_PUBLISHED",
            "ALREADY_RUNNING",
            "BAD_REFERENCE",
            "BAD_USER_INPUT",
            "BUSY",
            "CASE_STILL_OPEN",
            "CURSOR",
            "DAY_NOT_POSSIBLE",
            "DEFECTIVE_WORKFLOWS",
            "FIELDS_NOT_AN_OBJECT",
            "FORBIDDEN",
            "IDEMPOTENCY_CONFLICT",
            "INTERNAL",
            "INVALID_CLASS",
            "INVALID_FAME",
            "INVALID_IDEMPOTENCY_KEY",
            "INVALID_NAME",
            "INVALID_THRESHOLD",
            "MARK_OR_NAME",
            "NAME_UNSEARCHABLE",
            "NOTE_MISSING",
            "NOT_FOUND",
            "NOT_OWED",
            "NO_WORKFLOWS_DIR",
            "PAGE_BACKWARDS",
            "PAGE_SIZE",
            "PURPOSE_OF_ANOTHER_CASE",
            "RATE_LIMITED",
            "SAME_PERSON",
            "STALE_VERSION",
            "TOO_LONG",
            "TOO_MANY_IDS",
            "TOO_MANY_WATCHES",
            "UNAUTHENTICATED",
            "UNKNOWN_PROCEDURE",
            "UNKNOWN_PURPOSE",
            "WAY_NOT_OPEN",
        ];
        let codes: Vec<&str> = of_the_engine
            .iter()
            .map(|code| code.as_str())
            .chain(of_the_service)
            .collect();
        let args = [("seconds", 1.into()), ("current", 2.into())];
        for locale in Locale::ALL {
            for code in &codes {
                let key = format!("error-{}", code.to_ascii_lowercase().replace('_', "-"));
                assert!(find_text(locale, &key, &args).is_some(), "{key}");
            }
        }
    }

    #[test]
    fn a_requirement_speaks_with_its_own_code_words_and_article() {
        let reason = Label {
            zh: "须先受理".to_owned(),
            en: "accept first".to_owned(),
        };
        let problem = Problem {
            requirement: Some(("NOT_ACCEPTED".to_owned(), reason)),
            law: "samr-121#15.1".parse().ok(),
            ..Problem::new(ProblemCode::RequirementNotMet)
        };
        let told = UserError::problem(Locale::En, &problem);
        assert_eq!(told.code, "NOT_ACCEPTED");
        assert_eq!(told.message, "accept first");
        assert_eq!(told.legal_basis.as_deref(), Some("samr-121#15.1"));
        assert_eq!(told.field, None);
    }

    #[test]
    fn an_unfit_value_names_its_field_and_what_would_fit() {
        let told = UserError::problem(Locale::En, &Problem::value("facts", ValueProblem::TooLong(9)));
        assert_eq!(told.field, Some(vec!["fields".to_owned(), "facts".to_owned()]));
        assert_eq!(told.code, "INVALID_FIELD");
        assert_eq!(told.message, "At most 9 characters.");
    }
}
