//! The whole state of the jobs, and its commit: the steps are those of
//! [`crate::stream::state`], with a folder for each table.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value};

use super::frame::{Frame, SavedJob, SavedTable};
use super::layout::Columns;
use super::operator::{Operator, Tally};
use super::outbox::Outbox;
use super::row::Row;
use super::running::{Jobs, Running};
use super::seen::Seen;
use super::spec::Keep;
use crate::error::{Error, Result};
use crate::record::Rules;
use crate::record::quality::Broken;
use crate::store::run_record::{InputFile, RUN_RECORD, SUCCESS, now};
use crate::store::{FileEntry, Location, Lock, RunRecord, Store};
use crate::stream::appendix::{Appendix, Length};
use crate::stream::checkpoint::{Checkpoint, Position, Segment};
use crate::stream::dead_letters::{DeadLetters, Letters};
use crate::stream::home::{self, Home};
use crate::stream::intake::Intake;
use crate::stream::keyed::Table;
use crate::stream::keyed::roll::Roll;
use crate::stream::ledger::Ledger;
use crate::stream::output::{Output, Parts};
use crate::stream::state::{Hook, Step};

/// What the jobs are asked to keep, and where.
pub struct Plan {
    /// How events are read.
    pub rules: Arc<Rules>,
    /// The jobs, holding nothing.
    pub jobs: Vec<Box<dyn Operator>>,
    /// How long keys of duplicates are known, in microseconds of event time.
    pub horizon: i64,
    /// The folder of all tables.
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

/// The state of the jobs.
pub struct State {
    /// The jobs and all counts.
    pub intake: Intake<Jobs>,
    checkpoint: Checkpoint,
    /// By job and table.
    outputs: Vec<Vec<Output<Columns>>>,
    /// How often files of a job were written.
    rolls: Vec<u64>,
    store: Arc<dyn Store>,
    output: Location,
    success: bool,
    settings: Map<String, Value>,
    /// How far the source had been read by the last commit; none before the first.
    pub position: Option<Position>,
    /// Whether the source had been read to its end by then.
    pub ended: bool,
    /// Alerts that nobody has taken yet; whoever takes them does so from here.
    pub untold: Arc<Outbox>,
    /// Repeats the state in portions, so that older segments can go.
    roll: Roll,
    hook: Hook,
    locks: Vec<Box<dyn Lock>>,
}

/// What the frames of a checkpoint add up to, beside the values by key.
#[derive(Default)]
struct Restored {
    ledger: Ledger,
    quality: Broken,
    latest: Vec<Option<i64>>,
    seen: Seen,
    jobs: Vec<RestoredJob>,
    untold: Outbox,
    columns: Vec<String>,
    rejects: Length,
    late: Length,
    position: Option<Position>,
    ended: bool,
}

#[derive(Default)]
struct RestoredJob {
    tally: Tally,
    figures: Vec<(String, i64)>,
    rows: Vec<(usize, Row)>,
    parts: Vec<Parts>,
    rolls: u64,
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
        let mut jobs = plan.jobs;
        let mut was = Restored::default();
        was.jobs.resize_with(jobs.len(), RestoredJob::default);
        let began = Instant::now();
        let found = checkpoint.read(|payload| {
            was.apply(postcard::from_bytes(payload)?, &mut jobs);
            Ok(())
        })?;
        if found {
            let keys: usize = jobs.iter().map(|job| job.table().len()).sum();
            let seconds = began.elapsed().as_secs_f64();
            tracing::debug!(
                "goes on from the last commit with {keys} keys, read in {seconds:.3} s"
            );
        }
        store.make_dir_all(&output)?;
        if !found {
            home::refuse_orphans(&*store, &output)?;
        }
        let mut outputs = Vec::new();
        for (job, was) in jobs.iter().zip(&was.jobs) {
            let mut tables = Vec::new();
            for (number, table) in job.spec().tables.iter().enumerate() {
                let parts = was.parts.get(number).cloned().unwrap_or_default();
                let folder = output.join(table.name);
                tables.push(Output::open(
                    Arc::clone(&store),
                    folder,
                    Columns(table),
                    parts,
                )?);
            }
            outputs.push(tables);
        }
        let epoch = checkpoint.epoch();
        let beside = |name, length| Appendix::open(&store, &output.join(name), length, epoch);
        let rejects = match plan.letters {
            Some(letters) => DeadLetters::Topic(letters, was.rejects),
            None => DeadLetters::Folder(beside(home::REJECTS, was.rejects)?),
        };
        let late = beside(home::LATE, was.late)?;
        let mut intake = Intake::new(plan.rules, Jobs::new(jobs), (rejects, late), plan.horizon);
        intake.columns().recall(&was.columns);
        intake.books.ledger = was.ledger;
        let core = &mut intake.core;
        core.quality = was.quality;
        core.marks.restore(&was.latest);
        core.seen = was.seen;
        let mut rolls = Vec::new();
        for (job, was) in core.jobs.iter_mut().zip(was.jobs) {
            job.operator.table_mut().settle();
            job.operator.restore(was.tally).map_err(|_| {
                let name = job.operator.spec().name;
                let what = "of another version of this program; begin anew with --fresh";
                Error::data(&plan.checkpoint, format!("the state of {name} is {what}"))
            })?;
            job.committed = was.rows.len();
            job.out.rows = was.rows;
            job.out.counts = figures(job, &was.figures);
            rolls.push(was.rolls);
        }
        let success = store.stat(&output.join(SUCCESS))?.is_some();
        Ok(Self {
            intake,
            roll: Roll::new(checkpoint.is_rolling()),
            checkpoint,
            outputs,
            rolls,
            store,
            output,
            success,
            settings: plan.settings,
            position: was.position,
            ended: was.ended,
            untold: Arc::new(was.untold),
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

    /// The folder of all tables.
    pub fn output(&self) -> &Location {
        &self.output
    }

    /// By job, its tables with their folders and the files that the last commit names.
    pub fn outputs(&self) -> impl Iterator<Item = (&Running, &[Output<Columns>])> + '_ {
        let jobs = self.intake.core.jobs.iter();
        jobs.zip(self.outputs.iter().map(Vec::as_slice))
    }

    /// Rows of all tables, in files and waiting for one.
    pub fn row_count(&self) -> u64 {
        let tables = self.outputs.iter().flatten();
        let files = tables.flat_map(|table| &table.parts().files);
        let written: u64 = files.map(|part| part.rows).sum();
        let jobs = self.intake.core.jobs.iter();
        written + jobs.map(|job| job.out.rows.len() as u64).sum::<u64>()
    }

    /// By job and table, how many rows there are in files and waiting for one.
    pub fn rows(&self) -> Vec<BTreeMap<&'static str, u64>> {
        let jobs = self.intake.core.jobs.iter().zip(&self.outputs);
        let rows = jobs.map(|(job, tables)| {
            let specs = job.operator.spec().tables.iter().enumerate();
            let counts = specs.zip(tables).map(|((number, spec), table)| {
                let written: u64 = table.parts().files.iter().map(|part| part.rows).sum();
                let waiting = job.out.rows.iter().filter(|(of, _)| *of == number).count();
                (spec.name, written + waiting as u64)
            });
            counts.collect()
        });
        rows.collect()
    }

