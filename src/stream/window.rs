//! The window core: events and watermarks in, closed windows out. No I/O, no clock.
//!
//! A window is `size` long and begins at every multiple of `slide` since the epoch. Revenue is
//! added up once in *slices* of the slide's width, which overlapping windows share; the sums of
//! the window that closes next are carried along, so that the cost of an event does not grow
//! with `size / slide`. Rules: §1 of the contract.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::record::{Money, Time, Total};
use crate::stream::cells::{Cell, Cells};

/// Length, distance and patience of windows, in microseconds of event time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// How long a window is; a multiple of the slide.
    pub size: i64,
    /// How far apart windows begin.
    pub slide: i64,
    /// How far the watermark stays behind the largest event time.
    pub patience: i64,
}

impl Shape {
    /// How many windows an event is in.
    pub fn overlap(&self) -> i64 {
        self.size / self.slide
    }

    /// The slice of an event time, by floor division.
    pub fn slice(&self, time: i64) -> i64 {
        time.div_euclid(self.slide)
    }

    /// Number of the first window that a watermark leaves open: windows before it have ended.
    pub fn first_open(&self, watermark: i64) -> i64 {
        self.slice(watermark) - self.overlap() + 1
    }

    /// Where window `number` begins.
    pub fn start(&self, number: i64) -> i64 {
        number * self.slide
    }

    /// Where window `number` ends.
    pub fn end(&self, number: i64) -> i64 {
        self.start(number) + self.size
    }
}

/// Event-time progress of one partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The largest event time of its accepted records.
    pub latest: Option<i64>,
    /// What the end of the source raised its watermark to.
    pub floor: Option<i64>,
    /// Fully read and quiet: it holds nothing back.
    pub idle: bool,
}

impl Progress {
    /// The watermark; none before the first record.
    pub fn watermark(&self, shape: &Shape) -> Option<i64> {
        self.latest
            .map(|time| time - shape.patience)
            .max(self.floor)
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Windows that the event missed: each misses the whole contribution.
    pub missed: i64,
}

/// A window and product that closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Cleaned product.
    pub product: Box<[u8]>,
    /// Σ m(r).
    pub revenue: Total,
    /// Start of the window, microseconds since the epoch.
    pub start: i64,
}

/// The state of all windows that have not closed.
#[derive(Debug)]
pub struct Windows {
    shape: Shape,
    partitions: Vec<Progress>,
    /// Sums by slice; slices that only closed windows hold are gone.
    pub(super) slices: BTreeMap<i64, Cells>,
    /// What late events did not bring to windows that are open for others, by window: their
    /// slice has it all the same.
    pub(super) withheld: BTreeMap<i64, Cells>,
    /// The first window that is not closed, once one is.
    next: Option<i64>,
    /// The sums of window `next`; made anew where it is none.
    running: Option<Cells>,
}

