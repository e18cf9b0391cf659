//! The query root, one file per subject.

pub mod cases;
pub mod disclosures;
pub mod imitations;
pub mod marks;
pub mod procedures;
pub mod remedies;
pub mod service;
pub mod workflows;

use async_graphql::{MergedObject, Result};

use self::{
    cases::CaseQuery, disclosures::DisclosureQuery, imitations::ImitationQuery, marks::MarkQuery,
    procedures::ProcedureQuery, remedies::RemedyQuery, service::ServiceQuery, workflows::WorkflowQuery,
};
use super::{context::RequestContext, error::bad_input, types::connection::LARGEST_PAGE};

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    CaseQuery,
    DisclosureQuery,
    ImitationQuery,
    MarkQuery,
    ProcedureQuery,
    RemedyQuery,
    ServiceQuery,
    WorkflowQuery,
);

/// How many entries of a list are asked for.
fn page_size(request: &RequestContext, first: i32) -> Result<usize> {
    let size = u32::try_from(first)
        .ok()
        .filter(|size| (1..=LARGEST_PAGE).contains(size));
    let size = size.ok_or_else(|| bad_input(request.locale, "first", "PAGE_SIZE"))?;
    Ok(size as usize)
}
