//! The world in which canaries are planted: who is who, which cases there are, where each canary lies and for whom.

use zhengming::{
    access::{self, Actor, Person},
    jobs,
    service::watches::{self, NewWatch},
    store::{AccountRow, MembershipRow, OrganisationRow},
};
use zhengming_engine::definition::model::{Definition, RoleKind};

use crate::{
    api::client::Api,
    database::Database,
    town::{ASSOCIATION, BUREAU, DISTRICT, POLICE, PROCURATORATE, START, Town},
};

/// A district beside the one that handles most cases.
pub(super) const OTHER: &str = "other";
pub(super) const COURT: &str = "court";
pub(super) const CONSUMERS: &str = "consumers";
pub(super) const PLATFORM: &str = "platform";
pub(super) const CENTRE: &str = "centre";

/// Organisations: id, kind, the one above.
const ORGANISATIONS: [(&str, &str, Option<&str>); 5] = [
    (OTHER, "market_regulation", Some(BUREAU)),
    (COURT, "court", None),
    (CONSUMERS, "consumer_association", None),
    (PLATFORM, "platform", None),
    (CENTRE, "ip_centre", None),
];

/// Somebody with an account.
pub(super) struct Somebody {
    pub(super) name: &'static str,
    organisation: &'static str,
    pub(super) role: Option<&'static str>,
}

const fn somebody(name: &'static str, organisation: &'static str, role: Option<&'static str>) -> Somebody {
    Somebody {
        name,
        organisation,
        role,
    }
}

/// Everybody: those of the town, and those who are more. `trader` is the respondent of the complaint and of the mediation.
pub(super) const PEOPLE: [Somebody; 24] = [
    somebody("intake", BUREAU, Some("intake_officer")),
    somebody("officer", DISTRICT, Some("case_officer")),
    somebody("colleague", DISTRICT, Some("case_officer")),
    somebody("head", DISTRICT, Some("head")),
    somebody("superior", BUREAU, Some("superior_officer")),
    somebody("mediator", ASSOCIATION, Some("mediator")),
    somebody("policeman", POLICE, Some("police_officer")),
    somebody("procurator", PROCURATORATE, Some("procurator")),
    somebody("stranger", ASSOCIATION, Some("analyst")),
    somebody("consumer", BUREAU, None),
    somebody("reporter", BUREAU, None),
    somebody("trader", BUREAU, None),
    somebody("owner", BUREAU, None),
    somebody("neighbour", OTHER, Some("case_officer")),
    somebody("neighbour_head", OTHER, Some("head")),
    somebody("body", ASSOCIATION, Some("mediation_body")),
    somebody("association", CONSUMERS, Some("mediation_body")),
    somebody("association_head", CONSUMERS, Some("mediation_head")),
    somebody("judge", COURT, Some("judge")),
    somebody("platform", PLATFORM, Some("platform_officer")),
    somebody("centre", CENTRE, Some("case_officer")),
    somebody("administrator", BUREAU, Some("administrator")),
    somebody("auditor", BUREAU, Some("auditor")),
    somebody("analyst", BUREAU, Some("analyst")),
];

/// A case, and who has to do with it by the law: said here, not read from the rows that the code decides by.
pub(super) struct Told {
    pub(super) label: &'static str,
    pub(super) id: String,
    pub(super) number: String,
    pub(super) receipt: Option<String>,
    pub(super) procedure: String,
    /// The organisation that has it.
    pub(super) at: &'static str,
    /// The one that took it in: it is reported back to.
    pub(super) took_in: &'static str,
    /// Who is a party, by role.
    pub(super) parties: Vec<(String, &'static str)>,
    /// Roles in which an organisation takes part that does not have the case.
    pub(super) entrusted: Vec<(&'static str, &'static str)>,
}

/// One place where a canary lies: a case, and the roles that may read it there beside those who handle it.
pub(super) struct Lie {
    pub(super) case: usize,
    pub(super) readers: Vec<String>,
}

/// A canary.
pub(super) struct Planted {
    pub(super) what: String,
    /// None: an identity, which nobody reads.
    pub(super) lies: Vec<Lie>,
    /// Of which case and field, where it is an answer.
    pub(super) answer: Option<(usize, String)>,
}

pub(super) struct World {
    pub(super) api: Api,
    pub(super) cases: Vec<Told>,
    pub(super) planted: Vec<Planted>,
    pub(super) definitions: Vec<std::sync::Arc<Definition>>,
}

impl World {
    pub(super) async fn found(database: Database) -> Self {
        let mut town = Box::pin(Town::found(database)).await;
        let ample = |door: &str| (format!("ZHENGMING_LIMITS__{door}__BURST"), "100000".to_owned());
        let limits = ["GRAPHQL_ANONYMOUS", "GRAPHQL_SIGNED_IN", "PAGE", "RECEIPT_LOOKUP"].map(ample);
        let limits: Vec<(&str, String)> = limits.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
        town.clock.advance(std::time::Duration::from_secs(60));
        let app = Box::pin(town.started_under(&limits)).await;
        town = town.moved_to(app);
        for (id, kind, parent) in ORGANISATIONS {
            let row = OrganisationRow {
                id: id.to_owned(),
                key: id.to_owned(),
                name_zh: format!("样例{id}"),
                name_en: format!("Sample {id}"),
                kind: kind.to_owned(),
                parent_id: parent.map(str::to_owned),
                division_code: "420100".to_owned(),
            };
            town.app.store.put_organisation(row).await.expect("an organisation");
        }
        town.app.reload_organisations().await.expect("organisations");
        for person in &PEOPLE {
            if !town.people.contains_key(person.name) {
                let roles: Vec<&str> = person.role.into_iter().collect();
                let actor = town.person(person.name, person.organisation, &roles).await;
                town.people.insert(person.name, actor);
            }
        }
        let api = Box::pin(Api::of(town)).await;
        let mut world = Self {
            api,
            cases: Vec::new(),
            planted: Vec::new(),
            definitions: Vec::new(),
        };
        world.watch().await;
        Box::pin(world.complaint()).await;
        Box::pin(world.reports()).await;
        Box::pin(world.penalty()).await;
        Box::pin(world.handling()).await;
        Box::pin(world.mediation()).await;
        Box::pin(world.others()).await;
        for _ in 0..3 {
            jobs::run_due(&world.town().app).await.expect("jobs");
            jobs::catch_up(&world.town().app).await.expect("caught up");
        }
        world
    }

