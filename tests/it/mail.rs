//! Mail: one conformance suite for both mailers, the SMTP one against a server on loopback.

use std::{
    fs,
    net::Ipv4Addr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use time::macros::datetime;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};
use zhengming::{
    config::{Config, Flags},
    mail::{MailError, Mailer, Message, MessageId, mailer},
};

const BODY: &str = "尊敬的李女士：\n您的投诉 WH26-0000123-K 已受理。\n.\n单独一个点不是结尾。\n";

fn message(to: &str, effect: u32) -> Message {
    Message {
        to: to.to_owned(),
        subject: "受理通知：您的投诉已经受理，请留意后续进展".to_owned(),
        body: BODY.to_owned(),
        id: MessageId::new("01960000-aaaa", 4, effect),
        date: datetime!(2026-04-15 08:00 UTC),
    }
}

/// Where a mailer's mails can be looked at after they were sent.
trait Inbox {
    /// Every mail that arrived, each as the text of its RFC 5322 form.
    fn mails(&self) -> Vec<String>;
}

/// What every mailer does.
async fn conforms(mailer: &dyn Mailer, inbox: &impl Inbox) {
    mailer.send(&message("li@example.org", 1)).await.expect("sent");
    let mails = inbox.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert!(mail.contains("To: li@example.org\r\n"), "{mail}");
    assert!(mail.contains("From: Zhengming <noreply@cases.example>\r\n"), "{mail}");
    assert!(
        mail.contains("Message-ID: <01960000-aaaa.4.1@cases.example>\r\n"),
        "{mail}"
    );
    assert!(mail.contains("Date: Wed, 15 Apr 2026 08:00:00 +0000\r\n"), "{mail}");
    assert_eq!(subject(mail), "受理通知：您的投诉已经受理，请留意后续进展");
    assert_eq!(body(mail).replace("\r\n", "\n").trim_end(), BODY.trim_end());

    // A repeated send must be recognisable: each copy is the same to the byte.
    mailer.send(&message("li@example.org", 1)).await.expect("sent");
    let repeated = inbox.mails();
    assert!(repeated.iter().all(|copy| copy == mail), "{repeated:?}");

    mailer.send(&message("wang@example.org", 2)).await.expect("sent");
    let count = |part: &str| inbox.mails().iter().filter(|mail| mail.contains(part)).count();
    assert_eq!(count("To: wang@example.org\r\n"), 1);
    assert_eq!(count(".4.2@cases.example>"), 1);

    for wrong in ["", "nobody", "a@example.org, b@example.org"] {
        let refused = mailer.send(&message(wrong, 3)).await;
        assert!(matches!(refused, Err(MailError::Address)), "{wrong}");
    }
    assert_eq!(count(".4.3@cases.example>"), 0);
}

/// The decoded subject of a mail.
fn subject(mail: &str) -> String {
    let (_, rest) = mail.split_once("Subject: ").expect("has a subject");
    let folded = rest
        .split("\r\n")
        .enumerate()
        .take_while(|(index, line)| *index == 0 || line.starts_with(' '))
        .map(|(_, line)| line.trim())
        .collect::<Vec<_>>()
        .join(" ");
    let bytes: Vec<u8> = folded
        .split(' ')
        .flat_map(|word| {
            let inner = word
                .strip_prefix("=?utf-8?b?")
                .and_then(|rest| rest.strip_suffix("?="))
                .unwrap_or_else(|| panic!("an encoded word: {word}"));
            data_encoding::BASE64.decode(inner.as_bytes()).expect("base64")
        })
        .collect();
    String::from_utf8(bytes).expect("utf-8")
}

/// The decoded text of a mail.
fn body(mail: &str) -> String {
    let (head, text) = mail.split_once("\r\n\r\n").expect("has a body");
    if head.contains("Content-Transfer-Encoding: base64") {
        let joined: String = text.split_whitespace().collect();
        let bytes = data_encoding::BASE64.decode(joined.as_bytes()).expect("base64");
        return String::from_utf8(bytes).expect("utf-8");
    }
    assert!(head.contains("Content-Transfer-Encoding: quoted-printable"), "{head}");
    let soft = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = soft.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            let (code, after) = after.split_at(2);
            bytes.push(u8::from_str_radix(std::str::from_utf8(code).expect("ascii"), 16).expect("hex"));
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).expect("utf-8")
}

