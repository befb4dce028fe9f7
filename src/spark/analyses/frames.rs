//! Tables of this process on their way to the cluster.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use polars::prelude::{Column, DataFrame, DataType, PolarsResult};

use crate::error::{Error, Result};
use crate::spark::{Session, plan};

/// Rows that go in one message.
const ROWS: usize = 1 << 17;

/// Gives a table a name on the cluster.
///
/// # Errors
/// When Spark refuses it.
pub fn bring(session: &Session, name: &str, table: &DataFrame) -> Result<()> {
    let failed = |e: &dyn std::fmt::Display| Error::Internal(format!("{name}: {e}"));
    let mut parts = Vec::new();
    let count = table.height().div_ceil(ROWS).max(1);
    for part in 0..count {
        let rows = table.slice((part * ROWS) as i64, ROWS);
        let mut columns = Vec::new();
        for column in rows.columns() {
            let values = array(column).map_err(|e| failed(&e))?;
            columns.push((column.name().to_string(), values, true));
        }
        let rows = RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| failed(&e))?;
        let own = match count {
            1 => name.to_owned(),
            _ => format!("{name}_part_{part}"),
        };
        session.bring(&own, &rows)?;
        parts.push(format!("SELECT * FROM {own}"));
    }
    match parts.as_slice() {
        [_] => Ok(()),
        parts => session.name(name, plan::sql(&parts.join(" UNION ALL "))),
    }
}

fn array(column: &Column) -> PolarsResult<ArrayRef> {
    let values = column.as_materialized_series();
    Ok(match values.dtype() {
        DataType::String => {
            let array: StringArray = values.str()?.iter().collect();
            Arc::new(array)
        }
        DataType::Boolean => {
            let array: BooleanArray = values.bool()?.iter().collect();
            Arc::new(array)
        }
        DataType::Int32 => {
            let array: Int32Array = values.i32()?.iter().collect();
            Arc::new(array)
        }
        DataType::Date => {
            let array: Date32Array = values.date()?.physical().iter().collect();
            Arc::new(array)
        }
        DataType::Datetime(..) => {
            let times = values.datetime()?.physical().iter();
            let array: TimestampMicrosecondArray = times.collect();
            Arc::new(array.with_timezone("UTC"))
        }
        DataType::Decimal(..) => {
            let units = values.cast(&DataType::Decimal(38, 4))?;
            let units: Decimal128Array = units.decimal()?.physical().iter().collect();
            let units = units.with_precision_and_scale(38, 4);
            Arc::new(
                units.map_err(|e| {
                    polars::prelude::PolarsError::ComputeError(e.to_string().into())
                })?,
            )
        }
        _ => {
            let numbers = values.strict_cast(&DataType::Int64)?;
            let array: Int64Array = numbers.i64()?.iter().collect();
            Arc::new(array)
        }
    })
}
