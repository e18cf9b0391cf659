//! An evaluation from beginning to end: a register is filled, searched and measured.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value as Json, json};

use super::{Evaluation, Found, Trial, evaluate};
use crate::{
    index::{Index, IndexError},
    mark::Mark,
};

/// What an evaluation found, and what its index cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How well the search finds.
    pub evaluation: Evaluation,
    /// Names taken in a second, the last commit included.
    pub names_per_second: f64,
    /// Size of the index directory over its names.
    pub bytes_per_name: f64,
}

/// Fills an index in an empty directory with the names, each a mark of its own, and evaluates it; see [`evaluate`] for
/// `elapsed`.
///
/// # Errors
/// Those of the index, and of its directory.
pub fn report(
    directory: &Path,
    names: &[String],
    trial: Trial<'_>,
    elapsed: &dyn Fn() -> Duration,
) -> Result<Report, IndexError> {
    let begun = elapsed();
    let index = Index::open(directory)?;
    let mut writer = index.writer()?;
    for (number, name) in names.iter().enumerate() {
        writer.add(&Mark {
            id: number.to_string(),
            name: name.clone(),
            ..Mark::default()
        })?;
    }
    writer.commit()?;
    let filling = elapsed().saturating_sub(begun).as_secs_f64();
    let bytes = size(directory).map_err(|source| IndexError::Directory {
        path: directory.to_owned(),
        source,
    })?;
    Ok(Report {
        evaluation: evaluate(&index, trial, elapsed)?,
        names_per_second: names.len() as f64 / filling.max(f64::EPSILON),
        bytes_per_name: bytes as f64 / names.len().max(1) as f64,
    })
}

fn size(directory: &Path) -> std::io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(directory)? {
        sum += entry?.metadata()?.len();
    }
    Ok(sum)
}

impl Report {
    /// The evaluation's JSON, with `index`: `namesPerSecond` and `bytesPerName`.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut json = self.evaluation.json();
        if let Some(object) = json.as_object_mut() {
            let index = json!({
                "namesPerSecond": self.names_per_second.round(),
                "bytesPerName": self.bytes_per_name.round(),
            });
            object.insert("index".to_owned(), index);
        }
        json
    }

    /// Everything as a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        format!(
            "{}\nimport {:.0} names/s, index {:.0} bytes a name",
            self.evaluation.table(),
            self.names_per_second,
            self.bytes_per_name
        )
    }

    /// The pairs whose mark is not among the first ten, a line each: where it stands, whether it was compared at all, and what
    /// was found instead.
    #[must_use]
    pub fn misses(&self) -> String {
        let missed = |found: &&Found| found.rank.is_none_or(|rank| rank > 10.0);
        let line = |found: &Found| {
            let rank = match (found.rank, found.candidate) {
                (Some(rank), _) => format!("rank {rank}"),
                (None, true) => "compared, and far behind".to_owned(),
                (None, false) => "not compared".to_owned(),
            };
            let pair = &found.pair;
            let first = found.first.as_deref().unwrap_or("nothing");
            format!("{} {} → {}: {rank}; first {first}\n", pair.kind, pair.query, pair.mark)
        };
        self.evaluation.found.iter().filter(missed).map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Pair;

    #[test]
    fn a_report_tells_what_was_missed_and_what_the_index_costs() {
        let directory = tempfile::tempdir().unwrap();
        let names = ["雪碧", "康师傅", "NIKE"].map(str::to_owned);
        let pair = |query: &str, mark: &str| Pair {
            query: query.to_owned(),
            mark: mark.to_owned(),
            positive: true,
            kind: "edit".to_owned(),
        };
        let pairs = [pair("雷碧", "雪碧"), pair("雷碧", "NIKE")];
        let trial = Trial {
            pairs: &pairs,
            coexisting: &[],
        };
        let found = report(directory.path(), &names, trial, &|| Duration::from_secs(1)).unwrap();
        assert_eq!(found.misses(), "edit 雷碧 → NIKE: not compared; first 雪碧\n");
        assert!(
            found.json()["index"]["bytesPerName"]
                .as_f64()
                .is_some_and(|bytes| bytes > 1.0)
        );
        assert!(found.table().contains("bytes a name"));
    }
}
