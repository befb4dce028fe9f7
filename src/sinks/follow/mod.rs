//! What `stream` wrote, brought to databases while it goes on writing.
//!
//! The stream commits first. What it has committed waits for a database in the folder's files, and,
//! where no file has it yet, in memory, as it does in the stream's own state. A thread for each
//! database takes it from there in the order of the rows' numbers, so the stream waits for no
//! database, and one that is away for a day costs no memory.

mod desk;
mod runner;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use serde::Serialize;

use super::client::patience;
use super::{Address, Shape, Sink};
use crate::error::{Error, Result};
use crate::metrics::{self, Registry};
use crate::signal::Stop;
use crate::store::{Location, Store, run_id_parts};
use crate::stream::output::Part;

use desk::Desk;
use runner::Runner;

/// How long rows that wait are waited for when a signal ends the stream.
const LAST: Duration = Duration::from_secs(5);

/// Whether a database has been met, and signals, are looked at so often.
const LOOK: Duration = Duration::from_millis(50);
/// What is broken off ends as by SIGTERM, though nobody sees that.
const CANCEL: i32 = 15;

/// How the rows of a table come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Each is final.
    Rows,
    /// The newest replace all before.
    Newest,
}

/// A table of a stream.
#[derive(Debug, Clone)]
pub struct Followed {
    /// What it looks like.
    pub shape: Shape,
    /// How its rows come about.
    pub keep: Keep,
    /// The folder of its files.
    pub folder: Location,
    /// The files that the last commit names.
    pub files: Vec<Part>,
}

/// Which rows of other runs make room for those of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// None.
    None,
    /// Those of runs that began before it: it was begun with `--fresh` at an earlier start, and a
    /// database may have been away since.
    Earlier,
    /// All: this start was told `--fresh`.
    All,
}

impl Room {
    /// What `--fresh` at this start, and at the stream's first, comes to.
    pub fn of(now: bool, first: bool) -> Self {
        match (now, first) {
            (true, _) => Self::All,
            (false, true) => Self::Earlier,
            (false, false) => Self::None,
        }
    }

    /// Whether rows that stand under `theirs` make room for those of the run `ours`.
    fn takes(self, theirs: &str, ours: &str) -> bool {
        // Tables that are replaced count their versions behind the run.
        let theirs = theirs.split('.').next().unwrap_or_default();
        match (self, run_id_parts(theirs), run_id_parts(ours)) {
            (Self::All, ..) => true,
            (Self::Earlier, Some((theirs, _)), Some((ours, _))) => theirs < ours,
            _ => false,
        }
    }
}

/// What a stream is followed by.
pub struct Plan {
    /// The databases.
    pub addresses: Vec<Address>,
    /// The run whose rows they are: that which began the state.
    pub run: String,
    /// Which rows of other runs make room.
    pub room: Room,
    /// The store of the folders.
    pub store: Arc<dyn Store>,
}

/// What a database was brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brought {
    /// Where, without secrets.
    pub address: String,
    /// Rows that it has.
    pub rows: u64,
    /// Rows that wait for it; the next start brings them.
    pub waiting: u64,
}

/// Waits until a database has been met; one that does not answer for long is met beside the stream.
fn first(met: &Receiver<Result<()>>, stop: &Stop) -> Result<()> {
    let began = Instant::now();
    loop {
        match met.recv_timeout(LOOK) {
            Ok(outcome) => return outcome,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => stop.check()?,
        }
        if began.elapsed() > patience() {
            return Ok(());
        }
    }
}

/// The stream's side: what it says here is brought on.
pub struct Follow {
    desk: Arc<Desk>,
    threads: Vec<JoinHandle<()>>,
    /// Breaks off what a database has not answered.
    cancel: Stop,
}

