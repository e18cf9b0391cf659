//! Everything of Zhengming that does IO: one process with API, portal and jobs.

pub mod access;
pub mod app;
pub mod backends;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod endpoint;
pub mod feed;
pub mod graphql;
pub mod http;
pub mod jobs;
pub mod limit;
pub mod locale;
pub mod mail;
pub mod rehearsal;
pub mod search;
pub mod secret;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod workflows;

/// One allocator for Rust and for the SQLite inside: commands are many small rows and texts made on one thread and dropped on
/// another, which the system's allocator serves slowest.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
