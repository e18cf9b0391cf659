//! Integration tests: one binary.

mod database;
mod graphql_http;
mod graphql_socket;
mod graphql_toy;
mod store;
