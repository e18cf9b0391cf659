//! Canaries: how they are planted, and what is noted of each.

use sea_orm::ConnectionTrait as _;
use serde_json::{Map, Value, json};
use zhengming::service::{
    case_view,
    contributions::{self, ContributionRequest},
};
use zhengming_engine::{
    contribution::{Contribution, EvidenceFile, EvidenceItem, EvidenceKind, Message},
    decide::pages_on_filing,
    definition::model::{Days, Definition, FieldKind, FilingMode, FormField, RoleKind, SearchedAs, Storage},
};

use super::world::{Lie, PEOPLE, Planted, Told, World};

/// What a canary looks like: nothing else in the tests does.
fn mark(n: usize) -> String {
    format!("cnry{n:03}q")
}

/// The same as a telephone number.
fn number(n: usize) -> String {
    format!("1397741{n:04}")
}

impl World {
    fn plant(&mut self, what: String, lies: Vec<Lie>, answer: Option<(usize, String)>) -> usize {
        self.planted.push(Planted { what, lies, answer });
        self.planted.len() - 1
    }

    /// Answers to a form: a canary wherever somebody can write what they like, else something of the right type. `case` is
    /// the case's place in the list.
    fn answers(&mut self, case: usize, label: &str, definition: &Definition, form: &[FormField]) -> Map<String, Value> {
        let mut fields = Map::new();
        for asked in form {
            let field = &definition.fields[&asked.field];
            let free = matches!(
                field.kind,
                FieldKind::Text { .. } | FieldKind::LongText { .. } | FieldKind::Phone | FieldKind::Mail
            );
            if free {
                let lies = match field.storage {
                    Storage::Identity => Vec::new(),
                    _ => vec![Lie {
                        case,
                        readers: field.readers.clone(),
                    }],
                };
                let answer = Some((case, asked.field.clone()));
                let n = self.plant(format!("{label}.{}", asked.field), lies, answer);
                let value = match (&field.kind, field.search) {
                    (FieldKind::Phone, _) => number(n),
                    (FieldKind::Mail, _) => format!("{}@example.cn", mark(n)),
                    (_, Some(SearchedAs::WebAddress)) => format!("https://{}.example.cn/1", mark(n)),
                    _ => mark(n),
                };
                fields.insert(asked.field.clone(), json!(value));
            } else if asked.required {
                fields.insert(asked.field.clone(), self.value(&asked.field, &field.kind));
            }
        }
        fields
    }

    fn value(&self, name: &str, kind: &FieldKind) -> Value {
        match kind {
            FieldKind::Bool => json!(!matches!(name, "filed_by_agent" | "joint" | "other_proceedings")),
            FieldKind::Choice(choices) => json!(choices[0].key),
            FieldKind::Choices(choices) => json!([choices[0].key]),
            FieldKind::Date { days: Days::Past } => json!("2026-09-01"),
            FieldKind::Date { .. } => json!("2026-11-20"),
            FieldKind::Integer { min, .. } => json!(min),
            FieldKind::Money => json!(19_900),
            FieldKind::Division => json!("420102"),
            FieldKind::Organisation { kinds } => {
                let organisations = self.town().app.organisations();
                let fits = organisations
                    .iter()
                    .find(|o| kinds.is_empty() || kinds.contains(&o.kind));
                json!(fits.expect("an organisation of the kind").id)
            }
            FieldKind::Account { .. } => json!(self.town().who("officer").account_id()),
            _ => json!("样例"),
        }
    }

    /// Files with a canary in every answer; the case's place in the list.
    pub(super) async fn file(
        &mut self,
        label: &'static str,
        procedure: &str,
        mode: FilingMode,
        who: &'static str,
        at: &'static str,
        more: Value,
    ) -> usize {
        let case = self.cases.len();
        let definition = self.in_force(procedure);
        let more = more.as_object().cloned().unwrap_or_default();
        let mut fields = more.clone();
        for page in &definition.filing.pages {
            let pages = pages_on_filing(&definition, mode, |_| true, &fields);
            let asked = pages.into_iter().filter(|(asked, _)| asked.key == page.key);
            let form: Vec<FormField> = asked.flat_map(|(_, questions)| questions).collect();
            fields.extend(self.answers(case, label, &definition, &form));
            fields.extend(more.clone());
        }
        let request = zhengming::service::intake::FileRequest {
            procedure: procedure.to_owned(),
            mode,
            fields,
            idempotency_key: self.town().key(),
        };
        let filed = zhengming::service::intake::file(&self.town().app, self.town().who(who), request).await;
        let filed = filed.unwrap_or_else(|error| panic!("{who} files {label}: {error:?}"));
        let is_party = PEOPLE
            .iter()
            .find(|person| person.name == who)
            .is_some_and(|p| p.role.is_none());
        let filer = definition.filers().next().cloned();
        let parties = filer
            .filter(|_| is_party && mode == FilingMode::Named)
            .map(|role| (role, who));
        self.cases.push(Told {
            label,
            id: filed.case_id,
            number: filed.number,
            receipt: is_party.then_some(filed.receipt),
            procedure: procedure.to_owned(),
            at,
            took_in: at,
            parties: parties.into_iter().collect(),
            entrusted: Vec::new(),
        });
        self.definitions.push(definition);
        case
    }

