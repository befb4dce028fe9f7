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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::serve::shop::sums::Sums;
    use crate::store;
    use crate::stream::jobs::layout::Columns;
    use crate::stream::jobs::list::find;
    use crate::stream::jobs::row::{Cell, Row};
    use crate::stream::output::{Output, Parts};

    const MINUTE: i64 = 60_000_000;

    /// Windows from `from` to before `to`, each with one sale of 1.50.
    fn windows(from: i64, to: i64) -> Vec<Row> {
        let row = |minute: i64| {
            vec![
                Cell::Time(minute * MINUTE),
                Cell::Time((minute + 1) * MINUTE),
                Cell::Text("UK".into()),
                Cell::Text("Tea".into()),
                Cell::Decimal(15_000),
                Cell::Int(1),
                Cell::Decimal(15_000),
            ]
        };
        (from..to).map(row).collect()
    }

    /// Puts a file in its place, as the stream does.
    fn put(folder: &Path, name: &str, rows: &[Row]) {
        let aside = tempfile::tempdir_in(folder.parent().unwrap()).unwrap();
        let place = Location::from_path(aside.path()).unwrap();
        let table = &find("metrics").unwrap().spec.tables[0];
        let store = store::open(&place).unwrap();
        let mut output = Output::open(store, place, Columns(table), Parts::default()).unwrap();
        output.stage(rows).unwrap();
        output.publish().unwrap();
        let written = aside.path().join("part-00000.parquet");
        fs::rename(written, folder.join(name)).unwrap();
    }

    fn count(table: &Table<Sums>) -> u64 {
        let told = serde_json::to_value(table.all.told()).unwrap();
        told["total"]["all"]["count"].as_u64().unwrap_or_default()
    }

    #[test]
    fn only_the_newest_file_is_read_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("sales_metrics");
        let read = |before: Option<&Table<Sums>>| Table::<Sums>::read(&folder, before).unwrap();
        let none = read(None);
        assert_eq!(count(&none), 0);
        fs::create_dir(&folder).unwrap();
        put(&folder, "part-00000.parquet", &windows(0, 3));
        let one = read(Some(&none));
        assert_eq!(count(&one), 3);
        assert!(
            Arc::ptr_eq(&read(Some(&one)).all, &one.all),
            "nothing changed"
        );
        // It grows by being replaced, and a second file begins.
        put(&folder, "part-00000.parquet", &windows(0, 5));
        let grown = read(Some(&one));
        assert_eq!(count(&grown), 5);
        put(&folder, "part-00001.parquet", &windows(5, 7));
        let two = read(Some(&grown));
        assert_eq!(count(&two), 7);
        put(&folder, "part-00001.parquet", &windows(5, 9));
        let more = read(Some(&two));
        assert_eq!(count(&more), 9);
        assert!(
            Arc::ptr_eq(&more.earlier, &two.earlier),
            "the full file is known"
        );
        // Another run: nothing of the one before counts.
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        put(&folder, "part-00000.parquet", &windows(0, 2));
        assert_eq!(count(&read(Some(&more))), 2);
        fs::write(folder.join("part-00000.parquet"), "no Parquet").unwrap();
        assert!(Table::<Sums>::read(&folder, Some(&more)).is_err());
    }
}
