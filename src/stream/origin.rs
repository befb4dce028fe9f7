//! Where a message came from.

use crate::source::reject::Spot;

/// Where a message came from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Number of the partition, from 0.
    pub partition: usize,
    /// Its place, as a person looks for it.
    pub spot: Spot<'a>,
    /// The latest event time that is believed, microseconds; any if there is none.
    pub believed: Option<i64>,
    /// The message's key.
    pub key: Option<&'a [u8]>,
    /// Its time in milliseconds: that of the message, or of the event where it is played.
    pub stamp: Option<i64>,
}
