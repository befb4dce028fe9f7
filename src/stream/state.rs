//! The whole state of a stream, and its commit.
//!
//! # The commit
//! 1. Rejects and late records are on the disk (or delivered), up to a length.
//! 2. When rows are due, the newest output file is written anew with them, under a temporary
//!    name.
//! 3. One frame in the checkpoint names it all: **this is the commit**.
//! 4. The output file takes its place, and the run record tells of it.
//!
//! A crash before 3 leaves the last commit: what was written since is cut off or removed. After
//! it, the next start does what is missing of 4.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::Result;
use crate::record::Rules;
use crate::record::Total;
use crate::store::run_record::{InputFile, RUN_RECORD, SUCCESS, now};
use crate::store::{Location, Lock, RunRecord, Store};
use crate::stream::appendix::{Appendix, Length};
use crate::stream::checkpoint::{Checkpoint, Frame, Position};
use crate::stream::dead_letters::{DeadLetters, Letters};
use crate::stream::dedup::Seen;
use crate::stream::home::{self, Home};
use crate::stream::intake::Intake;
use crate::stream::ledger::Ledger;
use crate::stream::output::{Output, Parts, Products};
use crate::stream::revenue::Revenue;
use crate::stream::source::Take;
use crate::stream::window::{Closed, Shape, Windows};

/// What a stream is asked to keep, and where.
pub struct Plan {
    /// Length, distance and patience of windows.
    pub shape: Shape,
    /// How records are cleaned.
    pub rules: Arc<Rules>,
    /// How long keys are known, in microseconds of event time.
    pub horizon: i64,
    /// The folder of closed windows.
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
    /// Begin anew where the source was one that cannot be read again.
    pub anew_after_pipe: bool,
    /// The topic of dead letters, if rejects go there.
    pub letters: Option<Letters>,
}

/// The steps of a commit, for tests that end between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing done yet.
    Begin,
    /// Rejects and late records are on the disk.
    Appendices,
    /// The output file is on the disk under its temporary name.
    Staged,
    /// The frame is in the checkpoint.
    Committed,
    /// The output file has its name.
    Published,
    /// The run record is written.
    Recorded,
}

impl Step {
    /// All steps in order.
    pub const ALL: [Self; 6] = [
        Self::Begin,
        Self::Appendices,
        Self::Staged,
        Self::Committed,
        Self::Published,
        Self::Recorded,
    ];
}

/// Called between the steps; an error there is as good as a crash.
pub type Hook = Box<dyn FnMut(Step) -> Result<()> + Send>;

/// The state of a stream.
pub struct State {
    /// Cleaning, counts and windows.
    pub intake: Intake<Revenue>,
    checkpoint: Checkpoint,
    output: Output,
    store: Arc<dyn Store>,
    /// Whether the output says that its source has ended.
    success: bool,
    /// Columns that the last commit knew to have occurred.
    columns: usize,
    settings: Map<String, Value>,
    /// How far the source had been read by the last commit; none before the first.
    pub position: Option<Position>,
    /// Whether the source had been read to its end by then.
    pub ended: bool,
    hook: Hook,
    locks: Vec<Box<dyn Lock>>,
}

/// What the frames of a checkpoint add up to.
struct Restored {
    windows: Windows,
    seen: Vec<Seen>,
    ledger: Ledger,
    rows: Vec<Closed>,
    parts: Parts,
    rejects: Length,
    late: Length,
    columns: Vec<String>,
    position: Option<Position>,
    ended: bool,
}

impl State {
    /// Locks checkpoint and output, and goes on where the last commit was.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] when another process has them; [`crate::Error::Data`] when they are
    /// damaged, do not match each other or what is asked.
    pub fn open(plan: Plan) -> Result<Self> {
        let Home {
            output,
            store,
            locks,
            mut checkpoint,
        } = Home::enter(
            &plan.output,
            &plan.checkpoint,
            plan.identity,
            plan.fresh,
            plan.anew_after_pipe,
        )?;
        let mut was = Restored::new(plan.shape);
        let found = checkpoint.read(|payload| {
            was.apply(&postcard::from_bytes(payload)?);
            Ok(())
        })?;
        let layout = Products {
            size: plan.shape.size,
        };
        let output = Output::open(Arc::clone(&store), output, layout, was.parts)?;
        if !found {
            home::refuse_orphans(&*store, output.folder())?;
        }
        let epoch = checkpoint.epoch();
        let beside =
            |name, length| Appendix::open(&store, &output.folder().join(name), length, epoch);
        let rejects = match plan.letters {
            Some(letters) => DeadLetters::Topic(letters, was.rejects),
            None => DeadLetters::Folder(beside(home::REJECTS, was.rejects)?),
        };
        let late = beside(home::LATE, was.late)?;
        let mut intake = Intake::new(
            plan.rules,
            Revenue::new(was.windows),
            (rejects, late),
            plan.horizon,
        );
        intake.columns().recall(&was.columns);
        intake.core.seen = was.seen;
        intake.books.ledger = was.ledger;
        intake.core.rows = was.rows;
        let count = intake.core.windows.progress().len();
        intake.partitions(count);
        let success = store.stat(&output.folder().join(SUCCESS))?.is_some();
        Ok(Self {
            intake,
            checkpoint,
            output,
            store,
            success,
            columns: was.columns.len(),
            settings: plan.settings,
            position: was.position,
            ended: was.ended,
            hook: Box::new(|_| Ok(())),
            locks,
        })
    }

