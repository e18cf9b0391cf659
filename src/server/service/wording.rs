//! Values in words: what fills the placeholders of notices and documents, and what pages and answers show.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use time::{Date, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};
use zhengming_engine::{
    clock::{CHINA, Unit, local_date},
    decision::{Decision, Problem, ProblemCode},
    definition::model::{Choice, Definition, FieldKind, Office, RoleKind, Storage},
    division::{Divisions, is_code},
    form,
    notice::{self, Values, fill, placeholders},
    pack::Pack,
    text::{Label, short_yuan, yuan},
};

use super::papers::{self, Cited};
use crate::{
    access::OrganisationTree,
    store::{CaseRow, OrganisationRow},
};

/// What ids of organisations and codes of divisions are called.
#[derive(Clone, Copy)]
pub struct Called<'a> {
    organisations: &'a OrganisationTree,
    divisions: &'a Divisions,
}

impl<'a> Called<'a> {
    /// The names of these organisations, and of the divisions that the pack lists.
    #[must_use]
    pub fn new(pack: &'a Pack, organisations: &'a OrganisationTree) -> Self {
        Self {
            organisations,
            divisions: &pack.divisions,
        }
    }

    /// All divisions that can be named, by code: those of the pack, and those that only an organisation has.
    pub fn divisions(&self, zh: bool) -> Vec<(String, String)> {
        let listed = self.divisions.iter().map(|(code, _)| code);
        let of_offices = self.organisations.iter().map(|row| row.division_code.as_str());
        let codes: BTreeSet<&str> = listed.chain(of_offices).filter(|code| is_code(code)).collect();
        codes
            .into_iter()
            .map(|code| (code.to_owned(), self.division(code, zh)))
            .collect()
    }

    /// Whether somebody can name this division.
    #[must_use]
    pub fn has_division(&self, code: &str) -> bool {
        let mut offices = self.organisations.iter();
        is_code(code) && (self.divisions.name(code).is_some() || offices.any(|row| row.division_code == code))
    }

    /// A division without a name is called after the office that has its code.
    #[must_use]
    pub fn division(&self, code: &str, zh: bool) -> String {
        let pick = |zh_text: &str, en_text: &str| if zh { zh_text } else { en_text }.to_owned();
        let office = || self.organisations.iter().find(|row| row.division_code == code);
        match self.divisions.name(code) {
            Some(name) => pick(&name.zh, &name.en),
            None => office().map_or_else(|| code.to_owned(), |row| pick(&row.name_zh, &row.name_en)),
        }
    }
}

/// A value of a field in Chinese (`zh`) or English.
#[must_use]
pub fn shown(kind: &FieldKind, value: &Json, zh: bool, called: Called<'_>) -> String {
    match (kind, value) {
        (FieldKind::Choice(choices), Json::String(key)) => title(choices, key, zh),
        (FieldKind::Choices(choices), Json::Array(keys)) => {
            let words: Vec<String> = keys
                .iter()
                .filter_map(Json::as_str)
                .map(|k| title(choices, k, zh))
                .collect();
            words.join(if zh { "、" } else { ", " })
        }
        (FieldKind::Bool, Json::Bool(yes)) => match (*yes, zh) {
            (true, true) => "是",
            (false, true) => "否",
            (true, false) => "Yes",
            (false, false) => "No",
        }
        .to_owned(),
        (FieldKind::Money, Json::Number(fen)) => {
            let fen = fen.as_i64().unwrap_or(0);
            if zh {
                format!("{}元", short_yuan(fen))
            } else {
                format!("¥{}", yuan(fen))
            }
        }
        (FieldKind::Organisation { .. }, Json::String(id)) => called.organisations.get(id).map_or_else(
            || id.clone(),
            |row| if zh { row.name_zh.clone() } else { row.name_en.clone() },
        ),
        (FieldKind::Division, Json::String(code)) => called.division(code, zh),
        (FieldKind::Date { .. }, Json::String(text)) => {
            form::date(value).map_or_else(|_| text.clone(), |date| day_in_words(date, zh))
        }
        (_, Json::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn title(choices: &[Choice], key: &str, zh: bool) -> String {
    let choice = choices.iter().find(|c| c.key == key);
    choice.map_or_else(
        || key.to_owned(),
        |c| if zh { c.title.zh.clone() } else { c.title.en.clone() },
    )
}

/// By which template a notice or a document was written, as it remembers; none for those of earlier programs.
#[must_use]
pub fn worded(body: &Json) -> Option<&str> {
    body.get("wording").and_then(Json::as_str)
}

/// A template filled with the values of one language, as they were when it was sent.
#[must_use]
pub fn filled(template: &str, body: &Json, locale: &str) -> String {
    let values = body
        .get("values")
        .and_then(|v| v.get(locale))
        .cloned()
        .unwrap_or_default();
    fill(template, &serde_json::from_value::<Values>(values).unwrap_or_default())
}

/// A document's own placeholders, and the personal fields that only documents may print.
pub(super) struct DocumentPart<'d> {
    pub(super) number: &'d str,
    /// Id of the organisation that makes it.
    pub(super) issuer: &'d str,
    pub(super) issued_at: OffsetDateTime,
    pub(super) personal: &'d Json,
    /// Roles of the case with the organisation that each was given to, the last one last.
    pub(super) holders: &'d [(&'d str, &'d str)],
    /// The other papers of the case, the last one last.
    pub(super) papers: &'d [Cited<'d>],
}

/// What stands where something is to be filled in by hand.
pub(super) const BLANK: &str = "____";

/// What a step tells those who are written to.
pub(super) struct Telling<'t> {
    pub(super) definition: &'t Definition,
    pub(super) case: &'t CaseRow,
    pub(super) decision: &'t Decision,
    pub(super) called: Called<'t>,
    /// Where who is written to finds the case.
    pub(super) link: String,
    /// Where a document is made.
    pub(super) document: Option<DocumentPart<'t>>,
}

