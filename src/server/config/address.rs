//! Addresses: the public URL of the service and the proxies in front of it.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use http::Uri;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Scheme, host and port under which people reach the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    https: bool,
    authority: String,
}

/// The text is not `http://HOST` or `https://HOST`, with a port or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected http:// or https:// and a host, without path, query or user name")]
pub struct PublicUrlError;

impl PublicUrl {
    /// The URL of a server without a proxy that listens on `address`. A wildcard address is
    /// reached as localhost.
    #[must_use]
    pub fn of_listener(address: SocketAddr) -> Self {
        let authority = if address.ip().is_unspecified() {
            format!("localhost:{}", address.port())
        } else {
            address.to_string()
        };
        Self {
            https: false,
            authority,
        }
    }

    /// Whether browsers reach the service over TLS: then cookies are `Secure` and HSTS is sent.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The origin as a browser writes it in `Origin` (RFC 6454 §6.2): a default port is left out.
    #[must_use]
    pub fn origin(&self) -> String {
        self.to_string()
    }

    /// Host and, if it is not the default one, port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The URL of a page; `path` begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        let uri: Uri = text.parse().map_err(|_| PublicUrlError)?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(PublicUrlError),
        };
        let authority = uri.authority().ok_or(PublicUrlError)?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        if !bare || authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(PublicUrlError);
        }
        let default_port = if https { 443 } else { 80 };
        let host = authority.host().to_ascii_lowercase();
        let authority = match authority.port_u16() {
            Some(port) if port != default_port => format!("{host}:{port}"),
            _ => host,
        };
        Ok(Self { https, authority })
    }
}

/// Reads a URL; an empty text stands for none.
pub(super) fn optional_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PublicUrl>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(D::Error::custom)
}

/// The line behind an address, by which connections and requests are counted: a line of IPv6 has a whole /64 network. IPv4
/// addresses written as IPv6 count as IPv4.
#[must_use]
pub fn line_behind(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

/// The networks whose machines may say on whose behalf they ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether `address` is such a machine. IPv4 addresses written as IPv6 count as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromIterator<IpNet> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|text| {
                network(text)
                    .ok_or_else(|| D::Error::custom("expected networks such as 10.0.0.0/8, or single addresses"))
            })
            .collect()
    }
}

/// A network, or an address as the network of itself alone.
fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_line() {
        let of = |text: &str| line_behind(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn a_public_url_is_an_origin_as_browsers_write_it() {
        let origin = |text: &str| text.parse::<PublicUrl>().map(|url| url.origin());
        assert_eq!(
            origin("https://Cases.Example:443/"),
            Ok("https://cases.example".to_owned())
        );
        assert_eq!(origin("http://[::1]:8080"), Ok("http://[::1]:8080".to_owned()));
        for wrong in [
            "",
            "cases.example",
            "ftp://x",
            "https://x/app",
            "https://x/?a",
            "https://u@x",
        ] {
            assert_eq!(origin(wrong), Err(PublicUrlError), "{wrong}");
        }
    }

    #[test]
    fn a_wildcard_listener_is_reached_as_localhost() {
        let url = PublicUrl::of_listener(([0, 0, 0, 0], 8080).into());
        assert_eq!(url.join("/x"), "http://localhost:8080/x");
    }

    #[test]
    fn proxies_are_networks_or_single_addresses() {
        let proxies: TrustedProxies = ["10.0.0.0/8", "::1"].into_iter().filter_map(network).collect();
        for (address, trusted) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("11.0.0.1", false),
            ("::1", true),
            ("::2", false),
        ] {
            assert_eq!(
                proxies.contains(address.parse().expect("address")),
                trusted,
                "{address}"
            );
        }
    }
}