    /// Calls `hook` between the steps of every commit.
    pub fn set_hook(&mut self, hook: Hook) {
        self.hook = hook;
    }

    /// The run that began the state.
    pub fn run_id(&self) -> &str {
        &self.checkpoint.identity().run_id
    }

    /// The databases that were to begin anew with it.
    pub fn anew(&self) -> &[String] {
        &self.checkpoint.identity().anew
    }

    /// Where output and checkpoint are.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// The output folder.
    pub fn output(&self) -> &Location {
        self.output.folder()
    }

    /// The files of the output, as the last commit names them.
    pub fn parts(&self) -> &Parts {
        self.output.parts()
    }

    /// Commits everything up to `position`; with `roll`, closed rows go to the output.
    ///
    /// # Errors
    /// When something cannot be written: then the last commit counts.
    pub fn commit(&mut self, position: Position, roll: bool, ended: bool) -> Result<()> {
        (self.hook)(Step::Begin)?;
        self.locks.iter().try_for_each(|lock| lock.check())?;
        if self.success && !ended {
            let success = self.output.folder().join(SUCCESS);
            self.store.remove_file(&success)?;
            self.success = false;
        }
        let columns = self.intake.columns().seen();
        let Intake { books, core, .. } = &mut self.intake;
        let (rejects, late) = (books.rejects.sync()?, books.late.sync()?);
        (self.hook)(Step::Appendices)?;
        let rolled = roll && !core.rows.is_empty();
        if rolled {
            self.output.stage(&core.rows)?;
        }
        (self.hook)(Step::Staged)?;
        let whole = self.checkpoint.wants_whole();
        let new = core.rows.len() - core.uncommitted;
        let rows = match (rolled, whole) {
            (true, _) => &[],
            (false, true) => &core.rows[..],
            (false, false) => &core.rows[new..],
        };
        let keys = core.seen.iter().map(|seen| match whole {
            true => seen.all().collect(),
            false => seen.fresh().collect::<Vec<_>>(),
        });
        let frame = Frame {
            position: position.clone(),
            ledger: (&books.ledger).into(),
            windows: match whole {
                true => core.windows.whole(),
                false => core.windows.changes(),
            },
            keys: keys.collect(),
            rolled: rolled || whole,
            rows: rows
                .iter()
                .map(|row| (&*row.product, row.revenue.units(), row.start))
                .collect(),
            columns: (whole || columns.len() > self.columns).then(|| columns.clone()),
            parts: self.output.parts().clone(),
            rejects,
            late,
            ended,
        };
        self.checkpoint.commit(&frame, whole)?;
        drop(frame);
        (self.hook)(Step::Committed)?;
        core.uncommitted = 0;
        core.windows.settle();
        core.seen.iter_mut().for_each(Seen::settle);
        self.position = Some(position);
        self.ended = ended;
        self.columns = columns.len();
        if rolled {
            core.rows.clear();
            self.output.publish()?;
        }
        (self.hook)(Step::Published)
    }

    /// Writes the run record, and `_SUCCESS` where the source has ended. `figures` is the summary,
    /// `inputs` what has been read so far.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, figures: Value, inputs: Vec<InputFile>) -> Result<()> {
        let identity = self.checkpoint.identity();
        let record = RunRecord {
            run_id: identity.run_id.clone(),
            started: identity.started.clone(),
            finished: now(),
            settings: self.settings.clone(),
            inputs,
            figures,
            files: self.output.entries(),
            ..RunRecord::begin("stream")
        };
        let folder = self.output.folder();
        let place = folder.join(RUN_RECORD);
        self.store.write_small_atomic(&place, &record.to_json()?)?;
        if self.ended && !self.success {
            self.store.write_small(&folder.join(SUCCESS), b"")?;
            self.success = true;
        }
        (self.hook)(Step::Recorded)
    }
}

impl Restored {
    fn new(shape: Shape) -> Self {
        Self {
            windows: Windows::new(shape),
            seen: Vec::new(),
            ledger: Ledger::default(),
            rows: Vec::new(),
            parts: Parts::default(),
            rejects: Length::default(),
            late: Length::default(),
            columns: Vec::new(),
            position: None,
            ended: false,
        }
    }

    fn apply(&mut self, frame: &Frame<'_>) {
        self.windows.apply(&frame.windows);
        if self.seen.len() < frame.keys.len() {
            self.seen.resize_with(frame.keys.len(), Seen::default);
        }
        for (seen, keys) in self.seen.iter_mut().zip(&frame.keys) {
            for (key, time) in keys {
                seen.restore(key, *time);
            }
        }
        if frame.rolled {
            self.rows.clear();
        }
        self.rows
            .extend(frame.rows.iter().map(|(product, sum, start)| Closed {
                product: (*product).into(),
                revenue: Total::from_units(*sum),
                start: *start,
            }));
        self.ledger = (&frame.ledger).into();
        self.parts = frame.parts.clone();
        (self.rejects, self.late) = (frame.rejects, frame.late);
        if let Some(columns) = &frame.columns {
            self.columns.clone_from(columns);
        }
        self.position = Some(frame.position.clone());
        self.ended = frame.ended;
    }
}