impl Follow {
    /// Begins to follow; `tables` with `waiting` rows each, that are committed and in no file.
    ///
    /// # Errors
    /// When a database refuses at once: a wrong password, a table of another shape. One that does
    /// not answer is waited for beside the stream.
    pub fn begin(
        plan: Plan,
        tables: Vec<(Followed, Option<RecordBatch>)>,
        stop: &Stop,
    ) -> Result<Self> {
        let desk = Arc::new(Desk::new(tables, plan.addresses.len()));
        let cancel = Stop::never();
        let mut threads = Vec::new();
        for (number, address) in plan.addresses.iter().enumerate() {
            let runner = Runner {
                sink: super::open(address)?,
                number,
                run: plan.run.clone(),
                room: plan.room,
                store: Arc::clone(&plan.store),
                desk: Arc::clone(&desk),
                stop: stop.clone(),
                calls: cancel.clone(),
                known: Vec::new(),
                away: false,
            };
            let (tell, met) = channel();
            let built = std::thread::Builder::new().name(format!("sink-{number}"));
            let thread = built.spawn(move || runner.run(&tell));
            threads.push(thread.map_err(|e| Error::io("start", "a thread", e))?);
            let outcome = first(&met, stop);
            if outcome.is_err() {
                desk.give_up();
                cancel.ask(CANCEL);
            }
            outcome?;
        }
        Ok(Self {
            desk,
            threads,
            cancel,
        })
    }

    /// Shows how its databases stand.
    pub fn show(&self, registry: &Arc<Registry>) {
        let desk = Arc::downgrade(&self.desk);
        metrics::sinks::show(registry, move || {
            desk.upgrade().map_or(Vec::new(), |desk| desk.standing())
        });
    }

    /// A commit holds these rows more of table number `table`, whose files are `files` by now.
    pub fn committed(&self, table: usize, rows: Option<RecordBatch>, files: &[Part]) {
        self.desk.committed(table, rows, files);
    }

    /// The rows of table number `table` by now.
    pub fn newest(&self, table: usize, rows: RecordBatch) {
        self.desk.newest(table, rows);
    }

    /// Whether a database has refused for good: the stream should end.
    ///
    /// # Errors
    /// That refusal.
    pub fn check(&self) -> Result<()> {
        self.desk.refused()
    }

    /// Nothing more comes. Waits until all is brought, after a signal not long.
    ///
    /// # Errors
    /// When a database refuses, or does not answer for a while and the stream has ended by itself.
    pub fn end(self, stop: &Stop) -> Result<Vec<Brought>> {
        let stopped = stop.asked();
        let most = if stopped { LAST } else { patience() };
        self.desk.close();
        let done = self.desk.wait(most, stop);
        // Each looks once more whether its rows are still there.
        let began = Instant::now();
        let ended = || self.threads.iter().all(JoinHandle::is_finished);
        while done && !self.desk.has_refused() && !ended() && began.elapsed() < most {
            std::thread::sleep(LOOK);
        }
        self.desk.give_up();
        self.cancel.ask(CANCEL);
        for thread in self.threads {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
        self.desk.refused()?;
        let brought = self.desk.brought();
        let waiting = brought.iter().find(|brought| brought.waiting > 0);
        match (done, waiting) {
            (
                false,
                Some(Brought {
                    address, waiting, ..
                }),
            ) => {
                let why = self.desk.trouble().unwrap_or_default();
                let what =
                    format!("{waiting} rows wait for it{why}; run the same again to bring them");
                if stopped {
                    tracing::warn!("{address}: {what}");
                    return Ok(brought);
                }
                Err(Error::server(address, what, true))
            }
            _ => Ok(brought),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn rows_of_later_runs_make_no_room_unasked() {
        let (first, second) = ("20261123T010203Z-7-0a0b0c0d", "20261123T010204Z-9-0a0b0c0d");
        assert!(Room::of(true, true).takes(second, first));
        assert!(Room::of(false, true).takes(first, second));
        assert!(Room::of(false, true).takes(&format!("{first}.12"), second));
        assert!(!Room::of(false, true).takes(second, first));
        assert!(!Room::of(false, true).takes(first, first));
        assert!(!Room::of(false, true).takes("somebody's", second));
        assert!(!Room::of(false, false).takes(first, second));
    }
}
