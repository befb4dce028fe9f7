//! The state of an archive, and its commit.
//!
//! # The commit
//! 1. The files are whole and on the disk, under temporary names in `_staged`.
//! 2. One frame in the checkpoint names them and the position: **this is the commit**.
//! 3. They take their places, and the run record tells of them.
//!
//! A merge is the same with the position as it was, and with 4., the files that it replaces go.
//! Whoever reads the archive in between takes the merged file only
//! ([`crate::source::archive`]). A crash before 2 leaves the last commit; after it, the next start
//! does what is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::filling::Filled;
use super::frame::Frame;
use super::part::{Date, Part, Parts, folder, path};
use super::shelf::{Limits, Shelf, Tally};
use super::{merge, summary::Summary};
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::store::run_record::{InputFile, RUN_RECORD, SUCCESS, now};
use crate::store::{FileEntry, Location, Lock, RunRecord, Store};
use crate::stream::checkpoint::{Checkpoint, Position};
use crate::stream::home::{self, Home, STAGED};
use crate::stream::state::{Hook, Step};

/// The command, as run records tell it.
const COMMAND: &str = "stream --job archive";

/// What an archive is asked to keep, and where.
pub struct Plan {
    /// The folder of the dates.
    pub output: Location,
    /// The folder of the checkpoint.
    pub checkpoint: Location,
    /// What must be the same to go on.
    pub identity: Map<String, Value>,
    /// What decides the result, for the run record.
    pub settings: Map<String, Value>,
    /// Begin anew, with what was there set aside, and in place of what older runs left in the
    /// databases at these addresses; otherwise go on.
    pub fresh: Option<Vec<String>>,
    /// When files are closed.
    pub limits: Limits,
}

/// The state of an archive.
pub struct Archive {
    /// What no commit names yet.
    pub shelf: Shelf,
    checkpoint: Checkpoint,
    store: Arc<dyn Store>,
    folder: Location,
    limits: Limits,
    parts: Parts,
    /// Whether the folder says that its source has ended.
    success: bool,
    settings: Map<String, Value>,
    /// How far the source had been read by the last commit; none before the first.
    pub position: Option<Position>,
    /// What had been taken up by then.
    tally: Tally,
    /// Whether the source had been read to its end by then.
    pub ended: bool,
    /// The dates that the last commit wrote.
    written: Vec<Date>,
    hook: Hook,
    locks: Vec<Box<dyn Lock>>,
}

/// What a commit leaves to be done.
#[derive(Default)]
struct Rest {
    staged: Vec<(String, Date, Part)>,
    doomed: Vec<(Date, Part)>,
}

impl Archive {
    /// Locks checkpoint and output, and goes on where the last commit was.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process has them; [`Error::Data`] when they are damaged, do
    /// not match each other or what is asked.
    pub fn open(plan: Plan) -> Result<Self> {
        let (identity, fresh) = (plan.identity, plan.fresh);
        let home = Home::enter(&plan.output, &plan.checkpoint, identity, fresh, false)?;
        let Home {
            output,
            store,
            locks,
            mut checkpoint,
        } = home;
        let (mut parts, mut last) = (Parts::default(), None);
        let found = checkpoint.read(|payload| {
            let frame: Frame = postcard::from_bytes(payload)?;
            if frame.whole {
                parts = Parts::default();
            }
            for (date, part) in &frame.parts {
                parts.add(*date, *part);
            }
            last = Some(frame);
            Ok(())
        })?;
        store.make_dir_all(&output)?;
        if !found {
            home::refuse_orphans(&*store, &output)?;
        }
        let staging = output.join(STAGED);
        store.make_dir_all(&staging)?;
        let success = store.stat(&output.join(SUCCESS))?.is_some();
        let tally = last.as_ref().map(|frame| frame.tally).unwrap_or_default();
        let shelf = Shelf::new(Arc::clone(&store), staging, plan.limits, tally);
        let mut this = Self {
            shelf,
            checkpoint,
            store,
            folder: output,
            limits: plan.limits,
            parts,
            success,
            settings: plan.settings,
            position: None,
            tally,
            ended: false,
            written: Vec::new(),
            hook: Box::new(|_| Ok(())),
            locks,
        };
        if let Some(frame) = last {
            this.publish(&Rest {
                staged: frame.staged,
                doomed: frame.doomed,
            })?;
            this.position = Some(frame.position);
            this.ended = frame.ended;
        }
        this.clear()?;
        this.check()?;
        Ok(this)
    }

    /// Calls `hook` between the steps of every commit.
    pub fn set_hook(&mut self, hook: Hook) {
        self.hook = hook;
    }

    /// The archive's folder.
    pub fn folder(&self) -> &Location {
        &self.folder
    }

    /// Its files.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// What the commits hold.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Removes what no commit names.
    fn clear(&self) -> Result<()> {
        let staging = self.folder.join(STAGED);
        if self.store.stat(&staging)?.is_none() {
            return Ok(());
        }
        for child in self.store.children(&staging)? {
            self.store
                .remove_file(&staging.join(&child.name.to_string_lossy()))?;
        }
        Ok(())
    }

