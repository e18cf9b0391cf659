//! Accounts, marks, backups, verification and health: commands on the data of an installation.

use std::{fs, os::unix::fs::PermissionsExt as _};

use sea_orm::ConnectionTrait as _;
use serde_json::{Value as Json, json};

use super::Place;

#[test]
fn commands_on_data_do_not_make_any() {
    let place = Place::new();
    for command in [
        &["verify"][..],
        &["reindex"],
        &["backup", "b"],
        &["user", "list"],
        &["marks", "match", "x"],
    ] {
        let message = place.run(command).refused();
        assert!(
            message.contains("no data") && message.contains("--data-dir"),
            "{command:?}: {message}"
        );
    }
    place.run(&["restore", "nothing"]).refused();
    place.run(&["doctor"]).done();
    let left: Vec<_> = fs::read_dir(place.path())
        .expect("read")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(left, ["zhengming.toml"]);
}

#[test]
fn the_first_administrator_is_made_with_the_first_organisation_and_a_password_shown_once() {
    let place = Place::new();
    let password = place.administrator();
    assert!(
        password.len() >= 25 && !password.contains(char::is_whitespace),
        "{password}"
    );
    let list = place.run(&["user", "list", "--json"]).done().json();
    let expected = json!([{"login": "admin", "name": "管理员", "disabled": false, "roles": ["administrator@city"]}]);
    assert_eq!(list, expected);

    place
        .run(&["user", "grant", "admin", "--role", "head", "--organisation", "city"])
        .done();
    let reset = place
        .run_with(
            &["user", "reset", "admin", "--password-stdin"],
            b"correct horse battery\n",
        )
        .done();
    assert_eq!(reset.out, "", "a password that was given is not repeated");
    let again = ["user", "grant", "admin", "--role", "head", "--organisation", "city"];
    place.run(&again).done();
    let alone = place.run(&["user", "disable", "admin"]).refused();
    assert!(alone.contains("only administrator"), "{alone}");
    let held = ["--role", "administrator", "--organisation", "city"];
    let alone = place.run(&[&["user", "revoke", "admin"][..], &held].concat()).refused();
    assert!(alone.contains("only administrator"), "{alone}");
    place.run(&[&["user", "add", "second"][..], &held].concat()).done();

    place.run(&["user", "disable", "admin"]).done();
    let list = || place.run(&["user", "list"]).done().out;
    let line = |state: &str, roles: &str| format!("admin\t{state}\t管理员\t{roles}\n");
    let both = "administrator@city head@city";
    assert!(
        list().starts_with(&line("disabled", both)),
        "a role given twice stands once: {}",
        list()
    );
    place.run(&["user", "enable", "admin"]).done();
    place.run(&[&["user", "revoke", "admin"][..], &held].concat()).done();
    assert!(list().starts_with(&line("active", "head@city")), "{}", list());
    let gone = place.run(&[&["user", "revoke", "admin"][..], &held].concat()).refused();
    assert!(gone.contains("has no role `administrator`"), "{gone}");
}