    /// Commits everything up to `position`; with `roll`, rows go to the output.
    ///
    /// # Errors
    /// When something cannot be written: then the last commit counts.
    pub fn commit(&mut self, position: Position, roll: bool, ended: bool) -> Result<()> {
        (self.hook)(Step::Begin)?;
        self.locks.iter().try_for_each(|lock| lock.check())?;
        if self.success && !ended {
            self.store.remove_file(&self.output.join(SUCCESS))?;
            self.success = false;
        }
        let columns = self.intake.columns().seen();
        let Intake { books, core, .. } = &mut self.intake;
        let (rejects, late) = (books.rejects.sync()?, books.late.sync()?);
        (self.hook)(Step::Appendices)?;
        if roll {
            for ((job, tables), rolls) in
                core.jobs.iter().zip(&mut self.outputs).zip(&mut self.rolls)
            {
                *rolls += 1;
                stage(job, tables, *rolls)?;
            }
        }
        (self.hook)(Step::Staged)?;
        let jobs = core.jobs.iter().map(|job| job.operator.table());
        let tables: Vec<&Table> = jobs.chain([core.seen.table()]).collect();
        let held = tables.iter().map(|table| table.data() as u64).sum();
        let segment = self.roll.segment(self.checkpoint.wants_segment(held));
        let mut saved: Vec<_> = tables.iter().map(|table| SavedTable::of(table)).collect();
        let changed = saved.iter().map(SavedTable::size).sum();
        let least = self.checkpoint.portion(held);
        self.roll
            .portion(&tables, changed, least, |table, key, value, due| {
                saved[table].walk(key, value, due);
            });
        // What is in no table is told anew in a new segment.
        let anew = segment == Segment::New || self.position.is_none();
        let seen = saved.pop().unwrap_or_default();
        let jobs = core
            .jobs
            .iter()
            .zip(saved)
            .zip(&self.outputs)
            .zip(&self.rolls);
        let jobs = jobs.map(|(((job, table), tables), rolls)| SavedJob {
            tally: job.operator.tally().clone(),
            figures: job.figures(),
            table,
            rolled: roll || anew,
            rows: match (roll, anew) {
                (true, _) => Vec::new(),
                (false, true) => job.out.rows.clone(),
                (false, false) => job.out.rows[job.committed..].to_vec(),
            },
            parts: tables.iter().map(|table| table.parts().clone()).collect(),
            rolls: *rolls,
        });
        let frame = Frame {
            position: position.clone(),
            ledger: (&books.ledger).into(),
            quality: core.quality.by_name().into_iter().collect(),
            latest: core.marks.latest().collect(),
            seen,
            jobs: jobs.collect(),
            untold: self.untold.save(anew),
            columns,
            rejects,
            late,
            ended,
        };
        self.checkpoint.commit_in(&frame, segment)?;
        self.untold.saved(&frame.untold);
        drop(frame);
        if self.roll.committed() {
            self.checkpoint.drop_older()?;
        }
        (self.hook)(Step::Committed)?;
        for (job, tables) in core.jobs.iter_mut().zip(&mut self.outputs) {
            job.operator.table_mut().settle();
            if roll {
                job.out.rows.clear();
                tables.iter_mut().try_for_each(Output::publish)?;
            }
            job.committed = job.out.rows.len();
        }
        core.seen.table_mut().settle();
        self.position = Some(position);
        self.ended = ended;
        (self.hook)(Step::Published)
    }

