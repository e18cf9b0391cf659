//! The permission matrix, printed from the same functions that decide at run time.
//!
//! First part: what each role may do in each situation that a person can be in. Second part: which roles may send which
//! event in which state. Then who reads what: fields, the history, documents. All follow from `access` and the domain pack
//! alone, so the text is the same on every run.

use std::fmt::Write as _;

use serde_json::Value as Json;
use time::OffsetDateTime;
use zhengming_engine::{
    definition::model::{Definition, RoleKind, Storage},
    pack::Pack,
};

use crate::{
    access::{Action, Actor, EXCLUDED, INTAKE, OrganisationTree, Person, ROLES, Standing, can, standing},
    store::{AccountRow, AssignmentRow, CaseRow, CaseStatus, FilingMode, MembershipRow, OrganisationRow, PartyRow},
};

const CASE: &str = "case";
const OFFICE: &str = "office";
const PERSON: &str = "person";

/// The whole matrix as text.
pub(super) fn matrix(pack: &Pack) -> String {
    let mut text = String::from("# role × situation → actions\n");
    for versions in pack.procedures.values() {
        if let Some(definition) = versions.last() {
            actions(&mut text, definition);
        }
    }
    text.push_str("\n# procedure × state × event → roles\n");
    for definition in pack.procedures.values().flatten() {
        events(&mut text, definition);
    }
    text.push_str("\n# procedure → article by which only those know of a case who have to do with it\n");
    for definition in pack.procedures.values().flatten() {
        let known = definition
            .confidential
            .as_ref()
            .map(|confidential| confidential.law.to_string());
        let _ = writeln!(text, "{} | {}", version(definition), known.as_deref().unwrap_or("-"));
    }
    text.push_str("\n# procedure × field → how it is kept, who reads it beside the staff that has the case\n");
    for definition in pack.procedures.values().flatten() {
        fields(&mut text, definition);
    }
    text.push_str(
        "\n# procedure × event → who sees it in the history beside staff, where an office stands that it names\n",
    );
    for definition in pack.procedures.values().flatten() {
        shown(&mut text, definition);
    }
    text.push_str("\n# document → who gets it\n");
    for (kind, document) in &pack.documents {
        let _ = writeln!(text, "{kind} | {}", listed(&document.readers));
    }
    text
}

fn version(definition: &Definition) -> String {
    format!("{} {}", definition.key, definition.version)
}

fn listed(roles: &[String]) -> String {
    if roles.is_empty() {
        "-".to_owned()
    } else {
        roles.join(" ")
    }
}

fn fields(text: &mut String, definition: &Definition) {
    for (name, field) in &definition.fields {
        let kept = match field.storage {
            Storage::Case => "case",
            Storage::Personal => "personal",
            Storage::Identity => "identity",
        };
        let _ = writeln!(
            text,
            "{} | {name} | {kept} | {}",
            version(definition),
            listed(&field.readers)
        );
    }
}

fn shown(text: &mut String, definition: &Definition) {
    for (name, event) in &definition.events {
        let _ = write!(text, "{} | {name} | {}", version(definition), listed(&event.seen_by));
        for (field, office) in &event.offices {
            let stands = serde_json::to_value(office).unwrap_or_default();
            let _ = write!(text, " | {field}: {}", stands.as_str().unwrap_or_default());
        }
        text.push('\n');
    }
}

/// A situation that somebody can be in towards a case.
struct Situation {
    name: &'static str,
    /// The office that handles the case.
    handled_by: &'static str,
    assignments: Vec<AssignmentRow>,
}

/// What a holder of `role` in [`OFFICE`] can be to a case.
fn situations(role: &str, definition: &Definition) -> Vec<Situation> {
    let entrusted = definition
        .roles
        .iter()
        .filter(|(_, r)| r.kind != RoleKind::Staff && r.kind != RoleKind::Party);
    let entrusted = entrusted
        .map(|(name, _)| assignment(name, None, Some(OFFICE)))
        .collect();
    let situation = |name, handled_by, assignments| Situation {
        name,
        handled_by,
        assignments,
    };
    vec![
        situation("handled here, nobody assigned", OFFICE, vec![]),
        situation(
            "handled here, assigned to a colleague",
            OFFICE,
            vec![assignment(role, Some("colleague"), None)],
        ),
        situation(
            "handled here, barred from it",
            OFFICE,
            vec![assignment(EXCLUDED, Some(PERSON), None)],
        ),
        situation("handled below", "below", vec![]),
        situation(
            "handled elsewhere, taken in here",
            "elsewhere",
            vec![assignment(INTAKE, None, Some(OFFICE))],
        ),
        situation("handled elsewhere, entrusted to here", "elsewhere", entrusted),
        situation(
            "handled elsewhere, assigned to the person",
            "elsewhere",
            vec![assignment(role, Some(PERSON), None)],
        ),
        situation("handled elsewhere", "elsewhere", vec![]),
    ]
}