#[test]
fn accounts_that_cannot_be_made_are_refused_with_the_reason() {
    let place = Place::new();
    let early = place
        .run(&["user", "add", "li.si", "--role", "head", "--organisation", "city"])
        .refused();
    assert!(early.contains("--organisation-name"), "{early}");
    place.administrator();
    for (arguments, part) in [
        (&["add", "admin"][..], "taken"),
        (&["add", "李四"], "lower-case"),
        (
            &["add", "li.si", "--role", "king", "--organisation", "city"],
            "administrator",
        ),
        (&["add", "li.si", "--role", "head"], "--organisation"),
        (
            &["add", "li.si", "--role", "head", "--organisation", "elsewhere"],
            "city",
        ),
        (&["add", "li.si", "--mail", "somebody"], "name@example.cn"),
        (
            &[
                "add",
                "li.si",
                "--role",
                "head",
                "--organisation",
                "north",
                "--organisation-name",
                "北区",
                "--organisation-kind",
                "kingdom",
            ],
            "market_regulation",
        ),
        (
            &[
                "add",
                "li.si",
                "--role",
                "head",
                "--organisation",
                "north",
                "--organisation-name",
                "北区",
                "--organisation-division",
                "42",
            ],
            "six digits",
        ),
        (
            &[
                "add",
                "李四",
                "--role",
                "head",
                "--organisation",
                "north",
                "--organisation-name",
                "北区",
            ],
            "lower-case",
        ),
        (
            &["add", "li.si", "--role", "head", "--organisation", "north"],
            "no organisation `north`",
        ),
        (&["reset", "nobody"], "user list"),
        (&["disable", "nobody"], "user list"),
        (
            &["grant", "nobody", "--role", "head", "--organisation", "city"],
            "user list",
        ),
    ] {
        let message = place.run(&[&["user"][..], arguments].concat()).refused();
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    for (password, part) in [
        ("\n", "no password"),
        ("kurz\n", "min_length"),
        ("xx-li.si-xx-li.si\n", "sign-in name"),
    ] {
        let message = place
            .run_with(&["user", "add", "li.si", "--password-stdin"], password.as_bytes())
            .refused();
        assert!(message.contains(part), "{password:?}: {message}");
        assert!(
            !message.contains(password.trim()) || password.trim().is_empty(),
            "{message}"
        );
    }
    assert!(!place.run(&["user", "list"]).done().out.contains("li.si"));
}

#[test]
fn marks_are_imported_and_matched_by_name_and_line_by_line() {
    let place = Place::new();
    place.write(
        "marks.csv",
        "name,registration_no,classes\n康师傅,1,30\n雪碧,2,32\nADIDAS,3,25;35\n",
    );
    let imported = place.run(&["marks", "import", "marks.csv"]).done();
    assert!(imported.out.starts_with("3 marks"), "{}", imported.out);
    let again = place.run(&["marks", "import", "marks.csv"]).done();
    assert_eq!(
        again.out,
        "0 marks entered, 0 updated, 3 as before, 0 faults left out.\n"
    );

    let found = place.run(&["marks", "match", "ABIBAS", "--json"]).done().json();
    let best = &found[0];
    assert_eq!(
        (&best["name"], &best["registrationNo"], &best["band"]),
        (&json!("ADIDAS"), &json!("3"), &json!("high"))
    );
    assert_eq!(best["reasons"], json!(["look_alike_letters(b/d)"]));
    assert!(
        best["score"].as_f64().is_some_and(|score| (0.8..0.99).contains(&score)),
        "{best}"
    );
    assert_eq!(
        place
            .run(&["marks", "match", "ABIBAS", "--json", "--classes", "30"])
            .done()
            .json(),
        json!([])
    );

    let long = "长".repeat(201);
    let lines = place.run_with(&["marks", "match"], format!("康帅傅\n\n{long}\n雷碧").as_bytes());
    assert_eq!(lines.code, Some(1), "a line was too long");
    assert!(
        lines.err.contains("line 3") && !lines.err.contains('长'),
        "{}",
        lines.err
    );
    let answers: Vec<Json> = lines
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), 4);
    assert_eq!(
        (&answers[0][0]["name"], &answers[1], &answers[2]),
        (&json!("康师傅"), &json!([]), &json!([]))
    );
    assert_eq!(answers[3][0]["name"], json!("雪碧"));

    fs::remove_dir_all(place.path().join("data/marks-index")).expect("removed");
    assert_eq!(
        place.run(&["marks", "match", "康师傅", "--json"]).done().json()[0]["score"],
        json!(1.0)
    );
    assert!(place.run(&["reindex"]).done().out.contains('3'));
}

#[test]
fn bad_rows_are_all_named_and_nothing_is_imported_unless_asked() {
    let place = Place::new();
    place.write("bad.csv", "name,classes\n,1\n雪碧,99\n康师傅,30\n");
    let message = place.run(&["marks", "import", "bad.csv"]).refused();
    assert!(
        message.contains("line 2") && message.contains("line 3") && message.contains("--skip-bad"),
        "{message}"
    );
    assert!(!message.contains("雪碧"), "cells are not repeated: {message}");
    let skipped = place.run(&["marks", "import", "bad.csv", "--skip-bad"]).done();
    assert!(
        skipped.out.starts_with("1 mark entered") && skipped.err.contains("line 3"),
        "{}{}",
        skipped.out,
        skipped.err
    );
    assert!(
        place
            .run(&["marks", "import", "nothing.csv"])
            .refused()
            .contains("nothing.csv")
    );
    place.write("one.csv", "name,classes\n雪碧,99\n");
    let message = place.run(&["marks", "import", "one.csv"]).refused();
    assert!(message.contains("1 fault in the rows"), "{message}");
    for empty in ["", "\n\n", "name,classes\n"] {
        place.write("empty.csv", empty);
        let message = place.run(&["marks", "import", "empty.csv"]).refused();
        assert!(message.contains("empty.csv: it holds no marks"), "{message}");
    }
    place.run(&["marks", "match", "x", "--classes", "46"]).refused();
}

