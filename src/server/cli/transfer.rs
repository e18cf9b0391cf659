//! `zhengming transfer`: cases that go to an organisation without access here, and back, as signed files.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    Global, Outcome, UsageError,
    language::say,
    opened::{Data, with_app},
    print, refused, warn,
};
use crate::{
    access::Actor,
    app::SharedApp,
    service::transfer::{self, Imported, Item, Request, Signed},
};

/// What to do with transfer files.
#[derive(Debug, Subcommand)]
pub enum Transfer {
    /// Print the public key of an organisation here, for those who shall know its files
    Key {
        /// Key of the organisation
        organisation: String,
    },
    /// Trust the public key in a file: compare its fingerprint by another way first
    Trust {
        /// File with the key, as `transfer key` printed it
        file: PathBuf,
        /// Key by which the organisation is known here, where that differs
        #[arg(long, value_name = "KEY")]
        organisation: Option<String>,
    },
    /// Trust a key no more
    Revoke {
        /// Fingerprint of the key
        // Base64url: one in 64 begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        fingerprint: String,
    },
    /// List the keys of others
    Keys {
        /// Print an array of JSON objects
        #[arg(long)]
        json: bool,
    },
    /// Write a case that another organisation has now into a signed file for it
    Write(Write),
    /// Write what was done here to a case since into a signed file for the other side
    Events(Sending),
    /// Take a file in: a case to go on with, or what the other side did
    Read(Read),
}

/// Which case, by whom and for whom.
#[derive(Debug, Args)]
pub struct Sending {
    /// Number of the case
    pub number: String,
    /// Key of the organisation here that signs
    #[arg(long, value_name = "KEY")]
    pub by: String,
    /// Key of the organisation that it is for; else the other side of the case
    #[arg(long, value_name = "KEY")]
    pub to: Option<String>,
    /// File to write; else stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `transfer write`.
#[derive(Debug, Args)]
pub struct Write {
    #[command(flatten)]
    sending: Sending,
    /// Something that goes along beside the file; its hash is signed. May be given several times
    #[arg(long = "item", value_name = "FILE")]
    items: Vec<PathBuf>,
}

/// Options of `transfer read`.
#[derive(Debug, Args)]
pub struct Read {
    /// The signed file
    file: PathBuf,
    /// Directory of what came along; else that of the file
    #[arg(long, value_name = "DIR")]
    items: Option<PathBuf>,
}

impl Transfer {
    /// Does it.
    ///
    /// # Errors
    /// A file that cannot be read, written or used, by name; those of the database.
    pub fn run(self, global: &Global) -> Result<Outcome, UsageError> {
        with_app(global, Data::MustExist, |app| self.go(app))
    }

    async fn go(self, app: SharedApp) -> Result<Outcome, UsageError> {
        match self {
            Self::Key { organisation } => {
                let key = transfer::own_key(&app, &organisation).await?;
                print(&format!("{}\n", serde_json::to_string_pretty(&key)?))?;
            }
            Self::Trust { file, organisation } => {
                let text = read_text(&file)?;
                let kept = transfer::trust(&app, &text, organisation.as_deref()).await?;
                warn(&say("cli-transfer-trusted", &[("key", kept.thumbprint.into())]));
            }
            Self::Revoke { fingerprint } => transfer::revoke(&app, &fingerprint).await?,
            Self::Keys { json } => list(&app, json).await?,
            Self::Write(write) => {
                let items = write.items.iter().map(|path| item(path)).collect::<Result<_, _>>()?;
                let request = write.sending.request();
                let signed = transfer::write_transfer(&app, &Actor::System, &request, items).await?;
                write.sending.put(&signed)?;
            }
            Self::Events(sending) => {
                let signed = transfer::write_events(&app, &Actor::System, &sending.request()).await?;
                sending.put(&signed)?;
            }
            Self::Read(read) => return take_in(&app, &read).await,
        }
        Ok(Outcome::Done)
    }
}

impl Sending {
    fn request(&self) -> Request<'_> {
        Request {
            number: &self.number,
            by: Some(&self.by),
            to: self.to.as_deref(),
        }
    }

    fn put(&self, signed: &Signed) -> Result<(), UsageError> {
        match &self.out {
            Some(path) => fs::write(path, &signed.text).map_err(unusable(path)),
            None => print(&format!("{}\n", signed.text)),
        }
    }
}

async fn list(app: &SharedApp, json: bool) -> Result<(), UsageError> {
    let keys = transfer::trusted(app).await?;
    let text = if json {
        let keys = keys.iter().map(|(row, organisation)| {
            json!({ "fingerprint": row.thumbprint, "organisation": organisation, "revoked": row.revoked_at.is_some() })
        });
        format!("{}\n", json!(keys.collect::<Vec<_>>()))
    } else {
        let line = |(row, organisation): &(crate::store::PeerKeyRow, String)| {
            let revoked = row.revoked_at.map(|_| say("cli-transfer-revoked", &[]));
            let line = format!("{} {organisation} {}", row.thumbprint, revoked.unwrap_or_default());
            format!("{}\n", line.trim_end())
        };
        keys.iter().map(line).collect()
    };
    print(&text)
}

async fn take_in(app: &SharedApp, read: &Read) -> Result<Outcome, UsageError> {
    let text = read_text(&read.file)?;
    let beside = read.file.parent().unwrap_or(Path::new("."));
    let found = hashes(read.items.as_deref().unwrap_or(beside))?;
    match transfer::read(app, &Actor::System, &text, &found).await? {
        Imported::TakenOver { number, known } => {
            let key = if known {
                "cli-transfer-known"
            } else {
                "cli-transfer-taken-over"
            };
            warn(&say(key, &[("number", number.clone().into())]));
            print(&format!("{number}\n"))?;
            Ok(Outcome::Done)
        }
        Imported::Events {
            number,
            performed,
            known,
            refused: stopped,
        } => {
            let counts = [("performed", performed.into()), ("known", known.into())];
            warn(&say("cli-transfer-events", &counts));
            print(&format!("{number}\n"))?;
            let Some((event, error)) = stopped else {
                return Ok(Outcome::Done);
            };
            let why = [("event", event.into()), ("why", refused(&error).into())];
            warn(&say("cli-transfer-event-refused", &why));
            Ok(Outcome::Found)
        }
    }
}

fn read_text(path: &Path) -> Result<String, UsageError> {
    fs::read_to_string(path).map_err(unusable(path))
}

fn unusable(path: &Path) -> impl FnOnce(io::Error) -> UsageError + '_ {
    move |error| UsageError::Other(format!("{}: {error}", path.display()))
}

fn item(path: &Path) -> Result<Item, UsageError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| UsageError::Other(format!("{}: give the path of a file", path.display())))?;
    let (bytes, sha256) = hash(path)?;
    Ok(Item {
        name: name.to_owned(),
        bytes,
        sha256,
    })
}

/// Length and SHA-256 of a file, which may be a film.
fn hash(path: &Path) -> Result<(u64, String), UsageError> {
    let mut file = File::open(path).map_err(unusable(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).map_err(unusable(path))?;
        if read == 0 {
            return Ok((bytes, HEXLOWER.encode(&hasher.finalize())));
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

/// Hashes of the files in a directory, by name.
fn hashes(directory: &Path) -> Result<BTreeMap<String, String>, UsageError> {
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(unusable(directory))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        if let (Some(name), true) = (name, path.is_file()) {
            found.insert(name, hash(&path)?.1);
        }
    }
    Ok(found)
}
