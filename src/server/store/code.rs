//! Closed sets of codes that columns hold. Their spelling is stored and shown to programs: never change one.

use sea_orm::DeriveValueType;
use thiserror::Error;

/// A code that its set does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unknown {0} code")]
pub struct UnknownCode(&'static str);

macro_rules! codes {
    ($($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
        #[sea_orm(value_type = "String", column_type = "Text")]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every code of the set.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stored spelling.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($code => Ok(Self::$variant),)*
                    _ => Err(UnknownCode(stringify!($name))),
                }
            }
        }
    )*};
}

codes! {
    /// Whether a case still runs.
    pub enum CaseStatus {
        /// It runs.
        Open = "open",
        /// It has come to its end.
        Closed = "closed",
    }

    /// How much of the filer others may see.
    pub enum FilingMode {
        /// Named to the parties.
        Named = "named",
        /// Known to the authority alone.
        Confidential = "confidential",
        /// Known to nobody.
        Anonymous = "anonymous",
    }

    /// Whether a timer still waits.
    pub enum TimerState {
        /// It waits.
        Armed = "armed",
        /// Its effect is recorded.
        Fired = "fired",
        /// A later event took it away.
        Cancelled = "cancelled",
        /// It failed too often; an operator must look.
        Parked = "parked",
    }

    /// How a session proves itself.
    pub enum SessionKind {
        /// A browser's cookie.
        Cookie = "cookie",
        /// A token in a header.
        Bearer = "bearer",
    }

    /// What became of a mail.
    pub enum MailState {
        /// Waits.
        Queued = "queued",
        /// Handed to the mail system.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
    }

    /// How an audited action ended.
    pub enum AuditOutcome {
        /// Done.
        Allowed = "allowed",
        /// Refused by policy.
        Denied = "denied",
        /// Tried and failed.
        Failed = "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseStatus, TimerState};

    #[test]
    fn every_code_reads_back() {
        for &state in TimerState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
    }

    #[test]
    fn a_foreign_code_is_refused() {
        assert!("OPEN".parse::<CaseStatus>().is_err());
    }
}
