//! What a commit of the jobs holds.

use serde::{Deserialize, Serialize, Serializer};

use super::operator::Tally;
use super::outbox::SavedOutbox;
use super::row::Row;
use crate::stream::appendix::Length;
use crate::stream::checkpoint::Position;
use crate::stream::keyed::Table;
use crate::stream::ledger::SavedLedger;
use crate::stream::output::Parts;

/// One commit: values that changed, in place of what was there.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frame<'a> {
    /// How far the source has been read.
    pub position: Position,
    /// All counts.
    pub ledger: SavedLedger,
    /// Events that break a rule of quality, by its name.
    pub quality: Vec<(String, u64)>,
    /// The latest event time by partition.
    pub latest: Vec<Option<i64>>,
    /// Keys of duplicates.
    #[serde(borrow)]
    pub seen: SavedTable<'a>,
    /// The jobs.
    #[serde(borrow)]
    pub jobs: Vec<SavedJob<'a>>,
    /// Alerts that nobody has taken yet.
    pub untold: SavedOutbox,
    /// Columns of events that occurred so far.
    pub columns: Vec<String>,
    /// How far rejects and late events are written.
    pub rejects: Length,
    /// See `rejects`.
    pub late: Length,
    /// Whether the source was read to its end.
    pub ended: bool,
}

/// Bytes, written at once.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Bytes<'a>(#[serde(borrow)] pub &'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A slice would be written byte by byte.
        serializer.serialize_bytes(self.0)
    }
}

/// A value and when it is due.
pub type SavedValue<'a> = (Bytes<'a>, Option<i64>);
/// What changed of a table.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SavedTable<'a> {
    /// Values that may not have changed, repeated for older segments to go.
    #[serde(borrow)]
    pub walked: Vec<(Bytes<'a>, SavedValue<'a>)>,
    /// Values that changed; none for keys that are gone.
    #[serde(borrow)]
    pub changes: Vec<(Bytes<'a>, Option<SavedValue<'a>>)>,
}

impl<'a> SavedTable<'a> {
    /// What changed.
    pub fn of(table: &'a Table) -> Self {
        let changes = table.changes();
        Self {
            walked: Vec::new(),
            changes: changes
                .map(|(key, held)| (Bytes(key), held.map(|(value, due)| (Bytes(value), due))))
                .collect(),
        }
    }

    /// Adds a value that may not have changed.
    pub fn walk(&mut self, key: &'a [u8], value: &'a [u8], due: Option<i64>) {
        self.walked.push((Bytes(key), (Bytes(value), due)));
    }

    /// Bytes of the keys and values that changed.
    pub fn size(&self) -> u64 {
        let changes = self.changes.iter();
        let sizes =
            changes.map(|(key, value)| key.0.len() + value.map_or(0, |(value, _)| value.0.len()));
        sizes.sum::<usize>() as u64
    }

    /// Puts it in place.
    pub fn apply(&self, table: &mut Table) {
        let held = |(value, due): SavedValue<'a>| (value.0, due);
        let walked = self.walked.iter();
        table.restore(walked.map(|(key, value)| (key.0, Some(held(*value)))));
        let changes = self.changes.iter();
        table.restore(changes.map(|(key, value)| (key.0, value.map(held))));
    }
}

/// What changed of a job.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedJob<'a> {
    /// How far it is.
    pub tally: Tally,
    /// Its figures by name, so that new ones can come.
    pub figures: Vec<(String, i64)>,
    /// What it holds by key.
    #[serde(borrow)]
    pub table: SavedTable<'a>,
    /// Whether rows of earlier commits are in the output by now.
    pub rolled: bool,
    /// Rows that are in no file yet.
    pub rows: Vec<(usize, Row)>,
    /// The files of each table.
    pub parts: Vec<Parts>,
    /// How often files were written.
    pub rolls: u64,
}
