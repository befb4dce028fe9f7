//! Rows on their way into a table, by COPY in its binary form.

use arrow::array::cast::AsArray;
use arrow::array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow::array::{Array, ArrayRef, RecordBatch};
use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;
use tokio_postgres::Transaction;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::Trouble;
use crate::error::{Error, Result};
use crate::sinks::{Kind, OWNER, ROW, Shape};

/// The types of the columns as COPY takes them.
fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Text => Type::TEXT,
        Kind::Int => Type::INT8,
        Kind::Money | Kind::Sum => Type::NUMERIC,
        Kind::Float => Type::FLOAT8,
        Kind::Date => Type::DATE,
        Kind::Time => Type::TIMESTAMPTZ,
        Kind::Flag => Type::BOOL,
    }
}

/// The values of a column.
enum Values {
    Text(ArrayRef),
    Int(Vec<Option<i64>>),
    Decimal(Vec<Option<Decimal>>),
    Float(Vec<Option<f64>>),
    Date(Vec<Option<NaiveDate>>),
    Time(Vec<Option<DateTime<Utc>>>),
    Flag(Vec<Option<bool>>),
}

/// Adds rows, the first of them number `from`.
pub(super) async fn rows(
    transaction: &Transaction<'_>,
    shape: &Shape,
    owner: &str,
    from: u64,
    batch: &RecordBatch,
    place: &str,
) -> std::result::Result<(), Trouble> {
    let names = shape.columns.iter().map(|c| format!("\"{}\"", c.name));
    let names: Vec<_> = names.collect();
    let text = format!(
        "COPY {} ({}, {OWNER}, {ROW}) FROM STDIN BINARY",
        shape.table,
        names.join(", ")
    );
    let columns = shape.columns.iter().zip(batch.columns());
    let columns = columns.map(|(column, array)| {
        values(column.kind, array).map_err(|(row, what)| {
            let (table, name) = (&shape.table, &column.name);
            let row = from + row as u64;
            Error::data(place, format!("{table}, row {row}, {name}: {what}"))
        })
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let mut types: Vec<_> = shape.columns.iter().map(|c| type_of(c.kind)).collect();
    types.extend([Type::TEXT, Type::INT8]);
    let sink = transaction.copy_in(&text).await?;
    let writer = BinaryCopyInWriter::new(sink, &types);
    let mut writer = std::pin::pin!(writer);
    for row in 0..batch.num_rows() {
        let number = (from + row as u64).cast_signed();
        let texts: Vec<Option<&str>> = columns.iter().map(|column| column.text(row)).collect();
        let mut cells: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(types.len());
        for (column, text) in columns.iter().zip(&texts) {
            cells.push(match column {
                Values::Text(_) => text,
                Values::Int(values) => &values[row],
                Values::Decimal(values) => &values[row],
                Values::Float(values) => &values[row],
                Values::Date(values) => &values[row],
                Values::Time(values) => &values[row],
                Values::Flag(values) => &values[row],
            });
        }
        cells.push(&owner);
        cells.push(&number);
        writer.as_mut().write(&cells).await?;
    }
    writer.finish().await?;
    Ok(())
}

impl Values {
    fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text(array) if !array.is_null(row) => Some(array.as_string::<i32>().value(row)),
            _ => None,
        }
    }
}

/// The values of a column as Postgres takes them, or which cannot be.
fn values(kind: Kind, array: &ArrayRef) -> std::result::Result<Values, (usize, String)> {
    let beyond = |row: usize| (row, "Postgres has no such time".to_owned());
    Ok(match kind {
        Kind::Text => {
            let texts = array.as_string::<i32>();
            let broken = texts
                .iter()
                .position(|text| text.is_some_and(|text| text.contains('\0')));
            if let Some(row) = broken {
                let what = format!("{:?}: Postgres keeps no NUL in a text", texts.value(row));
                return Err((row, what));
            }
            Values::Text(ArrayRef::clone(array))
        }
        Kind::Int => Values::Int(array.as_primitive::<Int64Type>().iter().collect()),
        Kind::Float => Values::Float(array.as_primitive::<Float64Type>().iter().collect()),
        Kind::Flag => Values::Flag(array.as_boolean().iter().collect()),
        Kind::Money | Kind::Sum => {
            let units = array.as_primitive::<Decimal128Type>().iter().enumerate();
            let decimals = units.map(|(row, units)| {
                let Some(units) = units else { return Ok(None) };
                let decimal = Decimal::try_from_i128_with_scale(units, 4);
                decimal
                    .map(Some)
                    .map_err(|_| (row, format!("{units}/10000 is too large a sum")))
            });
            Values::Decimal(decimals.collect::<std::result::Result<_, _>>()?)
        }
        Kind::Date => {
            let days = array.as_primitive::<Date32Type>().iter().enumerate();
            let dates = days.map(|(row, day)| {
                let Some(day) = day else { return Ok(None) };
                date(day).map(Some).ok_or_else(|| beyond(row))
            });
            Values::Date(dates.collect::<std::result::Result<_, _>>()?)
        }
        Kind::Time => {
            let micros = array.as_primitive::<TimestampMicrosecondType>();
            let times = micros.iter().enumerate().map(|(row, micros)| {
                let Some(micros) = micros else {
                    return Ok(None);
                };
                let time = DateTime::from_timestamp_micros(micros);
                time.map(Some).ok_or_else(|| beyond(row))
            });
            Values::Time(times.collect::<std::result::Result<_, _>>()?)
        }
    })
}

fn date(day: i32) -> Option<NaiveDate> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let days = Days::new(u64::from(day.unsigned_abs()));
    match day < 0 {
        true => epoch.checked_sub_days(days),
        false => epoch.checked_add_days(days),
    }
}
