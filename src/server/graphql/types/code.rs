//! Closed lists of the API.

use async_graphql::Enum;
use zhengming_engine::{
    clock::{ClockStatus, trace::DayReason as CountedReason},
    definition::model::FilingMode as EngineMode,
};
use zhengming_marks::Band as MarkBand;

use crate::store;

/// How much of the filer others may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum FilingMode {
    /// With a name that the handling office may ask for.
    Named,
    /// With a name, and the wish that it be kept secret. As with every name, only who handles the case gets it, for a
    /// stated purpose that is written down.
    Confidential,
    /// Without any name.
    Anonymous,
}

impl From<FilingMode> for EngineMode {
    fn from(mode: FilingMode) -> Self {
        match mode {
            FilingMode::Named => Self::Named,
            FilingMode::Confidential => Self::Confidential,
            FilingMode::Anonymous => Self::Anonymous,
        }
    }
}

impl From<EngineMode> for FilingMode {
    fn from(mode: EngineMode) -> Self {
        match mode {
            EngineMode::Named => Self::Named,
            EngineMode::Confidential => Self::Confidential,
            EngineMode::Anonymous => Self::Anonymous,
        }
    }
}

impl From<store::FilingMode> for FilingMode {
    fn from(mode: store::FilingMode) -> Self {
        match mode {
            store::FilingMode::Named => Self::Named,
            store::FilingMode::Confidential => Self::Confidential,
            store::FilingMode::Anonymous => Self::Anonymous,
        }
    }
}

/// Whether a case still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CaseStatus {
    /// It runs.
    Open,
    /// It has come to its end.
    Closed,
}

impl From<CaseStatus> for store::CaseStatus {
    fn from(status: CaseStatus) -> Self {
        match status {
            CaseStatus::Open => Self::Open,
            CaseStatus::Closed => Self::Closed,
        }
    }
}

impl From<store::CaseStatus> for CaseStatus {
    fn from(status: store::CaseStatus) -> Self {
        match status {
            store::CaseStatus::Open => Self::Open,
            store::CaseStatus::Closed => Self::Closed,
        }
    }
}

/// Where a legal clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DeadlineStatus {
    /// It runs.
    Running,
    /// It stands still and has no due date.
    Suspended,
    /// What it waited for was done, in time or late.
    Met,
    /// It no longer matters.
    Cancelled,
    /// Its period is over; the duty may remain.
    Expired,
}

impl From<ClockStatus> for DeadlineStatus {
    fn from(status: ClockStatus) -> Self {
        match status {
            ClockStatus::Running => Self::Running,
            ClockStatus::Suspended => Self::Suspended,
            ClockStatus::Met => Self::Met,
            ClockStatus::Cancelled => Self::Cancelled,
            ClockStatus::Expired => Self::Expired,
        }
    }
}

/// Why a day was or was not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "CountedReason")]
pub enum DayReason {
    /// The day on which the period starts; never counted.
    StartDay,
    /// A plain working day.
    WorkingDay,
    /// A Saturday or Sunday on which work is made up.
    MakeUpWorkingDay,
    /// A Monday to Friday of a year whose holidays are not published, taken for a working day.
    AssumedWorkingDay,
    /// A Saturday or Sunday without work.
    Weekend,
    /// A day off in the notice of its year.
    StatutoryHoliday,
    /// A day of a period in calendar days, months or years.
    CalendarDay,
    /// A day that a period of hours touches.
    Hours,
    /// The clock stood still.
    Suspended,
    /// The instrument's rule moves the last day on.
    RolledOver,
    /// The clock went on on this day with nothing left, so it ends here.
    ResumptionDay,
}

/// How alike two names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "MarkBand")]
pub enum Band {
    /// The same normal form, or that of another name of the mark.
    Identical,
    /// Easily confused.
    High,
    /// Possibly confused.
    Medium,
    /// Some likeness.
    Low,
}

impl Band {
    /// The band of a stored code; what no version ever wrote counts as low.
    #[must_use]
    pub(crate) fn of_code(code: &str) -> Self {
        match code {
            "identical" => Self::Identical,
            "high" => Self::High,
            "medium" => Self::Medium,
            _ => Self::Low,
        }
    }
}

/// Why the identity of a filer is needed; the law knows no other reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DisclosurePurpose {
    /// To reach whoever filed.
    ContactFiler,
    /// To check a proof of identity.
    VerifyIdentity,
    /// To prepare or hold a mediation; not of reports, which nobody mediates.
    Mediation,
    /// To serve a document.
    ServeDocument,
    /// To hand the case over to the police.
    ReferToPolice,
}

impl DisclosurePurpose {
    /// The service's word.
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::ContactFiler => "contact_filer",
            Self::VerifyIdentity => "verify_identity",
            Self::Mediation => "mediation",
            Self::ServeDocument => "serve_document",
            Self::ReferToPolice => "refer_to_police",
        }
    }
}

/// Order of a list of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum CaseOrder {
    /// Last opened first.
    #[default]
    NewestFirst,
    /// First opened first.
    OldestFirst,
    /// Nearest deadline first; cases without a running clock are left out.
    DueFirst,
}

#[cfg(test)]
mod tests {
    use async_graphql::resolver_utils::EnumType as _;

    use super::*;
    use crate::service::privacy::PURPOSES;

    #[test]
    fn the_purposes_are_those_of_the_service() {
        let ours: Vec<&str> = DisclosurePurpose::items()
            .iter()
            .map(|item| item.value.code())
            .collect();
        assert_eq!(ours, PURPOSES);
    }

    #[test]
    fn stored_bands_read_back() {
        for band in [MarkBand::Identical, MarkBand::High, MarkBand::Medium, MarkBand::Low] {
            let code = serde_json::to_value(band).unwrap();
            assert_eq!(Band::of_code(code.as_str().unwrap()), Band::from(band));
        }
    }
}
