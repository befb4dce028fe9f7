//! A Parquet file on its way to a store.

use std::io;

use parquet::errors::ParquetError;

use crate::error::Error;
use crate::store::{FileWrite, Location};

/// Counts what is written.
pub struct Counted {
    /// Where it goes.
    pub file: Box<dyn FileWrite>,
    /// Bytes so far.
    pub bytes: u64,
}

impl Counted {
    /// Nothing yet.
    pub fn new(file: Box<dyn FileWrite>) -> Self {
        Self { file, bytes: 0 }
    }
}

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The error of a file that could not be written.
pub fn failed(place: &Location, error: ParquetError) -> Error {
    match error {
        ParquetError::External(e) => match e.downcast::<io::Error>() {
            Ok(e) => Error::io("write", place, *e),
            Err(e) => Error::io("write", place, io::Error::other(e)),
        },
        e => Error::Internal(format!("{place}: {e}")),
    }
}
