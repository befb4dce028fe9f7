//! What a job says while it works.

use std::collections::BTreeMap;

use super::row::Row;

/// Rows that a job says at a time, and after which they go to a file: more would not fit into
/// memory when the windows of millions of keys end at once.
pub const FULL: usize = if cfg!(test) { 40 } else { 100_000 };

/// Takes what a job has to say.
#[derive(Debug, Default)]
pub struct Out {
    /// Final rows, with the number of their table.
    pub rows: Vec<(usize, Row)>,
    /// Rows that will most likely come, shown before they are final.
    pub early: Vec<(usize, Row)>,
    /// Figures that add up since the state began.
    pub counts: BTreeMap<&'static str, i64>,
    /// Whether rows are early ones.
    guessing: bool,
}

impl Out {
    /// Takes what is only guessed: rows are early ones, and nothing counts.
    pub fn guessing() -> Self {
        Self {
            guessing: true,
            ..Self::default()
        }
    }

    /// Whether what is said is only guessed.
    pub fn is_guessing(&self) -> bool {
        self.guessing
    }

    /// A final row of table number `table`.
    pub fn row(&mut self, table: usize, row: Row) {
        match self.guessing {
            true => self.early.push((table, row)),
            false => self.rows.push((table, row)),
        }
    }

    /// Adds to a figure of the summary.
    pub fn count(&mut self, name: &'static str, more: i64) {
        if !self.guessing {
            *self.counts.entry(name).or_default() += more;
        }
    }
}
