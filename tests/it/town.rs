//! A small town on a database of the test's own: a bureau with a district, a mediation body, and who works there.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, macros::datetime};
use zhengming::{
    access::{Actor, Person},
    app::SharedApp,
    backends::{self, Surroundings},
    clock::{SeededEntropy, TestClock},
    config::{Config, Flags},
    mail::Mailer,
    service::{
        accounts,
        cases::{self, TransitionRequest},
        contributions::{self, ContributionRequest},
        intake::{self, FileRequest, Filed},
    },
    store::{MembershipRow, OrganisationRow},
};
use zhengming_engine::{
    contribution::{Contribution, EvidenceItem, EvidenceKind},
    definition::model::{FieldKind, FilingMode},
    pack::Pack,
};

use crate::database::Database;

/// The bureau that takes filings in.
pub(crate) const BUREAU: &str = "bureau";
/// A district below it.
pub(crate) const DISTRICT: &str = "district";
/// The city's public security.
pub(crate) const POLICE: &str = "police";
/// The city's procuratorate.
pub(crate) const PROCURATORATE: &str = "procuratorate";
/// An association that mediates.
pub(crate) const ASSOCIATION: &str = "association";

/// When the tests begin.
pub(crate) const START: OffsetDateTime = datetime!(2026-09-23 09:00 +8);

pub(crate) struct Town {
    pub(crate) app: SharedApp,
    pub(crate) clock: TestClock,
    pub(crate) people: BTreeMap<&'static str, Actor>,
    /// Kept so that the database lives as long as the town.
    pub(crate) database: Database,
    keys: std::sync::atomic::AtomicU64,
}

impl Town {
    pub(crate) async fn found(database: Database) -> Self {
        Box::pin(Self::found_with(database, None)).await
    }

    pub(crate) async fn found_with(database: Database, mailer: Option<Arc<dyn Mailer>>) -> Self {
        let mut town = Self::empty(database, mailer).await;
        town.settle().await;
        town
    }

    /// Without anybody or anything in it: a new installation.
    pub(crate) async fn empty(database: Database, mailer: Option<Arc<dyn Mailer>>) -> Self {
        let clock = TestClock::at(START);
        let app = open(&database, &clock, mailer, None, &[]).await;
        Self {
            app,
            clock,
            people: BTreeMap::new(),
            database,
            keys: 0.into(),
        }
    }

    /// Another process on the same data, with a domain pack of its own.
    pub(crate) async fn started_with(&self, pack: Pack) -> SharedApp {
        Box::pin(open(&self.database, &self.clock, None, Some(Arc::new(pack)), &[])).await
    }

    /// Another process on the same data, with the domain pack of a folder.
    pub(crate) async fn started_on(&self, folder: &Path, two_persons: bool) -> SharedApp {
        let settings = [
            ("ZHENGMING_WORKFLOWS_DIR", folder.display().to_string()),
            ("ZHENGMING_WORKFLOWS__TWO_PERSONS", two_persons.to_string()),
        ];
        Box::pin(open(&self.database, &self.clock, None, None, &settings)).await
    }

    /// Another process on the same data, with settings of its own.
    pub(crate) async fn started_under(&self, settings: &[(&str, String)]) -> SharedApp {
        open(&self.database, &self.clock, None, None, settings).await
    }

    /// The same town after its process ended and another one began, with a domain pack of its own.
    pub(crate) async fn restarted_with(self, pack: Pack) -> Self {
        // Ids begin with the moment: those of the new process are others.
        self.clock.advance(std::time::Duration::from_secs(60));
        let app = self.started_with(pack).await;
        self.moved_to(app)
    }

    /// The same town, which works with another process from now on.
    pub(crate) fn moved_to(self, app: SharedApp) -> Self {
        Self { app, ..self }
    }

    async fn settle(&mut self) {
        for (id, kind, parent) in [
            (BUREAU, "market_regulation", None),
            (DISTRICT, "market_regulation", Some(BUREAU)),
            (ASSOCIATION, "mediation_body", None),
            (POLICE, "police", None),
            (PROCURATORATE, "procuratorate", None),
        ] {
            let row = OrganisationRow {
                id: id.to_owned(),
                key: id.to_owned(),
                name_zh: format!("样例{id}"),
                name_en: format!("Sample {id}"),
                kind: kind.to_owned(),
                parent_id: parent.map(str::to_owned),
                division_code: "420100".to_owned(),
            };
            self.app.store.put_organisation(row).await.expect("an organisation");
        }
        self.app.reload_organisations().await.expect("organisations");
        for (name, place, roles) in [
            ("intake", BUREAU, &["intake_officer"][..]),
            ("officer", DISTRICT, &["case_officer"]),
            ("colleague", DISTRICT, &["case_officer"]),
            ("head", DISTRICT, &["head"]),
            ("superior", BUREAU, &["superior_officer"]),
            ("mediator", ASSOCIATION, &["mediator"]),
            ("policeman", POLICE, &["police_officer"]),
            ("procurator", PROCURATORATE, &["procurator"]),
            ("stranger", ASSOCIATION, &["analyst"]),
            ("consumer", BUREAU, &[]),
        ] {
            let person = self.person(name, place, roles).await;
            self.people.insert(name, person);
        }
    }

