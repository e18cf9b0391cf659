//! Sessions of programs.

use poem::http::StatusCode;
use serde_json::json;

use super::client::Api;
use crate::database::Database;

#[tokio::test]
async fn a_sign_in_of_any_size_is_read_no_further_than_a_form() {
    let api = Api::open(Database::sqlite().await).await;
    let most = usize::try_from(api.town.app.config.limits.form_body_bytes.get()).expect("a number");
    let sent = |length: usize| json!({ "login": "nobody", "password": "x".repeat(length) }).to_string();
    let (status, body) = api.open_session(sent(most)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(body, r#"{"code":"BODY_TOO_LARGE"}"#);
    let (status, body) = api.open_session("{}".to_owned()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body, r#"{"code":"BAD_REQUEST"}"#);
}
