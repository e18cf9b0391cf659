//! Outgoing mail: to an SMTP server, or as files in a spool directory.
//!
//! Sending is at least once, so every mail has a `Message-ID` that is the same each time the same
//! effect is carried out: a receiver, or the spool, recognises the second copy.

mod smtp;
mod spool;

use std::{fmt, io, sync::Arc, time::SystemTime};

use futures_util::future::BoxFuture;
use lettre::message::{Mailbox, header::ContentType};
use time::OffsetDateTime;

use crate::config::{Config, MailTransport};

pub use self::{smtp::SmtpMailer, spool::SpoolMailer};

/// Sends mails.
pub trait Mailer: Send + Sync + 'static {
    /// Hands `message` over: when this returns, the receiving side has taken it durably.
    ///
    /// # Errors
    /// [`MailError::is_permanent`] says whether trying again later is of use.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>>;

    /// Destroys what this mailer still holds of mails about `case` (its internal id), when a person is erased.
    /// What was handed to another mail system cannot be called back: a mailer that keeps nothing has nothing to do.
    ///
    /// # Errors
    /// The copies could not all be removed.
    fn forget<'a>(&'a self, case: &'a str) -> BoxFuture<'a, Result<(), MailError>> {
        let _ = case;
        Box::pin(async { Ok(()) })
    }
}

/// The mailer that the configuration asks for.
///
/// # Errors
/// The spool directory cannot be made, the password file cannot be read, or TLS cannot be set up.
pub fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, MailError> {
    Ok(match config.mail.transport {
        MailTransport::Spool => Arc::new(SpoolMailer::open(config.mail_spool(), config.mail.from.clone())?),
        MailTransport::Smtp => Arc::new(SmtpMailer::open(&config.mail)?),
    })
}

/// One mail to one person, as plain text.
pub struct Message {
    /// The receiver's address, as they gave it.
    pub to: String,
    /// The subject; line breaks in it become spaces.
    pub subject: String,
    /// The text.
    pub body: String,
    /// What makes the mail recognisable when it is sent again.
    pub id: MessageId,
    /// When what it tells came about, for the `Date` header: the same moment each time it is sent.
    pub date: OffsetDateTime,
}

impl fmt::Debug for Message {
    /// Receiver, subject and text are personal data: only the id is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The effect that a mail carries out: the `effect`-th of event `event` of a case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId {
    case: String,
    event: u64,
    effect: u32,
}

impl MessageId {
    /// The id of a mail about `case` (its internal id). Characters that a `Message-ID` or a file
    /// name cannot have become underscores.
    #[must_use]
    pub fn new(case: &str, event: u64, effect: u32) -> Self {
        Self {
            case: plain(case),
            event,
            effect,
        }
    }

    /// How the ids of all mails about `case` begin.
    #[must_use]
    pub fn prefix(case: &str) -> String {
        format!("{}.", plain(case))
    }
}

fn plain(case: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || character == '-';
    case.chars()
        .map(|character| if plain(character) { character } else { '_' })
        .collect()
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.case, self.event, self.effect)
    }
}

/// Why a mail was not sent. No variant holds an address or a text.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The receiver's address is no mail address.
    #[error("the receiver's address is not valid")]
    Address,
    /// The mail could not be composed.
    #[error("the mail could not be composed")]
    Compose,
    /// The spool, the password file or that of the authorities failed.
    #[error("mail files: {0}")]
    Io(#[from] io::Error),
    /// The SMTP server refused this receiver or this text for good (RFC 3463: 5.1.1 to 5.1.3, 5.1.6, 5.1.10, 5.2.y, 5.3.4,
    /// 5.6.y).
    #[error("the mail server refused the mail (code {code})")]
    Refused {
        /// Its reply code.
        code: u16,
    },
    /// The SMTP server refused, and not as it refuses a receiver: what stands in the way may be the sender's address, a
    /// policy or a list, which the operator can mend. The server takes other mails, maybe.
    #[error("the mail server does not take mails like this one (code {code})")]
    NotTaken {
        /// Its reply code.
        code: u16,
    },
    /// The SMTP server cannot take the mail now, or cannot be reached.
    #[error("the mail server cannot take the mail now ({reason})")]
    Unavailable {
        /// What happened: `reply`, `sign-in`, `timeout`, `tls`, `connection` or `setup`.
        reason: &'static str,
    },
}

