//! `_open.json`, as [`crate::stream::live`] writes it.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::windows::Window;
use crate::error::{Error, Result};
use crate::record::{Time, Total};
use crate::serve::runs;
use crate::stream::live::OPEN;

/// A moment of a stream.
#[derive(Debug, Clone, Deserialize)]
pub struct View {
    /// The run that began the state.
    pub run_id: String,
    /// When the view was made, UTC.
    pub updated: String,
    /// How long a window is, in seconds; 0 where an earlier version does not tell.
    #[serde(default)]
    pub size_seconds: f64,
    /// How far apart windows begin, in seconds; likewise.
    #[serde(default)]
    pub slide_seconds: f64,
    /// Whether the source was read to its end and every window is closed.
    #[serde(default)]
    pub ended: bool,
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
    pub late_revenue: Amount,
    /// Rejected records.
    pub rejected: u64,
    /// Rows of closed windows.
    pub windows: u64,
    /// How many windows are open.
    pub open_windows: usize,
    /// Whether only the newest of them are told.
    pub truncated: bool,
    #[serde(default)]
    open: Vec<Rows>,
    #[serde(default)]
    closed: Vec<Rows>,
}

/// The rows of a window.
#[derive(Debug, Clone, Deserialize)]
struct Rows {
    window_start: String,
    window_end: String,
    products: indexmap::IndexMap<Arc<str>, Amount>,
}

/// Money as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(pub Total);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let total = Total::parse(&text).ok_or_else(|| D::Error::custom("no amount"))?;
        Ok(Self(total))
    }
}

impl View {
    /// Reads the view in the stream's output folder; none if there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        runs::view(&folder.join(OPEN), "a stream")
    }

    /// Takes its windows out: those that are closed but in no file yet, and the open ones.
    ///
    /// # Errors
    /// When a time is none.
    pub fn take_windows(&mut self) -> Result<Vec<Window>> {
        let closed = std::mem::take(&mut self.closed).into_iter();
        let open = std::mem::take(&mut self.open).into_iter();
        let all = closed.map(|w| (w, false)).chain(open.map(|w| (w, true)));
        all.map(|(rows, open)| {
            let time = |text: &str| {
                let time = Time::parse_iso(text.as_bytes());
                let micros = time.map(Time::micros);
                micros.ok_or_else(|| Error::data(OPEN, format!("{text:?} is no time")))
            };
            let products = rows.products.into_iter();
            Ok(Window::new(
                time(&rows.window_start)?,
                time(&rows.window_end)?,
                open,
                products.map(|(name, amount)| (name, amount.0)).collect(),
            ))
        })
        .collect()
    }
}
