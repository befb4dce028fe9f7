//! A Parquet file of this machine that is kept open.
//!
//! Whatever takes its name later, what is read of it is of the file that was opened: so rows can be
//! looked up when they are asked for, and are still those of the run that is shown.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{ChunkReader, Length};

use super::rows::{Kind, Rows, only};
use crate::error::{Error, Result};

/// Rows that are read at a time.
const BATCH: usize = 8192;

/// The file.
#[derive(Debug, Clone)]
pub struct Held {
    content: Content,
    metadata: ArrowReaderMetadata,
    place: String,
}

/// Its bytes, which several may read at a time: there is no common position.
#[derive(Debug, Clone)]
struct Content {
    file: Arc<File>,
    bytes: u64,
}

impl Held {
    /// Opens the file.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be opened, [`Error::Data`] when it is no Parquet.
    pub fn open(path: &Path) -> Result<Self> {
        let place = path.display().to_string();
        let failed = |e| Error::io("open", &place, e);
        let file = File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let content = Content {
            file: Arc::new(file),
            bytes,
        };
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&content, options);
        let metadata = metadata.map_err(|e| broken(&place, &e))?;
        Ok(Self {
            content,
            metadata,
            place,
        })
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.groups().map(|rows| rows.len()).sum()
    }

    /// The numbers of the rows of each row group.
    fn groups(&self) -> impl Iterator<Item = Range<usize>> {
        let groups = self.metadata.metadata().row_groups().iter();
        groups.scan(0, |next, group| {
            let first = *next;
            *next += usize::try_from(group.num_rows()).unwrap_or(0);
            Some(first..*next)
        })
    }

    /// Reads these columns of all rows.
    ///
    /// # Errors
    /// [`Error::Data`] when it is broken or has other columns; whatever `take` fails for.
    pub fn read(
        &self,
        columns: &[(&str, Kind)],
        take: impl FnMut(&Rows) -> Result<()>,
    ) -> Result<()> {
        self.run(self.builder(), columns, take)
    }

    /// Reads these columns of the rows with these numbers, which ascend.
    ///
    /// # Errors
    /// As [`Held::read`].
    pub fn select(
        &self,
        numbers: &[usize],
        columns: &[(&str, Kind)],
        take: impl FnMut(&Rows) -> Result<()>,
    ) -> Result<()> {
        // Groups of which no row is asked for are not touched.
        let (mut groups, mut ranges, mut before) = (Vec::new(), Vec::new(), 0);
        for (group, rows) in self.groups().enumerate() {
            let first = numbers.partition_point(|number| *number < rows.start);
            let end = numbers.partition_point(|number| *number < rows.end);
            if first == end {
                continue;
            }
            groups.push(group);
            for number in &numbers[first..end] {
                let at = before + number - rows.start;
                match ranges.last_mut() {
                    Some(Range { end, .. }) if *end == at => *end = at + 1,
                    _ => ranges.push(at..at + 1),
                }
            }
            before += rows.len();
        }
        let selection = RowSelection::from_consecutive_ranges(ranges.into_iter(), before);
        let builder = self.builder().with_row_groups(groups);
        self.run(builder.with_row_selection(selection), columns, take)
    }

    fn builder(&self) -> ParquetRecordBatchReaderBuilder<Content> {
        let (content, metadata) = (self.content.clone(), self.metadata.clone());
        ParquetRecordBatchReaderBuilder::new_with_metadata(content, metadata).with_batch_size(BATCH)
    }

    fn run(
        &self,
        builder: ParquetRecordBatchReaderBuilder<Content>,
        columns: &[(&str, Kind)],
        mut take: impl FnMut(&Rows) -> Result<()>,
    ) -> Result<()> {
        let broken = |e: &dyn std::fmt::Display| broken(&self.place, e);
        let builder = only(builder, columns).map_err(|e| broken(&e))?;
        for batch in builder.build().map_err(|e| broken(&e))? {
            let batch = batch.map_err(|e| broken(&e))?;
            take(&Rows::of(&batch, columns).map_err(|e| broken(&e))?)?;
        }
        Ok(())
    }
}

fn broken(place: &str, e: &dyn std::fmt::Display) -> Error {
    Error::data(place, format!("is no readable Parquet file of retail: {e}"))
}

impl Length for Content {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Content {
    type T = BufReader<Piece>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(BufReader::new(Piece {
            file: Arc::clone(&self.file),
            at: start,
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}

/// The bytes from a place on.
#[derive(Debug)]
struct Piece {
    file: Arc<File>,
    at: u64,
}

impl Read for Piece {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(into, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;

    /// A file of the numbers of its rows, each `times` as large, in small row groups.
    fn write(path: &Path, rows: i64, times: i64) {
        let numbers: Int64Array = (0..rows).map(|row| row * times).collect();
        let batch = RecordBatch::try_from_iter([("number", Arc::new(numbers) as ArrayRef)]);
        let batch = batch.unwrap();
        let small = WriterProperties::builder().set_max_row_group_row_count(Some(100));
        let small = small
            .set_data_page_row_count_limit(7)
            .set_write_batch_size(7);
        let file = File::create(path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(small.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    fn told(held: &Held, numbers: &[usize]) -> Vec<u64> {
        let mut told = Vec::new();
        let columns = [("number", Kind::Count)];
        let taken = held.select(numbers, &columns, |rows| {
            told.extend((0..rows.count()).filter_map(|row| rows.number(0, row)));
            Ok(())
        });
        taken.unwrap();
        told
    }

    #[test]
    fn rows_are_found_by_their_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        write(&path, 1050, 3);
        let held = Held::open(&path).unwrap();
        assert_eq!(held.rows(), 1050);
        for numbers in [
            vec![],
            vec![0],
            vec![1049],
            vec![99, 100],
            vec![5, 6, 7, 300, 305, 999],
            (0..1050).collect(),
            (0..1050).step_by(13).collect(),
        ] {
            let expected: Vec<u64> = numbers.iter().map(|number| *number as u64 * 3).collect();
            assert_eq!(told(&held, &numbers), expected);
        }
    }

    #[test]
    fn it_stays_the_file_that_was_opened() {
        let dir = tempfile::tempdir().unwrap();
        let (path, next) = (dir.path().join("a.parquet"), dir.path().join("next"));
        write(&path, 200, 1);
        let held = Held::open(&path).unwrap();
        write(&next, 200, 2);
        fs::rename(&next, &path).unwrap();
        assert_eq!(told(&held, &[150]), [150]);
        fs::remove_file(&path).unwrap();
        assert_eq!(told(&held, &[199]), [199]);
        let missing = vec![("other", Kind::Count)];
        assert!(held.read(&missing, |_| Ok(())).is_err());
        fs::write(&path, "no Parquet").unwrap();
        assert!(Held::open(&path).is_err());
    }
}
