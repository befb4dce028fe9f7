//! How a topic is read.

use std::time::Duration;

use crate::events::kafka::Topic;

/// Where to begin in a partition that no checkpoint knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With the first message that is there.
    Earliest,
    /// Behind the last.
    Latest,
}

/// What to do when messages have expired before they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnGap {
    /// End with an error.
    Error,
    /// Count them as lost and go on.
    Continue,
}

/// How a topic is read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The topic.
    pub topic: Topic,
    /// The consumer group that is told of positions, for those who watch lag.
    pub group: String,
    /// Where to begin.
    pub from: From,
    /// What to do about expired messages.
    pub on_gap: OnGap,
    /// A missing topic is made with so many partitions.
    pub partitions: Option<i32>,
    /// Whether to end when everything present has been read.
    pub until_end: bool,
    /// A partition that is fully read is idle after so long.
    pub idle: Duration,
    /// How far event time may be ahead of the broker's time of the message, in microseconds.
    pub max_jump: i64,
}
