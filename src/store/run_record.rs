//! `_run.json`: which run made a folder, from what, with which settings and figures.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Entry, Location, Store};
use crate::error::{Error, Result};

/// The name of the run record in every output folder.
pub const RUN_RECORD: &str = "_run.json";
/// The empty file that says that a folder is complete.
pub const SUCCESS: &str = "_SUCCESS";

/// A file that a run wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileEntry {
    /// The path below the folder, with `/`.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// A file that a run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Where it stood.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// When it was last written, UTC.
    pub modified: String,
}

impl From<&Entry> for InputFile {
    fn from(entry: &Entry) -> Self {
        Self {
            path: entry.location.to_string(),
            bytes: entry.len,
            modified: DateTime::<Utc>::from(entry.modified)
                .to_rfc3339_opts(SecondsFormat::Nanos, true),
        }
    }
}

/// What `_run.json` holds. The order of the fields is that of the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunRecord {
    /// The run; folders of one run have one id. Set by the transaction.
    pub run_id: String,
    /// The subcommand.
    pub command: String,
    /// The version of this program.
    pub version: String,
    /// When the run began, UTC.
    pub started: String,
    /// When the folder was complete, UTC. Set by the transaction.
    pub finished: String,
    /// What decided the result.
    pub settings: Map<String, Value>,
    /// The files that were read.
    pub inputs: Vec<InputFile>,
    /// The summary of the command.
    pub figures: Value,
    /// The files of this folder, sorted by name. Set by the transaction.
    pub files: Vec<FileEntry>,
}

impl RunRecord {
    /// A record of `command` that begins now.
    pub fn begin(command: &str) -> Self {
        Self {
            command: command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: now(),
            ..Self::default()
        }
    }

    /// The record of `folder`; none if the folder or its record is not there.
    ///
    /// # Errors
    /// [`Error::Data`] when the file is not a run record, [`Error::Io`] when it cannot be read.
    pub fn read(folder: &Location) -> Result<Option<Self>> {
        Self::read_in(&*super::open(folder)?, folder)
    }

    pub(super) fn read_in(store: &dyn Store, folder: &Location) -> Result<Option<Self>> {
        let place = folder.join(RUN_RECORD);
        let Some(content) = store.read_small(&place)? else {
            return Ok(None);
        };
        let record = serde_json::from_slice(&content).map_err(|e| {
            let what = format!("not a run record ({e}); move the folder away");
            Error::data(&place, what)
        })?;
        Ok(Some(record))
    }

    /// The file's text.
    ///
    /// # Errors
    /// None that can be helped: every value is JSON.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|e| Error::Internal(format!("run record: {e}")))?;
        text.push(b'\n');
        Ok(text)
    }
}

/// This moment as `2026-11-20T23:59:00.000Z`.
pub fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}
