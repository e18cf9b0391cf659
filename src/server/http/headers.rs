//! Security headers of every answer.

use http::{HeaderName, HeaderValue, header};
use poem::{Endpoint, Middleware, Request, Response, Result};

use crate::config::PublicUrl;

/// What a page may load and do: our own styles, images, fonts and scripts, forms to ourselves.
/// No inline script or style, no frames, no other host.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Two years, with subdomains.
const STRICT_TRANSPORT_SECURITY: &str = "max-age=63072000; includeSubDomains";

/// Browser features that no page of ours uses.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(), camera=(), \
    display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), \
    screen-wake-lock=(), usb=(), xr-spatial-tracking=()";

/// Adds the security headers that an answer does not have yet, to answers and errors alike.
///
/// A page that needs another policy sets its own header. `Cache-Control: no-store` is the default
/// because most answers hold personal data; the files of the portal set their own.
#[derive(Debug, Clone, Copy)]
pub struct SecurityHeaders {
    https: bool,
}

impl SecurityHeaders {
    /// The headers for a service that is reached under `url`: HSTS only over TLS.
    #[must_use]
    pub fn new(url: &PublicUrl) -> Self {
        Self { https: url.is_https() }
    }

    fn add_to(self, response: &mut Response) {
        let always = [
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, "no-store"),
            (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        ];
        let over_tls = self
            .https
            .then_some((header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY));
        let headers = response.headers_mut();
        for (name, value) in always.into_iter().chain(over_tls) {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
    }
}

impl<E: Endpoint> Middleware<E> for SecurityHeaders {
    type Output = SecurityHeadersEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        SecurityHeadersEndpoint { inner, headers: *self }
    }
}

/// An endpoint whose answers have the headers of [`SecurityHeaders`].
#[derive(Debug)]
pub struct SecurityHeadersEndpoint<E> {
    inner: E,
    headers: SecurityHeaders,
}

impl<E: Endpoint> Endpoint for SecurityHeadersEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut response = self.inner.get_response(request).await;
        self.headers.add_to(&mut response);
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use poem::{EndpointExt as _, handler, test::TestClient};

    use super::*;

    #[handler]
    fn page() -> &'static str {
        "page"
    }

    #[handler]
    fn cached() -> Response {
        Response::builder()
            .header(header::CACHE_CONTROL, "max-age=31536000, immutable")
            .body("file")
    }

    #[handler]
    fn broken() -> Result<&'static str> {
        Err(poem::error::InternalServerError(std::io::Error::other("cause")))
    }

    fn client(url: &str) -> TestClient<impl Endpoint> {
        let routes = poem::Route::new()
            .at("/", page)
            .at("/cached", cached)
            .at("/broken", broken);
        let url = url.parse().expect("url");
        TestClient::new(routes.with(SecurityHeaders::new(&url)))
    }

    #[tokio::test]
    async fn every_answer_has_the_headers_also_errors() {
        let client = client("https://cases.example");
        for path in ["/", "/broken", "/nowhere"] {
            let answer = client.get(path).send().await;
            answer.assert_header("content-security-policy", CONTENT_SECURITY_POLICY);
            answer.assert_header("x-content-type-options", "nosniff");
            answer.assert_header("cache-control", "no-store");
            answer.assert_header("strict-transport-security", STRICT_TRANSPORT_SECURITY);
        }
    }

    #[tokio::test]
    async fn a_header_that_is_there_already_stays() {
        let answer = client("https://cases.example").get("/cached").send().await;
        answer.assert_header("cache-control", "max-age=31536000, immutable");
    }

    #[tokio::test]
    async fn hsts_is_not_promised_without_tls() {
        let answer = client("http://localhost:8080").get("/").send().await;
        answer.assert_header_is_not_exist("strict-transport-security");
    }
}
