//! What a stream tells of itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use metrics::{Counter, Gauge, Histogram};

use super::{Family, Registry};
use crate::record::Reason;
use crate::stream::archive::{self, Archive};
use crate::stream::jobs;
use crate::stream::keyed::Table;
use crate::stream::ledger::Ledger;
use crate::stream::live::View;
use crate::stream::state::State;
use crate::stream::watch::Watch;

const READ: Family = Family::counter(
    "retail_records_read_total",
    "Records read since the state of the stream began, runs before this one included: accepted, \
     rejected and duplicate ones.",
);
const ACCEPTED: Family = Family::counter(
    "retail_records_accepted_total",
    "Records that count since the state began, restocks and late ones included.",
);
const REJECTED: Family = Family::counter(
    "retail_records_rejected_total",
    "Records that cleaning refused since the state began, by reason.",
);
const DUPLICATE: Family = Family::counter(
    "retail_records_duplicate_total",
    "Later records with the key of an earlier one since the state began.",
);
const LATE: Family = Family::counter(
    "retail_records_late_total",
    "Accepted records that missed at least one window since the state began.",
);
const LATE_REVENUE: Family = Family::gauge(
    "retail_late_revenue",
    "What late records missed since the state began, once a window; returns make it smaller. \
     Rounded as a float; the summary has it to the fourth decimal.",
);
const WRITTEN: Family = Family::counter(
    "retail_rows_written_total",
    "Rows of closed windows since the state began, one a window and product; the newest reach a \
     file within a minute.",
);
const OPEN: Family = Family::gauge(
    "retail_windows_open",
    "Windows that hold something and have not closed.",
);
const KEYS: Family = Family::gauge(
    "retail_state_keys",
    "Keys that the jobs hold, those of duplicates included; absent for a stream without jobs.",
);
const BYTES: Family = Family::gauge(
    "retail_state_bytes",
    "Memory of what the jobs hold by key; absent for a stream without jobs.",
);
const WATERMARK: Family = Family::gauge(
    "retail_watermark_timestamp_seconds",
    "The lowest watermark over the partitions that are not idle, in event time, in seconds since \
     the epoch; absent before there is one.",
);
const BEHIND: Family = Family::gauge(
    "retail_watermark_lag_seconds",
    "How far the watermark is behind the clock; negative where events are dated ahead of it, as \
     in a loop.",
);
const LAG: Family = Family::gauge(
    "retail_source_lag_records",
    "Records that wait in the source; absent where that is not known, as of files and pipes.",
);
const COMMIT: Family = Family::histogram(
    "retail_commit_duration_seconds",
    "How long a commit of positions, state and output took, in this run.",
    &[
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    ],
);
const COMMITS: Family = Family::counter("retail_commits_total", "Commits of this run.");
const COMMITTED: Family = Family::gauge(
    "retail_last_commit_timestamp_seconds",
    "When the last commit of this run was made, in seconds since the epoch.",
);
const RATE: Family = Family::gauge(
    "retail_events_per_second",
    "Records read a second, of late.",
);

/// Memory of what jobs hold is measured so often.
const MEASURE: Duration = Duration::from_secs(1);

/// Every family of a stream.
pub const FAMILIES: &[Family] = &[
    READ,
    ACCEPTED,
    REJECTED,
    DUPLICATE,
    LATE,
    LATE_REVENUE,
    WRITTEN,
    OPEN,
    KEYS,
    BYTES,
    WATERMARK,
    BEHIND,
    LAG,
    COMMIT,
    COMMITS,
    COMMITTED,
    RATE,
];

/// A moment of the stream, as its last turn left it.
#[derive(Default)]
struct Moment {
    /// Whether there was a turn.
    begun: bool,
    ledger: Ledger,
    open: usize,
    /// Keys, and bytes of memory.
    held: Option<(usize, usize)>,
    /// Microseconds.
    watermark: Option<i64>,
    lag: Option<u64>,
    rate: Option<f64>,
    commits: u64,
    committed: Option<SystemTime>,
}

/// Watches a stream for a registry.
pub struct StreamMetrics {
    registry: Arc<Registry>,
    /// Values are set when they are asked for, all of one moment.
    moment: Arc<Mutex<Moment>>,
    commit: Histogram,
    /// Memory of what jobs hold, and when it was measured.
    bytes: usize,
    measured: Option<Instant>,
    /// Records that jobs had read by then, and how many a second that were.
    read: u64,
    rate: Option<f64>,
}

impl StreamMetrics {
    /// Values go to `registry`, which has [`FAMILIES`].
    pub fn new(registry: &Arc<Registry>) -> Self {
        let moment = Arc::new(Mutex::new(Moment::default()));
        let (shown, owner) = (Arc::clone(&moment), Arc::downgrade(registry));
        let mut values = None;
        registry.before_each(move || {
            let moment = shown.lock().unwrap_or_else(PoisonError::into_inner);
            // A zero before the figures of a resumed state would look as if all of them had come
            // in this run.
            if let (true, Some(registry)) = (moment.begun, owner.upgrade()) {
                let values = values.get_or_insert_with(|| Values::new(&registry));
                values.set(&moment);
            }
        });
        Self {
            registry: Arc::clone(registry),
            moment,
            commit: registry.histogram(&COMMIT, &[]),
            bytes: 0,
            measured: None,
            read: 0,
            rate: None,
        }
    }
}

