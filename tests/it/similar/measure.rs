//! How well both indexes find what they should, and how fast.

use std::time::Instant;

use zhengming::search::MarkSearch;
use zhengming_marks::{
    Mark, Match, MatchOptions,
    eval::{Evaluation, Found, Speed, read_pairs, register},
    normalize,
};

use super::{Server, found, mark, skipped};

/// Rank of a mark among matches that are best first, by the protocol of `marks eval`: ties count half.
fn rank(found: &[Match], wanted: &str) -> Option<f64> {
    let form = |hit: &Match| normalize(&hit.mark.name).form;
    let score = found.iter().find(|hit| form(hit) == wanted)?.score;
    let others = found.iter().filter(|hit| form(hit) != wanted);
    let rank = others.fold(1.0, |rank, hit| {
        if hit.score > score {
            rank + 1.0
        } else if hit.score < score {
            rank
        } else {
            rank + 0.5
        }
    });
    Some(rank)
}

/// Measures both indexes as `marks eval` does, with the pairs of `MEASURED_PAIRS` in the register of `MEASURED_NAMES`.
#[tokio::test]
async fn both_indexes_are_measured() {
    let files = (std::env::var("MEASURED_PAIRS"), std::env::var("MEASURED_NAMES"));
    let (Ok(pairs), Ok(lines)) = files else {
        return eprintln!("SKIPPED both_indexes_are_measured: MEASURED_PAIRS and MEASURED_NAMES are not set");
    };
    let pairs = read_pairs(std::fs::File::open(pairs).expect("pairs")).expect("pairs");
    let lines = std::fs::read_to_string(lines).expect("names");
    let marks: Vec<Mark> = register(lines.lines().map(str::to_owned), &pairs)
        .iter()
        .enumerate()
        .map(|(number, name)| mark(&number.to_string(), name))
        .collect();
    let measure = async |label: &str, index: MarkSearch| {
        let begun = Instant::now();
        let pages = marks.chunks(5_000).count();
        for (page, part) in marks.chunks(5_000).enumerate() {
            let revision = (page + 1 == pages).then_some(1);
            index.put(part.to_vec(), revision).await.expect("put");
        }
        let filling = begun.elapsed().as_secs_f64();
        let (mut all, mut spent) = (Vec::new(), Vec::new());
        for pair in pairs.iter().filter(|pair| pair.positive) {
            let begun = Instant::now();
            found(&index, &pair.query, MatchOptions::default()).await;
            spent.push(begun.elapsed());
            let deep = MatchOptions {
                limit: 200,
                least_score: 0.0,
                ..MatchOptions::default()
            };
            let matches = found(&index, &pair.query, deep).await;
            let rank = rank(&matches, &normalize(&pair.mark).form);
            all.push(Found {
                rank,
                candidate: rank.is_some(),
                first: matches.first().map(|hit| hit.mark.name.clone()),
                pair: pair.clone(),
            });
        }
        spent.sort_unstable();
        let evaluation = Evaluation {
            names: marks.len() as u64,
            found: all,
            separations: Vec::new(),
            speed: Speed {
                p50: spent[spent.len() / 2],
                p99: spent[spent.len() * 99 / 100],
            },
        };
        eprintln!("{label}, filled in {filling:.0} s\n{}", evaluation.table());
    };
    measure("embedded", MarkSearch::in_memory().expect("an index")).await;
    match Server::named() {
        None => skipped("both_indexes_are_measured"),
        Some(server) => {
            measure("Meilisearch", server.open().await).await;
            server.clear_away().await;
        }
    }
}