impl Telling<'_> {
    /// What fills the placeholders of these texts, in both languages, and nothing that they do not name.
    pub(super) fn values<'l>(&self, texts: impl IntoIterator<Item = &'l Label>) -> Json {
        let texts = texts.into_iter().flat_map(|text| [&text.zh, &text.en]);
        let wanted: BTreeSet<&str> = texts.flat_map(|text| placeholders(text)).collect();
        let one = |zh: bool| -> Values {
            let named = wanted.iter().map(|name| (name, self.value(name, zh)));
            named
                .filter_map(|(name, value)| Some(((*name).to_owned(), value?)))
                .collect()
        };
        json!({ "zh": one(true), "en": one(false) })
    }

    /// What stands behind a placeholder; nothing if it has no value here.
    fn value(&self, name: &str, zh: bool) -> Option<String> {
        let (case, called) = (self.case, self.called);
        let pick = |zh_text: &str, en_text: &str| if zh { zh_text } else { en_text }.to_owned();
        match name {
            "case.number" => Some(case.number.clone()),
            "case.title" => Some(pick(&self.definition.title.zh, &self.definition.title.en)),
            "case.filed" => Some(day(case.filed_at, zh)),
            "receipt.link" => Some(self.link.clone()),
            "organisation" => {
                let organisation = called.organisations.get(self.issuer());
                Some(organisation.map_or_else(String::new, |row| pick(&row.name_zh, &row.name_en)))
            }
            "organisation.superior" => Some(called_or_blank(self.superior(), zh)),
            notice::LISTED => Some(papers::listed(self.document.as_ref()?.papers, zh)),
            "deadlines.moved" => self.moved(zh),
            "document.number" => self.document.as_ref().map(|document| document.number.to_owned()),
            // The page lists them there.
            "document.rows" => Some(String::new()),
            "document.date" => self.document.as_ref().map(|document| day(document.issued_at, zh)),
            _ => match name.split_once('.')? {
                ("document", cited) => {
                    let (kinds, part) = cited.rsplit_once('.')?;
                    Some(papers::cited(self.document.as_ref()?.papers, kinds, part, zh))
                }
                ("holder", roles) => {
                    let document = self.document.as_ref()?;
                    Some(called_or_blank(self.holder(document, roles), zh))
                }
                ("clock", clock) => {
                    let clock = self.decision.clocks.get(clock.strip_suffix(".due")?)?;
                    clock.due.at().map(|due| match clock.terms.period.unit() {
                        Unit::Hours => moment_in_words(due.due_at, zh),
                        Unit::WorkingDays | Unit::Days | Unit::Months | Unit::Years => day_in_words(due.due_date, zh),
                    })
                }
                ("field", field) => {
                    let asked = self.definition.fields.get(field)?;
                    // A personal answer takes the place of none: a field is of one storage.
                    let personal = || self.document.as_ref()?.personal.get(field);
                    if let Some(value) = self.decision.data.get(field).or_else(personal) {
                        return Some(shown(&asked.kind, value, zh, called));
                    }
                    // Where nothing was answered there is none; what this text may not say stays a gap.
                    let open = match asked.storage {
                        Storage::Case => true,
                        Storage::Personal => self.document.is_some(),
                        Storage::Identity => false,
                    };
                    open.then(|| pick("无", "none"))
                }
                _ => None,
            },
        }
    }

    /// The organisation in whose name this is written: of what a station tells, as of its documents, its office.
    fn issuer(&self) -> &str {
        let issuer = self.document.as_ref().map(|document| document.issuer);
        issuer.unwrap_or_else(|| self.called.organisations.in_name_of(&self.case.organisation_id))
    }

    /// The organisation above it.
    fn superior(&self) -> Option<&OrganisationRow> {
        let organisations = self.called.organisations;
        let issuer = organisations.get(self.issuer())?;
        organisations.get(issuer.parent_id.as_deref()?)
    }

    /// The organisation that holds the first of these roles that was given to one, and never the one that writes. Staff hold their
    /// role where the case is: that counts before an organisation of the same kind that the case has left.
    fn holder(&self, document: &DocumentPart<'_>, roles: &str) -> Option<&OrganisationRow> {
        let organisations = self.called.organisations;
        let writes = |id: &str| organisations.in_name_of(id) == document.issuer;
        let given = |role: &str| {
            let mut holders = document.holders.iter().rev();
            let (_, organisation) = holders.find(|(held, id)| *held == role && !writes(id))?;
            organisations.get(organisation)
        };
        let given = roles.split('.').find_map(given);
        let of_staff = |role: &str| {
            let role = self.definition.roles.get(role);
            role.is_some_and(|role| role.kind == RoleKind::Staff)
        };
        let here = organisations
            .get(&self.case.organisation_id)
            .filter(|row| !writes(&row.id) && roles.split('.').any(of_staff));
        match (given, here) {
            (Some(given), Some(here)) if given.kind == here.kind => Some(here),
            (given, here) => given.or(here),
        }
    }

    /// Clocks whose end the law moved, with old and new dates.
    fn moved(&self, zh: bool) -> Option<String> {
        let end = |date: Option<Date>| date.map_or_else(|| "…".to_owned(), |date| day_in_words(date, zh));
        let moved = self.decision.moved.iter().map(|moved| {
            let rule = self.definition.clocks.get(&moved.clock);
            let title = rule.map_or(
                moved.clock.as_str(),
                |rule| {
                    if zh { &rule.title.zh } else { &rule.title.en }
                },
            );
            let colon = if zh { "：" } else { ": " };
            format!("{title}{colon}{} → {}", end(moved.from), end(moved.to))
        });
        let moved: Vec<String> = moved.collect();
        (!moved.is_empty()).then(|| moved.join(if zh { "；" } else { "; " }))
    }
}

