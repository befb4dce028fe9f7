//! A running job, whatever its kind: what the engine, the commit and the views ask of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::marks::View;
use super::out::Out;
use super::spec::Spec;
use crate::record::Event;
use crate::source::reject::Spot;
use crate::stream::keyed::Table;

/// How far a job has come in event time, beside what it holds by key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Everything before it is final; none before anything was.
    pub done: Option<i64>,
    /// What lies before it is being made final, and rows of it may have been said.
    pub closing: Option<i64>,
    /// What the end of an earlier source raised its watermarks to.
    pub floor: Option<i64>,
    /// The time of the latest event that it took.
    pub latest: Option<i64>,
    /// Events that it made use of.
    pub taken: u64,
    /// Those that came too late for some of it.
    pub late: u64,
    /// Σ of money, in units of 1/10,000, that it took into windows, each window counted.
    pub placed: i128,
    /// The part of it that is in rows.
    pub written: i128,
    /// The part of it that came too late.
    pub missed: i128,
}

impl Tally {
    /// What is to be made final next on the way to `mark`; none if all of it is.
    pub fn next(&self, mark: i64) -> Option<i64> {
        let ahead = self.done.is_none_or(|done| done < mark);
        self.closing.or(ahead.then_some(mark))
    }

    /// What lies before `mark` is final, unless there is `more` to it.
    pub fn came_to(&mut self, mark: i64, more: bool) {
        self.closing = more.then_some(mark);
        if !more {
            self.done = self.done.max(Some(mark));
        }
    }
}

/// What an event meets: the place it comes from and how far that has come.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The watermark of its own partition when it came, before it moved it.
    pub mark: Option<i64>,
    /// Where it stands.
    pub spot: Spot<'a>,
}

/// A running job.
pub trait Operator: Send {
    /// What it is.
    fn spec(&self) -> &'static Spec;

    /// Its patience and floor.
    fn marks(&self) -> View;

    /// Takes an event; says whether it was too late for some of it.
    fn take(&mut self, event: &Event<'_>, arrival: Arrival<'_>, out: &mut Out) -> bool;

    /// All watermarks have come so far: whatever lies before it is final. Says whether there is more
    /// to say than [`FULL`](super::out::FULL) rows: then it is asked again before the next event.
    fn advance(&mut self, mark: i64, out: &mut Out) -> bool;

    /// The source has ended: everything becomes final. Says whether to ask again.
    fn finish(&mut self, out: &mut Out) -> bool;

    /// The rows of its tables that hold the newest only, by table.
    fn newest(&self, _table: usize) -> Vec<super::row::Row> {
        Vec::new()
    }

    /// What it holds.
    fn table(&self) -> &Table;

    /// What it holds, to settle and to restore.
    fn table_mut(&mut self) -> &mut Table;

    /// How far it is.
    fn tally(&self) -> &Tally;

    /// Puts what was saved in place, after its table.
    ///
    /// # Errors
    /// When the bytes of a key mean nothing to it: they are of another version of this program.
    fn restore(&mut self, tally: Tally) -> postcard::Result<()>;

    /// Σ of money that is in windows which are not written; none for jobs without.
    fn open_money(&self) -> Option<i128> {
        None
    }

    /// What pages and terminals show of it.
    fn view(&self) -> Value {
        Value::Null
    }
}
