//! Accepted records on their way to the analyses: Parquet files of a working folder, each of
//! some tens of thousands of records in order of their days.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, Date32Builder, Decimal128Builder, Int64Builder, RecordBatch,
    StringBuilder, TimestampMicrosecondBuilder, UInt32Array,
};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use twox_hash::XxHash3_128;

use super::line::Line;
use crate::batch::dedup::Place;
use crate::batch::write::parquet::MONEY;
use crate::error::{Error, Result};
use crate::record::{Day, Money};

/// Records of a file.
const ROWS: usize = 1 << 16;
/// Records that a reader of some days can skip as one, where a file has many days.
const FINE: usize = 1 << 13;

/// The texts of a record, in the order of their columns.
const NAMES: [&str; 10] = [
    "product",
    "store_id",
    "store_city",
    "category",
    "country",
    "order_id",
    "customer_id",
    "payment_method",
    "promotion_id",
    "original_order_id",
];

/// What the records of a day come to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// How many there are, restocks included.
    pub records: u64,
    /// The sum of the hashes of all, in any order; the same records at the same places in the same
    /// files have the same one.
    pub digest: u128,
}

impl Sum {
    fn extend(&mut self, other: Self) {
        self.records += other.records;
        self.digest = self.digest.wrapping_add(other.digest);
    }
}

/// What the records of a run tell.
#[derive(Debug, Default, Clone)]
pub struct Told {
    /// Records by day.
    pub days: BTreeMap<i32, Sum>,
    /// The first and the last day with a sale or return.
    pub span: Option<(i32, i32)>,
    /// The latest event time, in microseconds since 1970.
    pub latest: Option<i64>,
    /// Sales and returns that tell a text, in the order of [`NAMES`].
    texts: [u64; NAMES.len()],
}

impl Told {
    /// How many sales and returns tell the text of this column.
    pub fn texts(&self, column: &str) -> u64 {
        let at = NAMES.iter().position(|name| *name == column);
        at.and_then(|at| self.texts.get(at)).copied().unwrap_or(0)
    }

    /// Adds what another thread was told.
    pub fn extend(&mut self, other: Self) {
        for (day, sum) in other.days {
            self.days.entry(day).or_default().extend(sum);
        }
        let spans = self.span.into_iter().chain(other.span);
        self.span = spans.reduce(|(from, to), (first, last)| (from.min(first), to.max(last)));
        self.latest = self.latest.max(other.latest);
        for (mine, more) in self.texts.iter_mut().zip(other.texts) {
            *mine += more;
        }
    }
}

/// A file of records.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it is.
    pub path: PathBuf,
    /// Its first and last day.
    pub days: (i32, i32),
}

/// One thread's records on their way to files.
pub struct Spool {
    dir: PathBuf,
    number: usize,
    days: Date32Builder,
    times: TimestampMicrosecondBuilder,
    hours: Int64Builder,
    texts: [StringBuilder; NAMES.len()],
    kinds: StringBuilder,
    quantities: Decimal128Builder,
    prices: Decimal128Builder,
    amounts: Decimal128Builder,
    sources: Int64Builder,
    positions: Int64Builder,
    schema: SchemaRef,
    told: Told,
    parts: Vec<Part>,
    /// The paths of the inputs as their hashes.
    paths: Vec<u64>,
    /// The record that is being hashed.
    record: Vec<u8>,
}

