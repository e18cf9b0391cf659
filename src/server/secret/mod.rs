//! Secrets and what is made with them: password hashes, bearer tokens, receipts, sealed and signed bytes.
//!
//! Nothing in this module prints a secret: the types that hold one have a `Debug` that hides it
//! and are wiped when dropped.

pub mod case_number;
pub mod jws;
mod keys;
mod password;
pub mod receipt;
pub mod seal;
pub mod token;

pub use case_number::CaseNumber;
pub use keys::{KeyError, Purpose, Secrets};
pub use password::{PasswordError, PasswordPolicy, PasswordWeakness, Passwords, Verdict};
pub use receipt::ReceiptSecret;
pub use seal::SealKey;
pub use token::{Token, TokenHash};

/// `character` as its ASCII form if it is a full-width letter, digit or sign, which Chinese input
/// methods type when they are left in full-width mode.
fn half_width(character: char) -> char {
    match u32::from(character) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(character),
        _ => character,
    }
}

/// Whether people put `character` between the groups of a number that they copy.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '_' | '.' | '‐' | '‑' | '–' | '—' | '－')
}

/// What a person typed, without separators, half-width and in capitals.
fn typed(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .filter(|character| !is_separator(*character))
        .map(half_width)
        .filter(|character| !is_separator(*character))
        .map(|character| character.to_ascii_uppercase())
}