struct SpoolInbox(PathBuf);

impl Inbox for SpoolInbox {
    fn mails(&self) -> Vec<String> {
        fs::read_dir(&self.0)
            .expect("spool")
            .map(|entry| entry.expect("entry").path())
            .inspect(|path| assert_eq!(path.extension().and_then(|end| end.to_str()), Some("eml")))
            .map(|path| fs::read_to_string(path).expect("mail"))
            .collect()
    }
}

/// A mail server that keeps what it is given: as much of RFC 5321 as a submission needs.
#[derive(Clone, Default)]
struct SmtpInbox {
    mails: Arc<Mutex<Vec<String>>>,
    /// Answer to RCPT for this receiver, instead of 250.
    refusal: Option<(&'static str, &'static str)>,
    /// What it shows of itself where it speaks TLS.
    tls: Option<Identity>,
}

/// How a mail server protects its connections.
#[derive(Clone)]
struct Identity {
    acceptor: TlsAcceptor,
    /// After STARTTLS, or from the first byte.
    starttls: bool,
}

impl Inbox for SmtpInbox {
    fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("not poisoned").clone()
    }
}

impl SmtpInbox {
    /// Listens on a free port, which is returned.
    async fn listen(&self) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("free port");
        let port = listener.local_addr().expect("bound").port();
        let inbox = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inbox = inbox.clone();
                tokio::spawn(async move {
                    match inbox.tls.clone() {
                        None => drop(inbox.converse(stream, "220 loopback ready\r\n", false).await),
                        Some(tls) if tls.starttls => {
                            let Some(stream) = inbox.converse(stream, "220 loopback ready\r\n", true).await else {
                                return;
                            };
                            // A client that does not trust the certificate goes away here.
                            if let Ok(stream) = tls.acceptor.accept(stream).await {
                                inbox.converse(stream, "", false).await;
                            }
                        }
                        Some(tls) => {
                            if let Ok(stream) = tls.acceptor.accept(stream).await {
                                inbox.converse(stream, "220 loopback ready\r\n", false).await;
                            }
                        }
                    }
                });
            }
        });
        port
    }

    /// Serves one client, from this greeting on. Gives the stream back where the client asks for TLS.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        greeting: &str,
        starttls: bool,
    ) -> Option<S> {
        let (reader, mut writer) = tokio::io::split(stream);
        let mut lines = BufReader::new(reader).lines();
        let mut reply = greeting.to_owned();
        loop {
            writer.write_all(reply.as_bytes()).await.ok()?;
            writer.flush().await.ok()?;
            let line = lines.next_line().await.ok()??;
            let verb = line.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
            reply = match verb.as_str() {
                "STARTTLS" if starttls => {
                    writer.write_all(b"220 go on\r\n").await.ok()?;
                    return Some(lines.into_inner().into_inner().unsplit(writer));
                }
                "EHLO" if starttls => "250-loopback\r\n250 STARTTLS\r\n".to_owned(),
                "EHLO" => "250-loopback\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
                "AUTH" => "535 5.7.8 who are you\r\n".to_owned(),
                // Nothing is taken in the clear.
                _ if starttls => "530 first STARTTLS\r\n".to_owned(),
                "RCPT" => self.answer_receiver(&line),
                "MAIL" | "RSET" | "NOOP" => "250 ok\r\n".to_owned(),
                "DATA" => {
                    writer.write_all(b"354 go on\r\n").await.ok()?;
                    writer.flush().await.ok()?;
                    let mut mail = String::new();
                    while let Ok(Some(line)) = lines.next_line().await {
                        if line == "." {
                            break;
                        }
                        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                        mail.push_str("\r\n");
                    }
                    self.mails.lock().expect("not poisoned").push(mail);
                    "250 kept\r\n".to_owned()
                }
                "QUIT" => {
                    writer.write_all(b"221 bye\r\n").await.ok();
                    return None;
                }
                _ => "502 not implemented\r\n".to_owned(),
            };
        }
    }

    fn answer_receiver(&self, line: &str) -> String {
        match self.refusal {
            Some((receiver, answer)) if line.contains(receiver) => format!("{answer}\r\n"),
            _ => "250 ok\r\n".to_owned(),
        }
    }
}

