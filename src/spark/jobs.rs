//! What `retail` runs on a cluster for this user: shown, ended, and cleared up after.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::errors::is_dropped;
use super::home::{self, Home};
use super::queries::{self, Query};
use super::stream::marker::{MARKER, Marker};
use super::stream::{self, REJECTS, of_rejects};
use super::{Remote, Session};
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::store::{self, Kind, Location, remove_tree};

/// What the names of all queries of `retail` begin with.
const OURS: &str = "retail-";

/// What kind of work it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// A streaming query.
    Stream,
    /// A batch.
    Batch,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It runs.
    Running,
    /// It was ended, or is at its end.
    Stopped,
    /// It failed.
    Failed,
    /// Its process was killed.
    Killed,
    /// The server does not know it any more.
    Gone,
}

impl State {
    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Killed => "killed",
            Self::Gone => "gone",
        }
    }
}

/// A query or a run.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// What it is.
    pub work: Work,
    /// Where it stands.
    pub state: State,
    /// What it does, in Spark's words.
    pub doing: Option<String>,
    /// How much of its input a batch has taken up, in percent.
    pub percent: Option<u64>,
    /// The number of the query.
    pub id: Option<String>,
    /// The number of its start.
    pub run_id: Option<String>,
    /// When it began.
    pub started: Option<String>,
    /// Messages that its last batch with any took a second.
    pub rows_per_second: Option<f64>,
    /// The number of that batch.
    pub last_batch: Option<u64>,
    /// When it began.
    pub last_batch_at: Option<String>,
    /// How many messages it read.
    pub last_batch_rows: Option<u64>,
    /// Why it failed.
    pub error: Option<String>,
    /// What it reads.
    pub source: Option<String>,
    /// Where it writes.
    pub output: Option<String>,
    /// Where its positions are.
    pub checkpoint: Option<String>,
}

/// The jobs of a user on a server.
pub struct Jobs {
    home: Home,
    queries: BTreeMap<String, home::Query>,
    runs: BTreeMap<String, home::Run>,
    active: Vec<Query>,
}

