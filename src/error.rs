//! What can go wrong, whose fault it is, and whether trying again may help.

use std::fmt::Display;
use std::io;

/// Who has to act so that the error goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The user: wrong usage, wrong configuration or unreadable data.
    User,
    /// Something outside: a disk, a server, the network.
    External,
    /// A defect of this program.
    Internal,
}

/// Every error of the library.
///
/// The text is one line that says what happened, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line or the configuration asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// The data cannot be read as asked, or holds what the result cannot.
    #[error("{place}: {what}")]
    Data {
        /// File and line, or folder.
        place: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A store refused an operation.
    #[error("{place}: cannot {action}: {source}")]
    Io {
        /// What was tried, as in "cannot *open*".
        action: &'static str,
        /// The path or address.
        place: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A server of others does not answer, or refuses.
    #[error("{place}: {what}")]
    Server {
        /// Its address.
        place: String,
        /// What it says, and what to do.
        what: String,
        /// Whether the same may be taken later.
        passing: bool,
    },
    /// Another process holds what this one needs.
    #[error("{place}: {what}")]
    Busy {
        /// The path that is held.
        place: String,
        /// By whom, and what to do.
        what: String,
    },
    /// A signal asked for an early end.
    #[error("interrupted by {}", match .0 { 2 => "SIGINT", _ => "SIGTERM" })]
    Interrupted(i32),
    /// The reader of our standard output went away: a normal end.
    #[error("standard output was closed")]
    BrokenPipe,
    /// A promise inside the program does not hold.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

/// The result of everything in the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether it is an input or output error of this kind.
    pub fn is_io(&self, kind: io::ErrorKind) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == kind)
    }

    /// An input or output error with the place where it happened.
    pub fn io(action: &'static str, place: impl Display, source: io::Error) -> Self {
        Self::Io {
            action,
            place: place.to_string(),
            source,
        }
    }

    /// An error in the data at `place`.
    pub fn data(place: impl Display, what: impl Into<String>) -> Self {
        Self::Data {
            place: place.to_string(),
            what: what.into(),
        }
    }

    /// What a server says; `passing` tells whether it may take the same later.
    pub fn server(place: impl Display, what: impl Into<String>, passing: bool) -> Self {
        Self::Server {
            place: place.to_string(),
            what: what.into(),
            passing,
        }
    }

    /// Who has to act.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Usage(_) | Self::Data { .. } | Self::Interrupted(_) | Self::BrokenPipe => {
                Fault::User
            }
            Self::Io { .. } | Self::Busy { .. } | Self::Server { .. } => Fault::External,
            Self::Internal(_) => Fault::Internal,
        }
    }

    /// Whether the same call may succeed later without any change.
    pub fn retry(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Server { passing, .. } => *passing,
            Self::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::TimedOut
                    | io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ResourceBusy
            ),
            _ => false,
        }
    }

    /// The exit status of a process that ends with this error:
    /// 2 usage, 130/143 after a signal, 0 for a broken pipe, else 1.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Interrupted(signal) => 128u8.saturating_add(u8::try_from(*signal).unwrap_or(15)),
            Self::BrokenPipe => 0,
            _ => 1,
        }
    }
}
