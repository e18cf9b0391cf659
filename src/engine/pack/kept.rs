//! Versions of procedures that cases are pinned to and the pack no longer holds: read again out of the pack in which they
//! ran, compiled but not checked anew, since what was good enough for a case stays good enough for it.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Pack, folder, procedure_key};
use crate::{
    clock::Law,
    definition::{
        compile::{self, Surroundings},
        model::{Definition, EffectRule},
        source::{self, Node, Reader},
    },
    notice::{self, DocumentKind, Notice},
};

/// Folders of what a version uses.
const USED: [&str; 3] = ["procedures", "notices", "documents"];

/// One version with the notices and documents that it uses.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The version.
    pub definition: Arc<Definition>,
    notices: IndexMap<String, Notice>,
    documents: IndexMap<String, DocumentKind>,
}

impl Kept {
    /// Reads the version with this hash out of the files of a pack that held it, under the law of that pack. `None` when
    /// they do not hold it.
    pub fn read(law: &Law, files: &[(String, String)], hash: &str) -> Option<Self> {
        let mut notices = IndexMap::new();
        let mut documents = IndexMap::new();
        let mut roots: Vec<(&str, Node)> = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| USED.contains(&folder(path))) {
            let mut reader = Reader::new(path);
            let root = source::parse(path, text).ok()?;
            match folder(path) {
                "notices" => notice::read_notices(&mut reader, &root, law, &mut notices),
                "documents" => notice::read_documents(&mut reader, &root, law, &mut documents),
                _ => roots.push((path, root)),
            }
        }
        let keys: Vec<String> = roots.iter().filter_map(|(_, root)| procedure_key(root)).collect();
        let around = Surroundings {
            law,
            notices: notices.keys().map(String::as_str).collect(),
            documents: documents.iter().map(|(key, kind)| (key.as_str(), kind)).collect(),
            procedures: keys.iter().map(String::as_str).collect(),
        };
        let (path, root) = roots.iter().find(|(_, root)| compile::hash(root) == hash)?;
        let definition = compile::compile(&mut Reader::new(path), path, root, &around)?;
        let (told, made) = used(&definition);
        notices.retain(|key, _| told.contains(&key.as_str()));
        documents.retain(|key, _| made.contains(&key.as_str()));
        Some(Self {
            definition: Arc::new(definition),
            notices,
            documents,
        })
    }
}

impl Pack {
    /// Takes a version in for the cases that are pinned to it. Notices and documents of the pack's own files win over those
    /// that were kept.
    pub fn keep(&mut self, kept: Kept) {
        for (key, notice) in kept.notices {
            self.notices.entry(key).or_insert(notice);
        }
        for (key, document) in kept.documents {
            self.documents.entry(key).or_insert(document);
        }
        self.kept.insert(kept.definition.hash.clone(), kept.definition);
    }

    /// Notes that a kept version or template cannot be read again.
    pub fn lose(&mut self, hash: &str) {
        self.lost.insert(hash.to_owned());
    }

    /// Whether a version is in the pack, or known to be unreadable.
    pub fn knows(&self, key: &str, hash: &str) -> bool {
        self.pinned(key, hash).is_some() || self.lost.contains(hash)
    }

    /// The versions that are kept for their cases, by hash.
    pub fn kept(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.kept.values()
    }
}

/// Keys of the notices and documents that a procedure uses.
pub(super) fn used(definition: &Definition) -> (Vec<&str>, Vec<&str>) {
    let warned = definition.clocks.values().flat_map(|clock| &clock.warn);
    let mut notices: Vec<&str> = warned.map(|rung| rung.notice.as_str()).collect();
    let mut documents = Vec::new();
    for effect in definition.effects() {
        match effect {
            EffectRule::Notify { notice, .. } | EffectRule::Escalate { notice, .. } => notices.push(notice),
            EffectRule::Document { kind } => documents.push(kind.as_str()),
            _ => {}
        }
    }
    (notices, documents)
}
