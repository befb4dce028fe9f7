//! What `batch` wrote, brought to databases: each table as a whole.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::SchemaRef;
use arrow::util::display::FormatOptions;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;

use super::ahead::Ahead;
use super::client::{patience, patiently};
use super::{Address, Shape, Sink, Table, catalog, open};
use crate::analyses::spec::Analysis;
use crate::batch::FOLDERS;
use crate::error::{Error, Result};
use crate::record::Total;
use crate::signal::Stop;
use crate::source::parquet_file::ParquetFile;
use crate::store::{self, Location, RunRecord};

/// Rows that are sent at a time.
pub const LOT: usize = 131_072;

/// What does not fit is an error, never null.
const EXACT: CastOptions<'static> = CastOptions {
    safe: false,
    format_options: FormatOptions::new(),
};

/// What came of an output.
#[derive(Debug, Clone, Serialize)]
pub struct Loaded {
    /// Where, without secrets.
    pub address: String,
    /// Tables that were replaced.
    pub tables: usize,
    /// Rows in them.
    pub rows: u64,
}

/// What is to be brought.
pub struct Load<'a> {
    /// The output of the run.
    pub output: &'a Location,
    /// The run that wrote it.
    pub run: &'a str,
    /// The analyses that were done.
    pub analyses: Vec<&'static Analysis>,
    /// Their figures.
    pub kpis: (Total, u64, u64),
}

/// A table and where it stands.
struct Source {
    shape: Shape,
    files: Vec<ParquetFile>,
    /// The columns of the file that the table has, if not all under their names.
    columns: Option<&'static [&'static str]>,
}

/// The databases at these addresses, asked whether they take what will come: before a run works for
/// an hour.
///
/// # Errors
/// As [`open()`], and when one does not answer or would refuse.
pub fn connect(addresses: &[Address], shapes: &[Shape], stop: &Stop) -> Result<Vec<Box<dyn Sink>>> {
    let mut sinks = Vec::new();
    for address in addresses {
        let mut sink = open(address)?;
        for shape in shapes {
            patiently(stop, patience(), || sink.ensure(shape, stop))?;
        }
        sinks.push(sink);
    }
    Ok(sinks)
}

/// The tables that a run with these analyses writes.
pub fn shapes(analyses: &[&'static Analysis]) -> Vec<Shape> {
    let mut shapes = vec![
        catalog::daily(),
        catalog::products(),
        catalog::breakdown(),
        catalog::kpis(),
    ];
    for analysis in analyses {
        let tables = analysis.tables.iter();
        shapes.extend(tables.map(|table| catalog::of_analysis(analysis, table)));
    }
    shapes
}

impl Load<'_> {
    /// Brings everything to a database.
    ///
    /// # Errors
    /// When the database refuses, or does not answer for a while; and [`Error::Busy`] when
    /// another run has replaced the output meanwhile, whose rows are then the ones that count.
    pub fn bring(&self, sink: &mut dyn Sink, stop: &Stop) -> Result<Loaded> {
        let sources = self.sources()?;
        let tables = || {
            let mut tables = vec![self.kpis()?];
            for source in &sources {
                tables.push(source.table()?);
            }
            // Nothing is said to count that another run has replaced meanwhile.
            let last = tables.pop().map(|table| {
                let rows = table
                    .rows
                    .chain(std::iter::from_fn(|| self.still().err().map(Err)));
                Table {
                    shape: table.shape,
                    rows: Box::new(rows),
                }
            });
            tables.extend(last);
            Ok(tables)
        };
        let done = patiently(stop, patience(), || sink.replace(self.run, &tables, stop))?;
        Ok(Loaded {
            address: sink.place(),
            tables: done.len(),
            rows: done.iter().map(|(_, rows)| rows).sum(),
        })
    }

    /// Whether the output is still of this run.
    fn still(&self) -> Result<()> {
        let folder = self.output.join(FOLDERS[0]);
        let record = RunRecord::read(&folder)?;
        match record.is_some_and(|record| record.run_id == self.run) {
            true => Ok(()),
            false => Err(Error::Busy {
                place: self.output.to_string(),
                what: "another run has replaced it while it was brought to a database; run again"
                    .to_owned(),
            }),
        }
    }

    fn sources(&self) -> Result<Vec<Source>> {
        let products = self.output.join(FOLDERS[4]);
        let daily = &["order_date", "product", "net"];
        let mut sources = vec![
            Source::folder(catalog::daily(), &products, Some(daily))?,
            Source::folder(catalog::products(), &products, None)?,
            Source::folder(catalog::breakdown(), &self.output.join(FOLDERS[3]), None)?,
        ];
        for analysis in &self.analyses {
            let folder = analysis.folder(self.output);
            for table in analysis.tables {
                let file = folder.join(&format!("{}.parquet", table.file));
                let shape = catalog::of_analysis(analysis, table);
                sources.push(Source::file(shape, &file)?);
            }
        }
        Ok(sources)
    }

    fn kpis(&self) -> Result<Table<'static>> {
        let (total, products, rows) = self.kpis;
        let total = Decimal128Array::from(vec![total.units()]).with_precision_and_scale(38, 4);
        let total = total.map_err(|e| Error::Internal(format!("the grand total: {e}")))?;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(total),
            Arc::new(Int64Array::from(vec![products.cast_signed()])),
            Arc::new(Int64Array::from(vec![rows.cast_signed()])),
        ];
        let shape = catalog::kpis();
        let batch = RecordBatch::try_new(Arc::new(shape.schema()), columns);
        let batch = batch.map_err(|e| Error::Internal(format!("the KPIs: {e}")))?;
        Ok(Table {
            shape,
            rows: Box::new(std::iter::once(Ok(batch))),
        })
    }
}

