//! Style sheet and pictures: compiled in, named by their content, kept by browsers for a year.

use std::sync::LazyLock;

use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::Path,
};
use sha2::{Digest as _, Sha256};

/// A compiled-in file.
pub(super) struct Asset {
    name: String,
    path: String,
    kind: &'static str,
    body: &'static [u8],
}

impl Asset {
    /// A file under a name that holds the first 64 bits of its hash, so a changed file has a new address.
    fn new(stem: &str, suffix: &str, kind: &'static str, body: &'static [u8]) -> Self {
        let hash = data_encoding::HEXLOWER.encode(Sha256::digest(body).get(..8).unwrap_or_default());
        let name = format!("{stem}-{hash}.{suffix}");
        Self {
            path: format!("/assets/{name}"),
            name,
            kind,
            body,
        }
    }

    /// Where pages find it.
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

/// The style sheet.
pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "style",
        "css",
        "text/css; charset=utf-8",
        include_bytes!("assets/style.css"),
    )
});
/// The seal 正名: logo and icon.
pub(super) static SEAL: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("seal", "svg", "image/svg+xml", include_bytes!("assets/seal.svg")));

/// A file by its name.
#[handler]
pub(super) fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = [&*STYLE, &*SEAL].into_iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into();
    };
    Response::builder()
        .header(header::CONTENT_TYPE, asset.kind)
        .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
        .header(header::ETAG, format!("\"{}\"", asset.name))
        .body(asset.body)
}
