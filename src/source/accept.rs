//! What takes the records of a source.

use crate::error::Result;
use crate::record::{Mapping, Reason, Row};

/// Takes the records of a source in their order.
pub trait Accept {
    /// Takes a record that is whole; `text` is the record as it came, empty for columnar files.
    /// The answer rejects it.
    ///
    /// # Errors
    /// The reason to reject it.
    fn accept(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        at: Position,
        text: &[u8],
    ) -> Result<(), Reason>;

    /// Takes a rejected record, whether it was broken or [`Accept::accept`] refused it.
    ///
    /// # Errors
    /// Whatever keeping it may fail for; ends the reading.
    fn reject(&mut self, reason: Reason, at: Position, raw: Raw<'_>) -> Result<()>;
}

/// Where a record stands.
#[derive(Debug, Clone, Copy)]
pub struct Position {
    /// Its number within the chunk, from 0.
    pub record: u64,
    /// A number that grows along the source: the byte offset, or the row of columnar files.
    pub order: u64,
    /// The line, or the row of columnar files; from 1.
    pub line: u64,
}

/// A rejected record as it came.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    /// Its bytes, perhaps only the first.
    pub bytes: &'a [u8],
    /// How many there are in all.
    pub length: u64,
    /// Which message it was, if the source says.
    pub message: Option<MessageAt<'a>>,
}

/// The place of a message in a topic.
#[derive(Debug, Clone, Copy)]
pub struct MessageAt<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition's number.
    pub partition: usize,
    /// Its place there.
    pub offset: i64,
}

impl<'a> Raw<'a> {
    /// A record kept whole.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            length: bytes.len() as u64,
            message: None,
        }
    }
}
