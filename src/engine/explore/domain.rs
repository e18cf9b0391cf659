//! The values of a field that conditions can tell apart.
//!
//! A condition compares a field with values that stand in the file, so a handful of representatives stands for all that
//! people may answer: each value that is named, one that is not, for ordered types one in each gap.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use time::{Date, Duration, macros::format_description};

use crate::{clock::iso_day, definition::model::FieldKind, guard::reads::Compared};

/// At most so many values of one field: a set of them is a 64-bit number.
const VALUES: usize = 64;
/// All combinations of so many options that conditions tell apart are tried; of more only none, all, each alone and each missing.
pub(super) const SUBSETS: usize = 5;

/// A set of values of a domain, one bit each; the first bit stands for having no value.
pub(super) type Set = u64;

/// The set with no value only.
pub(super) const ABSENT: Set = 1;

/// A sum (in fen) above all that conditions name, and above so many times any of the others that are tried.
const HIGHEST: i64 = 1_000_000_000_000_000;

/// Representatives of the values of one field.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    /// What conditions name; of a list, the options that they cannot tell apart, as a list.
    literals: Vec<Json>,
    /// The first is no value.
    values: Vec<Option<Json>>,
    /// Whether the first value stands for all that are less, and the last for all that are greater: whoever answers first leaves
    /// room there for what it is compared with.
    open: (bool, bool),
    /// Whether all that conditions can tell apart is among the values.
    whole: bool,
}

impl Domain {
    /// The domain of a field; `compared` is what all conditions ask of it, with what is asked of fields beside it.
    pub(super) fn of(kind: &FieldKind, compared: &Compared) -> Self {
        let cells = match kind {
            FieldKind::Choices(choices) => cells(&compared.any_of, choices.iter().map(|c| c.key.as_str())),
            _ => Vec::new(),
        };
        let literals = match kind {
            FieldKind::Choices(_) => &cells,
            _ => &compared.literals,
        };
        let together = !compared.beside.is_empty();
        let room = compared.beside.len() + 1;
        let row = compared.row.max(room);
        let mut values = match kind {
            FieldKind::Bool => vec![Json::Bool(true), Json::Bool(false)],
            FieldKind::Choice(choices) => {
                named_and_others(literals, choices.iter().map(|c| Json::from(c.key.as_str())), room)
            }
            FieldKind::Choices(choices) => subsets(literals, choices.iter().map(|c| c.key.as_str()).collect()),
            FieldKind::Integer { min, max } => integers(literals, *min, *max, row),
            FieldKind::Money => {
                let mut sums = integers(literals, 0, i64::MAX, room);
                sums.extend(together.then(|| highest(compared)));
                sums
            }
            // Before and after all named days each of a row leaves as many free as others are still to be answered.
            FieldKind::Date { .. } if together => dates(literals, row + 1, (2 * row - 1).max(row + 1)),
            FieldKind::Date { .. } => dates(literals, room, room),
            _ => named_and_others(literals, (1..=room).map(|n| Json::from("-".repeat(n))), room),
        };
        let whole = values.len() < VALUES && cells.len() <= SUBSETS;
        values.truncate(VALUES - 1);
        let values = std::iter::once(None).chain(values.into_iter().map(Some)).collect();
        Self {
            literals: literals.clone(),
            values,
            open: match kind {
                FieldKind::Date { .. } => (together, together),
                FieldKind::Money => (false, together),
                _ => (false, false),
            },
            whole,
        }
    }

    /// Whether all that conditions can tell apart is tried.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// How many values, or options of a list, conditions tell apart.
    pub(super) fn told_apart(&self) -> usize {
        self.literals.len()
    }

    /// The ends of what a field can hold, where it has any: where it is compared with another, these decide whether the other can reach them.
    pub(super) fn ends(kind: &FieldKind) -> Vec<Json> {
        match kind {
            FieldKind::Integer { min, max } => vec![Json::from(*min), Json::from(*max)],
            _ => Vec::new(),
        }
    }

    /// How many values there are, having none counted.
    pub(super) fn size(&self) -> usize {
        self.values.len()
    }

