//! Forms that other sites send in our visitors' name, and how they are told from ours.
//!
//! Three walls: cookies are `SameSite=Lax`; the browser says where a form came from; and a form that acts with a cookie
//! carries a token made from that cookie.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::hmac::{Hmac, KeyInit as _, Mac as _};
use poem::{
    Request,
    http::{Method, header},
};
use sha2::Sha256;

use crate::{app::App, config::PublicUrl, secret::Purpose};

/// Name of the hidden field with the token.
pub(super) const FIELD: &str = "_token";

/// Whether a browser says that the request was caused by another site. Requests that change nothing never are.
///
/// `Sec-Fetch-Site` decides where it is sent; else `Origin` has to be ours. A request with neither comes from no browser
/// of this decade, and the token still stands in its way.
pub(super) fn is_foreign(request: &Request, public: &PublicUrl) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    if let Some(site) = request.header("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = request.header(header::ORIGIN) else {
        return false;
    };
    // Behind TLS there is one origin, the configured one, as for the API; a name that only looks like it is none.
    if public.is_https() {
        return !origin.eq_ignore_ascii_case(&public.origin());
    }
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let host = request.header(header::HOST);
    authority.is_none() || (authority != host && origin != public.origin())
}

/// The token of forms that act with this cookie.
pub(super) fn token(app: &App, cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(app, cookie).finalize().into_bytes())
}

/// Whether `token` belongs to the cookie. The comparison takes the same time wherever they differ.
pub(super) fn holds(app: &App, cookie: &str, token: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(token)
        .is_ok_and(|bytes| mac(app, cookie).verify_slice(&bytes).is_ok())
}

fn mac(app: &App, cookie: &str) -> Hmac<Sha256> {
    let key = app.secrets.key(Purpose::Form);
    let mut mac = <Hmac<Sha256>>::new_from_slice(key.as_slice())
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"));
    mac.update(cookie.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, headers: &[(&str, &str)]) -> Request {
        let mut builder = Request::builder().method(method);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.finish()
    }

    fn foreign(headers: &[(&str, &str)]) -> bool {
        let public = crate::config::Config::default().public_url();
        is_foreign(&request(Method::POST, headers), &public)
    }

    #[test]
    fn the_browser_s_own_word_decides() {
        assert!(!foreign(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://elsewhere.example")
        ]));
        for site in ["cross-site", "same-site", "nonsense"] {
            assert!(foreign(&[("sec-fetch-site", site)]), "{site}");
        }
    }

    #[test]
    fn an_origin_has_to_be_our_host() {
        assert!(!foreign(&[
            ("origin", "http://zm.example:81"),
            ("host", "zm.example:81")
        ]));
        assert!(foreign(&[("origin", "http://zm.example"), ("host", "zm.example:81")]));
        assert!(foreign(&[("origin", "null"), ("host", "zm.example")]));
        assert!(foreign(&[
            ("origin", "https://elsewhere.example"),
            ("host", "zm.example")
        ]));
    }

    #[test]
    fn behind_tls_the_configured_origin_is_the_only_one() {
        let public: PublicUrl = "https://zm.example.cn".parse().expect("a URL");
        let from = |origin| {
            is_foreign(
                &request(Method::POST, &[("origin", origin), ("host", "zm.other.cn")]),
                &public,
            )
        };
        assert!(!from("https://zm.example.cn"));
        for origin in [
            "https://zm.other.cn",
            "http://zm.example.cn",
            "https://zm.example.cn:8443",
            "null",
        ] {
            assert!(from(origin), "{origin}");
        }
    }

    #[test]
    fn reading_is_never_foreign() {
        let public = crate::config::Config::default().public_url();
        assert!(!is_foreign(
            &request(Method::GET, &[("sec-fetch-site", "cross-site")]),
            &public
        ));
    }
}
