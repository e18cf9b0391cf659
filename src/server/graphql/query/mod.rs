//! The query root, one file per subject.

pub mod cases;
pub mod imitations;
pub mod marks;
pub mod procedures;
pub mod remedies;
pub mod service;
pub mod workflows;

use async_graphql::MergedObject;

use self::{
    cases::CaseQuery, imitations::ImitationQuery, marks::MarkQuery, procedures::ProcedureQuery, remedies::RemedyQuery,
    service::ServiceQuery, workflows::WorkflowQuery,
};

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    CaseQuery,
    ImitationQuery,
    MarkQuery,
    ProcedureQuery,
    RemedyQuery,
    ServiceQuery,
    WorkflowQuery,
);
