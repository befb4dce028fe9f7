//! One Parquet file of an output, into which row groups can be taken over as they are.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Compression;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions,
    ParquetMetaDataReader,
};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;

use crate::error::{Error, Result};
use crate::record::Total;
use crate::store::{Staged, StagedFile};

/// Rows that are written at a time.
pub const BATCH: usize = 65_536;
/// Rows that a reader can skip as one, and that are held in memory until they are written.
const ROW_GROUP: usize = 2 * BATCH;

/// Money in Parquet.
pub const MONEY: DataType = DataType::Decimal128(18, 4);
/// Sums in Parquet where they leave what money is.
const WIDE: DataType = DataType::Decimal128(38, 4);

/// The type of a file's sums, none of which is larger than `reach`. That a sum over all products
/// or of all quantities leaves `DECIMAL(18,4)` must not fail a run: the totals by day and product
/// may well be in it.
pub fn sums(reach: Total) -> DataType {
    match reach.decimal_18_4(String::new) {
        Ok(_) => MONEY,
        Err(_) => WIDE,
    }
}

/// A Parquet file that is being written.
pub struct ParquetFile {
    place: String,
    schema: SchemaRef,
    writer: SerializedFileWriter<StagedFile>,
    factory: ArrowRowGroupWriterFactory,
    /// The columns of the row group that is being filled.
    open: Vec<ArrowColumnWriter>,
    /// Its rows.
    rows: usize,
    groups: usize,
}

impl ParquetFile {
    /// The file `name` in `folder`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(folder: &Staged, name: &str, schema: SchemaRef) -> Result<Self> {
        let file = folder.create(name)?;
        let place = file.place().to_string();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
        let parts = writer.and_then(ArrowWriter::into_serialized_writer);
        let (writer, factory) = parts.map_err(|e| failed(&place, e))?;
        Ok(Self {
            place,
            schema,
            writer,
            factory,
            open: Vec::new(),
            rows: 0,
            groups: 0,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        let rows = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|e| Error::Internal(format!("{}: {e}", self.place)))?;
        self.add(&rows).map_err(|e| failed(&self.place, e))?;
        match self.rows < ROW_GROUP {
            true => Ok(()),
            false => self.end_group().map(drop),
        }
    }

    fn add(&mut self, rows: &RecordBatch) -> Result<(), ParquetError> {
        if self.open.is_empty() {
            self.open = self.factory.create_column_writers(self.groups)?;
        }
        let mut writers = self.open.iter_mut();
        for (field, column) in self.schema.fields().iter().zip(rows.columns()) {
            for leaf in compute_leaves(field, column)? {
                if let Some(writer) = writers.next() {
                    writer.write(&leaf)?;
                }
            }
        }
        self.rows += rows.num_rows();
        Ok(())
    }

    /// Ends the row group, if there is one: how many there are.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end_group(&mut self) -> Result<usize> {
        if self.rows > 0 {
            let closed = self.close_group();
            closed.map_err(|e| failed(&self.place, e))?;
            self.rows = 0;
            self.groups += 1;
        }
        Ok(self.groups)
    }

    fn close_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in std::mem::take(&mut self.open) {
            column.close()?.append_to_row_group(&mut group)?;
        }
        group.close().map(drop)
    }

    /// Takes row groups of another file with the same columns over: how many rows they have.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn copy(&mut self, from: &Source, groups: Range<usize>) -> Result<u64> {
        self.end_group()?;
        let mut rows = 0;
        for at in groups {
            let copied = self.copy_group(from, at);
            rows += copied.map_err(|e| failed(&self.place, e))?;
            self.groups += 1;
        }
        Ok(rows)
    }

    fn copy_group(&mut self, from: &Source, at: usize) -> Result<u64, ParquetError> {
        let groups = from.about.row_groups();
        let of = groups
            .get(at)
            .ok_or_else(|| ParquetError::EOF(format!("no row group {at}")))?;
        let mut group = self.writer.next_row_group()?;
        for (number, column) in of.columns().iter().enumerate() {
            let index = from.about.column_index();
            let index = index.and_then(|index| index.get(at)?.get(number));
            let offsets = from.about.offset_index();
            let offsets = offsets.and_then(|offsets| offsets.get(at)?.get(number));
            let closed = ColumnCloseResult {
                bytes_written: column.compressed_size().cast_unsigned(),
                rows_written: of.num_rows().cast_unsigned(),
                metadata: as_written(column)?,
                bloom_filter: None,
                column_index: index.cloned(),
                offset_index: offsets.cloned(),
            };
            group.append_column(&from.file, closed)?;
        }
        group.close()?;
        Ok(of.num_rows().cast_unsigned())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.end_group()?;
        let file = self.writer.into_inner();
        file.map_err(|e| failed(&self.place, e))?.finish().map(drop)
    }
}

/// What is said of a column, as its writer said it: a reader drops that the older fields for the
/// least and the greatest value are filled as well, where they mean the same. So a copy is, to the
/// byte, what writing the rows would give.
fn as_written(column: &ColumnChunkMetaData) -> Result<ColumnChunkMetaData, ParquetError> {
    let in_both = column.column_descr().sort_order().is_signed();
    let statistics = column
        .statistics()
        .cloned()
        .map(|statistics| match statistics {
            Statistics::Boolean(s) => s.with_backwards_compatible_min_max(in_both).into(),
            Statistics::Int32(s) => s.with_backwards_compatible_min_max(in_both).into(),
            Statistics::Int64(s) => s.with_backwards_compatible_min_max(in_both).into(),
            Statistics::FixedLenByteArray(s) => s.with_backwards_compatible_min_max(in_both).into(),
            others => others,
        });
    let builder = column.clone().into_builder();
    match statistics {
        Some(statistics) => builder.set_statistics(statistics).build(),
        None => builder.build(),
    }
}

/// A Parquet file that row groups are taken from.
pub struct Source {
    file: File,
    about: ParquetMetaData,
}

impl Source {
    /// The file at `path`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::io("open", path.display(), e))?;
        // All that is said of the groups, so that it can be said again.
        let whole = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
        let reader = ParquetMetaDataReader::new().with_metadata_options(Some(whole));
        let reader = reader.with_page_index_policy(PageIndexPolicy::Optional);
        let about = reader.parse_and_finish(&file);
        let about = about.map_err(|e| failed(&path.display().to_string(), e))?;
        Ok(Self { file, about })
    }
}

fn failed(place: &str, error: ParquetError) -> Error {
    match error {
        ParquetError::External(e) => Error::io("write", place, io::Error::other(e)),
        e => Error::Internal(format!("{place}: {e}")),
    }
}
