//! The language of what commands print: that of the terminal, English where it names none of ours.

use std::env;

use crate::locale::{Locale, Value, text};

/// The language of the environment (POSIX: `LC_ALL`, then `LC_MESSAGES`, then `LANG`; the first that is set counts).
pub(super) fn locale() -> Locale {
    let of = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let tag = of("LC_ALL").or_else(|| of("LC_MESSAGES")).or_else(|| of("LANG"));
    tag.and_then(|tag| Locale::parse(&tag)).unwrap_or(Locale::En)
}

/// A text in the language of the terminal.
pub(super) fn say(key: &str, args: &[(&'static str, Value<'_>)]) -> String {
    text(locale(), key, args)
}

/// A text in both languages, side by side.
pub(super) fn both(key: &str) -> String {
    format!("{} {}", text(Locale::Zh, key, &[]), text(Locale::En, key, &[]))
}