fn configured(variables: &[(&str, &str)]) -> Arc<dyn Mailer> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .chain([(
            "ZHENGMING_MAIL__FROM".to_owned(),
            "Zhengming <noreply@cases.example>".to_owned(),
        )]);
    let config = Config::load(&Flags::default(), variables).expect("valid");
    mailer(&config).expect("set up")
}

fn smtp_mailer(port: u16, tls: &str) -> Arc<dyn Mailer> {
    configured(&[
        ("ZHENGMING_MAIL__TRANSPORT", "smtp"),
        ("ZHENGMING_MAIL__HOST", "127.0.0.1"),
        ("ZHENGMING_MAIL__PORT", &port.to_string()),
        ("ZHENGMING_MAIL__TLS", tls),
    ])
}

/// An authority of the city's own and a server's certificate by it, as (PEM of the authority, what the server shows).
fn authority(server: &str) -> (String, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![server.to_owned()]).expect("parameters");
    let certificate = params.signed_by(&key, &ca).expect("a certificate");
    let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(tokio_rustls::rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .expect("a server");
    (ca.pem(), TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn a_server_with_a_certificate_of_an_own_authority_gets_mail_only_where_that_is_trusted_and_the_name_is_right() {
    for (tls, starttls) in [("starttls", true), ("tls", false)] {
        for (name, trusted, sent) in [
            ("127.0.0.1", true, true),
            ("127.0.0.1", false, false),
            ("mail.example", true, false),
        ] {
            let (ca, acceptor) = authority(name);
            let inbox = SmtpInbox {
                tls: Some(Identity { acceptor, starttls }),
                ..SmtpInbox::default()
            };
            let port = inbox.listen().await.to_string();
            let data = tempfile::tempdir().expect("temporary directory");
            let file = data.path().join("ca.pem");
            fs::write(&file, ca).expect("written");
            let mut variables = vec![
                ("ZHENGMING_MAIL__TRANSPORT", "smtp"),
                ("ZHENGMING_MAIL__HOST", "127.0.0.1"),
                ("ZHENGMING_MAIL__PORT", &port),
                ("ZHENGMING_MAIL__TLS", tls),
            ];
            if trusted {
                variables.push(("ZHENGMING_MAIL__CA_FILE", file.to_str().expect("utf-8")));
            }
            let done = configured(&variables).send(&message("li@example.org", 1)).await;
            match done {
                Ok(()) => assert!(sent, "{tls} {name} {trusted}"),
                Err(error) => assert!(!sent && !error.is_permanent(), "{tls} {name} {trusted}: {error}"),
            }
            assert_eq!(inbox.mails().len(), usize::from(sent), "{tls} {name} {trusted}");
        }
    }
}

#[tokio::test]
async fn a_password_that_the_server_does_not_take_loses_no_mail() {
    let (ca, acceptor) = authority("127.0.0.1");
    let inbox = SmtpInbox {
        tls: Some(Identity {
            acceptor,
            starttls: false,
        }),
        ..SmtpInbox::default()
    };
    let port = inbox.listen().await.to_string();
    let data = tempfile::tempdir().expect("temporary directory");
    let (authorities, password) = (data.path().join("ca.pem"), data.path().join("password"));
    fs::write(&authorities, ca).expect("written");
    fs::write(&password, "wrong\n").expect("written");
    let mailer = configured(&[
        ("ZHENGMING_MAIL__TRANSPORT", "smtp"),
        ("ZHENGMING_MAIL__HOST", "127.0.0.1"),
        ("ZHENGMING_MAIL__PORT", &port),
        ("ZHENGMING_MAIL__TLS", "tls"),
        ("ZHENGMING_MAIL__CA_FILE", authorities.to_str().expect("utf-8")),
        ("ZHENGMING_MAIL__USERNAME", "zhengming"),
        ("ZHENGMING_MAIL__PASSWORD_FILE", password.to_str().expect("utf-8")),
    ]);
    let error = mailer.send(&message("li@example.org", 1)).await.expect_err("refused");
    assert!(!error.is_permanent(), "{error}");
    assert_eq!(error.to_string(), "the mail server cannot take the mail now (sign-in)");
}

#[test]
fn a_file_of_authorities_that_is_missing_or_holds_none_is_named() {
    let data = tempfile::tempdir().expect("temporary directory");
    let file = data.path().join("ca.pem");
    let open = || {
        let variables = [
            ("ZHENGMING_MAIL__TRANSPORT", "smtp"),
            ("ZHENGMING_MAIL__CA_FILE", file.to_str().expect("utf-8")),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::load(&Flags::default(), variables).expect("valid");
        mailer(&config).err().expect("no mailer").to_string()
    };
    assert!(open().contains("ca.pem"));
    fs::write(&file, "no certificate").expect("written");
    let said = open();
    assert!(said.contains("ca.pem") && said.contains("BEGIN CERTIFICATE"), "{said}");
}

#[tokio::test]
async fn the_spool_conforms() {
    let data = tempfile::tempdir().expect("temporary directory");
    let directory = data.path().to_str().expect("utf-8");
    let mailer = configured(&[("ZHENGMING_DATA_DIR", directory)]);
    conforms(mailer.as_ref(), &SpoolInbox(data.path().join("mail"))).await;
}

#[tokio::test]
async fn smtp_conforms() {
    let inbox = SmtpInbox::default();
    let port = inbox.listen().await;
    conforms(smtp_mailer(port, "none").as_ref(), &inbox).await;
}

#[tokio::test]
async fn a_repeated_mail_is_one_file_in_the_spool() {
    let data = tempfile::tempdir().expect("temporary directory");
    let mailer = configured(&[("ZHENGMING_DATA_DIR", data.path().to_str().expect("utf-8"))]);
    for _ in 0..3 {
        mailer.send(&message("li@example.org", 1)).await.expect("sent");
    }
    assert_eq!(SpoolInbox(data.path().join("mail")).mails().len(), 1);
}

#[tokio::test]
async fn a_refused_receiver_is_permanent_and_a_busy_server_is_not() {
    for (answer, permanent, code) in [
        ("550 5.1.1 no such person li@example.org", true, "MAIL_REFUSED"),
        ("552 5.2.2 mailbox full", true, "MAIL_REFUSED"),
        ("550 5.7.1 this sender is on a list 5.2.3.4", false, "MAIL_NOT_TAKEN"),
        ("553 5.1.8 bad sender's domain", false, "MAIL_NOT_TAKEN"),
        ("550 no such person li@example.org", false, "MAIL_NOT_TAKEN"),
        ("451 4.7.1 greylisted, try later", false, "MAIL_NOT_TAKEN"),
        ("421 closing down", false, "MAIL_UNAVAILABLE"),
    ] {
        let inbox = SmtpInbox {
            refusal: Some(("li@example.org", answer)),
            ..SmtpInbox::default()
        };
        let port = inbox.listen().await;
        let error = smtp_mailer(port, "none")
            .send(&message("li@example.org", 1))
            .await
            .expect_err("refused");
        assert_eq!((error.is_permanent(), error.code()), (permanent, code));
        assert!(!error.to_string().contains("example.org"), "{error}");
        assert!(inbox.mails().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_worth_another_try() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("free port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let error = smtp_mailer(port, "none")
        .send(&message("li@example.org", 1))
        .await
        .expect_err("nobody listens");
    assert!(!error.is_permanent());
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail_in_the_clear() {
    let inbox = SmtpInbox::default();
    let port = inbox.listen().await;
    let error = smtp_mailer(port, "starttls")
        .send(&message("li@example.org", 1))
        .await
        .expect_err("no STARTTLS offered");
    assert!(!error.to_string().contains("example.org"), "{error}");
    assert!(inbox.mails().is_empty());
}
