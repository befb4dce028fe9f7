//! Rows of Parquet outputs, column by column.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::{Error, Result};
use crate::record::Money;
use crate::signal::Stop;
use crate::source::parquet_file::ParquetFile;
use crate::store::{self, Entry, Location};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// `DECIMAL(18,4)`.
    Money,
    /// A timestamp; given in microseconds since the epoch.
    Time,
}

/// The columns of some rows, in the order asked for; no value is null.
pub struct Rows {
    columns: Vec<ArrayRef>,
}

impl Rows {
    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.columns.first().map_or(0, Array::len)
    }

    /// A text of a column of [`Kind::Text`].
    pub fn text(&self, column: usize, row: usize) -> &str {
        self.columns[column].as_string::<i32>().value(row)
    }

    /// An amount of a column of [`Kind::Money`]; none when it has too many digits.
    pub fn money(&self, column: usize, row: usize) -> Option<Money> {
        let units = self.columns[column].as_primitive::<Decimal128Type>();
        Money::from_units(i64::try_from(units.value(row)).ok()?)
    }

    /// A time of a column of [`Kind::Time`].
    pub fn micros(&self, column: usize, row: usize) -> i64 {
        self.columns[column].as_primitive::<Int64Type>().value(row)
    }
}

/// Reads the `columns` of every Parquet file below `folder`, some rows at a time; names that
/// begin with `_` or `.` are no data.
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
        let mut roots = Vec::with_capacity(columns.len());
        for (name, _) in columns {
            let found = builder.schema().index_of(name);
            roots.push(found.map_err(|e| broken(&e))?);
        }
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = builder.with_projection(mask).build();
        for batch in reader.map_err(|e| broken(&e))? {
            let batch = batch.map_err(|e| broken(&e))?;
            let column = |(name, kind): &(&str, Kind)| {
                let missing = || format!("it has no column {name}");
                let array = batch.column_by_name(name).ok_or_else(missing)?;
                as_kind(array, *kind).map_err(|e| format!("column {name}: {e}"))
            };
            let columns: Result<_, String> = columns.iter().map(column).collect();
            let columns = columns.map_err(|e| broken(&e))?;
            take(&entry, &Rows { columns })?;
        }
    }
    Ok(())
}

fn as_kind(array: &ArrayRef, kind: Kind) -> Result<ArrayRef, String> {
    if array.null_count() > 0 {
        return Err("a value is missing".to_owned());
    }
    let to = |array: &ArrayRef, kind: &DataType| cast(array, kind).map_err(|e| e.to_string());
    match (kind, array.data_type()) {
        (Kind::Text, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => {
            to(array, &DataType::Utf8)
        }
        (Kind::Money, DataType::Decimal128(18, 4)) => Ok(array.clone()),
        (Kind::Time, DataType::Timestamp(_, zone)) => {
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            to(&to(array, &micros)?, &DataType::Int64)
        }
        (_, other) => Err(format!("it is {other}")),
    }
}
