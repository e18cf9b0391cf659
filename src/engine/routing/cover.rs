//! Whether the rules of a table leave no combination of answers out and meet nowhere: every combination is looked at.

use indexmap::IndexMap;

use super::{Cell, Hit, Table};

/// Combinations that a table may have; more of them nobody can read.
const COMBINATIONS: usize = 20_000;

/// What is wrong with the rules of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Combinations for which there is no rule: the first of them in words, and how many there are.
    Gap {
        /// The first.
        first: String,
        /// All of them.
        count: usize,
    },
    /// Two rules, by their places in the table, fit the same combination.
    Overlap {
        /// The one that stands first.
        one: usize,
        /// The other.
        other: usize,
        /// The first combination that both fit.
        combination: String,
    },
    /// The rules before this one take everything that it fits.
    Hidden(usize),
    /// There are too many combinations to look at.
    TooMany,
}

/// Looks at every combination of the table's inputs.
pub(super) fn flaws(table: &Table) -> Vec<Flaw> {
    let size = table
        .inputs
        .values()
        .try_fold(1_usize, |size, values| size.checked_mul(values.len()));
    if size.is_none_or(|size| size > COMBINATIONS) {
        return vec![Flaw::TooMany];
    }
    let mut gap: Option<(String, usize)> = None;
    let mut met: IndexMap<(usize, usize), String> = IndexMap::new();
    let mut used = vec![false; table.rules.len()];
    for combination in combinations(&table.inputs) {
        let mut fitting = table
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.fits(&combination));
        let Some((one, _)) = fitting.next() else {
            let (_, count) = gap.get_or_insert_with(|| (in_words(&combination), 0));
            *count += 1;
            continue;
        };
        if let Some(used) = used.get_mut(one) {
            *used = true;
        }
        if table.hit == Hit::Unique {
            for (other, _) in fitting {
                met.entry((one, other)).or_insert_with(|| in_words(&combination));
            }
        }
    }
    let mut flaws: Vec<Flaw> = Vec::new();
    flaws.extend(gap.map(|(first, count)| Flaw::Gap { first, count }));
    flaws.extend(met.into_iter().map(|((one, other), combination)| Flaw::Overlap {
        one,
        other,
        combination,
    }));
    if table.hit == Hit::First {
        let hidden = used.iter().enumerate().filter(|(_, used)| !**used);
        flaws.extend(hidden.map(|(rule, _)| Flaw::Hidden(rule)));
    }
    flaws
}

/// All combinations of values, the last input turning fastest.
pub(super) fn combinations(inputs: &IndexMap<String, Vec<Cell>>) -> Vec<IndexMap<&str, Cell>> {
    let mut all = vec![IndexMap::new()];
    for (field, values) in inputs {
        let longer = all.iter().flat_map(|shorter: &IndexMap<&str, Cell>| {
            values.iter().map(|value| {
                let mut longer = shorter.clone();
                longer.insert(field.as_str(), value.clone());
                longer
            })
        });
        all = longer.collect();
    }
    all
}

fn in_words(combination: &IndexMap<&str, Cell>) -> String {
    let words = combination.iter().map(|(field, cell)| format!("{field}: {cell}"));
    format!("{{{}}}", words.collect::<Vec<_>>().join(", "))
}
