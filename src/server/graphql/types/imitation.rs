//! Names in cases that lean on a mark, and what those who watch a mark are told.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use serde_json::Value as Json;

use super::{
    case::Case,
    code::Band,
    mark::{Mark, MatchReason, grouped},
};
use crate::{
    graphql::{context::ContextExt as _, id::NodeKind, scalar::DateTime},
    service::{
        imitations::{Found, NameMatch, ReportMatch as FoundReport},
        watches::AlertView,
    },
    store::{WatchRow, micros},
};

/// What a name is in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum NameUse {
    /// The mark that is said to be imitated.
    Mark,
    /// The sign as it stands on the goods.
    Sign,
    /// The trader.
    Trader,
    /// A shop or an account on a platform.
    Shop,
    /// The host of a web address.
    WebAddress,
    /// A sign that a text names.
    Text,
}

impl NameUse {
    /// What a stored code says; what no version ever wrote counts as text.
    fn of_code(code: &str) -> Self {
        match code {
            "mark" => Self::Mark,
            "sign" => Self::Sign,
            "trader" => Self::Trader,
            "shop" => Self::Shop,
            "web_address" => Self::WebAddress,
            _ => Self::Text,
        }
    }
}

/// A name in a case that leans on a mark. Help for whoever decides, never a finding.
#[derive(SimpleObject)]
pub struct LeaningName {
    /// The name.
    name: String,
    /// What it is in the case.
    used_as: NameUse,
    /// Likeness from 0 to 1.
    score: f64,
    /// What the score means.
    band: Band,
    /// Why, as codes with particulars, the strongest first.
    reasons: Vec<String>,
    /// The same reasons grouped as the law compares: form (形), sound (音), meaning (义), whole (整体).
    grouped_reasons: Vec<MatchReason>,
}

impl From<NameMatch> for LeaningName {
    fn from(found: NameMatch) -> Self {
        let reasons: Vec<String> = found.reasons.iter().map(ToString::to_string).collect();
        Self {
            name: found.name,
            used_as: NameUse::of_code(&found.searched_as),
            score: found.score,
            band: found.band.into(),
            grouped_reasons: grouped(reasons.iter().map(String::as_str)),
            reasons,
        }
    }
}

/// A case with names that lean on a mark.
#[derive(SimpleObject)]
pub struct ReportMatch {
    /// The case.
    case: Case,
    /// Likeness of the closest name, from 0 to 1.
    score: f64,
    /// What the score means.
    band: Band,
    /// The names, the closest first.
    names: Vec<LeaningName>,
}

impl From<FoundReport> for ReportMatch {
    fn from(found: FoundReport) -> Self {
        Self {
            score: found.score(),
            band: zhengming_marks::Band::of(found.score()).into(),
            case: found.summary.into(),
            names: found.names.into_iter().map(LeaningName::from).collect(),
        }
    }
}

/// A page of cases with names that lean on a mark.
#[derive(SimpleObject)]
pub struct ReportMatchPage {
    /// The cases, the closest first, then the newest.
    nodes: Vec<ReportMatch>,
    /// How many there are in all, among the newest 500 cases that hold one of the 300 names most alike.
    total: i32,
    /// Give it as `after` for the next page; null on the last one.
    end_cursor: Option<String>,
}

impl ReportMatchPage {
    /// A page that begins after so many.
    pub(crate) fn new(found: Found, after: usize) -> Self {
        let end = after + found.matches.len();
        Self {
            end_cursor: (end < found.total).then(|| end.to_string()),
            total: i32::try_from(found.total).unwrap_or(i32::MAX),
            nodes: found.matches.into_iter().map(ReportMatch::from).collect(),
        }
    }
}

/// A standing order to tell the caller of names that lean on one.
#[derive(Clone)]
pub struct Watch(pub(crate) WatchRow);

/// A standing order to tell the caller of names that lean on one.
#[Object]
impl Watch {
    /// Opaque id.
    async fn id(&self) -> ID {
        NodeKind::Watch.id(&self.0.id)
    }

    /// The watched name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The mark of the register under whose names it is watched.
    async fn mark(&self, ctx: &Context<'_>) -> Result<Option<Mark>> {
        let request = ctx.request()?;
        match &self.0.mark_id {
            Some(id) => crate::graphql::query::marks::find_mark(request, id).await,
            None => Ok(None),
        }
    }

    /// Of the register, only marks of these classes (Nice, 1 to 45); empty for all.
    async fn classes(&self) -> Vec<i32> {
        self.0.classes.iter().filter_map(|class| class.parse().ok()).collect()
    }

    /// Names that are less alike are not told, from 0 to 1.
    async fn threshold(&self) -> f64 {
        self.0.threshold
    }

    /// Since when.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Until when; null while it stands.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.0.cancelled_at.map(DateTime)
    }
}

/// Something new leans on a watched name.
pub struct Alert(pub(crate) AlertView);

/// Something new leans on a watched name.
#[Object]
impl Alert {
    /// The watch that it belongs to.
    async fn watch(&self) -> Watch {
        Watch(self.0.watch.clone())
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.alert.name
    }

    /// What it is where it stands.
    async fn used_as(&self) -> NameUse {
        NameUse::of_code(&self.0.alert.searched_as)
    }

    /// Likeness from 0 to 1.
    async fn score(&self) -> f64 {
        self.0.alert.score
    }

    /// What the score means.
    async fn band(&self) -> Band {
        Band::of_code(&self.0.alert.band)
    }

    /// Why, as codes with particulars, the strongest first.
    async fn reasons(&self) -> Vec<&str> {
        let reasons = self.0.alert.reasons.as_array().into_iter().flatten();
        reasons.filter_map(Json::as_str).collect()
    }

    /// The same reasons grouped as the law compares: form (形), sound (音), meaning (义), whole (整体).
    async fn grouped_reasons(&self) -> Vec<MatchReason> {
        let reasons = self.0.alert.reasons.as_array().into_iter().flatten();
        grouped(reasons.filter_map(Json::as_str))
    }

    /// The case that holds it; null for an entry of the register, and for the owner of the mark who may not know of the case.
    async fn case(&self) -> Option<Case> {
        self.0.case.clone().map(Case::from)
    }

    /// The mark that was entered into the register; null for a case.
    async fn mark(&self) -> Option<Mark> {
        self.0.mark.as_ref().map(Mark::from)
    }

    /// When it was found.
    async fn found_at(&self) -> DateTime {
        DateTime(self.0.alert.found_at)
    }
}

/// A page of alerts.
#[derive(SimpleObject)]
pub struct AlertPage {
    /// The alerts, the latest first.
    nodes: Vec<Alert>,
    /// Give it as `after` for the next page; null on the last one.
    end_cursor: Option<String>,
}

impl AlertPage {
    /// At most `size` of the alerts, which are one more where a page follows.
    pub(crate) fn new(mut found: Vec<AlertView>, size: usize) -> Self {
        let more = found.len() > size;
        found.truncate(size);
        let last = found.last().filter(|_| more);
        Self {
            end_cursor: last.map(|view| format!("{}:{}", micros(view.alert.found_at), view.alert.id)),
            nodes: found.into_iter().map(Alert).collect(),
        }
    }
}
