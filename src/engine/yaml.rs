//! How YAML is written in the domain pack, whoever reads it.

use serde_saphyr::{MergeKeyPolicy, Options};

/// Booleans of YAML 1.2 only, no merge keys and no aliases: what a line says must be readable on that line.
pub(crate) fn rules() -> Options {
    serde_saphyr::options! {
        strict_booleans: true,
        merge_keys: MergeKeyPolicy::Error,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 0 },
    }
}
