//! Reading what one run found by an analysis.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::analyses::spec::FOLDER;
use crate::batch::FOLDERS;
use crate::error::{Error, Result};
use crate::serve::watched::Source;
use crate::serve::{runs, stamps};
use crate::source::held::Held;
use crate::store::run_record::RUN_RECORD;
use crate::store::{Location, RunRecord, recover};

/// The folders of a run switch one after the other within far fewer looks.
const LOOKS: usize = 6;
/// Between two of them.
const REST: Duration = Duration::from_millis(40);

/// What is kept of an analysis. It must not grow much with what the analysis tells of.
pub trait Digest: Send + Sync + Sized + 'static {
    /// The name of the analysis.
    const NAME: &'static str;

    /// Takes up the tables.
    ///
    /// # Errors
    /// When one cannot be read, or is another.
    fn read(tables: &Tables<'_>) -> Result<Self>;

    /// What its page shows. Money is text.
    fn page(&self) -> Value;
}

/// Where the tables of an analysis stand.
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    folder: &'a Path,
}

impl Tables<'_> {
    /// The table of this name.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self, table: &str) -> Result<Held> {
        Held::open(&self.folder.join(format!("{table}.parquet")))
    }

    /// Said of a table that holds what it cannot.
    pub fn wrong(&self, table: &str, what: &str) -> Error {
        let place = self.folder.join(format!("{table}.parquet"));
        Error::data(place.display(), what)
    }
}

/// Which run wrote something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its id.
    pub run_id: String,
    /// When it ended, UTC.
    pub finished: String,
}

/// What a run found.
#[derive(Debug)]
pub struct Found<D> {
    /// The run.
    pub run: Run,
    /// The run that has written batch's totals since, without this analysis; none where the
    /// totals are of the same run.
    pub newer: Option<Run>,
    /// The date that it looked back from.
    pub as_of: Option<String>,
    /// Records that a rule left out, by rule.
    pub left_out: Map<String, Value>,
    /// What it found.
    pub outcome: Outcome<D>,
}

impl<D> Found<D> {
    /// What tells these results from all others, on any machine.
    pub fn identity(&self) -> String {
        format!("{:?} {:?}", self.run, self.newer)
    }
}

/// What became of an analysis.
#[derive(Debug)]
pub enum Outcome<D> {
    /// Its figures.
    Done(Arc<D>),
    /// Why it was skipped.
    Skipped(String),
}

/// The folder of an analysis, beside that of the totals.
#[derive(Debug)]
pub struct Folder<D> {
    own: PathBuf,
    totals: PathBuf,
    kind: PhantomData<fn() -> D>,
}

fn record(folder: &Path) -> Result<Option<RunRecord>> {
    RunRecord::read(&Location::from_path(folder)?)
}

impl From<&RunRecord> for Run {
    fn from(record: &RunRecord) -> Self {
        Self {
            run_id: record.run_id.clone(),
            finished: record.finished.clone(),
        }
    }
}

impl<D: Digest> Folder<D> {
    /// That below batch's `output`.
    pub fn below(output: &Path) -> Self {
        Self {
            own: output.join(FOLDER).join(D::NAME),
            totals: output.join(FOLDERS[0]),
            kind: PhantomData,
        }
    }

    fn read(&self, before: Option<&Found<D>>) -> Result<Option<Found<D>>> {
        let Some(record) = record(&self.own)? else {
            return Ok(None);
        };
        let totals = self::record(&self.totals)?;
        let figures = &record.figures;
        let skipped = &figures["analyses"][D::NAME]["skipped"];
        let known = before.filter(|before| before.run.run_id == record.run_id);
        let outcome = match (skipped.as_str(), known.map(|before| &before.outcome)) {
            (Some(why), _) => Outcome::Skipped(why.to_owned()),
            (None, Some(Outcome::Done(digest))) => Outcome::Done(Arc::clone(digest)),
            (None, _) => Outcome::Done(Arc::new(D::read(&Tables { folder: &self.own })?)),
        };
        if runs::id(&self.own)?.as_ref() != Some(&record.run_id) {
            return Err(runs::replaced(&self.own));
        }
        let newer = totals.as_ref().map(Run::from);
        Ok(Some(Found {
            newer: newer.filter(|newer| newer.run_id != record.run_id),
            as_of: figures["as_of"].as_str().map(str::to_owned),
            left_out: figures["left_out"].as_object().cloned().unwrap_or_default(),
            run: Run::from(&record),
            outcome,
        }))
    }
}

impl<D: Digest> Source for Folder<D> {
    type Content = Found<D>;

    fn stamp(&self) -> u64 {
        let records = [&self.own, &self.totals].map(|folder| folder.join(RUN_RECORD));
        let all = [&self.own, &records[0], &records[1]];
        stamps::of(all.into_iter().map(PathBuf::as_path))
    }

    /// That the totals are of another run may be a switch under way, or one that a crash cut
    /// short: it is believed after some looks only.
    fn load(&self, before: Option<&Found<D>>) -> Result<Option<Found<D>>> {
        let mut outcome = self.read(before);
        for look in 1..LOOKS {
            if let Ok(found) = &outcome
                && found.as_ref().is_none_or(|found| found.newer.is_none())
            {
                break;
            }
            if look == LOOKS / 2 {
                // Whether this is possible is told by the next reading.
                let _ = Location::from_path(&self.own).and_then(|place| recover(&place));
            }
            thread::sleep(REST);
            // What was just read need not be read again.
            outcome = match &outcome {
                Ok(Some(found)) => self.read(Some(found)),
                _ => self.read(before),
            };
        }
        outcome
    }
}