    /// Somebody more.
    pub(crate) async fn person(&self, name: &str, place: &str, roles: &[&str]) -> Actor {
        let account = accounts::create(
            &self.app,
            accounts::NewAccount {
                login: name.to_owned(),
                display_name: format!("样例 {name}"),
                password: format!("the {} of a sample town 42", "secret"),
                mail: Some(format!("{name}@example.cn")),
                locale: "zh".to_owned(),
            },
        )
        .await
        .expect("an account");
        let mut memberships = Vec::new();
        for role in roles {
            accounts::grant(&self.app, &account.id, place, role)
                .await
                .expect("a role");
            memberships.push(MembershipRow {
                id: format!("{name}-{role}"),
                account_id: account.id.clone(),
                organisation_id: place.to_owned(),
                role: (*role).to_owned(),
                granted_at: START,
                revoked_at: None,
            });
        }
        Actor::Person(Person {
            account,
            memberships,
            session_id: name.to_owned(),
        })
    }

    /// Somebody of the town.
    pub(crate) fn who(&self, name: &str) -> &Actor {
        &self.people[name]
    }

    pub(crate) fn key(&self) -> String {
        let n = self.keys.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("a-key-of-the-tests-{n:08}")
    }

    /// Answers of the right type to every required question of a filing form.
    pub(crate) fn answers(&self, procedure: &str) -> Map<String, Value> {
        let today = zhengming_engine::clock::local_date(self.app.clock.now()).expect("a day");
        let pack = self.app.pack();
        let definition = pack.in_force(procedure, today).expect("a procedure in force");
        let value = |name: &str| match &definition.fields[name].kind {
            FieldKind::Bool => json!(!matches!(name, "filed_by_agent" | "joint" | "wants_reopening")),
            FieldKind::Choice(choices) => json!(choices[0].key),
            FieldKind::Choices(choices) => json!([choices[0].key]),
            FieldKind::Date { .. } => json!("2026-09-01"),
            FieldKind::Integer { min, .. } => json!(min),
            FieldKind::Money => json!(19_900),
            FieldKind::Division => json!("420102"),
            FieldKind::Phone => json!("02700000000"),
            FieldKind::Mail => json!("filer@example.cn"),
            _ => json!("样例"),
        };
        definition
            .filing
            .form()
            .filter(|f| f.required)
            .map(|f| (f.field.clone(), value(&f.field)))
            .collect()
    }

    pub(crate) async fn file(&self, who: &Actor, procedure: &str, mode: FilingMode, more: Value) -> Filed {
        let mut fields = self.answers(procedure);
        if mode == FilingMode::Anonymous {
            fields.retain(|name, _| !name.starts_with("filer_"));
        }
        fields.extend(more.as_object().cloned().unwrap_or_default());
        let request = FileRequest {
            procedure: procedure.to_owned(),
            mode,
            fields,
            idempotency_key: self.key(),
        };
        intake::file(&self.app, who, request)
            .await
            .unwrap_or_else(|error| panic!("filing {procedure}: {error:?}"))
    }

    pub(crate) async fn try_send(
        &self,
        who: &Actor,
        case_id: &str,
        event: &str,
        fields: Value,
    ) -> zhengming::service::Result<i64> {
        let version = self
            .app
            .store
            .case(case_id)
            .await
            .expect("the database")
            .map_or(0, |case| case.version);
        let request = TransitionRequest {
            case_id: case_id.to_owned(),
            event: event.to_owned(),
            fields: fields.as_object().cloned().unwrap_or_default(),
            expected_version: version,
            idempotency_key: self.key(),
        };
        cases::perform(&self.app, who, request).await
    }

    pub(crate) async fn send(&self, who: &str, case_id: &str, event: &str, fields: Value) {
        let sent = self.try_send(self.who(who), case_id, event, fields).await;
        sent.unwrap_or_else(|error| panic!("{who} sends {event}: {error:?}"));
    }

    /// Adds a piece of evidence to a case.
    pub(crate) async fn prove(&self, who: &str, case_id: &str, kind: EvidenceKind) {
        let request = ContributionRequest {
            case_id: case_id.to_owned(),
            contribution: Contribution::Evidence(EvidenceItem::called_after(kind)),
            idempotency_key: self.key(),
        };
        let added = contributions::contribute(&self.app, self.who(who), request).await;
        added.unwrap_or_else(|error| panic!("{who} adds evidence: {error:?}"));
    }

    pub(crate) async fn states(&self, case_id: &str) -> Vec<String> {
        self.app
            .store
            .case(case_id)
            .await
            .expect("the database")
            .expect("the case")
            .states
    }
}

async fn open(
    database: &Database,
    clock: &TestClock,
    mailer: Option<Arc<dyn Mailer>>,
    pack: Option<Arc<Pack>>,
    settings: &[(&str, String)],
) -> SharedApp {
    let environment = [
        ("ZHENGMING_DATABASE__URL", database.url.as_str()),
        ("ZHENGMING_PASSWORD__MEMORY_KIB", "64"),
        ("ZHENGMING_PASSWORD__ITERATIONS", "1"),
    ];
    let environment = environment.map(|(k, v)| (k.to_owned(), v.to_owned()));
    let settings = settings.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
    let flags = Flags {
        data_dir: Some(database.dir.path().join("data")),
        ..Flags::default()
    };
    backends::open(Surroundings {
        config: Config::load(&flags, environment.into_iter().chain(settings)).expect("a configuration for tests"),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(7)),
        pack,
        mailer,
    })
    .await
    .expect("the application opens")
}
