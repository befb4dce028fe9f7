//! What an S3 answers, as errors that say what to do.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use object_store::Error;

/// The kind of error that the local disk would give, with the reason in one line. Neither keys nor
/// signed addresses are in it.
pub(super) fn to_io(error: Error, bucket: &str) -> io::Error {
    let text = told(&error);
    let says = |what: &str| text.contains(what);
    let user = |kind, what: &str| io::Error::new(kind, what.to_owned());
    if says("<Code>NoSuchBucket<") {
        return user(ErrorKind::NotFound, &format!("there is no bucket {bucket}"));
    }
    if says("<Code>InvalidAccessKeyId<") || says("<Code>SignatureDoesNotMatch<") {
        let what = "the server does not take these keys; look at AWS_ACCESS_KEY_ID and \
                    AWS_SECRET_ACCESS_KEY";
        return user(ErrorKind::PermissionDenied, what);
    }
    if says("169.254.169.254") || says("169.254.170.2") {
        let what = "no keys are given, and this machine has none of its own; set \
                    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE";
        return user(ErrorKind::PermissionDenied, what);
    }
    if says("<Code>RequestTimeTooSkewed<") {
        return user(
            ErrorKind::PermissionDenied,
            "the clock here differs from the server's",
        );
    }
    if says("<Code>ExpiredToken<") || says("<Code>TokenRefreshRequired<") {
        return user(
            ErrorKind::PermissionDenied,
            "the session of these keys has ended",
        );
    }
    if says("<Code>AccessDenied<") {
        return user(ErrorKind::PermissionDenied, "these keys may not do that");
    }
    match error {
        Error::NotFound { .. } => ErrorKind::NotFound.into(),
        Error::AlreadyExists { .. } => ErrorKind::AlreadyExists.into(),
        Error::Precondition { .. } => user(
            ErrorKind::StaleNetworkFileHandle,
            "it was replaced meanwhile",
        ),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            user(ErrorKind::PermissionDenied, "these keys may not do that")
        }
        Error::NotSupported { .. } | Error::NotImplemented { .. } => {
            user(ErrorKind::Unsupported, "the server cannot do that")
        }
        e => of_transport(&e, &text),
    }
}

fn of_transport(error: &Error, text: &str) -> io::Error {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(system) = inner.downcast_ref::<io::Error>() {
            let what = system.to_string();
            if what.contains("failed to lookup address") {
                return io::Error::new(ErrorKind::HostUnreachable, "no such host");
            }
            return io::Error::new(system.kind(), what);
        }
        cause = inner.source();
    }
    let kind = match text {
        text if text.contains("timed out") || text.contains("<Code>SlowDown<") => {
            ErrorKind::TimedOut
        }
        text if text.contains("status code: 503") => ErrorKind::TimedOut,
        _ => ErrorKind::Other,
    };
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    io::Error::new(kind, line.chars().take(300).collect::<String>())
}

/// The texts of an error and all behind it.
fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
