//! Sums that outgrow memory: sorted runs, kept few and on disk.

use std::path::{Path, PathBuf};

use crate::batch::groups::Groups;
use crate::batch::measures::Value;
use crate::batch::merge::Merge;
use crate::batch::run::{Run, RunWriter};
use crate::error::Result;
use crate::record::{Day, Money, Total};

/// Runs on disk, each an open file, before they are merged into one.
const MOST_RUNS: usize = 48;

/// A table of values by day and key that never takes more memory than it is given.
pub struct Sums<V = Total> {
    groups: Groups<V>,
    spilled: Vec<Run<V>>,
    /// Bytes that the table may take.
    most: usize,
    dir: PathBuf,
}

impl<V: Value> Sums<V> {
    /// Sums that take at most about `most` bytes; the rest goes to unnamed files in `dir`.
    pub fn new(most: usize, dir: &Path) -> Self {
        Self {
            groups: Groups::default(),
            spilled: Vec::new(),
            most,
            dir: dir.to_owned(),
        }
    }

    /// The value of a day and key.
    #[inline]
    pub fn value(&mut self, day: Day, key: &[u8]) -> &mut V {
        self.groups.value(day, key)
    }

    /// The table in memory, whose numbers hold until the next [`Sums::fit`] or [`Sums::spill`].
    #[inline]
    pub fn groups(&mut self) -> &mut Groups<V> {
        &mut self.groups
    }

    /// Moves the table to disk where it has outgrown its memory; to be called now and then.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn fit(&mut self) -> Result<()> {
        if self.has_outgrown() {
            self.spill()?;
        }
        Ok(())
    }

    /// Whether the table takes more memory than it is given.
    pub fn has_outgrown(&self) -> bool {
        self.groups.size() > self.most
    }

    /// Moves the table to disk.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn spill(&mut self) -> Result<()> {
        self.spilled.push(self.groups.take_run().spill(&self.dir)?);
        if self.spilled.len() >= MOST_RUNS {
            let mut merge = Merge::new(std::mem::take(&mut self.spilled))?;
            let mut writer = RunWriter::create(&self.dir)?;
            while let Some(group) = merge.next_group()? {
                writer.push(group.day, &group.key, &group.value)?;
            }
            self.spilled = vec![writer.finish()?];
        }
        Ok(())
    }

    /// All runs, the last one in memory.
    pub fn into_runs(mut self) -> Vec<Run<V>> {
        self.spilled.push(self.groups.take_run());
        self.spilled
    }
}

impl Sums {
    /// Adds to the sum of a day and key.
    #[inline]
    pub fn add(&mut self, day: Day, key: &[u8], money: Money) {
        *self.value(day, key) += money;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_runs_are_merged_and_nothing_is_lost() {
        let dir = std::env::temp_dir();
        let mut sums = Sums::new(1, &dir);
        let cent = Money::from_cents(1).expect("a cent");
        for round in 0..3 * MOST_RUNS {
            for product in ["a", "b", &format!("only {round}")] {
                sums.add(Day::EPOCH, product.as_bytes(), cent);
            }
            sums.fit().expect("spilled");
            assert!(sums.spilled.len() <= MOST_RUNS);
        }
        let mut merge = Merge::new(sums.into_runs()).expect("merged");
        let mut groups = Vec::new();
        while let Some(group) = merge.next_group().expect("read") {
            groups.push((group.key, group.value.to_string()));
        }
        assert_eq!(groups.len(), 2 + 3 * MOST_RUNS);
        assert_eq!(groups[0], (b"a".to_vec(), "1.44".to_owned()));
        assert_eq!(groups[1], (b"b".to_vec(), "1.44".to_owned()));
        assert!(groups[2..].iter().all(|(_, total)| total == "0.01"));
    }
}
