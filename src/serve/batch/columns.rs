//! Typed columns of our own Parquet files.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, Decimal128Type, Int32Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::{Error, Result};
use crate::record::{Day, Total};

/// Gives every batch of the Parquet files directly in `folder`, in the order of their names, to
/// `take`.
///
/// # Errors
/// When one cannot be read, or `take` fails.
pub fn each_batch(folder: &Path, mut take: impl FnMut(&Columns<'_>) -> Result<()>) -> Result<()> {
    for path in files(folder, "parquet")? {
        let place = path.display().to_string();
        let broken = |e| Error::data(&place, format!("is no readable Parquet file: {e}"));
        let file = File::open(&path).map_err(|e| Error::io("open", &place, e))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(65_536).build())
            .map_err(broken)?;
        for batch in reader {
            let batch = batch.map_err(|e| broken(e.into()))?;
            take(&Columns {
                batch: &batch,
                place: &place,
            })?;
        }
    }
    Ok(())
}

/// The files directly in `folder` with this extension that are data, sorted.
///
/// # Errors
/// When the folder cannot be listed; one that is not there has none.
pub fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let failed = |e| Error::io("list", folder.display(), e);
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let hidden = matches!(name.first(), Some(b'.' | b'_'));
        if !hidden && path.extension().is_some_and(|e| e == extension) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The columns of a batch.
pub struct Columns<'a> {
    batch: &'a RecordBatch,
    place: &'a str,
}

impl<'a> Columns<'a> {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn column<T>(&self, name: &str, cast: impl Fn(&'a ArrayRef) -> Option<T>) -> Result<T> {
        let column = self.batch.column_by_name(name).and_then(cast);
        column.ok_or_else(|| {
            let what = format!("has no column {name} of the type it should have; run it again");
            Error::data(self.place, what)
        })
    }

    /// A column of text.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&self, name: &str) -> Result<&'a StringArray> {
        self.column(name, |column| column.as_string_opt())
    }

    /// A column of days.
    ///
    /// # Errors
    /// When there is none.
    pub fn days(&self, name: &str) -> Result<impl Fn(usize) -> Option<Day> + 'a> {
        let days = self.column(name, |column| column.as_primitive_opt::<Date32Type>())?;
        Ok(move |row| Day::from_number(value::<Date32Type>(days, row)?))
    }

    /// A column of counts.
    ///
    /// # Errors
    /// When there is none.
    pub fn counts(&self, name: &str) -> Result<impl Fn(usize) -> u64 + 'a> {
        let counts = self.column(name, |column| column.as_primitive_opt::<Int64Type>())?;
        Ok(move |row| {
            let count = value::<Int64Type>(counts, row).unwrap_or_default();
            u64::try_from(count).unwrap_or_default()
        })
    }

    /// A column of small numbers.
    ///
    /// # Errors
    /// When there is none.
    pub fn small(&self, name: &str) -> Result<impl Fn(usize) -> Option<i32> + 'a> {
        let column = self.column(name, |column| column.as_primitive_opt::<Int32Type>())?;
        Ok(move |row| value::<Int32Type>(column, row))
    }

    /// A column of amounts.
    ///
    /// # Errors
    /// When there is none with four decimals.
    pub fn amounts(&self, name: &str) -> Result<impl Fn(usize) -> Option<Total> + 'a> {
        let amounts = self.column(name, |column| {
            let column = column.as_primitive_opt::<Decimal128Type>()?;
            (column.scale() == 4).then_some(column)
        })?;
        Ok(move |row| value::<Decimal128Type>(amounts, row).map(Total::from_units))
    }
}

fn value<T: ArrowPrimitiveType>(
    column: &arrow::array::PrimitiveArray<T>,
    row: usize,
) -> Option<T::Native> {
    column.is_valid(row).then(|| column.value(row))
}

/// A text that may be absent.
pub fn text(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}
