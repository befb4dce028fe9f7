//! `_live.json`, as [`crate::stream::jobs::live`] writes it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::values::Moment;
use crate::error::Result;
use crate::serve::runs;
use crate::stream::jobs::live::LIVE;

/// A moment of the jobs.
#[derive(Debug, Clone, Deserialize)]
pub struct View {
    /// The run that began the state.
    pub run_id: String,
    /// When the view was made, UTC.
    pub updated: String,
    /// Whether the source was read to its end.
    pub ended: bool,
    /// Events read since the state began.
    pub read: u64,
    /// Rejected events.
    pub rejected: u64,
    /// Later events with the key of an earlier one.
    pub duplicates: u64,
    /// Events that were too late for some job.
    pub late: u64,
    /// Events read a second, of late.
    pub rate: f64,
    /// Events that wait in the source, if it knows.
    pub lag: Option<u64>,
    /// The latest event time.
    pub latest: Option<Moment>,
    /// The jobs by name.
    pub jobs: BTreeMap<String, Job>,
    /// The newest alerts first, those that may yet be taken back among them.
    pub alerts: Vec<Value>,
}

/// A moment of one job.
#[derive(Debug, Clone, Deserialize)]
pub struct Job {
    /// Events that it made use of.
    pub taken: u64,
    /// Events that were too late for it.
    pub late: u64,
    /// Everything before it is final.
    pub watermark: Option<Moment>,
    /// Keys that it holds.
    pub keys: usize,
    /// Its figures since the state began.
    #[serde(default)]
    pub figures: BTreeMap<String, i64>,
    /// What it shows.
    #[serde(default)]
    pub view: Value,
    /// Final rows that are in no file yet, by table.
    #[serde(default)]
    waiting: BTreeMap<String, Waiting>,
}

#[derive(Debug, Clone, Deserialize)]
struct Waiting {
    rows: usize,
    newest: Vec<Value>,
    #[serde(default)]
    sums: Option<Vec<Value>>,
}

impl View {
    /// Reads the view in the output folder of jobs; none if there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        runs::view(&folder.join(LIVE), "jobs")
    }
}

impl Job {
    /// The rows of a table that are in no file yet, the newest first. One that is none of this
    /// version is passed over: it will be in a file.
    pub fn waiting<T: DeserializeOwned>(&self, table: &str) -> impl Iterator<Item = T> {
        let rows = self.waiting.get(table).map(|waiting| &waiting.newest[..]);
        parsed(rows.unwrap_or_default())
    }

    /// Whether more rows wait than are told.
    pub fn is_cut(&self, table: &str) -> bool {
        let waiting = self.waiting.get(table);
        waiting.is_some_and(|waiting| waiting.rows > waiting.newest.len())
    }

    /// What the rows of a table add up to that are in no file yet, where they are not told one by
    /// one.
    pub fn waiting_sums<T: DeserializeOwned>(
        &self,
        table: &str,
    ) -> Option<impl Iterator<Item = T>> {
        let sums = self.waiting.get(table)?.sums.as_deref()?;
        Some(parsed(sums))
    }

    /// Whether the job shows a list of this name.
    pub fn shows(&self, name: &str) -> bool {
        self.view.get(name).is_some_and(Value::is_array)
    }

    /// A list of rows in what the job shows.
    pub fn rows<T: DeserializeOwned>(&self, name: &str) -> impl Iterator<Item = T> {
        let rows = self.view.get(name).and_then(Value::as_array);
        parsed(rows.map_or(&[][..], |rows| &rows[..]))
    }

    /// One of its figures.
    pub fn figure(&self, name: &str) -> Option<u64> {
        let figure = self.figures.get(name)?;
        u64::try_from(*figure).ok()
    }
}

/// Those of `rows` that are rows of this kind.
pub fn parsed<T: DeserializeOwned>(rows: &[Value]) -> impl Iterator<Item = T> {
    rows.iter().filter_map(|row| T::deserialize(row).ok())
}
