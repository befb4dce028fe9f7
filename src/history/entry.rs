//! One run in the log.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::store::Holder;

/// Texts of a summary that are longer are no figures.
const LONGEST: usize = 200;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes on.
    Running,
    /// Everything asked for was done.
    Done,
    /// A signal ended it, and everything begun was brought to its end.
    Stopped,
    /// Done, but a check on the data failed.
    CheckFailed,
    /// An error ended it.
    Failed,
    /// A signal ended it, and what it had begun is gone.
    Interrupted,
    /// It ended without a word: killed, or with its machine.
    Killed,
}

impl Outcome {
    /// Whether what was asked for is not there.
    pub fn is_failure(self) -> bool {
        matches!(
            self,
            Self::CheckFailed | Self::Failed | Self::Interrupted | Self::Killed
        )
    }

    /// Whether the run wrote its folders.
    pub(super) fn has_written(self) -> bool {
        matches!(self, Self::Done | Self::Stopped | Self::CheckFailed)
    }
}

/// What the log holds of a run. The order of the fields is that of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The run: its time, its process, and what tells it from others of these.
    pub run_id: String,
    /// The subcommand.
    pub command: String,
    /// The version of the program.
    pub version: String,
    /// What it writes, from the folder that holds the log: a name, or `.` for that folder.
    pub folder: String,
    /// What it makes, where the command has a choice: analyses, jobs, a world.
    #[serde(default)]
    pub what: Vec<String>,
    /// When it began, UTC.
    pub started: String,
    /// When it ended, UTC.
    #[serde(default)]
    pub finished: Option<String>,
    /// How long it took.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// How it ended.
    pub outcome: Outcome,
    /// The exit status.
    #[serde(default)]
    pub exit_status: Option<u8>,
    /// The error, in one line.
    #[serde(default)]
    pub error: Option<String>,
    /// The single figures of the summary, by their names in it.
    #[serde(default)]
    pub figures: Map<String, Value>,
    /// The machine, or the container.
    #[serde(default)]
    pub host: String,
    /// The process.
    pub(crate) process: Holder,
}

/// The single figures of a summary: numbers, short texts and truths.
pub(super) fn figures(summary: &Value) -> Map<String, Value> {
    let Value::Object(all) = summary else {
        return Map::new();
    };
    let single = |value: &Value| match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(text) => text.len() <= LONGEST,
        _ => false,
    };
    let kept = all
        .iter()
        .filter(|(name, value)| *name != "command" && single(value));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
