//! Files that somebody whose key is known has signed, and that say what no installation says.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value as Json, json};
use zhengming::service::transfer::TRANSFER_TYPE;

use super::{Sides, refused};
use crate::{database::Database, town::DISTRICT};

/// The file of the case as the district signs it after a change.
async fn forged(sides: &Sides, change: impl FnOnce(&mut Json)) -> String {
    let file = sides.written(Vec::new()).await;
    let payload = file.split('.').nth(1).expect("a payload");
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).expect("base64url");
    let mut payload: Json = serde_json::from_slice(&payload).expect("JSON");
    change(&mut payload);
    let payload = serde_json::to_vec(&payload).expect("JSON");
    let found = sides.town.app.store.organisation_by_key(DISTRICT).await;
    let district = found.expect("read").expect("it exists");
    let key = sides.town.app.secrets.signing_key(&district.id);
    key.sign(TRANSFER_TYPE, &payload)
}

#[tokio::test]
async fn a_case_whose_id_is_none_is_not_taken_over() {
    let sides = Sides::acquainted(Database::sqlite().await).await;
    let file = forged(&sides, |file| file["case"]["id"] = json!("case:1")).await;
    assert_eq!(refused(&sides.police, &file).await, "TRANSFER_UNREADABLE");
}

#[tokio::test]
async fn a_template_that_is_not_what_its_hash_says_is_not_kept() {
    let sides = Sides::acquainted(Database::sqlite().await).await;
    let hashes = async || sides.police.app.store.wording_hashes().await.expect("read").len();
    let before = hashes().await;
    let other = forged(&sides, |file| {
        let wordings = file["wordings"].as_object_mut().expect("templates");
        let template = wordings.values_mut().next().expect("the case has documents");
        template["document"]["body"]["zh"] = json!("另有其文。");
    });
    assert_eq!(refused(&sides.police, &other.await).await, "TRANSFER_UNREADABLE");
    let under = forged(&sides, |file| {
        file["wordings"]["ab".repeat(32)] = json!("no template");
    });
    assert_eq!(refused(&sides.police, &under.await).await, "TRANSFER_UNREADABLE");
    assert_eq!(hashes().await, before);
}
