//! `cargo bench -p zhengming-engine --bench explore`: how long `check` takes to look at every state, on the shipped pack
//! and on a generated procedure with a million states, a subcase among them.
#![expect(clippy::unwrap_used, reason = "a bench stops where its data are wrong")]
#![expect(clippy::print_stdout, reason = "a bench prints")]

use std::{fmt::Write as _, fs, path::Path, sync::LazyLock};

use zhengming_engine::{
    explore::{STATES, explore},
    pack::Pack,
};

const REGIONS: usize = 3;
const STAGES: usize = 7;
const FLAGS: usize = 6;
/// The generated procedure is to be seen whole.
const BOUND: usize = 2 * STATES;

fn files(folders: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    let mut files = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                files.push((path.to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

fn load(files: &[(String, String)]) -> Pack {
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let (pack, found) = Pack::load(&files);
    pack.unwrap_or_else(|| unreachable!("{found:#?}"))
}

static SHIPPED: LazyLock<Pack> =
    LazyLock::new(|| load(&files(&["calendar/cn", "law", "procedures", "notices", "documents"])));

/// Regions that go round beside each other, facts that are set and cleared at any time and all asked for at the end, and
/// a case that is opened and waited for.
static LARGE: LazyLock<Pack> = LazyLock::new(|| {
    let mut files = files(&["calendar/cn", "law"]);
    files.push(("procedures/child.yaml".to_owned(), CHILD.to_owned()));
    files.push(("procedures/large.yaml".to_owned(), large()));
    load(&files)
});

const CHILD: &str = "procedure: child
version: 1
title: {zh: 子, en: Child}
instrument: samr-121
roles: {officer: {title: {zh: 官, en: Officer}, kind: staff}}
fields: {note: {title: {zh: 注, en: Note}, type: bool}}
filing: {by: [officer], pages: {what: {title: {zh: 页, en: Page}, form: ['note?']}}}
events:
  go_on: {title: {zh: 进, en: Go on}, by: [officer]}
  decide: {title: {zh: 决, en: Decide}, by: [officer]}
initial: open
states:
  open: {title: {zh: 开, en: Open}, owner: officer, no_clock: none, events: {go_on: late}}
  late: {title: {zh: 后, en: Late}, owner: officer, no_clock: none, events: {decide: [{to: won, when: 'has(data.note) && data.note'}, {to: lost}]}}
  won: {title: {zh: 成, en: Won}, outcome: won}
  lost: {title: {zh: 败, en: Lost}, outcome: lost}
";

fn large() -> String {
    let mut text = String::from(
        "procedure: large\nversion: 1\ntitle: {zh: 大, en: Large}\ninstrument: samr-121\nroles: {officer: {title: {zh: 官, en: Officer}, kind: staff}}\nfields:\n",
    );
    for flag in 0..FLAGS {
        writeln!(text, "  flag_{flag}: {{title: {{zh: 旗, en: Flag}}, type: bool}}").unwrap();
    }
    text.push_str("filing: {by: [officer], pages: {what: {title: {zh: 页, en: Page}, form: ['flag_0?']}}}\nevents:\n");
    for flag in 0..FLAGS {
        writeln!(text, "  set_{flag}: {{title: {{zh: 设, en: Set}}, by: [officer], do: [{{set: {{field: flag_{flag}, value: true}}}}]}}").unwrap();
        writeln!(text, "  clear_{flag}: {{title: {{zh: 清, en: Clear}}, by: [officer], do: [{{set: {{field: flag_{flag}, value: false}}}}]}}").unwrap();
    }
    for region in 0..REGIONS {
        writeln!(text, "  next_{region}: {{title: {{zh: 下, en: Next}}, by: [officer]}}").unwrap();
    }
    text.push_str("  ask: {title: {zh: 问, en: Ask}, by: [officer], do: [{open: inquiry}]}\n  answered: {title: {zh: 答, en: Answered}, do: [{release: officer}]}\n  close: {title: {zh: 结, en: Close}, by: [officer]}\n");
    text.push_str("subcases:\n  inquiry: {title: {zh: 查, en: Inquiry}, procedure: child, link: inquiry, outcomes: {won: answered, lost: answered}}\ninitial: work\nstates:\n  work:\n    title: {zh: 办, en: Work}\n    owner: officer\n    no_clock: none\n    events:\n      ask:\n");
    for flag in 0..FLAGS {
        writeln!(text, "      set_{flag}:\n      clear_{flag}:").unwrap();
    }
    let all: Vec<String> = (0..FLAGS)
        .map(|f| format!("has(data.flag_{f}) && data.flag_{f}"))
        .collect();
    writeln!(
        text,
        "      close: {{to: done, when: '{}'}}\n    parallel:",
        all.join(" && ")
    )
    .unwrap();
    for region in 0..REGIONS {
        writeln!(
            text,
            "      region_{region}:\n        title: {{zh: 区, en: Region}}\n        initial: stage_0\n        states:"
        )
        .unwrap();
        for stage in 0..STAGES {
            let next = (stage + 1) % STAGES;
            writeln!(text, "          stage_{stage}: {{title: {{zh: 段, en: Stage}}, events: {{next_{region}: work.region_{region}.stage_{next}}}}}").unwrap();
        }
    }
    text.push_str("  done: {title: {zh: 毕, en: Done}, outcome: done}\n");
    text
}

fn main() {
    LazyLock::force(&SHIPPED);
    for explored in explore(&LARGE, BOUND).procedures {
        println!(
            "{} version {}: {} states, {} steps, bounded: {}",
            explored.procedure, explored.version, explored.states, explored.steps, explored.bounded
        );
    }
    divan::main();
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn the_shipped_pack(bencher: divan::Bencher<'_, '_>) {
    bencher.bench(|| explore(divan::black_box(&SHIPPED), STATES).procedures.len());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn a_million_states(bencher: divan::Bencher<'_, '_>) {
    bencher.bench(|| explore(divan::black_box(&LARGE), BOUND).procedures.len());
}
