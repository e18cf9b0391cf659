//! `deadline`, `law` and `check`: what needs no data.

use std::{fs, path::Path};

use serde_json::{Value as Json, json};
use zhengming::rehearsal::scenario;

use super::Place;

fn dates(answer: &Json, keys: [&str; 3]) -> [String; 3] {
    keys.map(|key| {
        answer[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key}: {answer}"))
            .to_owned()
    })
}

const DATES: [&str; 3] = ["dueDate", "dueAt", "strictDate"];

#[test]
fn seven_working_days_before_the_national_holiday_end_on_a_made_up_saturday() {
    let place = Place::new();
    let rule = ["deadline", "--instrument", "samr-121", "--within", "7 working_days"];
    let from = ["--from", "2026-09-23T10:00:00+08:00"];
    let answer = place.run(&[&rule[..], &from, &["--json"]].concat()).done().json();
    assert_eq!(
        dates(&answer, DATES),
        ["2026-10-10", "2026-10-11T00:00:00+08:00", "2026-10-10"]
    );
    assert_eq!(answer["provisional"], json!(false));
    let trace = answer["trace"].as_array().expect("a list");
    assert_eq!(
        trace[0],
        json!({"date": "2026-09-23", "counted": false, "reason": "start_day"})
    );
    assert_eq!(trace.iter().filter(|day| day["counted"] == json!(true)).count(), 7);
    let last = trace.last().expect("not empty");
    assert_eq!(
        *last,
        json!({"date": "2026-10-10", "counted": true, "reason": "make_up_working_day"})
    );
    let keys: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["dueDate", "dueAt", "strictDate", "provisional", "trace"]);

    let plain = place.run(&[&rule[..], &["--from", "2026-09-23"]].concat()).done().out;
    assert!(plain.starts_with("2026-10-10 周六 Sat\n"), "{plain}");
    assert!(
        plain.contains("2026-10-01  周四 Thu      -  法定节假日 statutory holiday"),
        "{plain}"
    );
}

#[test]
fn the_filing_date_decides_under_which_version_a_clock_runs() {
    let place = Place::new();
    let clock = ["deadline", "--clock", "complaint.mediation", "--json", "--from"];
    let new = place.run(&[&clock[..], &["2026-05-06"]].concat()).done().json();
    let old = place
        .run(&[&clock[..], &["2026-05-06", "--filed", "2026-04-14"]].concat())
        .done()
        .json();
    let counted = |answer: &Json| {
        let days = answer["trace"].as_array().expect("a list");
        days.iter().filter(|day| day["counted"] == json!(true)).count()
    };
    assert_eq!((counted(&old), counted(&new)), (45, 60));
    assert!(old["trace"].to_string().contains("working_day") && new["trace"].to_string().contains("calendar_day"));
}

#[test]
fn a_clock_that_stands_still_has_no_due_date_but_what_is_left() {
    let place = Place::new();
    let rule = [
        "deadline",
        "--instrument",
        "samr-121",
        "--within",
        "7 working_days",
        "--from",
        "2026-09-23",
        "--json",
    ];
    let open = place
        .run(&[&rule[..], &["--suspend", "2026-09-24/"]].concat())
        .done()
        .json();
    assert_eq!(
        (&open["dueDate"], &open["dueAt"], &open["strictDate"]),
        (&Json::Null, &Json::Null, &Json::Null)
    );
    assert_eq!(open["remaining"], json!({"amount": 6, "unit": "working_days"}));
    let closed = place
        .run(&[&rule[..], &["--suspend", "2026-09-24/2026-09-29"]].concat())
        .done()
        .json();
    assert_eq!(dates(&closed, DATES)[0], "2026-10-13");
    assert_eq!(closed.get("remaining"), None);
}

