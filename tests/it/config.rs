//! The configuration: layers, errors, and that the documented defaults are complete.

use std::{fs, net::SocketAddr, path::PathBuf, process::Command, time::Duration};

use zhengming::config::{Config, DEFAULTS, Flags, LogFormat, TrustedProxies};

/// The configuration of a file with `text` under `variables`, or its error as people see it.
fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().expect("temporary directory");
    let file = directory.path().join("zhengming.toml");
    fs::write(&file, text).expect("written");
    let flags = Flags {
        config: Some(file.clone()),
        ..Flags::default()
    };
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(&flags, variables).map_err(|error| error.to_string().replace(&file.display().to_string(), "FILE"))
}

fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
    load(text, variables).expect_err("refused")
}

#[test]
fn an_empty_file_is_the_defaults_and_so_are_the_printed_defaults() {
    let empty = load("", &[]).expect("valid");
    let printed = load(DEFAULTS, &[]).expect("valid");
    assert_eq!(format!("{empty:?}"), format!("{:?}", Config::default()));
    assert_eq!(format!("{printed:?}"), format!("{empty:?}"));
}

#[test]
fn the_promised_defaults_hold() {
    let config = Config::default();
    assert_eq!(config.listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
    assert_eq!(config.public_url().origin(), "http://127.0.0.1:8080");
    assert_eq!(config.database_url().reveal(), "sqlite://./data/zhengming.sqlite");
    assert_eq!(config.password.memory_kib.get(), 65_536);
    assert_eq!(config.password.iterations.get(), 3);
    assert_eq!(config.session.idle(), Duration::from_secs(30 * 60));
    assert_eq!(config.session.absolute(), Duration::from_secs(12 * 3_600));
    assert!(config.retention.idempotency() >= Duration::from_secs(24 * 3_600));
}

#[test]
fn the_environment_wins_over_the_file_and_the_command_line_over_both() {
    let file = "listen = \"127.0.0.1:1\"\n[session]\nidle_minutes = 5\n[log]\nformat = \"json\"";
    let variables = [
        ("ZHENGMING_LISTEN", "127.0.0.1:2"),
        ("ZHENGMING_SESSION__IDLE_MINUTES", "7"),
    ];
    let config = load(file, &variables).expect("valid");
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.session.idle(), Duration::from_secs(7 * 60));
    assert_eq!(config.log.format, LogFormat::Json);

    let flags = Flags {
        listen: Some("127.0.0.1:3".to_owned()),
        data_dir: Some(PathBuf::from("/elsewhere")),
        config: None,
    };
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(&flags, variables).expect("valid");
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.data_dir, PathBuf::from("/elsewhere"));
}

