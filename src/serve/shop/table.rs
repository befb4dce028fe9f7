//! A table of a job, read once per change and kept as what is needed of it.
//!
//! Full files never change, and the newest grows by being replaced: so only that one is read
//! again.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::serve::stamps::{self, files};
use crate::signal::Stop;
use crate::source::rows::{self, Kind, Rows};
use crate::store::Location;

/// What is kept of the rows of a table. It must not grow with their number.
pub trait Digest: Default + Clone {
    /// The columns that are read.
    const COLUMNS: &'static [(&'static str, Kind)];

    /// Takes up rows; those of a file in its order, the oldest file first.
    fn take(&mut self, rows: &Rows);
}

/// A file in one state.
type Part = (PathBuf, u64);

/// What there is of a table.
#[derive(Debug)]
pub struct Table<D> {
    /// All files, the newest last.
    parts: Vec<Part>,
    /// Of all files but the newest.
    earlier: Arc<D>,
    /// Of all files.
    pub all: Arc<D>,
}

impl<D: Default> Default for Table<D> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            earlier: Arc::default(),
            all: Arc::default(),
        }
    }
}

impl<D> Clone for Table<D> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            earlier: Arc::clone(&self.earlier),
            all: Arc::clone(&self.all),
        }
    }
}

impl<D: Digest> Table<D> {
    /// Reads what changed in `folder` since `before`. A folder that is not there holds nothing.
    ///
    /// # Errors
    /// When a file cannot be read, or is none of this table.
    pub fn read(folder: &Path, before: Option<&Self>) -> Result<Self> {
        let files = files(folder, "parquet")?.into_iter();
        let parts: Vec<Part> = files.map(stamped).collect();
        if let Some(before) = before.filter(|before| before.parts == parts) {
            return Ok(before.clone());
        }
        let full = full(&parts);
        let known = before.filter(|before| full.starts_with(self::full(&before.parts)));
        let (mut earlier, read) = match known {
            Some(before) => (Arc::clone(&before.earlier), self::full(&before.parts).len()),
            None => (Arc::default(), 0),
        };
        for (path, _) in &full[read..] {
            take(path, Arc::make_mut(&mut earlier))?;
        }
        let mut all = Arc::clone(&earlier);
        if let Some((path, _)) = parts.last() {
            take(path, Arc::make_mut(&mut all))?;
        }
        Ok(Self {
            parts,
            earlier,
            all,
        })
    }

    /// Whether there are files.
    pub fn has_files(&self) -> bool {
        !self.parts.is_empty()
    }
}

fn stamped(path: PathBuf) -> Part {
    let mut hasher = DefaultHasher::new();
    stamps::stamp(&path, &mut hasher);
    (path, hasher.finish())
}

fn full(parts: &[Part]) -> &[Part] {
    parts.split_last().map_or(&[], |(_, full)| full)
}

fn take<D: Digest>(path: &Path, digest: &mut D) -> Result<()> {
    let place = Location::from_path(path)?;
    rows::read(&place, D::COLUMNS, &Stop::never(), |_, rows| {
        digest.take(rows);
        Ok(())
    })
}
