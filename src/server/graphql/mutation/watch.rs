//! Watching marks.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{
        context::ContextExt as _,
        error::{UserError, user_errors},
        id::NodeKind,
        query::marks::read_classes,
        types::imitation::Watch,
    },
    service::watches::{self, NewWatch},
};

/// Watching marks.
#[derive(Default)]
pub struct WatchMutation;

/// What is to be watched: a mark of the register under all its names, or a name.
#[derive(InputObject)]
pub struct WatchMarkInput {
    /// A mark of the register; or
    mark: Option<ID>,
    /// a name, 1 to 200 characters.
    name: Option<String>,
    /// Of the register, only marks of these classes (Nice, 1 to 45) and those whose classes are unknown; none for all.
    #[graphql(default)]
    classes: Vec<i32>,
    /// Names that are less alike are not told, from 0.3 to 1.
    #[graphql(default = 0.6)]
    threshold: f64,
    /// The client's key of this request, 16 to 128 visible ASCII characters, best a random UUID. A repeat under the
    /// same key answers the same watch.
    idempotency_key: String,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct WatchMarkPayload {
    /// The watch; null if there is none.
    watch: Option<Watch>,
    /// What has to be mended; empty if it stands.
    user_errors: Vec<UserError>,
}

/// Which watch ends.
#[derive(InputObject)]
pub struct CancelWatchInput {
    /// The watch.
    watch: ID,
    /// The client's key of this request, 16 to 128 visible ASCII characters. To end a watch twice is to end it once.
    idempotency_key: String,
}

/// What became of it.
#[derive(Default, SimpleObject)]
pub struct CancelWatchPayload {
    /// The watch; null if the caller has none of this id.
    watch: Option<Watch>,
    /// What has to be mended; empty if it has ended.
    user_errors: Vec<UserError>,
}

#[Object]
impl WatchMutation {
    /// Begins to watch a mark: the caller is told (`alerts`) of each new mark of the register and of each new report that leans on it.
    async fn watch_mark(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be watched.")] input: WatchMarkInput,
    ) -> Result<WatchMarkPayload> {
        let request = ctx.request()?;
        let refused = |field, code| WatchMarkPayload {
            watch: None,
            user_errors: vec![UserError::of(request.locale, &[field], code)],
        };
        let Some(classes) = read_classes(&input.classes) else {
            return Ok(refused("classes", "INVALID_CLASS"));
        };
        let mark_id = match input.mark.map(|id| NodeKind::Mark.key(&id)) {
            Some(None) => return Ok(refused("mark", "NOT_FOUND")),
            Some(Some(key)) => Some(key),
            None => None,
        };
        let new = NewWatch {
            mark_id,
            name: input.name,
            classes,
            threshold: input.threshold,
        };
        let watching = watches::watch_mark(&request.app, &request.actor, new, &input.idempotency_key);
        Ok(match Box::pin(watching).await {
            Ok(row) => WatchMarkPayload {
                watch: Some(Watch(row)),
                user_errors: Vec::new(),
            },
            Err(error) => WatchMarkPayload {
                watch: None,
                user_errors: user_errors(request, error)?,
            },
        })
    }

    /// Ends a watch of the caller's. What was told until then stays.
    async fn cancel_watch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which watch ends.")] input: CancelWatchInput,
    ) -> Result<CancelWatchPayload> {
        let request = ctx.request()?;
        let Some(key) = NodeKind::Watch.key(&input.watch) else {
            return Ok(CancelWatchPayload {
                watch: None,
                user_errors: vec![UserError::of(request.locale, &["watch"], "NOT_FOUND")],
            });
        };
        let cancelling = watches::cancel_watch(&request.app, &request.actor, &key);
        Ok(match Box::pin(cancelling).await {
            Ok(row) => CancelWatchPayload {
                watch: Some(Watch(row)),
                user_errors: Vec::new(),
            },
            Err(error) => CancelWatchPayload {
                watch: None,
                user_errors: user_errors(request, error)?,
            },
        })
    }
}
