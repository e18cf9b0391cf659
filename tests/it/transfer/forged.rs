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
