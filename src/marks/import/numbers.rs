//! Registration numbers of one file: a number is of one mark.

use rustc_hash::FxHashMap;

use super::Problem;
use crate::{mark::MarkRow, normalize::normalize, statistics::hash};

/// The numbers read so far, by their hash, with the name that each has and the line where it was first: a register of a million marks takes
/// some forty megabytes.
#[derive(Default)]
pub(super) struct Numbers {
    known: FxHashMap<u64, (u64, u64)>,
}

impl Numbers {
    /// What is wrong with a row whose number another name has already. The same name under the same number is a mark listed once for each
    /// class, or repeated, and no fault.
    pub(super) fn fault(&mut self, row: &MarkRow, line: u64) -> Option<Problem> {
        let hashed = |text: &str| hash(&text.chars().collect::<Vec<char>>());
        let number = hashed(row.registration_no.as_deref()?.trim());
        let name = hashed(&normalize(&row.name).form);
        let (known, first) = *self.known.entry(number).or_insert((name, line));
        (known != name).then_some(Problem::NumberOfAnother { line: first })
    }
}
