//! What resolvers know of the request: the application, who asks, in which language and from where.

use std::{net::IpAddr, sync::Arc};

use async_graphql::Context;
use zhengming_engine::text::Label;

use super::error::internal;
use crate::{access::Actor, app::SharedApp, locale::Locale};

/// One operation's surroundings, put into its data by the gate of the transports.
#[derive(Clone)]
pub struct RequestContext {
    /// The application.
    pub app: SharedApp,
    /// Who asks.
    pub actor: Actor,
    /// Language of titles and messages.
    pub locale: Locale,
    /// Where from, for rate limits only; it is neither stored nor logged.
    pub address: IpAddr,
}

impl RequestContext {
    /// The same surroundings with another actor: the holder of a receipt.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    /// A label in the request's language.
    #[must_use]
    pub fn words(&self, label: &Label) -> String {
        if self.locale.is_zh() {
            label.zh.clone()
        } else {
            label.en.clone()
        }
    }
}

/// Short ways from a resolver's context to the request's.
pub(crate) trait ContextExt {
    /// The request's surroundings.
    fn request(&self) -> async_graphql::Result<&Arc<RequestContext>>;
}

impl ContextExt for Context<'_> {
    fn request(&self) -> async_graphql::Result<&Arc<RequestContext>> {
        // Every transport attaches it; without it nothing is known about who asks, so nothing is answered.
        self.data_opt::<Arc<RequestContext>>()
            .ok_or_else(|| internal(None, "an operation has no context"))
    }
}
