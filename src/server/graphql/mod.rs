//! GraphQL: the transports (HTTP, server-sent events, WebSocket) and the limits that hold on all of them.

pub mod endpoint;
pub mod guard;
pub mod limits;
pub mod persisted;
pub mod socket;
pub mod transport;

mod brackets;
mod envelope;
mod measure;
mod message;
mod negotiation;
mod origin;
mod sse;
