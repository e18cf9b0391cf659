//! Which media type answers a request: `Accept` with its quality values.

use poem::http::header::{self, HeaderMap};

use super::transport::{EVENT_STREAM, GRAPHQL_RESPONSE, LEGACY_JSON};

/// Media types that can answer, in the order of our preference where the client has none.
///
/// The legacy type comes first for `*/*`: clients that say nothing are the old ones.
const OFFERS: [&str; 3] = [LEGACY_JSON, GRAPHQL_RESPONSE, EVENT_STREAM];

/// The best of our media types for the `Accept` headers; none if the client takes none of them.
///
/// Event streams are offered only by name: a wildcard asks for a plain answer.
pub(crate) fn negotiate(headers: &HeaderMap) -> Option<&'static str> {
    let lines: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    let ranges: Vec<Range> = lines
        .iter()
        .flat_map(|line| line.split(','))
        .filter_map(parse_range)
        .collect();
    if ranges.is_empty() {
        return headers
            .get(header::ACCEPT)
            .is_none_or(|value| value.is_empty())
            .then_some(LEGACY_JSON);
    }
    let mut best: Option<(&'static str, u16)> = None;
    for offer in OFFERS {
        let quality = quality_of(offer, &ranges);
        let named = ranges
            .iter()
            .any(|range| range.matches(offer) == Some(Specificity::Exact));
        let eligible = quality > 0 && (named || offer != EVENT_STREAM);
        // On equal quality the type that the client names wins over one that only a wildcard covers, then the
        // newer type over the older: who names it understands it.
        let wins = best.is_none_or(|(current, best)| {
            let current_named = ranges
                .iter()
                .any(|range| range.matches(current) == Some(Specificity::Exact));
            quality > best || (quality == best && named && (!current_named || offer == GRAPHQL_RESPONSE))
        });
        if eligible && wins {
            best = Some((offer, quality));
        }
    }
    best.map(|(offer, _)| offer)
}

/// How closely a range names a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    Any,
    Family,
    Exact,
}

/// One entry of `Accept`; quality in thousandths.
struct Range<'a> {
    family: &'a str,
    kind: &'a str,
    quality: u16,
}

impl Range<'_> {
    fn matches(&self, offer: &str) -> Option<Specificity> {
        let (family, kind) = offer.split_once('/')?;
        match (self.family, self.kind) {
            ("*", "*") => Some(Specificity::Any),
            (f, "*") if f.eq_ignore_ascii_case(family) => Some(Specificity::Family),
            (f, k) if f.eq_ignore_ascii_case(family) && k.eq_ignore_ascii_case(kind) => Some(Specificity::Exact),
            _ => None,
        }
    }
}

fn quality_of(offer: &str, ranges: &[Range<'_>]) -> u16 {
    let matching = ranges
        .iter()
        .filter_map(|range| Some((range.matches(offer)?, range.quality)));
    matching.max().map_or(0, |(_, quality)| quality)
}

fn parse_range(text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let (family, kind) = parts.next()?.split_once('/')?;
    let mut range = Range {
        family: family.trim(),
        kind: kind.trim(),
        quality: 1_000,
    };
    for parameter in parts {
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => range.quality = parse_quality(value.trim())?,
            // Everything we send is UTF-8; who wants another encoding does not want this.
            "charset" if !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8") => {
                return None;
            }
            _ => {}
        }
    }
    Some(range)
}

fn parse_quality(text: &str) -> Option<u16> {
    let quality: f32 = text.parse().ok()?;
    // The cast saturates and truncates thousandths, which is all the precision that the header has.
    (0.0..=1.0).contains(&quality).then_some((quality * 1_000.0) as u16)
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn answer(accept: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
        negotiate(&headers)
    }

    #[test]
    fn silence_and_wildcards_get_the_legacy_type() {
        assert_eq!(negotiate(&HeaderMap::new()), Some(LEGACY_JSON));
        assert_eq!(answer("*/*"), Some(LEGACY_JSON));
        assert_eq!(answer("application/*"), Some(LEGACY_JSON));
        assert_eq!(answer("text/html, application/xhtml+xml, */*;q=0.8"), Some(LEGACY_JSON));
    }

    #[test]
    fn named_types_are_honoured_by_quality() {
        assert_eq!(answer("application/graphql-response+json"), Some(GRAPHQL_RESPONSE));
        assert_eq!(
            answer("application/graphql-response+json, application/json"),
            Some(GRAPHQL_RESPONSE)
        );
        assert_eq!(
            answer("application/graphql-response+json, application/json;q=0.9"),
            Some(GRAPHQL_RESPONSE)
        );
        assert_eq!(
            answer("application/json, application/graphql-response+json;q=0.9"),
            Some(LEGACY_JSON)
        );
        assert_eq!(answer("application/graphql-response+json;q=0, */*"), Some(LEGACY_JSON));
        assert_eq!(
            answer("*/*;q=0.1, application/graphql-response+json;q=0.1"),
            Some(GRAPHQL_RESPONSE)
        );
        assert_eq!(answer("application/json; charset=utf-8"), Some(LEGACY_JSON));
    }

    #[test]
    fn streams_are_offered_only_by_name() {
        assert_eq!(answer("text/event-stream"), Some(EVENT_STREAM));
        assert_eq!(answer("text/event-stream, application/json;q=0.5"), Some(EVENT_STREAM));
        assert_eq!(answer("text/*"), None);
    }

    #[test]
    fn nothing_acceptable_is_told() {
        assert_eq!(answer("text/html"), None);
        assert_eq!(answer("application/json;q=0"), None);
        assert_eq!(answer("application/json;q=7"), None);
        assert_eq!(answer("rubbish"), None);
    }
}
