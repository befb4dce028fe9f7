//! A Parquet file of any store, for the `parquet` crate to read.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};

use crate::error::Error;
use crate::store::{Entry, FileRead, Location, Store};

/// A file of any store, read at the places that the footer names.
#[derive(Debug, Clone)]
pub struct ParquetFile {
    store: Arc<dyn Store>,
    location: Location,
    bytes: u64,
}

impl ParquetFile {
    /// The file that was listed as `entry`; it is opened when it is read.
    pub fn new(store: Arc<dyn Store>, entry: &Entry) -> Self {
        Self {
            store,
            location: entry.location.clone(),
            bytes: entry.len,
        }
    }

    /// The file at `location`, which is so long.
    pub fn at(store: Arc<dyn Store>, location: Location, bytes: u64) -> Self {
        Self {
            store,
            location,
            bytes,
        }
    }
}

/// Counts the row groups of a file, to hand them out one by one.
#[derive(Debug, Default)]
pub struct Groups {
    next: usize,
    next_row: u64,
}

impl Groups {
    /// The number of the next group and that of its first row; none behind the last.
    pub fn next(&mut self, of: &ParquetMetaData) -> Option<(usize, u64)> {
        let rows = of.row_groups().get(self.next)?.num_rows();
        let found = (self.next, self.next_row);
        self.next += 1;
        self.next_row += u64::try_from(rows).unwrap_or(0);
        Some(found)
    }
}

impl Length for ParquetFile {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for ParquetFile {
    type T = Box<dyn FileRead>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let external = |e: Error| ParquetError::External(Box::new(e));
        let mut file = self.store.open(&self.location).map_err(external)?;
        file.seek(SeekFrom::Start(start))?;
        Ok(file)
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let mut bytes = Vec::with_capacity(length);
        let read = self
            .get_read(start)?
            .take(length as u64)
            .read_to_end(&mut bytes)?;
        if read < length {
            let end = start + length as u64;
            return Err(ParquetError::EOF(format!(
                "the file ends before byte {end}"
            )));
        }
        Ok(bytes.into())
    }
}
