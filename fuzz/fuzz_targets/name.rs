//! Names, whatever they are: the first line is looked for among the others.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zhengming_marks::{Index, Mark, MatchOptions, normalize};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let query = lines.next().unwrap_or_default();
    let index = Index::in_memory().expect("an index in memory");
    let mut writer = index.writer().expect("its only writer");
    for (id, name) in lines.take(20).enumerate() {
        let mark = Mark {
            id: id.to_string(),
            name: name.to_owned(),
            ..Mark::default()
        };
        writer.add(&mark).expect("any name is taken");
    }
    writer.commit().expect("a commit in memory");
    let options = MatchOptions {
        least_score: 0.0,
        ..MatchOptions::default()
    };
    let form = normalize(query).form;
    for found in index.match_name(query, &options).expect("a search") {
        assert!((0.0..=1.0).contains(&found.score));
        assert!(!found.reasons.is_empty());
        for piece in &found.pieces {
            assert!(piece.query.end <= form.chars().count());
        }
    }
});
