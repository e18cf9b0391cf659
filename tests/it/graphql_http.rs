//! GraphQL over HTTP and server-sent events: statuses, media types, limits and protection against other sites' pages.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_graphql::futures_util::StreamExt;
use async_graphql::futures_util::stream;
use poem::http::{Method, StatusCode};
use poem::test::{TestClient, TestResponse};
use poem::{Body, Route};
use serde_json::{Value, json};
use zhengming::graphql::persisted::{Documents, OPERATIONS};
use zhengming::graphql::transport::Settings;

use crate::graphql_toy::{KNOWN, KNOWN_MUTATION, Toy};

const STRICT: &str = "application/graphql-response+json";

fn client() -> TestClient<Route> {
    TestClient::new(Toy::new().route(Settings::default()))
}

async fn post(client: &TestClient<Route>, headers: &[(&str, &str)], body: Value) -> TestResponse {
    let request = client
        .post("/graphql")
        .content_type("application/json")
        .body(body.to_string());
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .send()
        .await
}

async fn get(client: &TestClient<Route>, query: &str, headers: &[(&str, &str)]) -> TestResponse {
    let request = client.get("/graphql").query("query", &query);
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .send()
        .await
}

async fn body(response: TestResponse) -> Value {
    serde_json::from_str(&response.0.into_body().into_string().await.unwrap()).unwrap()
}

