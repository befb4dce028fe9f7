//! Many threads fill buffers; their content comes out in order, and memory stays bounded.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

use chrono::NaiveDate;

use super::chunk::Chunk;
use super::classic::Classic;
use super::parquet::DayFile;
use super::plan::{Format, Plan, Task};
use super::truth::{DayTruth, Tally};
use super::world::World;
use crate::error::{Error, Result};
use crate::signal::Stop;

/// Buffers per thread: one being filled, one waiting for its turn.
const BUFFERS: usize = 2;

/// What [`run`] hands out, for each day in order: one `Open`, any number of `Bytes`, one
/// `Close`.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A day begins: its file can be created, and [`super::header`] written to it.
    Open(NaiveDate),
    /// The next bytes of the day's file; whole lines, or any part of a Parquet file.
    Bytes(&'a [u8]),
    /// The day is whole, and this is what is in it.
    Close(NaiveDate, DayTruth),
}

/// Generates all days of the plan and hands their pieces to `sink`, on the caller's thread.
///
/// The pieces are the same for any number of threads. Headers are the caller's.
///
/// # Errors
/// What `sink` returns, [`Error::Interrupted`] once `stop` is asked.
pub fn run(
    plan: &Plan,
    threads: usize,
    stop: &Stop,
    mut sink: impl FnMut(Piece<'_>) -> Result<()>,
) -> Result<()> {
    let mut days = DayFiles::new(plan, &mut sink);
    match plan.world() {
        Some(world) if threads > 1 => parallel(plan, world, threads, stop, &mut days),
        Some(world) => {
            let mut chunk = Chunk::new(plan.recipe(), plan.product_count());
            for task in plan.tasks() {
                stop.check()?;
                fill_shop(plan, world, &task, &mut chunk)?;
                days.put(&task, &mut chunk)?;
            }
            Ok(())
        }
        None => {
            // One stream of random numbers runs through all days.
            let mut classic = Classic::new(plan.settings().seed);
            let mut chunk = Chunk::new(plan.recipe(), plan.product_count());
            for task in plan.tasks() {
                stop.check()?;
                let day = plan.plain_day(task.date);
                let rows = classic.draw(day, task.first, task.end - task.first);
                chunk.fill(plan.recipe(), &rows, rows.day(), task.first..task.end)?;
                days.put(&task, &mut chunk)?;
            }
            Ok(())
        }
    }
}

fn fill_shop(plan: &Plan, world: &World, task: &Task, chunk: &mut Chunk) -> Result<()> {
    let rows = world.day(task.date);
    chunk.fill(plan.recipe(), &rows, rows.day(), task.first..task.end)
}

/// A chunk on its way to the caller's thread.
type Filled = (u64, Task, Result<Chunk>);

fn parallel<S: FnMut(Piece<'_>) -> Result<()>>(
    plan: &Plan,
    world: &World,
    threads: usize,
    stop: &Stop,
    days: &mut DayFiles<'_, S>,
) -> Result<()> {
    let (free_sender, free) = mpsc::channel::<Chunk>();
    let (filled_sender, filled) = mpsc::channel::<Filled>();
    // A buffer and the next task are taken together. So the chunk that is due next has a
    // buffer, or gets the next one that comes free, and waiting for it cannot block for ever.
    let source = Mutex::new((free, (0u64..).zip(plan.tasks())));
    for _ in 0..threads * BUFFERS {
        let chunk = Chunk::new(plan.recipe(), plan.product_count());
        // The receiver is in `source`.
        let _ = free_sender.send(chunk);
    }
    thread::scope(|scope| {
        for _ in 0..threads {
            let sender = filled_sender.clone();
            let source = &source;
            scope.spawn(move || {
                work(
                    &sender,
                    || {
                        let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
                        let chunk = source.0.recv().ok()?;
                        source.1.next().map(|(index, task)| (index, task, chunk))
                    },
                    |task, chunk| fill_shop(plan, world, task, chunk),
                );
            });
        }
        drop(filled_sender);
        // Leaving drops both ends, which ends the threads.
        in_order(&filled, free_sender, stop, days)
    })
}

/// A worker: until there is no buffer or no task, or nobody listens.
fn work(
    sender: &Sender<Filled>,
    next: impl Fn() -> Option<(u64, Task, Chunk)>,
    fill: impl Fn(&Task, &mut Chunk) -> Result<()>,
) {
    while let Some((index, task, mut chunk)) = next() {
        let result = fill(&task, &mut chunk).map(|()| chunk);
        if sender.send((index, task, result)).is_err() {
            break;
        }
    }
}

fn in_order<S: FnMut(Piece<'_>) -> Result<()>>(
    filled: &Receiver<Filled>,
    free: Sender<Chunk>,
    stop: &Stop,
    days: &mut DayFiles<'_, S>,
) -> Result<()> {
    let mut early: BTreeMap<u64, (Task, Chunk)> = BTreeMap::new();
    let mut due = 0;
    for (index, task, chunk) in filled {
        stop.check()?;
        early.insert(index, (task, chunk?));
        while let Some((task, mut chunk)) = early.remove(&due) {
            days.put(&task, &mut chunk)?;
            due += 1;
            // No worker is left to take it once the tasks have run out.
            let _ = free.send(chunk);
        }
    }
    if early.is_empty() {
        return Ok(());
    }
    Err(Error::Internal(
        "a generating thread ended early".to_owned(),
    ))
}

/// Puts chunks together into days.
struct DayFiles<'a, S> {
    plan: &'a Plan,
    sink: &'a mut S,
    tally: Tally,
    parquet: Option<DayFile>,
}

impl<'a, S: FnMut(Piece<'_>) -> Result<()>> DayFiles<'a, S> {
    fn new(plan: &'a Plan, sink: &'a mut S) -> Self {
        Self {
            plan,
            sink,
            tally: Tally::new(plan.product_count()),
            parquet: None,
        }
    }

    fn put(&mut self, task: &Task, chunk: &mut Chunk) -> Result<()> {
        let settings = self.plan.settings();
        if task.first == 0 {
            (self.sink)(Piece::Open(task.date))?;
            if settings.format == Format::Parquet {
                self.parquet = Some(DayFile::new(settings.profile)?);
            }
        }
        self.tally.take(&mut chunk.tally);
        if let (Some(file), Some(batch)) = (&mut self.parquet, chunk.batch.take()) {
            let ready = file.write(&batch)?;
            self.bytes(&ready)?;
        }
        self.bytes(&chunk.bytes)?;
        if task.last {
            if let Some(file) = self.parquet.take() {
                let ready = file.finish()?;
                self.bytes(&ready)?;
            }
            let truth = self.tally.finish(|index| self.plan.product_name(index));
            (self.sink)(Piece::Close(task.date, truth))?;
        }
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        (self.sink)(Piece::Bytes(bytes))
    }
}
