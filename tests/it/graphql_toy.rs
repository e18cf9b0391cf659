//! A small schema and gate that exercise the GraphQL transports without the product behind them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_graphql::futures_util::stream::{self, Stream, StreamExt};
use async_graphql::{Context, Error, ErrorExtensions, Object, Result, Schema, SimpleObject, Subscription};
use poem::Route;
use tokio::sync::broadcast;
use zhengming::graphql::endpoint::GraphqlEndpoint;
use zhengming::graphql::guard::guarded;
use zhengming::graphql::limits::Limits;
use zhengming::graphql::persisted::Documents;
use zhengming::graphql::socket::GraphqlSocket;
use zhengming::graphql::transport::{Api, AuthRefusal, Credentials, Gate, Settings};
use zhengming::limit::RetryAfter;

/// A document of the toy that is known by its hash.
pub(crate) const KNOWN: &str = "query Known { hello }";
/// A known document that must not run by GET.
pub(crate) const KNOWN_MUTATION: &str = "mutation Known { bump }";

pub(crate) type ToySchema = Schema<Query, Mutation, Feed>;

pub(crate) struct Query;

#[derive(SimpleObject)]
pub(crate) struct Thing {
    name: String,
}

#[derive(SimpleObject)]
pub(crate) struct Things {
    nodes: Vec<Thing>,
    total_count: usize,
}

#[Object]
impl Query {
    async fn hello(&self, name: Option<String>) -> String {
        name.unwrap_or_else(|| "hello".to_owned())
    }

    async fn who(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<Actor>()
            .0
            .clone()
            .unwrap_or_else(|| "anonymous".to_owned())
    }

    async fn itself(&self) -> Query {
        Query
    }

    async fn things(&self, first: usize) -> Things {
        let nodes = (0..first).map(|n| Thing { name: n.to_string() }).collect();
        Things {
            nodes,
            total_count: first,
        }
    }

    async fn never(&self) -> bool {
        std::future::pending().await
    }

    async fn broken(&self) -> Result<Option<i32>> {
        Err(Error::new("broken").extend_with(|_, error| error.set("code", "BROKEN")))
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    async fn bump(&self, ctx: &Context<'_>) -> u32 {
        ctx.data_unchecked::<Toy>().bumps.fetch_add(1, Ordering::SeqCst) + 1
    }
}

pub(crate) struct Feed;

#[Subscription]
impl Feed {
    async fn count(&self, to: u32) -> impl Stream<Item = u32> {
        stream::iter(0..to)
    }

    async fn never(&self) -> impl Stream<Item = u32> {
        stream::pending()
    }

    async fn refused(&self) -> Result<stream::Pending<u32>> {
        Err(Error::new("refused").extend_with(|_, error| error.set("code", "FORBIDDEN")))
    }

    async fn news(&self, ctx: &Context<'_>) -> impl Stream<Item = u32> + use<> {
        let news = ctx.data_unchecked::<Toy>().news.subscribe();
        stream::unfold(news, |mut news| async move { Some((news.recv().await.ok()?, news)) }).boxed()
    }
}

/// Who asks; a name when signed in.
#[derive(Debug, Clone)]
pub(crate) struct Actor(Option<String>);

/// What the tests turn and read while the transports run.
#[derive(Clone)]
pub(crate) struct Toy {
    pub(crate) bumps: Arc<AtomicU32>,
    pub(crate) news: broadcast::Sender<u32>,
    pub(crate) revoked: Arc<AtomicBool>,
    pub(crate) allowance: Arc<AtomicU32>,
}

impl Toy {
    pub(crate) fn new() -> Self {
        Self {
            bumps: Arc::default(),
            news: broadcast::channel(16).0,
            revoked: Arc::default(),
            allowance: Arc::new(AtomicU32::new(u32::MAX)),
        }
    }

    /// `/graphql` and `/graphql/ws` of the toy.
    pub(crate) fn route(&self, settings: Settings) -> Route {
        let limits = Arc::new(Limits::default());
        let schema = guarded(Schema::build(Query, Mutation, Feed), limits.clone())
            .data(self.clone())
            .finish();
        let documents = Documents::of(&[KNOWN, KNOWN_MUTATION]);
        let settings = Settings {
            session_cookie: "session".to_owned(),
            ..settings
        };
        let api = Api::<ToySchema, Toy>::new(schema, self.clone(), limits, documents, settings);
        Route::new()
            .at("/graphql", GraphqlEndpoint::new(api.clone()))
            .at("/graphql/ws", GraphqlSocket::new(api))
    }
}

impl Gate for Toy {
    type Actor = Actor;

    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Actor, AuthRefusal> {
        match (credentials.authorization, credentials.session) {
            (Some("Bearer alice"), _) | (None, Some("alice")) => Ok(Actor(Some("alice".to_owned()))),
            (None, None) => Ok(Actor(None)),
            _ => Err(AuthRefusal::Unauthenticated),
        }
    }

    async fn still_holds(&self, actor: &Actor) -> bool {
        actor.0.is_none() || !self.revoked.load(Ordering::SeqCst)
    }

    fn charge(&self, _: Option<IpAddr>, _: &Actor) -> Result<(), RetryAfter> {
        let left = self
            .allowance
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| RetryAfter(Duration::from_millis(1_500)))
    }

    fn cost_cap(&self, actor: &Actor) -> u32 {
        if actor.0.is_some() { 1_000 } else { 200 }
    }
}
