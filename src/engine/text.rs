//! A label in the portal's two languages.

use serde::{Deserialize, Serialize};

/// A text in Chinese and English, written `{ zh: …, en: … }` in the domain pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Simplified Chinese, the first language.
    pub zh: String,
    /// English.
    pub en: String,
}
