//! The reading half of batch: threads take pieces of the input and bring home sums.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::batch::dedup::Keyed;
use crate::batch::entry::Entry;
use crate::batch::tables::{TableRuns, Tables};
use crate::batch::worker::{Shared, Worker};
use crate::error::{Error, Result};
use crate::record::counts::Counts;
use crate::record::{Field, Rules};
use crate::signal::Stop;
use crate::source::chunk::Chunk;
use crate::source::collect::{Collector, FirstRecords};
use crate::source::feed::Feed;
use crate::source::input::Input;

/// What is asked of a record: what cleaning needs, and what breaks the sales down.
const FIELDS: [Field; 10] = [
    Field::Product,
    Field::Time,
    Field::Amount,
    Field::Quantity,
    Field::UnitPrice,
    Field::TransactionType,
    Field::StoreId,
    Field::StoreCity,
    Field::Category,
    Field::Country,
];

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The files to read, in the order of their paths.
    pub inputs: Vec<Input>,
    /// How records are cleaned.
    pub rules: Rules,
    /// The separator of CSV files, where the headers are not to be asked.
    pub delimiter: Option<u8>,
    /// What becomes of the run when most first records of a source are rejected.
    pub check: FirstRecords,
    /// How many threads read.
    pub threads: usize,
    /// Where spill files go; they vanish with the process.
    pub temp_dir: PathBuf,
}

/// What reading yields.
pub struct Read {
    /// How many records there were.
    pub counts: Counts,
    /// What they add up to.
    pub runs: TableRuns,
    /// Which columns carried which field.
    pub mapping: BTreeMap<String, String>,
}

/// Reads all inputs; rejects go, as JSON lines, to `rejects`, which is given back.
///
/// # Errors
/// When an input cannot be read, rejects or spills cannot be written, or a signal came.
pub fn read<W: Write + Send>(
    reading: &Reading,
    rejects: W,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Read, W)> {
    let inputs: Arc<[Input]> = reading.inputs.clone().into();
    let paths: Vec<String> = inputs.iter().map(|input| input.path.clone()).collect();
    let feed = Feed::new(inputs, Arc::new(reading.rules.clone()), reading.delimiter);
    let feed = feed.asking(&FIELDS);
    let keyed = Keyed::new(reading.temp_dir.clone());
    let collector = Collector::new(paths.clone(), rejects, reading.check);
    let shared = Shared {
        rules: &reading.rules,
        keyed: &keyed,
        collector: &collector,
        paths: &paths,
    };
    let feed = Mutex::new(feed);
    let job = Job {
        reading,
        feed: &feed,
        shared: &shared,
        stop,
        progress,
    };
    let mut shares = on_threads(reading.threads, || {
        job.read_pieces().inspect_err(|_| collector.fail())
    })?;
    let mapping = feed
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .mapping()?;
    let rejects = collector.finish()?;
    if !reading.rules.dedup.is_empty() {
        let next = Mutex::new(0..keyed.partitions());
        shares.extend(on_threads(reading.threads, || {
            resolve(reading, &keyed, &next, stop)
        })?);
    }
    let mut counts = Counts::default();
    let mut runs = TableRuns::default();
    for (share, more) in shares {
        counts.add(&share);
        runs.extend(more);
    }
    let read = Read {
        counts,
        runs,
        mapping,
    };
    Ok((read, rejects))
}

/// What one thread brings home.
type Share = (Counts, TableRuns);

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
    reading: &'a Reading,
    feed: &'a Mutex<Feed>,
    shared: &'a Shared<'a, W>,
    stop: &'a Stop,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl<W: Write + Send> Job<'_, W> {
    fn read_pieces(&self) -> Result<Share> {
        let mut worker = Worker::new(self.shared, tables(self.reading));
        let mut chunk = Chunk::default();
        loop {
            self.stop.check()?;
            self.shared
                .collector
                .wait_for_room(4 * self.reading.threads)?;
            {
                let mut feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
                if !feed.next(&mut chunk)? {
                    break;
                }
            }
            (self.progress)(chunk.text.len() as u64);
            worker.read(&mut chunk)?;
        }
        let (counts, mut tables) = worker.finish()?;
        if !self.reading.rules.dedup.is_empty() {
            // The memory is needed again for the records with a key.
            tables.spill()?;
        }
        Ok((counts, tables.into_runs()))
    }
}

/// Empty tables for one thread.
fn tables(reading: &Reading) -> Tables {
    Tables::new(reading.threads, &reading.temp_dir)
}

/// Adds up the first records of the keys of one partition after the other.
fn resolve(
    reading: &Reading,
    keyed: &Keyed,
    next: &Mutex<Range<usize>>,
    stop: &Stop,
) -> Result<Share> {
    let mut counts = Counts::default();
    let mut tables = tables(reading);
    loop {
        stop.check()?;
        let partition = next.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(partition) = partition else {
            break;
        };
        let keep = |content: &[u8]| {
            if content.is_empty() {
                counts.non_sales += 1;
                return Ok(());
            }
            let broken = || Error::Internal("a record that waited is broken".into());
            tables.add(&Entry::decode(content).ok_or_else(broken)?);
            counts.sales += 1;
            Ok(())
        };
        counts.duplicates += keyed.resolve(partition, keep)?;
        tables.fit()?;
    }
    Ok((counts, tables.into_runs()))
}