impl Watch for StreamMetrics {
    fn turn(&mut self, state: &State, lag: Option<u64>) {
        let core = &state.intake.core;
        let (open, watermark) = (core.windows.open().count(), core.windows.watermark());
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        moment.begun = true;
        moment.ledger.clone_from(&state.intake.books.ledger);
        (moment.open, moment.watermark, moment.lag) = (open, watermark, lag);
        drop(moment);
        self.registry.set_ready();
    }

    fn view(&mut self, view: &View<'_>) {
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        moment.rate = Some(view.rate);
    }

    fn committed(&mut self, took: Duration) {
        self.commit.record(took);
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        moment.commits += 1;
        moment.committed = Some(SystemTime::now());
    }
}

impl StreamMetrics {
    /// A turn of jobs: their rows are what is written, and the watermark is that of the job which is
    /// furthest behind.
    pub fn jobs(&mut self, state: &jobs::state::State, lag: Option<u64>) {
        let core = &state.intake.core;
        let marks = core.jobs.iter().filter_map(|job| job.operator.tally().done);
        let rows = state.row_count();
        let tables = || {
            let jobs = core.jobs.iter().map(|job| job.operator.table());
            jobs.chain([core.seen.table()])
        };
        let keys = tables().map(Table::len).sum();
        // That takes longer than a turn may.
        if self.measured.is_none_or(|at| at.elapsed() >= MEASURE) {
            self.bytes = tables().map(Table::bytes).sum();
            let read = state.intake.books.ledger.counts.read;
            let since = self.measured.replace(Instant::now());
            self.rate = since.map(|at| (read - self.read) as f64 / at.elapsed().as_secs_f64());
            self.read = read;
        }
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        moment.begun = true;
        moment.ledger.clone_from(&state.intake.books.ledger);
        moment.ledger.windows = rows;
        moment.held = Some((keys, self.bytes));
        (moment.watermark, moment.lag) = (marks.min(), lag);
        moment.rate = self.rate;
        drop(moment);
        self.registry.set_ready();
    }
}

/// An archive counts every message as accepted, and has no windows.
impl archive::run::Watch for StreamMetrics {
    fn turn(&mut self, archive: &Archive, lag: Option<u64>) {
        let tally = archive.shelf.tally;
        let mut moment = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        moment.begun = true;
        (moment.ledger.counts.read, moment.ledger.counts.sales) = (tally.read, tally.read);
        moment.lag = lag;
        drop(moment);
        self.registry.set_ready();
    }

    fn committed(&mut self, took: Duration) {
        Watch::committed(self, took);
    }
}

/// Where the values go.
struct Values {
    read: Counter,
    accepted: Counter,
    rejected: [Counter; Reason::COUNT],
    duplicate: Counter,
    late: Counter,
    late_revenue: Gauge,
    written: Counter,
    open: Gauge,
    keys: Gauge,
    bytes: Gauge,
    watermark: Gauge,
    behind: Gauge,
    lag: Gauge,
    commits: Counter,
    committed: Gauge,
    rate: Gauge,
}

impl Values {
    fn new(registry: &Registry) -> Self {
        let counter = |family| registry.counter(family, &[]);
        let gauge = |family| registry.gauge(family, &[]);
        let rejected = |reason: Reason| registry.counter(&REJECTED, &[("reason", reason.name())]);
        Self {
            read: counter(&READ),
            accepted: counter(&ACCEPTED),
            rejected: Reason::ALL.map(rejected),
            duplicate: counter(&DUPLICATE),
            late: counter(&LATE),
            late_revenue: gauge(&LATE_REVENUE),
            written: counter(&WRITTEN),
            open: gauge(&OPEN),
            keys: gauge(&KEYS),
            bytes: gauge(&BYTES),
            watermark: gauge(&WATERMARK),
            behind: gauge(&BEHIND),
            lag: gauge(&LAG),
            commits: counter(&COMMITS),
            committed: gauge(&COMMITTED),
            rate: gauge(&RATE),
        }
    }

    fn set(&self, moment: &Moment) {
        let ledger = &moment.ledger;
        self.read.absolute(ledger.counts.read);
        self.accepted.absolute(ledger.counts.accepted());
        for (counter, count) in self.rejected.iter().zip(ledger.counts.rejected) {
            counter.absolute(count);
        }
        self.duplicate.absolute(ledger.counts.duplicates);
        self.late.absolute(ledger.late);
        self.late_revenue
            .set(ledger.late_revenue.units() as f64 / 1e4);
        self.written.absolute(ledger.windows);
        self.open.set(moment.open as f64);
        self.keys
            .set(known(moment.held.map(|(keys, _)| keys as f64)));
        self.bytes
            .set(known(moment.held.map(|(_, bytes)| bytes as f64)));
        let since_epoch = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let watermark = known(moment.watermark.map(|micros| micros as f64 / 1e6));
        let now = since_epoch(SystemTime::now()).as_secs_f64();
        self.watermark.set(watermark);
        self.behind.set(now - watermark);
        self.lag.set(known(moment.lag.map(|lag| lag as f64)));
        self.commits.absolute(moment.commits);
        let committed = moment
            .committed
            .map(|time| since_epoch(time).as_millis() as f64 / 1e3);
        self.committed.set(known(committed));
        self.rate.set(known(moment.rate));
    }
}

/// What is not known is not shown.
fn known(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}
