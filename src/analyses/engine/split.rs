//! Rows that wait until all those of a key can be looked at together, in memory or in files.

use std::fs::File;
use std::hash::BuildHasher;
use std::path::{Path, PathBuf};

use foldhash::fast::FixedState;
use polars::prelude::{
    DataFrame, DataType, IdxCa, IdxSize, NamedFrom, ParquetCompression, ParquetReader,
    ParquetWriter, PolarsResult, SerReader,
};

use crate::error::{Error, Result};

/// Rows of all parts that are kept in memory before they go to files.
const HELD: usize = 1 << 19;

/// Rows spread over parts by the value of a column.
pub struct Split {
    step: &'static str,
    column: &'static str,
    dir: PathBuf,
    parts: Vec<Part>,
    /// The columns, where there are no rows.
    empty: Option<DataFrame>,
    /// Rows in memory.
    rows: usize,
    /// How many these may be.
    most: usize,
}

#[derive(Default)]
struct Part {
    held: Vec<DataFrame>,
    files: Vec<PathBuf>,
}

impl Split {
    /// Nothing yet; rows of `step` will be spread over so many parts by `column`.
    pub fn new(step: &'static str, column: &'static str, parts: usize, dir: &Path) -> Self {
        Self {
            step,
            column,
            dir: dir.to_owned(),
            parts: (0..parts.max(1)).map(|_| Part::default()).collect(),
            empty: None,
            rows: 0,
            most: HELD,
        }
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add(&mut self, rows: DataFrame) -> Result<()> {
        self.empty.get_or_insert_with(|| rows.clear());
        if let [only] = &mut self.parts[..] {
            only.held.push(rows);
            return Ok(());
        }
        let failed = |e| Error::Internal(format!("{}: {e}", self.step));
        for (part, indexes) in spread(&rows, self.column, self.parts.len())
            .map_err(failed)?
            .into_iter()
            .enumerate()
        {
            let indexes = IdxCa::new("".into(), indexes);
            let own = rows.take(&indexes).map_err(failed)?;
            if own.height() > 0 {
                self.rows += own.height();
                self.parts[part].held.push(own);
            }
        }
        match self.rows < self.most {
            true => Ok(()),
            false => self.spill(),
        }
    }

    /// Moves all rows to files, one of each part.
    fn spill(&mut self) -> Result<()> {
        let failed = |e| Error::Internal(format!("{}: {e}", self.step));
        for (number, part) in self.parts.iter_mut().enumerate() {
            if part.held.is_empty() {
                continue;
            }
            let name = format!("{}-{number}-{}", self.step, part.files.len());
            let path = self.dir.join(name);
            let mut rows = join(std::mem::take(&mut part.held)).map_err(failed)?;
            write(&path, &mut rows)?;
            part.files.push(path);
        }
        self.rows = 0;
        Ok(())
    }

    /// The rows of a part, once.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn part(&self, number: usize) -> Result<DataFrame> {
        let failed = |e| Error::Internal(format!("{}: {e}", self.step));
        let mut frames = Vec::new();
        let part = self.parts.get(number);
        for path in part.map_or(&[][..], |part| &part.files) {
            let file = File::open(path).map_err(|e| Error::io("open", path.display(), e))?;
            frames.push(ParquetReader::new(file).finish().map_err(failed)?);
        }
        frames.extend(part.map_or_else(Vec::new, |part| part.held.clone()));
        match frames.is_empty() {
            true => self.empty.clone().ok_or_else(|| failed(none())),
            false => join(frames).map_err(failed),
        }
    }
}

fn none() -> polars::error::PolarsError {
    polars::error::PolarsError::NoData("it was not computed".into())
}

/// Puts frames behind each other.
///
/// # Errors
/// When their columns differ, or there is none.
pub fn join(frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    let mut frames = frames.into_iter();
    let mut all = frames.next().ok_or_else(none)?;
    for frame in frames {
        all.vstack_mut_owned(frame)?;
    }
    Ok(all)
}

