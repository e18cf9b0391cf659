//! The store, on both engines.

mod backup;
mod commit;
mod erase;
mod fixture;
mod lists;
mod people;
mod schema;
mod verify;
mod work;