impl Spool {
    /// Nothing yet of the inputs `paths`; files of this `thread` go to `dir`.
    pub fn new(dir: &Path, thread: usize, paths: &[String]) -> Self {
        let money = || Decimal128Builder::new().with_data_type(MONEY);
        Self {
            dir: dir.join(format!("lines-{thread}")),
            number: 0,
            days: Date32Builder::new(),
            times: TimestampMicrosecondBuilder::new(),
            hours: Int64Builder::new(),
            texts: std::array::from_fn(|_| StringBuilder::new()),
            kinds: StringBuilder::new(),
            quantities: money(),
            prices: money(),
            amounts: money(),
            sources: Int64Builder::new(),
            positions: Int64Builder::new(),
            schema: schema(),
            told: Told::default(),
            parts: Vec::new(),
            paths: paths
                .iter()
                .map(|path| XxHash3_128::oneshot(path.as_bytes()) as u64)
                .collect(),
            record: Vec::new(),
        }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add(&mut self, line: &Line<'_>) -> Result<()> {
        let entry = &line.entry;
        if !line.is_restock {
            let day = entry.day.number();
            let (from, to) = self.told.span.unwrap_or((day, day));
            self.told.span = Some((from.min(day), to.max(day)));
        }
        let digest = self.digest(line);
        self.told
            .days
            .entry(entry.day.number())
            .or_default()
            .extend(Sum { records: 1, digest });
        self.days.append_value(entry.day.number());
        self.times.append_value(line.micros);
        self.told.latest = self.told.latest.max(Some(line.micros));
        self.hours.append_option(entry.hour.map(i64::from));
        let own = [
            entry.product,
            entry.store,
            entry.store_city,
            entry.category,
            entry.country,
        ];
        let texts = own.into_iter().chain(line.texts);
        for (at, (column, text)) in self.texts.iter_mut().zip(texts).enumerate() {
            if text.is_empty() {
                column.append_null();
                continue;
            }
            let text = std::str::from_utf8(text)
                .map_err(|_| Error::Internal("a text is not UTF-8".to_owned()))?;
            column.append_value(text);
            self.told.texts[at] += u64::from(!line.is_restock);
        }
        self.kinds.append_value(match entry.is_return {
            _ if line.is_restock => "RESTOCK",
            true => "RETURN",
            false => "SALE",
        });
        let units = |money: Money| i128::from(money.units());
        self.quantities.append_option(entry.units.map(units));
        self.prices.append_option(line.unit_price.map(units));
        self.amounts.append_value(units(entry.money));
        self.sources.append_value(i64::from(line.place.source));
        self.positions.append_value(line.place.order.cast_signed());
        if self.days.len() >= ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// The hash of a record and its place. Inputs that come or go change the number of a source,
    /// but not its path.
    fn digest(&mut self, line: &Line<'_>) -> u128 {
        let at = line.place.source as usize;
        let path = self.paths.get(at).copied().unwrap_or_default();
        let place = Place {
            source: 0,
            ..line.place
        };
        self.record.clear();
        Line { place, ..*line }.encode(&mut self.record);
        XxHash3_128::oneshot_with_seed(path, &self.record)
    }

    /// What was told, and where the records are.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn finish(mut self) -> Result<(Told, Vec<Part>)> {
        self.flush()?;
        Ok((self.told, self.parts))
    }

    fn flush(&mut self) -> Result<()> {
        if self.days.is_empty() {
            return Ok(());
        }
        let days = self.days.finish();
        let (Some(&least), Some(&most)) = (days.values().iter().min(), days.values().iter().max())
        else {
            return Ok(());
        };
        let order = (!days.values().is_sorted()).then(|| {
            let mut order: Vec<u32> = (0..days.len() as u32).collect();
            order.sort_by_key(|&at| days.value(at as usize));
            UInt32Array::from(order)
        });
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(days),
            Arc::new(self.times.finish()),
            Arc::new(self.hours.finish()),
        ];
        for column in &mut self.texts {
            columns.push(Arc::new(column.finish()));
        }
        columns.push(Arc::new(self.kinds.finish()));
        for column in [&mut self.quantities, &mut self.prices, &mut self.amounts] {
            columns.push(Arc::new(column.finish()));
        }
        columns.push(Arc::new(self.sources.finish()));
        columns.push(Arc::new(self.positions.finish()));
        let internal = |e: &dyn std::fmt::Display| Error::Internal(format!("lines: {e}"));
        let mut rows =
            RecordBatch::try_new(self.schema.clone(), columns).map_err(|e| internal(&e))?;
        if let Some(order) = order {
            rows = take_record_batch(&rows, &order).map_err(|e| internal(&e))?;
        }
        let path = self.dir.with_extension(format!("{}.parquet", self.number));
        self.number += 1;
        let group = if most - least > 4 { FINE } else { ROWS };
        write(&path, &rows, group)?;
        self.parts.push(Part {
            path,
            days: (least, most),
        });
        Ok(())
    }
}

fn write(path: &Path, rows: &RecordBatch, group: usize) -> Result<()> {
    let failed = |e: std::io::Error| Error::io("write", path.display(), e);
    let file = File::create(path).map_err(failed)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(group))
        .build();
    let written = ArrowWriter::try_new(file, rows.schema(), Some(properties));
    let written = written.and_then(|mut writer| {
        writer.write(rows)?;
        writer.close()
    });
    written
        .map(drop)
        .map_err(|e| failed(std::io::Error::other(e)))
}

fn schema() -> SchemaRef {
    let field = |name: &str, kind: DataType| Field::new(name, kind, true);
    let mut fields = vec![
        field("order_date", DataType::Date32),
        field(
            "event_time",
            DataType::Timestamp(TimeUnit::Microsecond, None),
        ),
        field("hour", DataType::Int64),
    ];
    fields.extend(NAMES.map(|name| field(name, DataType::Utf8)));
    fields.extend([
        field("kind", DataType::Utf8),
        field("quantity", MONEY),
        field("unit_price", MONEY),
        field("amount", MONEY),
        field("source", DataType::Int64),
        field("position", DataType::Int64),
    ]);
    Arc::new(Schema::new(fields))
}

/// The days of a run that are analysed at a time: so many that their records fit in memory, and
/// that are all of one kind.
pub fn slices(days: &BTreeMap<i32, Sum>, most: u64, kind: impl Fn(i32) -> bool) -> Vec<(Day, Day)> {
    let mut slices: Vec<(i32, i32, u64)> = Vec::new();
    for (&day, sum) in days {
        match slices.last_mut() {
            Some((_, last, held)) if *held + sum.records <= most && kind(*last) == kind(day) => {
                *last = day;
                *held += sum.records;
            }
            _ => slices.push((day, day, sum.records)),
        }
    }
    let day = |number| Day::from_number(number).unwrap_or(Day::EPOCH);
    let slices = slices.into_iter();
    slices
        .map(|(first, last, _)| (day(first), day(last)))
        .collect()
}