#[test]
fn a_period_of_hours_gets_a_pause_back_to_the_second() {
    let place = Place::new();
    let rule = [
        "deadline",
        "--instrument",
        "referral-310",
        "--within",
        "24 hours",
        "--json",
    ];
    let from = ["--from", "2026-09-23T10:00:00+08:00", "--suspend"];
    let answer = |pause: &str| place.run(&[&rule[..], &from, &[pause]].concat()).done().json();
    let paused = answer("2026-09-23T12:00:00+08:00/2026-09-23T17:00:07+08:00");
    assert_eq!(
        dates(&paused, DATES),
        ["2026-09-24", "2026-09-24T15:00:07+08:00", "2026-09-24"]
    );
    let days = answer("2026-09-23/2026-09-24");
    assert_eq!(
        days["dueAt"], "2026-09-25T10:00:00+08:00",
        "one day, from 24:00 to 24:00"
    );
    let open = answer("2026-09-23T12:00:00+08:00/");
    assert_eq!(open["remaining"], json!({"amount": 79_200, "unit": "seconds"}));
}

#[test]
fn a_year_without_published_holidays_makes_a_deadline_provisional() {
    let place = Place::new();
    let rule = [
        "deadline",
        "--instrument",
        "samr-121",
        "--within",
        "15 working_days",
        "--from",
        "2100-01-04",
        "--json",
    ];
    assert_eq!(place.run(&rule).done().json()["provisional"], json!(true));
}

#[test]
fn what_deadline_cannot_use_is_refused_with_the_way_out() {
    let place = Place::new();
    let from = ["--from", "2026-09-23"];
    for (arguments, parts) in [
        (
            &["--clock", "complaint.nothing"][..],
            &["no clock `nothing`", "complaint.acceptance", "complaint.mediation"][..],
        ),
        (
            &["--clock", "nothing.acceptance"],
            &["no procedure `nothing`", "complaint", "report"],
        ),
        (&["--clock", "complaint"], &["PROCEDURE.CLOCK"]),
        (
            &["--instrument", "nothing", "--within", "7 days"],
            &["no instrument `nothing`", "samr-121"],
        ),
        (&["--instrument", "samr-121"], &["--within"]),
        (
            &["--instrument", "samr-121", "--within", "7 fortnights"],
            &["working_days"],
        ),
        (&["--instrument", "samr-121", "--within", "0 days"], &["at least one"]),
        (
            &["--instrument", "samr-121", "--within", "4000000000 days"],
            &["beyond"],
        ),
        (
            &["--instrument", "criminal-procedure", "--within", "24 hours"],
            &["--from", "2026-09-23T10:00:00+08:00"],
        ),
        (
            &[
                "--instrument",
                "samr-121",
                "--within",
                "7 days",
                "--suspend",
                "2026-09-24",
            ],
            &["FROM/TO"],
        ),
        (
            &[
                "--instrument",
                "samr-121",
                "--within",
                "7 days",
                "--suspend",
                "2026-09-24/2026-09-01",
            ],
            &["cannot end"],
        ),
        (&["--within", "7 days"], &["--instrument"]),
        (&[], &["--clock", "--instrument"]),
    ] {
        let message = place.run(&[&["deadline"][..], arguments, &from].concat()).refused();
        for part in parts {
            assert!(message.contains(part), "{arguments:?}: {message}");
        }
    }
    let message = place
        .run(&["deadline", "--clock", "complaint.acceptance", "--from", "tomorrow"])
        .refused();
    assert!(message.contains("2026-09-23T10:00:00+08:00"), "{message}");
}

#[test]
fn law_lists_every_instrument_with_its_rules() {
    let place = Place::new();
    let list = place.run(&["law", "--json"]).done().json();
    let list = list.as_array().expect("a list");
    let penalty = list.iter().find(|one| one["key"] == "penalty-law").expect("there");
    assert_eq!(penalty["dayMeans"], json!({"working_values": [2, 3, 5, 7]}));
    assert_eq!(
        (&penalty["rollRule"], &penalty["inForce"]["from"]),
        (&json!("rest_day"), &json!("2021-07-15"))
    );
    let plain = place.run(&["law"]).done().out;
    assert!(
        list.iter()
            .all(|one| plain.contains(one["key"].as_str().expect("a text"))),
        "{plain}"
    );
    let chinese = place
        .command(&["law"])
        .env("LANG", "zh_CN.UTF-8")
        .output()
        .expect("runs");
    assert!(String::from_utf8_lossy(&chinese.stdout).contains("中华人民共和国行政处罚法"));
}

