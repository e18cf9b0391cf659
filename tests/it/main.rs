//! Integration tests: one binary.

mod api;
mod browser;
mod cli;
mod config;
mod crash;
mod database;
mod deadlines;
mod demo;
mod due;
mod graphql_http;
mod graphql_schema;
mod graphql_socket;
mod graphql_toy;
mod mail;
mod migration;
mod portal;
mod publication;
mod register;
mod scenarios;
mod service;
mod store;
mod subcases;
mod tidy;
mod town;
mod versions;
