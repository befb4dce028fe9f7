//! The runs that logs and run records tell of.
//!
//! An entry that goes on is one of a run that was killed where the kernel says that its process is
//! no more, where its machine was started anew since, or where a later run has written the same
//! folder, which two cannot at once. Of a process in another container or on another machine
//! nothing else is known, and it is believed.

mod fate;
mod read;
mod walk;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use self::fate::{bury, is_of};
use self::read::Broken;
use self::walk::Found;
use super::{Entry, HISTORY, Outcome, entry};
use crate::error::Result;
use crate::store::{Location, RunRecord};

/// The settings of run records that say what was made.
const CHOICES: [&str; 3] = ["analysis", "job", "world"];
/// What a stream makes unless told otherwise.
const USUAL: &str = "windows";

/// A place whose runs are asked for.
#[derive(Debug, Clone)]
pub struct Root {
    /// A folder, with all below it.
    pub place: Location,
    /// Whether all that the log beside it holds counts, and not only what is about the folder.
    pub with_neighbours: bool,
}

/// What tells of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An entry of a log.
    Log,
    /// The `_run.json` of folders that no log knows.
    RunRecord,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The run.
    pub run_id: String,
    /// The subcommand.
    pub command: String,
    /// What it makes, where the command has a choice.
    pub what: Vec<String>,
    /// The folder that it writes, or proves.
    pub output: Location,
    /// When it began, UTC.
    pub started: String,
    /// When it ended, UTC.
    pub finished: Option<String>,
    /// How long it took, or takes until now.
    pub seconds: Option<f64>,
    /// The rows that it read, or made; of a stream since its state began.
    pub rows: Option<u64>,
    /// How many of them were rejected.
    pub rejected: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
    /// The exit status.
    pub exit_status: Option<u8>,
    /// The error, in one line.
    pub error: Option<String>,
    /// The version of the program.
    pub version: String,
    /// The machine, or the container; empty where that is not known.
    pub host: String,
    /// The single figures of its summary.
    pub figures: Map<String, Value>,
    /// What tells of it.
    pub source: Source,
}

/// All runs of some places.
#[derive(Debug, Default)]
pub struct Runs {
    /// The newest first.
    pub runs: Vec<Run>,
    /// Files that should tell of a run, and do not.
    pub broken: Vec<Broken>,
}

/// Finds the runs of `roots`; those that are not there have none, but a log beside them may know
/// of some.
///
/// # Errors
/// When a folder or a file of a log cannot be read.
pub fn find(roots: &[Root]) -> Result<Runs> {
    let mut found = Found::default();
    for root in roots {
        found.look(root)?;
    }
    let mut all = Runs::default();
    let mut entries = Vec::new();
    for (home, scope) in &found.logs {
        let (read, broken) = read::entries(&home.join(HISTORY))?;
        all.broken.extend(broken);
        for entry in read {
            let output = match entry.folder.as_str() {
                "." => home.clone(),
                folder => home.join(folder),
            };
            if scope.covers(&output) {
                entries.push((output, entry));
            }
        }
    }
    bury(&mut entries);
    let known = |id: &str, record: &RunRecord| entries.iter().any(|(_, e)| is_of(e, id, record));
    let records = found.records.iter().filter(|(id, (r, _))| !known(id, r));
    let records = records.map(|(_, (record, folders))| of_record(record, folders));
    all.runs = records.collect();
    all.runs.extend(entries.into_iter().map(of_entry));
    all.runs
        .sort_by(|a, b| (&b.started, &b.run_id).cmp(&(&a.started, &a.run_id)));
    all.broken.append(&mut found.broken);
    Ok(all)
}

/// The subcommand: `stream` of `stream archive`.
fn command(record: &RunRecord) -> &str {
    record.command.split(' ').next().unwrap_or_default()
}

/// What a run made, where its command has a choice, by its settings.
fn what(record: &RunRecord) -> Vec<String> {
    let names = |value: &Value| match value {
        Value::String(name) => vec![name.clone()],
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    let settings = CHOICES.iter().filter_map(|name| record.settings.get(*name));
    let made = settings.flat_map(names);
    made.filter(|name| name != USUAL).collect()
}

fn count(figures: &Map<String, Value>, name: &str) -> Option<u64> {
    figures.get(name).and_then(Value::as_u64)
}

/// The rows of a summary: those read, else those made.
fn rows(figures: &Map<String, Value>) -> Option<u64> {
    count(figures, "read").or_else(|| count(figures, "rows"))
}

fn of_entry((output, entry): (Location, Entry)) -> Run {
    let until_now = || {
        let started = DateTime::parse_from_rfc3339(&entry.started).ok()?;
        let passed = Utc::now().signed_duration_since(started).num_milliseconds();
        Some(passed.max(0) as f64 / 1000.0)
    };
    let seconds = match entry.outcome {
        Outcome::Running => until_now(),
        _ => entry.seconds,
    };
    Run {
        rows: rows(&entry.figures),
        rejected: count(&entry.figures, "rejected"),
        run_id: entry.run_id,
        command: entry.command,
        what: entry.what,
        output,
        started: entry.started,
        finished: entry.finished,
        seconds,
        outcome: entry.outcome,
        exit_status: entry.exit_status,
        error: entry.error,
        version: entry.version,
        host: entry.host,
        figures: entry.figures,
        source: Source::Log,
    }
}

fn of_record(record: &RunRecord, folders: &[Location]) -> Run {
    let figures = entry::figures(&record.figures);
    // Batch writes several folders below its output, and no other command does.
    let parent = folders[0].parent();
    let output = match parent.filter(|_| command(record) == "batch" || folders.len() > 1) {
        Some(parent) => parent,
        None => folders[0].clone(),
    };
    Run {
        run_id: record.run_id.clone(),
        command: command(record).to_owned(),
        what: what(record),
        output,
        started: record.started.clone(),
        finished: Some(record.finished.clone()),
        seconds: figures.get("seconds").and_then(Value::as_f64),
        rows: rows(&figures),
        rejected: count(&figures, "rejected"),
        // Its folders are there.
        outcome: Outcome::Done,
        exit_status: None,
        error: None,
        version: record.version.clone(),
        host: String::new(),
        figures,
        source: Source::RunRecord,
    }
}
