//! The tables of an analysis as Parquet and CSV.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

#[cfg(feature = "spark")]
use arrow::array::AsArray;
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
#[cfg(feature = "spark")]
use arrow::datatypes::Decimal128Type;
use arrow::datatypes::{DataType as Arrow, Field, Schema, TimeUnit};
use hashbrown::HashMap;
use polars::prelude::{DataFrame, DataType, PolarsError, TimeUnit as PolarsUnit};

use super::csv::Lines;
use super::days::broken;
use super::days::manifest::Written;
use super::report_json;
use super::spec::{Kind, Table};
use crate::batch::write::parquet::{BATCH, MONEY, ParquetFile, Source};
use crate::error::{Error, Result};
use crate::record::Total;
use crate::store::Staged;

/// A table that is being written.
pub struct Output {
    analysis: &'static str,
    table: &'static Table,
    parquet: ParquetFile,
    csv: Lines,
    rows: u64,
    /// The first rows.
    first: Option<Vec<ArrayRef>>,
    /// Where its days are, of a step over days.
    days: Written,
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
        let csv = Lines::create(table, folder)?;
        let days = Written {
            file: Written::name(analysis, table),
            header: csv.bytes(),
            days: Vec::new(),
        };
        Ok(Self {
            days,
            analysis,
            table,
            parquet,
            csv,
            rows: 0,
            first: None,
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
            self.put(columns)?;
        }
        Ok(())
    }

    /// Adds rows whose columns are those of the table, money as `DECIMAL(38,4)`.
    ///
    /// # Errors
    /// When a file cannot be written, or a sum leaves `DECIMAL(18,4)`.
    #[cfg(feature = "spark")]
    pub fn write_columns(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let (analysis, file) = (self.analysis, self.table.file);
        let named = self.table.columns.iter().zip(columns);
        let typed = named.map(|(column, values)| {
            let what = || format!("{analysis}/{file}, {}", column.name);
            let failed = |e| Error::Internal(format!("{}: {e}", what()));
            if column.kind == Kind::Money {
                let units = values.as_primitive_opt::<Decimal128Type>();
                for units in units.into_iter().flatten().flatten() {
                    Total::from_units(units).decimal_18_4(what)?;
                }
            }
            arrow::compute::cast(values, &kind(column.kind)).map_err(failed)
        });
        let columns: Vec<ArrayRef> = typed.collect::<Result<_>>()?;
        match columns.first().map_or(0, |column| column.len()) {
            0 => Ok(()),
            _ => self.put(columns),
        }
    }

    /// Adds rows of the types that are written.
    fn put(&mut self, columns: Vec<ArrayRef>) -> Result<()> {
        if self.analysis == report_json::ANALYSIS {
            self.first.get_or_insert_with(|| columns.clone());
        }
        let table = self.table;
        self.rows += columns.first().map_or(0, |column| column.len()) as u64;
        let (parquet, csv) = (&mut self.parquet, &mut self.csv);
        let lines = &columns;
        // Both encode for about the same time.
        thread::scope(|scope| {
            let wrote = scope.spawn(move || parquet.write(lines.clone()));
            let lines = csv.write(table, lines);
            let wrote = wrote.join();
            wrote.unwrap_or_else(|_| Err(Error::Internal("a writer panicked".to_owned())))?;
            lines
        })
    }

    /// Adds rows of some days, which come in their order.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub fn write_days(&mut self, rows: &DataFrame) -> Result<()> {
        let (analysis, file) = (self.analysis, self.table.file);
        let failed = |e: PolarsError| Error::Internal(format!("{analysis}/{file}: {e}"));
        let days = rows.column("day_number").map_err(failed)?;
        let days = days.cast(&DataType::Int64).map_err(failed)?;
        let days: Vec<i64> = days.i64().map_err(failed)?.iter().flatten().collect();
        let mut start = 0;
        for same in days.chunk_by(|a, b| a == b) {
            let (groups, bytes) = (self.parquet.end_group()?, self.csv.bytes());
            self.write(&rows.slice(start as i64, same.len()))?;
            start += same.len();
            let groups = self.parquet.end_group()? - groups;
            let day = same.first().and_then(|day| i32::try_from(*day).ok());
            let bytes = self.csv.bytes() - bytes;
            self.days.days.extend(day.map(|day| (day, groups, bytes)));
        }
        Ok(())
    }

    /// Takes days over from the files that an earlier run wrote.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn copy_days(&mut self, from: &mut Earlier, wanted: &[i32]) -> Result<()> {
        for day in wanted {
            // A day without rows of this table has none.
            let Some((groups, bytes)) = from.days.get(day).cloned() else {
                continue;
            };
            let count = groups.len();
            self.rows += self.parquet.copy(&from.parquet, groups)?;
            from.seek(bytes.start)?;
            self.csv.copy(&mut from.csv, bytes.end - bytes.start)?;
            self.days.days.push((*day, count, bytes.end - bytes.start));
        }
        Ok(())
    }

    /// Where its days are.
    pub fn days(&self) -> &Written {
        &self.days
    }

    /// Ends the files, of a run that began at `started`: how many rows there are.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn finish(self, folder: &Staged, started: &str) -> Result<u64> {
        if let Some(row) = &self.first {
            report_json::write(folder, self.table, row, started)?;
        }
        self.parquet.finish()?;
        self.csv.finish()?;
        Ok(self.rows)
    }
}

impl Written {
    /// What the files of a table are called.
    pub fn name(analysis: &str, table: &Table) -> String {
        format!("{analysis}/{}", table.file)
    }
}

/// The files of a table that an earlier run wrote.
pub struct Earlier {
    place: PathBuf,
    parquet: Source,
    csv: File,
    /// The row groups and bytes of CSV of a day.
    days: HashMap<i32, (Range<usize>, Range<u64>)>,
}

impl Earlier {
    /// The files below `folder`, with the days that are in them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn open(folder: &Path, written: &Written) -> Result<Self> {
        let path = folder.join(format!("{}.parquet", written.file));
        let parquet = Source::open(&path).map_err(|e| broken(&path, &e))?;
        let place = folder.join(format!("{}.csv", written.file));
        let csv = File::open(&place).map_err(|e| Error::io("open", place.display(), e))?;
        let (mut group, mut byte) = (0, written.header);
        let days = written.days.iter().map(|&(day, groups, bytes)| {
            let here = (group..group + groups, byte..byte + bytes);
            (group, byte) = (here.0.end, here.1.end);
            (day, here)
        });
        let days = days.collect();
        Ok(Self {
            place,
            parquet,
            csv,
            days,
        })
    }

    /// Moves to a byte of the CSV.
    fn seek(&mut self, to: u64) -> Result<()> {
        let moved = self.csv.seek(SeekFrom::Start(to));
        moved
            .map(drop)
            .map_err(|e| Error::io("read", self.place.display(), e))
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
