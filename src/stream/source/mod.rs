//! Where a stream's records come from: files played in-process, a pipe, or Kafka.

pub mod files;
pub mod kafka;
pub mod pipe;
pub mod several;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::Result;
use crate::record::{Mapping, Reason, Row};
use crate::source::accept::Raw;
use crate::store::run_record::InputFile;
use crate::stream::checkpoint::Position;
use crate::stream::intake::Intake;
use crate::stream::origin::Origin;
use crate::stream::revenue::Revenue;

/// What a look at a source yielded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// There may be more at once, or later.
    More,
    /// Everything that was present has been read.
    End,
}

/// What takes messages up: the windows, or the archive.
pub trait Take {
    /// Makes room for partitions below `count`.
    fn partitions(&mut self, count: usize);

    /// A partition that is fully read has become quiet, or has woken.
    fn set_idle(&mut self, _partition: usize, _idle: bool) {}

    /// So many messages had expired before they could be read.
    fn lost(&mut self, count: u64);

    /// Takes up a message; `None` is one without a value.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn message(&mut self, value: Option<&[u8]>, from: Origin<'_>) -> Result<()>;

    /// Takes up an event that can be no record; `packed` says whether its text travels as a JSON
    /// string.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn broken(
        &mut self,
        event: &[u8],
        packed: bool,
        reason: Reason,
        from: Origin<'_>,
    ) -> Result<()>;
}

/// What takes the records of a pipe, CSV rows as well as JSON.
pub trait Rows: Take {
    /// Takes up a record; the answer rejects it.
    ///
    /// # Errors
    /// The reason to reject it.
    fn row(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        from: Origin<'_>,
        raw: &[u8],
    ) -> Result<(), Reason>;

    /// Takes a rejected record.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn rejected(&mut self, reason: Reason, from: Origin<'_>, raw: Raw<'_>) -> Result<()>;

    /// Which column of a header carries which field.
    fn header(&mut self, mapping: BTreeMap<String, String>);

    /// So many records were read, good and bad.
    ///
    /// # Errors
    /// What [`Rows::row`] could not say.
    fn were_read(&mut self, records: u64) -> Result<()>;
}

/// A source of records for `T`.
pub trait Source<T: Take = Intake<Revenue>> {
    /// Hands records to `take`, waiting at most `wait` for the first.
    ///
    /// # Errors
    /// When it cannot be read.
    fn poll(&mut self, wait: Duration, take: &mut T) -> Result<Polled>;

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
