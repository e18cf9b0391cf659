//! Which cases a person may know of, as a condition of the database: lists and totals then say nothing about others.

use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ExprTrait};

use crate::store::EXCLUDED;
use crate::store::entity::{assignment, cases, party};

/// Cases that a person may know of: what the person filed, is a party to or works on, and what the offices reach. From all of
/// them it is barred by an exclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The person.
    pub account_id: String,
    /// What the person's roles reach, by versions of procedures: the same role is staff in one and unknown in another.
    pub offices: Vec<OfficeReach>,
}

/// What a person's roles reach in some versions of procedures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeReach {
    /// Hashes of the versions.
    pub definition_hashes: Vec<String>,
    /// Organisations whose cases are reached.
    pub organisation_ids: Vec<String>,
    /// Organisation and role: the cases of the one are reached on which nobody has taken the other.
    pub untaken: Vec<(String, String)>,
    /// Assignments to an organisation whose cases are reached: the organisation, and the roles assigned.
    pub entrusted: Vec<(String, Vec<String>)>,
}

/// The cases of a reach.
pub(super) fn reached(reach: &Reach) -> Condition {
    let account = reach.account_id.as_str();
    let parties = Query::select()
        .column(party::Column::CaseId)
        .from(party::Entity)
        .cond_where(party::Column::AccountId.eq(account))
        .to_owned();
    let own = current().add(assignment::Column::AccountId.eq(account));
    let mut any = Condition::any()
        .add(cases::Column::FilerAccountId.eq(account))
        .add(cases::Column::Id.in_subquery(parties))
        .add(cases::Column::Id.in_subquery(assigned(own)));
    for office in &reach.offices {
        any = any.add(of_office(office));
    }
    let barred = Condition::all()
        .add(assignment::Column::UntilSeq.is_null())
        .add(assignment::Column::Role.eq(EXCLUDED))
        .add(assignment::Column::AccountId.eq(account));
    Condition::all()
        .add(any)
        .add(cases::Column::Id.in_subquery(assigned(barred)).not())
}

fn of_office(office: &OfficeReach) -> Condition {
    let mut any = Condition::any().add(cases::Column::OrganisationId.is_in(&office.organisation_ids));
    for (organisation, role) in &office.untaken {
        let taken = Query::select()
            .column(assignment::Column::CaseId)
            .from(assignment::Entity)
            .cond_where(
                current()
                    .add(
                        Expr::col((assignment::Entity, assignment::Column::CaseId))
                            .equals((cases::Entity, cases::Column::Id)),
                    )
                    .add(assignment::Column::Role.eq(role.as_str()))
                    .add(assignment::Column::AccountId.is_not_null()),
            )
            .to_owned();
        any = any.add(
            Condition::all()
                .add(cases::Column::OrganisationId.eq(organisation.as_str()))
                .add(Expr::exists(taken).not()),
        );
    }
    if !office.entrusted.is_empty() {
        let mut to = Condition::any();
        for (organisation, roles) in &office.entrusted {
            let here = assignment::Column::OrganisationId.eq(organisation.as_str());
            to = to.add(Condition::all().add(here).add(assignment::Column::Role.is_in(roles)));
        }
        any = any.add(cases::Column::Id.in_subquery(assigned(current().add(to))));
    }
    Condition::all()
        .add(cases::Column::DefinitionHash.is_in(&office.definition_hashes))
        .add(any)
}

/// Cases on which an account currently works.
pub(super) fn worked_on(account_id: &str) -> Condition {
    let current = current().add(assignment::Column::AccountId.eq(account_id));
    Condition::all().add(cases::Column::Id.in_subquery(assigned(current)))
}

/// Assignments that hold and let somebody work on the case.
fn current() -> Condition {
    Condition::all()
        .add(assignment::Column::UntilSeq.is_null())
        .add(assignment::Column::Role.ne(EXCLUDED))
}

fn assigned(condition: Condition) -> SelectStatement {
    Query::select()
        .column(assignment::Column::CaseId)
        .from(assignment::Entity)
        .cond_where(condition)
        .to_owned()
}
