//! Answers to forms: from the situation of a case, from tables, else any value that the field takes.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use time::{Date, Duration};
use zhengming_engine::{
    decide,
    definition::model::{Definition, Field, FieldKind, FilingMode, FormField},
    form,
};

use super::data::{Data, Filer, Situation};

/// Ids by what the data call them: `organisation:KEY`, `account:LOGIN`.
pub(super) type Names = BTreeMap<String, String>;

/// Answers for the cases of the demo.
pub(super) struct Answers<'d> {
    pub(super) data: &'d Data,
    pub(super) names: &'d Names,
}

/// One case's own facts.
#[derive(Clone)]
pub(super) struct Sheet {
    /// Turns the wheel of alternatives, so that cases differ.
    pub(super) turn: usize,
    /// Id of the organisation that is competent.
    pub(super) organisation: String,
    /// Values by field, from the situation and the filer.
    pub(super) known: Map<String, Json>,
}

impl Answers<'_> {
    /// The facts of the `turn`-th case, about `situation`.
    pub(super) fn sheet(&self, procedure: &str, situation: &Situation, turn: usize) -> Sheet {
        let filers = &self.data.filers;
        let mut known = Map::new();
        if let Some(filer) = filers.get(turn % filers.len().max(1)) {
            known.extend(person(filer));
        }
        known.extend(subject(situation));
        known.extend(self.places(situation));
        for part in ["facts", "basis"] {
            let texts = self
                .data
                .texts
                .get(&format!("{procedure}_{part}"))
                .map_or(&[] as &[String], Vec::as_slice);
            if let Some(text) = texts.get(turn % texts.len().max(1)) {
                known.insert(part.to_owned(), json!(filled(text, situation)));
            }
        }
        let organisation = self.name(&format!("organisation:{}", situation.district));
        Sheet {
            turn,
            organisation,
            known,
        }
    }

    /// Where it is, by the code of the district: what officers are told of the competent office comes from it.
    fn places(&self, situation: &Situation) -> Map<String, Json> {
        let mut offices = self.data.organisations.iter();
        let Some(office) = offices.find(|office| office.key == situation.district) else {
            return Map::new();
        };
        let shown = situation.online.is_some().then_some("shown_division");
        let places = ["act_division", "business_division"].into_iter().chain(shown);
        places.map(|place| (place.to_owned(), json!(office.code))).collect()
    }

    /// Answers to the filing form; what only some who file are asked is told by the story.
    pub(super) fn filing(
        &self,
        definition: &Definition,
        mode: FilingMode,
        sheet: &Sheet,
        today: Date,
    ) -> Map<String, Json> {
        let mut answers = Map::new();
        loop {
            // Answers to earlier pages decide which later ones are asked.
            let asked = decide::asked_on_filing(definition, mode, |_| false, &answers);
            let more = self.form(definition, &asked, sheet, true, today);
            if more.len() <= answers.len() {
                return answers;
            }
            answers = more;
        }
    }

    /// Answers to a form. Optional fields are answered on filing, where the case's own facts say something.
    pub(super) fn form(
        &self,
        definition: &Definition,
        asked: &[FormField],
        sheet: &Sheet,
        filing: bool,
        today: Date,
    ) -> Map<String, Json> {
        let mut answers = Map::new();
        let receiver = self.receiver(definition, sheet, today);
        for asked in asked {
            let Some(field) = definition.fields.get(&asked.field) else {
                continue;
            };
            let own = sheet
                .known
                .get(&asked.field)
                .and_then(|v| self.value(field, v, today))
                .filter(|_| filing);
            let value = match own {
                Some(value) => Some(value),
                None if asked.required => {
                    self.table(&definition.key, field, sheet, today, &asked.field)
                        .or_else(|| match &field.kind {
                            FieldKind::Account { role } => {
                                let offices = receiver.iter().chain([&sheet.organisation]);
                                self.account(role, asked.field.ends_with("_two"), offices)
                            }
                            _ => self.any(field, sheet, today),
                        })
                }
                None => None,
            };
            if let Some(value) = value {
                answers.insert(asked.field.clone(), value);
            }
        }
        answers
    }

    /// A value from the data as the field takes it: names become ids, days become dates. `None`: it does not fit.
    pub(super) fn value(&self, field: &Field, written: &Json, today: Date) -> Option<Json> {
        let value = match (&field.kind, written.as_str()) {
            (FieldKind::Date { .. }, Some(days)) => {
                let days = days.parse().ok()?;
                json!(today.checked_add(Duration::days(days))?.to_string())
            }
            (FieldKind::Account { role }, Some(name)) => {
                let login = name.strip_prefix("account:")?;
                let account = self.data.accounts.iter().find(|account| account.login == login)?;
                account.holds(role).then_some(())?;
                json!(self.names.get(name)?)
            }
            (FieldKind::Organisation { .. }, Some(name)) => json!(self.names.get(name)?),
            _ => written.clone(),
        };
        form::accepts(&field.kind, &value).is_ok().then_some(value)
    }

    fn name(&self, name: &str) -> String {
        self.names.get(name).cloned().unwrap_or_default()
    }

    /// One of the values that the data have for a field, those of the procedure (`PROCEDURE_FIELD`) before those of all: by
    /// turns, but an officer is the first who fits, because the data name those of the case's own office before others.
    fn table(&self, procedure: &str, field: &Field, sheet: &Sheet, today: Date, name: &str) -> Option<Json> {
        let answers = &self.data.answers;
        let own = answers.get(&format!("{procedure}_{name}"));
        let written = own.or_else(|| answers.get(name))?.iter();
        let fit: Vec<Json> = written
            .filter_map(|written| self.value(field, &self.of_office(written, sheet), today))
            .collect();
        let turn = match field.kind {
            FieldKind::Account { .. } => 0,
            _ => sheet.turn % fit.len().max(1),
        };
        fit.get(turn).cloned()
    }

    /// A value with the key of the competent organisation in the place of `{office}`.
    fn of_office(&self, written: &Json, sheet: &Sheet) -> Json {
        let Some(text) = written.as_str().filter(|text| text.contains("{office}")) else {
            return written.clone();
        };
        let organisation = self.names.iter().find_map(|(name, id)| {
            let key = name.strip_prefix("organisation:")?;
            (*id == sheet.organisation).then_some(key)
        });
        json!(text.replace("{office}", organisation.unwrap_or_default()))
    }

    /// The competent organisation, if it is of one of the kinds, else the first that is.
    fn organisation(&self, kinds: &[String], sheet: &Sheet) -> Option<String> {
        let fits = |kind: &String| kinds.is_empty() || kinds.contains(kind);
        let fit = self
            .data
            .organisations
            .iter()
            .filter(|organisation| fits(&organisation.kind));
        let ids: Vec<String> = fit
            .map(|organisation| self.name(&format!("organisation:{}", organisation.key)))
            .collect();
        ids.iter()
            .find(|id| **id == sheet.organisation)
            .or(ids.first())
            .cloned()
    }

    /// The organisation that the filing of a procedure goes to by its answers, if it goes by them.
    fn receiver(&self, definition: &Definition, sheet: &Sheet, today: Date) -> Option<String> {
        let to = definition.filing.to.as_ref()?;
        let field = definition.fields.get(to)?;
        let named = self.table(&definition.key, field, sheet, today, to);
        let named = named.or_else(|| self.any(field, sheet, today))?;
        named.as_str().map(str::to_owned)
    }

    /// Somebody who holds a role, of the first of the offices that has anybody; `second`: somebody else than the first who does.
    fn account<'o>(&self, role: &str, second: bool, offices: impl Iterator<Item = &'o String>) -> Option<Json> {
        let key = |office: &String| {
            let mut names = self.names.iter().filter(|(_, id)| *id == office);
            names.find_map(|(name, _)| name.strip_prefix("organisation:"))
        };
        let held = offices.filter_map(key).map(|key| format!("{role}@{key}"));
        let own = held.flat_map(|held| {
            self.data
                .accounts
                .iter()
                .filter(move |account| account.roles.contains(&held))
        });
        let all = self.data.accounts.iter().filter(|account| account.holds(role));
        let account = own.chain(all).nth(usize::from(second))?;
        self.names
            .get(&format!("account:{}", account.login))
            .map(|id| json!(id))
    }

    /// Any value that the field takes: the first of a list, an organisation that fits, its own title. Of accounts none.
    fn any(&self, field: &Field, sheet: &Sheet, today: Date) -> Option<Json> {
        Some(match &field.kind {
            FieldKind::Text { max } | FieldKind::LongText { max } => {
                json!(field.title.zh.chars().take(*max).collect::<String>())
            }
            FieldKind::Bool => json!(true),
            FieldKind::Date { .. } => json!(today.to_string()),
            FieldKind::Integer { min, .. } => json!(min),
            FieldKind::Money => json!(10_000),
            FieldKind::Choice(choices) => json!(choices.first()?.key),
            FieldKind::Choices(choices) => json!([choices.first()?.key]),
            FieldKind::Organisation { kinds } => json!(self.organisation(kinds, sheet)?),
            FieldKind::Division => json!(self.data.organisations.first()?.code),
            FieldKind::Account { .. } => return None,
            FieldKind::Phone => json!("027-0000-0000"),
            FieldKind::Mail => json!("demo@wuhan.example"),
        })
    }
}

