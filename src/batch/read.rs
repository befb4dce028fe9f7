//! The reading half of batch: threads take pieces of the input and bring home sums.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::batch::Plan;
use crate::batch::dedup::{Contribution, Keyed};
use crate::batch::groups::Run;
use crate::batch::runs::Sums;
use crate::batch::worker::{Shared, Worker};
use crate::error::{Error, Result};
use crate::record::counts::Counts;
use crate::signal::Stop;
use crate::source::chunk::Chunk;
use crate::source::collect::Collector;
use crate::source::feed::Feed;
use crate::source::input::Input;
use crate::store::{Staged, StagedFile};

/// What the partial sums of all threads may take before they go to disk; sorting them takes as
/// much again.
const SUMS_IN_MEMORY: usize = 48 << 20;

/// What reading yields.
pub struct Read {
    /// How many records there were.
    pub counts: Counts,
    /// Sums by day and product.
    pub runs: Vec<Run>,
    /// Which columns carried which field.
    pub mapping: BTreeMap<String, String>,
}

/// Reads all inputs; rejects go to `folder`.
///
/// # Errors
/// When an input cannot be read, rejects or spills cannot be written, or a signal came.
pub fn read(
    plan: &Plan,
    folder: &Staged,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Read> {
    let inputs: Arc<[Input]> = plan.inputs.clone().into();
    let paths: Vec<String> = inputs.iter().map(|input| input.path.clone()).collect();
    let feed = Feed::new(inputs, Arc::new(plan.rules.clone()), plan.delimiter);
    let keyed = Keyed::new(plan.temp_dir.clone());
    let rejects = RejectFile { folder, file: None };
    let collector = Collector::new(paths.clone(), rejects, plan.check_first_records);
    let shared = Shared {
        rules: &plan.rules,
        keyed: &keyed,
        collector: &collector,
        paths: &paths,
    };
    let feed = Mutex::new(feed);
    let job = Job {
        plan,
        feed: &feed,
        shared: &shared,
        stop,
        progress,
    };
    let mut shares = on_threads(plan.threads, || {
        job.read_pieces().inspect_err(|_| collector.fail())
    })?;
    let mapping = feed
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .mapping()?;
    if let Some(file) = collector.finish()?.file {
        file.finish()?;
    }
    if !plan.rules.dedup.is_empty() {
        let next = Mutex::new(0..keyed.partitions());
        shares.extend(on_threads(plan.threads, || {
            resolve(plan, &keyed, &next, stop)
        })?);
    }
    let mut counts = Counts::default();
    let mut runs = Vec::new();
    for (share, more) in shares {
        counts.add(&share);
        runs.extend(more);
    }
    Ok(Read {
        counts,
        runs,
        mapping,
    })
}

/// What one thread brings home.
type Share = (Counts, Vec<Run>);

/// Runs `work` on every thread; of several errors, gives one that is no mere consequence.
fn on_threads(threads: usize, work: impl Fn() -> Result<Share> + Sync) -> Result<Vec<Share>> {
    let outcomes = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        let joined = running.into_iter().map(|thread| thread.join());
        joined.collect::<Vec<_>>()
    });
    let panicked = |_| Err(Error::Internal("a worker thread panicked".into()));
    let (shares, errors): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(panicked))
        .partition(Result::is_ok);
    let mut errors: Vec<_> = errors.into_iter().filter_map(Result::err).collect();
    errors.sort_by_key(|error| matches!(error, Error::Internal(_)));
    match errors.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(shares.into_iter().flatten().collect()),
    }
}

/// The work of the threads.
struct Job<'a, W> {
    plan: &'a Plan,
    feed: &'a Mutex<Feed>,
    shared: &'a Shared<'a, W>,
    stop: &'a Stop,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl<W: Write + Send> Job<'_, W> {
    fn read_pieces(&self) -> Result<Share> {
        let mut worker = Worker::new(self.shared, sums(self.plan));
        let mut chunk = Chunk::default();
        loop {
            self.stop.check()?;
            self.shared.collector.wait_for_room(4 * self.plan.threads)?;
            {
                let mut feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
                if !feed.next(&mut chunk)? {
                    break;
                }
            }
            (self.progress)(chunk.text.len() as u64);
            worker.read(&mut chunk)?;
        }
        let (counts, mut sums) = worker.finish()?;
        if !self.plan.rules.dedup.is_empty() {
            // The memory is needed again for the records with a key.
            sums.spill()?;
        }
        Ok((counts, sums.into_runs()))
    }
}

/// An empty table for one thread.
fn sums(plan: &Plan) -> Sums {
    Sums::new(SUMS_IN_MEMORY / plan.threads, &plan.temp_dir)
}

/// Adds up the first records of the keys of one partition after the other.
fn resolve(plan: &Plan, keyed: &Keyed, next: &Mutex<Range<usize>>, stop: &Stop) -> Result<Share> {
    let mut counts = Counts::default();
    let mut sums = sums(plan);
    loop {
        stop.check()?;
        let partition = next.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(partition) = partition else {
            break;
        };
        let add = |product: &[u8], what: Contribution| match what.money {
            Some(money) => sums.add(what.day, product, money),
            None => counts.non_sales += 1,
        };
        counts.duplicates += keyed.resolve(partition, add)?;
        sums.fit()?;
    }
    Ok((counts, sums.into_runs()))
}

/// The file of rejects, made with the first of them.
struct RejectFile<'a> {
    folder: &'a Staged,
    file: Option<StagedFile>,
}

impl Write for RejectFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self
                .folder
                .create("_rejects/part-00000.jsonl")
                .map_err(io::Error::other)?,
        };
        self.file.insert(file).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}
