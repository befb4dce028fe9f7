//! Whether everything that is configured answers, and lets us do our work.

mod database;
mod kafka;
mod place;
mod reach;
#[cfg(feature = "spark")]
mod spark;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::sinks::Address;
use crate::sinks::address::{Secrets, is_database, is_nearly_database};
use crate::store::host;
use crate::ui::redacted;

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// To be looked at.
    Warning,
    /// It will not work.
    Wrong,
}

impl State {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What: `answers`, `permission`, `clock`, `disk`, `tables`, `kafka`, `sessions`.
    pub what: &'static str,
    /// How good it is.
    pub state: State,
    /// What was found, in words.
    pub found: String,
}

/// What was found of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What stands there.
    pub server: &'static str,
    /// Where, without secrets.
    pub address: String,
    /// What said that it is used.
    pub origin: String,
    /// What was looked at.
    pub checks: Vec<Check>,
}

impl Finding {
    /// The worst of its checks.
    pub fn state(&self) -> State {
        let states = self.checks.iter().map(|check| check.state);
        states.max().unwrap_or(State::Ok)
    }
}

/// Something to look at.
#[derive(Debug, Clone)]
pub struct Target {
    /// An address or folder; of Kafka the brokers.
    pub address: String,
    /// What says that it is used.
    pub origin: String,
    /// Whether it names brokers.
    pub brokers: bool,
}

/// How addresses are looked at.
pub struct How<'a> {
    /// Properties of librdkafka.
    pub properties: &'a [(String, String)],
    /// Where passwords are looked up.
    pub secrets: Secrets<'a>,
    /// Whether a file may be written and removed where folders are.
    pub write: bool,
    /// Ends it.
    pub stop: &'a Stop,
}

/// The origin of what stands on the command line.
pub const TYPED: &str = "typed";
/// How Kafka is named among addresses.
pub const KAFKA: &str = "kafka://";

/// A clock further from ours than this is to be looked at, in seconds.
const CLOCK: i64 = 5;
/// One further than this makes requests fail, and rows late.
const CLOCK_WRONG: i64 = 300;

pub(crate) fn check(what: &'static str, state: State, found: impl Into<String>) -> Check {
    Check {
        what,
        state,
        found: redacted(&found.into()),
    }
}

/// What an error says, without the address that is told beside it.
pub(crate) fn failed(what: &'static str, error: &Error) -> Check {
    let text = match error {
        Error::Server { what, .. } | Error::Data { what, .. } => what.clone(),
        other => other.to_string(),
    };
    check(what, State::Wrong, text)
}

/// What a clock says against ours, both in milliseconds since 1970.
pub(crate) fn clock(theirs: i64, ours: i64) -> Check {
    let apart = (theirs - ours) / 1_000;
    let state = match apart.abs() {
        apart if apart > CLOCK_WRONG => State::Wrong,
        apart if apart > CLOCK => State::Warning,
        _ => State::Ok,
    };
    let found = match apart {
        0 => "as ours".to_owned(),
        apart if apart > 0 => format!("{apart} s ahead of ours"),
        apart => format!("{} s behind ours", -apart),
    };
    check("clock", state, found)
}

/// Looks at a target; none for what nobody can look at, such as a webhook.
///
/// # Errors
/// [`Error::Interrupted`] after a signal.
pub fn examine(target: &Target, how: &How<'_>) -> Result<Option<Finding>> {
    how.stop.check()?;
    let text = &target.address;
    let finding = |server, address: String, checks| Finding {
        server,
        address: redacted(&address),
        origin: target.origin.clone(),
        checks,
    };
    if target.brokers {
        let checks = kafka::checks(text, how);
        return Ok(Some(finding(
            "Kafka",
            redacted(&format!("{KAFKA}{text}")).replace(KAFKA, ""),
            checks,
        )));
    }
    if is_nearly_database(text) {
        let wrong =
            Error::Usage("write it as postgres://user@host/name, without blanks".to_owned());
        let scheme = text.trim_start().split(':').next().unwrap_or_default();
        let checks = vec![failed("address", &wrong)];
        return Ok(Some(finding("database", format!("{scheme}:…"), checks)));
    }
    if is_database(text) {
        return Ok(Some(match Address::parse(text, how.secrets) {
            Ok(address) => {
                let checks = database::checks(&address, how);
                finding(address.server.name(), address.to_string(), checks)
            }
            Err(e) => {
                // It may hold a password that could not be told from the rest.
                let scheme = text.split("://").next().unwrap_or_default();
                finding(
                    "database",
                    format!("{scheme}://…"),
                    vec![failed("address", &e)],
                )
            }
        }));
    }
    #[cfg(feature = "spark")]
    if text.starts_with("sc://") {
        return Ok(Some(match crate::spark::Remote::new(text) {
            Ok(remote) => finding("Spark", remote.to_string(), spark::checks(&remote, how)),
            // It may hold a token that could not be told from the rest.
            Err(e) => finding("Spark", "sc://…".to_owned(), vec![failed("address", &e)]),
        }));
    }
    for (scheme, port) in [("sc://", 15_002), ("spark://", 7_077)] {
        if let Some(rest) = text.strip_prefix(scheme) {
            let checks = reach::checks(rest, port);
            return Ok(Some(finding("Spark", text.clone(), checks)));
        }
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        // A webhook is not called for a look; that nobody looks at it is said to who asks for it.
        let what = "nothing of this program's is looked at by HTTP";
        let typed = target.origin == TYPED;
        let checks = vec![check("address", State::Warning, what)];
        return Ok(typed.then(|| finding("HTTP", text.clone(), checks)));
    }
    let (server, checks) = place::checks(text, how);
    Ok(Some(finding(server, text.clone(), checks)))
}

/// Looks at this machine: its clock, and the room for what is spilled.
pub fn machine() -> Finding {
    let temp = std::env::temp_dir();
    Finding {
        server: "machine",
        address: host(),
        origin: "here".to_owned(),
        checks: vec![place::own_clock(), place::room(&temp)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_apart_are_told() {
        let of = |apart: i64| clock(1_000_000 + apart, 1_000_000);
        assert_eq!(of(400).state, State::Ok);
        assert_eq!(
            (of(9_000).state, of(9_000).found),
            (State::Warning, "9 s ahead of ours".into())
        );
        assert_eq!(of(-9_000).found, "9 s behind ours");
        assert_eq!(of(-301_000).state, State::Wrong);
    }
}
