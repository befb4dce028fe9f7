//! The outputs of batch: Parquet by day, one CSV, the KPIs; and what breaks the sales down.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayBuilder, Decimal128Builder, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::batch::categories::Categories;
use crate::batch::measures::Line;
use crate::batch::products::Products;
use crate::batch::run::{Run, RunWriter};
use crate::batch::runs::Sums;
use crate::batch::write::parquet::{BATCH, MONEY, ParquetFile};
use crate::error::{Error, Result};
use crate::record::{Day, Total};
use crate::signal::Stop;
use crate::store::{Staged, StagedFile};

pub mod parquet;
pub mod products;
pub mod sales;

/// The one Parquet file of a folder.
const PART: &str = "part-00000.parquet";
/// What the distinct products and their categories may take before they go to disk.
const PRODUCTS_IN_MEMORY: usize = 24 << 20;

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

/// What is known when every day and product has been written once.
pub struct Written {
    /// What they add up to.
    pub figures: Figures,
    /// Every day and product again.
    pub lines: Run<Line>,
    /// The categories of the products.
    pub categories: Categories,
    /// No sum of any day and product is larger.
    pub reach: Total,
}

/// Writes every day and product, in order, to the Parquet and the CSV folder. Spills go to `dir`.
///
/// # Errors
/// When a file cannot be written, a spill not be read, or a sum does not fit.
pub fn daily(
    mut products: Products,
    parquet: &Staged,
    csv: &Staged,
    dir: &Path,
    stop: &Stop,
) -> Result<Written> {
    let (mut figures, mut reach) = (Figures::default(), Total::ZERO);
    let mut lines = CsvFile::create(csv, &["order_date", "product", "total_amount"])?;
    let mut day: Option<DayFile> = None;
    let mut again = RunWriter::create(dir)?;
    let mut records = Sums::<u64>::new(PRODUCTS_IN_MEMORY, dir);
    let mut named = |key: &[u8], count| {
        *records.value(Day::EPOCH, key) += count;
        records.fit()
    };
    while let Some(group) = products.next_group(&mut named)? {
        let file = match day.take() {
            Some(file) if file.day == group.day => day.insert(file),
            earlier => {
                earlier.map_or(Ok(()), DayFile::finish)?;
                stop.check()?;
                figures.days += 1;
                day.insert(DayFile::create(parquet, group.day)?)
            }
        };
        let (line, net) = (&group.value, group.value.net());
        figures.groups += 1;
        figures.grand_total += net;
        reach = reach.max(line.reach());
        let product = utf8(&group.key)?;
        let total = net.decimal_18_4(|| format!("{} {product}", file.date))?;
        lines.write(&[&file.date, product, &net.to_string()])?;
        file.add(product, total)?;
        again.push(group.day, &group.key, line)?;
    }
    day.map_or(Ok(()), DayFile::finish)?;
    lines.finish()?;
    let categories = Categories::of(records.into_runs(), dir)?;
    figures.products = categories.products();
    Ok(Written {
        figures,
        lines: again.finish()?,
        categories,
        reach,
    })
}

/// The text, of which cleaning let only UTF-8 pass.
fn utf8(text: &[u8]) -> Result<&str> {
    std::str::from_utf8(text).map_err(|_| Error::Internal("a text is not UTF-8".into()))
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
    file: ParquetFile,
    products: StringBuilder,
    totals: Decimal128Builder,
}

impl DayFile {
    fn create(folder: &Staged, day: Day) -> Result<Self> {
        let date = day.to_string();
        let name = format!("order_date={date}/{PART}");
        Ok(Self {
            day,
            date,
            file: ParquetFile::create(folder, &name, schema())?,
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
        self.file.write(vec![
            Arc::new(self.products.finish()),
            Arc::new(self.totals.finish()),
        ])
    }

    fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.file.finish()
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("product", DataType::Utf8, false),
        Field::new("total_amount", MONEY, false),
    ]))
}