    pub(super) fn town(&self) -> &Town {
        &self.api.town
    }

    /// Cases with a receipt.
    pub(super) fn receipts(&self) -> impl Iterator<Item = (&Told, &str)> {
        self.cases
            .iter()
            .filter_map(|told| Some((told, told.receipt.as_deref()?)))
    }

    // --- the law

    /// Whether somebody may see a canary somewhere. A holder of a receipt is named by the label of the case.
    pub(super) fn may_see(&self, who: &str, planted: &Planted) -> bool {
        planted.lies.iter().any(|lie| {
            let told = &self.cases[lie.case];
            let party = |role: &String| {
                let holds_receipt = who == told.label && self.definitions[lie.case].filers().any(|r| r == role);
                holds_receipt || told.parties.iter().any(|(r, person)| r == role && *person == who)
            };
            if lie.readers.iter().any(party) {
                return true;
            }
            // One's own matter is no matter for one's office.
            if told.parties.iter().any(|(_, person)| *person == who) {
                return false;
            }
            let person = PEOPLE.iter().find(|person| person.name == who);
            let office = person.and_then(|person| Some((person.organisation.to_owned(), person.role?.to_owned())));
            office.is_some_and(|office| self.office_may_see(&[office], lie))
        })
    }

    /// Whether those who hold these roles in these organisations may see what lies there: who has the case, who took it in, who
    /// is above; and whom it is entrusted to, what is for them or for all parties.
    pub(super) fn office_may_see(&self, offices: &[(String, String)], lie: &Lie) -> bool {
        let told = &self.cases[lie.case];
        let definition = &self.definitions[lie.case];
        let kind = |role: &str| definition.roles.get(role).map(|role| role.kind);
        let above = |upper: &str| upper == BUREAU && [DISTRICT, OTHER].contains(&told.at);
        offices.iter().any(|(organisation, role)| {
            let handles = match kind(role) {
                Some(RoleKind::Staff) => organisation == told.at || organisation == told.took_in || above(organisation),
                Some(RoleKind::Liaison) => above(organisation),
                _ => false,
            };
            let entrusted = told.entrusted.iter().any(|(to, part)| {
                let mine = organisation == to && (role == part || role == "mediator");
                let parties: Vec<&String> = definition
                    .roles
                    .iter()
                    .filter(|(_, role)| role.kind == RoleKind::Party)
                    .map(|(role, _)| role)
                    .collect();
                let for_all = !parties.is_empty() && parties.iter().all(|party| lie.readers.contains(party));
                mine && (kind(part) == Some(RoleKind::Staff) || for_all || lie.readers.iter().any(|r| r == part))
            });
            handles || entrusted
        })
    }

    /// Somebody with each role in each organisation, who may have no account.
    pub(super) fn everybody(&self) -> Vec<(String, String, Actor)> {
        let app = &self.town().app;
        let mut people = Vec::new();
        for organisation in app.organisations().iter() {
            for role in access::grantable(&app.pack()) {
                let id = format!("{role}-{}", organisation.id);
                let account = AccountRow {
                    id: id.clone(),
                    login: String::new(),
                    display_name: String::new(),
                    password_hash: String::new(),
                    mail: None,
                    locale: "zh".to_owned(),
                    disabled_at: None,
                    created_at: START,
                };
                let membership = MembershipRow {
                    id: id.clone(),
                    account_id: id.clone(),
                    organisation_id: organisation.id.clone(),
                    role: role.to_owned(),
                    granted_at: START,
                    revoked_at: None,
                };
                let person = Person {
                    account,
                    memberships: vec![membership],
                    session_id: String::new(),
                };
                people.push((organisation.id.clone(), role.to_owned(), Actor::Person(person)));
            }
        }
        people
    }

    /// Whoever may watch a name watches one that the canaries lean on.
    async fn watch(&self) {
        let mut watching = 0;
        for person in &PEOPLE {
            let new = NewWatch {
                mark_id: None,
                name: Some("cnry01".to_owned()),
                classes: Vec::new(),
                threshold: 0.3,
            };
            let town = self.town();
            let begun = watches::watch_mark(&town.app, town.who(person.name), new, &town.key()).await;
            watching += usize::from(begun.is_ok());
        }
        assert!(watching > 10, "only {watching} may watch a name");
    }
}
