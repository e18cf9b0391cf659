//! Who asks: the address of the client behind the proxies that we trust.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::HeaderMap;
use poem::Request;

use crate::config::TrustedProxies;

/// Header in which each proxy adds the address it was asked from.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of the client that sent `request`; see [`peer_address`] for the rules.
///
/// A request without a socket, as tests make them, counts as coming from 0.0.0.0.
#[must_use]
pub fn client_address(request: &Request, proxies: &TrustedProxies) -> IpAddr {
    let peer = request
        .remote_addr()
        .as_socket_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), SocketAddr::ip);
    peer_address(peer, request.headers(), proxies)
}

/// The address of the client when `peer` opened the connection.
///
/// Anyone can write `X-Forwarded-For`, so only what trusted proxies added is believed: reading
/// from the right, the first address that is not a trusted proxy's own. An entry that is no address
/// ends the reading at the proxy that passed it on.
#[must_use]
pub fn peer_address(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> IpAddr {
    let mut nearest = peer.to_canonical();
    if !proxies.contains(nearest) {
        return nearest;
    }
    let values: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(|value| value.to_str().unwrap_or(""))
        .collect();
    for entry in values.iter().rev().flat_map(|value| value.rsplit(',')) {
        match address(entry.trim()) {
            Some(next) => nearest = next,
            None => return nearest,
        }
        if !proxies.contains(nearest) {
            return nearest;
        }
    }
    nearest
}

/// An address as proxies write it: alone, with a port, or in brackets.
fn address(entry: &str) -> Option<IpAddr> {
    entry
        .parse::<IpAddr>()
        .or_else(|_| entry.parse::<SocketAddr>().map(|socket| socket.ip()))
        .or_else(|_| {
            let inner = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            inner.unwrap_or("").parse::<IpAddr>()
        })
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let proxies: TrustedProxies = ["10.0.0.0/8", "fd00::/8"]
            .iter()
            .map(|network| network.parse().expect("network"))
            .collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().expect("header"));
        }
        peer_address(peer.parse().expect("address"), &headers, &proxies).to_string()
    }

    #[test]
    fn a_stranger_s_header_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_counts() {
        assert_eq!(
            client("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"]),
            "198.51.100.7"
        );
        assert_eq!(client("10.0.0.1", &["203.0.113.9", "198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn ports_and_brackets_are_understood() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client("fd00::1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(client("::ffff:10.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
    }

    #[test]
    fn nonsense_ends_the_reading_at_the_last_proxy() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }
}
