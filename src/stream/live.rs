//! The windows that are open, for whoever watches.
//!
//! They stand in `_open.json` in the output folder, replaced as a whole within a tenth of a
//! second of an event; of a large state less often, so that writing it takes a twentieth of the
//! time, but within a second all the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::record::{Time, Total};
use crate::store::run_record::now;
use crate::stream::state::State;

/// The name of the file.
pub const OPEN: &str = "_open.json";
/// The view is made anew so often at most.
const REFRESH: Duration = Duration::from_millis(40);
/// Making it takes this part of the time at most.
const SHARE: u32 = 20;
/// However long making it takes, this is when it is made anew.
const LONGEST_REST: Duration = Duration::from_millis(800);
/// Without any event it is made anew so often.
const IDLE_REFRESH: Duration = Duration::from_secs(1);
/// Rows that are shown, of the newest windows first: what a second allows.
const MOST_ROWS: usize = 100_000;

/// A moment of a stream.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// The run that began the state.
    pub run_id: String,
    /// When the view was made, UTC.
    pub updated: String,
    /// Records read since the state began.
    pub read: u64,
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
    /// Rows of closed windows.
    pub windows: u64,
    /// How many windows are open.
    pub open_windows: usize,
    /// Whether only the newest of them are told.
    pub truncated: bool,
    /// The open windows, the newest first.
    pub open: Vec<OpenWindow>,
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

/// Makes views when they are due.
pub struct Live {
    file: Option<PathBuf>,
    /// Whether the last one could not be written.
    failed: bool,
    due: Instant,
    last: Instant,
    read: u64,
    rate: Option<f64>,
    measured: (Instant, u64),
}

fn instant(micros: i64) -> String {
    Time::from_micros(micros)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

impl Live {
    /// Views go to the output folder of `state`.
    pub fn new(state: &State) -> Self {
        let now = Instant::now();
        let read = state.intake.core.ledger.counts.read;
        Self {
            file: state.output().join(OPEN).local_path().map(Path::to_owned),
            failed: false,
            due: now,
            last: now,
            read: u64::MAX,
            rate: None,
            measured: (now, read),
        }
    }

    /// When the next view is due, where `read` records have been read.
    pub fn due(&self, read: u64) -> Instant {
        match read == self.read {
            true => self.due.max(self.last + IDLE_REFRESH),
            false => self.due,
        }
    }

    /// Makes a view if one is due, writes it and gives it.
    pub fn refresh(&mut self, state: &State, lag: Option<u64>) -> Option<View> {
        let began = Instant::now();
        let read = state.intake.core.ledger.counts.read;
        if began < self.due(read) {
            return None;
        }
        self.measure(began, read);
        let view = self.view(state, lag);
        let text = serde_json::to_vec(&view).unwrap_or_default();
        // What making it costs; writing it waits for the disk, which costs nobody anything.
        let cost = began.elapsed();
        self.write(&text);
        self.read = read;
        self.last = began;
        let rest = (cost * SHARE).clamp(REFRESH, LONGEST_REST);
        self.due = Instant::now() + rest;
        Some(view)
    }

    /// The view that stays when the stream ends.
    pub fn last(&mut self, state: &State, lag: Option<u64>) {
        let view = self.view(state, lag);
        self.write(&serde_json::to_vec(&view).unwrap_or_default());
    }

    /// A view that cannot be written is told once and holds nothing up: figures do not depend
    /// on it.
    fn write(&mut self, text: &[u8]) {
        let Some(file) = &self.file else { return };
        match write(file, text) {
            Ok(()) => self.failed = false,
            Err(e) => {
                if !std::mem::replace(&mut self.failed, true) {
                    tracing::warn!("the open windows cannot be shown: {e}");
                }
                let _ = fs::remove_file(temporary(file));
            }
        }
    }

    fn measure(&mut self, now: Instant, read: u64) {
        let seconds = (now - self.measured.0).as_secs_f64();
        if seconds < 0.5 {
            return;
        }
        let rate = read.saturating_sub(self.measured.1) as f64 / seconds;
        // Half the weight to the last moment: steady enough to read, quick enough to trust.
        let smooth = self.rate.map_or(rate, |before| (before + rate) / 2.0);
        self.rate = Some((smooth * 10.0).round() / 10.0);
        self.measured = (now, read);
    }

    fn view(&self, state: &State, lag: Option<u64>) -> View {
        let core = &state.intake.core;
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
        View {
            run_id: state.run_id().to_owned(),
            updated: now(),
            read: core.ledger.counts.read,
            rate: self.rate.unwrap_or_default(),
            lag,
            watermark: core
                .windows
                .watermark()
                .map(instant)
                .filter(|text| !text.is_empty()),
            late: core.ledger.late,
            late_revenue: core.ledger.late_revenue,
            rejected: core.ledger.counts.all_rejected(),
            windows: core.ledger.windows,
            open_windows: numbers.len(),
            truncated: open.len() < numbers.len(),
            open,
        }
    }
}

fn temporary(file: &Path) -> PathBuf {
    file.with_extension("tmp")
}

/// Replaces the file in one step. It need not outlive a power cut.
fn write(file: &Path, text: &[u8]) -> Result<()> {
    let temporary = temporary(file);
    fs::write(&temporary, text)
        .and_then(|()| fs::rename(&temporary, file))
        .map_err(|e| Error::io("write", file.display(), e))
}
