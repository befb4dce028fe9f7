//! Rows that are too many for one answer: kept on the cluster, and asked for some at a time.
//!
//! A driver holds an answer until it is fetched, and refuses one that is larger than its
//! `spark.driver.maxResultSize`: 1 GiB, where nobody has set it.

use arrow::array::RecordBatch;

use super::rows::Rows;
use super::{Session, plan};
use crate::error::{Error, Result};
use crate::source::input::Input;

/// Rows of a slice: a gibibyte where each has 4 KiB.
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
        for (from, to, expected) in slices(&parts) {
            let text = format!(
                "SELECT {columns} FROM {numbered} WHERE {NUMBER} BETWEEN {from}L AND {to}L"
            );
            let mut came = 0;
            self.query(&text, |batch| {
                came += batch.num_rows();
                take(batch)
            })?;
            if i64::try_from(came) != Ok(expected) {
                let what = format!("Spark kept {expected} rows of {name} and sent {came}");
                return Err(Error::Internal(what));
            }
        }
        Ok(())
    }
}

/// The first and last number of every slice, and how many rows it has; of partitions with their rows,
/// in order.
fn slices(parts: &[(i64, i64)]) -> Vec<(i64, i64, i64)> {
    let mut slices: Vec<(i64, i64, i64)> = Vec::new();
    for (part, rows) in parts {
        let base = part << PART;
        let mut at = 0;
        while at < *rows {
            let last = slices.last_mut().filter(|(_, _, count)| *count < ROWS);
            let room = last.as_ref().map_or(ROWS, |(_, _, count)| ROWS - count);
            let some = room.min(rows - at);
            let to = base + at + some - 1;
            match last {
                Some(slice) => *slice = (slice.0, to, slice.2 + some),
                None => slices.push((base + at, to, some)),
            }
            at += some;
        }
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_have_every_row_once_and_are_never_longer_than_that() {
        let part = |part: i64| part << PART;
        assert_eq!(slices(&[]), []);
        assert_eq!(slices(&[(0, 0), (3, 2)]), [(part(3), part(3) + 1, 2)]);
        let some = slices(&[(0, 5), (1, ROWS), (2, 2 * ROWS + 1)]);
        let expected = [
            (0, part(1) + ROWS - 6, ROWS),
            (part(1) + ROWS - 5, part(2) + ROWS - 6, ROWS),
            (part(2) + ROWS - 5, part(2) + 2 * ROWS - 6, ROWS),
            (part(2) + 2 * ROWS - 5, part(2) + 2 * ROWS, 6),
        ];
        assert_eq!(some, expected);
        assert_eq!(some.iter().map(|slice| slice.2).sum::<i64>(), 3 * ROWS + 6);
    }
}