async fn code(response: TestResponse) -> String {
    let body = body(response).await;
    assert!(body.get("data").is_none(), "a refusal has no data: {body}");
    body["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("no code: {body}"))
        .to_owned()
}

/// Code and status of the answer to a document, under the media type with statuses.
async fn refusal(document: &str) -> (u16, String) {
    let response = post(&client(), &[("accept", STRICT)], json!({ "query": document })).await;
    (response.0.status().as_u16(), code(response).await)
}

#[tokio::test]
async fn an_answer_carries_its_cost_and_is_not_cached() {
    let response = post(
        &client(),
        &[],
        json!({ "query": "{ things(first: 3) { nodes { name } totalCount } }" }),
    )
    .await;
    response.assert_status_is_ok();
    response.assert_header("cache-control", "no-store");
    response.assert_header("x-content-type-options", "nosniff");
    response.assert_content_type("application/json; charset=utf-8");
    let body = body(response).await;
    assert_eq!(body["data"]["things"]["totalCount"], 3);
    assert_eq!(body["extensions"]["cost"], json!({ "requested": 9, "maximum": 200 }));
}

#[tokio::test]
async fn statuses_follow_the_media_type() {
    for (document, expected) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        assert_eq!(refusal(document).await, (400, expected.to_owned()));
        let legacy = post(
            &client(),
            &[("accept", "application/json")],
            json!({ "query": document }),
        )
        .await;
        legacy.assert_status_is_ok();
        assert_eq!(code(legacy).await, expected);
    }
    let partial = post(&client(), &[("accept", STRICT)], json!({ "query": "{ hello broken }" })).await;
    partial.assert_status_is_ok();
    let partial = body(partial).await;
    assert_eq!(partial["data"]["hello"], "hello");
    assert_eq!(partial["errors"][0]["extensions"]["code"], "BROKEN");
    let html = post(&client(), &[("accept", "text/html")], json!({ "query": "{ hello }" })).await;
    html.assert_status(StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn methods_other_than_get_and_post_are_refused() {
    for method in [
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
        Method::HEAD,
    ] {
        let response = client().request(method, "/graphql").send().await;
        response.assert_status(StatusCode::METHOD_NOT_ALLOWED);
        response.assert_header("allow", "GET, POST");
    }
}

#[tokio::test]
async fn get_answers_queries_and_never_mutates() {
    let toy = Toy::new();
    let client = TestClient::new(toy.route(Settings::default()));
    get(&client, "{ hello }", &[]).await.assert_status_is_ok();
    for accept in ["application/json", STRICT, "text/event-stream"] {
        let response = get(&client, "mutation { bump }", &[("accept", accept)]).await;
        response.assert_status(StatusCode::METHOD_NOT_ALLOWED);
        response.assert_header("allow", "POST");
    }
    assert_eq!(toy.bumps.load(Ordering::SeqCst), 0);
    post(&client, &[], json!({ "query": "mutation { bump }" }))
        .await
        .assert_status_is_ok();
    assert_eq!(toy.bumps.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn only_json_in_utf8_is_taken() {
    let client = client();
    let body = r#"{"query":"{ hello }"}"#;
    for content_type in [
        "application/json",
        "application/json;charset=UTF-8",
        "Application/JSON; charset=\"utf-8\"",
    ] {
        client
            .post("/graphql")
            .content_type(content_type)
            .body(body)
            .send()
            .await
            .assert_status_is_ok();
    }
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
        "",
    ] {
        let response = client
            .post("/graphql")
            .content_type(content_type)
            .body(body)
            .send()
            .await;
        response.assert_status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let untyped = client.post("/graphql").body(body).send().await;
    untyped.assert_status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let packed = client
        .post("/graphql")
        .content_type("application/json")
        .header("content-encoding", "gzip");
    packed
        .body(body)
        .send()
        .await
        .assert_status(StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn malformed_requests_and_batches_are_refused() {
    for (text, expected) in [
        ("{", "BAD_REQUEST"),
        ("", "BAD_REQUEST"),
        ("7", "BAD_REQUEST"),
        ("{}", "BAD_REQUEST"),
        (r#"{"query":1}"#, "BAD_REQUEST"),
        (r#"{"query":"{hello}","variables":[]}"#, "BAD_REQUEST"),
        (r#"[{"query":"{hello}"}]"#, "BATCHING_NOT_SUPPORTED"),
    ] {
        let response = client()
            .post("/graphql")
            .content_type("application/json")
            .body(text)
            .send()
            .await;
        response.assert_status(StatusCode::BAD_REQUEST);
        assert_eq!(code(response).await, expected, "{text}");
    }
    post(&client(), &[], json!({ "query": "{ hello }", "unknown": 1 }))
        .await
        .assert_status_is_ok();
}

#[tokio::test]
async fn a_body_is_bounded_before_and_while_it_is_read() {
    let client = client();
    let announced = client
        .post("/graphql")
        .content_type("application/json")
        .header("content-length", "70000");
    announced
        .body("{}")
        .send()
        .await
        .assert_status(StatusCode::PAYLOAD_TOO_LARGE);
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 4096]));
    let request = client
        .post("/graphql")
        .content_type("application/json")
        .body(Body::from_bytes_stream(endless));
    request.send().await.assert_status(StatusCode::PAYLOAD_TOO_LARGE);
    let long = get(&client, &"a".repeat(40_000), &[]).await;
    long.assert_status(StatusCode::URI_TOO_LONG);
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let settings = Settings {
        body_deadline: Duration::from_millis(20),
        ..Settings::default()
    };
    let client = TestClient::new(Toy::new().route(settings));
    let silent = Body::from_bytes_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let response = client
        .post("/graphql")
        .content_type("application/json")
        .body(silent)
        .send()
        .await;
    response.assert_status(StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn an_operation_that_does_not_end_is_given_up() {
    let settings = Settings {
        operation_deadline: Duration::from_millis(20),
        ..Settings::default()
    };
    let client = TestClient::new(Toy::new().route(settings));
    let response = post(&client, &[], json!({ "query": "{ never }" })).await;
    response.assert_status(StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(code(response).await, "TIMEOUT");
}

#[tokio::test]
async fn a_session_cookie_is_not_honoured_for_other_sites() {
    let own: &[&[(&str, &str)]] = &[
        &[],
        &[("origin", "http://zm.test")],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", "http://zm.test"), ("sec-fetch-site", "same-origin")],
    ];
    let foreign: &[&[(&str, &str)]] = &[
        &[("origin", "http://evil.test")],
        &[("origin", "http://zm.test:8080")],
        &[("origin", "http://zm.test.evil.test")],
        &[("origin", "null")],
        &[("origin", "")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "http://zm.test"), ("sec-fetch-site", "cross-site")],
    ];
    let toy = Toy::new();
    let client = TestClient::new(toy.route(Settings::default()));
    let with = |cookie: bool, headers: &[(&'static str, &'static str)]| {
        let mut all = vec![("host", "zm.test")];
        all.extend_from_slice(headers);
        if cookie {
            all.push(("cookie", "session=alice"));
        }
        all
    };
    for headers in own {
        post(&client, &with(true, headers), json!({ "query": "mutation { bump }" }))
            .await
            .assert_status_is_ok();
    }
    assert_eq!(toy.bumps.load(Ordering::SeqCst), 5);
    for headers in foreign {
        let response = post(&client, &with(true, headers), json!({ "query": "mutation { bump }" })).await;
        response.assert_status(StatusCode::FORBIDDEN);
        assert_eq!(code(response).await, "CROSS_SITE");
        let response = get(&client, "{ who }", &with(true, headers)).await;
        response.assert_status(StatusCode::FORBIDDEN);
        // Without the cookie there is nothing to abuse; other programs may ask from anywhere.
        let response = post(&client, &with(false, headers), json!({ "query": "{ who }" })).await;
        assert_eq!(body(response).await["data"]["who"], "anonymous");
    }
    assert_eq!(toy.bumps.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn the_configured_origin_replaces_the_host_header() {
    let settings = Settings {
        public_origin: Some("https://zm.test".to_owned()),
        ..Settings::default()
    };
    let client = TestClient::new(Toy::new().route(settings));
    let ask = async |origin| {
        let headers = [
            ("cookie", "session=alice"),
            ("host", "10.0.0.1:8080"),
            ("origin", origin),
        ];
        post(&client, &headers, json!({ "query": "{ who }" }))
            .await
            .0
            .status()
            .as_u16()
    };
    assert_eq!(ask("https://zm.test").await, 200);
    assert_eq!(ask("http://10.0.0.1:8080").await, 403);
}

#[tokio::test]
async fn credentials_decide_who_asks_and_what_may_be_spent() {
    let query = json!({ "query": "{ who things(first: 300) { nodes { name } } }" });
    let anonymous = post(&client(), &[], query.clone()).await;
    assert_eq!(code(anonymous).await, "COST_LIMIT");
    let alice = body(post(&client(), &[("authorization", "Bearer alice")], query.clone()).await).await;
    assert_eq!(alice["data"]["who"], "alice");
    assert_eq!(
        alice["extensions"]["cost"],
        json!({ "requested": 301, "maximum": 1000 })
    );
    let stranger = post(&client(), &[("authorization", "Bearer mallory")], query).await;
    stranger.assert_status(StatusCode::UNAUTHORIZED);
    stranger.assert_header("www-authenticate", "Bearer");
    assert_eq!(code(stranger).await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_used_up_rate_tells_when_to_come_back() {
    let toy = Toy::new();
    let client = TestClient::new(toy.route(Settings::default()));
    toy.allowance.store(1, Ordering::SeqCst);
    post(&client, &[], json!({ "query": "{ hello }" }))
        .await
        .assert_status_is_ok();
    let response = post(&client, &[], json!({ "query": "{ hello }" })).await;
    response.assert_status(StatusCode::TOO_MANY_REQUESTS);
    response.assert_header("retry-after", "2");
    let body = body(response).await;
    assert_eq!(
        body["errors"][0]["extensions"],
        json!({ "code": "RATE_LIMITED", "retryAfter": 2 })
    );
}

#[tokio::test]
async fn hostile_documents_are_refused_by_their_bounds_before_they_are_validated() {
    let mut bomb = "{ ...F0 }".to_owned();
    for n in 0..24 {
        bomb.push_str(&format!("fragment F{n} on Query{{...F{m} ...F{m}}}", m = n + 1));
    }
    bomb.push_str("fragment F24 on Query{hello}");
    let unused = bomb.replacen("{ ...F0 }", "{ hello }", 1);
    let aliases: String = (0..800).map(|n| format!("a{n}: __typename ")).collect();
    let repeated = "__typename ".repeat(1_400);
    let brackets = "[".repeat(16_000);
    let nested = "itself{".repeat(2_000);
    let directives = "@skip(if:false) ".repeat(900);
    let circular = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    for (document, expected) in [
        (bomb, "QUERY_TOO_COMPLEX"),
        (unused, "QUERY_TOO_COMPLEX"),
        (format!("{{ {aliases} }}"), "TOO_MANY_ALIASES"),
        (format!("{{ {repeated} }}"), "QUERY_TOO_COMPLEX"),
        (format!("{{ hello(name: {brackets}"), "DOCUMENT_TOO_DEEP"),
        (format!("{{ {nested}"), "DOCUMENT_TOO_DEEP"),
        (format!("{{ hello {directives} }}"), "TOO_MANY_DIRECTIVES"),
        (format!("{{ hello }} # {}", "x".repeat(20_000)), "DOCUMENT_TOO_LARGE"),
        (circular.to_owned(), "INTROSPECTION_LIMIT"),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(),
            "FRAGMENT_CYCLE",
        ),
    ] {
        // The validators need seconds to minutes for the bombs, and none of them answers with these codes.
        assert_eq!(
            refusal(&document).await,
            (400, expected.to_owned()),
            "{}",
            &document[..40]
        );
    }
}

#[tokio::test]
async fn errors_do_not_repeat_the_document_or_suggest_names() {
    let secret = "hunter2".repeat(100);
    for document in [
        format!("{{ hello(name: \"{secret}\" }}"),
        format!("{{ {secret} }}"),
        format!("{{ hello(name: {secret}) }}"),
    ] {
        let response = post(&client(), &[], json!({ "query": document })).await;
        let text = response.0.into_body().into_string().await.unwrap();
        assert!(!text.contains(&secret) && text.len() < 400, "{text}");
    }
    let near = post(&client(), &[], json!({ "query": "{ helo }" }))
        .await
        .0
        .into_body()
        .into_string()
        .await
        .unwrap();
    assert!(!near.contains("hello"), "{near}");
    let many: String = (0..100).map(|n| format!("x{n} ")).collect();
    let many = body(post(&client(), &[], json!({ "query": format!("{{ itself {{ {many} }} }}") })).await).await;
    assert_eq!(many["errors"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn known_documents_run_by_their_hash() {
    let known = Documents::of(&[KNOWN]).ids().next().unwrap();
    let mutation = Documents::of(&[KNOWN_MUTATION]).ids().next().unwrap();
    let settings = Settings {
        trusted_documents_only: true,
        ..Settings::default()
    };
    let client = TestClient::new(Toy::new().route(settings));

    let by_id = post(&client, &[], json!({ "documentId": known })).await;
    assert_eq!(body(by_id).await["data"]["hello"], "hello");
    client
        .get("/graphql")
        .query("documentId", &known)
        .send()
        .await
        .assert_status_is_ok();
    let by_get = client.get("/graphql").query("documentId", &mutation).send().await;
    by_get.assert_status(StatusCode::METHOD_NOT_ALLOWED);
    let hash = &known["sha256:".len()..];
    let apollo = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
    assert_eq!(body(post(&client, &[], apollo).await).await["data"]["hello"], "hello");

    let unknown = body(
        post(
            &client,
            &[],
            json!({ "documentId": format!("sha256:{}", "0".repeat(64)) }),
        )
        .await,
    )
    .await;
    assert_eq!(unknown["errors"].as_array().map(Vec::len), Some(1));
    assert_eq!(unknown["errors"][0]["extensions"]["code"], "DOCUMENT_NOT_FOUND");
    let free = post(&client, &[], json!({ "query": "{ hello }" })).await;
    assert_eq!(code(free).await, "DOCUMENT_NOT_TRUSTED");
    let both = post(&client, &[], json!({ "query": KNOWN, "documentId": known })).await;
    both.assert_status(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_introspection_document_reads_any_schema_within_the_anonymous_cap() {
    let document = OPERATIONS
        .iter()
        .find(|text| text.contains("query Introspection"))
        .unwrap();
    let answer = body(post(&client(), &[], json!({ "query": document })).await).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    assert_eq!(answer["extensions"]["cost"]["requested"], 100);
}

async fn events(response: TestResponse) -> String {
    response.assert_status_is_ok();
    response.assert_content_type("text/event-stream");
    response.0.into_body().into_string().await.unwrap()
}

#[tokio::test]
async fn a_subscription_arrives_as_events() {
    let accept = [("accept", "text/event-stream")];
    let text = events(post(&client(), &accept, json!({ "query": "subscription { count(to: 2) }" })).await).await;
    let next = |n: u32| format!("event: next\ndata: {{\"data\":{{\"count\":{n}}}}}\n\n");
    assert_eq!(text, format!("{}{}event: complete\ndata: \n\n", next(0), next(1)));
    let by_get = events(get(&client(), "subscription { count(to: 1) }", &accept).await).await;
    assert!(by_get.starts_with(&next(0)), "{by_get}");
    let query = events(post(&client(), &accept, json!({ "query": "{ hello }" })).await).await;
    assert!(
        query.starts_with("event: next\ndata: {\"data\":{\"hello\":\"hello\"}"),
        "{query}"
    );
    let refused = events(post(&client(), &accept, json!({ "query": "{" })).await).await;
    assert!(
        refused.contains("GRAPHQL_PARSE_FAILED") && refused.ends_with("event: complete\ndata: \n\n"),
        "{refused}"
    );
    let plain = post(&client(), &[], json!({ "query": "subscription { count(to: 1) }" })).await;
    plain.assert_status(StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn an_old_stream_is_cut_off_and_not_said_to_be_complete() {
    let settings = Settings {
        lifetime: Duration::from_millis(10),
        ..Settings::default()
    };
    let client = TestClient::new(Toy::new().route(settings));
    let accept = [("accept", "text/event-stream")];
    let response = post(&client, &accept, json!({ "query": "subscription { never }" })).await;
    assert_eq!(events(response).await, "");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_an_error_that_says_so() {
    let settings = Settings {
        answer_bytes: 200,
        ..Settings::default()
    };
    let client = TestClient::new(Toy::new().route(settings));
    let named = |length: usize| json!({ "query": format!("{{ hello(name: \"{}\") }}", "x".repeat(length)) });
    post(&client, &[], named(20)).await.assert_status_is_ok();
    let refused = post(&client, &[], named(300)).await;
    assert_eq!(code(refused).await, "ANSWER_TOO_LARGE");
    let accept = [("accept", "text/event-stream")];
    let refused = events(post(&client, &accept, named(300)).await).await;
    assert!(refused.contains("ANSWER_TOO_LARGE"), "{refused}");
}

#[tokio::test]
async fn a_quiet_stream_is_kept_open_and_cut_when_the_session_ends() {
    let toy = Toy::new();
    let quick = Duration::from_millis(10);
    let settings = Settings {
        keep_alive: quick,
        recheck: quick,
        ..Settings::default()
    };
    let client = TestClient::new(toy.route(settings));
    let headers = [("accept", "text/event-stream"), ("authorization", "Bearer alice")];
    let response = post(&client, &headers, json!({ "query": "subscription { never }" })).await;
    let mut chunks = Box::pin(response.0.into_body().into_bytes_stream());
    assert_eq!(chunks.next().await.unwrap().unwrap(), ":\n\n");
    toy.revoked.store(true, Ordering::SeqCst);
    let mut rest = Vec::new();
    while let Some(chunk) = chunks.next().await {
        rest.extend_from_slice(&chunk.unwrap());
    }
    let rest = String::from_utf8(rest).unwrap();
    assert!(
        rest.contains("UNAUTHENTICATED") && rest.ends_with("event: complete\ndata: \n\n"),
        "{rest}"
    );
}
