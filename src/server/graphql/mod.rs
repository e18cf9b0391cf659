//! GraphQL: the transports (HTTP, server-sent events, WebSocket) and the limits that hold on all of them.

pub mod limits;

mod measure;
