//! Rows of Parquet outputs, column by column.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderBuilder, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;

use crate::error::{Error, Result};
use crate::record::{Day, Money, Total};
use crate::signal::Stop;
use crate::source::parquet_file::ParquetFile;
use crate::store::{self, Entry, Location};

/// What a column holds. Those that may be null are `Maybe…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text or null.
    MaybeText,
    /// `DECIMAL(18,4)`.
    Money,
    /// A decimal with four decimals.
    Sum,
    /// The same or null.
    MaybeSum,
    /// A 64-bit integer.
    Count,
    /// The same or null.
    MaybeCount,
    /// A 32-bit integer or null.
    MaybeSmall,
    /// A double or null.
    MaybeFloat,
    /// Yes, no or null.
    MaybeBool,
    /// A date.
    Date,
    /// A timestamp; given in microseconds since the epoch.
    Time,
}

/// The columns of some rows, in the order asked for.
pub struct Rows {
    columns: Vec<ArrayRef>,
}

impl Rows {
    /// Rows that were read, whose columns must be these.
    ///
    /// # Errors
    /// Says which column is missing or another.
    pub(super) fn of(batch: &RecordBatch, columns: &[(&str, Kind)]) -> Result<Self, String> {
        let column = |(name, kind): &(&str, Kind)| {
            let missing = || format!("it has no column {name}");
            let array = batch.column_by_name(name).ok_or_else(missing)?;
            as_kind(array, *kind).map_err(|e| format!("column {name}: {e}"))
        };
        let columns: Result<_, String> = columns.iter().map(column).collect();
        Ok(Self { columns: columns? })
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.columns.first().map_or(0, Array::len)
    }

    /// A text of a column of [`Kind::Text`].
    pub fn text(&self, column: usize, row: usize) -> &str {
        self.columns[column].as_string::<i32>().value(row)
    }

    /// A text of a column of [`Kind::MaybeText`].
    pub fn maybe_text(&self, column: usize, row: usize) -> Option<&str> {
        let is_there = self.columns[column].is_valid(row);
        is_there.then(|| self.text(column, row))
    }

    /// An amount of a column of [`Kind::Money`]; none when it has too many digits.
    pub fn money(&self, column: usize, row: usize) -> Option<Money> {
        Money::from_units(i64::try_from(self.sum(column, row).units()).ok()?)
    }

    /// A value of a column of [`Kind::Sum`].
    pub fn sum(&self, column: usize, row: usize) -> Total {
        let units = self.columns[column].as_primitive::<Decimal128Type>();
        Total::from_units(units.value(row))
    }

    /// A value of a column of [`Kind::MaybeSum`].
    pub fn maybe_sum(&self, column: usize, row: usize) -> Option<Total> {
        let is_there = self.columns[column].is_valid(row);
        is_there.then(|| self.sum(column, row))
    }

    /// A count of a column of [`Kind::Count`]; none below zero.
    pub fn number(&self, column: usize, row: usize) -> Option<u64> {
        let numbers = self.columns[column].as_primitive::<Int64Type>();
        u64::try_from(numbers.value(row)).ok()
    }

    /// A count of a column of [`Kind::MaybeCount`]; none below zero.
    pub fn maybe_number(&self, column: usize, row: usize) -> Option<u64> {
        let is_there = self.columns[column].is_valid(row);
        is_there.then(|| self.number(column, row)).flatten()
    }

    /// A value of a column of [`Kind::MaybeFloat`].
    pub fn maybe_float(&self, column: usize, row: usize) -> Option<f64> {
        let numbers = self.columns[column].as_primitive::<Float64Type>();
        numbers.is_valid(row).then(|| numbers.value(row))
    }

    /// A value of a column of [`Kind::MaybeBool`].
    pub fn maybe_bool(&self, column: usize, row: usize) -> Option<bool> {
        let values = self.columns[column].as_boolean();
        values.is_valid(row).then(|| values.value(row))
    }

    /// A number of a column of [`Kind::MaybeSmall`].
    pub fn maybe_small(&self, column: usize, row: usize) -> Option<i32> {
        let numbers = self.columns[column].as_primitive::<Int32Type>();
        numbers.is_valid(row).then(|| numbers.value(row))
    }

    /// A day of a column of [`Kind::Date`]; none outside the years 1 to 9999.
    pub fn day(&self, column: usize, row: usize) -> Option<Day> {
        let days = self.columns[column].as_primitive::<Date32Type>();
        Day::from_number(days.value(row))
    }

    /// A time of a column of [`Kind::Time`].
    pub fn micros(&self, column: usize, row: usize) -> i64 {
        self.columns[column].as_primitive::<Int64Type>().value(row)
    }
}

/// Reads the `columns` of every Parquet file below `folder`, or of the one that it is, some rows
/// at a time; names that begin with `_` or `.` are no data.
///
/// # Errors
/// [`Error::Data`] with the file that is broken or has other columns; whatever `take` fails for.
pub fn read(
    folder: &Location,
    columns: &[(&str, Kind)],
    stop: &Stop,
    take: impl FnMut(&Entry, &Rows) -> Result<()>,
) -> Result<()> {
    read_where(folder, columns, None, stop, take)
}

/// The same without the row groups in which no row has this day in this column, which is a
/// [`Kind::Date`]. Rows of other days may still come.
///
/// # Errors
/// As [`read`].
pub fn read_day(
    folder: &Location,
    columns: &[(&str, Kind)],
    only: (&str, Day),
    stop: &Stop,
    take: impl FnMut(&Entry, &Rows) -> Result<()>,
) -> Result<()> {
    read_where(folder, columns, Some(only), stop, take)
}

