//! Keys of duplicates, by partition, until event time has passed them by.
//!
//! They are held as 128 bits each in a table like all that jobs hold, so that a commit costs what is
//! new. The rule is that of [`crate::stream::dedup`].

use twox_hash::XxHash3_128;

use crate::stream::keyed::Table;

/// What is known of a key when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It was not seen, and is known from now on.
    New,
    /// An earlier record had it.
    Again,
}

/// The keys of all partitions.
#[derive(Debug, Default)]
pub struct Seen {
    table: Table,
    popped: Vec<u8>,
}

impl Seen {
    /// A key of `partition` at `time`; it is forgotten when the partition's watermark `mark` has
    /// passed its event time by more than `horizon`, all in microseconds.
    pub fn meet(
        &mut self,
        partition: usize,
        key: &[u8],
        time: i64,
        mark: Option<i64>,
        horizon: i64,
    ) -> Met {
        let mut short = [0; 20];
        short[..4].copy_from_slice(&(partition as u32).to_le_bytes());
        short[4..].copy_from_slice(&XxHash3_128::oneshot(key).to_le_bytes());
        let seen = self.table.get(&short).and_then(|at| at.try_into().ok());
        if let Some(seen) = seen.map(i64::from_le_bytes) {
            let forgotten = mark.is_some_and(|mark| mark > seen.saturating_add(horizon));
            if !forgotten {
                return Met::Again;
            }
        }
        let due = time.saturating_add(horizon);
        self.table.put(&short, &time.to_le_bytes(), Some(due));
        Met::New
    }

    /// Lets go of what no record can meet any more: `mark` is the lowest watermark of all
    /// partitions.
    pub fn forget(&mut self, mark: Option<i64>) {
        let Some(mark) = mark else { return };
        let mut popped = std::mem::take(&mut self.popped);
        // Reached is not passed.
        while self.table.pop_due(mark - 1, &mut popped) {
            self.table.remove(&popped);
        }
        self.popped = popped;
    }

    /// What is held.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What is held, to settle and to restore.
    pub fn table_mut(&mut self) -> &mut Table {
        &mut self.table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    #[test]
    fn a_key_lives_until_the_watermark_passes_its_horizon() {
        let mut seen = Seen::default();
        let day = 24 * HOUR;
        let mut meet = |partition, at, mark| seen.meet(partition, b"7", at, mark, day);
        assert_eq!(meet(0, 0, None), Met::New);
        assert_eq!(meet(1, 0, None), Met::New);
        assert_eq!(meet(0, HOUR, Some(0)), Met::Again);
        // Reached, but not passed.
        assert_eq!(meet(0, day, Some(day)), Met::Again);
        assert_eq!(meet(0, 30 * HOUR, Some(day + 1)), Met::New);
        assert_eq!(meet(0, 31 * HOUR, Some(day + 2)), Met::Again);
        seen.forget(Some(day));
        assert_eq!(seen.table().len(), 2);
        seen.forget(Some(day + 1));
        assert_eq!(seen.table().len(), 1);
        seen.forget(Some(60 * HOUR));
        assert!(seen.table().is_empty());
    }
}