    /// A value by its number.
    pub(super) fn value(&self, number: usize) -> Option<&Json> {
        self.values.get(number)?.as_ref()
    }

    /// All values, and having none.
    pub(super) fn all(&self) -> Set {
        match self.values.len() {
            VALUES.. => Set::MAX,
            size => (1 << size) - 1,
        }
    }

    /// All values.
    pub(super) fn present(&self) -> Set {
        self.all() & !ABSENT
    }

    /// Whether there is always a lesser value, and a greater one: of days.
    pub(super) fn is_open_below(&self) -> bool {
        self.open.0
    }

    /// All values that leave room for lesser and greater ones of so many other fields.
    pub(super) fn leaving_room(&self, others: usize) -> Set {
        let (below, above) = self.open;
        if others == 0 || !below && !above {
            return self.present();
        }
        let size = self.values.len().min(VALUES);
        let leaves = |number: &usize| (!below || *number > others) && (!above || *number + others < size);
        (1..size).filter(leaves).map(|number| 1_u64 << number).sum()
    }

    /// The representatives that conditions cannot tell from a value.
    pub(super) fn locate(&self, value: &Json) -> Set {
        let wanted = self.signature(value);
        let fits = |(number, candidate): (usize, &Option<Json>)| {
            let same = candidate.as_ref().is_some_and(|c| self.signature(c) == wanted);
            same.then_some(1 << number)
        };
        self.values.iter().enumerate().filter_map(fits).sum()
    }

    /// How a value stands to each of the values that conditions name.
    fn signature(&self, value: &Json) -> Vec<i8> {
        let stand = |literal: &Json| match (value, literal) {
            (Json::Array(items), Json::Array(cell)) => i8::from(items.iter().any(|item| cell.contains(item))),
            // Days have an order; of other words conditions ask only whether they are the same.
            (Json::String(a), Json::String(b)) if is_day(a) && is_day(b) => a.cmp(b) as i8,
            (Json::Number(a), Json::Number(b)) => a.as_i64().cmp(&b.as_i64()) as i8,
            (a, b) => i8::from(a == b),
        };
        let mut signature: Vec<i8> = self.literals.iter().map(stand).collect();
        if let Json::Bool(value) = value {
            signature.push(i8::from(*value));
        }
        signature
    }
}

/// Whether a text is a day, as answers write it.
fn is_day(text: &str) -> bool {
    iso_day(text).is_some()
}

/// The named values, and up to `room` of `known` that are not named: fields that are compared can agree and differ.
fn named_and_others(literals: &[Json], known: impl Iterator<Item = Json>, room: usize) -> Vec<Json> {
    let others = known.filter(|key| !literals.contains(key)).take(room);
    literals.iter().cloned().chain(others).collect()
}

/// The options that conditions name, those together that are always asked for together: whether one of them or another was chosen
/// makes no difference.
fn cells<'k>(any_of: &BTreeSet<BTreeSet<String>>, known: impl Iterator<Item = &'k str>) -> Vec<Json> {
    let mut cells: Vec<(Vec<bool>, Vec<Json>)> = Vec::new();
    for key in known {
        let asked: Vec<bool> = any_of.iter().map(|options| options.contains(key)).collect();
        if !asked.contains(&true) {
            continue;
        }
        match cells.iter_mut().find(|(same, _)| *same == asked) {
            Some((_, options)) => options.push(Json::from(key)),
            None => cells.push((asked, vec![Json::from(key)])),
        }
    }
    cells.into_iter().map(|(_, options)| Json::Array(options)).collect()
}

