//! The schema, its text, and the endpoints that serve it.

use std::sync::Arc;

use async_graphql::{SDLExportOptions, Schema};
use poem::{EndpointExt as _, Route};
use tokio::sync::watch;

use super::{
    authenticate::AppGate,
    endpoint::GraphqlEndpoint,
    guard::guarded,
    limits::Limits,
    mutation::Mutation,
    persisted::Documents,
    query::Query,
    socket::GraphqlSocket,
    subscription::Subscription,
    transport::{Api, ClientAddress, Settings},
};
use crate::{app::SharedApp, http::SESSION_COOKIE, limit::client_address};

/// The schema of the service. It does not change with the procedures: what they ask travels as JSON Schema.
pub type ApiSchema = Schema<Query, Mutation, Subscription>;

/// Mutations that can carry a receipt, which is a guess at a secret like `caseByReceipt`.
const WITH_RECEIPT: [&str; 4] = ["addEvidence", "performTransition", "sendMessage", "signAgreement"];

/// The limits of the schema.
#[must_use]
pub fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.once_per_request.extend(WITH_RECEIPT.map(str::to_owned));
    limits
}

/// Builds the schema; the application reaches resolvers through each request's data.
#[must_use]
pub fn schema(limits: Arc<Limits>) -> ApiSchema {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription);
    guarded(builder, limits.clone()).data(limits).finish()
}

/// The schema as text, sorted, as it is committed in `graphql/schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .prefer_single_line_descriptions()
        .include_specified_by();
    let text = schema(Arc::new(limits())).sdl_with_options(options);
    format!("{}\n", text.trim())
}

/// Adds `/graphql` (HTTP and server-sent events) and `/graphql/ws` (WebSocket). Streams end when `stopping` turns true.
#[must_use]
pub fn mount(route: Route, app: &SharedApp, stopping: Option<watch::Receiver<bool>>) -> Route {
    let limits = Arc::new(limits());
    let body_bytes = usize::try_from(app.config.limits.graphql_body_bytes.get()).unwrap_or(usize::MAX);
    let public_url = app.config.public_url();
    let settings = Settings {
        // Without TLS the service is reached by whatever name this machine has; the cookie works on that host only.
        public_origin: public_url.is_https().then(|| public_url.origin()),
        session_cookie: SESSION_COOKIE.to_owned(),
        body_bytes,
        stopping,
        ..Settings::default()
    };
    let gate = AppGate::new(app.clone());
    let api = Api::new(schema(limits.clone()), gate, limits, Documents::default(), settings);
    let proxies = app.config.trusted_proxies.clone();
    let addressed = move |mut request: poem::Request| {
        let address = client_address(&request, &proxies);
        request.set_data(ClientAddress(address));
        async move { Ok(request) }
    };
    route
        .at("/graphql", GraphqlEndpoint::new(api.clone()).before(addressed.clone()))
        .at("/graphql/ws", GraphqlSocket::new(api).before(addressed))
}