/// The rows of each part by the hash of a text or number.
fn spread(rows: &DataFrame, column: &str, parts: usize) -> PolarsResult<Vec<Vec<IdxSize>>> {
    let hasher = FixedState::default();
    let mut found = vec![Vec::new(); parts];
    let keys = rows.column(column)?;
    let mut put = |at: usize, hash: u64| {
        // The top bits: tables within a part use the low ones.
        let part = ((u128::from(hash) * parts as u128) >> 64) as usize;
        found[part].push(at as IdxSize);
    };
    match keys.str() {
        Ok(texts) => {
            let hashes = texts
                .iter()
                .map(|text| hasher.hash_one(text.unwrap_or_default()));
            hashes.enumerate().for_each(|(at, hash)| put(at, hash));
        }
        Err(_) => {
            let numbers = keys.cast(&DataType::Int64)?;
            let hashes = numbers.i64()?.iter().map(|number| hasher.hash_one(number));
            hashes.enumerate().for_each(|(at, hash)| put(at, hash));
        }
    }
    Ok(found)
}

fn write(path: &Path, rows: &mut DataFrame) -> Result<()> {
    let failed = |e: std::io::Error| Error::io("write", path.display(), e);
    let file = File::create(path).map_err(failed)?;
    let writer = ParquetWriter::new(file).with_compression(ParquetCompression::Snappy);
    let written = writer.finish(rows);
    written
        .map(drop)
        .map_err(|e| failed(std::io::Error::other(e)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::{Column, Series};
    use std::collections::HashMap;

    fn frame(keys: &[Option<&str>], numbers: &[i64]) -> DataFrame {
        let columns = vec![
            Column::from(Series::new("key".into(), keys)),
            Column::from(Series::new("number".into(), numbers)),
        ];
        DataFrame::new(keys.len(), columns).expect("a table")
    }

    #[test]
    fn every_row_comes_back_once_and_those_of_a_key_together() {
        let dir = tempfile::tempdir().expect("a folder");
        for (column, parts, most) in [
            ("key", 1, 9),
            ("key", 7, 9),
            ("key", 7, 9_000),
            ("number", 5, 40),
        ] {
            let mut split = Split::new("test", column, parts, dir.path());
            split.most = most;
            let mut expected = Vec::new();
            for round in 0..50_i64 {
                let texts: Vec<String> =
                    (0..20).map(|i| format!("k{}", (i * round) % 13)).collect();
                let keys: Vec<_> = texts.iter().map(|text| Some(text.as_str())).collect();
                let numbers: Vec<i64> = (0..20).map(|i| i % 4 + round % 3).collect();
                expected.extend(texts.iter().cloned().zip(numbers.iter().copied()));
                split.add(frame(&keys, &numbers)).expect("added");
            }
            let mut found = Vec::new();
            let mut homes: HashMap<String, usize> = HashMap::new();
            for part in 0..split.parts() {
                let rows = split.part(part).expect("read");
                let keys = rows
                    .column("key")
                    .expect("keys")
                    .str()
                    .expect("texts")
                    .clone();
                let numbers = rows
                    .column("number")
                    .expect("numbers")
                    .i64()
                    .expect("numbers")
                    .clone();
                for (key, number) in keys.iter().zip(numbers.iter()) {
                    let (key, number) = (key.expect("a key").to_owned(), number.expect("a number"));
                    let home = if column == "key" {
                        key.clone()
                    } else {
                        number.to_string()
                    };
                    assert_eq!(*homes.entry(home).or_insert(part), part);
                    found.push((key, number));
                }
            }
            expected.sort();
            found.sort();
            assert_eq!(found, expected);
            for entry in std::fs::read_dir(dir.path()).expect("a folder") {
                std::fs::remove_file(entry.expect("a file").path()).expect("removed");
            }
        }
    }

    #[test]
    fn without_rows_the_columns_are_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut split = Split::new("test", "key", 3, dir.path());
        split.add(frame(&[], &[])).expect("added");
        let rows = split.part(2).expect("read");
        assert_eq!((rows.height(), rows.width()), (0, 2));
    }
}