#[test]
fn lists_deep_keys_and_switches_can_be_set_in_the_environment() {
    let variables = [
        ("ZHENGMING_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("ZHENGMING_LIMITS__FILING__BURST", "50"),
        ("ZHENGMING_LIMITS__FILING__PER", "day"),
        ("ZHENGMING_PASSWORD__COMPLEXITY", "true"),
        ("ZHENGMING_PUBLIC_URL", "https://cases.example"),
        ("HOME", "/root"),
    ];
    let config = load("", &variables).expect("valid");
    let proxies: TrustedProxies = ["10.0.0.0/8", "::1/128"]
        .iter()
        .map(|network| network.parse().expect("network"))
        .collect();
    assert_eq!(config.trusted_proxies, proxies);
    assert_eq!(config.limits.filing.burst.get(), 50);
    assert_eq!(config.limits.filing.interval(), Duration::from_secs(86_400 / 5));
    assert!(config.password.complexity);
    assert!(config.public_url().is_https());
}

#[test]
fn every_error_names_the_layer_and_the_key() {
    for (text, variables, parts) in [
        (
            "lisen = \"x\"",
            &[][..],
            &["FILE", "unknown key `lisen`", "listen, log"][..],
        ),
        ("[session]\nidle = 5", &[], &["FILE", "`session.idle`", "idle_minutes"]),
        ("[sesion]\nidle_minutes = 5", &[], &["FILE", "`sesion`", "session"]),
        ("listen = \"nowhere\"", &[], &["FILE", "`listen`"]),
        ("session = 5", &[], &["FILE", "`session`"]),
        ("[session]\nidle_minutes = 0", &[], &["FILE", "`session.idle_minutes`"]),
        (
            "[retention]\nidempotency_hours = 23",
            &[],
            &["`retention.idempotency_hours`", "24 or more"],
        ),
        (
            "trusted_proxies = [\"ten\"]",
            &[],
            &["FILE", "`trusted_proxies`", "10.0.0.0/8"],
        ),
        ("public_url = \"cases.example\"", &[], &["`public_url`", "https://"]),
        (
            "case_number_prefix = \"武汉\"",
            &[],
            &["`case_number_prefix`", "letters"],
        ),
        (
            "",
            &[("ZHENGMING_LISTN", "x")],
            &["variable ZHENGMING_LISTN", "unknown key `listn`"],
        ),
        (
            "",
            &[("ZHENGMING_SESSION__IDLE_MINUTES", "x")],
            &["ZHENGMING_SESSION__IDLE_MINUTES", "integer"],
        ),
        ("", &[("ZHENGMING_SESSION", "x")], &["ZHENGMING_SESSION", "`session`"]),
        ("[mail]\nusername = \"u\"", &[], &["`mail.password_file`", "both"]),
        (
            "[mail]\nusername = \"u\"\npassword_file = \"p\"\ntls = \"none\"",
            &[],
            &["`mail.tls`", "starttls"],
        ),
    ] {
        let message = refusal(text, variables);
        for part in parts {
            assert!(message.contains(part), "{text:?} {variables:?}: {message}");
        }
    }
}

#[test]
fn a_syntax_error_names_its_place_but_does_not_repeat_the_line() {
    let message = refusal("# first\n[database]\nurl = \"postgres://u:hunter2@h/d\" junk\n", &[]);
    assert!(message.starts_with("FILE:3:"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_database_password_is_never_shown() {
    let config = load("[database]\nurl = \"postgres://u:hunter2@h/d\"", &[]).expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
    assert_eq!(config.database_url().reveal(), "postgres://u:hunter2@h/d");
    assert!(!refusal("[database]\nurl = \"mysql://u:hunter2@h/d\"", &[]).contains("hunter2"));
}

#[test]
fn a_named_file_must_be_there() {
    let flags = Flags {
        config: Some(PathBuf::from("/nowhere/zhengming.toml")),
        ..Flags::default()
    };
    let error = Config::load(&flags, []).expect_err("missing").to_string();
    assert!(error.contains("/nowhere/zhengming.toml"), "{error}");
}

#[test]
fn a_search_server_has_a_url_and_a_key_that_is_not_shown() {
    let set = "[search]\nmeilisearch_url = \"https://search.example:7700/\"\nmeilisearch_key = \"hunter2\"";
    let config = load(set, &[]).expect("valid");
    let server = config.search.meilisearch().expect("a server");
    assert_eq!(server.url, "https://search.example:7700/");
    assert_eq!(server.key.as_ref().map(|key| key.reveal()), Some("hunter2"));
    assert_eq!(
        (server.index.as_str(), server.timeout),
        ("zhengming-marks", Duration::from_secs(10))
    );
    assert!(!format!("{config:?}").contains("hunter2"));
    assert!(Config::default().search.meilisearch().is_none());
    for wrong in [
        "meilisearch_url = \"search.example\"",
        "meilisearch_url = \"http://u:hunter2@search.example\"",
        "meilisearch_index = \"a b\"",
        "meilisearch_index = \"\"",
        "timeout_seconds = 0",
    ] {
        let message = refusal(&format!("[search]\n{wrong}"), &[]);
        assert!(message.contains("search.") && !message.contains("hunter2"), "{message}");
    }
}

#[test]
fn gen_config_prints_the_documented_defaults() {
    let output = program(&["gen", "config"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), DEFAULTS);
}

#[test]
fn wrong_usage_exits_with_2_and_says_why() {
    let unknown = program(&["nonsense"]);
    assert_eq!(unknown.status.code(), Some(2));
    let config = program(&["serve", "--listen", "nowhere"]);
    assert_eq!(config.status.code(), Some(2));
    let message = String::from_utf8_lossy(&config.stderr).into_owned();
    assert!(
        message.contains("option --listen") && message.contains("`listen`"),
        "{message}"
    );
    assert_eq!(program(&["--help"]).status.code(), Some(0));
}

fn program(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_zhengming"))
        .args(arguments)
        .env_clear()
        .output()
        .expect("runs")
}