#[test]
fn a_register_of_st96_is_imported_and_one_that_is_damaged_or_dangerous_is_refused() {
    let place = Place::new();
    let mark = |number: u8, name: &str, class: &str| {
        format!(
            "<tmk:Trademark><com:RegistrationNumber>{number}</com:RegistrationNumber>\
             <tmk:MarkVerbalElementText>{name}</tmk:MarkVerbalElementText>\n<tmk:ClassNumber>{class}</tmk:ClassNumber></tmk:Trademark>\n"
        )
    };
    let document = |marks: &str| {
        format!("<tmk:TrademarkBag xmlns:tmk=\"urn:tmk\" xmlns:com=\"urn:com\">\n{marks}</tmk:TrademarkBag>\n")
    };
    let import = |more: &[&str]| place.run(&[&["marks", "import", "marks.xml", "--format", "st96"], more].concat());
    let figure = "<tmk:Trademark><tmk:MarkFeatureCategory>Figurative</tmk:MarkFeatureCategory></tmk:Trademark>\n";
    let good = document(&(mark(1, "康师傅", "030") + figure + &mark(2, "R&amp;B", "25")));

    place.write("marks.xml", &good[..good.len() - 10]);
    assert!(import(&[]).refused().contains("cut short"));
    place.write("marks.xml", format!("<!DOCTYPE x SYSTEM \"/etc/passwd\">\n{good}"));
    let message = import(&["--skip-bad"]).refused();
    assert!(
        message.contains("line 1") && message.contains("document type"),
        "{message}"
    );
    place.write(
        "marks.xml",
        document(&(mark(1, "康师傅", "030") + &mark(2, "雪碧", "99"))),
    );
    let message = import(&[]).refused();
    assert!(
        message.contains("line 5") && message.contains("--skip-bad") && !message.contains("雪碧"),
        "{message}"
    );
    assert!(import(&["--skip-bad"]).done().out.starts_with("1 mark "));

    place.write("marks.xml", &good);
    let done = import(&[]).done();
    assert!(
        done.out.starts_with("1 mark entered, 0 updated, 1 as before") && done.err.contains("1 mark without words"),
        "{}{}",
        done.out,
        done.err
    );
    let found = place
        .run(&["marks", "match", "r&b", "--json", "--classes", "25"])
        .done()
        .json();
    assert_eq!(
        (&found[0]["name"], &found[0]["registrationNo"]),
        (&json!("R&B"), &json!("2"))
    );
}

#[test]
fn a_backup_restores_into_an_empty_directory_only() {
    let place = Place::new();
    place.administrator();
    place.write("marks.csv", "雪碧\n");
    place.run(&["marks", "import", "marks.csv"]).done();
    let backup = place.run(&["backup", "copy"]).done();
    assert!(backup.err.contains("secrets"), "{}", backup.err);
    assert!(place.run(&["backup", "copy"]).refused().contains("not empty"));

    place.run(&["--data-dir", "other", "restore", "copy"]).done();
    let list = |dir: &str| place.run(&["--data-dir", dir, "user", "list"]).done().out;
    let without = place.run(&["--data-dir", "other", "user", "list"]).refused();
    assert!(without.contains("other/secrets/root.key holds other keys"), "{without}");
    place.copy("data/secrets/root.key", "other/secrets/root.key");
    assert_eq!(list("other"), list("data"));
    let found = place
        .run(&["--data-dir", "other", "marks", "match", "雪碧", "--json"])
        .done()
        .json();
    assert_eq!(found[0]["name"], json!("雪碧"));
    assert!(
        place
            .run(&["--data-dir", "other", "restore", "copy"])
            .refused()
            .contains("without rows")
    );

    let account = place.path().join("copy/account.jsonl");
    let text = fs::read_to_string(&account)
        .expect("read")
        .replace("administrator", "x")
        .replace("admin", "admim");
    fs::write(account, text).expect("written");
    assert!(
        place
            .run(&["--data-dir", "third", "restore", "copy"])
            .refused()
            .contains("checksum")
    );
    let begun = fs::metadata(place.path().join("third"));
    assert!(begun.is_err(), "nothing is begun for a damaged backup");
}

