//! Texts as they were sent: a message shows what its recipient got, whatever its template says today.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Pack;
use crate::{
    definition::compile::canonical_hash,
    notice::{DocumentKind, Notice},
};

/// The template of a message, to be kept for those who read the message later. One that was read again does not know its
/// hash: whoever kept it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// Of a notice.
    Notice(Notice),
    /// Of a document.
    Document(DocumentKind),
}

impl Wording {
    /// Hash under which it is kept; what a notice or a document remembers.
    #[must_use]
    pub fn hash(&self) -> &str {
        match self {
            Self::Notice(notice) => &notice.wording,
            Self::Document(kind) => &kind.wording,
        }
    }

    /// Hash of a template as it is kept, which is the one to keep it under; none for what is no template. It is that of the text as it
    /// came: another program may know less or more of templates.
    #[must_use]
    pub fn hash_of_kept(body: &Json) -> Option<String> {
        let kept = body.as_object().filter(|kept| kept.len() == 1)?;
        let template = kept.get("notice").or_else(|| kept.get("document"))?;
        Some(canonical_hash(template))
    }
}

impl Pack {
    /// The templates of its files and of the versions that it keeps.
    pub fn wordings(&self) -> impl Iterator<Item = Wording> {
        let notices = self.notices.values().cloned().map(Wording::Notice);
        notices.chain(self.documents.values().cloned().map(Wording::Document))
    }

    /// Takes in a template that messages remember under this hash.
    pub fn keep_wording(&mut self, hash: String, wording: Wording) {
        self.worded.insert(hash, wording);
    }

    /// Whether the template of this hash is in the pack, or known to be unreadable ([`Pack::lose`]).
    pub fn has_wording(&self, hash: &str) -> bool {
        self.worded.contains_key(hash)
            || self.lost.contains(hash)
            || self.notices.values().any(|notice| notice.wording == hash)
            || self.documents.values().any(|kind| kind.wording == hash)
    }

    /// The notice as it was sent; as it reads today where what was sent is not known.
    pub fn notice(&self, key: &str, wording: Option<&str>) -> Option<&Notice> {
        let now = self.notices.get(key);
        match wording.and_then(|hash| self.worded.get(hash)) {
            Some(Wording::Notice(then)) => Some(then),
            _ => now,
        }
    }

    /// The document as it was issued; as it reads today where what was issued is not known.
    pub fn document(&self, key: &str, wording: Option<&str>) -> Option<&DocumentKind> {
        let now = self.documents.get(key);
        match wording.and_then(|hash| self.worded.get(hash)) {
            Some(Wording::Document(then)) => Some(then),
            _ => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Wording;
    use crate::{definition::compile::canonical_hash, notice::Notice, text::Label};

    #[test]
    fn a_kept_template_has_the_hash_of_its_text() {
        let label = |text: &str| Label {
            zh: text.to_owned(),
            en: text.to_owned(),
        };
        let notice = Notice {
            subject: label("受理通知"),
            body: label("{case.number}"),
            law: None,
            wording: String::new(),
            at: (String::new(), 0),
        };
        let hash = canonical_hash(&json!(notice));
        let mut kept = json!(Wording::Notice(notice));
        assert_eq!(Wording::hash_of_kept(&kept), Some(hash.clone()));
        kept["notice"]["body"]["zh"] = json!("另有其文。");
        assert_ne!(Wording::hash_of_kept(&kept), Some(hash));
        assert_eq!(Wording::hash_of_kept(&json!({ "letter": {} })), None);
        assert_eq!(Wording::hash_of_kept(&json!("no template")), None);
    }
}
