//! Small files into large ones.

use std::ops::Range;
use std::sync::Arc;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::filling::{Filled, Filling};
use super::part::{Date, Part, Parts, path};
use crate::error::{Error, Result};
use crate::source::parquet_file::ParquetFile;
use crate::store::{Location, Store};

/// A date that is being written has so many mergeable files at most.
pub const MANY: usize = if cfg!(test) { 4 } else { 16 };
/// Rows that are copied at a time.
const BATCH: usize = 8_192;

/// Which neighbours of a date to merge: at least so many, into a file of at most so many bytes.
///
/// A file is taken with those behind it only where it is at most twice as long as they are
/// together. So a message is copied again only when its file grows by half, and the number of
/// files grows with the logarithm of their length.
pub fn choose(parts: &[Part], at_least: usize, most: u64) -> Option<Range<usize>> {
    for end in (at_least..=parts.len()).rev() {
        let (mut start, mut sum) = (end, 0);
        for part in parts[..end].iter().rev() {
            let is_small = sum == 0 || part.bytes <= 2 * sum;
            if !is_small || sum + part.bytes > most {
                break;
            }
            sum += part.bytes;
            start -= 1;
        }
        if end - start >= at_least {
            return Some(start..end);
        }
    }
    None
}

/// The next merge that is due: of a date that `written` names when it has many files, of another
/// when it has two.
pub fn next(parts: &Parts, written: &[Date], most: u64) -> Option<(Date, Vec<Part>)> {
    parts.dates().find_map(|date| {
        let at_least = if written.contains(&date) { MANY } else { 2 };
        let parts = parts.of(date);
        let chosen = choose(parts, at_least, most)?;
        Some((date, parts[chosen].to_vec()))
    })
}

/// Copies `parts`, in their order, into a new file under a temporary name.
///
/// # Errors
/// When it cannot be written; [`Error::Data`] when one of them is damaged.
pub fn merge(
    store: &Arc<dyn Store>,
    folder: &Location,
    (date, parts): (Date, &[Part]),
    (staging, name): (&Location, String),
) -> Result<Filled> {
    let mut file = Filling::begin(&**store, staging, name)?;
    for part in parts {
        let place = folder.join(&path(date, part));
        let damaged = |what: String| Error::data(&place, format!("is damaged: {what}"));
        let source = ParquetFile::at(Arc::clone(store), place.clone(), part.bytes);
        let reader = ParquetRecordBatchReaderBuilder::try_new(source)
            .and_then(|builder| builder.with_batch_size(BATCH).build())
            .map_err(|e| damaged(e.to_string()))?;
        let before = file.rows;
        for batch in reader {
            let batch = batch.map_err(|e| damaged(e.to_string()))?;
            file.write(&batch, batch.get_array_memory_size())?;
        }
        let found = file.rows - before;
        if found != part.rows {
            return Err(damaged(format!(
                "it holds {found} messages, not {}",
                part.rows
            )));
        }
    }
    let mut file = file.finish()?;
    file.settle()?;
    store.sync_dir(staging)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(lengths: &[u64]) -> Vec<Part> {
        let part = |(number, bytes): (usize, &u64)| Part {
            first: number as u32,
            last: number as u32,
            rows: 1,
            bytes: *bytes,
        };
        lengths.iter().enumerate().map(part).collect()
    }

    #[test]
    fn neighbours_of_like_length_are_merged() {
        for (lengths, at_least, expected) in [
            (&[][..], 2, None),
            (&[1], 2, None),
            (&[1, 1], 2, Some(0..2)),
            (&[1, 1], 3, None),
            (&[9, 1, 1, 1], 2, Some(1..4)),
            (&[6, 1, 1, 1], 2, Some(0..4)),
            (&[9, 3], 2, None),
            (&[1, 9], 2, Some(0..2)),
            (&[60, 60], 2, None),
            (&[1, 1, 100], 2, Some(0..2)),
            (&[200, 1, 1], 2, Some(1..3)),
        ] {
            assert_eq!(
                choose(&parts(lengths), at_least, 100),
                expected,
                "{lengths:?}"
            );
        }
    }

    /// However many files come, few are there, and each byte is copied a few times.
    #[test]
    fn the_work_is_bounded() {
        let (mut held, mut copied) = (Vec::new(), 0);
        for _ in 0..10_000 {
            held.extend([1]);
            while let Some(range) = choose(&parts(&held), 16, 4_000) {
                let sum: u64 = held[range.clone()].iter().sum();
                copied += sum;
                held.splice(range, [sum]);
            }
        }
        assert!(held.len() < 30, "{held:?}");
        assert!(copied < 80_000, "{copied}");
        assert_eq!(held.iter().sum::<u64>(), 10_000);
    }
}
