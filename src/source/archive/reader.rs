//! An archive's files into records: each value is read as an event.

use std::fmt::Display;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use super::{OFFSET, PARTITION, TOPIC, VALUE};
use crate::error::{Error, Result};
use crate::source::accept::{Accept, MessageAt, Position, Raw};
use crate::source::json::{EventColumns, Events};
use crate::source::parquet_file::{Groups, ParquetFile};

/// Rows that are decoded at a time.
const BATCH: usize = 8_192;

/// A file of an archive whose row groups are handed out one by one.
#[derive(Debug)]
pub struct ArchiveReader {
    file: Arc<Archived>,
    groups: Groups,
}

#[derive(Debug)]
struct Archived {
    path: String,
    file: ParquetFile,
    metadata: ArrowReaderMetadata,
    columns: Arc<EventColumns>,
}

/// One row group of a file.
#[derive(Debug, Clone)]
pub struct Messages {
    file: Arc<Archived>,
    index: usize,
    first_row: u64,
}

impl ArchiveReader {
    /// Prepares to read a file whose footer has been read.
    pub fn new(
        path: &str,
        file: ParquetFile,
        metadata: ArrowReaderMetadata,
        columns: &Arc<EventColumns>,
    ) -> Self {
        Self {
            file: Arc::new(Archived {
                path: path.to_owned(),
                file,
                metadata,
                columns: Arc::clone(columns),
            }),
            groups: Groups::default(),
        }
    }
}

/// Row groups, each with the number of its first row.
impl Iterator for ArchiveReader {
    type Item = (Messages, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let (index, first_row) = self.groups.next(self.file.metadata.metadata())?;
        let group = Messages {
            file: Arc::clone(&self.file),
            index,
            first_row,
        };
        Some((group, first_row))
    }
}

impl Messages {
    /// The columns of its events.
    pub fn columns(&self) -> &Arc<EventColumns> {
        &self.file.columns
    }

    /// Hands every message to `accept`, read by `events`, and says how many there were.
    ///
    /// # Errors
    /// When the file cannot be read, or [`Accept::reject`] fails.
    pub fn read(&self, events: &mut Events, accept: &mut impl Accept) -> Result<u64> {
        let broken = |e: &dyn Display| {
            let group = self.index;
            Error::data(&self.file.path, format!("row group {group} is broken: {e}"))
        };
        let metadata = self.file.metadata.clone();
        let names = [TOPIC, PARTITION, OFFSET, VALUE];
        let mask = ProjectionMask::columns(metadata.parquet_schema(), names);
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.file.clone(), metadata)
                .with_row_groups(vec![self.index])
                .with_projection(mask)
                .with_batch_size(BATCH)
                .build()
                .map_err(|e| broken(&e))?;
        let mut record = 0;
        for batch in reader {
            let batch = batch.map_err(|e| broken(&e))?;
            let columns = Columns::of(&batch).map_err(|e| broken(&e))?;
            for row in 0..batch.num_rows() {
                let at = Position {
                    record,
                    order: self.first_row + record,
                    line: self.first_row + record + 1,
                };
                let value = columns.value(row);
                let text = value.unwrap_or_default();
                let outcome = events
                    .read_message(value)
                    .and_then(|()| accept.accept(events, self.columns().mapping(), at, text));
                if let Err(reason) = outcome {
                    let raw = Raw {
                        message: Some(columns.place(row)),
                        ..Raw::whole(text)
                    };
                    accept.reject(reason, at, raw)?;
                }
                record += 1;
            }
        }
        Ok(record)
    }
}

/// The columns of some rows, in the order in which they are asked for.
struct Columns(RecordBatch);

impl Columns {
    fn of(batch: &RecordBatch) -> Result<Self, ArrowError> {
        let wanted = [
            (TOPIC, DataType::Utf8),
            (PARTITION, DataType::Int32),
            (OFFSET, DataType::Int64),
            (VALUE, DataType::Binary),
        ];
        let columns = wanted.iter().map(|(name, kind)| {
            let missing = || ArrowError::SchemaError(format!("there is no column {name}"));
            let column = batch.column_by_name(name).ok_or_else(missing)?;
            Ok((*name, cast(column, kind)?, true))
        });
        let columns: Result<Vec<_>, ArrowError> = columns.collect();
        RecordBatch::try_from_iter_with_nullable(columns?).map(Self)
    }

    fn value(&self, row: usize) -> Option<&[u8]> {
        let values = self.0.column(3).as_binary::<i32>();
        values.is_valid(row).then(|| values.value(row))
    }

    fn place(&self, row: usize) -> MessageAt<'_> {
        let partition = self.0.column(1).as_primitive::<Int32Type>().value(row);
        MessageAt {
            topic: self.0.column(0).as_string::<i32>().value(row),
            partition: usize::try_from(partition).unwrap_or_default(),
            offset: self.0.column(2).as_primitive::<Int64Type>().value(row),
        }
    }
}