fn called_or_blank(organisation: Option<&OrganisationRow>, zh: bool) -> String {
    let name = organisation.map(|row| if zh { &row.name_zh } else { &row.name_en });
    name.cloned().unwrap_or_else(|| BLANK.to_owned())
}

/// The day of a moment in Asia/Shanghai.
pub(super) fn day(at: OffsetDateTime, zh: bool) -> String {
    local_date(at).map(|day| day_in_words(day, zh)).unwrap_or_default()
}

/// A day as the English texts of the portal write it too: 9 October 2026.
const ENGLISH_DAY: &[BorrowedFormatItem<'_>] = format_description!("[day padding:none] [month repr:long] [year]");

/// A day as notices and documents write it: in Chinese in full and without leading zeros (GB/T 9704).
fn day_in_words(day: Date, zh: bool) -> String {
    if zh {
        format!("{}年{}月{}日", day.year(), u8::from(day.month()), day.day())
    } else {
        day.format(&ENGLISH_DAY).unwrap_or_default()
    }
}

/// A moment in Asia/Shanghai by which something is due: a period of hours does not last to the end of its day.
fn moment_in_words(at: OffsetDateTime, zh: bool) -> String {
    let local = at.to_offset(CHINA);
    let (hour, minute) = (local.hour(), local.minute());
    let day = day_in_words(local.date(), zh);
    if zh {
        format!("{day}{hour}时{minute:02}分")
    } else {
        format!("{day}, {hour:02}:{minute:02}")
    }
}

/// Number of a document (发文字号): code of the issuing authority (机关代字) with its place, year in hexagonal brackets, serial
/// number without 第 (GB/T 9704-2012, 7.2.5). Each organisation counts by itself, so whoever has no code, or shares it with
/// another, is told apart by name. What stands below an authority has the place of that authority: it is told apart, and the
/// authority keeps the code.
pub(super) fn document_number(organisations: &OrganisationTree, issuer: &str, year: i32, serial: i64) -> String {
    let own = |row: &OrganisationRow| {
        let shares = |own: &String, other: &OrganisationRow| {
            other.id != row.id && !organisations.above(&row.id, &other.id) && code(other).as_ref() == Some(own)
        };
        let alone = code(row).filter(|own| !organisations.iter().any(|other| shares(own, other)));
        alone.unwrap_or_else(|| row.name_zh.clone())
    };
    let issuer = organisations.get(issuer).map(own).unwrap_or_default();
    format!("{issuer}〔{year}〕{serial}号")
}

/// The code of an authority with its place.
fn code(row: &OrganisationRow) -> Option<String> {
    let code = match row.kind.as_str() {
        "market_regulation" => "市监",
        "police" => "公",
        "procuratorate" => "检",
        "court" => "法",
        _ => return None,
    };
    Some(format!("{code}{}", row.division_code))
}

/// The key of the words for a problem with somebody whom an answer names, rather than with whoever sends it.
#[must_use]
pub fn named_key(problem: &Problem) -> Option<&'static str> {
    problem.field.as_ref()?;
    match problem.code {
        ProblemCode::Excluded => Some("named-excluded"),
        ProblemCode::SeparationOfDuties => Some("named-separation-of-duties"),
        _ => None,
    }
}

