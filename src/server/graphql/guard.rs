//! The limits as an async-graphql extension, so that no transport can forget them, and the tidying of errors.

use std::sync::{Arc, OnceLock};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest, NextRequest, NextSubscribe, NextValidation,
};
use async_graphql::futures_util::StreamExt;
use async_graphql::futures_util::stream::BoxStream;
use async_graphql::{
    ErrorExtensionValues, Request, Response, SchemaBuilder, ServerError, ServerResult, ValidationResult, async_trait,
};

use super::limits::{Cost, Limits, admitted};

/// Most errors that one answer lists; a document can otherwise provoke one per selection.
const LISTED_ERRORS: usize = 5;
/// Most characters of an error message that the library wrote.
const MESSAGE_CHARS: usize = 200;

/// Puts the guard into a schema and turns off what it replaces or what would tell strangers about the schema.
pub fn guarded<Q, M, S>(schema: SchemaBuilder<Q, M, S>, limits: Arc<Limits>) -> SchemaBuilder<Q, M, S> {
    // The guard bounds the nesting itself; the library's own limit would answer without a code.
    let nesting = usize::try_from(limits.nesting).unwrap_or(usize::MAX).saturating_add(2);
    schema
        .limit_recursive_depth(nesting)
        .disable_suggestions()
        .extension(Guard(limits))
}

/// The limits as an async-graphql extension, so that no transport can forget them.
#[derive(Debug, Clone)]
pub struct Guard(pub Arc<Limits>);

impl ExtensionFactory for Guard {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(GuardedRequest {
            limits: self.0.clone(),
            cost: OnceLock::new(),
        })
    }
}

struct GuardedRequest {
    limits: Arc<Limits>,
    cost: OnceLock<Cost>,
}

#[async_trait::async_trait]
impl Extension for GuardedRequest {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(ctx).await;
        tidy(&mut response.errors);
        if let Some(cost) = self.cost.get() {
            response.extensions.insert("cost".to_owned(), cost.value());
        }
        response
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let tidied = next.run(ctx, stream).map(|mut response| {
            tidy(&mut response.errors);
            response
        });
        tidied.boxed()
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        if admitted(&request).is_none() {
            self.limits.admit(&mut request)?;
        }
        if let Some(cost) = admitted(&request) {
            self.cost.get_or_init(|| cost);
        }
        next.run(ctx, request).await
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await.map_err(|mut errors| {
            errors.truncate(LISTED_ERRORS);
            for error in &mut errors {
                give_code(&mut error.extensions, "GRAPHQL_VALIDATION_FAILED");
            }
            errors
        })
    }
}

/// Gives the library's own errors a code and bounds their text.
///
/// Resolvers give theirs a code, so at execution only the coercion of an input value arrives here without one.
fn tidy(errors: &mut [ServerError]) {
    for error in errors {
        give_code(&mut error.extensions, "BAD_USER_INPUT");
        if let Some((end, _)) = error.message.char_indices().nth(MESSAGE_CHARS) {
            error.message.truncate(end);
        }
    }
}

fn give_code(extensions: &mut Option<ErrorExtensionValues>, code: &'static str) {
    let extensions = extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
}
