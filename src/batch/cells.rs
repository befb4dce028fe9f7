//! Cells by day and two texts, of which few are met again and again.

use std::path::Path;

use crate::batch::key;
use crate::batch::measures::Cell;
use crate::batch::run::Run;
use crate::batch::runs::Sums;
use crate::error::Result;
use crate::record::Day;

/// How many cells are remembered; a power of two.
const RECENT: usize = 512;
/// Longer texts are not remembered.
const LONGEST: usize = 64;

/// A table of cells.
pub struct Cells {
    sums: Sums<Cell>,
    recent: Vec<Option<Recent>>,
    key: Vec<u8>,
}

/// A cell that was met lately: found again by its texts as they are, without a key.
struct Recent {
    day: Day,
    texts: Vec<u8>,
    /// Length of the first text.
    first: usize,
    number: usize,
}

impl Recent {
    #[inline]
    fn is(&self, day: Day, first: &[u8], second: &[u8]) -> bool {
        self.day == day
            && self.first == first.len()
            && self.texts.split_at_checked(self.first) == Some((first, second))
    }
}

impl Cells {
    /// A table that takes at most about `most` bytes; the rest goes to unnamed files in `dir`.
    pub fn new(most: usize, dir: &Path) -> Self {
        Self {
            sums: Sums::new(most, dir),
            recent: (0..RECENT).map(|_| None).collect(),
            key: Vec::new(),
        }
    }

    /// The cell of a day and two texts.
    #[inline]
    pub fn cell(&mut self, day: Day, first: &[u8], second: &[u8]) -> &mut Cell {
        let slot = &mut self.recent[slot(first, second)];
        let number = match slot {
            Some(recent) if recent.is(day, first, second) => recent.number,
            slot => {
                key::join(&mut self.key, first, second);
                let number = self.sums.groups().find(day, &self.key);
                if first.len() + second.len() <= LONGEST {
                    remember(slot, day, first, second, number);
                }
                number
            }
        };
        self.sums.groups().at(number)
    }

    /// Moves the table to disk where it has outgrown its memory; to be called now and then.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn fit(&mut self) -> Result<()> {
        if self.sums.has_outgrown() {
            self.recent.fill_with(|| None);
            self.sums.spill()?;
        }
        Ok(())
    }

    /// All runs, the last one in memory; keys are the texts joined by [`key::join`].
    pub fn into_runs(self) -> Vec<Run<Cell>> {
        self.sums.into_runs()
    }
}

/// Where the cell is looked for: both ends tell most texts of a column apart.
#[inline]
fn slot(first: &[u8], second: &[u8]) -> usize {
    let mixed = ends(first).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ ends(second);
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - RECENT.ilog2())) as usize
}

#[inline]
fn ends(text: &[u8]) -> u64 {
    let word = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    match (text.first_chunk(), text.last_chunk()) {
        (Some(begin), Some(end)) => word(begin) | word(end) << 32,
        _ => text.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    }
}

#[cold]
fn remember(slot: &mut Option<Recent>, day: Day, first: &[u8], second: &[u8], number: usize) {
    let mut texts = slot.take().map(|recent| recent.texts).unwrap_or_default();
    texts.clear();
    texts.extend_from_slice(first);
    texts.extend_from_slice(second);
    *slot = Some(Recent {
        day,
        texts,
        first: first.len(),
        number,
    });
}
