//! Whether anybody listens at an address.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::{Check, State, check};

/// A connection takes at most so long.
const CONNECT: Duration = Duration::from_secs(5);

/// Connects to `host:port/…`.
pub(super) fn checks(text: &str, port: u16) -> Vec<Check> {
    let host = text.split(['/', ';']).next().unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((_, number)) if number.parse::<u16>().is_ok() => host.to_owned(),
        _ => format!("{host}:{port}"),
    };
    let began = Instant::now();
    let found = host.to_socket_addrs().map_err(|e| e.to_string());
    let done = found.and_then(|mut found| {
        let address = found.next().ok_or_else(|| "has no address".to_owned())?;
        TcpStream::connect_timeout(&address, CONNECT).map_err(|e| e.to_string())
    });
    vec![match done {
        Ok(_) => {
            let millis = began.elapsed().as_millis();
            check("answers", State::Ok, format!("listens, in {millis} ms"))
        }
        Err(what) => check("answers", State::Wrong, what),
    }]
}
