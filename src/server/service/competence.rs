//! Which office is competent for a case: what the pack's table says of its answers, with the offices of this installation.
//! It is told to officers who dispatch; nothing is decided by it.

use serde_json::Value as Json;
use zhengming_engine::{
    clock::LawRef,
    definition::model::{Definition, FieldKind},
    routing::Level,
    text::Label,
};

use super::case_view::CaseDetail;
use crate::{access::OrganisationTree, app::App, store::OrganisationRow};

/// What the table says of a case.
#[derive(Clone, Debug)]
pub struct Competence {
    /// Field of an organisation whose answer is proposed.
    pub proposes: String,
    /// Where the rule stands.
    pub law: LawRef,
    /// The rule in words.
    pub reason: Label,
    /// The places that the rule names, the first before the others.
    pub seats: Vec<Seat>,
    /// What holds because several offices were found: article and words.
    pub several: Option<(LawRef, Label)>,
}

impl Competence {
    /// The office that is proposed: the first that was found.
    #[must_use]
    pub fn proposed(&self) -> Option<&OrganisationRow> {
        self.seats.iter().find_map(|seat| seat.office.as_ref().ok())
    }
}

/// A place whose office is competent.
#[derive(Clone, Debug)]
pub struct Seat {
    /// What the place is to the case, for example where the trader does business.
    pub place: Label,
    /// Its division (GB/T 2260), where it was given.
    pub division: Option<String>,
    /// Its office, or why none is named.
    pub office: Result<OrganisationRow, Missing>,
}

/// Why no office is named for a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nobody said where it is.
    NotGiven,
    /// It is known too roughly: only the city or the province.
    TooRough,
    /// This installation has no office there.
    Elsewhere,
}

impl Missing {
    /// Its code, by which texts are found.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotGiven => "not-given",
            Self::TooRough => "too-rough",
            Self::Elsewhere => "elsewhere",
        }
    }
}

/// What the table of the case's version says; nothing for who does not read the case as staff, and where there is no table.
#[must_use]
pub fn competence(app: &App, case: &CaseDetail) -> Option<Competence> {
    if !case.standing.reads_as_staff() {
        return None;
    }
    let pack = app.pack();
    let definition = &case.definition;
    let table = pack.routing.of(definition)?;
    // A case of a kept text of the version may lack what the table reads: then it says nothing.
    let route = table.decide(case.case.data.as_object()?).ok()?;
    let organisations = app.organisations();
    let kinds = kinds(definition, &table.proposes);
    let seats = route.places.iter().filter_map(|place| {
        Some(Seat {
            place: definition.fields.get(place.field)?.title.clone(),
            office: match &place.division {
                None => Err(Missing::NotGiven),
                Some(division) => office(&organisations, kinds, route.rule.level, division),
            },
            division: place.division.clone(),
        })
    });
    let seats: Vec<Seat> = seats.collect();
    let mut found: Vec<&str> = seats
        .iter()
        .filter_map(|s| Some(s.office.as_ref().ok()?.id.as_str()))
        .collect();
    found.sort_unstable();
    found.dedup();
    let several = table.several.as_ref().filter(|_| found.len() > 1);
    Some(Competence {
        proposes: table.proposes.clone(),
        law: route.rule.law.clone(),
        reason: route.rule.reason.clone(),
        several: several.map(|several| (several.law.clone(), several.reason.clone())),
        seats,
    })
}

/// The field that the table of the case's version proposes an answer for, and what the case has on those pages of the filing that ask
/// for what the table reads: a place is often told by its address alone, which no table can read. Nothing for who does not read the
/// case as staff, and where there is no table.
#[must_use]
pub fn grounds(app: &App, case: &CaseDetail) -> Option<(String, Vec<(String, Json)>)> {
    if !case.standing.reads_as_staff() {
        return None;
    }
    let pack = app.pack();
    let table = pack.routing.of(&case.definition)?;
    let names = |field: &String| table.rules.iter().any(|rule| rule.competent.contains(field));
    let reads = |field: &String| table.inputs.contains_key(field) || names(field);
    let pages = case.definition.filing.pages.iter();
    let pages = pages.filter(|page| page.fields.iter().any(|asked| reads(&asked.field)));
    let asked: Vec<&String> = pages.flat_map(|page| &page.fields).map(|asked| &asked.field).collect();
    let answers = case.fields.iter().filter(|(field, _)| asked.contains(&field));
    Some((table.proposes.clone(), answers.cloned().collect()))
}

/// Kinds of organisations that a field takes; none: any.
fn kinds<'d>(definition: &'d Definition, field: &str) -> &'d [String] {
    match definition.fields.get(field).map(|field| &field.kind) {
        Some(FieldKind::Organisation { kinds }) => kinds,
        _ => &[],
    }
}

/// The office of a place. Where several of the kind have its code, it is the one above the others.
fn office(
    organisations: &OrganisationTree,
    kinds: &[String],
    level: Level,
    division: &str,
) -> Result<OrganisationRow, Missing> {
    let seats = level.seats(division);
    let inside = division.trim_end_matches("00");
    if seats.is_empty() && organisations.iter().any(|row| row.division_code.starts_with(inside)) {
        return Err(Missing::TooRough);
    }
    let there = |seat: &String| {
        let of_kind = |row: &&OrganisationRow| kinds.is_empty() || kinds.contains(&row.kind);
        let offices = organisations
            .iter()
            .filter(|row| row.division_code == *seat)
            .filter(of_kind);
        offices.min_by_key(|row| {
            let above = organisations
                .iter()
                .filter(|other| organisations.above(&other.id, &row.id));
            (above.count(), row.key.clone())
        })
    };
    seats.iter().find_map(there).cloned().ok_or(Missing::Elsewhere)
}
