//! Rows that Spark sent, by the names of their columns.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::datatypes::{Decimal128Type, Int32Type, Int64Type};

use crate::error::{Error, Result};

/// Some rows.
pub struct Rows<'a>(&'a RecordBatch);

impl<'a> Rows<'a> {
    /// Rows that were sent.
    pub fn of(batch: &'a RecordBatch) -> Self {
        Self(batch)
    }

    fn column(&self, name: &str) -> Result<&'a dyn Array> {
        let column = self.0.column_by_name(name).map(AsRef::as_ref);
        column.ok_or_else(|| Error::Internal(format!("Spark sent no column {name}")))
    }

    fn other(name: &str, column: &dyn Array) -> Error {
        Error::Internal(format!(
            "Spark sent column {name} as {}",
            column.data_type()
        ))
    }

    /// A text, or null.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is no such column, or it is another; so with all others.
    pub fn text(&self, name: &str, row: usize) -> Result<Option<&'a str>> {
        let column = self.column(name)?;
        let Some(texts) = column.as_string_opt::<i32>() else {
            return Err(Self::other(name, column));
        };
        Ok(texts.is_valid(row).then(|| texts.value(row)))
    }

    /// Bytes; none for null.
    ///
    /// # Errors
    /// As [`Rows::text`].
    pub fn bytes(&self, name: &str, row: usize) -> Result<&'a [u8]> {
        let column = self.column(name)?;
        let Some(bytes) = column.as_binary_opt::<i32>() else {
            return Err(Self::other(name, column));
        };
        Ok(if bytes.is_valid(row) {
            bytes.value(row)
        } else {
            b""
        })
    }

    /// A whole number, or null.
    ///
    /// # Errors
    /// As [`Rows::text`].
    pub fn number(&self, name: &str, row: usize) -> Result<Option<i64>> {
        let column = self.column(name)?;
        if !column.is_valid(row) {
            return Ok(None);
        }
        match column.data_type() {
            DataType::Int64 => Ok(Some(column.as_primitive::<Int64Type>().value(row))),
            DataType::Int32 => Ok(Some(column.as_primitive::<Int32Type>().value(row).into())),
            _ => Err(Self::other(name, column)),
        }
    }

    /// A decimal without decimals, or null.
    ///
    /// # Errors
    /// As [`Rows::text`].
    pub fn large(&self, name: &str, row: usize) -> Result<Option<i128>> {
        let column = self.column(name)?;
        match column.data_type() {
            _ if !column.is_valid(row) => Ok(None),
            DataType::Decimal128(_, 0) => {
                Ok(Some(column.as_primitive::<Decimal128Type>().value(row)))
            }
            _ => Err(Self::other(name, column)),
        }
    }

    /// Yes, no or null.
    ///
    /// # Errors
    /// As [`Rows::text`].
    pub fn flag(&self, name: &str, row: usize) -> Result<Option<bool>> {
        let column = self.column(name)?;
        let Some(flags) = column.as_boolean_opt() else {
            return Err(Self::other(name, column));
        };
        Ok(flags.is_valid(row).then(|| flags.value(row)))
    }
}
