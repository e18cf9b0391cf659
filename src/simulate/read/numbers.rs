//! Numbers of a model: counts, weights, lengths of time, hours.

use zhengming_engine::definition::source::{Fields, Node, Reader, Value};

use crate::model::{Hours, Spread};

/// Units of lengths of time with their seconds.
const UNITS: [(&str, f64); 3] = [("minutes", 60.0), ("hours", 3_600.0), ("days", 86_400.0)];

/// A whole number from `least` on.
pub(super) fn count(reader: &mut Reader<'_>, node: &Node, path: &str, least: i64) -> Option<u32> {
    let number = reader.integer(node, path)?;
    let fit = u32::try_from(number)
        .ok()
        .filter(|_| number >= least && number <= 1_000_000_000);
    if fit.is_none() {
        let message = format!("{number} is too small or too large");
        reader.error(
            "WF801",
            node.place,
            path,
            message,
            &format!("write a whole number from {least} on"),
        );
    }
    fit
}

/// A number from 0 on, with or without decimals.
pub(super) fn number(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<f64> {
    let written = match &node.value {
        Value::Integer(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    let number = written.and_then(|text| text.parse::<f64>().ok());
    let fit = number.filter(|number| number.is_finite() && (0.0..1e12).contains(number));
    if fit.is_none() {
        reader.error(
            "WF801",
            node.place,
            path,
            "this is no number from 0 on".to_owned(),
            "write a number like 0.25 or 40",
        );
    }
    fit
}

/// `1/1000`, or 1: a share of the authorities that comes to a whole number of them.
pub(super) fn scale(reader: &mut Reader<'_>, node: &Node, authorities: u32) -> Option<u32> {
    let text = reader.text(node, "scale")?;
    let of = match text.split_once('/') {
        None => text.trim().parse::<u32>().ok().filter(|whole| *whole == 1),
        Some((one, of)) => of.trim().parse().ok().filter(|of| one.trim() == "1" && *of >= 1),
    };
    if of.is_none_or(|of| !authorities.is_multiple_of(of)) {
        let message = format!("`{text}` is not a share of {authorities} authorities");
        let mend = "write 1/100 to run every hundredth; the number must divide `authorities`";
        reader.error("WF801", node.place, "scale", message, mend);
        return None;
    }
    of
}

/// Hours of a day.
pub(super) fn hours(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Hours> {
    let text = reader.text(node, path)?;
    match Hours::parse(&text) {
        Ok(hours) => Some(hours),
        Err(message) => {
            reader.error("WF801", node.place, path, message, "write \"09:00-12:00 13:30-17:30\"");
            None
        }
    }
}

/// A length of time: `{minutes: 40, cv: 0.8}`, also in `hours` or `days`.
pub(super) fn spread(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Spread> {
    let fields = reader.map(node, path, &["minutes", "hours", "days", "cv"])?;
    let given: Vec<(&Node, f64)> = UNITS
        .iter()
        .filter_map(|(unit, seconds)| Some((fields.get(unit)?, *seconds)))
        .collect();
    let [(mean, seconds)] = given.as_slice() else {
        let message = format!("{} of minutes, hours and days are given", given.len());
        reader.error(
            "WF801",
            node.place,
            path,
            message,
            "give the mean in one of them, as {minutes: 40, cv: 0.8}",
        );
        return None;
    };
    let mean = number(reader, mean, path)? * seconds;
    let cv = fields
        .get("cv")
        .map_or(Some(0.0), |node| number(reader, node, &fields.at("cv")))?;
    Some(Spread::new(mean, cv))
}

/// The numbers of a mapping, one a key.
pub(super) fn factors<const N: usize>(reader: &mut Reader<'_>, fields: &Fields<'_>, keys: [&str; N]) -> [f64; N] {
    keys.map(|key| {
        let node = fields.get(key);
        node.and_then(|node| number(reader, node, &fields.at(key)))
            .unwrap_or(1.0)
    })
}