/// The key of the words for the organisations among which one must be named.
#[must_use]
pub fn office_key(office: Office) -> &'static str {
    match office {
        Office::Own => "value-office-own",
        Office::Below => "value-office-below",
        Office::OwnOrBelow => "value-office-own-or-below",
        Office::Other => "value-office-other",
        Office::Provincial => "value-office-provincial",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(id: &str, parent: Option<&str>, division: &str) -> OrganisationRow {
        OrganisationRow {
            id: id.to_owned(),
            key: id.to_owned(),
            name_zh: format!("样例{id}"),
            name_en: format!("Sample {id}"),
            kind: "market_regulation".to_owned(),
            parent_id: parent.map(str::to_owned),
            division_code: division.to_owned(),
        }
    }

    #[test]
    fn sums_and_answers_are_written_as_each_language_does() {
        let pack = crate::workflows::load(None).unwrap();
        let tree = OrganisationTree::default();
        let told =
            |kind: &FieldKind, value: Json| [true, false].map(|zh| shown(kind, &value, zh, Called::new(&pack, &tree)));
        assert_eq!(told(&FieldKind::Money, json!(1_200_000)), ["12,000元", "¥12,000.00"]);
        assert_eq!(told(&FieldKind::Money, json!(1_200_050)), ["12,000.50元", "¥12,000.50"]);
        assert_eq!(told(&FieldKind::Bool, json!(true)), ["是", "Yes"]);
        assert_eq!(told(&FieldKind::Bool, json!(false)), ["否", "No"]);
    }

    #[test]
    fn the_end_of_a_period_of_hours_is_told_to_the_minute() {
        let at = time::macros::datetime!(2026-12-01 01:05 UTC);
        assert_eq!(moment_in_words(at, true), "2026年12月1日9时05分");
        assert_eq!(moment_in_words(at, false), "1 December 2026, 09:05");
    }

    #[test]
    fn an_authority_keeps_its_code_beside_the_stations_below_it_and_they_are_told_apart_by_name() {
        let tree = OrganisationTree::new(vec![
            office("bureau", None, "420100"),
            office("district", Some("bureau"), "420102"),
            office("north", Some("district"), "420102"),
            office("south", Some("district"), "420102"),
        ]);
        let number = |issuer| document_number(&tree, issuer, 2026, 7);
        assert_eq!(number("bureau"), "市监420100〔2026〕7号");
        assert_eq!(number("district"), "市监420102〔2026〕7号");
        assert_eq!(number("north"), "样例north〔2026〕7号");
        assert_eq!(number("south"), "样例south〔2026〕7号");
    }

    #[test]
    fn two_authorities_of_one_place_that_do_not_stand_above_each_other_are_told_apart_by_name() {
        let tree = OrganisationTree::new(vec![office("one", None, "420102"), office("other", None, "420102")]);
        assert_eq!(document_number(&tree, "one", 2026, 1), "样例one〔2026〕1号");
        assert_eq!(document_number(&tree, "other", 2026, 1), "样例other〔2026〕1号");
    }
}
