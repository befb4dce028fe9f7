//! The outputs of batch: Parquet by day, one CSV, the KPIs.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{ArrayBuilder, ArrayRef, Decimal128Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::batch::groups::Merge;
use crate::batch::runs::Sums;
use crate::error::{Error, Result};
use crate::record::{Day, Money, Total};
use crate::signal::Stop;
use crate::store::{Staged, StagedFile};

/// Rows of one day that are written at a time.
const BATCH: usize = 65_536;

/// What the groups add up to.
#[derive(Debug, Default)]
pub struct Figures {
    /// Σ over all groups.
    pub grand_total: Total,
    /// Distinct days.
    pub days: u64,
    /// Distinct products.
    pub products: u64,
    /// Groups.
    pub groups: u64,
}

/// Writes every group, in order, to the Parquet and the CSV folder; `products` is where the
/// distinct products are collected.
///
/// # Errors
/// When a file cannot be written, a spill not be read, or a sum does not fit.
pub fn groups(
    merge: &mut Merge,
    parquet: &Staged,
    csv: &Staged,
    mut products: Sums,
    stop: &Stop,
) -> Result<Figures> {
    let mut figures = Figures::default();
    let mut lines = CsvFile::create(csv, &["order_date", "product", "total_amount"])?;
    let mut day: Option<DayFile> = None;
    while let Some(group) = merge.next_group()? {
        let file = match day.take() {
            Some(file) if file.day == group.day => day.insert(file),
            earlier => {
                earlier.map_or(Ok(()), DayFile::finish)?;
                stop.check()?;
                figures.days += 1;
                day.insert(DayFile::create(parquet, group.day)?)
            }
        };
        figures.groups += 1;
        figures.grand_total += group.total;
        // Cleaning let only UTF-8 pass.
        let product = std::str::from_utf8(&group.product)
            .map_err(|_| Error::Internal("a product is not UTF-8".into()))?;
        let total = group
            .total
            .decimal_18_4(|| format!("{} {product}", file.date))?;
        lines.write(&[&file.date, product, &group.total.to_string()])?;
        file.add(product, total)?;
        products.add(Day::EPOCH, &group.product, Money::ZERO);
        products.fit()?;
    }
    day.map_or(Ok(()), DayFile::finish)?;
    lines.finish()?;
    let mut products = Merge::new(products.into_runs())?;
    while products.next_group()?.is_some() {
        figures.products += 1;
    }
    Ok(figures)
}

/// The file of rejects, made with the first of them.
pub struct RejectFile<'a> {
    folder: &'a Staged,
    file: Option<StagedFile>,
}

impl<'a> RejectFile<'a> {
    /// A file below `folder` that is not made yet.
    pub fn new(folder: &'a Staged) -> Self {
        Self { folder, file: None }
    }

    /// Ends the file, if there is one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<()> {
        self.file.map_or(Ok(()), |file| file.finish().map(drop))
    }
}

impl Write for RejectFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self
                .folder
                .create("_rejects/part-00000.jsonl")
                .map_err(io::Error::other)?,
        };
        self.file.insert(file).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Writes the one row of KPIs: `rows` counts the accepted records that are sales.
///
/// # Errors
/// When the file cannot be written.
pub fn kpis(folder: &Staged, figures: &Figures, rows: u64) -> Result<()> {
    let mut lines = CsvFile::create(folder, &["grand_total", "distinct_products", "rows"])?;
    lines.write(&[
        &figures.grand_total.to_string(),
        &figures.products.to_string(),
        &rows.to_string(),
    ])?;
    lines.finish()
}

/// The one file of a CSV folder.
struct CsvFile {
    place: String,
    writer: csv::Writer<StagedFile>,
}

impl CsvFile {
    fn create(folder: &Staged, header: &[&str]) -> Result<Self> {
        let file = folder.create("part-00000.csv")?;
        let mut this = Self {
            place: file.place().to_string(),
            writer: csv::Writer::from_writer(file),
        };
        this.write(header)?;
        Ok(this)
    }

    fn write(&mut self, fields: &[&str]) -> Result<()> {
        self.writer
            .write_record(fields)
            .map_err(|e| Error::io("write", &self.place, e.into()))
    }

    fn finish(self) -> Result<()> {
        let file = self
            .writer
            .into_inner()
            .map_err(|e| Error::io("write", &self.place, e.into_error()))?;
        file.finish().map(drop)
    }
}

/// The Parquet file of one day.
struct DayFile {
    day: Day,
    /// The day as text.
    date: String,
    place: String,
    writer: ArrowWriter<StagedFile>,
    products: StringBuilder,
    totals: Decimal128Builder,
}

impl DayFile {
    fn create(folder: &Staged, day: Day) -> Result<Self> {
        let date = day.to_string();
        let file = folder.create(&format!("order_date={date}/part-00000.parquet"))?;
        let place = file.place().to_string();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let writer = ArrowWriter::try_new(file, schema(), Some(properties))
            .map_err(|e| failed(&place, e))?;
        Ok(Self {
            day,
            date,
            place,
            writer,
            products: StringBuilder::new(),
            totals: Decimal128Builder::new().with_data_type(MONEY),
        })
    }

    /// Adds a product and its total in units of 1/10,000.
    fn add(&mut self, product: &str, total: i128) -> Result<()> {
        self.products.append_value(product);
        self.totals.append_value(total);
        if self.products.len() < BATCH {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<()> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.products.finish()),
            Arc::new(self.totals.finish()),
        ];
        let batch = RecordBatch::try_new(schema(), columns)
            .map_err(|e| Error::Internal(format!("a batch of totals: {e}")))?;
        self.writer
            .write(&batch)
            .map_err(|e| failed(&self.place, e))
    }

    fn finish(mut self) -> Result<()> {
        self.flush()?;
        let file = self
            .writer
            .into_inner()
            .map_err(|e| failed(&self.place, e))?;
        file.finish().map(drop)
    }
}

/// Money in Parquet.
const MONEY: DataType = DataType::Decimal128(18, 4);

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("product", DataType::Utf8, false),
        Field::new("total_amount", MONEY, false),
    ]))
}

fn failed(place: &str, error: ParquetError) -> Error {
    match error {
        ParquetError::External(e) => Error::io("write", place, io::Error::other(e)),
        e => Error::Internal(format!("{place}: {e}")),
    }
}
