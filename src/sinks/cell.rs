//! Values of rows, for databases that take them one by one.

use arrow::array::cast::AsArray;
use arrow::array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow::array::{Array, RecordBatch};

use super::{Kind, Shape};
use crate::error::{Error, Result};

/// A value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// UTF-8.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// Units of 1/10,000.
    Decimal(i128),
    /// A double.
    Float(f64),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970.
    Time(i64),
    /// Yes or no.
    Flag(bool),
}

/// The values of every column.
///
/// # Errors
/// When the columns are not those of the table.
pub fn cells<'a>(shape: &Shape, rows: &'a RecordBatch) -> Result<Vec<Vec<Cell<'a>>>> {
    let columns = shape.columns.iter().zip(rows.columns());
    let columns = columns.map(|(column, array)| {
        if *array.data_type() != column.kind.arrow() {
            let (table, name) = (&shape.table, &column.name);
            let what = format!("{table}.{name} as {}", array.data_type());
            return Err(Error::Internal(what));
        }
        /// The values of an array, each made a cell.
        macro_rules! all {
            ($values:expr, $cell:path) => {
                $values
                    .iter()
                    .map(|value| value.map_or(Cell::Null, $cell))
                    .collect()
            };
        }
        Ok(match column.kind {
            Kind::Text => all!(array.as_string::<i32>(), Cell::Text),
            Kind::Int => all!(array.as_primitive::<Int64Type>(), Cell::Int),
            Kind::Money | Kind::Sum => {
                all!(array.as_primitive::<Decimal128Type>(), Cell::Decimal)
            }
            Kind::Float => all!(array.as_primitive::<Float64Type>(), Cell::Float),
            Kind::Date => all!(array.as_primitive::<Date32Type>(), Cell::Date),
            Kind::Time => all!(array.as_primitive::<TimestampMicrosecondType>(), Cell::Time),
            Kind::Flag => all!(array.as_boolean(), Cell::Flag),
        })
    });
    columns.collect()
}
