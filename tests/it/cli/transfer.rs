//! `zhengming transfer`.

use super::Place;

/// An installation with an organisation.
fn installed(key: &str, kind: &str) -> Place {
    let place = Place::new();
    let made = [
        "user",
        "add",
        "chief",
        "--role",
        "administrator",
        "--organisation",
        key,
        "--organisation-name",
        "样例机关",
        "--organisation-kind",
        kind,
    ];
    place.run(&made).done();
    place
}

#[test]
fn a_key_goes_from_one_installation_to_another_and_is_trusted_there_until_it_is_revoked() {
    let bureau = installed("bureau", "market_regulation");
    let police = installed("police", "police");
    let key = police.run(&["transfer", "key", "police"]).done();
    let kid = key.json()["kid"].as_str().expect("a fingerprint").to_owned();
    bureau.write("police.jwk", &key.out);
    bureau.run(&["transfer", "trust", "police.jwk"]).done();
    let keys = bureau.run(&["transfer", "keys", "--json"]).done().json();
    assert_eq!(keys[0]["fingerprint"], kid);
    assert_eq!(keys[0]["organisation"], "police");
    bureau.run(&["transfer", "revoke", &kid]).done();
    let keys = bureau.run(&["transfer", "keys", "--json"]).done().json();
    assert_eq!(keys[0]["revoked"], true);
    let again = bureau.run(&["transfer", "trust", "police.jwk"]).refused();
    assert!(again.contains("revoked"), "{again}");
}

#[test]
fn a_fingerprint_that_begins_with_a_hyphen_is_no_option() {
    let bureau = installed("bureau", "market_regulation");
    for unknown in ["-W5kN2wYx0m1", "-h5kN2wYx0m1", "--5kN2wYx0m1"] {
        let refused = bureau.run(&["transfer", "revoke", unknown]).refused();
        assert!(refused.contains("key"), "{unknown}: {refused}");
        assert!(!refused.contains("Usage"), "{unknown}: {refused}");
    }
}

#[test]
fn what_is_no_transfer_file_or_no_key_is_refused_in_words() {
    let bureau = installed("bureau", "market_regulation");
    bureau.write("letter.txt", "尊敬的同志");
    let refused = bureau.run(&["transfer", "read", "letter.txt"]).refused();
    assert!(refused.contains("no transfer file"), "{refused}");
    let refused = bureau.run(&["transfer", "trust", "letter.txt"]).refused();
    assert!(refused.contains("transfer key"), "{refused}");
    let refused = bureau.run(&["transfer", "key", "nobody"]).refused();
    assert!(refused.contains("no organisation"), "{refused}");
    let own = bureau.run(&["transfer", "key", "bureau"]).done();
    bureau.write("own.jwk", &own.out);
    let refused = bureau.run(&["transfer", "trust", "own.jwk"]).refused();
    assert!(refused.contains("organisation of this installation"), "{refused}");
}