fn read_where(
    folder: &Location,
    columns: &[(&str, Kind)],
    day: Option<(&str, Day)>,
    stop: &Stop,
    mut take: impl FnMut(&Entry, &Rows) -> Result<()>,
) -> Result<()> {
    let store = store::open(folder)?;
    for entry in store.list(folder)? {
        if !entry.path.to_ascii_lowercase().ends_with(".parquet") {
            continue;
        }
        stop.check()?;
        let broken = |e: &dyn std::fmt::Display| {
            let what = format!("is no readable Parquet file of retail: {e}");
            Error::data(&entry.location, what)
        };
        let file = ParquetFile::new(store.clone(), &entry);
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| broken(&e))?;
        let mut builder = only(builder, columns).map_err(|e| broken(&e))?;
        if let Some((column, day)) = day {
            let groups = groups_with(builder.metadata(), column, day);
            builder = builder.with_row_groups(groups);
        }
        let reader = builder.build().map_err(|e| broken(&e))?;
        for batch in reader {
            stop.check()?;
            let batch = batch.map_err(|e| broken(&e))?;
            let rows = Rows::of(&batch, columns).map_err(|e| broken(&e))?;
            take(&entry, &rows)?;
        }
    }
    Ok(())
}

/// The row groups in which a row may have this day in this column, by the statistics of the file.
fn groups_with(file: &ParquetMetaData, column: &str, day: Day) -> Vec<usize> {
    let columns = file.file_metadata().schema_descr().columns();
    let at = columns.iter().position(|known| known.name() == column);
    let may_have = |group: &usize| {
        let group = file.row_groups().get(*group);
        let column = group
            .zip(at)
            .and_then(|(group, at)| group.columns().get(at));
        match column.and_then(|column| column.statistics()) {
            Some(Statistics::Int32(days)) => {
                days.min_opt().is_none_or(|first| *first <= day.number())
                    && days.max_opt().is_none_or(|last| *last >= day.number())
            }
            _ => true,
        }
    };
    (0..file.num_row_groups()).filter(may_have).collect()
}

/// A reader of these columns only.
///
/// # Errors
/// Says which column is missing.
pub(super) fn only<T>(
    builder: ArrowReaderBuilder<T>,
    columns: &[(&str, Kind)],
) -> Result<ArrowReaderBuilder<T>, String> {
    let found = |(name, _): &(&str, Kind)| builder.schema().index_of(name);
    let roots: Result<Vec<usize>, _> = columns.iter().map(found).collect();
    let roots = roots.map_err(|e| e.to_string())?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    Ok(builder.with_projection(mask))
}

fn as_kind(array: &ArrayRef, kind: Kind) -> Result<ArrayRef, String> {
    let may_miss = matches!(
        kind,
        Kind::MaybeText
            | Kind::MaybeSum
            | Kind::MaybeCount
            | Kind::MaybeSmall
            | Kind::MaybeFloat
            | Kind::MaybeBool
    );
    if array.null_count() > 0 && !may_miss {
        return Err("a value is missing".to_owned());
    }
    let to = |array: &ArrayRef, kind: &DataType| cast(array, kind).map_err(|e| e.to_string());
    match (kind, array.data_type()) {
        (
            Kind::Text | Kind::MaybeText,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View,
        ) => to(array, &DataType::Utf8),
        (Kind::Money, DataType::Decimal128(18, 4))
        | (Kind::Sum | Kind::MaybeSum, DataType::Decimal128(_, 4))
        | (Kind::Count | Kind::MaybeCount, DataType::Int64)
        | (Kind::MaybeSmall, DataType::Int32)
        | (Kind::MaybeFloat, DataType::Float64)
        | (Kind::MaybeBool, DataType::Boolean)
        | (Kind::Date, DataType::Date32) => Ok(array.clone()),
        (Kind::Time, DataType::Timestamp(_, zone)) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            to(&to(array, &micros)?, &DataType::Int64)
        }
        (_, other) => Err(format!("it is {other}")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use arrow::array::Date32Array;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;

    #[test]
    fn of_a_day_only_what_may_hold_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let days = Date32Array::from_iter_values((0..1000).map(|row| row / 10));
        let rows = RecordBatch::try_from_iter([("order_date", Arc::new(days) as ArrayRef)]);
        let rows = rows.unwrap();
        let small = WriterProperties::builder().set_max_row_group_row_count(Some(25));
        let file = File::create(dir.path().join("a.parquet")).unwrap();
        let mut writer = ArrowWriter::try_new(file, rows.schema(), Some(small.build())).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        let place = Location::from_path(dir.path()).unwrap();
        let columns = [("order_date", Kind::Date)];
        for (number, expected) in [(0, 10), (42, 10), (99, 10), (100, 0), (-1, 0)] {
            let day = Day::from_number(number).unwrap();
            let (mut found, mut read) = (0, 0);
            let only = ("order_date", day);
            let taken = read_day(&place, &columns, only, &Stop::never(), |_, rows| {
                let days = (0..rows.count()).filter_map(|row| rows.day(0, row));
                found += days.filter(|other| *other == day).count();
                read += rows.count();
                Ok(())
            });
            taken.unwrap();
            assert_eq!(found, expected, "{day}");
            assert!(read <= 50, "{day}: {read} rows");
        }
    }
}
