//! Roles of a case as its reader reads them: whoever is a party to it is told what is about them.

use zhengming_engine::definition::model::RoleKind;

use super::page::Words;
use crate::service::case_view::CaseDetail;

/// What a role of a case is called to its reader; its key where the procedure has no such role.
pub(super) fn called(words: Words, case: &CaseDetail, role: &str) -> String {
    let Some(known) = case.definition.roles.get(role) else {
        return role.to_owned();
    };
    let title = words.pick(&known.title).to_owned();
    if is_reader(case, role) {
        words.with("portal-party-you", "name", title)
    } else {
        title
    }
}

/// Who did something to a case: a role of its procedure, or one of another procedure, whoever filed, the service.
pub(super) fn acting(words: Words, case: &CaseDetail, role: &str) -> String {
    if case.definition.roles.contains_key(role) {
        called(words, case, role)
    } else {
        words.role(role)
    }
}

/// The roles that the reader has as a party, by their titles; none for whoever works on the case.
pub(super) fn own(words: Words, case: &CaseDetail) -> Option<String> {
    let roles = case.definition.roles.iter();
    let own = roles.filter(|(role, _)| is_reader(case, role));
    let titles: Vec<&str> = own.map(|(_, role)| words.pick(&role.title)).collect();
    (!titles.is_empty()).then(|| titles.join(&words.t("portal-list-separator")))
}

/// Whether the reader is this party. Where several have the role it may be another of them.
fn is_reader(case: &CaseDetail, role: &str) -> bool {
    let kind = case.definition.roles.get(role).map(|role| role.kind);
    let holders = case.parties.iter().filter(|party| party.role == role).count();
    kind == Some(RoleKind::Party) && holders < 2 && case.standing.roles.contains(role)
}
