//! What a commit of an archive holds.

use serde::{Deserialize, Serialize};

use super::part::{Date, Part};
use super::shelf::Tally;
use crate::stream::checkpoint::Position;

/// One commit.
#[derive(Debug, Serialize, Deserialize)]
pub struct Frame {
    /// How far the source has been read.
    pub position: Position,
    /// All counts.
    pub tally: Tally,
    /// Whether `parts` are all; else they are those that are new.
    pub whole: bool,
    /// Files, each in place of those that it holds.
    pub parts: Vec<(Date, Part)>,
    /// Temporary names of files that may not have taken their places yet.
    pub staged: Vec<(String, Date, Part)>,
    /// Files that were merged into another, and may still be there.
    pub doomed: Vec<(Date, Part)>,
    /// Whether the source was read to its end.
    pub ended: bool,
}
