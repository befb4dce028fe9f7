//! The reading half of batch: threads take pieces of the input and bring home sums.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::analyses::lines::line::{Line, TEXTS};
use crate::analyses::lines::{Part, Spool, Told};
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
pub(crate) const FIELDS: [Field; 10] = [
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
    /// What the accepted records tell; nothing where they were not to be kept.
    pub told: Told,
    /// Where the accepted records are.
    pub lines: Vec<Part>,
}

/// Reads all inputs; rejects go, as JSON lines, to `rejects`, which is given back. Accepted records
/// are kept in the folder `kept`, if there is one, for the analyses.
///
/// # Errors
/// When an input cannot be read, rejects or spills cannot be written, or a signal came.
pub fn read<W: Write + Send>(
    reading: &Reading,
    kept: Option<&Path>,
    rejects: W,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Read, W)> {
    let inputs: Arc<[Input]> = reading.inputs.clone().into();
    let paths: Vec<String> = inputs.iter().map(|input| input.path.clone()).collect();
    let feed = Feed::new(inputs, Arc::new(reading.rules.clone()), reading.delimiter);
    let mut fields = FIELDS.to_vec();
    if kept.is_some() {
        fields.extend(TEXTS);
    }
    let feed = feed.asking(&fields);
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
        kept,
        feed: &feed,
        shared: &shared,
        stop,
        progress,
    };
    let mut shares = on_threads(reading.threads, |thread| {
        job.read_pieces(thread).inspect_err(|_| collector.fail())
    })?;
    let mapping = feed
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .mapping()?;
    let rejects = collector.finish()?;
    if !reading.rules.dedup.is_empty() {
        let next = Mutex::new(0..keyed.partitions());
        shares.extend(on_threads(reading.threads, |thread| {
            let spool = kept.map(|dir| Spool::new(dir, reading.threads + thread, &paths));
            resolve(reading, spool, &keyed, &next, stop)
        })?);
    }
    let mut counts = Counts::default();
    let mut runs = TableRuns::default();
    let (mut told, mut lines) = (Told::default(), Vec::new());
    for (share, more, kept) in shares {
        counts.add(&share);
        runs.extend(more);
        if let Some((more, parts)) = kept {
            told.extend(more);
            lines.extend(parts);
        }
    }
    let read = Read {
        counts,
        runs,
        mapping,
        told,
        lines,
    };
    Ok((read, rejects))
}

/// What one thread brings home.
type Share = (Counts, TableRuns, Option<(Told, Vec<Part>)>);

/// Runs `work` on every thread; of several errors, gives one that is no mere consequence.
fn on_threads(threads: usize, work: impl Fn(usize) -> Result<Share> + Sync) -> Result<Vec<Share>> {
    let work = &work;
    let outcomes = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
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
    kept: Option<&'a Path>,
    feed: &'a Mutex<Feed>,
    shared: &'a Shared<'a, W>,
    stop: &'a Stop,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl<W: Write + Send> Job<'_, W> {
    fn read_pieces(&self, thread: usize) -> Result<Share> {
        let spool = self
            .kept
            .map(|dir| Spool::new(dir, thread, self.shared.paths));
        let mut worker = Worker::new(self.shared, tables(self.reading), spool);
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
        let (counts, mut tables, spool) = worker.finish()?;
        if !self.reading.rules.dedup.is_empty() {
            // The memory is needed again for the records with a key.
            tables.spill()?;
        }
        let kept = spool.map(Spool::finish).transpose()?;
        Ok((counts, tables.into_runs(), kept))
    }
}

/// Empty tables for one thread.
fn tables(reading: &Reading) -> Tables {
    Tables::new(reading.threads, &reading.temp_dir)
}

/// Adds up the first records of the keys of one partition after the other.
fn resolve(
    reading: &Reading,
    mut spool: Option<Spool>,
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
            let broken = || Error::Internal("a record that waited is broken".into());
            let entry = match &mut spool {
                Some(spool) => {
                    let line = Line::decode(content).ok_or_else(broken)?;
                    spool.add(&line)?;
                    (!line.is_restock).then_some(line.entry)
                }
                None if content.is_empty() => None,
                None => Some(Entry::decode(content).ok_or_else(broken)?),
            };
            match entry {
                Some(entry) => {
                    tables.add(&entry);
                    counts.sales += 1;
                }
                None => counts.non_sales += 1,
            }
            Ok(())
        };
        counts.duplicates += keyed.resolve(partition, keep)?;
        tables.fit()?;
    }
    let kept = spool.map(Spool::finish).transpose()?;
    Ok((counts, tables.into_runs(), kept))
}
