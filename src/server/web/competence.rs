//! The competent office, named above the field that asks an officer for it, and chosen there until the officer chooses.

use super::{
    form::{Advice, Control, Question},
    page::Words,
    progress::{Row, rows},
};
use crate::{
    app::App,
    service::{
        case_view::CaseDetail,
        competence::{competence, grounds},
        wording::Called,
    },
};

/// What the case says of the trader and the places, for an officer who is asked for the competent office.
pub(super) fn facts(app: &App, words: Words, case: &CaseDetail, questions: &[Question]) -> Vec<Row> {
    let asked = |field: &String| questions.iter().any(|question| question.name == *field);
    match grounds(app, case) {
        Some((proposes, answers)) if asked(&proposes) => rows(app, words, case, &answers),
        _ => Vec::new(),
    }
}

/// Says at the field that the table of competence is for what it says; an answer that the case has already stays.
pub(super) fn advise(app: &App, words: Words, case: &CaseDetail, questions: &mut [Question]) {
    let Some(competence) = competence(app, case) else {
        return;
    };
    let mut questions = questions.iter_mut();
    let Some(question) = questions.find(|question| question.name == competence.proposes) else {
        return;
    };
    let (pack, organisations) = (app.pack(), app.organisations());
    let called = Called::new(&pack, &organisations);
    let zh = words.0.is_zh();
    let seats = competence.seats.iter().map(|seat| {
        let office = match &seat.office {
            Ok(row) if zh => row.name_zh.clone(),
            Ok(row) => row.name_en.clone(),
            Err(missing) => words.code("portal-competence", missing.code()),
        };
        let place = words.pick(&seat.place).to_owned();
        let place = match &seat.division {
            Some(code) => words.with("portal-competence-place", "what", place) + &called.division(code, zh),
            None => place,
        };
        (words.with("portal-competence-seat", "what", place), office)
    });
    let law = |reference| words.law(&pack.law, reference);
    let several = competence.several.as_ref();
    question.advice = Some(Advice {
        reason: words.pick(&competence.reason).to_owned(),
        law: law(&competence.law),
        seats: seats.collect(),
        several: several.map(|(reference, reason)| (words.pick(reason).to_owned(), law(reference))),
    });
    if let (Control::Select { options }, Some(office)) = (&mut question.control, competence.proposed())
        && !options.iter().any(|option| option.chosen)
    {
        for option in options {
            option.chosen = option.value == office.id;
        }
    }
}
