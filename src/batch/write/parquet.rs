//! One Parquet file of an output.

use std::io;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

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
    writer: ArrowWriter<StagedFile>,
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
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .build();
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
        Ok(Self {
            writer: writer.map_err(|e| failed(&place, e))?,
            place,
            schema,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        let rows = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|e| Error::Internal(format!("{}: {e}", self.place)))?;
        self.writer.write(&rows).map_err(|e| failed(&self.place, e))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<()> {
        let file = self.writer.into_inner();
        file.map_err(|e| failed(&self.place, e))?.finish().map(drop)
    }
}

fn failed(place: &str, error: ParquetError) -> Error {
    match error {
        ParquetError::External(e) => Error::io("write", place, io::Error::other(e)),
        e => Error::Internal(format!("{place}: {e}")),
    }
}