/// Lists of options as far as conditions tell them apart: of each cell its first option stands for all.
fn subsets(cells: &[Json], known: Vec<&str>) -> Vec<Json> {
    let first = |cell: &Json| cell.as_array().and_then(|options| options.first()).cloned();
    let named: Vec<Json> = cells.iter().filter_map(first).collect();
    let in_a_cell = |key: &Json| {
        cells
            .iter()
            .filter_map(Json::as_array)
            .any(|options| options.contains(key))
    };
    let other = known.into_iter().map(Json::from).find(|key| !in_a_cell(key));
    let all = if named.len() > SUBSETS {
        0
    } else {
        1_usize << named.len()
    };
    let mut lists: Vec<Vec<Json>> = (0..all)
        .map(|mask| {
            let members = named.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0);
            members.map(|(_, option)| option.clone()).collect()
        })
        .collect();
    if all == 0 {
        lists.extend([Vec::new(), named.clone()]);
        lists.extend(named.iter().map(|one| vec![one.clone()]));
        let without = |left: &Json| named.iter().filter(|option| *option != left).cloned().collect();
        lists.extend(named.iter().map(without));
    }
    for list in lists.iter_mut().filter(|list| list.is_empty()) {
        list.extend(other.clone());
    }
    lists.retain(|list| !list.is_empty());
    lists.into_iter().map(Json::Array).collect()
}

/// A sum that exceeds whatever it is compared with, as many times as either is taken there.
fn highest(compared: &Compared) -> Json {
    let ratios = compared.beside.values().flatten();
    let reached = ratios.map(|(own, others)| HIGHEST.saturating_mul(*others).div_euclid((*own).max(1)));
    Json::from(reached.max().unwrap_or(HIGHEST).max(HIGHEST))
}

/// Whole numbers: the named ones, and up to `room` in each gap between them.
fn integers(literals: &[Json], min: i64, max: i64, room: usize) -> Vec<Json> {
    let mut named: Vec<i64> = literals.iter().filter_map(Json::as_i64).collect();
    named.sort_unstable();
    let room = i64::try_from(room).unwrap_or(1);
    let mut found: Vec<i64> = Vec::new();
    let mut from = min;
    for stop in named.iter().copied().map(Some).chain([None]) {
        let last = stop.map_or(max, |stop| stop.saturating_sub(1)).min(max);
        found.extend((from..=last.min(from.saturating_add(room - 1))).take(room.unsigned_abs() as usize));
        found.extend(stop.filter(|stop| (min..=max).contains(stop)));
        from = stop.map_or(max, |stop| stop.saturating_add(1)).max(min);
    }
    found.dedup();
    found.into_iter().map(Json::from).collect()
}

