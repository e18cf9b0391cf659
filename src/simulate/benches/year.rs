//! `cargo bench -p zhengming-simulate`: how long the shipped national year takes, every hundredth of its authorities.
//! `cargo bench -p zhengming-simulate --bench year -- 1` runs all of them, `-- 10` every tenth.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops where its data are wrong, and prints"
)]

use std::{fs, path::Path, thread, time::Instant};

use zhengming_engine::pack::Pack;
use zhengming_simulate::{read, run};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let text = |path: &Path| fs::read_to_string(path).unwrap();
    let mut files = Vec::new();
    for folder in ["calendar/cn", "law", "procedures", "notices", "documents"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                files.push((path.to_string_lossy().into_owned(), text(&path)));
            }
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let pack = Pack::load(&files).0.unwrap();
    let mut models: Vec<read::File> = Vec::new();
    let mut next = Some("national.yaml".to_owned());
    while let Some(name) = next.take() {
        let text = text(&root.join("simulations").join(&name));
        next = read::path(&text, "extends");
        models.push((name, text));
    }
    let mut model = read::read(&models, &pack).0.unwrap();
    model.sample = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(100);
    let threads = thread::available_parallelism().unwrap().get();
    let begin = Instant::now();
    let report = run(&model, threads);
    let seconds = begin.elapsed().as_secs_f64();
    let filed: u64 = report.procedures.iter().map(|procedure| procedure.filed).sum();
    println!(
        "{} of {} authorities on {threads} threads: {} counted filings, {} decisions in {seconds:.1} s, {:.2} µs of a core each",
        report.run_authorities,
        report.authorities,
        filed / u64::from(model.sample),
        report.steps,
        seconds * 1e6 * threads as f64 / report.steps as f64,
    );
    println!("{}", zhengming_simulate::report::table(&[report]));
}
