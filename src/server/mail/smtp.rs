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
        return MailError::Refused { code };
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

impl std::fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpMailer").finish_non_exhaustive()
    }
}
