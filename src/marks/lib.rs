//! Name similarity.
