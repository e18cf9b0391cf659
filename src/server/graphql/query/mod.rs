//! The query root, one file per subject.

mod cases;
mod marks;
mod procedures;
mod service;

use async_graphql::MergedObject;

pub(crate) use self::marks::read_classes;
pub use self::{cases::CaseQuery, marks::MarkQuery, procedures::ProcedureQuery, service::ServiceQuery};

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(CaseQuery, MarkQuery, ProcedureQuery, ServiceQuery);