    /// Commits which alerts have been taken since the last commit, and nothing else.
    ///
    /// # Errors
    /// When it cannot be written: then they are told again.
    pub fn commit_told(&mut self) -> Result<()> {
        match self.position.clone() {
            Some(position) if self.untold.has_changed() => self.commit(position, false, self.ended),
            _ => Ok(()),
        }
    }

    /// Writes the run record, and `_SUCCESS` where the source has ended. `figures` is the summary,
    /// `inputs` what has been read so far.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record(&mut self, figures: Value, inputs: Vec<InputFile>) -> Result<()> {
        let identity = self.checkpoint.identity();
        let tables = self.outputs.iter().flatten();
        let files = tables.flat_map(|table| {
            let name = table.folder().name().unwrap_or_default().to_owned();
            table.entries().into_iter().map(move |entry| FileEntry {
                name: format!("{name}/{}", entry.name),
                ..entry
            })
        });
        let record = RunRecord {
            run_id: identity.run_id.clone(),
            started: identity.started.clone(),
            finished: now(),
            settings: self.settings.clone(),
            inputs,
            figures,
            files: files.collect(),
            ..RunRecord::begin("stream jobs")
        };
        let place = self.output.join(RUN_RECORD);
        self.store.write_small_atomic(&place, &record.to_json()?)?;
        if self.ended && !self.success {
            self.store.write_small(&self.output.join(SUCCESS), b"")?;
            self.success = true;
        }
        (self.hook)(Step::Recorded)
    }
}

/// Writes the rows of a job into files that take their places after the commit.
fn stage(job: &Running, tables: &mut [Output<Columns>], roll: u64) -> Result<()> {
    for (number, table) in tables.iter_mut().enumerate() {
        match job.operator.spec().tables[number].keep {
            Keep::Newest => table.stage_anew(&job.operator.newest(number), roll)?,
            Keep::Rows | Keep::Alerts => {
                let rows = job.out.rows.iter().filter(|(of, _)| *of == number);
                let rows: Vec<Row> = rows.map(|(_, row)| row.clone()).collect();
                if !rows.is_empty() {
                    table.stage(&rows)?;
                }
            }
        }
    }
    Ok(())
}

/// The figures that a job still has.
fn figures(job: &Running, saved: &[(String, i64)]) -> BTreeMap<&'static str, i64> {
    let known = job.operator.spec().figures.iter();
    let found = known.filter_map(|name| {
        let (_, count) = saved.iter().find(|(was, _)| was == name)?;
        Some((*name, *count))
    });
    found.collect()
}

impl Restored {
    fn apply(&mut self, frame: Frame<'_>, jobs: &mut [Box<dyn Operator>]) {
        frame.seen.apply(self.seen.table_mut());
        for ((saved, job), was) in frame.jobs.into_iter().zip(jobs).zip(&mut self.jobs) {
            saved.table.apply(job.table_mut());
            if saved.rolled {
                was.rows.clear();
            }
            was.rows.extend(saved.rows);
            (was.tally, was.figures) = (saved.tally, saved.figures);
            (was.parts, was.rolls) = (saved.parts, saved.rolls);
        }
        self.ledger = (&frame.ledger).into();
        let quality = frame.quality.iter().map(|(rule, count)| (&**rule, *count));
        self.quality = Broken::restored(quality);
        self.latest = frame.latest;
        self.untold.apply(frame.untold);
        self.columns = frame.columns;
        (self.rejects, self.late) = (frame.rejects, frame.late);
        self.position = Some(frame.position);
        self.ended = frame.ended;
    }
}