#[test]
fn the_built_in_pack_has_no_faults_and_every_fault_of_another_is_named_at_once() {
    let place = Place::new();
    assert_eq!(place.run(&["check", "--json"]).done().json(), json!([]));
    place.write("workflows/law/x.yaml", "key: x\n");
    place.write("workflows/procedures/y.yaml", "procedure: y\nversion: [\n");
    let found = place.run(&["check"]);
    assert_eq!(found.code, Some(1), "{}", found.err);
    assert!(found.out.contains("workflows/law/x.yaml:1:WF"), "{}", found.out);
    let listed = place.run(&["check", "workflows", "--json"]);
    assert_eq!(listed.code, Some(1));
    let first = listed.json()[0].clone();
    assert!(
        first["line"].as_u64() >= Some(1) && first["severity"] == "error",
        "{first}"
    );

    place.write("workflows/procedures/z-1.yml", "procedure: z\n");
    place.write(
        "workflows/notices/a.yaml",
        b"notices:\n  a: {subject: {zh: \xFF, en: A}}\n",
    );
    let found = place.run(&["check"]);
    assert_eq!(found.code, Some(1), "{}", found.err);
    for wanted in [
        "workflows/notices/a.yaml:2:WF001: there are bytes here that are no UTF-8",
        "workflows/procedures/z-1.yml:1:WF614: warning: this file is not read",
        "workflows/law/x.yaml:1:WF",
    ] {
        assert!(found.out.contains(wanted), "{wanted}: {}", found.out);
    }

    let copied = concat!(env!("CARGO_MANIFEST_DIR"), "/../../workflows");
    assert_eq!(place.run(&["check", copied]).code, Some(0));
    let message = place.run(&["check", "nowhere"]).refused();
    assert!(
        message.contains("nowhere") && message.contains("procedures/"),
        "{message}"
    );
}

#[test]
fn check_says_how_many_states_it_explored_and_writes_the_way_to_a_dead_end_as_a_scenario_that_plays() {
    let place = Place::new();
    let workflows = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    for folder in ["calendar/cn", "law", "notices", "documents", "procedures"] {
        for entry in fs::read_dir(workflows.join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = format!(
                "workflows/{folder}/{}",
                path.file_name().expect("a name").to_string_lossy()
            );
            place.write(&name, fs::read(&path).expect("readable"));
        }
    }
    let sound = place.run(&["check"]).done().out;
    assert!(
        sound.contains("complaint version 2: ") && sound.contains(" states, "),
        "{sound}"
    );
    let bounded = place.run(&["check", "--states", "10"]).done().out;
    assert!(bounded.contains("(not all: the bound was reached)"), "{bounded}");

    let file = place.path().join("workflows/procedures/complaint-2.yaml");
    let text = fs::read_to_string(&file).expect("readable");
    let broken = text.replace(
        "- {to: closed_terminated}",
        "- {to: closed_terminated, when: data.joint}",
    );
    place.write("workflows/procedures/complaint-2.yaml", &broken);
    let found = place.run(&["check", "--scenario-out", "ways"]);
    assert_eq!(found.code, Some(1), "{}", found.err);
    let line = broken
        .lines()
        .position(|line| line == "  terminating:")
        .expect("the state")
        + 1;
    let wanted = format!("workflows/procedures/complaint-2.yaml:{line}:WF201: a case in `terminating` is stuck");
    assert!(found.out.contains(&wanted), "{}", found.out);

    let ways: Vec<_> = fs::read_dir(place.path().join("ways")).expect("ways").collect();
    let way = ways.into_iter().map(|entry| entry.expect("an entry").path());
    let way = way.into_iter().next().expect("one way");
    let text = fs::read_to_string(&way).expect("readable");
    let file = scenario::File::parse("way", &text).expect("a scenario file");
    let pack = zhengming::workflows::load(None).expect("sound");
    assert_eq!(file.first_failure(&pack, "complaint", 2), None, "{text}");
    assert!(text.contains("terminating") && !text.contains("by hand"), "{text}");
}

