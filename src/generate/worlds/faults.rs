//! Planted faults of event worlds: lines that cannot be read, lines that stand twice, lines that
//! stand late.
//!
//! No event is lost to a fault, so the figures of a world are the same with and without them: a
//! line that cannot be read is a broken copy of the event before it, one line more.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::faults::Shares;
use super::super::rng::{Key, high, low};
use super::text::{micros_below, share_of};
use crate::record::time::SECOND;

/// An event stands late by less than this.
const LATEST: i64 = 60 * SECOND;
/// The second copy of a line stands after the first by less than this.
const SOON: i64 = 5 * SECOND;

/// What happens to an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fault {
    /// A broken copy follows it.
    pub malformed: bool,
    /// Its second copy stands so much later.
    pub twice: Option<i64>,
    /// It stands so much later itself.
    pub late: Option<i64>,
}

/// Shares as thresholds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faults {
    key: Key,
    malformed: u64,
    duplicates: u64,
    late: u64,
}

impl Faults {
    /// Thresholds under `seed`; none without any fault.
    pub fn new(shares: &Shares, seed: u64) -> Option<Self> {
        let faults = Self {
            key: Key::new(seed, "world faults"),
            malformed: share_of(shares.malformed),
            duplicates: share_of(shares.duplicates),
            late: share_of(shares.late),
        };
        (faults.malformed | faults.duplicates | faults.late > 0).then_some(faults)
    }

    /// What happens to event number `n`.
    pub fn of(&self, n: u64) -> Fault {
        let key = self.key.of(n);
        let (first, second) = (key.word(0), key.word(1));
        let twice = u64::from(low(first)) < self.duplicates;
        let late = !twice && u64::from(low(second)) < self.late;
        Fault {
            malformed: u64::from(high(first)) < self.malformed,
            twice: twice.then(|| 1 + micros_below(key.word(2), SOON - 1)),
            late: late.then(|| SECOND + micros_below(key.word(3), LATEST - SECOND)),
        }
    }

    /// Appends the broken copy of the text of event `n`: cut in the middle, without its time, or
    /// with a time that is none. A line of CSV loses its time only: half a line would open a
    /// quote that later lines close.
    pub fn break_text(&self, n: u64, text: &[u8], time: &str, out: &mut Vec<u8>) {
        if text.first() != Some(&b'{') {
            let end = memchr::memchr(b'"', text).unwrap_or(0);
            out.extend_from_slice(&text[..end]);
            return out.extend_from_slice(b"unknown");
        }
        let word = self.key.of(n).word(4);
        let mark = format!("\"{time}\":\"");
        let at = memchr::memmem::find(text, mark.as_bytes());
        let value = at.map(|at| at + mark.len());
        let end = value.and_then(|from| Some(from + memchr::memchr(b'"', &text[from..])?));
        match (word % 3, at, value, end) {
            (0, _, Some(value), Some(end)) => {
                out.extend_from_slice(&text[..value]);
                out.extend_from_slice(b"unknown");
                out.extend_from_slice(&text[end..]);
            }
            // Not the first field: what stands before it ends with a comma.
            (1, Some(at), _, Some(end)) if text.get(end + 1) == Some(&b',') => {
                out.extend_from_slice(&text[..at]);
                out.extend_from_slice(&text[end + 2..]);
            }
            _ => {
                let half = text.len() / 4 + (high(word) as usize) % (text.len() / 2).max(1);
                out.extend_from_slice(&text[..half.max(1)]);
            }
        }
    }
}

/// Why a line waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// It is an event that is late.
    Late,
    /// It is a second copy.
    Twice,
}

/// A line that stands later than its event's time.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiting {
    pub stands: i64,
    /// Makes the order of lines that stand at the same time the same in every run.
    pub n: u64,
    pub why: Why,
    pub topic: usize,
    pub time: i64,
    pub key: Vec<u8>,
    pub text: Vec<u8>,
}

/// The lines that wait, the first first.
#[derive(Debug, Default)]
pub(super) struct Queue(BinaryHeap<Reverse<Waiting>>);

impl Queue {
    pub fn push(&mut self, line: Waiting) {
        self.0.push(Reverse(line));
    }

    /// The next line that stands at `time` or before.
    pub fn pop_until(&mut self, time: i64) -> Option<Waiting> {
        let Reverse(first) = self.0.peek()?;
        if first.stands > time {
            return None;
        }
        self.0.pop().map(|Reverse(line)| line)
    }
}
