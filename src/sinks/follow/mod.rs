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

/// How what waits for a database at the end gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// The same start brings it.
    Again,
    /// So it does, but with `--fresh`, as it was given now, it begins once more.
    WithoutFresh,
    /// It came by a pipe, which cannot be gone on with.
    Never,
}

impl Later {
    fn advice(self) -> &'static str {
        match self {
            Self::Again => "run the same again to bring them",
            Self::WithoutFresh => "run the same again, without --fresh, to bring them",
            Self::Never => "they are in the folder, and no other start brings what came by a pipe",
        }
    }
}

/// Which rows of other runs make room for those of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// None.
    None,
    /// Those of runs that began before it: its first start was told `--fresh` for this database,
    /// which may have been away since.
    Earlier,
    /// All: this start was.
    All,
}

impl Room {
    /// Whether rows that stand under `theirs` make room for those of the run `ours`.
    fn takes(self, theirs: &str, ours: &str) -> bool {
        // Tables that are replaced count their versions behind the run.
        let theirs = theirs.split('.').next().unwrap_or_default();
        match (self, run_id_parts(theirs), run_id_parts(ours)) {
            (Self::All, ..) => true,
            // Ids tell seconds; of two runs in one, that which was told --fresh is the later.
            (Self::Earlier, Some((theirs, _)), Some((ours, _))) => theirs <= ours,
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
    /// The databases in which rows of runs before it make room.
    pub anew: Vec<String>,
    /// How what waits at the end gets there; it tells, too, whether this start begins anew.
    pub later: Later,
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
fn first(met: &Receiver<()>, stop: &Stop) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() <= patience() {
        match met.recv_timeout(LOOK) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => stop.check()?,
        }
    }
    Ok(())
}

/// The stream's side: what it says here is brought on.
pub struct Follow {
    desk: Arc<Desk>,
    threads: Vec<JoinHandle<()>>,
    /// Breaks off what a database has not answered.
    cancel: Stop,
    later: Later,
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
        let mut this = Self {
            desk: Arc::new(Desk::new(tables, plan.addresses.len())),
            threads: Vec::new(),
            cancel: Stop::never(),
            later: plan.later,
        };
        let met = this.meet(&plan, stop).and_then(|()| this.desk.begin());
        if let Err(e) = met {
            this.desk.give_up();
            this.cancel.ask(CANCEL);
            return Err(e);
        }
        Ok(this)
    }

    fn meet(&mut self, plan: &Plan, stop: &Stop) -> Result<()> {
        for (number, address) in plan.addresses.iter().enumerate() {
            let runner = Runner {
                sink: super::open(address)?,
                number,
                run: plan.run.clone(),
                room: match plan.anew.contains(&address.to_string()) {
                    true if plan.later != Later::Again => Room::All,
                    true => Room::Earlier,
                    false => Room::None,
                },
                store: Arc::clone(&plan.store),
                desk: Arc::clone(&self.desk),
                stop: stop.clone(),
                calls: self.cancel.clone(),
                known: Vec::new(),
                away: false,
            };
            let (tell, met) = channel();
            let built = std::thread::Builder::new().name(format!("sink-{number}"));
            let thread = built.spawn(move || runner.run(&tell));
            let thread = thread.map_err(|e| Error::io("start", "a thread", e))?;
            self.threads.push(thread);
            first(&met, stop)?;
            self.desk.refused()?;
        }
        Ok(())
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
        if done {
            return Ok(brought);
        }
        let late = brought.iter().find(|brought| brought.waiting > 0);
        let (address, what) = match late {
            Some(late) => (late.address.clone(), format!("{} rows wait", late.waiting)),
            None => match self.desk.unmet() {
                Some(address) => (address, "what older runs left there waits".to_owned()),
                None => return Ok(brought),
            },
        };
        let why = self.desk.trouble().unwrap_or_default();
        let what = format!("{what} for it{why}; {}", self.later.advice());
        if stopped {
            tracing::warn!("{address}: {what}");
            return Ok(brought);
        }
        Err(Error::server(address, what, true))
    }
}

#[cfg(test)]
mod tests {
    use super::Room;

    #[test]
    fn rows_of_later_runs_make_no_room_unasked() {
        let (first, second) = ("20261123T010203Z-7-0a0b0c0d", "20261123T010204Z-9-0a0b0c0d");
        assert!(Room::All.takes(second, first));
        assert!(Room::Earlier.takes(first, second));
        assert!(Room::Earlier.takes(&format!("{first}.12"), second));
        assert!(!Room::Earlier.takes(second, first));
        assert!(!Room::Earlier.takes("somebody's", second));
        assert!(!Room::None.takes(first, second));
    }
}