#[test]
fn check_plays_scenarios_and_names_those_that_go_otherwise_and_the_ways_that_none_takes() {
    let place = Place::new();
    let scenario = |closed: &str| {
        format!(
            "fields: {{source: inspection, facts: 线索, party_name: 某店}}\n\
             scenarios:\n  - name: not filed\n    procedure: penalty\n    filed: 2026-09-07T09:00\n    steps:\n      \
             - {{at: 2026-09-08T10:00, event: not_file, by: head, fields: {{not_filing_ground: no_prima_facie, not_filing_reason: 证据不足。}}, expect: {{states: [{closed}]}}}}\n"
        )
    };
    place.write("stories/penalty.yaml", scenario("closed_not_filed"));
    let sound = place.run(&["check", "--scenarios", "stories"]);
    assert_eq!(sound.code, Some(0), "{}{}", sound.out, sound.err);
    assert!(sound.out.contains("1 scenario played: 0 faults"), "{}", sound.out);
    assert!(
        sound.out.contains("penalty version 1: 2 of ") && sound.out.contains(":WF605: "),
        "{}",
        sound.out
    );

    place.write("stories/penalty.yaml", scenario("investigating"));
    let wrong = place.run(&["check", "--scenarios", "stories/penalty.yaml"]);
    assert_eq!(wrong.code, Some(1), "{}", wrong.err);
    let told = "stories/penalty.yaml:7:WF606: \"not filed\": not_file at 2026-09-08T10:00: state is [\"closed_not_filed\"], not [\"investigating\"]";
    assert!(wrong.out.contains(told), "{}", wrong.out);

    let earlier = scenario("closed_not_filed").replace("2026-09-08T10:00", "2026-09-07T08:00");
    place.write("stories/penalty.yaml", earlier);
    let before = place.run(&["check", "--scenarios", "stories/penalty.yaml"]);
    assert_eq!(before.code, Some(1), "{}", before.err);
    let told = "not_file at 2026-09-07T08:00 comes before what stands above it";
    assert!(before.out.contains(told), "{}", before.out);

    // What is misspelt is refused as well, or never set: such a step would prove nothing.
    let right = scenario("closed_not_filed");
    for (old, new, told) in [
        (
            "event: not_file",
            "event: not_flie",
            "no event `not_flie`; did you mean `not_file`?",
        ),
        ("by: head", "by: heads", "no role `heads`; did you mean `head`?"),
        (
            "{not_filing_ground",
            "{not_filing_grond",
            "no field `not_filing_grond`; did you mean `not_filing_ground`?",
        ),
    ] {
        let refused = right.replacen(", expect: {states: [closed_not_filed]}", ", refused: MISSING_FIELD", 1);
        place.write("stories/penalty.yaml", refused.replacen(old, new, 1));
        let misspelt = place.run(&["check", "--scenarios", "stories/penalty.yaml"]);
        assert_eq!(misspelt.code, Some(1), "{new}: {}", misspelt.err);
        assert!(misspelt.out.contains(told), "{new}: {}", misspelt.out);
    }
    for (expected, told) in [
        ("data: {fines: null}", "no field `fines`; did you mean `fine`?"),
        (
            "clocks: {verificatoin: {status: \"\"}}",
            "no clock `verificatoin`; did you mean `verification`?",
        ),
        ("clocks: {verification: {}}", "nothing is said of clock `verification`"),
    ] {
        let expecting = right.replacen("{states: [closed_not_filed]}", &format!("{{{expected}}}"), 1);
        place.write("stories/penalty.yaml", expecting);
        let silent = place.run(&["check", "--scenarios", "stories/penalty.yaml"]);
        assert_eq!(silent.code, Some(1), "{expected}: {}", silent.err);
        assert!(silent.out.contains(told), "{expected}: {}", silent.out);
    }

    place.write("stories/other.yaml", "scenarios:\n  - {nam: x}\n");
    let unread = place.run(&["check", "--scenarios", "stories/other.yaml"]);
    assert_eq!(unread.code, Some(1), "{}", unread.err);
    assert!(
        unread.out.contains("stories/other.yaml:2:WF607: unknown field `nam`"),
        "{}",
        unread.out
    );
    assert!(
        place
            .run(&["check", "--scenarios", "nowhere"])
            .refused()
            .contains("nowhere")
    );
}
