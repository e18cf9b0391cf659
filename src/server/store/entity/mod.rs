//! One module a table. Nothing of it leaves the store: see `row` for what others get.

#![expect(
    clippy::disallowed_methods,
    reason = "the derives generate `begin` for saving object graphs, which nobody calls"
)]

pub(super) mod account;
pub(super) mod alert;
pub(super) mod assignment;
pub(super) mod audit;
pub(super) mod case_link;
pub(super) mod case_name;
pub(super) mod case_personal;
pub(super) mod case_similar_mark;
pub(super) mod cases;
pub(super) mod counter;
pub(super) mod definition;
pub(super) mod disclosure;
pub(super) mod document;
pub(super) mod draft;
pub(super) mod event;
pub(super) mod event_payload;
pub(super) mod idempotency;
pub(super) mod identity;
pub(super) mod mail;
pub(super) mod mark;
pub(super) mod membership;
pub(super) mod notice;
pub(super) mod organisation;
pub(super) mod outbox;
pub(super) mod pack;
pub(super) mod party;
pub(super) mod peer_key;
pub(super) mod publication;
pub(super) mod session;
pub(super) mod setting;
pub(super) mod telling;
pub(super) mod timer;
pub(super) mod watch;
pub(super) mod wording;
