//! The subscription root: news that something changed, without saying what.

use async_graphql::{Context, ID, Result, SimpleObject, Subscription as GraphqlSubscription};
use futures_util::{Stream, StreamExt as _, stream};

use super::{
    context::{ContextExt as _, RequestContext},
    error::{not_found, refusal},
    id::NodeKind,
};
use crate::{feed::CaseFollower, service::case_view};

/// What can be followed.
#[derive(Default)]
pub struct Subscription;

/// A case has changed. What has changed is read with `case`, under the rules that hold then.
#[derive(SimpleObject)]
pub struct CaseUpdate {
    /// Id of the case.
    id: ID,
    /// Its version now.
    version: i64,
}

/// What can be followed.
#[GraphqlSubscription]
impl Subscription {
    /// Tells when a case changes. It ends when the caller may not know of the case any more.
    async fn case_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the case.")] case_id: ID,
    ) -> Result<impl Stream<Item = CaseUpdate> + use<>> {
        let request = ctx.request()?.as_ref().clone();
        let key = NodeKind::Case.key(&case_id).ok_or_else(|| not_found(request.locale))?;
        // Listening begins before the look, so that nothing falls between the two.
        let follower = request.app.feed.follow(&key);
        version(&request, &key)
            .await
            .map_err(|error| refusal(&request, error))?;
        Ok(stream::unfold((request, follower, key), next).boxed())
    }
}

async fn next(
    state: (RequestContext, CaseFollower, String),
) -> Option<(CaseUpdate, (RequestContext, CaseFollower, String))> {
    let (request, mut follower, key) = state;
    follower.changed().await?;
    let version = version(&request, &key).await.ok()?;
    Some((
        CaseUpdate {
            id: NodeKind::Case.id(&key),
            version,
        },
        (request, follower, key),
    ))
}

/// The version of a case, if the caller may know of it now.
async fn version(request: &RequestContext, case_id: &str) -> crate::service::Result<i64> {
    let detail = Box::pin(case_view::case(&request.app, &request.actor, case_id)).await?;
    Ok(detail.case.version)
}
