//! That a command is at work.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// That something goes on of which it is not known how long it takes, on a terminal; nothing elsewhere.
pub(super) fn busy(what: &str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{spinner} {msg} {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let progress = ProgressBar::new_spinner()
        .with_style(style)
        .with_message(what.to_owned());
    progress.enable_steady_tick(Duration::from_millis(120));
    progress
}
