//! What Spark says, as one line that names whose fault it is.

use spark_connect_core::error::{SparkError, SparkErrorKind};

use super::remote::Remote;
use crate::error::Error;

/// Characters of Spark's own words that are repeated.
const MOST: usize = 400;

/// Whether an answer that broke off with this error may be asked for again.
/// Source: the retry policy of Spark's own clients.
pub fn is_passing(error: &SparkError) -> bool {
    error.grpc_code == Some(code::UNAVAILABLE)
        || error.message().contains("INVALID_CURSOR.DISCONNECTED")
}

/// What is said of a session that the server has ended, or does not know.
const DROPPED: &str = "Spark was restarted, or has dropped the session; run again";

/// Whether an error says that the server has ended the session, so that nobody may join it again.
pub fn is_dropped(error: &Error) -> bool {
    matches!(error, Error::Server { what, .. } if what == DROPPED)
}

/// gRPC's numbers of outcomes.
mod code {
    pub const CANCELLED: i32 = 1;
    pub const DEADLINE: i32 = 4;
    pub const DENIED: i32 = 7;
    pub const EXHAUSTED: i32 = 8;
    pub const UNIMPLEMENTED: i32 = 12;
    pub const UNAVAILABLE: i32 = 14;
    pub const UNAUTHENTICATED: i32 = 16;
}

/// Nobody has answered.
pub fn silent(remote: &Remote) -> Error {
    let what = "no Spark Connect server answers there; is it up, and is the port its own?";
    Error::server(remote, what, true)
}

/// A server whose version does not know what is asked of it.
pub fn too_old(remote: &Remote, version: &str, oldest: u32) -> Error {
    let version = match version {
        "" => "of a version that it does not tell",
        version => version,
    };
    let what = format!(
        "is Spark {version}; Spark {oldest}.0 or later is needed: upgrade it, or take --engine local"
    );
    Error::server(remote, what, false)
}

/// The error for what Spark answered.
pub fn of(remote: &Remote, error: &SparkError) -> Error {
    let text = error.message();
    tracing::debug!(class = %error.error_class, text, "Spark");
    // The client puts the class before a text that begins with it.
    let named = format!("[{}] ", error.error_class);
    let said = match text.strip_prefix(&named) {
        Some(rest) if rest.starts_with(&named) => first_line(rest),
        _ => first_line(&text),
    };
    match error.grpc_code {
        Some(code::UNAVAILABLE) if is_refused(&text) => return silent(remote),
        Some(code::UNAVAILABLE | code::DEADLINE | code::CANCELLED) => {
            let what = format!("Spark is gone, or out of reach ({said}); start it and run again");
            return Error::server(remote, what, true);
        }
        Some(code::UNAUTHENTICATED | code::DENIED) => {
            let what = "refuses the token, or wants one; write sc://host:port/;token=… or set \
                        SPARK_CONNECT_AUTHENTICATE_TOKEN";
            return Error::server(remote, what, false);
        }
        Some(code::UNIMPLEMENTED) => return too_old(remote, "", 4),
        Some(code::EXHAUSTED) => {
            let what = format!("a message is larger than the server takes ({said})");
            return Error::server(remote, what, false);
        }
        _ => {}
    }
    let class = error.error_class.as_str();
    if class.starts_with("INVALID_HANDLE") || text.contains("[INVALID_HANDLE") {
        return Error::server(remote, DROPPED, true);
    }
    if class.starts_with("OPERATION_CANCELED") || text.contains("[OPERATION_CANCELED") {
        let what = "the work was ended from outside, as by retail jobs stop; run again";
        return Error::server(remote, what, true);
    }
    if let Some(path) = error
        .params
        .get("path")
        .filter(|_| class == "PATH_NOT_FOUND")
    {
        return Error::data(
            path,
            "the cluster finds no such path; Spark reads hdfs://, s3:// and \
             folders that all its machines share",
        );
    }
    if text.contains("AccessControlException") || text.contains("Permission denied") {
        let said = denied(&text).unwrap_or(said);
        return Error::server(remote, format!("Spark may not do that: {said}"), false);
    }
    if text.contains("FileNotFoundException") {
        let what = format!("a file went away while Spark read it: {said}");
        return Error::server(remote, what, true);
    }
    match error.kind {
        SparkErrorKind::Parse | SparkErrorKind::InvalidPlanInput => {
            Error::Internal(format!("Spark: {said}"))
        }
        _ => Error::server(remote, format!("Spark: {said}"), false),
    }
}

fn is_refused(text: &str) -> bool {
    let signs = [
        "refused",
        "not ready",
        "dns error",
        "tcp connect",
        "transport error",
    ];
    signs.iter().any(|sign| text.contains(sign))
}

/// The line with the reason, out of a stack of causes.
fn denied(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let line = lines.find(|line| line.contains("Permission denied"))?;
    let from = line.find("Permission denied").unwrap_or(0);
    Some(first_line(&line[from..]))
}

/// The first line that says something, with the next where it only announces that.
pub(super) fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut line = lines.next().unwrap_or("it gives no reason").to_owned();
    if let Some(next) = lines.next().filter(|_| line.ends_with(':')) {
        line = format!("{line} {next}");
    }
    let mut short: String = line.chars().take(MOST).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_says_what_happened_and_the_first_cause() {
        assert_eq!(first_line(" \n"), "it gives no reason");
        assert_eq!(first_line("\nIt broke.\n\tat Place"), "It broke.");
        assert_eq!(first_line("Nothing follows:"), "Nothing follows:");
        // As Spark 4.2 said it.
        let several = "[STAGE_MATERIALIZATION_MULTIPLE_FAILURES] Multiple failures (2) in stage \
                       materialization: \n  1. SparkException: Job aborted due to stage failure: Total \
                       size is bigger than spark.driver.maxResultSize (64.0 KiB)\n  2. SparkException: \
                       another";
        let said = first_line(several);
        assert!(
            said.contains("materialization: 1. SparkException"),
            "{said}"
        );
        assert!(
            said.ends_with("spark.driver.maxResultSize (64.0 KiB)"),
            "{said}"
        );
        let long = first_line(&"x".repeat(MOST + 1));
        assert_eq!(long.chars().count(), MOST + 1);
    }
}
