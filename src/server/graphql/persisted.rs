//! Trusted documents: operations that are compiled in and asked for by the SHA-256 of their text.
//!
//! `graphql/operations/` holds them. A client sends `documentId: "sha256:<64 lower-case hex>"` instead of `query`, by
//! POST or, for queries, by GET; the hash form of Apollo's clients finds the same documents. Nothing is registered
//! at run time.

use std::collections::HashMap;

use async_graphql::ServerError;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::envelope::Envelope;
use super::limits::coded;

/// The documents of `graphql/operations/`; a test compares the list with the folder.
pub const OPERATIONS: &[&str] = &[
    include_str!("../../../graphql/operations/addEvidence.graphql"),
    include_str!("../../../graphql/operations/alerts.graphql"),
    include_str!("../../../graphql/operations/cancelWatch.graphql"),
    include_str!("../../../graphql/operations/case.graphql"),
    include_str!("../../../graphql/operations/caseByReceipt.graphql"),
    include_str!("../../../graphql/operations/caseUpdated.graphql"),
    include_str!("../../../graphql/operations/cases.graphql"),
    include_str!("../../../graphql/operations/compareMarks.graphql"),
    include_str!("../../../graphql/operations/consumerCompensation.graphql"),
    include_str!("../../../graphql/operations/criminalThreshold.graphql"),
    include_str!("../../../graphql/operations/deadlineTrace.graphql"),
    include_str!("../../../graphql/operations/discloseIdentity.graphql"),
    include_str!("../../../graphql/operations/divisions.graphql"),
    include_str!("../../../graphql/operations/erasePerson.graphql"),
    include_str!("../../../graphql/operations/fileComplaint.graphql"),
    include_str!("../../../graphql/operations/fileReport.graphql"),
    include_str!("../../../graphql/operations/infringementDamages.graphql"),
    include_str!("../../../graphql/operations/introspection.graphql"),
    include_str!("../../../graphql/operations/matchMarks.graphql"),
    include_str!("../../../graphql/operations/node.graphql"),
    include_str!("../../../graphql/operations/openMediation.graphql"),
    include_str!("../../../graphql/operations/organisations.graphql"),
    include_str!("../../../graphql/operations/performTransition.graphql"),
    include_str!("../../../graphql/operations/procedure.graphql"),
    include_str!("../../../graphql/operations/procedures.graphql"),
    include_str!("../../../graphql/operations/proposeWorkflows.graphql"),
    include_str!("../../../graphql/operations/publishWorkflows.graphql"),
    include_str!("../../../graphql/operations/publishedDocuments.graphql"),
    include_str!("../../../graphql/operations/readTransferFile.graphql"),
    include_str!("../../../graphql/operations/recordTelling.graphql"),
    include_str!("../../../graphql/operations/registerMark.graphql"),
    include_str!("../../../graphql/operations/requestHandling.graphql"),
    include_str!("../../../graphql/operations/returnTransfer.graphql"),
    include_str!("../../../graphql/operations/searchReports.graphql"),
    include_str!("../../../graphql/operations/sendMessage.graphql"),
    include_str!("../../../graphql/operations/signAgreement.graphql"),
    include_str!("../../../graphql/operations/submitFeedback.graphql"),
    include_str!("../../../graphql/operations/transferCase.graphql"),
    include_str!("../../../graphql/operations/viewer.graphql"),
    include_str!("../../../graphql/operations/watchMark.graphql"),
    include_str!("../../../graphql/operations/workflows.graphql"),
    include_str!("../../../graphql/operations/writeEventsFile.graphql"),
    include_str!("../../../graphql/operations/writeTransferFile.graphql"),
];

