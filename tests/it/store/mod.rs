//! The store, on both engines.

mod commit;
mod fixture;