    pub(super) fn in_force(&self, procedure: &str) -> std::sync::Arc<Definition> {
        let today = zhengming_engine::clock::local_date(self.town().app.now()).expect("a day");
        let pack = self.town().app.pack();
        pack.in_force(procedure, today).expect("a procedure in force").clone()
    }

    /// Sends an event with a canary in every answer that can be one, under the names of `more` what is wanted.
    pub(super) async fn act(&mut self, case: usize, who: &str, event: &str, more: Value) {
        let definition = self.definitions[case].clone();
        let label = format!("{} {event}", self.cases[case].label);
        let given = more.as_object().cloned().unwrap_or_default();
        let form: Vec<FormField> = definition.events[event]
            .form
            .iter()
            .filter(|asked| !given.contains_key(&asked.field))
            .cloned()
            .collect();
        let mut fields = self.answers(case, &label, &definition, &form);
        fields.extend(given);
        let id = self.cases[case].id.clone();
        self.api.town.send(who, &id, event, Value::Object(fields)).await;
    }

    /// Adds what is told and shown on a case: a message of the sender and an item of evidence.
    pub(super) async fn add(&mut self, case: usize, who: &str, role: &str, readers: &[&str]) {
        let readers: Vec<String> = readers.iter().map(|r| (*r).to_owned()).collect();
        let id = self.cases[case].id.clone();
        let label = self.cases[case].label;
        let mut all = readers.clone();
        all.push(role.to_owned());
        let mut planted: Vec<String> = Vec::new();
        for part in ["message", "title", "description", "keeper", "page", "file"] {
            let lie = Lie {
                case,
                readers: all.clone(),
            };
            let n = self.plant(format!("{label}, {part} of {who}"), vec![lie], None);
            planted.push(mark(n));
        }
        let is_party = self.definitions[case].roles.get(role).map(|r| r.kind) == Some(RoleKind::Party);
        let message = Message {
            to: readers.clone(),
            text: planted[0].clone(),
        };
        let evidence = EvidenceItem {
            title: planted[1].clone(),
            kind: EvidenceKind::Documentary,
            description: Some(planted[2].clone()),
            kept_by: Some(planted[3].clone()),
            web_address: Some(format!("https://{}.example.cn/", planted[4])),
            file: Some(EvidenceFile {
                name: planted[5].clone(),
                sha256: "0".repeat(64),
                size: 1,
            }),
            obtained_on: None,
            readers: if is_party { Vec::new() } else { readers.clone() },
        };
        let actor = match who.strip_prefix("receipt ") {
            Some(_) => {
                let told = &self.cases[case];
                let receipt = told.receipt.as_deref().expect("a receipt");
                case_view::receipt(&self.town().app, &told.number, receipt)
                    .await
                    .expect("it opens")
            }
            None => self.town().who(who).clone(),
        };
        let mut added = vec![Contribution::Evidence(evidence)];
        if is_party || !readers.is_empty() {
            added.push(Contribution::Message(message));
        } else {
            // Nobody to write to: the message is not sent, and nothing of it is expected anywhere.
            let n = self.planted.len() - 6;
            self.planted[n].lies.clear();
        }
        for contribution in added {
            let request = ContributionRequest {
                case_id: id.clone(),
                contribution,
                idempotency_key: self.town().key(),
            };
            let done = contributions::contribute(&self.town().app, &actor, request).await;
            done.unwrap_or_else(|error| panic!("{who} adds to {label}: {error:?}"));
        }
    }

    /// The case that `from` opened last under a link. `crosses` are the answers that go along: (there, here).
    pub(super) async fn opened(
        &mut self,
        from: usize,
        label: &'static str,
        link: &str,
        at: &'static str,
        crosses: &[(&str, &str)],
    ) {
        let id = self.cases[from].id.clone();
        let store = &self.town().app.store;
        let links = store.links_of(std::slice::from_ref(&id)).await.expect("links");
        let link = links.iter().rfind(|l| l.kind == link && l.from_case == id);
        let case = store.case(&link.expect("a link").to_case).await.expect("read");
        let case = case.expect("the case");
        let definition = self.in_force(&case.procedure);
        let n = self.cases.len();
        for planted in &mut self.planted {
            let Some((_, field)) = planted.answer.as_ref().filter(|(case, _)| *case == from) else {
                continue;
            };
            let target = crosses.iter().find(|(_, own)| own == field);
            if let Some((target, _)) = target {
                planted.lies.push(Lie {
                    case: n,
                    readers: definition.fields[*target].readers.clone(),
                });
            }
        }
        self.cases.push(Told {
            label,
            id: case.id,
            number: case.number,
            receipt: None,
            procedure: case.procedure,
            at,
            took_in: self.cases[from].at,
            parties: Vec::new(),
            entrusted: Vec::new(),
        });
        self.definitions.push(definition);
    }

    /// Makes somebody a party of a case, as whoever answers a letter of the office becomes one.
    pub(super) async fn joined(&mut self, case: usize, role: &str, who: &'static str) {
        let account = self.town().who(who).account_id().expect("an account").to_owned();
        let id = self.cases[case].id.clone();
        let connection = sea_orm::Database::connect(&self.town().database.url)
            .await
            .expect("a connection");
        let row = format!(
            "insert into party (id, case_id, role, account_id) values ('party-{case}-{role}', '{id}', '{role}', '{account}')"
        );
        connection.execute_unprepared(&row).await.expect("a party");
        self.cases[case].parties.push((role.to_owned(), who));
    }
}
