//! Messages and evidence of a case.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use zhengming_engine::{
    contribution::{EvidenceItem as Item, EvidenceKind as Kind, Message as Text},
    definition::model::Definition,
};

use super::history::role_title;
use crate::{
    graphql::{
        context::ContextExt as _,
        scalar::{Date, DateTime},
    },
    service::contributions::Contributed,
};

/// Kinds of evidence (Administrative Penalty Law, art 46).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum EvidenceKind {
    /// Documentary evidence (书证).
    Documentary,
    /// Physical evidence (物证).
    Physical,
    /// Audio-visual material (视听资料).
    AudioVisual,
    /// Electronic data (电子数据).
    ElectronicData,
    /// Testimony of a witness (证人证言).
    Testimony,
    /// Statement of a party (当事人的陈述).
    PartyStatement,
    /// Expert opinion (鉴定意见).
    ExpertOpinion,
    /// Record of an inspection of the scene (勘验笔录、现场笔录).
    SceneRecord,
}

/// A file, by what tells it from every other. The file itself stays with whoever keeps it.
#[derive(SimpleObject)]
pub struct EvidenceFile {
    /// Its name.
    name: String,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    sha256: String,
    /// How many bytes it has.
    size: i64,
}

/// An item of evidence, as it was named by whoever added it.
pub struct EvidenceItem {
    item: Contributed<Item>,
    definition: Arc<Definition>,
}

impl EvidenceItem {
    pub(crate) fn new(item: &Contributed<Item>, definition: &Arc<Definition>) -> Self {
        Self {
            item: item.clone(),
            definition: definition.clone(),
        }
    }
}

/// An item of evidence, as it was named by whoever added it. Whether it proves anything is for the officer to find.
#[Object]
impl EvidenceItem {
    /// Position in the history.
    async fn seq(&self) -> i64 {
        self.item.seq
    }

    /// When it was added.
    async fn added_at(&self) -> DateTime {
        DateTime(self.item.at)
    }

    /// Role in which it was added.
    async fn role(&self) -> &str {
        &self.item.role
    }

    /// Title of the role in the language of the request.
    async fn role_title(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(role_title(ctx.request()?, &self.definition, &self.item.role))
    }

    /// What it is.
    async fn title(&self) -> &str {
        &self.item.what.title
    }

    /// Of which kind.
    async fn kind(&self) -> EvidenceKind {
        self.item.what.kind.into()
    }

    /// What it shows, and what else there is to say.
    async fn description(&self) -> Option<&str> {
        self.item.what.description.as_deref()
    }

    /// The file, where it is one.
    async fn file(&self) -> Option<EvidenceFile> {
        self.item.what.file.as_ref().map(|file| EvidenceFile {
            name: file.name.clone(),
            sha256: file.sha256.clone(),
            size: i64::try_from(file.size).unwrap_or(i64::MAX),
        })
    }

    /// Where it was found on the web.
    async fn web_address(&self) -> Option<&str> {
        self.item.what.web_address.as_deref()
    }

    /// Day on which it was obtained.
    async fn obtained_on(&self) -> Option<Date> {
        self.item.what.obtained_on.map(Date)
    }

    /// Who keeps it.
    async fn kept_by(&self) -> Option<&str> {
        self.item.what.kept_by.as_deref()
    }

    /// Roles that may read it beside those who handle the case and whoever added it.
    async fn readers(&self) -> &[String] {
        &self.item.what.readers
    }
}

/// A message on a case.
pub struct Message {
    message: Contributed<Text>,
    definition: Arc<Definition>,
}

impl Message {
    pub(crate) fn new(message: &Contributed<Text>, definition: &Arc<Definition>) -> Self {
        Self {
            message: message.clone(),
            definition: definition.clone(),
        }
    }
}

/// A message between a party and those who work on the case.
#[Object]
impl Message {
    /// Position in the history.
    async fn seq(&self) -> i64 {
        self.message.seq
    }

    /// When it was sent.
    async fn sent_at(&self) -> DateTime {
        DateTime(self.message.at)
    }

    /// Role in which it was sent.
    async fn role(&self) -> &str {
        &self.message.role
    }

    /// Title of the role in the language of the request.
    async fn role_title(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(role_title(ctx.request()?, &self.definition, &self.message.role))
    }

    /// Roles that it is for; empty: those who handle the case.
    async fn to(&self) -> &[String] {
        &self.message.what.to
    }

    /// Whether the caller's own side sent it.
    async fn own(&self) -> bool {
        self.message.own
    }

    /// What it says.
    async fn text(&self) -> &str {
        &self.message.what.text
    }
}
