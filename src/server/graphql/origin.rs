//! Protection against other sites' pages: where a request says it comes from.

use poem::http::header::{self, HeaderMap};
use poem::http::{StatusCode, Uri};

use super::transport::{Caller, Rejection, Settings};

/// Where a request says it comes from, compared with where we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// A page of ours, by its `Origin`.
    Own,
    /// No page, as far as the headers tell: another program, or a navigation.
    Unstated,
    /// Somebody else's page.
    Foreign,
}

/// Reads `Origin` and `Sec-Fetch-Site`; `public_origin` replaces the `Host` header where it is configured.
pub(crate) fn provenance(headers: &HeaderMap, public_origin: Option<&str>) -> Provenance {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("null"));
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    if site.is_some_and(|site| !matches!(site, b"same-origin" | b"none")) {
        return Provenance::Foreign;
    }
    let Some(origin) = text(header::ORIGIN) else {
        return Provenance::Unstated;
    };
    let own = match public_origin {
        Some(own) => origin.eq_ignore_ascii_case(own.trim_end_matches('/')),
        None => match (origin.parse::<Uri>(), text(header::HOST)) {
            (Ok(origin), Some(host)) => origin
                .authority()
                .is_some_and(|name| name.as_str().eq_ignore_ascii_case(host)),
            _ => false,
        },
    };
    if own { Provenance::Own } else { Provenance::Foreign }
}

/// Refuses a request with a session cookie that another site's page may have sent.
pub(crate) fn refuse_foreign(caller: &Caller, settings: &Settings) -> Result<(), Rejection> {
    let foreign = provenance(&caller.headers, settings.public_origin.as_deref()) == Provenance::Foreign;
    if foreign && caller.has_session() {
        let message = "request with a session cookie comes from another site";
        return Err(Rejection::new(StatusCode::FORBIDDEN, "CROSS_SITE", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (
                header::HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        pairs.collect()
    }

    #[test]
    fn origin_is_compared_with_host_or_the_public_address() {
        let own = headers(&[("origin", "http://a.cn:8080"), ("host", "a.cn:8080")]);
        assert_eq!(provenance(&own, None), Provenance::Own);
        assert_eq!(provenance(&own, Some("https://a.cn")), Provenance::Foreign);
        assert_eq!(
            provenance(&headers(&[("origin", "https://a.cn")]), Some("https://a.cn/")),
            Provenance::Own
        );
        let other_port = headers(&[("origin", "http://a.cn:81"), ("host", "a.cn:8080")]);
        assert_eq!(provenance(&other_port, None), Provenance::Foreign);
        assert_eq!(
            provenance(&headers(&[("origin", "null"), ("host", "a.cn")]), None),
            Provenance::Foreign
        );
        assert_eq!(provenance(&headers(&[("host", "a.cn")]), None), Provenance::Unstated);
    }

    #[test]
    fn a_cross_site_fetch_is_foreign_even_without_origin() {
        for site in ["cross-site", "same-site", "surprise"] {
            assert_eq!(
                provenance(&headers(&[("sec-fetch-site", site)]), None),
                Provenance::Foreign
            );
        }
        assert_eq!(
            provenance(&headers(&[("sec-fetch-site", "none")]), None),
            Provenance::Unstated
        );
    }
}