/// Documents by the SHA-256 of their text.
#[derive(Debug, Clone)]
pub struct Documents(HashMap<String, &'static str>);

impl Default for Documents {
    /// The documents of `graphql/operations/`.
    fn default() -> Self {
        Self::of(OPERATIONS)
    }
}

impl Documents {
    /// Indexes documents by their hash.
    pub fn of(documents: &[&'static str]) -> Self {
        Self(documents.iter().map(|document| (sha256(document), *document)).collect())
    }

    /// The `documentId` of every document, for manifests.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.0.keys().map(|hash| format!("sha256:{hash}"))
    }

    /// The document that an envelope names or carries.
    ///
    /// # Errors
    /// `DOCUMENT_NOT_FOUND` for an unknown id or hash, `DOCUMENT_HASH_MISMATCH` when text and hash disagree, and
    /// `DOCUMENT_NOT_TRUSTED` for free text under `trusted_only`.
    pub(crate) fn resolve(&self, envelope: &Envelope, trusted_only: bool) -> Result<String, ServerError> {
        let hash = match &envelope.document_id {
            Some(id) => Some(id.strip_prefix("sha256:").unwrap_or_default()),
            None => envelope.sha256_hash.as_deref(),
        };
        match (&envelope.query, hash) {
            (None, hash) => match hash.and_then(|hash| self.0.get(hash)) {
                Some(document) => Ok((*document).to_owned()),
                None => Err(coded("DOCUMENT_NOT_FOUND", "no document has this id", None)),
            },
            (Some(text), Some(hash)) if sha256(text) != hash => Err(coded(
                "DOCUMENT_HASH_MISMATCH",
                "hash is not that of the document",
                None,
            )),
            (Some(text), _) if trusted_only && !self.0.contains_key(&sha256(text)) => Err(coded(
                "DOCUMENT_NOT_TRUSTED",
                "only known documents are executed here",
                None,
            )),
            (Some(text), _) => Ok(text.clone()),
        }
    }
}

fn sha256(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str = "{ known }";

    fn code(result: Result<String, ServerError>) -> String {
        let error = result.unwrap_err();
        format!("{:?}", error.extensions.unwrap().get("code").unwrap())
    }

    #[test]
    fn a_document_is_found_by_both_forms_of_its_hash() {
        let documents = Documents::of(&[KNOWN]);
        let id = documents.ids().next().unwrap();
        let by_id = Envelope {
            document_id: Some(id.clone()),
            ..Envelope::default()
        };
        assert_eq!(documents.resolve(&by_id, true), Ok(KNOWN.to_owned()));
        let by_hash = Envelope {
            sha256_hash: Some(id["sha256:".len()..].to_owned()),
            ..Envelope::default()
        };
        assert_eq!(documents.resolve(&by_hash, true), Ok(KNOWN.to_owned()));
        let bare = Envelope {
            document_id: Some(id["sha256:".len()..].to_owned()),
            ..Envelope::default()
        };
        assert!(code(documents.resolve(&bare, false)).contains("DOCUMENT_NOT_FOUND"));
    }

    #[test]
    fn free_text_is_refused_only_where_trust_is_required() {
        let documents = Documents::of(&[KNOWN]);
        let free = Envelope {
            query: Some("{ free }".to_owned()),
            ..Envelope::default()
        };
        assert!(documents.resolve(&free, false).is_ok());
        assert!(code(documents.resolve(&free, true)).contains("DOCUMENT_NOT_TRUSTED"));
        let known = Envelope {
            query: Some(KNOWN.to_owned()),
            ..Envelope::default()
        };
        assert!(documents.resolve(&known, true).is_ok());
        let wrong = Envelope {
            sha256_hash: Some("00".repeat(32)),
            ..known
        };
        assert!(code(documents.resolve(&wrong, false)).contains("DOCUMENT_HASH_MISMATCH"));
    }

    #[test]
    fn the_list_holds_every_file_of_the_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../graphql/operations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        let mut listed: Vec<String> = OPERATIONS.iter().map(|text| (*text).to_owned()).collect();
        files.sort();
        listed.sort();
        assert_eq!(listed, files);
    }
}
