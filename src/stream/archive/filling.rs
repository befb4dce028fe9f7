//! A file of an archive that is being filled.

use std::io::Write;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::error::{Error, Result};
use crate::source::archive::{KEY, OFFSET, TIMESTAMP, VALUE, schema};
use crate::store::{Location, Store};
use crate::stream::counted::{Counted, failed};

/// A row group holds so many bytes of messages: what a reader decodes at once.
const GROUP: usize = 32 << 20;

/// An open file under a temporary name.
pub struct Filling {
    /// Its temporary name.
    pub name: String,
    place: Location,
    writer: ArrowWriter<Counted>,
    /// Bytes of messages in the row group that is open.
    pub group: usize,
    /// Messages in it.
    pub rows: u64,
}

/// A file that is whole, and perhaps not on the disk yet.
pub struct Filled {
    /// Its temporary name.
    pub name: String,
    /// Messages in it.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    place: Location,
    file: Counted,
}

fn properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // The largest and the smallest value would help nobody.
        .set_column_dictionary_enabled(VALUE.into(), false)
        .set_column_statistics_enabled(VALUE.into(), EnabledStatistics::None)
        .set_column_statistics_enabled(KEY.into(), EnabledStatistics::None);
    for name in [OFFSET, TIMESTAMP] {
        let column = ColumnPath::from(name);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    properties.build()
}

impl Filling {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn begin(store: &dyn Store, folder: &Location, name: String) -> Result<Self> {
        let place = folder.join(&name);
        let file = Counted::new(store.create(&place)?);
        let writer = ArrowWriter::try_new(file, schema(), Some(properties()))
            .map_err(|e| failed(&place, e))?;
        Ok(Self {
            name,
            place,
            writer,
            group: 0,
            rows: 0,
        })
    }

    /// Adds messages that hold so many bytes; what is done with is written out and leaves
    /// `group`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, batch: &RecordBatch, bytes: usize) -> Result<()> {
        let written = self.writer.write(batch);
        written.map_err(|e| failed(&self.place, e))?;
        self.rows += batch.num_rows() as u64;
        self.group += bytes;
        if self.group >= GROUP {
            self.end_group()?;
        }
        Ok(())
    }

    /// Ends the row group, so that its memory is free.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end_group(&mut self) -> Result<()> {
        self.group = 0;
        self.writer.flush().map_err(|e| failed(&self.place, e))
    }

    /// How long the file will be at least.
    pub fn bytes(&self) -> u64 {
        (self.writer.bytes_written() + self.writer.in_progress_size()) as u64
    }

    /// Ends the file, and begins to bring it to the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<Filled> {
        let mut file = self
            .writer
            .into_inner()
            .map_err(|e| failed(&self.place, e))?;
        let begun = file.flush().and_then(|()| file.file.begin_sync());
        begun.map_err(|e| Error::io("write", &self.place, e))?;
        Ok(Filled {
            name: self.name,
            rows: self.rows,
            bytes: file.bytes,
            place: self.place,
            file,
        })
    }
}

impl Filled {
    /// Returns when it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn settle(&mut self) -> Result<()> {
        let synced = self.file.file.sync();
        synced.map_err(|e| Error::io("write", &self.place, e))
    }
}
