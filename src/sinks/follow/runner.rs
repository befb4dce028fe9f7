//! The thread that brings rows to one database.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use arrow::array::RecordBatch;

use super::desk::{Desk, Next};
use super::{Followed, Keep, Room, Sink};
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::sinks::batch::read;
use crate::sinks::{Standing, Table};
use crate::source::parquet_file::ParquetFile;
use crate::store::Store;
use crate::stream::output::Part;

/// The first pause after a failure; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONG_PAUSE: Duration = Duration::from_secs(10);
/// Whether to go on is looked at so often.
const LOOK: Duration = Duration::from_millis(50);

/// Brings rows to a database.
pub(super) struct Runner {
    pub sink: Box<dyn Sink>,
    /// Its number at the desk.
    pub number: usize,
    /// Whose rows they are.
    pub run: String,
    /// Which rows of other runs make room.
    pub room: Room,
    pub store: Arc<dyn Store>,
    pub desk: Arc<Desk>,
    /// Of the stream.
    pub stop: Stop,
    /// Breaks off calls; what is under way goes on for a while after a signal.
    pub calls: Stop,
    /// The tables, once the database has been met.
    pub known: Vec<Followed>,
    /// Whether it has been told that it is away.
    pub away: bool,
}

impl Runner {
    /// Looks what the database has, and makes room for what it lacks.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub fn meet(&mut self) -> Result<()> {
        self.desk.tell(self.number, &self.sink.place(), None);
        let tables = self.desk.tables();
        for (number, (table, total)) in tables.iter().enumerate() {
            let shape = &table.shape;
            self.sink.ensure(shape, &self.calls)?;
            let standing = self.sink.standing(&shape.table, &self.calls)?;
            let taken = match standing {
                Some(standing) if of_run(&standing.run, &self.run) => standing.rows,
                Some(standing)
                    if standing.rows > 0 && !self.room.takes(&standing.run, &self.run) =>
                {
                    return Err(Error::data(
                        self.sink.place(),
                        format!(
                            "the table {} holds {} rows of another run ({}); --fresh begins anew and \
                             replaces them, and ?as=NAME writes beside them",
                            shape.table, standing.rows, standing.run
                        ),
                    ));
                }
                _ => {
                    self.sink.begin(shape, &self.run, &self.calls)?;
                    0
                }
            };
            if table.keep == Keep::Rows {
                if taken > *total {
                    let what = format!(
                        "the table {} has {taken} rows of this run, and its folder only {total}: the \
                         checkpoint is older than the database; begin anew with --fresh",
                        shape.table
                    );
                    return Err(Error::data(self.sink.place(), what));
                }
                self.desk.took(self.number, number, taken, 0);
            }
        }
        self.known = tables.into_iter().map(|(table, _)| table).collect();
        self.desk.met(self.number);
        Ok(())
    }

    /// Meets the database, tells when that is done, and brings what comes until nothing more does.
    pub fn run(mut self, tell: &Sender<()>) {
        match self.meet() {
            Err(e) if e.retry() => self.leave(&e),
            Err(e) => {
                self.refuse(e);
                // Who has waited for long waits no more.
                let _ = tell.send(());
                return;
            }
            Ok(()) => {}
        }
        let _ = tell.send(());
        self.all();
    }

    /// Ends the stream, which commits what it has taken up.
    fn refuse(&self, error: Error) {
        if !self.desk.has_given_up() && self.desk.refuse(error) {
            self.stop.ask(REFUSED);
        }
    }

    /// Says that the database is away, once.
    fn leave(&mut self, error: &Error) {
        if !self.away {
            tracing::warn!("{error}; the stream goes on, and its rows follow");
        }
        self.away = true;
        let place = self.sink.place();
        self.desk.tell(self.number, &place, Some(told(error)));
    }

    fn all(mut self) {
        let mut pause = PAUSE;
        loop {
            let done = match self.known.is_empty() {
                true => self.meet(),
                false => match self.desk.next(self.number) {
                    Next::Nothing => {
                        if let Err(e) = self.still_ours() {
                            // It has ended already.
                            self.desk.refuse(e);
                        }
                        return;
                    }
                    next => self.bring(next),
                },
            };
            match done {
                Ok(()) => {
                    if self.away {
                        tracing::info!("{}: takes rows again", self.sink.place());
                    }
                    (pause, self.away) = (PAUSE, false);
                }
                // It has been broken off.
                Err(_) if self.desk.has_given_up() => return,
                Err(e) if e.retry() => {
                    self.leave(&e);
                    if !self.rest(pause) {
                        return;
                    }
                    pause = (pause * 2).min(LONG_PAUSE);
                }
                Err(e) => {
                    self.refuse(e);
                    return;
                }
            }
        }
    }

    /// Rests; whether to go on.
    fn rest(&self, pause: Duration) -> bool {
        let mut rested = Duration::ZERO;
        while rested < pause {
            if self.desk.has_given_up() || self.desk.has_refused() {
                return false;
            }
            thread::sleep(LOOK);
            rested += LOOK;
        }
        true
    }

    fn bring(&mut self, next: Next) -> Result<()> {
        match next {
            Next::Rows(table, from, rows) => self.append(table, from, &rows),
            Next::File(table, part, from, skip) => self.file(table, &part, from, skip),
            Next::Newest(table, version, rows) => self.replace(table, version, &rows),
            Next::Nothing => Ok(()),
        }
    }

    /// Refuses to go on where another run has taken this one's place.
    fn ours(&self, table: &str, standing: Option<&Standing>) -> Result<()> {
        match standing {
            Some(standing) if of_run(&standing.run, &self.run) => Ok(()),
            _ => Err(Error::data(
                self.sink.place(),
                format!("{table}: another run has taken this one's place"),
            )),
        }
    }

    /// The same of all tables, at the end: what another run has dropped since is not there.
    fn still_ours(&mut self) -> Result<()> {
        for number in 0..self.known.len() {
            let table = self.known[number].shape.table.clone();
            let standing = self.sink.standing(&table, &self.calls);
            // One that is away now had everything when it answered last.
            match standing {
                Err(_) => return Ok(()),
                Ok(standing) => self.ours(&table, standing.as_ref())?,
            }
        }
        Ok(())
    }

    fn append(&mut self, table: usize, from: u64, rows: &RecordBatch) -> Result<()> {
        let shape = &self.known[table].shape;
        let standing = self.sink.standing(&shape.table, &self.calls)?;
        self.ours(&shape.table, standing.as_ref())?;
        self.sink
            .append(shape, &self.run, from, rows, &self.calls)?;
        let count = rows.num_rows() as u64;
        self.desk.took(self.number, table, from + count, count);
        Ok(())
    }

    /// Brings the rows of a file from `skip` on.
    fn file(&mut self, table: usize, part: &Part, mut from: u64, skip: u64) -> Result<()> {
        let place = self.known[table].folder.join(&part.name);
        // Its newest file may have grown meanwhile, and begins with the same rows.
        let found = self.store.stat(&place)?;
        let bytes = found.map_or(part.bytes, |found| found.len);
        let file = ParquetFile::at(Arc::clone(&self.store), place.clone(), bytes);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let rows = read(&file, skip);
        let passing = |e: Error| match e {
            // It was replaced while it was read: the next look finds it whole.
            Error::Data { what, .. } => Error::server(&place, what, true),
            other => other,
        };
        for rows in rows.map_err(passing)? {
            let rows = rows.map_err(passing)?;
            self.append(table, from, &rows)?;
            from += rows.num_rows() as u64;
            if self.desk.has_given_up() {
                break;
            }
        }
        Ok(())
    }

    fn replace(&mut self, table: usize, version: u64, rows: &RecordBatch) -> Result<()> {
        let shape = &self.known[table].shape;
        let before = self.sink.standing(&shape.table, &self.calls)?;
        self.ours(&shape.table, before.as_ref())?;
        let before = before.and_then(|standing| {
            let number = standing.run.strip_prefix(&self.run)?.strip_prefix('.')?;
            number.parse::<u64>().ok()
        });
        let run = format!("{}.{}", self.run, before.unwrap_or(0) + 1);
        let tables = || {
            Ok(vec![Table {
                shape: shape.clone(),
                rows: Box::new(std::iter::once(Ok(rows.clone()))),
            }])
        };
        self.sink.replace(&run, &tables, &self.calls)?;
        let count = rows.num_rows() as u64;
        self.desk.took(self.number, table, version, count);
        Ok(())
    }
}

/// Ends a stream as SIGTERM does.
const REFUSED: i32 = 15;

/// Whether rows that stand under `standing` are of this run; tables that are replaced count their
/// versions behind it.
fn of_run(standing: &str, run: &str) -> bool {
    standing
        .strip_prefix(run)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// An error without its address, which is told beside it.
fn told(error: &Error) -> String {
    match error {
        Error::Server { what, .. } => what.clone(),
        other => other.to_string(),
    }
}
