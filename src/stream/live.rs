//! The windows that stand in no file yet, for whoever watches.
//!
//! They stand in `_open.json` in the output folder, replaced as a whole within a tenth of a
//! second of an event; of a large state less often, so that making it takes a twentieth of the
//! time, but within a second all the same.
//!
//! Whoever reads `_open.json` first and then the Parquet files finds every window in at least one
//! of `open`, `closed` and the files (of `open`, the view says when it is truncated): a window
//! leaves `closed` only when its file has its name. For a moment a window is in the view and in a file;
//! the file is right then, because what is written never changes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::record::{Time, Total};
use crate::store::run_record::now;
use crate::stream::display::Display;
use crate::stream::state::State;
use crate::stream::window::Closed;

/// The name of the file.
pub const OPEN: &str = "_open.json";
/// The view is made anew so often at most.
const REFRESH: Duration = Duration::from_millis(40);
/// Rows of open windows that are shown, of the newest first: what a second allows. Closed rows
/// that wait are fewer than go into a file at once, and cost less.
const MOST_ROWS: usize = 100_000;

/// A moment of a stream.
#[derive(Debug, Clone, Serialize)]
pub struct View<'a> {
    /// The run that began the state.
    pub run_id: &'a str,
    /// When the view was made, UTC.
    pub updated: String,
    /// How long a window is, in seconds.
    pub size_seconds: f64,
    /// How far apart windows begin, in seconds.
    pub slide_seconds: f64,
    /// Whether the run is over, with the source read to its end and every window closed. A run
    /// that a signal ended only stops to update.
    pub ended: bool,
    /// Records read since the state began: `accepted + rejected + duplicates`.
    pub read: u64,
    /// Records that count, restocks and late ones included.
    pub accepted: u64,
    /// Later records with the key of an earlier one.
    pub duplicates: u64,
    /// Σ m(r) over the accepted records. Over all windows, written, closed and open, and
    /// `late_revenue`, the sum is `size / slide` times this.
    pub accepted_revenue: Total,
    /// Records read a second, of late.
    pub rate: f64,
    /// Events that wait in the source, if it knows.
    pub lag: Option<u64>,
    /// The lowest watermark.
    pub watermark: Option<String>,
    /// Records that missed a window.
    pub late: u64,
    /// What they missed.
    pub late_revenue: Total,
    /// Rejected records.
    pub rejected: u64,
    /// Rows of closed windows, in files or waiting for one.
    pub windows: u64,
    /// How long the last commit of this run took, in seconds.
    pub commit_seconds: Option<f64>,
    /// How many windows are open.
    pub open_windows: usize,
    /// Whether only the newest of them are told.
    pub truncated: bool,
    /// The open windows, the newest first.
    pub open: Vec<OpenWindow>,
    /// The closed windows that wait for a file, the newest first. For a moment one of them may be
    /// in a file already: then the file counts.
    pub closed: Vec<WaitingWindow<'a>>,
}

/// An open window.
#[derive(Debug, Clone, Serialize)]
pub struct OpenWindow {
    /// Its start, UTC.
    pub window_start: String,
    /// Its end, UTC.
    pub window_end: String,
    /// Revenue so far by product.
    pub products: BTreeMap<String, Total>,
}

/// A closed window whose rows wait for a file; in JSON it looks like an open one.
#[derive(Debug, Clone, Copy)]
pub struct WaitingWindow<'a> {
    size: i64,
    /// At least one, all of one window.
    rows: &'a [Closed],
}

impl Serialize for WaitingWindow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let start = self.rows.first().map_or(0, |row| row.start);
        let mut window = serializer.serialize_struct("WaitingWindow", 3)?;
        window.serialize_field("window_start", &instant(start))?;
        window.serialize_field("window_end", &instant(start + self.size))?;
        window.serialize_field("products", &Products(self.rows))?;
        window.end()
    }
}

/// Rows as a map, without a copy of them.
struct Products<'a>(&'a [Closed]);

impl Serialize for Products<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.0.iter();
        serializer.collect_map(rows.map(|row| (String::from_utf8_lossy(&row.product), row.revenue)))
    }
}

/// Makes views when they are due.
pub struct Live {
    display: Display,
    commit: Option<Duration>,
}

fn instant(micros: i64) -> String {
    Time::from_micros(micros)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

impl Live {
    /// Views go to the output folder of `state`.
    pub fn new(state: &State) -> Self {
        let (store, file) = (state.store(), state.output().join(OPEN));
        let read = state.intake.books.ledger.counts.read;
        Self {
            display: Display::new(store, file, REFRESH, read),
            commit: None,
        }
    }

    /// A commit took so long. One that `rolled` rows into a file makes a new view due: those
    /// rows wait no more.
    pub fn committed(&mut self, took: Duration, rolled: bool) {
        self.commit = Some(took);
        if rolled {
            self.display.renew();
        }
    }

    /// When the next view is due, where `read` records have been read.
    pub fn due(&self, read: u64) -> Instant {
        self.display.due(read)
    }

    /// Makes a view if one is due, writes it and gives it.
    pub fn refresh<'a>(&mut self, state: &'a State, lag: Option<u64>) -> Option<View<'a>> {
        let read = state.intake.books.ledger.counts.read;
        let commit = self.commit;
        self.display
            .show(read, |rate| view(state, rate, commit, lag))
    }

    /// The view that stays when the stream ends.
    pub fn last(&mut self, state: &State, lag: Option<u64>) {
        let mut view = view(state, self.display.rate(), self.commit, lag);
        view.ended = state.ended;
        self.display.write(&view);
    }
}

fn view(state: &State, rate: f64, commit: Option<Duration>, lag: Option<u64>) -> View<'_> {
    let (core, ledger) = (&state.intake.core, &state.intake.books.ledger);
    let shape = core.windows.shape();
    let numbers: Vec<i64> = core.windows.open().collect();
    let mut open = Vec::new();
    let mut rows = 0;
    for &window in numbers.iter().rev() {
        let mut products = BTreeMap::new();
        core.windows.sums(window, |row| {
            let product = String::from_utf8_lossy(&row.product).into_owned();
            products.insert(product, row.revenue);
        });
        rows += products.len();
        if rows > MOST_ROWS && !open.is_empty() {
            break;
        }
        open.push(OpenWindow {
            window_start: instant(shape.start(window)),
            window_end: instant(shape.end(window)),
            products,
        });
    }
    // A window closes once, so its rows stand together.
    let closed = core.rows.chunk_by(|a, b| a.start == b.start).rev();
    let closed = closed.map(|rows| WaitingWindow {
        size: shape.size,
        rows,
    });
    let seconds = |micros: i64| micros as f64 / 1e6;
    View {
        run_id: state.run_id(),
        updated: now(),
        size_seconds: seconds(shape.size),
        slide_seconds: seconds(shape.slide),
        ended: false,
        read: ledger.counts.read,
        accepted: ledger.counts.accepted(),
        duplicates: ledger.counts.duplicates,
        accepted_revenue: ledger.accepted_revenue,
        rate,
        lag,
        watermark: core
            .windows
            .watermark()
            .map(instant)
            .filter(|text| !text.is_empty()),
        late: ledger.late,
        late_revenue: ledger.late_revenue,
        rejected: ledger.counts.all_rejected(),
        windows: ledger.windows,
        commit_seconds: commit.map(|took| took.as_secs_f64()),
        open_windows: numbers.len(),
        truncated: open.len() < numbers.len(),
        open,
        closed: closed.collect(),
    }
}
