//! Following a case: news of changes, as long as the follower may know of it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use async_graphql::Request;
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use serde_json::{Value, json};
use zhengming::graphql::context::RequestContext;
use zhengming::graphql::schema::{limits, schema};
use zhengming::locale::Locale;

use super::client::{Api, document};
use crate::database::each_engine;

/// The stream of answers to `caseUpdated` for somebody of the town.
fn follow(api: &Api, who: &str, id: &Value) -> impl Stream<Item = Value> + Unpin + use<> {
    let context = RequestContext {
        app: api.town.app.clone(),
        actor: api.town.who(who).clone(),
        locale: Locale::En,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let variables = async_graphql::Variables::from_json(json!({ "caseId": id }));
    let request = Request::new(document("caseUpdated"))
        .variables(variables)
        .data(Arc::new(context));
    let answers = schema(Arc::new(limits())).execute_stream(request);
    answers
        .map(|response| json!({ "data": response.data, "errors": response.errors.len() }))
        .boxed()
}

#[tokio::test]
async fn a_follower_hears_of_each_change_until_the_case_is_none_of_its_business() {
    each_engine(
        "a_follower_hears_of_each_change_until_the_case_is_none_of_its_business",
        async |database| {
            let api = Api::open(database).await;
            let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let other = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
            let district = api.organisation("district").await;
            api.step("intake", &id, "dispatch", json!({ "organisation": district }))
                .await;
            let mut officer = follow(&api, "officer", &id);
            let mut consumer = follow(&api, "consumer", &id);
            // A stream begins to listen when it is first asked.
            assert_eq!(
                (officer.next().now_or_never(), consumer.next().now_or_never()),
                (None, None)
            );

            api.step("intake", &other, "keep", json!({})).await;
            let taken = api.step("officer", &id, "take", json!({})).await;
            let heard = officer.next().await.expect("news");
            assert_eq!(
                heard["data"]["caseUpdated"],
                json!({ "id": id, "version": taken["version"] })
            );
            assert_eq!(consumer.next().await.expect("news"), heard);

            api.step(
                "officer",
                &id,
                "bounce",
                json!({ "competence_note": "不属于本机关管辖" }),
            )
            .await;
            assert_eq!(
                officer.next().await,
                None,
                "the officer's office has nothing to do with the case any more"
            );
            assert!(consumer.next().await.is_some());
        },
    )
    .await;
}

#[tokio::test]
async fn strangers_cannot_follow() {
    each_engine("strangers_cannot_follow", async |database| {
        let api = Api::open(database).await;
        let id = api.file("consumer", "complaint", "NAMED", json!({})).await["case"]["id"].take();
        let mut stranger = follow(&api, "mediator", &id);
        let refused = stranger.next().await.expect("an answer");
        assert_eq!(refused["errors"], 1);
        assert_eq!(stranger.next().await, None);
    })
    .await;
}
