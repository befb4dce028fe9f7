//! Closed rows in Parquet files, each row once.
//!
//! Rows gather in the newest file until it is of a useful size: it is written anew with the rows
//! to come, under a temporary name, and takes its place in one step after the commit that names
//! it. So a reader of the folder sees each row at most once at any moment, and the number of
//! files grows with the rows, not with time.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::record::Time;
use crate::source::parquet_file::ParquetFile;
use crate::store::{FileEntry, Kind, Location, Store};
use crate::stream::counted::{Counted, failed};
use crate::stream::window::Closed;

/// A file of so many rows is left alone.
const FULL: u64 = 1_000_000;
/// Rows that are encoded at a time.
const BATCH: usize = 65_536;

/// A file that is part of the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the folder.
    pub name: String,
    /// Rows in it.
    pub rows: u64,
    /// Its length in bytes.
    pub bytes: u64,
}

/// The files of the output, as a commit names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The files, the newest last.
    pub files: Vec<Part>,
    /// The temporary name of the newest, if it may not have taken its place yet.
    pub staged: Option<String>,
}

/// How rows stand in a file.
pub trait Layout {
    /// A row.
    type Row;

    /// The columns.
    fn schema(&self) -> SchemaRef;

    /// Rows as columns.
    ///
    /// # Errors
    /// When a value does not fit.
    fn batch(&self, rows: &[Self::Row]) -> Result<RecordBatch>;
}

/// Windows of products.
#[derive(Debug, Clone, Copy)]
pub struct Products {
    /// How long a window is, in microseconds.
    pub size: i64,
}

/// The output folder.
#[derive(Debug)]
pub struct Output<L = Products> {
    store: Arc<dyn Store>,
    folder: Location,
    layout: L,
    parts: Parts,
}

impl<L: Layout> Output<L> {
    /// The folder as the last commit left it: files that were committed take their places, what
    /// was not committed is removed.
    ///
    /// # Errors
    /// [`Error::Data`] when a committed file is missing or another, or data of others is there.
    pub fn open(store: Arc<dyn Store>, folder: Location, layout: L, parts: Parts) -> Result<Self> {
        let mut this = Self {
            store,
            folder,
            layout,
            parts,
        };
        this.store.make_dir_all(&this.folder)?;
        this.publish()?;
        let known = |name: &str| this.parts.files.iter().any(|part| part.name == name);
        for child in this.store.children(&this.folder)? {
            let name = child.name.to_string_lossy().into_owned();
            let place = this.folder.join(&name);
            if name.starts_with(".part-") && name.ends_with(".tmp") {
                this.store.remove_file(&place)?;
            } else if child.kind == Kind::File && name.ends_with(".parquet") && !known(&name) {
                return Err(Error::data(
                    place,
                    "is not of this checkpoint; begin anew with --fresh, or choose another \
                     --output",
                ));
            }
        }
        for part in &this.parts.files {
            let place = this.folder.join(&part.name);
            match this.store.stat(&place)? {
                Some(stat) if stat.len == part.bytes => {}
                Some(_) => {
                    let what = "is not the file that its checkpoint names; begin anew with --fresh";
                    return Err(Error::data(place, what));
                }
                None => {
                    let what =
                        "is missing, though its checkpoint names it; begin anew with --fresh";
                    return Err(Error::data(place, what));
                }
            }
        }
        Ok(this)
    }

    /// The folder.
    pub fn folder(&self) -> &Location {
        &self.folder
    }

    /// The files as they are now.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The files for the run record.
    pub fn entries(&self) -> Vec<FileEntry> {
        let files = self.parts.files.iter().map(|part| FileEntry {
            name: part.name.clone(),
            bytes: part.bytes,
        });
        files.collect()
    }

    /// Writes `rows` into a file that [`Output::publish`] will put in its place, and brings it
    /// to the disk.
    ///
    /// # Errors
    /// When the file cannot be written, or a sum does not fit.
    pub fn stage(&mut self, rows: &[L::Row]) -> Result<()> {
        let grown = self.parts.files.pop_if(|part| part.rows < FULL);
        let name = match &grown {
            Some(part) => part.name.clone(),
            None => format!("part-{:05}.parquet", self.parts.files.len()),
        };
        let number = self.parts.files.len();
        let before = grown.as_ref().map_or(0, |part| part.rows);
        let total = before + rows.len() as u64;
        // A name that no commit had: a file that was staged and never committed is not to be
        // taken for one that was.
        let staged = format!(".part-{number:05}.{total}.tmp");
        let outcome = self.write(&staged, grown.as_ref(), rows);
        let bytes = match outcome {
            Ok(bytes) => bytes,
            Err(e) => {
                self.parts.files.extend(grown);
                return Err(e);
            }
        };
        self.parts.files.push(Part {
            name,
            rows: total,
            bytes,
        });
        self.parts.staged = Some(staged);
        Ok(())
    }

