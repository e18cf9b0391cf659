//! What thresholds of offences say of an act: an indication, never a gate.

use zhengming_engine::{
    pack::Pack,
    remedy::{Facts, Measure, Tier},
};

use super::{Line, Sheet};

/// Most labels or marks that are counted.
const MOST_PIECES: i64 = 1_000_000_000;
const MOST_MARKS: i64 = 10_000;

pub(super) fn reckon(sheet: &mut Sheet, pack: &Pack) -> Vec<Line> {
    let words = sheet.words;
    let offences = &pack.remedies.offences;
    let options = offences
        .iter()
        .map(|(key, offence)| (key.clone(), words.pick(&offence.title).to_owned()));
    let chosen = sheet.choice("offence", options.collect());
    let facts = Facts {
        gains: sheet.money("gains"),
        volume: sheet.money("volume"),
        stock: sheet.money("stock"),
        pieces: sheet.number("pieces", MOST_PIECES),
        marks: sheet
            .number("marks", MOST_MARKS)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(1),
        again: sheet.check("again"),
    };
    let (true, Some(offence)) = (sheet.asked, offences.get(&chosen)) else {
        return Vec::new();
    };
    let Ok(found) = offence.indicate(&facts) else {
        return Vec::new();
    };
    let tier = match found.tier {
        Tier::Below => "portal-amounts-tier-below",
        Tier::Serious => "portal-amounts-tier-serious",
        Tier::Grave => "portal-amounts-tier-grave",
    };
    let mut first = sheet.line(words.pick(&offence.title).to_owned(), words.t(tier), None);
    first.unverified = offence.unverified;
    first
        .notes
        .push(words.with("portal-amounts-criminal-law", "article", offence.article.as_str()));
    if found.lower {
        first.notes.push(words.t("portal-amounts-lower"));
    }
    let mut lines = vec![first];
    for (test, measured) in found.reached {
        let name = match test.measure {
            Measure::Gains => "portal-amounts-gains",
            Measure::Volume => "portal-amounts-volume",
            Measure::Stock => "portal-amounts-stock-with-sales",
            Measure::Pieces => "portal-amounts-pieces",
        };
        let (value, least) = match test.measure {
            Measure::Pieces => (measured.to_string(), test.at_least.to_string()),
            _ => (sheet.sum(measured), sheet.sum(test.at_least.saturating_mul(100))),
        };
        let mut line = sheet.line(words.t(name), value, None);
        line.notes.push(words.with("portal-amounts-threshold", "sum", least));
        lines.push(line);
    }
    lines
}
