//! Rows that are too many for one answer: kept on the cluster, and asked for some at a time.
//!
//! A driver holds an answer until it is fetched, and refuses one that is larger than its
//! `spark.driver.maxResultSize`: 1 GiB, where nobody has set it. Then half as many are asked for.

use arrow::array::RecordBatch;

use super::rows::Rows;
use super::{Session, plan};
use crate::error::{Error, Result};
use crate::source::input::Input;

/// Rows of a slice at most. One at a time is held here.
const ROWS: i64 = 1 << 18;
/// What comes of input with fewer bytes is one answer. It may be compressed.
const LARGE: u64 = 32 << 20;
/// Below this bit of [`NUMBER`] is a row's place in its partition, above it that of the partition.
const PART: u32 = 33;
/// The column with a number that grows along the rows.
const NUMBER: &str = "slice_row";

/// Whether what comes of these inputs may be too much for one answer.
pub fn is_large(inputs: &[Input]) -> bool {
    inputs.iter().map(|input| input.entry.len).sum::<u64>() >= LARGE
}

/// Whether the driver has refused an answer for its size.
pub fn is_too_much(error: &Error) -> bool {
    matches!(error, Error::Server { what, .. } if what.contains("spark.driver.maxResultSize"))
}

impl Session {
    /// Runs a text, and hands its rows to `take` in their order, some at a time; those of large input
    /// are kept under a name for that. `watch` is told how many bytes have been read.
    ///
    /// # Errors
    /// When Spark refuses it, a signal came, or `take` fails.
    pub fn query_sized(
        &self,
        (name, is_large): (&str, bool),
        sql: &str,
        watch: &dyn Fn(u64),
        take: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        if !is_large {
            return self.query_watched(sql, watch, take);
        }
        let kept = self.keep_watched(name, sql, watch)?;
        self.slices(name, &format!("* EXCEPT ({NUMBER})"), take)?;
        self.forget(kept)
    }

    /// Hands columns of all rows that are kept under a name to `take`.
    ///
    /// # Errors
    /// As [`Session::query_sized`]; also when other rows come than were counted.
    pub fn slices(
        &self,
        name: &str,
        columns: &str,
        mut take: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let numbered = format!("{name}_numbered");
        let text = format!("SELECT *, monotonically_increasing_id() AS {NUMBER} FROM {name}");
        self.name(&numbered, plan::sql(&text))?;
        let text = format!(
            "SELECT shiftright({NUMBER}, {PART}) AS part, COUNT(*) AS records FROM {numbered} \
             GROUP BY ALL"
        );
        let mut parts = Vec::new();
        self.query(&text, |batch| {
            let rows = Rows::of(&batch);
            for row in 0..batch.num_rows() {
                let number = |name| Ok::<_, Error>(rows.number(name, row)?.unwrap_or_default());
                parts.push((number("part")?, number("records")?));
            }
            Ok(())
        })?;
        parts.sort_unstable();
        let (mut most, mut done) = (ROWS, 0);
        while let Some((from, to, count)) = slice(&parts, done, most) {
            let text = format!(
                "SELECT {columns} FROM {numbered} WHERE {NUMBER} BETWEEN {from}L AND {to}L"
            );
            // Whole, as some of it may come before the rest is refused.
            let mut batches = Vec::new();
            let came = self.query(&text, |batch| {
                batches.push(batch);
                Ok(())
            });
            match came {
                Err(e) if is_too_much(&e) && count > 1 => {
                    most = count / 2;
                    continue;
                }
                came => came?,
            }
            let came: usize = batches.iter().map(RecordBatch::num_rows).sum();
            if i64::try_from(came) != Ok(count) {
                let what = format!("Spark kept {count} rows of {name} and sent {came}");
                return Err(Error::Internal(what));
            }
            batches.into_iter().try_for_each(&mut take)?;
            done += count;
        }
        Ok(())
    }
}

/// The first and last number of the slice after so many rows, and how many it has, at most `most`; of
/// partitions with their rows, in order. None after the last row.
fn slice(parts: &[(i64, i64)], mut skipped: i64, most: i64) -> Option<(i64, i64, i64)> {
    let mut slice: Option<(i64, i64, i64)> = None;
    for (part, rows) in parts {
        let from = skipped.min(*rows);
        skipped -= from;
        let count = slice.map_or(0, |(_, _, count)| count);
        let some = (rows - from).min(most - count);
        if some > 0 {
            let first = (part << PART) + from;
            let begin = slice.map_or(first, |(begin, _, _)| begin);
            slice = Some((begin, first + some - 1, count + some));
        }
    }
    slice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_have_every_row_once_and_are_never_longer_than_that() {
        let part = |part: i64| part << PART;
        assert_eq!(slice(&[], 0, 10), None);
        assert_eq!(
            slice(&[(0, 0), (3, 2)], 0, 10),
            Some((part(3), part(3) + 1, 2))
        );
        let parts = [(0, 5), (1, 10), (4, 21)];
        let expected = [
            (0, 0, part(1) + 4, 10),
            (10, part(1) + 5, part(4) + 4, 10),
            (20, part(4) + 5, part(4) + 14, 10),
            (30, part(4) + 15, part(4) + 20, 6),
        ];
        for (done, from, to, count) in expected {
            assert_eq!(slice(&parts, done, 10), Some((from, to, count)));
        }
        assert_eq!(slice(&parts, 36, 10), None);
        assert_eq!(slice(&parts, 14, 1), Some((part(1) + 9, part(1) + 9, 1)));
    }
}