fn actions(text: &mut String, definition: &Definition) {
    let tree = tree();
    let mut line = |who: &str, situation: &str, actor: &Actor, standing: &Standing| {
        let allowed: Vec<&str> = Action::ALL
            .into_iter()
            .filter(|action| can(actor, *action, standing).is_some())
            .map(Action::code)
            .collect();
        let allowed = if allowed.is_empty() {
            "-".to_owned()
        } else {
            allowed.join(" ")
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{} | {who} | {situation} | {allowed}", definition.key);
    };
    for role in ROLES {
        let actor = person(&[role]);
        line(role, "no case", &actor, &Standing::default());
        for situation in situations(role, definition) {
            let case = case(definition, situation.handled_by, None);
            let found = standing(&actor, definition, &case, &[], &situation.assignments, &tree);
            line(role, situation.name, &actor, &found);
        }
    }
    let nobody = case(definition, OFFICE, None);
    let receipt = Actor::Receipt {
        case_id: CASE.to_owned(),
    };
    let other_receipt = Actor::Receipt {
        case_id: "another".to_owned(),
    };
    let plain = person(&[]);
    for (who, situation, actor, case) in [
        ("anonymous", "any case", &Actor::Anonymous, &nobody),
        ("receipt", "its case", &receipt, &nobody),
        ("receipt", "another case", &other_receipt, &nobody),
        ("filer", "own case", &plain, &case(definition, OFFICE, Some(PERSON))),
        ("account", "any case", &plain, &nobody),
        ("service", "any case", &Actor::System, &nobody),
    ] {
        let found = standing(actor, definition, case, &[], &[], &tree);
        line(who, situation, actor, &found);
    }
    for (role, _) in definition.roles.iter().filter(|(_, r)| r.kind == RoleKind::Party) {
        let found = standing(&plain, definition, &nobody, &[party(role)], &[], &tree);
        line(role, "own case", &plain, &found);
    }
    // One's own matter is no matter for one's office.
    let head = person(&["head"]);
    let own = case(definition, OFFICE, Some(PERSON));
    line(
        "head",
        "handled here, filed by the person",
        &head,
        &standing(&head, definition, &own, &[], &[], &tree),
    );
}

fn events(text: &mut String, definition: &Definition) {
    for (ix, leaf) in definition.leaves() {
        let mut seen: Vec<&str> = Vec::new();
        // An inner state's branches come before those of the states around it.
        for name in definition.lineage(ix).flat_map(|(_, state)| state.transitions.keys()) {
            if seen.contains(&name.as_str()) {
                continue;
            }
            seen.push(name);
            let by = definition
                .events
                .get(name)
                .map(|event| event.by.join(" "))
                .unwrap_or_default();
            let by = if by.is_empty() { "(clock)".to_owned() } else { by };
            let _ = writeln!(
                text,
                "{} {} | {} | {name} | {by}",
                definition.key, definition.version, leaf.id
            );
        }
        if seen.is_empty() {
            let _ = writeln!(text, "{} {} | {} | - | -", definition.key, definition.version, leaf.id);
        }
    }
}

fn tree() -> OrganisationTree {
    let row = |id: &str, parent: Option<&str>| OrganisationRow {
        id: id.to_owned(),
        key: id.to_owned(),
        name_zh: id.to_owned(),
        name_en: id.to_owned(),
        kind: "market_regulation".to_owned(),
        parent_id: parent.map(str::to_owned),
        division_code: String::new(),
    };
    OrganisationTree::new(vec![
        row(OFFICE, None),
        row("below", Some(OFFICE)),
        row("elsewhere", None),
    ])
}

/// Somebody with these roles in [`OFFICE`].
fn person(roles: &[&str]) -> Actor {
    let memberships = roles.iter().map(|role| MembershipRow {
        id: (*role).to_owned(),
        account_id: PERSON.to_owned(),
        organisation_id: OFFICE.to_owned(),
        role: (*role).to_owned(),
        granted_at: OffsetDateTime::UNIX_EPOCH,
        revoked_at: None,
    });
    let account = AccountRow {
        id: PERSON.to_owned(),
        login: PERSON.to_owned(),
        display_name: PERSON.to_owned(),
        password_hash: String::new(),
        mail: None,
        locale: "zh".to_owned(),
        disabled_at: None,
        created_at: OffsetDateTime::UNIX_EPOCH,
    };
    Actor::Person(Person {
        account,
        memberships: memberships.collect(),
        session_id: String::new(),
    })
}

fn assignment(role: &str, account: Option<&str>, organisation: Option<&str>) -> AssignmentRow {
    AssignmentRow {
        id: role.to_owned(),
        case_id: CASE.to_owned(),
        role: role.to_owned(),
        account_id: account.map(str::to_owned),
        organisation_id: organisation.map(str::to_owned),
        since_seq: 1,
        until_seq: None,
    }
}

fn party(role: &str) -> PartyRow {
    PartyRow {
        id: role.to_owned(),
        case_id: CASE.to_owned(),
        role: role.to_owned(),
        account_id: Some(PERSON.to_owned()),
        name: None,
        contact: None,
        erased_at: None,
    }
}

fn case(definition: &Definition, organisation: &str, filer: Option<&str>) -> CaseRow {
    CaseRow {
        id: CASE.to_owned(),
        number: String::new(),
        procedure: definition.key.clone(),
        procedure_version: definition.version.into(),
        definition_hash: definition.hash.clone(),
        organisation_id: organisation.to_owned(),
        filed_at: OffsetDateTime::UNIX_EPOCH,
        opened_at: OffsetDateTime::UNIX_EPOCH,
        closed_at: None,
        version: 1,
        seq: 1,
        status: CaseStatus::Open,
        phase: String::new(),
        states: Vec::new(),
        remembered: serde_json::json!({}),
        data: Json::Null,
        clocks: Json::Null,
        next_due_at: None,
        head: String::new(),
        state_hash: String::new(),
        filing_mode: FilingMode::Named,
        receipt_hash: None,
        filer_account_id: filer.map(str::to_owned),
        opened_by_case: None,
    }
}
