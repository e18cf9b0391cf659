//! The gate of the transports for our application: sessions and bearer tokens in, a request's context out.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use async_graphql::Data;
use async_graphql::parser::types::OperationType;
use poem::http::header::ACCEPT_LANGUAGE;

use super::{
    context::RequestContext,
    transport::{AuthRefusal, Credentials, Gate},
};
use crate::{
    access::Actor,
    app::SharedApp,
    limit::{Door, RetryAfter},
    locale::Locale,
    service::accounts,
};

/// Most cost of one operation of somebody who is not signed in.
const ANONYMOUS_COST: u32 = 200;
/// Most cost of one operation of somebody who is.
const SIGNED_IN_COST: u32 = 1_000;

/// Most cost of one operation of an actor.
#[must_use]
pub fn cost_cap(actor: &Actor) -> u32 {
    if actor.person().is_some() {
        SIGNED_IN_COST
    } else {
        ANONYMOUS_COST
    }
}

/// Lets callers in.
#[derive(Clone)]
pub struct AppGate(SharedApp);

/// Who came in, and how they want to be spoken to.
#[derive(Clone, Debug)]
pub struct Caller {
    actor: Actor,
    locale: Locale,
    address: IpAddr,
}

impl AppGate {
    /// The gate of an application.
    #[must_use]
    pub fn new(app: SharedApp) -> Self {
        Self(app)
    }
}

/// An address for callers without a socket, as tests make them.
fn known(address: Option<IpAddr>) -> IpAddr {
    address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// The token in an `Authorization` value (RFC 6750, 2.1).
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Gate for AppGate {
    type Actor = Caller;

    fn count(&self, kind: OperationType, failed: bool) {
        let kind = match kind {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        };
        let outcome = if failed { "errors" } else { "good" };
        self.0
            .metrics
            .graphql_operations
            .with_label_values(&[kind, outcome])
            .inc();
    }

    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Caller, AuthRefusal> {
        // A header that was meant to prove something is never ignored in favour of a cookie.
        let token = match (credentials.authorization, credentials.session) {
            (Some(authorization), _) => Some(bearer(authorization).ok_or(AuthRefusal::Unauthenticated)?),
            (None, session) => session,
        };
        let actor = match token {
            None => Actor::Anonymous,
            Some(token) => match Box::pin(accounts::authenticate(&self.0, token)).await {
                Ok(Some(actor)) => actor,
                Ok(None) => return Err(AuthRefusal::Unauthenticated),
                Err(error) => {
                    tracing::error!(error.code = error.code(), "credentials cannot be checked");
                    return Err(AuthRefusal::Unavailable);
                }
            },
        };
        let wanted = credentials
            .headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let own = || {
            actor
                .person()
                .and_then(|person| Locale::parse(&person.account.locale))
                .unwrap_or_default()
        };
        let locale = wanted.map_or_else(own, Locale::negotiate);
        Ok(Caller {
            actor,
            locale,
            address: known(credentials.address),
        })
    }

    async fn still_holds(&self, caller: &Caller) -> bool {
        let Some(person) = caller.actor.person() else {
            return true;
        };
        let holding = Box::pin(accounts::unchanged(&self.0, person)).await;
        holding.unwrap_or_else(|error| {
            tracing::error!(error.code = error.code(), "a session cannot be checked again");
            false
        })
    }

    fn charge(&self, address: Option<IpAddr>, caller: &Caller) -> Result<(), RetryAfter> {
        let account = caller.actor.account_id();
        self.0.limits.check(Door::Graphql, known(address), account)
    }

    fn cost_cap(&self, caller: &Caller) -> u32 {
        cost_cap(&caller.actor)
    }

    fn attach(&self, caller: &Caller, data: &mut Data) {
        data.insert(Arc::new(RequestContext {
            app: self.0.clone(),
            actor: caller.actor.clone(),
            locale: caller.locale,
            address: caller.address,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_tokens_are_read() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
    }

    #[test]
    fn strangers_may_spend_less() {
        assert_eq!(cost_cap(&Actor::Anonymous), 200);
        assert_eq!(cost_cap(&Actor::Receipt { case_id: String::new() }), 200);
    }
}
