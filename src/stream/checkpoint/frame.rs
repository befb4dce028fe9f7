//! What a commit holds: positions, state and output names in one frame.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::events::player::Place;
use crate::events::survey::{Mark, Surveyed};
use crate::stream::appendix::Length;
use crate::stream::ledger::SavedLedger;
use crate::stream::output::Parts;
use crate::stream::saved::SavedWindows;

/// The first frame: whose state it is and what it was made with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    /// The form of the frames.
    pub version: u32,
    /// The run that began the state; it names the output, too.
    pub run_id: String,
    /// When, UTC.
    pub started: String,
    /// The databases that were told to begin anew with it: they are rid of the rows of runs before
    /// it whenever they answer.
    #[serde(default)]
    pub anew: Vec<String>,
    /// What must be the same to go on.
    pub settings: Map<String, Value>,
}

/// The form of the frames that this program writes.
pub const VERSION: u32 = 2;

/// How far the source has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Position {
    /// Standard input, which cannot be read again.
    Pipe,
    /// Files played in-process.
    Files(FilesPosition),
    /// How far every partition has been read.
    Kafka(Vec<Offset>),
    /// The same of several topics, in the order of their names.
    Topics(Vec<Vec<Offset>>),
}

/// How far a partition has been read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// The next offset.
    pub next: i64,
    /// The time of the message before it, in milliseconds: a topic that was made anew has
    /// another there.
    pub stamp: Option<i64>,
}

/// How far files have been played.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesPosition {
    /// The files known so far, in the order of their paths.
    pub files: Vec<Mark>,
    /// The first of those that are played now; those before it have been played.
    pub first: usize,
    /// What these hold, so that another start need not look through them again.
    pub surveyed: Vec<Surveyed>,
    /// How far they have been played.
    pub place: Place,
}

/// One commit: values that changed, in place of what was there.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frame<'a> {
    /// How far the source has been read.
    pub position: Position,
    /// All counts.
    pub ledger: SavedLedger,
    /// Sums that changed.
    #[serde(borrow)]
    pub windows: SavedWindows<'a>,
    /// By partition: keys that are new, and their event times.
    #[serde(borrow)]
    pub keys: Vec<Vec<(&'a [u8], i64)>>,
    /// Whether closed rows of earlier commits are in the output by now.
    pub rolled: bool,
    /// Closed rows that are in no file yet: product, sum, start of the window.
    #[serde(borrow)]
    pub rows: Vec<(&'a [u8], i128, i64)>,
    /// Columns of events that occurred so far; none when they are those of the last frame.
    pub columns: Option<Vec<String>>,
    /// The output's files.
    pub parts: Parts,
    /// How far rejects and late records are written.
    pub rejects: Length,
    /// See `rejects`.
    pub late: Length,
    /// Whether the source was read to its end.
    pub ended: bool,
}