    /// Looks whether the files are those that the checkpoint names.
    fn check(&self) -> Result<()> {
        // On S3 a folder is there while something is in it.
        let found = match self.store.stat(&self.folder)? {
            Some(_) => self.store.list(&self.folder)?,
            None => Vec::new(),
        };
        let mut found: BTreeMap<&str, u64> = found
            .iter()
            .map(|entry| (entry.path.as_str(), entry.len))
            .collect();
        for (date, part) in self.parts.iter() {
            let path = path(date, part);
            let what = match found.remove(path.as_str()) {
                Some(bytes) if bytes == part.bytes => continue,
                Some(_) => "is not the file that its checkpoint names",
                None => "is missing, though its checkpoint names it",
            };
            let what = format!("{what}; put it back, or begin anew with --fresh");
            return Err(Error::data(self.folder.join(&path), what));
        }
        let mut others = found.keys().filter(|path| path.ends_with(".parquet"));
        match others.next() {
            None => Ok(()),
            Some(path) => Err(Error::data(
                self.folder.join(path),
                "is not of this checkpoint; begin anew with --fresh, or choose another --output",
            )),
        }
    }

    /// Commits everything up to `position`.
    ///
    /// # Errors
    /// When something cannot be written: then the last commit counts.
    pub fn commit(&mut self, position: Position, ended: bool) -> Result<()> {
        (self.hook)(Step::Begin)?;
        if self.success && !ended {
            self.store.remove_file(&self.folder.join(SUCCESS))?;
            self.success = false;
        }
        let filled = self.shelf.close()?;
        let mut rest = Rest::default();
        self.written.clear();
        for (date, file) in filled {
            let number = self.parts.next(date);
            let part = part_of(&file, number, number);
            rest.staged.push((file.name, date, part));
            self.written.push(date);
        }
        (self.position, self.ended, self.tally) = (Some(position), ended, self.shelf.tally);
        self.settle(&rest)
    }

    /// Merges small files while any are due, in commits of their own: at most a few, as the source
    /// waits meanwhile; after its end all, unless a signal comes.
    ///
    /// # Errors
    /// When something cannot be written or read.
    pub fn tidy(&mut self, stop: &Stop) -> Result<()> {
        const AT_ONCE: usize = 4;
        if self.ended {
            self.written.clear();
        }
        let most = if self.ended { usize::MAX } else { AT_ONCE };
        for _ in 0..most {
            if stop.asked() {
                break;
            }
            let due = merge::next(&self.parts, &self.written, self.limits.bytes);
            let Some((date, parts)) = due else {
                break;
            };
            (self.hook)(Step::Begin)?;
            let into = (&self.folder.join(STAGED), self.shelf.name());
            let file = merge::merge(&self.store, &self.folder, (date, &parts), into)?;
            let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
                break;
            };
            let part = part_of(&file, first.first, last.last);
            self.settle(&Rest {
                staged: vec![(file.name, date, part)],
                doomed: parts.iter().map(|part| (date, *part)).collect(),
            })?;
        }
        Ok(())
    }

    /// Commits files that are staged, and does what is left then.
    fn settle(&mut self, rest: &Rest) -> Result<()> {
        (self.hook)(Step::Staged)?;
        self.locks.iter().try_for_each(|lock| lock.check())?;
        let new = || rest.staged.iter().map(|(_, date, part)| (*date, *part));
        for (date, part) in new() {
            self.parts.add(date, part);
        }
        let whole = self.checkpoint.wants_whole();
        let internal = || Error::Internal("a commit without a position".to_owned());
        let frame = Frame {
            position: self.position.clone().ok_or_else(internal)?,
            tally: self.tally,
            whole,
            parts: match whole {
                true => self
                    .parts
                    .iter()
                    .map(|(date, part)| (date, *part))
                    .collect(),
                false => new().collect(),
            },
            staged: rest.staged.clone(),
            doomed: rest.doomed.clone(),
            ended: self.ended,
        };
        self.checkpoint.commit(&frame, whole)?;
        (self.hook)(Step::Committed)?;
        self.publish(rest)?;
        (self.hook)(Step::Published)
    }

    /// Puts committed files in their places, and removes those that were merged into them. Files
    /// of which that is done already are left.
    fn publish(&self, rest: &Rest) -> Result<()> {
        let mut folders = Vec::new();
        for (name, date, part) in &rest.staged {
            let from = self.folder.join(STAGED).join(name);
            if self.store.stat(&from)?.is_none() {
                continue;
            }
            let dir = self.folder.join(&folder(*date));
            self.store.make_dir_all(&dir)?;
            self.store
                .rename(&from, &self.folder.join(&path(*date, part)))?;
            folders.push(dir);
        }
        for dir in folders {
            self.store.sync_dir(&dir)?;
        }
        for (date, part) in &rest.doomed {
            let place = self.folder.join(&path(*date, part));
            if self.store.stat(&place)?.is_some() {
                self.store.remove_file(&place)?;
            }
        }
        self.store.sync_dir(&self.folder)
    }

    /// Writes the run record, and `_SUCCESS` where the source has ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, summary: &Summary, inputs: Vec<InputFile>) -> Result<()> {
        let figures = serde_json::to_value(summary)
            .map_err(|e| Error::Internal(format!("the summary as JSON: {e}")))?;
        let identity = self.checkpoint.identity();
        let files = self.parts.iter().map(|(date, part)| FileEntry {
            name: path(date, part),
            bytes: part.bytes,
        });
        let record = RunRecord {
            run_id: identity.run_id.clone(),
            started: identity.started.clone(),
            finished: now(),
            settings: self.settings.clone(),
            inputs,
            figures,
            files: files.collect(),
            ..RunRecord::begin(COMMAND)
        };
        let place = self.folder.join(RUN_RECORD);
        self.store.write_small_atomic(&place, &record.to_json()?)?;
        if self.ended && !self.success {
            self.store.write_small(&self.folder.join(SUCCESS), b"")?;
            self.success = true;
        }
        (self.hook)(Step::Recorded)
    }
}

fn part_of(file: &Filled, first: u32, last: u32) -> Part {
    Part {
        first,
        last,
        rows: file.rows,
        bytes: file.bytes,
    }
}
