//! GraphQL: the schema, the transports (HTTP, server-sent events, WebSocket) and the limits that hold on all of them.

pub mod authenticate;
pub mod context;
pub mod endpoint;
pub mod error;
pub mod guard;
pub mod id;
pub mod limits;
pub mod mutation;
pub mod persisted;
pub mod query;
pub mod scalar;
pub mod schema;
pub mod socket;
pub mod subscription;
pub mod transport;
pub mod types;

mod brackets;
mod envelope;
mod measure;
mod message;
mod negotiation;
mod origin;
mod sse;
mod unambiguous;
