//! Rows of a table as Parquet columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::row::{Cell, Row};
use super::spec::{Column, TableSpec, Type};
use crate::error::{Error, Result};
use crate::record::Total;
use crate::stream::output::{Layout, MONEY, instant};

/// The columns of a table.
#[derive(Debug, Clone, Copy)]
pub struct Columns(pub &'static TableSpec);

impl Layout for Columns {
    type Row = Row;

    fn schema(&self) -> SchemaRef {
        let fields = self.0.columns.iter().map(|column| {
            let kind = match column.kind {
                Type::Text => DataType::Utf8,
                Type::Int => DataType::Int64,
                Type::Money | Type::Quantity => MONEY,
                Type::Float => DataType::Float64,
                Type::Time => instant(),
                Type::Bool => DataType::Boolean,
            };
            Field::new(column.name, kind, true)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn batch(&self, rows: &[Row]) -> Result<RecordBatch> {
        let columns = self.0.columns.iter().enumerate();
        let columns = columns.map(|(number, column)| {
            let cells = rows
                .iter()
                .map(move |row| row.get(number).unwrap_or(&Cell::Null));
            array(column, self.0.name, cells)
        });
        RecordBatch::try_new(self.schema(), columns.collect::<Result<_>>()?)
            .map_err(|e| Error::Internal(format!("a batch of {}: {e}", self.0.name)))
    }
}

fn array<'a>(
    column: &Column,
    table: &str,
    cells: impl Iterator<Item = &'a Cell>,
) -> Result<ArrayRef> {
    let wrong = |cell: &Cell| {
        let place = format!("{table}.{}", column.name);
        Error::Internal(format!("{cell:?} in the column {place}"))
    };
    /// Puts the cells of one kind into their builder.
    macro_rules! fill {
        ($builder:expr, $kind:path, $value:ident => $put:expr) => {{
            let mut builder = $builder;
            for cell in cells {
                match cell {
                    Cell::Null => builder.append_null(),
                    $kind($value) => builder.append_value($put),
                    other => return Err(wrong(other)),
                }
            }
            Arc::new(builder.finish()) as ArrayRef
        }};
    }
    Ok(match column.kind {
        Type::Text => fill!(StringBuilder::new(), Cell::Text, text => text),
        Type::Int => fill!(Int64Builder::new(), Cell::Int, number => *number),
        Type::Float => fill!(Float64Builder::new(), Cell::Float, number => *number),
        Type::Bool => fill!(BooleanBuilder::new(), Cell::Bool, yes => *yes),
        Type::Time => {
            let builder = TimestampMicrosecondBuilder::new().with_data_type(instant());
            fill!(builder, Cell::Time, micros => *micros)
        }
        Type::Money | Type::Quantity => {
            let builder = Decimal128Builder::new().with_data_type(MONEY);
            let what = || format!("{table}.{}", column.name);
            fill!(builder, Cell::Decimal, units => Total::from_units(*units).decimal_18_4(what)?)
        }
    })
}
