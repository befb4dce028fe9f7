//! What the jobs hold at present, for whoever watches: `_live.json` in the output folder, replaced
//! as a whole within a quarter of a second of an event, an alert within a tenth.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::feed::Feed;
use super::intake::Running;
use super::row::object;
use super::state::State;
use crate::record::{Time, Total};
use crate::store::run_record::now;
use crate::store::{Location, Store};

/// The name of the file.
pub const LIVE: &str = "_live.json";
/// The view is made anew so often at most.
const REFRESH: Duration = Duration::from_millis(200);
/// With a new alert it is made so soon.
const URGENT: Duration = Duration::from_millis(50);
/// Making it takes this part of the time at most.
const SHARE: u32 = 20;
/// However long making it takes, this is when it is made anew.
const LONGEST_REST: Duration = Duration::from_millis(800);
/// So many of the rows of a table that wait for a file are told.
const WAITING: usize = 1_000;
/// Without any event, and on HDFS and S3, it is made so often.
const SLOW: Duration = Duration::from_secs(1);

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
}

/// Makes views and writes them.
pub struct Live {
    store: Arc<dyn Store>,
    file: Location,
    due: Instant,
    last: Instant,
    read: u64,
    rate: Option<f64>,
    measured: (Instant, u64),
    failed: bool,
}

impl Live {
    /// A first view is due at once.
    pub fn new(state: &State) -> Self {
        let now = Instant::now();
        Self {
            store: state.store(),
            file: state.output().join(LIVE),
            due: now,
            last: now,
            read: u64::MAX,
            rate: None,
            measured: (now, state.intake.core.ledger.counts.read),
            failed: false,
        }
    }

    /// There is an alert that nobody has seen.
    pub fn hurry(&mut self) {
        self.due = self.due.min(self.last + URGENT);
    }

    /// When the next view is due, where `read` events have been read.
    pub fn due(&self, read: u64) -> Instant {
        match read == self.read {
            true => self.due.max(self.last + SLOW),
            false => self.due,
        }
    }

    /// Makes a view if one is due, writes it and gives it.
    pub fn refresh(&mut self, state: &State, feed: &Feed, lag: Option<u64>) -> Option<View> {
        let began = Instant::now();
        let read = state.intake.core.ledger.counts.read;
        if began < self.due(read) {
            return None;
        }
        self.measure(began, read);
        let view = self.view(state, feed, lag);
        let text = serde_json::to_vec(&view).unwrap_or_default();
        let cost = began.elapsed();
        self.write(&text);
        (self.read, self.last) = (read, began);
        let soonest = match self.file.local_path() {
            Some(_) => REFRESH,
            None => SLOW,
        };
        self.due = Instant::now() + (cost * SHARE).min(LONGEST_REST).max(soonest);
        Some(view)
    }

    /// The view that stays when the stream ends.
    pub fn last(&mut self, state: &State, feed: &Feed, lag: Option<u64>) {
        let mut view = self.view(state, feed, lag);
        view.ended = state.ended;
        self.write(&serde_json::to_vec(&view).unwrap_or_default());
    }

    /// A view that cannot be written is told once and holds nothing up.
    fn write(&mut self, text: &[u8]) {
        match self.store.write_passing(&self.file, text) {
            Ok(()) => self.failed = false,
            Err(e) => {
                if !std::mem::replace(&mut self.failed, true) {
                    tracing::warn!("the live view cannot be written: {e}");
                }
            }
        }
    }

    fn measure(&mut self, now: Instant, read: u64) {
        let seconds = (now - self.measured.0).as_secs_f64();
        if seconds >= 0.5 {
            let rate = read.saturating_sub(self.measured.1) as f64 / seconds;
            let smooth = self.rate.map_or(rate, |before| (before + rate) / 2.0);
            self.rate = Some((smooth * 10.0).round() / 10.0);
            self.measured = (now, read);
        }
    }

    fn view(&self, state: &State, feed: &Feed, lag: Option<u64>) -> View {
        let core = &state.intake.core;
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
            read: core.ledger.counts.read,
            accepted: core.ledger.counts.accepted(),
            rejected: core.ledger.counts.all_rejected(),
            duplicates: core.ledger.counts.duplicates,
            late: core.ledger.late,
            accepted_revenue: core.ledger.accepted_revenue,
            rate: self.rate.unwrap_or_default(),
            lag,
            latest: core.marks.latest().max().flatten().and_then(instant),
            jobs: jobs.collect(),
            alerts: feed.shown(),
        }
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
    all
}
