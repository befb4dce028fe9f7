//! Days and times that ClickHouse would store as others.

use arrow::array::RecordBatch;

use crate::error::{Error, Result};
use crate::sinks::cell::{Cell, cells};
use crate::sinks::{Address, Kind, Shape};

/// The first day of its `Date32` and `DateTime64`, 1900-01-01, in days since 1970.
const FIRST: i64 = -25_567;
/// The first day behind the last, 2300-01-01.
const END: i64 = 120_530;
const DAY: i64 = 86_400_000_000;

/// Refuses rows with a day or time beyond what its types hold: it would change them in silence.
///
/// # Errors
/// [`Error::Data`] with the first of them.
pub(super) fn check(address: &Address, shape: &Shape, from: u64, rows: &RecordBatch) -> Result<()> {
    let columns = cells(shape, rows)?;
    let times = |kind: Kind| matches!(kind, Kind::Date | Kind::Time);
    let columns = shape.columns.iter().zip(&columns);
    for (column, cells) in columns.filter(|(column, _)| times(column.kind)) {
        let beyond = cells.iter().position(|cell| {
            let day = match cell {
                Cell::Date(day) => i64::from(*day),
                Cell::Time(micros) => micros.div_euclid(DAY),
                _ => return false,
            };
            !(FIRST..END).contains(&day)
        });
        if let Some(row) = beyond {
            let (table, name, row) = (&shape.table, &column.name, from + row as u64);
            let what =
                "is before 1900 or behind 2299, which ClickHouse cannot hold; the folder has it";
            return Err(Error::data(
                address,
                format!("{table}, row {row}: {name} {what}"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn the_bounds_are_the_days_that_they_should_be() {
        let day = |year| {
            let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
            (NaiveDate::from_ymd_opt(year, 1, 1).unwrap() - epoch).num_days()
        };
        assert_eq!((FIRST, END), (day(1900), day(2300)));
    }
}