#[test]
fn without_the_keys_that_the_data_were_made_with_nothing_starts_until_their_loss_is_accepted() {
    let place = Place::new();
    place.administrator();
    let file = "data/secrets/root.key";
    place.copy(file, "kept.key");
    let doctor = || place.run(&["doctor"]).out;

    fs::remove_file(place.path().join(file)).expect("removed");
    let refused = place.run(&["user", "list"]).refused();
    assert!(
        refused.contains("root.key is missing") && refused.contains("zhengming keys accept"),
        "{refused}"
    );
    assert!(doctor().contains("is missing although"), "{}", doctor());
    assert!(
        fs::metadata(place.path().join(file)).is_err(),
        "no key is made in the place of a lost one"
    );

    place.write(file, [7; 32]);
    fs::set_permissions(place.path().join(file), fs::Permissions::from_mode(0o600)).expect("chmod");
    assert!(place.run(&["user", "list"]).refused().contains("holds other keys"));
    assert!(doctor().contains("holds other keys"), "{}", doctor());

    place.copy("kept.key", file);
    place.run(&["user", "list"]).done();
    assert!(
        place
            .run(&["keys", "accept", "--void-receipts"])
            .done()
            .err
            .contains("nothing was changed")
    );

    fs::remove_file(place.path().join(file)).expect("removed");
    place.run(&["keys", "accept"]).refused();
    let accepted = place.run(&["keys", "accept", "--void-receipts"]).done();
    assert!(
        accepted.err.contains("every receipt made before is void"),
        "{}",
        accepted.err
    );
    place.run(&["user", "list"]).done();
    place.run(&["verify"]).done();
}

#[tokio::test]
async fn verify_is_content_with_what_was_recorded_and_names_what_was_altered() {
    let place = Place::new();
    place.administrator();
    let sound = place.run(&["verify", "--rebuild"]).done().out;
    assert!(
        sound.contains("Every chain holds") && sound.contains("From inside nobody can see"),
        "{sound}"
    );

    let url = format!("sqlite://{}", place.path().join("data/zhengming.sqlite").display());
    let database = sea_orm::Database::connect(&url).await.expect("opened");
    let update = "UPDATE audit SET action = 'nothing' WHERE id = 1";
    database.execute_unprepared(update).await.expect("altered");
    database.close().await.expect("closed");
    let altered = place.run(&["verify"]);
    assert_eq!(altered.code, Some(1), "{}", altered.err);
    assert!(altered.out.contains("audit:1:HASH_MISMATCH\n"), "{}", altered.out);

    let database = sea_orm::Database::connect(url).await.expect("opened");
    let update = "UPDATE audit SET outcome = 'perhaps' WHERE id = 2";
    database.execute_unprepared(update).await.expect("altered");
    database.close().await.expect("closed");
    let altered = place.run(&["verify"]);
    assert_eq!(altered.code, Some(1), "{}", altered.err);
    for line in ["audit:1:HASH_MISMATCH\n", "audit:2:ENTRY_UNREADABLE\n"] {
        assert!(
            altered.out.contains(line),
            "an unreadable entry hides no other: {}",
            altered.out
        );
    }
}

#[test]
fn doctor_finds_an_open_directory_and_lost_keys() {
    let place = Place::new();
    place.administrator();
    let good = place.run(&["doctor"]).done().out;
    assert!(good.contains("ok    database") && good.contains("note  mail"), "{good}");
    let data = place.path().join("data");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).expect("set");
    fs::remove_file(data.join("secrets/root.key")).expect("removed");
    let bad = place.run(&["doctor"]);
    assert_eq!(bad.code, Some(1), "{}", bad.out);
    assert!(
        bad.out.contains("WRONG directory") && bad.out.contains("chmod 700"),
        "{}",
        bad.out
    );
    assert!(bad.out.contains("WRONG keys"), "{}", bad.out);
}
