//! Messages between the source and their files.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::filling::{Filled, Filling};
use super::part::{Date, date};
use super::rows::Rows;
use crate::error::Result;
use crate::record::Reason;
use crate::store::{Location, Store, new_run_id};
use crate::stream::origin::Origin;
use crate::stream::source::Take;

/// Messages go on to their file when they hold so many bytes, or are so many.
const PIECE: u64 = 1 << 20;
const ROWS: usize = 8_192;
/// What all dates hold in memory together.
const HELD: usize = if cfg!(test) { 4 << 10 } else { 64 << 20 };
/// Row groups below this size are not worth ending.
const SMALL: usize = 4 << 20;
/// Files that are open at once.
const OPEN: usize = 16;

/// When files are closed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// When one of them is so long.
    pub bytes: u64,
    /// When the oldest message in them has waited so long.
    pub age: Duration,
}

/// What has been taken up since the state began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Messages.
    pub read: u64,
    /// Those without a value.
    pub tombstones: u64,
    /// Bytes of all keys and values.
    pub bytes: u64,
    /// Messages that had expired before they could be read, where that was allowed.
    pub lost: u64,
}

/// The messages of a date.
#[derive(Default)]
struct Gathering {
    rows: Rows,
    file: Option<Filling>,
}

/// Gathers messages by date.
pub struct Shelf {
    store: Arc<dyn Store>,
    folder: Location,
    process: String,
    limits: Limits,
    dates: BTreeMap<Date, Gathering>,
    /// What has been taken up.
    pub tally: Tally,
    /// How many partitions there are.
    pub partitions: usize,
    /// Bytes in memory.
    held: usize,
    /// Number of the next temporary file.
    next: u64,
    open: usize,
    /// When the oldest message came.
    since: Option<Instant>,
    full: bool,
}

impl Shelf {
    /// An empty one; temporary files go to `folder`.
    pub fn new(store: Arc<dyn Store>, folder: Location, limits: Limits, tally: Tally) -> Self {
        Self {
            store,
            folder,
            process: new_run_id(),
            limits,
            dates: BTreeMap::new(),
            tally,
            partitions: 0,
            held: 0,
            next: 0,
            open: 0,
            since: None,
            full: false,
        }
    }

    /// How long it takes until the files are due, if nothing else comes.
    pub fn rest(&self) -> Duration {
        match self.since {
            _ if self.full => Duration::ZERO,
            Some(since) => self.limits.age.saturating_sub(since.elapsed()),
            None => Duration::MAX,
        }
    }

    /// Whether there is any message.
    pub fn is_empty(&self) -> bool {
        self.since.is_none()
    }

    /// A name for a temporary file that no process used before: one that a commit names must not
    /// be taken for one that was never committed.
    pub fn name(&mut self) -> String {
        self.next += 1;
        format!("{}-{:06}.tmp", self.process, self.next)
    }

    /// Ends all files; they are on the disk, under their temporary names.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn close(&mut self) -> Result<Vec<(Date, Filled)>> {
        let mut filled = Vec::new();
        for (date, mut gathering) in std::mem::take(&mut self.dates) {
            let bytes = gathering.rows.bytes;
            let mut file = match gathering.file.take() {
                Some(file) => file,
                None => {
                    let name = self.name();
                    Filling::begin(&*self.store, &self.folder, name)?
                }
            };
            if gathering.rows.count > 0 {
                file.write(&gathering.rows.take()?, bytes)?;
            }
            filled.push((date, file.finish()?));
        }
        for (_, file) in &mut filled {
            file.settle()?;
        }
        if !filled.is_empty() {
            self.store.sync_dir(&self.folder)?;
        }
        (self.held, self.open, self.since, self.full) = (0, 0, None, false);
        Ok(filled)
    }

    /// Brings the messages of a date to their file, unless too many files are open.
    fn write(&mut self, date: Date) -> Result<()> {
        let name = match self.dates.get(&date) {
            Some(Gathering { file: None, .. }) if self.open >= OPEN => return Ok(()),
            Some(Gathering { file: None, .. }) => Some(self.name()),
            Some(_) => None,
            None => return Ok(()),
        };
        let Some(gathering) = self.dates.get_mut(&date) else {
            return Ok(());
        };
        if let Some(name) = name {
            gathering.file = Some(Filling::begin(&*self.store, &self.folder, name)?);
            self.open += 1;
        }
        if let Some(file) = &mut gathering.file {
            let bytes = gathering.rows.bytes;
            let before = file.group + bytes;
            file.write(&gathering.rows.take()?, bytes)?;
            self.held -= before - file.group;
            self.full |= file.bytes() >= self.limits.bytes;
        }
        Ok(())
    }

    /// Keeps what is in memory bounded: by ending the largest row groups, or all files.
    fn fit(&mut self) -> Result<()> {
        while self.held > HELD && !self.full {
            let files = self.dates.values_mut().filter_map(|g| g.file.as_mut());
            match files.max_by_key(|file| file.group) {
                Some(file) if file.group >= SMALL => {
                    self.held -= file.group;
                    file.end_group()?;
                }
                _ => self.full = true,
            }
        }
        Ok(())
    }
}

impl Take for Shelf {
    fn partitions(&mut self, count: usize) {
        self.partitions = self.partitions.max(count);
    }

    fn lost(&mut self, count: u64) {
        self.tally.lost += count;
    }

    fn message(&mut self, value: Option<&[u8]>, from: Origin<'_>) -> Result<()> {
        // Events that are played have the place in which they were.
        let offset = from.spot.offset.unwrap_or(self.tally.read.cast_signed());
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len) as u64;
        self.tally.read += 1;
        self.tally.tombstones += u64::from(value.is_none());
        self.tally.bytes += length(from.key) + length(value);
        self.since.get_or_insert_with(Instant::now);
        let date = date(from.stamp);
        let rows = &mut self.dates.entry(date).or_default().rows;
        self.held += rows.push(value, offset, from);
        let piece = self.limits.bytes.min(PIECE);
        if rows.bytes as u64 >= piece || rows.count >= ROWS {
            self.write(date)?;
        }
        self.fit()
    }

    fn broken(
        &mut self,
        event: &[u8],
        _packed: bool,
        _reason: Reason,
        from: Origin<'_>,
    ) -> Result<()> {
        self.message(Some(event), from)
    }
}
