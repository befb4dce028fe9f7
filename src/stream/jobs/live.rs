//! What the jobs hold at present, for whoever watches: `_live.json` in the output folder, replaced
//! as a whole within a quarter of a second of an event, an alert within a tenth.

pub mod groups;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use self::groups::{Group, Groups};
use super::feed::Feed;
use super::row::object;
use super::running::Running;
use super::state::State;
use crate::record::{Time, Total};
use crate::store::run_record::now;
use crate::stream::display::Display;

/// The name of the file.
pub const LIVE: &str = "_live.json";
/// The view is made anew so often at most.
const REFRESH: Duration = Duration::from_millis(200);
/// With a new alert it is made so soon.
const URGENT: Duration = Duration::from_millis(50);
/// So many of the rows of a table that wait for a file are told.
const WAITING: usize = 1_000;

/// A moment of the jobs.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// The run that began the state.
    pub run_id: String,
    /// When the view was made, UTC.
    pub updated: String,
    /// Whether the run is over, with the source read to its end.
    pub ended: bool,
    /// Events read since the state began.
    pub read: u64,
    /// Events that count.
    pub accepted: u64,
    /// Rejected events.
    pub rejected: u64,
    /// Later events with the key of an earlier one.
    pub duplicates: u64,
    /// Events that were too late for some job.
    pub late: u64,
    /// Σ m(r) over the accepted sales.
    pub accepted_revenue: Total,
    /// Events read a second, of late.
    pub rate: f64,
    /// Events that wait in the source, if it knows.
    pub lag: Option<u64>,
    /// The latest event time.
    pub latest: Option<String>,
    /// The jobs by name.
    pub jobs: BTreeMap<&'static str, JobView>,
    /// The newest alerts first.
    pub alerts: Vec<Value>,
}

/// A moment of one job.
#[derive(Debug, Clone, Serialize)]
pub struct JobView {
    /// Events that it made use of.
    pub taken: u64,
    /// Events that were too late for it.
    pub late: u64,
    /// Everything before it is final.
    pub watermark: Option<String>,
    /// Keys that it holds.
    pub keys: usize,
    /// Its figures since the state began.
    pub figures: BTreeMap<&'static str, i64>,
    /// What it shows.
    pub view: Value,
    /// Final rows that are in no file yet, by table.
    pub waiting: BTreeMap<&'static str, Waiting>,
}

/// Rows that wait for a file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Waiting {
    /// How many there are.
    pub rows: usize,
    /// The newest of them, the newest first.
    pub newest: Vec<Value>,
    /// What all of them add up to, where they are sales and more than the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sums: Option<Vec<Group>>,
}

/// Makes views when they are due.
pub struct Live {
    display: Display,
}

impl Live {
    /// Views go to the output folder of `state`.
    pub fn new(state: &State) -> Self {
        let (store, file) = (state.store(), state.output().join(LIVE));
        let read = state.intake.books.ledger.counts.read;
        Self {
            display: Display::new(store, file, REFRESH, read),
        }
    }

    /// There is an alert that nobody has seen.
    pub fn hurry(&mut self) {
        self.display.hurry(URGENT);
    }

    /// When the next view is due, where `read` events have been read.
    pub fn due(&self, read: u64) -> Instant {
        self.display.due(read)
    }

    /// Makes a view if one is due, writes it and gives it.
    pub fn refresh(&mut self, state: &State, feed: &Feed, lag: Option<u64>) -> Option<View> {
        let read = state.intake.books.ledger.counts.read;
        self.display.show(read, |rate| view(state, feed, rate, lag))
    }

    /// The view that stays when the stream ends.
    pub fn last(&mut self, state: &State, feed: &Feed, lag: Option<u64>) {
        let mut view = view(state, feed, self.display.rate(), lag);
        view.ended = state.ended;
        self.display.write(&view);
    }
}

fn view(state: &State, feed: &Feed, rate: f64, lag: Option<u64>) -> View {
    let (core, ledger) = (&state.intake.core, &state.intake.books.ledger);
    let instant = |micros: i64| Time::from_micros(micros).map(|time| time.to_string());
    let jobs = core.jobs.iter().map(|job| {
        let tally = job.operator.tally();
        let view = JobView {
            taken: tally.taken,
            late: tally.late,
            watermark: tally.done.and_then(instant),
            keys: job.operator.table().len(),
            figures: job.out.counts.clone(),
            view: job.operator.view(),
            waiting: waiting(job),
        };
        (job.operator.spec().name, view)
    });
    View {
        run_id: state.run_id().to_owned(),
        updated: now(),
        ended: false,
        read: ledger.counts.read,
        accepted: ledger.counts.accepted(),
        rejected: ledger.counts.all_rejected(),
        duplicates: ledger.counts.duplicates,
        late: ledger.late,
        accepted_revenue: ledger.accepted_revenue,
        rate,
        lag,
        latest: core.marks.latest().max().flatten().and_then(instant),
        jobs: jobs.collect(),
        alerts: feed.shown(),
    }
}

/// Who reads the files alone would not see these rows for up to a minute.
fn waiting(job: &Running) -> BTreeMap<&'static str, Waiting> {
    let tables = job.operator.spec().tables;
    let mut all: BTreeMap<&'static str, Waiting> = BTreeMap::new();
    for (number, row) in job.out.rows.iter().rev() {
        if let Some(table) = tables.get(*number) {
            let waiting = all.entry(table.name).or_default();
            waiting.rows += 1;
            if waiting.newest.len() < WAITING {
                let row = object(table.columns, row);
                waiting.newest.push(Value::Object(row));
            }
        }
    }
    for (number, table) in tables.iter().enumerate() {
        let cut = all.get_mut(table.name).filter(|all| all.rows > WAITING);
        if let Some(waiting) = cut {
            waiting.sums = sums(job, number);
        }
    }
    all
}

/// What the rows of a table add up to that wait for a file; they are as many as a job says before
/// they go to one at most, so counting them anew each time takes milliseconds.
fn sums(job: &Running, table: usize) -> Option<Vec<Group>> {
    let mut groups = Groups::of(job.operator.spec().tables.get(table)?.columns)?;
    let rows = job.out.rows.iter().filter(|(number, _)| *number == table);
    rows.for_each(|(_, row)| groups.add(row));
    Some(groups.told())
}
