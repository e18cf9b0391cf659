//! Forms drawn from a procedure: any field of any procedure, without a template of its own.

mod draw;
mod problem;
mod read;

pub(super) use self::{
    draw::{Advice, Around, Control, Entry, Line, Question, questions},
    problem::{Complaint, complaints},
    read::{fen, read, typed_day},
};