impl Source {
    fn folder(
        shape: Shape,
        folder: &Location,
        columns: Option<&'static [&'static str]>,
    ) -> Result<Self> {
        let store = store::open(folder)?;
        let found = store.list(folder)?;
        let parts = found
            .iter()
            .filter(|entry| entry.path.ends_with(".parquet"));
        let files = parts.map(|entry| ParquetFile::new(Arc::clone(&store), entry));
        Ok(Self {
            shape,
            files: files.collect(),
            columns,
        })
    }

    /// A single file; a table that was left out has none, and no rows.
    fn file(shape: Shape, place: &Location) -> Result<Self> {
        let store = store::open(place)?;
        let found = store.stat(place)?;
        let file = found.map(|found| ParquetFile::at(store, place.clone(), found.len));
        Ok(Self {
            shape,
            files: file.into_iter().collect(),
            columns: None,
        })
    }

    fn table(&self) -> Result<Table<'_>> {
        let schema = Arc::new(self.shape.schema());
        let rows = self.files.iter().flat_map(move |file| {
            let schema = Arc::clone(&schema);
            let read = read(file, 0);
            let (reader, failed) = match read {
                Ok(reader) => (Some(reader), None),
                Err(e) => (None, Some(Err(e))),
            };
            let names = self.columns;
            let rows = reader.into_iter().flatten();
            let rows = rows.map(move |batch| fitted(&batch?, names, &schema));
            rows.chain(failed)
        });
        Ok(Table {
            shape: self.shape.clone(),
            rows: Box::new(rows),
        })
    }
}

/// The rows of a file behind the first `skip`.
///
/// # Errors
/// When it cannot be read.
pub fn read(file: &ParquetFile, skip: usize) -> Result<Ahead> {
    let unreadable = |e: &dyn std::fmt::Display| Error::Data {
        place: "an output file".to_owned(),
        what: format!("is no readable Parquet: {e}"),
    };
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file.clone()).map_err(|e| unreadable(&e))?;
    let reader = builder.with_batch_size(LOT).with_offset(skip).build();
    let reader = reader.map_err(|e| unreadable(&e))?;
    Ahead::of(reader.map(move |batch| batch.map_err(|e| unreadable(&e))))
}

/// Rows under the schema of their table.
fn fitted(batch: &RecordBatch, names: Option<&[&str]>, schema: &SchemaRef) -> Result<RecordBatch> {
    let wrong = |e: &dyn std::fmt::Display| Error::Internal(format!("an output's columns: {e}"));
    let columns = schema.fields().iter().enumerate().map(|(number, field)| {
        let name = names.map_or(field.name().as_str(), |names| names[number]);
        let column = batch.column_by_name(name);
        let column = column.ok_or_else(|| wrong(&format!("{name} is missing")))?;
        match (column.data_type(), field.data_type()) {
            (is, wanted) if is == wanted => Ok(Arc::clone(column)),
            (_, wanted) => cast_with_options(column, wanted, &EXACT).map_err(|e| wrong(&e)),
        }
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|e| wrong(&e))
}
