//! Numbers of cases and documents: which series a command may draw from, and what a document says of its number.

use serde_json::{Map, Value as Json, json};
use time::OffsetDateTime;
use zhengming_engine::{
    clock::local_date,
    definition::model::{Definition, EffectRule, FieldKind},
    notice::DocumentKind,
};

use super::{Result, record::Recorder};
use crate::{
    access::{Actor, INTAKE},
    app::App,
    store::{CaseRow, DRAWN, DocumentRow},
};

/// Beginning of the names of the series of letters: documents that bear their number (年度文号).
pub(super) const LETTERS: &str = "document/";
/// Beginning of the names of the series of records: registers, approvals and other documents whose forms have no number. They
/// are counted, so that none can be taken away, and apart, so that the numbers of what goes out run without gaps.
pub(super) const RECORDS: &str = "record/";

/// Number series of case numbers, one a year.
pub(super) fn case_series(at: OffsetDateTime) -> String {
    format!("case/{}", year(at))
}

/// Number series of letters, or else of records: one of each an organisation and year.
pub(super) fn document_series(organisation: &str, numbered: bool, at: OffsetDateTime) -> String {
    let begins = if numbered { LETTERS } else { RECORDS };
    format!("{begins}{organisation}/{}", year(at))
}

/// Both number series of the documents of an organisation.
pub(super) fn both_series(organisation: &str, at: OffsetDateTime) -> [String; 2] {
    [true, false].map(|numbered| document_series(organisation, numbered, at))
}

/// What a document says of the number that it drew. Whether its kind bears one may be otherwise tomorrow, so this is kept with
/// it, under its seal, and outlives the erasure of its text.
pub(super) fn drawn(series: &str, serial: i64) -> Json {
    json!({ "series": series, "serial": serial })
}

/// The body of a document as it goes elsewhere, or comes from there: what it drew, it drew from a series of who made it.
pub(super) fn drawn_elsewhere(body: &mut Json) {
    if let Some(map) = body.as_object_mut() {
        map.insert(DRAWN.to_owned(), Json::Null);
    }
}

/// The number of a document as it is printed: none where its form has none. Those of earlier programs have drawn one all the
/// same. Of a kind that is not known any more: what it has.
#[must_use]
pub fn borne<'r>(kind: Option<&DocumentKind>, row: &'r DocumentRow) -> Option<&'r str> {
    let numbered = kind.is_none_or(DocumentKind::numbered);
    Some(row.number.as_str()).filter(|number| numbered && !number.is_empty())
}

/// Number series that a step may draw from, beside those of [`Recorder::series_of_event`], where it returns the case to the office that
/// took it in: a clock that does so is of no office, and documents after it are made by that one.
pub(super) async fn series_of_intake(
    app: &App,
    definition: &Definition,
    event: &str,
    case: &CaseRow,
    at: OffsetDateTime,
) -> Result<Vec<String>> {
    let returns = |effect: &EffectRule| matches!(effect, EffectRule::ReturnToIntake);
    if !definition.draws_numbers(event) || !definition.effects().any(returns) {
        return Ok(Vec::new());
    }
    let assignments = app.store.assignments_of(std::slice::from_ref(&case.id)).await?;
    // Who took a case in stays who took it in.
    let intake = assignments.into_iter().find(|assignment| assignment.role == INTAKE);
    let office = intake.and_then(|assignment| assignment.organisation_id);
    let organisations = app.organisations();
    Ok(office.map_or_else(Vec::new, |office| {
        both_series(organisations.in_name_of(&office), at).into()
    }))
}

pub(super) fn year(at: OffsetDateTime) -> i32 {
    local_date(at).map_or(0, |date| date.year())
}

impl Recorder {
    /// Number series that a filing may draw from: the case, documents that the organisation issues.
    pub(super) fn series(&self, organisation: &str, at: OffsetDateTime) -> Vec<String> {
        let documents = both_series(self.organisations.in_name_of(organisation), at);
        [case_series(at)].into_iter().chain(documents).collect()
    }

    /// Number series that an event may draw from: none for most events. On PostgreSQL a declared series is locked until the
    /// commit. Organisations named in the case may get it, or a case that it opens, and issue documents then; so does the one that
    /// whoever acts belongs to.
    pub(super) fn series_of_event(
        &self,
        definition: &Definition,
        event: &str,
        case: &CaseRow,
        fields: &Map<String, Json>,
        acting: &Actor,
        at: OffsetDateTime,
    ) -> Vec<String> {
        if !definition.draws_numbers(event) {
            return Vec::new();
        }
        let stored = case.data.as_object().into_iter().flatten();
        let named = stored.chain(fields).filter(|(name, _)| {
            let field = definition.fields.get(*name);
            field.is_some_and(|field| matches!(field.kind, FieldKind::Organisation { .. }))
        });
        let named = named.filter_map(|(_, value)| value.as_str().map(str::to_owned));
        let own = acting.organisations().map(str::to_owned);
        let offices = named.chain(own).chain([case.organisation_id.clone()]);
        let issuing = |office: String| self.organisations.in_name_of(&office).to_owned();
        let mut offices: Vec<String> = offices.map(issuing).collect();
        offices.sort();
        offices.dedup();
        let documents = offices.iter().flat_map(|office| both_series(office, at));
        [case_series(at)].into_iter().chain(documents).collect()
    }
}
