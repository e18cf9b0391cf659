//! Forms that bring files along.

use std::convert::Infallible;

use futures_util::stream;
use poem::{Body, Request, http::header};

use super::{
    failure::Failure,
    visit::{Answers, Visit},
};
use crate::limit::Door;

/// A sent form with its files.
pub(super) struct Uploaded {
    pub(super) answers: Answers,
    files: Vec<File>,
}

/// A file of a form.
pub(super) struct File {
    field: String,
    /// What it is called where it came from.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Uploaded {
    /// Reads a form of either kind: as `multipart/form-data`, no longer than one upload and one form may be, or without files.
    ///
    /// # Errors
    /// [`Failure::RateLimited`] for too many uploads of one address, [`Failure::TooLarge`] for what is too long,
    /// [`Failure::Malformed`] for what is no form.
    pub(super) async fn read(visit: &Visit, request: &Request, body: Body) -> Result<Self, Failure> {
        let kind = request.header(header::CONTENT_TYPE).unwrap_or_default();
        let Ok(boundary) = multer::parse_boundary(kind) else {
            let answers = Answers::read(&visit.app, request, body).await?;
            return Ok(Self {
                answers,
                files: Vec::new(),
            });
        };
        let limits = &visit.app.limits;
        limits
            .check(Door::Upload, visit.address, None)
            .map_err(Failure::RateLimited)?;
        let limits = &visit.app.config.limits;
        let most = limits
            .upload_bytes
            .get()
            .saturating_add(limits.form_body_bytes.get().into());
        let bytes = body.into_bytes_limit(usize::try_from(most).unwrap_or(usize::MAX)).await;
        let bytes = bytes.map_err(Failure::from)?;
        let mut parts = multer::Multipart::new(stream::iter([Ok::<_, Infallible>(bytes)]), boundary);
        let mut sent = Self {
            answers: Answers::default(),
            files: Vec::new(),
        };
        while let Some(part) = parts.next_field().await.map_err(|_| Failure::Malformed)? {
            let field = part.name().unwrap_or_default().to_owned();
            let name = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|_| Failure::Malformed)?.to_vec();
            match name {
                // Where no file was chosen browsers send one without a name.
                Some(name) if name.is_empty() => {}
                Some(name) => sent.files.push(File { field, name, bytes }),
                None => {
                    let text = String::from_utf8(bytes).map_err(|_| Failure::Malformed)?;
                    sent.answers.0.push((field, text));
                }
            }
        }
        Ok(sent)
    }

    /// The files under a name, in order.
    pub(super) fn files<'s>(&'s self, field: &'s str) -> impl Iterator<Item = &'s File> + 's {
        self.files.iter().filter(move |file| file.field == field)
    }
}
