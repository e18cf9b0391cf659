//! Everything of Zhengming that does IO: one process with API, portal and jobs.

pub mod cli;
pub mod clock;
pub mod config;
pub mod graphql;
pub mod http;
pub mod limit;
pub mod mail;
pub mod secret;
pub mod store;
pub mod telemetry;
