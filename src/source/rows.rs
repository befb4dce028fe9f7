//! Rows of Parquet outputs, column by column.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderBuilder, ParquetRecordBatchReaderBuilder};

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
        let builder = only(builder, columns).map_err(|e| broken(&e))?;
        let reader = builder.build().map_err(|e| broken(&e))?;
        for batch in reader {
            let batch = batch.map_err(|e| broken(&e))?;
            let rows = Rows::of(&batch, columns).map_err(|e| broken(&e))?;
            take(&entry, &rows)?;
        }
    }
    Ok(())
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
