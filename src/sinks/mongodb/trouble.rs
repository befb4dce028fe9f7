//! What MongoDB's errors come to.

use mongodb::error::{Error as Cause, ErrorKind};

use crate::error::Error;

/// Not primary, stepping down, shutting down, out of space or of time.
const PASSING: [i32; 15] = [
    6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031, 50, 112,
];

/// What the server says.
pub(super) fn told(place: &str, error: &Cause) -> Error {
    let passing = match &*error.kind {
        ErrorKind::Io(_)
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::DnsResolve { .. }
        // Of a server that is on its way down or up.
        | ErrorKind::InvalidResponse { .. } => true,
        ErrorKind::Command(e) => PASSING.contains(&e.code),
        ErrorKind::InsertMany(e) => {
            let mut errors = e.write_errors.iter().flatten();
            errors.any(|error| PASSING.contains(&error.code))
        }
        _ => false,
    };
    let hint = match &*error.kind {
        ErrorKind::Authentication { .. } => {
            "; set RETAIL_MONGODB_PASSWORD, or give ?password-file=FILE, and perhaps authSource"
        }
        _ => "",
    };
    // A wrong certificate looks like a server that is away.
    let text = text_of(error);
    let passing = passing && !text.contains("certificate");
    Error::server(place, format!("{text}{hint}"), passing)
}

pub(super) fn text_of(error: &Cause) -> String {
    let text = error.kind.to_string();
    let line: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect();
    line
}
