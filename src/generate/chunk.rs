//! The unit of work: at most 65,536 base rows of one day, filled into reused buffers.

use std::ops::Range;

use arrow::array::RecordBatch;

use super::calendar::Day;
use super::encode::{self, Damage};
use super::faults::{Faults, Kind, Line};
use super::parquet::Columns;
use super::row::{Row, Rows};
use super::truth::Tally;
use super::{Format, Profile};
use crate::error::Result;

/// Base rows of a chunk. A part of the format: faults stay inside their chunk.
pub(crate) const ROWS: u32 = 65_536;
/// The kinds of damage in each profile; the classic one has no transaction type.
const KINDS: [Damage; 4] = [Damage::Amount, Damage::Time, Damage::Shape, Damage::Type];

/// What a chunk is made into.
pub(crate) struct Chunk {
    /// CSV or JSON lines.
    pub bytes: Vec<u8>,
    /// The rows for Parquet.
    pub batch: Option<RecordBatch>,
    /// The counts.
    pub tally: Tally,
    columns: Option<Columns>,
    lines: Vec<Line>,
}

/// How rows become a chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    pub profile: Profile,
    pub format: Format,
    pub faults: Option<Faults>,
}

impl Chunk {
    /// Empty buffers.
    pub fn new(recipe: Recipe, products: usize) -> Self {
        let columns = recipe.format == Format::Parquet;
        Self {
            bytes: Vec::new(),
            batch: None,
            tally: Tally::new(products),
            columns: columns.then(|| Columns::new(recipe.profile)),
            lines: Vec::new(),
        }
    }

    /// Fills the buffers anew with the rows `range` of `day`.
    pub fn fill(
        &mut self,
        recipe: Recipe,
        rows: &impl Rows,
        day: &Day,
        range: Range<u32>,
    ) -> Result<()> {
        self.bytes.clear();
        match recipe.faults {
            None => {
                for seq in range {
                    let row = rows.row(seq);
                    self.tally.valid(&row);
                    self.put(recipe.format, &row, None);
                }
            }
            Some(faults) => self.fill_with_faults(recipe, faults, rows, day, range),
        }
        self.batch = match &mut self.columns {
            Some(columns) => Some(columns.finish()?),
            None => None,
        };
        Ok(())
    }

    fn fill_with_faults(
        &mut self,
        recipe: Recipe,
        faults: Faults,
        rows: &impl Rows,
        day: &Day,
        range: Range<u32>,
    ) {
        let kinds = match recipe.profile {
            Profile::Classic => &KINDS[..3],
            Profile::Standard => &KINDS,
        };
        let mut lines = std::mem::take(&mut self.lines);
        faults.lines(rows, day.epoch, range, kinds, &mut lines);
        for line in &lines {
            let row = rows.row(line.seq);
            let mut damage = None;
            match line.kind {
                Kind::Plain => self.tally.valid(&row),
                Kind::Late => {
                    self.tally.valid(&row);
                    self.tally.late += 1;
                }
                Kind::Duplicate => self.tally.duplicates += 1,
                Kind::Malformed(kind) => {
                    self.tally.malformed += 1;
                    damage = Some(kind);
                }
            }
            self.put(recipe.format, &row, damage);
        }
        self.lines = lines;
    }

    #[inline]
    fn put(&mut self, format: Format, row: &Row<'_>, damage: Option<Damage>) {
        match (format, &mut self.columns) {
            (Format::Csv, _) => encode::csv(row, damage, &mut self.bytes),
            (Format::Jsonl, _) => encode::json(row, damage, &mut self.bytes),
            (Format::Parquet, Some(columns)) => columns.push(row, damage),
            (Format::Parquet, None) => {}
        }
    }
}
