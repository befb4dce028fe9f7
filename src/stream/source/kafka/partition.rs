//! One partition of a topic, and what may be wrong with it.

use std::time::Instant;

use crate::error::Error;
use crate::stream::checkpoint::Offset;

/// One partition.
#[derive(Debug, Clone)]
pub struct Partition {
    /// The next offset.
    pub next: i64,
    /// The time of the message before it, if that is known.
    pub stamp: Option<i64>,
    /// Whether that message is to be looked at, because an earlier run read it.
    pub check: bool,
    /// Where it ended when the stream began, if that is where it ends.
    pub end: Option<i64>,
    /// Fully read.
    pub at_end: bool,
    /// When the last message came.
    pub last: Instant,
    pub idle: bool,
}

impl Partition {
    /// How far it has been read.
    pub fn offset(&self) -> Offset {
        Offset {
            next: self.next,
            stamp: self.stamp,
        }
    }
}

/// The error of a partition that is another than was read.
pub fn remade(place: &str, what: &str) -> Error {
    let what = format!("{what}: it was made anew; begin anew with --fresh");
    Error::data(place, what)
}

/// The error of offsets that are gone.
pub fn expired(place: &str, next: i64, low: i64) -> Error {
    Error::data(
        place,
        format!(
            "offsets {next} to {} have expired unread; go on without them with --on-gap \
             continue, or begin anew with --fresh",
            low - 1
        ),
    )
}
