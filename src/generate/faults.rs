//! Planted faults: rows that cannot be read, rows that come twice, rows that come late.
//!
//! Faults are drawn apart from the rows, so the valid rows are the same with and without them,
//! and they stay inside their chunk, so chunks can be made in any order.

use std::ops::Range;

use super::encode::Damage;
use super::rng::{Key, below, high, low};
use super::row::Rows;
use crate::error::{Error, Result};

/// How many seconds a late row may come after its time.
const LONGEST: u32 = 2 * 3600;

/// The shares of rows with a fault, as asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shares {
    /// Of all base rows, those that are malformed.
    pub malformed: f64,
    /// Of the other rows, those that come twice.
    pub duplicates: f64,
    /// Of the rest, those that stand behind a row of a later time.
    pub late: f64,
}

/// Shares as thresholds for 32 random bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Faults {
    key: Key,
    malformed: u64,
    duplicates: u64,
    late: u64,
}

/// What stands at one place of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The row in its place.
    Plain,
    /// The row, damaged, in its place.
    Malformed(Damage),
    /// The row, behind its place.
    Late,
    /// The row once more.
    Duplicate,
}

/// A line of the file: sorted by these they stand in the file's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// The row behind which the line stands, or the row itself.
    place: u32,
    /// Whether it stands behind rather than at the place.
    behind: bool,
    pub seq: u32,
    pub kind: Kind,
}

impl Shares {
    /// Thresholds under `seed`; `None` without any fault.
    ///
    /// # Errors
    /// [`Error::Usage`] when a share is not between 0 and 1.
    pub(crate) fn faults(&self, seed: u64) -> Result<Option<Faults>> {
        let threshold = |name: &str, share: f64| {
            if (0.0..=1.0).contains(&share) {
                // 2^32 is a power of two: the product is exact.
                return Ok((share * 4_294_967_296.0) as u64);
            }
            Err(Error::Usage(format!(
                "--{name} {share}: give a share of the rows between 0 and 1, such as 0.05"
            )))
        };
        let faults = Faults {
            key: Key::new(seed, "faults"),
            malformed: threshold("malformed", self.malformed)?,
            duplicates: threshold("duplicates", self.duplicates)?,
            late: threshold("late", self.late)?,
        };
        let any = faults.malformed | faults.duplicates | faults.late > 0;
        Ok(any.then_some(faults))
    }
}

impl Faults {
    /// The lines of the rows `chunk` of day `epoch`, in the order of the file.
    ///
    /// A late row stands behind a valid row of a later second, so that it is late by every
    /// reading; where none is near enough, the row stays in its place and serves as one.
    pub fn lines(
        &self,
        rows: &impl Rows,
        epoch: i32,
        chunk: Range<u32>,
        kinds: &[Damage],
        lines: &mut Vec<Line>,
    ) {
        lines.clear();
        let key = self.key.of(u64::from(epoch as u32));
        let last = chunk.end.saturating_sub(1);
        let mut follow: Option<(u32, u32)> = None;
        for seq in chunk.rev() {
            let first = key.at(u64::from(seq) * 2);
            let second = key.at(u64::from(seq) * 2 + 1);
            let mut put = |place, behind, kind| {
                lines.push(Line {
                    place,
                    behind,
                    seq,
                    kind,
                });
            };
            if u64::from(high(first)) < self.malformed {
                let kind = kinds[below(high(second), kinds.len() as u32) as usize];
                put(seq, false, Kind::Malformed(kind));
                continue;
            }
            let twice = u64::from(low(first)) < self.duplicates;
            let time = rows.second(seq);
            let wanted = !twice && u64::from(high(second)) < self.late;
            let anchor = follow.filter(|&(_, at)| wanted && at > time && at - time <= LONGEST);
            if let Some((anchor, _)) = anchor {
                // Most come soon, some hours later.
                let limit = self.reach(rows, seq, last, time);
                let delay = below(below(low(second), low(first)), limit - seq + 1);
                put(anchor.max(seq + delay), true, Kind::Late);
                continue;
            }
            put(seq, false, Kind::Plain);
            // The nearest row of a second that differs serves best.
            if !wanted || follow.is_none_or(|(_, at)| at > time) {
                follow = Some((seq, time));
            }
            if twice {
                let delay = below(below(low(second), high(second)), last - seq + 1);
                put(seq + delay, true, Kind::Duplicate);
            }
        }
        lines.sort_unstable();
    }

    /// The last row within [`LONGEST`] seconds of `time`, by bisection.
    fn reach(&self, rows: &impl Rows, seq: u32, last: u32, time: u32) -> u32 {
        let (mut low, mut high) = (seq, last);
        while low < high {
            let middle = high - (high - low) / 2;
            if rows.second(middle) - time <= LONGEST {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        low
    }
}
