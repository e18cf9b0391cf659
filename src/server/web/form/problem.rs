//! What is wrong with answers, in words.

use zhengming_engine::{
    decision::{Problem, ProblemCode},
    definition::model::{Definition, Field, FieldKind},
    form::ValueProblem,
};

use crate::{
    locale::text,
    service::wording::{named_key, office_key},
    web::page::Words,
};

/// One line of the box on top of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct Complaint {
    /// The field that it is about.
    pub(in crate::web) field: Option<String>,
    /// What to do.
    pub(in crate::web) message: String,
}

impl Complaint {
    /// Where the line leads; nowhere when no field is to blame.
    pub(in crate::web) fn target(&self) -> Option<String> {
        self.field.as_ref().map(|field| format!("#f-{field}"))
    }

    /// What is wrong with a field, where anything is.
    pub(in crate::web) fn of<'c>(complaints: &'c [Self], field: &str) -> Option<&'c str> {
        let found = complaints.iter().find(|one| one.field.as_deref() == Some(field));
        found.map(|one| one.message.as_str())
    }

    /// One about no field.
    pub(in crate::web) fn general(message: String) -> Self {
        Self { field: None, message }
    }
}

/// All problems in words, in their order.
pub(in crate::web) fn complaints(words: Words, definition: &Definition, problems: &[Problem]) -> Vec<Complaint> {
    problems
        .iter()
        .map(|problem| {
            let field = problem.field.as_ref().and_then(|name| definition.fields.get(name));
            let message = match (&problem.requirement, field) {
                (Some((_, reason)), _) => words.pick(reason).to_owned(),
                (None, Some(field)) => about_field(words, field, problem),
                (None, None) => words.code("portal-problem", problem.code.as_str()),
            };
            Complaint {
                field: problem.field.clone(),
                message,
            }
        })
        .collect()
}

fn about_field(words: Words, field: &Field, problem: &Problem) -> String {
    let label = words.pick(&field.title).to_owned();
    let pick = matches!(
        field.kind,
        FieldKind::Bool
            | FieldKind::Choice(_)
            | FieldKind::Choices(_)
            | FieldKind::Organisation { .. }
            | FieldKind::Account { .. }
    );
    let with = |key: &str| text(words.0, key, &[("label", label.as_str().into())]);
    if problem.code == ProblemCode::MissingField {
        return with(if pick {
            "portal-problem-select"
        } else {
            "portal-problem-enter"
        });
    }
    let told = |key: &str| {
        let why = words.t(key);
        let args = [("label", label.as_str().into()), ("why", why.as_str().into())];
        text(words.0, "portal-problem-named", &args)
    };
    if let Some(key) = named_key(problem) {
        return told(key);
    }
    match (problem.value, &field.kind) {
        (Some(ValueProblem::TooLong(max)), _) => {
            let max = i64::try_from(max).unwrap_or(i64::MAX);
            text(
                words.0,
                "portal-problem-too-long",
                &[("label", label.as_str().into()), ("max", max.into())],
            )
        }
        (Some(ValueProblem::OutOfRange(..)), FieldKind::Money) | (Some(ValueProblem::WrongType), FieldKind::Money) => {
            with("portal-problem-money")
        }
        (Some(ValueProblem::OutOfRange(min, max)), _) => text(
            words.0,
            "portal-problem-range",
            &[
                ("label", label.as_str().into()),
                ("min", min.into()),
                ("max", max.into()),
            ],
        ),
        (Some(ValueProblem::Future), _) => with("portal-problem-future"),
        (Some(ValueProblem::Over), _) => with("portal-problem-over"),
        (Some(ValueProblem::NotLater), _) => with("portal-problem-not-later"),
        (Some(ValueProblem::WrongOffice(office)), _) => told(office_key(office)),
        (_, FieldKind::Date { .. }) => with("portal-problem-date"),
        (_, FieldKind::Phone) => with("portal-problem-phone"),
        (_, FieldKind::Mail) => with("portal-problem-mail"),
        (_, FieldKind::Integer { .. }) => with("portal-problem-number"),
        _ if pick => with("portal-problem-select"),
        _ => with("portal-problem-malformed"),
    }
}
