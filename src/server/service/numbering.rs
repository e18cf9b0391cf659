//! Numbers of cases and documents: which series a command may draw from.

use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use zhengming_engine::{
    clock::local_date,
    definition::model::{Definition, FieldKind},
};

use super::record::Recorder;
use crate::{access::Actor, store::CaseRow};

/// Number series of case numbers, one a year.
pub(super) fn case_series(at: OffsetDateTime) -> String {
    format!("case/{}", year(at))
}

/// Number series of documents: one an organisation and year (年度文号).
pub(super) fn document_series(organisation: &str, at: OffsetDateTime) -> String {
    format!("document/{organisation}/{}", year(at))
}

pub(super) fn year(at: OffsetDateTime) -> i32 {
    local_date(at).map_or(0, |date| date.year())
}

impl Recorder {
    /// Number series that a filing may draw from: the case, documents that the organisation issues.
    pub(super) fn series(&self, organisation: &str, at: OffsetDateTime) -> Vec<String> {
        vec![case_series(at), document_series(organisation, at)]
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
        let mut offices: Vec<String> = named.chain(own).chain([case.organisation_id.clone()]).collect();
        offices.sort();
        offices.dedup();
        let documents = offices.iter().map(|office| document_series(office, at));
        [case_series(at)].into_iter().chain(documents).collect()
    }
}
