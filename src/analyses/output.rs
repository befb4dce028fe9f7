//! The tables of an analysis as Parquet and CSV.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType as Arrow, Field, Schema, TimeUnit};
use polars::prelude::{DataFrame, DataType, PolarsError, TimeUnit as PolarsUnit};

use super::spec::{Kind, Table};
use crate::batch::write::parquet::{BATCH, MONEY, ParquetFile};
use crate::error::{Error, Result};
use crate::record::{Day, Time, Total};
use crate::store::{Staged, StagedFile};

/// A table that is being written.
pub struct Output {
    analysis: &'static str,
    table: &'static Table,
    parquet: ParquetFile,
    csv: csv::Writer<StagedFile>,
    csv_place: String,
    rows: u64,
}

impl Output {
    /// The files of `table` in `folder`.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn create(analysis: &'static str, table: &'static Table, folder: &Staged) -> Result<Self> {
        let field = |column: &super::spec::Column| Field::new(column.name, kind(column.kind), true);
        let schema = Schema::new(table.columns.iter().map(field).collect::<Vec<_>>());
        let parquet = format!("{}.parquet", table.file);
        let parquet = ParquetFile::create(folder, &parquet, Arc::new(schema))?;
        let csv = folder.create(&format!("{}.csv", table.file))?;
        let csv_place = csv.place().to_string();
        let mut csv = csv::Writer::from_writer(csv);
        let names = table.columns.iter().map(|column| column.name);
        csv.write_record(names)
            .map_err(|e| Error::io("write", &csv_place, e.into()))?;
        Ok(Self {
            analysis,
            table,
            parquet,
            csv,
            csv_place,
            rows: 0,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When a file cannot be written, or a sum leaves `DECIMAL(18,4)`.
    pub fn write(&mut self, rows: &DataFrame) -> Result<()> {
        let (analysis, table) = (self.analysis, self.table);
        let failed = |e: PolarsError| Error::Internal(format!("{analysis}/{}: {e}", table.file));
        for start in (0..rows.height()).step_by(BATCH) {
            let some = rows.slice(start as i64, BATCH);
            let mut columns = Vec::with_capacity(self.table.columns.len());
            for column in table.columns {
                let values = some.column(column.name).map_err(failed)?;
                let values = values.as_materialized_series();
                let what = || format!("{analysis}/{}, {}", table.file, column.name);
                columns.push(array(values, column.kind, what)?.map_err(failed)?);
            }
            self.lines(&columns)?;
            self.parquet.write(columns)?;
            self.rows += some.height() as u64;
        }
        Ok(())
    }

    fn lines(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let wrong = |e: csv::Error| Error::io("write", &self.csv_place, e.into());
        let count = columns.first().map_or(0, |column| column.len());
        let mut text = String::new();
        for row in 0..count {
            for (column, array) in self.table.columns.iter().zip(columns) {
                text.clear();
                cell(&mut text, array, column.kind, row);
                self.csv.write_field(&text).map_err(wrong)?;
            }
            self.csv.write_record(None::<&[u8]>).map_err(wrong)?;
        }
        Ok(())
    }

    /// Ends the files: how many rows there are.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn finish(self) -> Result<u64> {
        self.parquet.finish()?;
        let file = self.csv.into_inner();
        let file = file.map_err(|e| Error::io("write", &self.csv_place, e.into_error()))?;
        file.finish()?;
        Ok(self.rows)
    }
}

/// What a column is in Parquet.
fn kind(kind: Kind) -> Arrow {
    match kind {
        Kind::Text => Arrow::Utf8,
        Kind::Count => Arrow::Int64,
        Kind::Money => MONEY,
        Kind::Date => Arrow::Date32,
        Kind::Time => Arrow::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Flag => Arrow::Boolean,
    }
}

/// The values of a column; `what` names it.
fn array(
    values: &polars::prelude::Series,
    kind: Kind,
    what: impl Fn() -> String,
) -> Result<Result<ArrayRef, PolarsError>> {
    let cast = |to: &DataType| values.strict_cast(to);
    Ok(match kind {
        Kind::Text => cast(&DataType::String).and_then(|values| {
            let array: StringArray = values.str()?.iter().collect();
            Ok(Arc::new(array) as ArrayRef)
        }),
        Kind::Count => cast(&DataType::Int64).and_then(|values| {
            let array: Int64Array = values.i64()?.iter().collect();
            Ok(Arc::new(array) as ArrayRef)
        }),
        Kind::Flag => cast(&DataType::Boolean).and_then(|values| {
            let array: BooleanArray = values.bool()?.iter().collect();
            Ok(Arc::new(array) as ArrayRef)
        }),
        Kind::Date => cast(&DataType::Date).and_then(|values| {
            let array: Date32Array = values.date()?.physical().iter().collect();
            Ok(Arc::new(array) as ArrayRef)
        }),
        Kind::Time => {
            cast(&DataType::Datetime(PolarsUnit::Microseconds, None)).and_then(|values| {
                let times = values.datetime()?.physical().iter();
                let array: TimestampMicrosecondArray = times.collect();
                Ok(Arc::new(array.with_timezone("UTC")) as ArrayRef)
            })
        }
        Kind::Money => {
            let values = match cast(&DataType::Decimal(38, 4)) {
                Ok(values) => values,
                Err(e) => return Ok(Err(e)),
            };
            let units = match values.decimal() {
                Ok(units) => units.physical().iter().collect::<Vec<_>>(),
                Err(e) => return Ok(Err(e)),
            };
            for units in units.iter().flatten() {
                Total::from_units(*units).decimal_18_4(&what)?;
            }
            let array: Decimal128Array = units.into_iter().collect();
            let array = array.with_precision_and_scale(18, 4);
            let array = array.map_err(|e| Error::Internal(format!("{}: {e}", what())))?;
            Ok(Arc::new(array) as ArrayRef)
        }
    })
}

/// Writes a value as a file of text holds it; nothing for null.
fn cell(text: &mut String, array: &ArrayRef, kind: Kind, row: usize) {
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
    use std::fmt::Write;
    if array.is_null(row) {
        return;
    }
    // Writing to a string does not fail.
    let _ = match kind {
        Kind::Text => text.write_str(array.as_string::<i32>().value(row)),
        Kind::Count => {
            let number = array.as_primitive::<Int64Type>().value(row);
            text.write_str(itoa::Buffer::new().format(number))
        }
        Kind::Flag => text.write_str(if array.as_boolean().value(row) {
            "true"
        } else {
            "false"
        }),
        Kind::Date => {
            let day = Day::from_number(array.as_primitive::<Date32Type>().value(row));
            day.map_or(Ok(()), |day| write!(text, "{day}"))
        }
        Kind::Time => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            Time::from_micros(micros).map_or(Ok(()), |time| write!(text, "{time}"))
        }
        Kind::Money => {
            let units = array.as_primitive::<Decimal128Type>().value(row);
            write!(text, "{}", Total::from_units(units))
        }
    };
}
