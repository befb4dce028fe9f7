//! When a view of a running stream is due, and the file that it is written to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::store::{Location, Store};

/// Making a view takes this part of the time at most.
const SHARE: u32 = 20;
/// However long making it takes, this is when it is made anew.
const LONGEST_REST: Duration = Duration::from_millis(800);
/// Without any event, and on HDFS and S3, where a write costs several requests, it is made so often.
const SLOW: Duration = Duration::from_secs(1);
/// Rates are told of at least so long.
const MOMENT: f64 = 0.5;

/// Writes views when they are due.
pub struct Display {
    store: Arc<dyn Store>,
    file: Location,
    /// Views are made so often at most.
    refresh: Duration,
    due: Instant,
    last: Instant,
    /// Records that had been read when the last view was made.
    read: u64,
    rate: Option<f64>,
    measured: (Instant, u64),
    /// Whether the last one could not be written.
    failed: bool,
}

impl Display {
    /// Views go to `file`, at most one every `refresh`; so far `read` records have been read. The
    /// first is due at once.
    pub fn new(store: Arc<dyn Store>, file: Location, refresh: Duration, read: u64) -> Self {
        let now = Instant::now();
        Self {
            refresh: match file.local_path() {
                Some(_) => refresh,
                None => SLOW,
            },
            store,
            file,
            due: now,
            last: now,
            read: u64::MAX,
            rate: None,
            measured: (now, read),
            failed: false,
        }
    }

    /// There is what nobody has seen: a view is due so long after the last.
    pub fn hurry(&mut self, after: Duration) {
        self.due = self.due.min(self.last + after);
    }

    /// The last view is no longer true.
    pub fn renew(&mut self) {
        self.due = Instant::now();
        self.read = u64::MAX;
    }

    /// Records read a second, of late.
    pub fn rate(&self) -> f64 {
        self.rate.unwrap_or_default()
    }

    /// When the next view is due, where `read` records have been read.
    pub fn due(&self, read: u64) -> Instant {
        match read == self.read {
            true => self.due.max(self.last + SLOW),
            false => self.due,
        }
    }

    /// Makes a view if one is due, writes it and gives it.
    pub fn show<V: Serialize>(&mut self, read: u64, view: impl FnOnce(f64) -> V) -> Option<V> {
        let began = Instant::now();
        if began < self.due(read) {
            return None;
        }
        self.measure(began, read);
        let view = view(self.rate());
        let text = serde_json::to_vec(&view).unwrap_or_default();
        // What making it costs; writing it waits for the disk, which costs nobody anything.
        let cost = began.elapsed();
        self.write_text(&text);
        (self.read, self.last) = (read, began);
        self.due = Instant::now() + (cost * SHARE).min(LONGEST_REST).max(self.refresh);
        Some(view)
    }

    /// Writes the view that stays.
    pub fn write(&mut self, view: &impl Serialize) {
        self.write_text(&serde_json::to_vec(view).unwrap_or_default());
    }

    /// A view that cannot be written is told once and holds nothing up: figures do not depend
    /// on it.
    fn write_text(&mut self, text: &[u8]) {
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
        if seconds < MOMENT {
            return;
        }
        let rate = read.saturating_sub(self.measured.1) as f64 / seconds;
        // Half the weight to the last moment: steady enough to read, quick enough to trust.
        let smooth = self.rate.map_or(rate, |before| (before + rate) / 2.0);
        self.rate = Some((smooth * 10.0).round() / 10.0);
        self.measured = (now, read);
    }
}
