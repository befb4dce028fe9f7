//! Messages as columns in memory.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder,
};

use crate::error::{Error, Result};
use crate::source::archive::schema;
use crate::stream::origin::Origin;

/// What a message costs beside its bytes.
const AROUND: usize = 64;

/// Messages that are in no file yet.
#[derive(Debug)]
pub struct Rows {
    topics: StringBuilder,
    partitions: Int32Builder,
    offsets: Int64Builder,
    stamps: TimestampMillisecondBuilder,
    keys: BinaryBuilder,
    values: BinaryBuilder,
    /// How many there are.
    pub count: usize,
    /// Bytes that they hold.
    pub bytes: usize,
}

impl Default for Rows {
    /// None; dates are many at times, and each has some.
    fn default() -> Self {
        Self {
            topics: StringBuilder::with_capacity(0, 0),
            partitions: Int32Builder::with_capacity(0),
            offsets: Int64Builder::with_capacity(0),
            stamps: TimestampMillisecondBuilder::with_capacity(0).with_timezone("UTC"),
            keys: BinaryBuilder::with_capacity(0, 0),
            values: BinaryBuilder::with_capacity(0, 0),
            count: 0,
            bytes: 0,
        }
    }
}

impl Rows {
    /// Adds a message and says how many bytes it takes.
    pub fn push(&mut self, value: Option<&[u8]>, offset: i64, from: Origin<'_>) -> usize {
        self.topics.append_value(from.spot.source);
        // Kafka counts partitions in 32 bits.
        let partition = i32::try_from(from.partition).unwrap_or(i32::MAX);
        self.partitions.append_value(partition);
        self.offsets.append_value(offset);
        self.stamps.append_option(from.stamp);
        self.keys.append_option(from.key);
        self.values.append_option(value);
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        let bytes = AROUND + from.spot.source.len() + length(from.key) + length(value);
        self.count += 1;
        self.bytes += bytes;
        bytes
    }

    /// Takes them out.
    ///
    /// # Errors
    /// None that can be helped.
    pub fn take(&mut self) -> Result<RecordBatch> {
        (self.count, self.bytes) = (0, 0);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.topics.finish()),
            Arc::new(self.partitions.finish()),
            Arc::new(self.offsets.finish()),
            Arc::new(self.stamps.finish()),
            Arc::new(self.keys.finish()),
            Arc::new(self.values.finish()),
        ];
        RecordBatch::try_new(schema(), columns)
            .map_err(|e| Error::Internal(format!("a batch of messages: {e}")))
    }
}