impl Jobs {
    /// Asks the server.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn open(remote: &Remote, stop: &Stop) -> Result<Self> {
        let home = Home::join(remote, "retail-jobs", stop)?;
        let mut active = queries::active(&home.session)?;
        active.retain(|query| query.name.starts_with(OURS));
        Ok(Self {
            queries: home.queries()?,
            runs: home.runs()?,
            active,
            home,
        })
    }

    /// All of them: batches, then queries by name.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn list(&self) -> Result<Vec<Job>> {
        let runs = self.runs.iter().map(|(id, run)| Ok(batch(id, run)));
        let queries = self.names().into_iter().map(|name| self.query(name));
        runs.chain(queries).collect()
    }

    /// One of them, with what its last batch says of itself.
    ///
    /// # Errors
    /// When there is none of this name, or the server does not answer.
    pub fn status(&self, name: &str) -> Result<(Job, Option<Value>)> {
        if let Some((id, run)) = self.run(name) {
            return Ok((batch(id, run), None));
        }
        if !self.names().contains(name) {
            return Err(self.unknown(name));
        }
        let progress = match self.find(name) {
            Some(query) => query.last_progress(&self.home.session)?,
            None => None,
        };
        Ok((self.query(name)?, progress))
    }

    /// Ends one, with its rejects, or all; gives the names of what was ended.
    ///
    /// # Errors
    /// When nothing of this name runs, or the server does not answer.
    pub fn stop(&self, name: Option<&str>, remote: &Remote, stop: &Stop) -> Result<Vec<String>> {
        let with_rejects = name.map(of_rejects);
        let is_asked = |query: &&Query| {
            name.is_none_or(|name| query.name == name) || with_rejects.as_ref() == Some(&query.name)
        };
        let mut ended = Vec::new();
        let mut asked: Vec<_> = self.active.iter().filter(is_asked).collect();
        asked.sort_by(|a, b| a.name.cmp(&b.name));
        for query in asked {
            query.stop(&self.home.session)?;
            ended.push(query.name.clone());
        }
        for (id, run) in &self.runs {
            let full = run_name(id);
            if name.is_some_and(|name| name != full && name != id) || run.is_gone() {
                continue;
            }
            interrupt(run, remote, stop)?;
            ended.push(full);
        }
        match (name, ended.is_empty()) {
            (Some(name), true) if self.names().contains(name) || self.run(name).is_some() => {
                Err(Error::data(name, "does not run; see retail jobs status"))
            }
            (Some(name), true) => Err(self.unknown(name)),
            _ => Ok(ended),
        }
    }

    /// The checkpoints of queries, at `places` or noted, and what is to become of each; with `act` it
    /// is done.
    ///
    /// # Errors
    /// When a store or the server refuses.
    pub fn clean(&self, places: &[Location], act: bool) -> Result<Vec<Cleaned>> {
        let noted = self
            .queries
            .values()
            .filter_map(|query| query.checkpoint.parse().ok());
        let mut checkpoints: BTreeSet<Location> = noted.map(|place| absolute(&place)).collect();
        for place in places {
            checkpoints.extend(below(place)?);
        }
        let mut cleaned = Vec::new();
        for checkpoint in checkpoints {
            let Some(marker) = Marker::read(&checkpoint)? else {
                continue;
            };
            let kept = self.why_kept(&marker);
            if act && kept.is_none() {
                remove(&checkpoint)?;
            }
            cleaned.push(Cleaned {
                checkpoint: checkpoint.to_string(),
                query: marker.queries.first().cloned().unwrap_or_default(),
                output: marker.output,
                removed: act && kept.is_none(),
                kept,
            });
        }
        if act {
            self.forget()?;
        }
        Ok(cleaned)
    }

    /// Forgets what does not run.
    fn forget(&self) -> Result<()> {
        for name in self.queries.keys().filter(|name| !self.is_active(name)) {
            self.home.forget_query(name)?;
        }
        for (id, _) in self.runs.iter().filter(|(_, run)| run.is_gone()) {
            self.home.forget_run(id)?;
        }
        Ok(())
    }

    /// Why a checkpoint is not to be removed; none if it is.
    fn why_kept(&self, marker: &Marker) -> Option<String> {
        let remote = self.home.session.remote();
        if let Some(name) = marker.queries.iter().find(|name| self.is_active(name)) {
            return Some(format!("{name} runs"));
        }
        if marker.server != remote.server() {
            // Whether it runs there is not known here.
            return Some(format!("is of {}; name that with --remote", marker.server));
        }
        (marker.user != remote.user()).then(|| format!("is of the user {}", marker.user))
    }

    fn is_active(&self, name: &str) -> bool {
        self.active.iter().any(|query| query.name == name)
    }

    /// The names of all queries that run or are noted.
    fn names(&self) -> BTreeSet<&str> {
        let active = self.active.iter().map(|query| query.name.as_str());
        active
            .chain(self.queries.keys().map(String::as_str))
            .collect()
    }

    fn run(&self, name: &str) -> Option<(&String, &home::Run)> {
        self.runs
            .iter()
            .find(|(id, _)| *id == name || run_name(id) == name)
    }

    fn find(&self, name: &str) -> Option<Query> {
        let active = self.active.iter().find(|query| query.name == name).cloned();
        active.or_else(|| {
            self.queries.get(name).map(|note| Query {
                name: name.to_owned(),
                id: note.id.clone(),
                run_id: note.run_id.clone(),
            })
        })
    }

    fn query(&self, name: &str) -> Result<Job> {
        let session = &self.home.session;
        let query = self.find(name).ok_or_else(|| self.unknown(name))?;
        let note = self.queries.get(name);
        let status = query.status(session)?;
        let error = match &status {
            Some(status) if !status.is_active => query.failure(session)?,
            _ => None,
        };
        let progress = match &status {
            Some(_) => query.last_progress(session)?,
            None => None,
        };
        let told = |name: &str| progress.as_ref().and_then(|progress| progress.get(name));
        let state = match (&status, &error) {
            (None, _) => State::Gone,
            (Some(status), _) if status.is_active => State::Running,
            (_, Some(_)) => State::Failed,
            _ => State::Stopped,
        };
        Ok(Job {
            name: name.to_owned(),
            work: Work::Stream,
            state,
            doing: status.map(|status| status.message),
            percent: None,
            id: Some(query.id.clone()),
            run_id: Some(query.run_id.clone()),
            started: note.map(|note| note.submitted.clone()),
            rows_per_second: progress.as_ref().and_then(speed),
            last_batch: told("batchId").and_then(Value::as_u64),
            last_batch_at: told("timestamp").and_then(Value::as_str).map(str::to_owned),
            last_batch_rows: progress.as_ref().map(queries::rows),
            error,
            source: note.map(|note| note.source.clone()),
            output: note.map(|note| note.output.clone()),
            checkpoint: note.map(|note| note.checkpoint.clone()),
        })
    }

    fn unknown(&self, name: &str) -> Error {
        let what = format!(
            "nothing of this name at {}; see retail jobs list",
            self.home.session.remote()
        );
        Error::data(name, what)
    }
}

