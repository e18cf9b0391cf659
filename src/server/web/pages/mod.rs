//! The pages, one module for each kind.

pub(super) mod amounts;
pub(super) mod case;
pub(super) mod check;
pub(super) mod compare;
pub(super) mod contribution;
mod desk;
pub(super) mod diagram;
pub(super) mod document;
pub(super) mod done;
pub(super) mod event;
pub(super) mod fault;
pub(super) mod filing;
pub(super) mod follow;
pub(super) mod identity;
pub(super) mod language;
pub(super) mod marks;
pub(super) mod packet;
pub(super) mod published;
pub(super) mod reports;
pub(super) mod sign_in;
pub(super) mod start;
pub(super) mod telling;
pub(super) mod trail;
pub(super) mod transfers;
pub(super) mod watches;
pub(super) mod work_list;
pub(super) mod workflows;
