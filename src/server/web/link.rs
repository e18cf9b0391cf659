//! Addresses within the portal.

use std::fmt::Write as _;

/// `text` as the value of a query parameter (RFC 3986, unreserved characters stay).
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A way back that stays on this site: an absolute path, never another host.
pub(super) fn own_path(next: &str) -> &str {
    let second = next.as_bytes().get(1);
    let inside = next.starts_with('/') && !matches!(second, Some(b'/' | b'\\'));
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if inside && plain && next.len() <= 2_000 {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_never_leaves_the_site() {
        assert_eq!(own_path("/cases?state=a%20b&page=2"), "/cases?state=a%20b&page=2");
        for bad in [
            "",
            "https://elsewhere.example",
            "//elsewhere.example",
            "/\\elsewhere.example",
            "/a\r\nb",
            "javascript:0",
        ] {
            assert_eq!(own_path(bad), "/", "{bad:?}");
        }
    }

    #[test]
    fn values_are_escaped_byte_by_byte() {
        assert_eq!(escape("/follow?a=康&b"), "/follow%3Fa%3D%E5%BA%B7%26b");
    }
}