impl MailError {
    /// Whether sending the same mail again can only fail again.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Address | Self::Compose | Self::Refused { .. } => true,
            Self::Io(_) | Self::NotTaken { .. } | Self::Unavailable { .. } => false,
        }
    }

    /// Whether the next mail would find the same server in the same state.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Unavailable { .. })
    }

    /// Stable name, for the outbox and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address => "MAIL_ADDRESS",
            Self::Compose => "MAIL_COMPOSE",
            Self::Io(_) => "MAIL_IO",
            Self::Refused { .. } => "MAIL_REFUSED",
            Self::NotTaken { .. } => "MAIL_NOT_TAKEN",
            Self::Unavailable { .. } => "MAIL_UNAVAILABLE",
        }
    }
}

/// Whether mails can be addressed to a text.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.trim().parse::<lettre::Address>().is_ok()
}

/// `message` in Internet Message Format (RFC 5322), from `from`.
fn compose(message: &Message, from: &Mailbox) -> Result<lettre::Message, MailError> {
    let to: lettre::Address = message.to.trim().parse().map_err(|_| MailError::Address)?;
    let id = format!("<{}@{}>", message.id, from.email.domain());
    lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&message.subject))
        .message_id(Some(id))
        .date(SystemTime::from(message.date))
        .header(ContentType::TEXT_PLAIN)
        .body(message.body.clone())
        .map_err(|_| MailError::Compose)
}

/// `text` without line breaks and other control characters, which could begin another header.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn message(to: &str, subject: &str) -> Message {
        Message {
            to: to.to_owned(),
            subject: subject.to_owned(),
            body: "您的投诉已受理。".to_owned(),
            id: MessageId::new("0190-a", 3, 1),
            date: datetime!(2026-04-15 08:00 UTC),
        }
    }

    fn text(message: &Message) -> String {
        let from = "Zhengming <noreply@cases.example>".parse().expect("mailbox");
        let composed = compose(message, &from).expect("composed");
        String::from_utf8(composed.formatted()).expect("ascii")
    }

    #[test]
    fn a_mail_has_the_id_of_its_effect_and_the_given_date() {
        let text = text(&message("li@example.org", "受理通知"));
        assert!(text.contains("Message-ID: <0190-a.3.1@cases.example>\r\n"), "{text}");
        assert!(text.contains("Date: Wed, 15 Apr 2026 08:00:00 +0000\r\n"), "{text}");
        assert!(text.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{text}");
    }

    #[test]
    fn a_subject_cannot_add_a_header() {
        let text = text(&message("li@example.org", "x\r\nBcc: eve@example.org"));
        assert!(!text.contains("\nBcc:"), "{text}");
    }

    #[test]
    fn an_address_with_a_line_break_or_two_receivers_is_refused() {
        let from = "noreply@cases.example".parse().expect("mailbox");
        for to in [
            "",
            "li",
            "li@example.org, eve@example.org",
            "li@example.org\r\nBcc: eve@example.org",
        ] {
            let refused = compose(&message(to, "x"), &from);
            assert!(matches!(refused, Err(MailError::Address)), "{to}");
        }
    }

    proptest! {
        #[test]
        fn what_a_form_takes_as_a_mail_address_is_one_here(
            text in r"[a-z0-9.!#+_'-]{0,8}[é李]?@[a-z0-9.-]{0,10}[国]?[.,;]?[a-z]{0,3}"
        ) {
            let taken = zhengming_engine::form::is_mail_address(&text);
            prop_assert!(!taken || is_address(&text), "{text}");
        }
    }

    #[test]
    fn common_mail_addresses_are_taken_by_a_form_and_here_and_slips_by_neither() {
        for text in [
            "li@example.cn",
            "li.si+a@mail.example.cn",
            "李四@例子.中国",
            "o'hara@a-b.c2",
        ] {
            assert!(
                zhengming_engine::form::is_mail_address(text) && is_address(text),
                "{text}"
            );
        }
        for text in ["a@b.c,", "a@b..c"] {
            assert!(
                !zhengming_engine::form::is_mail_address(text) && !is_address(text),
                "{text}"
            );
        }
    }

    #[test]
    fn an_id_has_no_characters_that_mean_something_in_a_path_or_header() {
        assert_eq!(MessageId::new("../a>\r\nb", 1, 2).to_string(), "___a___b.1.2");
    }

    #[test]
    fn debug_output_hides_the_person() {
        let shown = format!("{:?}", message("li@example.org", "secret subject"));
        assert!(!shown.contains("example.org") && !shown.contains("secret"), "{shown}");
    }
}
