//! Integration tests: one binary.

mod api;
mod config;
mod crash;
mod database;
mod graphql_http;
mod graphql_schema;
mod graphql_socket;
mod graphql_toy;
mod mail;
mod service;
mod portal;
mod store;
mod town;
