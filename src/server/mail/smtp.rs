//! Mails to an SMTP server.

use std::{fs, io, path::Path};

use futures_util::future::BoxFuture;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{
        self,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use zeroize::Zeroizing;

use super::{MailError, Mailer, Message, compose};
use crate::config::{self, MailTls};

/// Sends each mail over a connection of its own.
#[derive(Clone)]
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// A mailer for the configured server. Nothing is sent yet.
    ///
    /// # Errors
    /// The password file or that of the authorities cannot be read, or TLS cannot be set up for the host's name.
    pub fn open(config: &config::Mail) -> Result<Self, MailError> {
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(config.host.as_str())
            .port(config.port.get())
            .timeout(Some(config.timeout()))
            .tls(tls(config)?);
        if let (Some(username), Some(file)) = (&config.username, &config.password_file) {
            let text = Zeroizing::new(read(file)?);
            let password = text.lines().next().unwrap_or("").to_owned();
            builder = builder.credentials(Credentials::new(username.clone(), password));
        }
        Ok(Self {
            transport: builder.build(),
            from: config.from.clone(),
        })
    }

    /// Goes all the way up to the first mail: connection, TLS, sign-in.
    ///
    /// # Errors
    /// [`MailError::Unavailable`] with what is in the way.
    pub async fn probe(&self) -> Result<(), MailError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Unavailable { reason: "reply" }),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// How the connection is protected; STARTTLS is required where it is asked for, since a server
/// that is merely offered it can be made to forget it.
fn tls(config: &config::Mail) -> Result<Tls, MailError> {
    let parameters = || -> Result<TlsParameters, MailError> {
        let mut builder = TlsParameters::builder(config.host.clone());
        if let Some(file) = &config.ca_file {
            builder = builder.add_root_certificate(authorities(file)?);
        }
        builder.build().map_err(|_| MailError::Unavailable { reason: "setup" })
    };
    Ok(match config.tls {
        MailTls::None => Tls::None,
        MailTls::Starttls => Tls::Required(parameters()?),
        MailTls::Tls => Tls::Wrapper(parameters()?),
    })
}

/// The certificates of a file, of authorities that are trusted beside the public ones.
fn authorities(file: &Path) -> Result<Certificate, MailError> {
    let text = read(file)?;
    let unusable = || {
        let message = format!("{}: no certificate in PEM form (BEGIN CERTIFICATE)", file.display());
        MailError::Io(io::Error::new(io::ErrorKind::InvalidData, message))
    };
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(unusable());
    }
    Certificate::from_pem(text.as_bytes()).map_err(|_| unusable())
}

fn read(file: &Path) -> Result<String, MailError> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", file.display()));
    Ok(fs::read_to_string(file).map_err(named)?)
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let composed = compose(message, &self.from)?;
            match self.transport.send(composed).await {
                Ok(_) => Ok(()),
                Err(error) => Err(failure(&error)),
            }
        })
    }
}

/// Replies by which a server refuses the sender's sign-in, not the mail (RFC 4954 §6): it takes the mail when the operator
/// has mended the password.
const SIGN_IN: [u16; 4] = [530, 534, 535, 538];

/// What `error` means for the mail. Its own text is dropped: servers repeat addresses in it.
fn failure(error: &smtp::Error) -> MailError {
    let code = error.status().map_or(0, u16::from);
    if SIGN_IN.contains(&code) {
        return MailError::Unavailable { reason: "sign-in" };
    }
    if error.is_permanent() {
        return if is_about_the_mail(&error.to_string()) {
            MailError::Refused { code }
        } else {
            MailError::NotTaken { code }
        };
    }
    // 421: the service goes away (RFC 5321 §4.2.3). Any other reply of this kind is about the mail in hand, as greylisting is.
    if error.is_transient() && code != 421 {
        return MailError::NotTaken { code };
    }
    let reason = if error.is_transient() {
        "reply"
    } else if error.is_timeout() {
        "timeout"
    } else if error.is_tls() {
        "tls"
    } else {
        "connection"
    };
    MailError::Unavailable { reason }
}

/// Whether a reply that begins its text with an enhanced status code (RFC 2034) says that this receiver or this text will
/// never be taken: subjects 5.1.1 to 5.1.3, 5.1.6 and 5.1.10 are about the receiver's address, 5.2 about its mailbox, 5.3.4
/// about the size, 5.6 about the text. Without such a code nothing is sure: a mail is worth another try then.
fn is_about_the_mail(reply: &str) -> bool {
    let statuses = reply
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter_map(|word| word.strip_prefix("5."));
    statuses.into_iter().any(|status| {
        matches!(status, "1.1" | "1.2" | "1.3" | "1.6" | "1.10" | "3.4")
            || ["2.", "6."].iter().any(|subject| {
                status
                    .strip_prefix(subject)
                    .is_some_and(|detail| (1..=3).contains(&detail.len()) && detail.bytes().all(|b| b.is_ascii_digit()))
            })
    })
}

impl std::fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpMailer").finish_non_exhaustive()
    }
}