/// A checkpoint, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Cleaned {
    /// The folder.
    pub checkpoint: String,
    /// Whose it is.
    pub query: String,
    /// Where that wrote; the output stays.
    pub output: String,
    /// Whether it was removed.
    pub removed: bool,
    /// Why it stays, where it does.
    pub kept: Option<String>,
}

/// Messages a second in a batch, from its whole time.
fn speed(progress: &Value) -> Option<f64> {
    let rows = queries::rows(progress) as f64;
    let millis = progress.pointer("/durationMs/triggerExecution")?.as_f64()?;
    Some((rows * 1e6 / millis.max(1.0)).round() / 1e3)
}

fn run_name(id: &str) -> String {
    format!("{OURS}batch-{id}")
}

fn batch(id: &str, run: &home::Run) -> Job {
    Job {
        name: run_name(id),
        work: Work::Batch,
        state: match run.is_gone() {
            true => State::Killed,
            false => State::Running,
        },
        doing: Some(format!(
            "reads {} files of {} bytes for {}",
            run.files, run.bytes, run.host
        )),
        percent: Some(run.read.saturating_mul(100) / run.bytes.max(1)),
        id: None,
        run_id: Some(id.to_owned()),
        started: Some(run.started.clone()),
        rows_per_second: None,
        last_batch: None,
        last_batch_at: None,
        last_batch_rows: None,
        error: None,
        source: None,
        output: None,
        checkpoint: None,
    }
}

/// Ends the work of a batch in the session that it has for itself.
fn interrupt(run: &home::Run, remote: &Remote, stop: &Stop) -> Result<()> {
    let session = Uuid::parse_str(&run.session)
        .map_err(|e| Error::Internal(format!("the session of a batch: {e}")))?;
    match Session::join(&remote.in_session(&session), &run.tag, stop) {
        Ok(session) => session.interrupt(&run.tag).map(drop),
        // It has just ended.
        Err(e) if is_dropped(&e) => Ok(()),
        Err(e) => Err(e),
    }
}

fn absolute(place: &Location) -> Location {
    store::absolute(place).unwrap_or_else(|_| place.clone())
}

/// The checkpoints at a place: itself, or folders in it.
fn below(place: &Location) -> Result<Vec<Location>> {
    let store = store::open(place)?;
    if store.stat(place)?.is_none_or(|stat| stat.kind != Kind::Dir) {
        return Ok(Vec::new());
    }
    let place = absolute(place);
    if Marker::read(&place)?.is_some() {
        return Ok(vec![place]);
    }
    let children = store.children(&place)?.into_iter();
    let folders = children.filter(|child| child.kind == Kind::Dir);
    Ok(folders
        .filter_map(|child| Some(place.join(child.name.to_str()?)))
        .collect())
}

/// Removes what Spark and `retail` have put into a checkpoint, and it, if nothing else is there.
fn remove(checkpoint: &Location) -> Result<()> {
    let store = store::open(checkpoint)?;
    let carried = stream::Job::ALL.map(stream::Job::name);
    let folders = carried.into_iter().chain([REJECTS]);
    for folder in folders {
        remove_tree(&*store, &checkpoint.join(folder))?;
    }
    // Last, so that a removal that broke off is gone on with.
    store.remove_file(&checkpoint.join(MARKER))?;
    match store.children(checkpoint)?.is_empty() {
        true => store.remove_dir(checkpoint),
        false => Ok(()),
    }
}
