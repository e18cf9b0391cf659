//! A town with its whole endpoint, and programs that ask it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use poem::endpoint::BoxEndpoint;
use poem::http::StatusCode;
use poem::test::TestClient;
use poem::{EndpointExt as _, IntoEndpoint as _};
use serde_json::{Value, json};
use zhengming::endpoint::endpoint;
use zhengming::service::accounts::{self, SignIn};
use zhengming::store::SessionKind;

use crate::database::Database;
use crate::town::Town;

/// The town and its endpoint.
pub(crate) struct Api {
    pub(crate) town: Town,
    client: TestClient<BoxEndpoint<'static, poem::Response>>,
    tokens: BTreeMap<&'static str, String>,
}

/// Nobody: a request without credentials.
pub(crate) const NOBODY: &str = "";

impl Api {
    pub(crate) async fn open(database: Database) -> Self {
        Self::of(Town::found(database).await).await
    }

    /// The API of a town whose people have the passwords that [`Town::person`] gives.
    pub(crate) async fn of(town: Town) -> Self {
        let client = TestClient::new(endpoint(&town.app, None).into_endpoint().map_to_response().boxed());
        let mut tokens = BTreeMap::new();
        for (n, name) in (1..).zip(town.people.keys()) {
            let sign_in = SignIn {
                login: (*name).to_owned(),
                password: format!("the {} of a sample town 42", "secret"),
                kind: SessionKind::Bearer,
                label: None,
                // An address each: sign-ins are limited by address.
                address: IpAddr::V4(Ipv4Addr::new(127, 0, 1, n)),
            };
            let opened = accounts::sign_in(&town.app, sign_in).await.expect("signed in");
            tokens.insert(*name, opened.token);
        }
        Self { town, client, tokens }
    }

    /// Sends a document and answers status and body.
    pub(crate) async fn send(
        &self,
        who: &str,
        document: &str,
        variables: Value,
        language: &str,
    ) -> (StatusCode, String) {
        let mut request = self.client.post("/graphql").header("accept-language", language);
        if who != NOBODY {
            let token = self.tokens.get(who).map_or(who, String::as_str);
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request
            .body_json(&json!({ "query": document, "variables": variables }))
            .send()
            .await;
        let status = response.0.status();
        let body = response.0.into_body().into_string().await.expect("a body");
        (status, body)
    }

    /// Asks for a session with a body as it is.
    pub(crate) async fn open_session(&self, body: String) -> (StatusCode, String) {
        let request = self.client.post("/session").content_type("application/json");
        let response = request.body(body).send().await;
        let status = response.0.status();
        let body = response.0.into_body().into_string().await.expect("a body");
        (status, body)
    }

    /// A page of the portal as a visitor without credentials sees it: status and text.
    pub(crate) async fn page(&self, path: &str, language: &str) -> (StatusCode, String) {
        let response = self.client.get(path).header("accept-language", language).send().await;
        let status = response.0.status();
        let body = response.0.into_body().into_string().await.expect("a body");
        (status, body)
    }

    /// The bearer token of somebody of the town.
    pub(crate) fn token(&self, who: &str) -> &str {
        &self.tokens[who]
    }

    /// The answer to a committed operation, in English.
    pub(crate) async fn ask(&self, who: &str, operation: &str, variables: Value) -> Value {
        let (_, body) = self.send(who, &document(operation), variables, "en").await;
        serde_json::from_str(&body).expect("JSON")
    }

    /// The data of an operation that must succeed.
    pub(crate) async fn data(&self, who: &str, operation: &str, variables: Value) -> Value {
        let mut answer = self.ask(who, operation, variables).await;
        assert_eq!(answer["errors"], Value::Null, "{operation} of {who:?}");
        answer["data"].take()
    }

    /// The payload of a mutation.
    pub(crate) async fn change(&self, who: &str, mutation: &str, input: Value) -> Value {
        let mut data = self.data(who, mutation, json!({ "input": input })).await;
        data[mutation].take()
    }

    /// Files and answers the payload.
    pub(crate) async fn file(&self, who: &str, procedure: &str, mode: &str, more: Value) -> Value {
        let mut fields = self.town.answers(procedure);
        if mode == "ANONYMOUS" {
            fields.retain(|name, _| !name.starts_with("filer_"));
        }
        fields.extend(more.as_object().cloned().unwrap_or_default());
        let mutation = if procedure == "complaint" {
            "fileComplaint"
        } else {
            "fileReport"
        };
        let input = json!({ "fields": fields, "mode": mode, "idempotencyKey": self.town.key() });
        let payload = self.change(who, mutation, input).await;
        assert_eq!(payload["userErrors"], json!([]), "{procedure}");
        payload
    }

    /// The case as `who` sees it.
    pub(crate) async fn case(&self, who: &str, id: &Value) -> Value {
        self.data(who, "case", json!({ "id": id })).await["case"].take()
    }

    /// Makes an event happen under the version that `who` sees, and answers the payload.
    pub(crate) async fn perform(&self, who: &str, id: &Value, event: &str, fields: Value) -> Value {
        let version = self.case(who, id).await["version"].take();
        let input = json!({
            "caseId": id, "event": event, "fields": fields, "expectedVersion": version, "idempotencyKey": self.town.key(),
        });
        self.change(who, "performTransition", input).await
    }

    /// The same, and it must happen; answers the case after it.
    pub(crate) async fn step(&self, who: &str, id: &Value, event: &str, fields: Value) -> Value {
        let mut payload = self.perform(who, id, event, fields).await;
        assert_eq!(payload["userErrors"], json!([]), "{who} sends {event}");
        payload["case"].take()
    }

    /// The id of an organisation.
    pub(crate) async fn organisation(&self, key: &str) -> Value {
        let data = self.data(NOBODY, "organisations", json!({})).await;
        let all = data["organisations"].as_array().expect("a list");
        all.iter()
            .find(|organisation| organisation["key"] == key)
            .expect("the organisation")["id"]
            .clone()
    }
}

/// Text of a committed operation.
pub(crate) fn document(operation: &str) -> String {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../graphql/operations"));
    std::fs::read_to_string(folder.join(format!("{operation}.graphql"))).expect("the operation")
}

/// The code of the only error of an answer.
pub(crate) fn code(answer: &Value) -> &str {
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(errors.len(), 1, "{answer}");
    errors[0]["extensions"]["code"].as_str().expect("a code")
}
