//! What Cassandra's errors come to.

use crate::error::Error;
use crate::sinks::client::chain;

/// What the server says.
pub(super) fn told(place: &str, error: &dyn std::error::Error) -> Error {
    let text = chain(error);
    let text: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(400)
        .collect();
    // What no other time changes; all else is a node that is away, busy or slow.
    let final_words = [
        "Syntax",
        "syntax",
        "Invalid",
        "nvalid query",
        "nconfigured",
        "nauthorized",
        "uthenticat",
        "Bad credentials",
        "credentials",
        "does not exist",
        "but invalid",
        "lready exists",
        "certificate",
        "erialization",
    ];
    let passing = !final_words.iter().any(|word| text.contains(word));
    let hint = match text.contains("uthenticat") || text.contains("credentials") {
        true => "; set RETAIL_CASSANDRA_PASSWORD, or give ?password-file=FILE",
        false => "",
    };
    Error::server(place, format!("{text}{hint}"), passing)
}

/// Whether a server says that it has no such table.
pub(super) fn is_absent(error: &Error) -> bool {
    let words = ["does not exist", "unconfigured table"];
    matches!(error, Error::Server { what, .. } if words.iter().any(|word| what.contains(word)))
}