    /// Writes `rows` into a file that takes the place of all there is; `number` is one that no
    /// earlier call had.
    ///
    /// # Errors
    /// As [`Output::stage`].
    pub fn stage_anew(&mut self, rows: &[L::Row], number: u64) -> Result<()> {
        let staged = format!(".part-00000.{number}.tmp");
        let bytes = self.write(&staged, None, rows)?;
        self.parts.files = vec![Part {
            name: "part-00000.parquet".to_owned(),
            rows: rows.len() as u64,
            bytes,
        }];
        self.parts.staged = Some(staged);
        Ok(())
    }

    fn write(&self, staged: &str, grown: Option<&Part>, rows: &[L::Row]) -> Result<u64> {
        let place = self.folder.join(staged);
        let file = Counted::new(self.store.create(&place)?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .build();
        let failed = |e| failed(&place, e);
        let schema = self.layout.schema();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties));
        let mut writer = writer.map_err(failed)?;
        if let Some(part) = grown {
            let earlier = self.folder.join(&part.name);
            let source = ParquetFile::at(Arc::clone(&self.store), earlier.clone(), part.bytes);
            let reader = ParquetRecordBatchReaderBuilder::try_new(source)
                .and_then(|builder| builder.with_batch_size(BATCH).build())
                .map_err(|e| Error::data(&earlier, format!("is no readable Parquet file: {e}")))?;
            for batch in reader {
                let batch = batch
                    .map_err(|e| Error::data(&earlier, format!("is no readable Parquet: {e}")))?;
                writer.write(&same(&batch, &schema)?).map_err(failed)?;
            }
        }
        for rows in rows.chunks(BATCH) {
            writer.write(&self.layout.batch(rows)?).map_err(failed)?;
        }
        let mut file = writer.into_inner().map_err(failed)?;
        file.file
            .sync()
            .map_err(|e| Error::io("write", &place, e))?;
        self.store.sync_dir(&self.folder)?;
        Ok(file.bytes)
    }

    /// Puts the staged file, which a commit names by now, in its place.
    ///
    /// # Errors
    /// When it cannot be renamed; the next start does it then.
    pub fn publish(&mut self) -> Result<()> {
        let (Some(staged), Some(part)) = (&self.parts.staged, self.parts.files.last()) else {
            return Ok(());
        };
        let from = self.folder.join(staged);
        if self.store.stat(&from)?.is_some() {
            self.store.rename(&from, &self.folder.join(&part.name))?;
            self.store.sync_dir(&self.folder)?;
        }
        self.parts.staged = None;
        Ok(())
    }
}

/// Money in Parquet.
pub(super) const MONEY: DataType = DataType::Decimal128(18, 4);

/// Instants in Parquet.
pub(super) fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

impl Layout for Products {
    type Row = Closed;

    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("product", DataType::Utf8, false),
            Field::new("revenue", MONEY, false),
            Field::new("window_start", instant(), false),
            Field::new("window_end", instant(), false),
        ]))
    }

    fn batch(&self, rows: &[Closed]) -> Result<RecordBatch> {
        let mut products = StringBuilder::new();
        let mut revenues = Decimal128Builder::new().with_data_type(MONEY);
        let mut starts = TimestampMicrosecondBuilder::new().with_data_type(instant());
        let mut ends = TimestampMicrosecondBuilder::new().with_data_type(instant());
        for row in rows {
            let product = String::from_utf8_lossy(&row.product);
            let what = || {
                let start = Time::from_micros(row.start).map(|time| time.to_string());
                format!("{} {product}", start.unwrap_or_default())
            };
            revenues.append_value(row.revenue.decimal_18_4(what)?);
            products.append_value(&product);
            starts.append_value(row.start);
            ends.append_value(row.start + self.size);
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(products.finish()),
            Arc::new(revenues.finish()),
            Arc::new(starts.finish()),
            Arc::new(ends.finish()),
        ];
        RecordBatch::try_new(self.schema(), columns)
            .map_err(|e| Error::Internal(format!("a batch of windows: {e}")))
    }
}

/// The batch of an earlier file under our schema.
fn same(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec())
        .map_err(|_| Error::Internal("an output file of another shape".to_owned()))
}
