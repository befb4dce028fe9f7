//! Where a stream's records come from: files played in-process, a pipe, or Kafka.

pub mod files;
pub mod kafka;
pub mod pipe;

use std::time::Duration;

use crate::error::Result;
use crate::store::run_record::InputFile;
use crate::stream::checkpoint::Position;
use crate::stream::intake::Intake;

/// What a look at a source yielded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// There may be more at once, or later.
    More,
    /// Everything that was present has been read.
    End,
}

/// A source of records.
pub trait Source {
    /// Hands records to `intake`, waiting at most `wait` for the first.
    ///
    /// # Errors
    /// When it cannot be read.
    fn poll(&mut self, wait: Duration, intake: &mut Intake) -> Result<Polled>;

    /// How far it has been read.
    fn position(&self) -> Position;

    /// The position has been committed.
    fn committed(&mut self) {}

    /// The files that are known to have been read, or are being read.
    fn inputs(&self) -> Vec<InputFile> {
        Vec::new()
    }

    /// Events that wait to be read, if that is known.
    fn lag(&self) -> Option<u64> {
        None
    }
}