/// Days: the named ones, up to `between` in each gap between them, and `outside` before and after them all.
fn dates(literals: &[Json], between: usize, outside: usize) -> Vec<Json> {
    let form = format_description!("[year]-[month]-[day]");
    let text = |date: Date| date.format(form).map(Json::from).ok();
    let mut named: Vec<Date> = literals
        .iter()
        .filter_map(|l| Date::parse(l.as_str()?, form).ok())
        .collect();
    named.sort_unstable();
    let (between, outside) = (i64::try_from(between).unwrap_or(1), i64::try_from(outside).unwrap_or(1));
    let Some(first) = named.first() else {
        let some = (0..outside).filter_map(|i| time::macros::date!(2026 - 01 - 05).checked_add(Duration::days(i)));
        return some.filter_map(text).collect();
    };
    let mut found: Vec<Date> = (1..=outside)
        .rev()
        .filter_map(|i| first.checked_sub(Duration::days(i)))
        .collect();
    for (i, date) in named.iter().enumerate() {
        found.push(*date);
        let next = named.get(i + 1);
        let room = if next.is_some() { between } else { outside };
        let after = (1..=room).filter_map(|i| date.checked_add(Duration::days(i)));
        found.extend(after.filter(|day| next.is_none_or(|next| day < next)));
    }
    found.into_iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn domain(kind: FieldKind, literals: &[Json]) -> Domain {
        let compared = Compared {
            literals: literals.to_vec(),
            ..Compared::default()
        };
        Domain::of(&kind, &compared)
    }

    fn shown(domain: &Domain) -> Vec<Json> {
        domain.values.iter().flatten().cloned().collect()
    }

    #[test]
    fn a_number_has_one_value_in_each_gap_between_those_that_conditions_name() {
        let amount = domain(FieldKind::Money, &[json!(500), json!(100)]);
        assert_eq!(
            shown(&amount),
            [json!(0), json!(100), json!(101), json!(500), json!(501)]
        );
        assert_eq!(amount.locate(&json!(333)), 1 << 3);
        let narrow = domain(FieldKind::Integer { min: 1, max: 2 }, &[json!(1)]);
        assert_eq!(shown(&narrow), [json!(1), json!(2)]);
    }

    #[test]
    fn a_day_has_one_value_before_between_and_after_those_that_conditions_name() {
        let day = domain(
            FieldKind::Date {
                days: crate::definition::model::Days::Any,
            },
            &[json!("2026-04-15")],
        );
        assert_eq!(
            shown(&day),
            [json!("2026-04-14"), json!("2026-04-15"), json!("2026-04-16")]
        );
        assert_eq!(day.locate(&json!("2030-01-01")), 1 << 3);
    }

    #[test]
    fn a_day_leaves_as_many_free_on_either_side_as_others_of_its_row_are_still_to_be_answered() {
        let days = crate::definition::model::Days::Any;
        let compared = Compared {
            beside: [("b".to_owned(), [(1, 1)].into())].into(),
            row: 3,
            ..Compared::default()
        };
        let day = Domain::of(&FieldKind::Date { days }, &compared);
        assert_eq!(shown(&day).len(), 5);
        assert_eq!(day.leaving_room(2), 0b1000, "the one in the middle");
        assert_eq!(day.leaving_room(1), 0b1_1100);
        assert_eq!(day.leaving_room(0), day.present());
    }

    /// A list of options, of which conditions ask for any of each group.
    fn list(options: &[&str], groups: &[&[&str]]) -> Domain {
        let choice = |key: &&str| crate::definition::model::Choice {
            key: (*key).to_owned(),
            title: crate::text::Label::default(),
            law: None,
        };
        let group = |options: &&[&str]| options.iter().map(|option| (*option).to_owned()).collect();
        let compared = Compared {
            any_of: groups.iter().map(group).collect(),
            ..Compared::default()
        };
        Domain::of(&FieldKind::Choices(options.iter().map(choice).collect()), &compared)
    }

    #[test]
    fn of_a_list_every_combination_of_named_options_is_tried() {
        let claims = list(&["a", "b", "c"], &[&["a"], &["b"]]);
        assert_eq!(
            shown(&claims),
            [json!(["c"]), json!(["a"]), json!(["b"]), json!(["a", "b"])]
        );
        assert_eq!(claims.locate(&json!(["c", "b"])), 1 << 3);
        assert!(claims.is_whole());
    }

    #[test]
    fn options_that_are_only_asked_for_together_are_one() {
        let kinds = list(&["a", "b", "c", "d"], &[&["a"], &["b", "c", "d"]]);
        assert_eq!(shown(&kinds), [json!(["a"]), json!(["b"]), json!(["a", "b"])]);
        assert_eq!(kinds.locate(&json!(["d", "a"])), kinds.locate(&json!(["b", "a"])));
        // What one question leaves out of the group is told apart.
        let apart = list(&["a", "b", "c", "d"], &[&["a"], &["b", "c", "d"], &["c", "d"]]);
        assert_eq!(apart.told_apart(), 3);
    }

    #[test]
    fn of_more_than_five_options_that_are_told_apart_not_every_combination_is_tried() {
        let options = ["a", "b", "c", "d", "e", "f"];
        let alone: Vec<&[&str]> = options.chunks(1).collect();
        assert!(!list(&options, &alone).is_whole());
        assert_eq!(list(&options, &alone).told_apart(), 6);
        assert!(list(&options, &alone[..5]).is_whole());
    }

    #[test]
    fn an_option_that_no_condition_names_is_the_same_as_every_other_such_option() {
        let choice = |key: &str| crate::definition::model::Choice {
            key: key.to_owned(),
            title: crate::text::Label::default(),
            law: None,
        };
        // Some stand before the named one in the alphabet, some after it.
        let kind = FieldKind::Choice(vec![choice("a"), choice("m"), choice("z")]);
        let result = domain(kind, &[json!("m")]);
        let other = result.locate(&json!("a"));
        assert_ne!(other, 0);
        assert_eq!(result.locate(&json!("z")), other);
        assert_ne!(result.locate(&json!("m")), other);
    }
}