impl Windows {
    /// No window yet.
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            partitions: Vec::new(),
            slices: BTreeMap::new(),
            withheld: BTreeMap::new(),
            next: None,
            running: None,
        }
    }

    /// Length, distance and patience.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Makes room for partitions below `count`; new ones hold the windows back until they have a
    /// record or are idle.
    pub fn partitions(&mut self, count: usize) {
        if self.partitions.len() < count {
            self.partitions.resize(count, Progress::default());
        }
    }

    /// The progress of every partition.
    pub fn progress(&self) -> &[Progress] {
        &self.partitions
    }

    /// The first window that is not closed, once one is.
    pub fn next(&self) -> Option<i64> {
        self.next
    }

    /// Says that a partition is idle, or no longer.
    pub fn set_idle(&mut self, partition: usize, idle: bool) {
        self.partitions[partition].idle = idle;
    }

    /// The watermark of a partition; none before its first record.
    pub fn watermark_of(&self, partition: usize) -> Option<i64> {
        self.partitions[partition].watermark(&self.shape)
    }

    /// The lowest watermark over the partitions that are not idle; none while one of them has
    /// none. When all are idle it is the highest: as if the one that is furthest had been the
    /// last to fall idle, so that the order in which they do makes no difference.
    pub fn watermark(&self) -> Option<i64> {
        let mut busy = self.partitions.iter().filter(|p| !p.idle).peekable();
        if busy.peek().is_none() {
            let all = self.partitions.iter();
            return all.filter_map(|p| p.watermark(&self.shape)).max();
        }
        let marks: Option<Vec<i64>> = busy.map(|p| p.watermark(&self.shape)).collect();
        marks?.into_iter().min()
    }

    /// Moves a partition's watermark, as an accepted record does. It never goes back.
    #[inline]
    pub fn observe(&mut self, partition: usize, time: Time) {
        let progress = &mut self.partitions[partition];
        progress.latest = progress.latest.max(Some(time.micros()));
    }

    /// Adds a sale or a return: first judged by its own partition's watermark, then moving it.
    #[inline]
    pub fn add(&mut self, partition: usize, product: &[u8], time: Time, money: Money) -> Placed {
        let overlap = self.shape.overlap();
        let slice = self.shape.slice(time.micros());
        let windows = slice - overlap + 1..slice + 1;
        let own = self
            .watermark_of(partition)
            .map(|mark| self.shape.first_open(mark));
        self.observe(partition, time);
        let open = own.max(self.next).unwrap_or(windows.start);
        let missed = (open - windows.start).clamp(0, overlap);
        if missed == overlap {
            return Placed { missed };
        }
        self.slices.entry(slice).or_default().add(product, money);
        if let (Some(next), Some(running)) = (self.next, &mut self.running)
            && slice < next + overlap
        {
            running.add(product, money);
        }
        // Missed, but open for other partitions.
        let first = self
            .next
            .map_or(windows.start, |next| next.max(windows.start));
        for window in first..open.min(windows.end) {
            self.withheld.entry(window).or_default().add(product, money);
        }
        Placed { missed }
    }

    /// Closes every window whose end the watermark has reached, in order of their starts.
    pub fn close(&mut self, mut sink: impl FnMut(Closed)) {
        if let Some(mark) = self.watermark() {
            self.close_before(self.shape.first_open(mark), &mut sink);
        }
    }

    /// Closes the next windows that hold anything, `count` at most, whatever the watermark; says
    /// whether more are open. So the end of a source need not hold all its windows at once.
    pub fn close_next(&mut self, count: i64, mut sink: impl FnMut(Closed)) -> bool {
        let first = self.open().next();
        let (Some(first), Some((&last, _))) = (first, self.slices.last_key_value()) else {
            return false;
        };
        // Not beyond the last: what comes in a later run must find its windows open.
        self.close_before((first + count).min(last + 1), &mut sink);
        !self.slices.is_empty()
    }

    /// The source has ended: closes every window and raises every watermark to the last end.
    pub fn finish(&mut self, mut sink: impl FnMut(Closed)) {
        if let Some((&last, _)) = self.slices.last_key_value() {
            self.close_before(last + 1, &mut sink);
        }
        let Some(next) = self.next else { return };
        let end = self.shape.end(next - 1);
        for partition in &mut self.partitions {
            partition.floor = partition.floor.max(Some(end));
        }
    }

    fn close_before(&mut self, end: i64, sink: &mut impl FnMut(Closed)) {
        let overlap = self.shape.overlap();
        // Nothing comes before what the first slice's first window holds.
        let first = |slices: &BTreeMap<i64, Cells>| slices.keys().next().map(|s| s - overlap + 1);
        let mut next = self.next.or_else(|| first(&self.slices)).unwrap_or(end);
        while next < end {
            let mut running = match self.running.take() {
                Some(running) => running,
                None => {
                    next = first(&self.slices).map_or(end, |f| f.max(next)).min(end);
                    if next == end {
                        break;
                    }
                    self.sum_of(next)
                }
            };
            self.emit(next, &running, sink);
            self.withheld.remove(&next);
            if let Some(leaving) = self.slices.remove(&next) {
                running.subtract(&leaving);
            }
            next += 1;
            if let Some(entering) = self.slices.get(&(next + overlap - 1)) {
                running.merge(entering);
            }
            // Over a gap: look for the next slice instead of walking through empty windows.
            self.running = (!running.is_empty()).then_some(running);
        }
        self.next = self.next.max(Some(end));
    }

    /// The sums over all slices of a window.
    pub(super) fn sum_of(&self, window: i64) -> Cells {
        let mut sums = Cells::default();
        for (_, slice) in self.slices.range(self.slices_of(window)) {
            sums.merge(slice);
        }
        sums
    }

    fn slices_of(&self, window: i64) -> Range<i64> {
        window..window + self.shape.overlap()
    }

    fn emit(&self, window: i64, sums: &Cells, sink: &mut impl FnMut(Closed)) {
        let withheld = self.withheld.get(&window);
        for (product, cell) in sums.iter() {
            let cell = *cell - withheld.map_or(Cell::default(), |cells| cells.get(product));
            if cell.count > 0 {
                sink(Closed {
                    product: product.into(),
                    revenue: Total::from_units(cell.sum),
                    start: self.shape.start(window),
                });
            }
        }
    }

    /// The numbers of the open windows that hold anything, in order.
    pub fn open(&self) -> impl Iterator<Item = i64> {
        let overlap = self.shape.overlap();
        let mut from = self.next.unwrap_or(i64::MIN);
        let slices = self.slices.keys().copied();
        slices.flat_map(move |slice| {
            let first = from.max(slice - overlap + 1);
            from = slice + 1;
            first..slice + 1
        })
    }

    /// The sums of one open window.
    pub fn sums(&self, window: i64, mut sink: impl FnMut(Closed)) {
        self.emit(window, &self.sum_of(window), &mut sink);
    }

    /// Σ over all open windows, from what they hold.
    pub fn open_revenue(&self) -> Total {
        let overlap = self.shape.overlap();
        let mut sum = 0i128;
        for (&slice, cells) in &self.slices {
            let first = self.next.unwrap_or(i64::MIN).max(slice - overlap + 1);
            let windows = i128::from((slice + 1 - first).max(0));
            sum += cells.iter().map(|(_, cell)| cell.sum).sum::<i128>() * windows;
        }
        let withheld = self.withheld.values().flat_map(Cells::iter);
        Total::from_units(sum - withheld.map(|(_, cell)| cell.sum).sum::<i128>())
    }

    /// Puts saved progress in place; the slices are put by the caller.
    pub(super) fn restore(&mut self, progress: Vec<Progress>, next: Option<i64>) {
        self.partitions = progress;
        self.next = next;
        self.running = None;
        if let Some(next) = next {
            self.slices = self.slices.split_off(&next);
            self.withheld = self.withheld.split_off(&next);
        }
    }
}

#[cfg(test)]
mod tests;
