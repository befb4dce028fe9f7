//! The records of some days as a table.

use std::hash::BuildHasher;
use std::path::Path;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};
use polars::prelude::{
    Column, DataFrame, DataType, Int32Chunked, LazyFrame, NamedFrom, PlRefPath, ScanArgsParquet,
    ScanSources, Series, col, lit,
};

use crate::analyses::leave_out::LeaveOut;
use crate::analyses::lines::Part;
use crate::error::{Error, Result};
use crate::record::Day;

/// How records are read.
#[derive(Debug)]
pub struct How<'a> {
    /// Which are left out.
    pub leave_out: &'a LeaveOut,
    /// The numbers of the products, in the order of their names.
    pub products: HashMap<String, i64>,
    /// Up to when events belong to the archive, in microseconds since 1970.
    pub watermark: i64,
    /// Any file of records, for the columns where there are no records.
    pub sample: Option<&'a Path>,
}

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// Reads the records of the days `from` to `to`, and gives each the number of its order: lines of
/// one day and store with the same order id are one order, and a line without one is an order of
/// its own.
///
/// # Errors
/// When a file cannot be read.
pub fn read(parts: &[Part], (from, to): (Day, Day), how: &How<'_>) -> Result<DataFrame> {
    let failed = |e: polars::error::PolarsError| Error::Internal(format!("lines: {e}"));
    let (from, to) = (from.number(), to.number());
    let touch = |part: &&Part| part.days.0 <= to && from <= part.days.1;
    let mut paths: Vec<&Path> = parts
        .iter()
        .filter(touch)
        .map(|part| part.path.as_path())
        .collect();
    let is_empty = paths.is_empty();
    if is_empty {
        paths.extend(how.sample);
    }
    let paths: Vec<_> = paths
        .into_iter()
        .map(|path| PlRefPath::try_from_path(path).map_err(failed))
        .collect::<Result<_>>()?;
    let args = ScanArgsParquet {
        glob: false,
        ..ScanArgsParquet::default()
    };
    let scan = LazyFrame::scan_parquet_sources(ScanSources::Paths(paths.into()), args);
    let day = |number: i32| lit(number).cast(DataType::Date);
    let wanted = col("order_date")
        .gt_eq(day(from))
        .and(col("order_date").lt_eq(day(to)))
        .and(lit(!is_empty));
    let mut rows = scan
        .map_err(failed)?
        .filter(wanted)
        .collect()
        .map_err(failed)?;
    rows.rechunk_mut_par();
    let days = rows.column("order_date").map_err(failed)?;
    let days = days.cast(&DataType::Int32).map_err(failed)?;
    let orders = orders(&rows, days.i32().map_err(failed)?).map_err(failed)?;
    let left_out = how.leave_out.of(&rows).map_err(failed)?;
    let products = rows.column("product").map_err(failed)?;
    let products = products.str().map_err(failed)?.iter();
    let products = products.map(|product| how.products.get(product?).copied());
    let products = Series::new("product_number".into(), products.collect::<Vec<_>>());
    let customers = rows.column("customer_id").map_err(failed)?;
    let customers = numbered(customers.str().map_err(failed)?.iter());
    let customers = Series::new("customer_number".into(), customers);
    let times = rows.column("event_time").map_err(failed)?;
    let micros = times.datetime().map_err(failed)?.physical().clone();
    let before = micros
        .iter()
        .map(|time| time.map(|time| time < how.watermark));
    let before = Series::new("is_before".into(), before.collect::<Vec<_>>());
    let hours = micros
        .iter()
        .map(|time| time.map(|time| time.div_euclid(HOUR) * HOUR));
    let hours = Series::new("hour_start".into(), hours.collect::<Vec<_>>());
    let hours = hours.cast(times.dtype()).map_err(failed)?;
    let day_number = days.cast(&DataType::Int64).map_err(failed)?;
    let more = [
        day_number.with_name("day_number".into()),
        Column::from(Series::new("order_key".into(), orders)),
        left_out,
        Column::from(products),
        Column::from(customers),
        Column::from(before),
        Column::from(hours),
    ];
    for column in more {
        rows.with_column(column).map_err(failed)?;
    }
    Ok(rows)
}

/// The orders of a day have numbers of this day alone, which no other day changes.
fn orders(rows: &DataFrame, days: &Int32Chunked) -> polars::prelude::PolarsResult<Vec<i64>> {
    let stores = rows.column("store_id")?.str()?;
    let ids = rows.column("order_id")?.str()?;
    let hasher = RandomState::default();
    let mut known: HashTable<(i32, &str, &str, i64)> = HashTable::new();
    let mut counts: HashMap<i32, i64> = HashMap::new();
    let mut next = |day: i32| {
        let count = counts.entry(day).or_default();
        *count += 1;
        (i64::from(day) << 32) + *count
    };
    let mut orders = Vec::with_capacity(rows.height());
    for ((day, store), id) in days.iter().zip(stores.iter()).zip(ids.iter()) {
        let day = day.unwrap_or_default();
        let Some(id) = id else {
            orders.push(next(day));
            continue;
        };
        let key = (day, store.unwrap_or_default(), id);
        let hash = |of: &(i32, &str, &str)| hasher.hash_one(of);
        let same = |known: &(i32, &str, &str, i64)| (known.0, known.1, known.2) == key;
        let number = match known.find(hash(&key), same) {
            Some(known) => known.3,
            None => {
                let number = next(day);
                let entry = (key.0, key.1, key.2, number);
                known.insert_unique(hash(&key), entry, |k| hash(&(k.0, k.1, k.2)));
                number
            }
        };
        orders.push(number);
    }
    Ok(orders)
}

/// Numbers texts by their first place: equal ones have the same number.
fn numbered<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Vec<Option<i64>> {
    let mut known: HashMap<&str, i64> = HashMap::new();
    let texts = texts.map(|text| {
        let next = known.len() as i64;
        Some(*known.entry(text?).or_insert(next))
    });
    texts.collect()
}