fn person(filer: &Filer) -> Map<String, Json> {
    let mut known = Map::new();
    known.insert("filer_name".to_owned(), json!(filer.name));
    known.insert("filer_phone".to_owned(), json!(filer.phone));
    known.insert("filer_address".to_owned(), json!(filer.address));
    if let Some(mail) = &filer.mail {
        known.insert("filer_mail".to_owned(), json!(mail));
    }
    known
}

/// What is known from the situation, under the names that procedures use.
fn subject(situation: &Situation) -> Map<String, Json> {
    let text = |value: &str| json!(value);
    let mut known = Map::new();
    for name in ["respondent_name", "reported_name", "party_name"] {
        known.insert(name.to_owned(), text(&situation.trader));
    }
    for name in ["respondent_address", "reported_address", "party_address"] {
        known.insert(name.to_owned(), text(&situation.address));
    }
    known.insert("brand".to_owned(), text(&situation.brand));
    known.insert("name_found".to_owned(), text(&situation.found));
    known.insert("infringement_kind".to_owned(), text(&situation.kind));
    known.insert("price".to_owned(), json!(situation.price));
    known.insert("amount".to_owned(), json!(situation.price));
    // Bought some days before the complainant learnt of it.
    known.insert("purchased_on".to_owned(), text("-15"));
    let place = if situation.online.is_some() {
        "in_platform"
    } else {
        "on_site"
    };
    known.insert("trader_kind".to_owned(), text(place));
    if let Some((platform, shop)) = &situation.online {
        known.insert("platform".to_owned(), text(platform));
        known.insert("shop".to_owned(), text(shop));
    }
    known
}

fn filled(text: &str, situation: &Situation) -> String {
    let parts = [
        ("{trader}", &situation.trader),
        ("{goods}", &situation.goods),
        ("{brand}", &situation.brand),
        ("{found}", &situation.found),
    ];
    parts
        .iter()
        .fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value))
}
