//! Mails as `.eml` files in a directory: for machines without mail, for tests, and for a mailer
//! of another kind that collects them.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use futures_util::future::BoxFuture;
use lettre::message::Mailbox;

use super::{MailError, Mailer, Message, MessageId, compose};

/// Writes each mail to a file named after its id, so sending one twice leaves one file.
#[derive(Debug, Clone)]
pub struct SpoolMailer {
    directory: PathBuf,
    from: Mailbox,
}

impl SpoolMailer {
    /// Mails from `from` into `directory`, which is made (0700) if it is not there.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn open(directory: PathBuf, from: Mailbox) -> Result<Self, MailError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        // What a killed process was writing is sent anew; its halves hold what mails hold.
        remove(&directory, TEMPORARY)?;
        Ok(Self { directory, from })
    }
}

impl Mailer for SpoolMailer {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let bytes = compose(message, &self.from)?.formatted();
            let directory = self.directory.clone();
            let name = format!("{}.eml", message.id);
            tokio::task::spawn_blocking(move || write(&directory, &name, &bytes))
                .await
                .map_err(io::Error::other)??;
            Ok(())
        })
    }

    fn forget<'a>(&'a self, case: &'a str) -> BoxFuture<'a, Result<(), MailError>> {
        Box::pin(async move {
            let directory = self.directory.clone();
            let prefix = MessageId::prefix(case);
            tokio::task::spawn_blocking(move || remove(&directory, &prefix))
                .await
                .map_err(io::Error::other)??;
            Ok(())
        })
    }
}

/// How files begin that are not whole yet.
const TEMPORARY: &str = ".tmp";

/// Removes the mails whose names begin with `prefix`.
fn remove(directory: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix)) {
            fs::remove_file(entry.path())?;
        }
    }
    fs::File::open(directory)?.sync_all()
}

/// Puts the whole file in place at once and makes it last.
fn write(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(directory)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(directory.join(name))?;
    fs::File::open(directory)?.sync_all()
}
