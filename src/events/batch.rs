//! Events in memory, and their order.

use crate::record::{Reason, Time};

/// The order in which files are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By event time; a record without one stays behind the one before it in its file.
    Time,
    /// As the files hold them, by path and position.
    File,
    /// As the files of each topic hold them, the topics together in the order of time: an event
    /// that is late comes late.
    Standing,
    /// By chance, in each lap anew, the same in every run.
    Shuffle,
}

impl Order {
    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::File => "file",
            Self::Standing => "standing",
            Self::Shuffle => "shuffle",
        }
    }
}

/// One event.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// The event as JSON, without a line end.
    pub json: &'a [u8],
    /// The cleaned product, which keys it; empty where there is none.
    pub product: &'a [u8],
    /// Event time, if it has one.
    pub time: Option<Time>,
    /// Number of its file among the inputs.
    pub source: usize,
    /// Its line, or the row of columnar files; from 1.
    pub line: u64,
    /// Why it can be no record at all; `json` is then its text.
    pub broken: Option<Reason>,
}

/// What is known of an event beside its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Where it sorts; then by source and order.
    pub key: u64,
    pub source: u32,
    pub order: u64,
    pub line: u64,
    pub time: Option<Time>,
    pub broken: Option<Reason>,
    pub json: u32,
    pub product: u32,
    /// Where its text begins in the batch.
    pub start: usize,
}

impl Entry {
    pub(super) fn rank(&self) -> (u64, u32, u64) {
        (self.key, self.source, self.order)
    }

    /// The event, with its text at the start of `text`.
    pub(super) fn event<'a>(&self, text: &'a [u8]) -> Event<'a> {
        let (json, rest) = text.split_at(self.json as usize);
        Event {
            json,
            product: &rest[..self.product as usize],
            time: self.time,
            source: self.source as usize,
            line: self.line,
            broken: self.broken,
        }
    }
}

/// Events one after the other: all texts in one buffer, the JSON of each followed by its
/// product.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) text: Vec<u8>,
    pub(super) entries: Vec<Entry>,
}

impl Batch {
    /// How many events there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.entries.len() * size_of::<Entry>()
    }

    /// Adds a copy of an event, as the last in order.
    pub fn push(&mut self, event: &Event<'_>) {
        let start = self.text.len();
        self.text.extend_from_slice(event.json);
        self.text.extend_from_slice(event.product);
        self.entries.push(Entry {
            key: 0,
            source: event.source as u32,
            order: 0,
            line: event.line,
            time: event.time,
            broken: event.broken,
            json: event.json.len() as u32,
            product: event.product.len() as u32,
            start,
        });
    }

    /// Event `i`.
    pub fn get(&self, i: usize) -> Option<Event<'_>> {
        let entry = self.entries.get(i)?;
        Some(entry.event(&self.text[entry.start..]))
    }

    /// Forgets all events and keeps the buffers.
    pub fn clear(&mut self) {
        self.text.clear();
        self.entries.clear();
    }

    pub(super) fn sort(&mut self) {
        self.entries.sort_unstable_by_key(Entry::rank);
    }
}

/// A time as a number that sorts as it does.
pub(super) fn time_key(time: Option<Time>) -> u64 {
    time.map_or(0, |time| (time.micros() as u64) ^ (1 << 63))
}

/// Well-mixed bits of a place and a lap.
/// Source: SplitMix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
pub(super) fn chance(source: u32, order: u64, lap: u64) -> u64 {
    let mix = |mut z: u64| {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let step = 0x9e37_79b9_7f4a_7c15u64;
    let seed = mix(lap
        .wrapping_mul(step)
        .wrapping_add(u64::from(source))
        .wrapping_add(step));
    mix(seed.wrapping_add(order.wrapping_mul(step)))
}
