//! Calls on cases that were denied, in the audit trail (GB/T 22239 8.1.4.3; ASVS 16.3): whoever tries doors is seen trying.

use zhengming_engine::decision::{Problem, ProblemCode};

use super::{Error, Result, accounts::audit};
use crate::{access::Actor, app::App, store::AuditOutcome};

/// Notes an answer that was denied to somebody who is signed in, and gives it back. What else is wrong with a request is no
/// matter for the trail, and strangers are nobody that it could name.
///
/// # Errors
/// The answer's own; those of the database, should the trail not be written.
pub(super) async fn noted<T>(app: &App, actor: &Actor, action: &str, case_id: &str, answer: Result<T>) -> Result<T> {
    let denied = answer.as_ref().err().is_some_and(is_denial);
    if let (true, Some(account)) = (denied, actor.account_id()) {
        let object = format!("case:{case_id}");
        audit(app, Some(account), action, &object, AuditOutcome::Denied, None).await?;
    }
    answer
}

fn is_denial(error: &Error) -> bool {
    let of_sender = |problem: &Problem| {
        problem.field.is_none()
            && matches!(
                problem.code,
                ProblemCode::RoleRequired
                    | ProblemCode::Excluded
                    | ProblemCode::SeparationOfDuties
                    | ProblemCode::SuperiorNeeded
            )
    };
    match error {
        Error::NotFound | Error::Forbidden => true,
        Error::Refused(problems) => problems.iter().any(of_sender),
        _ => false,
    }
}
