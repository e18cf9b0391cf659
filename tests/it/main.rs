//! Integration tests: one binary.

mod database;
mod store;
