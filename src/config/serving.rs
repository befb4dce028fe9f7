//! Values of what is served: addresses, currencies, languages, days.

use std::net::{IpAddr, Ipv4Addr};

use super::values::date;
use crate::record::Day;
use crate::serve::AsOf;

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub host: IpAddr,
    /// The port, if it is said.
    pub port: Option<u16>,
}

/// An address to listen on: `0.0.0.0`, `127.0.0.1:5000`, `[::1]:5000`, `localhost:5000`, `:5000`.
///
/// # Errors
/// What is wrong with the text.
pub fn listen(text: &str) -> Result<Listen, String> {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    if let Ok(host) = plain.parse() {
        return Ok(Listen { host, port: None });
    }
    let wrong = || "not an address; write it as 0.0.0.0 or 127.0.0.1:5000".to_owned();
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().map_err(|_| wrong())?)),
        None => (text, None),
    };
    let host = match host.trim_start_matches('[').trim_end_matches(']') {
        "" | "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => host.parse().map_err(|_| wrong())?,
    };
    Ok(Listen { host, port })
}

/// A currency as ISO 4217 calls it: `EUR`.
///
/// # Errors
/// What is wrong with the text.
pub fn currency(text: &str) -> Result<String, String> {
    let letters = text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic());
    match letters {
        true => Ok(text.to_ascii_uppercase()),
        false => Err("not a currency; write its three letters, as EUR".to_owned()),
    }
}

/// A language as BCP 47 calls it: `de-DE`.
///
/// # Errors
/// What is wrong with the text.
pub fn locale(text: &str) -> Result<String, String> {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let named = (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts
            .all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    match named {
        true => Ok(text.to_owned()),
        false => Err("not a language; write it as en-IN or de".to_owned()),
    }
}

/// `today`, `latest` or a date.
///
/// # Errors
/// What is wrong with the text.
pub fn as_of(text: &str) -> Result<AsOf, String> {
    match text {
        "today" => Ok(AsOf::Today),
        "latest" => Ok(AsOf::Latest),
        text => {
            let wrong = || "is to be today, latest or a date as 2025-01-31".to_owned();
            date(text).map_err(|_| wrong())?;
            Day::parse(text).map(AsOf::Day).ok_or_else(wrong)
        }
    }
}

/// The origin of a site: `https://shop.example`, with a port where it has one.
///
/// # Errors
/// What is wrong with the text.
pub fn origin(text: &str) -> Result<String, String> {
    let wrong = || "not an origin; write it as https://shop.example, with no path".to_owned();
    let host = text
        .strip_prefix("https://")
        .or(text.strip_prefix("http://"));
    let host = host.ok_or_else(wrong)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    match !host.is_empty() && host.bytes().all(plain) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_port_or_none() {
        let parsed = |text| listen(text).map(|at| (at.host.to_string(), at.port));
        let ok = |host: &str, port| Ok((host.to_owned(), port));
        assert_eq!(parsed("0.0.0.0"), ok("0.0.0.0", None));
        assert_eq!(parsed("127.0.0.1:5000"), ok("127.0.0.1", Some(5000)));
        assert_eq!(parsed("localhost:80"), ok("127.0.0.1", Some(80)));
        assert_eq!(parsed(":8080"), ok("127.0.0.1", Some(8080)));
        assert_eq!(parsed("::1"), ok("::1", None));
        assert_eq!(parsed("[::1]"), ok("::1", None));
        assert_eq!(parsed("[::]:443"), ok("::", Some(443)));
        for wrong in [
            "shop.example",
            "1.2.3",
            "127.0.0.1:",
            "127.0.0.1:70000",
            "host:80",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_of_their_shape() {
        assert_eq!(currency("inr").as_deref(), Ok("INR"));
        assert!(
            ["", "EURO", "E1R", "\u{20ac}"]
                .iter()
                .all(|text| currency(text).is_err())
        );
        assert!(
            ["en-IN", "de", "zh-Hant-TW", "sr-Latn"]
                .iter()
                .all(|text| locale(text).is_ok())
        );
        assert!(
            ["", "e", "en_IN", "en-", "1a"]
                .iter()
                .all(|text| locale(text).is_err())
        );
        let shop = origin("https://Shop.Example:8443");
        assert_eq!(shop.as_deref(), Ok("https://shop.example:8443"));
        for wrong in [
            "*",
            "shop.example",
            "https://",
            "https://a/b",
            "ftp://a",
            "http://a b",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn today_may_be_another_day() {
        assert_eq!(as_of("today"), Ok(AsOf::Today));
        assert_eq!(as_of("latest"), Ok(AsOf::Latest));
        let day = Day::parse("2025-01-31").map(AsOf::Day);
        assert_eq!(as_of("2025-01-31").ok(), day);
        assert!(as_of("20250131").is_err() && as_of("tomorrow").is_err());
    }
}
