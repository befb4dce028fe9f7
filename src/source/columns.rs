//! Parquet files into records.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BinaryArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::util::display::FormatOptions;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use crate::error::{Error, Result};
use crate::record::{Mapping, Reason, Row, Rules};
use crate::source::accept::{Accept, Position, Raw};
use crate::source::parquet_file::{Groups, ParquetFile};

/// Rows that are decoded at a time.
const BATCH: usize = 8_192;

/// A Parquet file whose row groups are handed out one by one.
#[derive(Debug)]
pub struct ColumnReader {
    file: Arc<Columns>,
    groups: Groups,
}

#[derive(Debug)]
struct Columns {
    path: String,
    file: ParquetFile,
    metadata: ArrowReaderMetadata,
    mapping: Mapping,
}

/// One row group of a file.
#[derive(Debug, Clone)]
pub struct RowGroup {
    columns: Arc<Columns>,
    index: usize,
    first_row: u64,
}

impl ColumnReader {
    /// Maps the columns of a file whose footer has been read; nested columns carry nothing.
    ///
    /// # Errors
    /// When the file has no usable column.
    pub fn new(
        path: &str,
        file: ParquetFile,
        metadata: ArrowReaderMetadata,
        rules: &Rules,
    ) -> Result<Self> {
        let fields = metadata.schema().fields().iter();
        let names = fields.map(|field| field.name().clone()).collect();
        let mapping = Mapping::of_header(names, rules, path)?;
        Ok(Self {
            file: Arc::new(Columns {
                path: path.to_owned(),
                file,
                metadata,
                mapping,
            }),
            groups: Groups::default(),
        })
    }

    /// The mapping in use.
    pub fn mapping(&self) -> &Mapping {
        &self.file.mapping
    }

    /// Names and kinds of all columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(self.file.metadata.schema())
    }
}

/// Row groups, each with the number of its first row.
impl Iterator for ColumnReader {
    type Item = (RowGroup, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let (index, first_row) = self.groups.next(self.file.metadata.metadata())?;
        let group = RowGroup {
            columns: Arc::clone(&self.file),
            index,
            first_row,
        };
        Some((group, first_row))
    }
}

/// A column as text.
struct Text {
    values: BinaryArray,
    /// It came as bytes, so that it may be no text at all.
    unchecked: bool,
}

/// One row of a batch of text columns.
struct ColumnRow<'a> {
    columns: &'a [Option<Text>],
    row: usize,
}

impl ColumnRow<'_> {
    fn is_text(&self) -> bool {
        let mut unchecked = self.columns.iter().flatten().filter(|text| text.unchecked);
        unchecked
            .all(|t| t.values.is_null(self.row) || str::from_utf8(t.values.value(self.row)).is_ok())
    }
}

impl Row for ColumnRow<'_> {
    fn get(&self, column: usize) -> &[u8] {
        match self.columns.get(column) {
            Some(Some(text)) if text.values.is_valid(self.row) => text.values.value(self.row),
            _ => b"",
        }
    }
}

impl RowGroup {
    /// Hands every row to `accept` and says how many there were.
    ///
    /// # Errors
    /// When the file cannot be read, or [`Accept::reject`] fails.
    pub fn read(&self, accept: &mut impl Accept) -> Result<u64> {
        let broken = |e: &dyn std::fmt::Display| {
            let group = self.index;
            Error::data(
                &self.columns.path,
                format!("row group {group} is broken: {e}"),
            )
        };
        let file = self.columns.file.clone();
        let metadata = self.columns.metadata.clone();
        let flat = (0..metadata.schema().fields().len())
            .filter(|&i| !metadata.schema().field(i).data_type().is_nested());
        let mask = ProjectionMask::roots(metadata.parquet_schema(), flat);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
            .with_row_groups(vec![self.index])
            .with_projection(mask)
            .with_batch_size(BATCH)
            .build()
            .map_err(|e| broken(&e))?;
        let mut record = 0;
        for batch in reader {
            let batch = batch.map_err(|e| broken(&e))?;
            let columns = self.texts(&batch).map_err(|e| broken(&e))?;
            for row in 0..batch.num_rows() {
                let at = Position {
                    record,
                    order: self.first_row + record,
                    line: self.first_row + record + 1,
                };
                let row = ColumnRow {
                    columns: &columns,
                    row,
                };
                let mapping = &self.columns.mapping;
                let outcome = match row.is_text() {
                    true => accept.accept(&row, mapping, at, b""),
                    false => Err(Reason::InvalidUtf8),
                };
                if let Err(reason) = outcome {
                    let raw = self.raw(&row);
                    accept.reject(reason, at, Raw::whole(raw.as_bytes()))?;
                }
                record += 1;
            }
        }
        Ok(record)
    }

    /// Every column of the file as text; decimals, integers, dates and timestamps exactly.
    fn texts(&self, batch: &RecordBatch) -> Result<Vec<Option<Text>>, ArrowError> {
        let header = self.columns.metadata.schema().fields();
        header
            .iter()
            .map(|field| {
                batch
                    .column_by_name(field.name())
                    .map(|c| text(c))
                    .transpose()
            })
            .collect()
    }

    /// The row as JSON, for the reject file.
    fn raw(&self, row: &ColumnRow<'_>) -> String {
        let header = self.columns.mapping.header().iter().enumerate();
        let values: serde_json::Map<_, _> = header
            .filter(|(i, _)| !row.get(*i).is_empty())
            .map(|(i, name)| (name.clone(), String::from_utf8_lossy(row.get(i)).into()))
            .collect();
        serde_json::Value::Object(values).to_string()
    }
}

fn text(column: &dyn Array) -> Result<Text, ArrowError> {
    let options = CastOptions {
        safe: true,
        format_options: FormatOptions::default(),
    };
    let cast = |column: &dyn Array, to: &DataType| cast_with_options(column, to, &options);
    let value_type = match column.data_type() {
        DataType::Dictionary(_, values) => values,
        plain => plain,
    };
    let unchecked = matches!(
        value_type,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
    );
    let texts = match column.data_type() {
        _ if unchecked => cast(column, &DataType::Binary)?,
        // A zone only says how to show an instant: without it, the text is UTC. Finer than
        // microseconds is dropped, as cleaning does.
        DataType::Timestamp(unit, _) => {
            let ticks = cast(column, &DataType::Int64)?;
            let utc = cast(&ticks, &DataType::Timestamp(*unit, None))?;
            let micros = cast(&utc, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            cast(&micros, &DataType::Utf8)?
        }
        _ => cast(column, &DataType::Utf8)?,
    };
    Ok(Text {
        values: cast(&texts, &DataType::Binary)?.as_binary::<i32>().clone(),
        unchecked,
    })
}
