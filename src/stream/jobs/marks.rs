//! How far event time has come, by partition.

/// The progress of all partitions, which the jobs share; each has a patience of its own.
#[derive(Debug, Default, Clone)]
pub struct Marks {
    partitions: Vec<Progress>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Progress {
    latest: Option<i64>,
    idle: bool,
}

/// How a job looks at the progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct View {
    /// How far its watermark stays behind, in microseconds.
    pub patience: i64,
    /// What the end of an earlier source raised its watermarks to.
    pub floor: Option<i64>,
}

impl Marks {
    /// Makes room for partitions below `count`; new ones hold everything back until they have a
    /// record or are idle.
    pub fn partitions(&mut self, count: usize) {
        if self.partitions.len() < count {
            self.partitions.resize(count, Progress::default());
        }
    }

    /// Says that a partition is idle, or no longer.
    pub fn set_idle(&mut self, partition: usize, idle: bool) {
        self.partitions[partition].idle = idle;
    }

    /// An accepted record of `partition` at `time`.
    pub fn observe(&mut self, partition: usize, time: i64) {
        let latest = &mut self.partitions[partition].latest;
        *latest = (*latest).max(Some(time));
    }

    /// The latest event time of each partition.
    pub fn latest(&self) -> impl Iterator<Item = Option<i64>> {
        self.partitions.iter().map(|p| p.latest)
    }

    /// Puts saved progress in place; idleness is of the moment.
    pub fn restore(&mut self, latest: &[Option<i64>]) {
        let all = latest.iter().map(|latest| Progress {
            latest: *latest,
            idle: false,
        });
        self.partitions = all.collect();
    }

    /// The watermark of a partition; none before its first record.
    pub fn of(&self, partition: usize, view: View) -> Option<i64> {
        self.partitions[partition].mark(view)
    }

    /// The lowest watermark over all partitions that have one, idle or not.
    pub fn lowest(&self, view: View) -> Option<i64> {
        let marks = self.partitions.iter().filter_map(|p| p.mark(view));
        marks.min()
    }

    /// The lowest watermark over the partitions that are not idle; none while one of them has
    /// none. When all are idle it is the highest.
    pub fn all(&self, view: View) -> Option<i64> {
        let mut busy = self.partitions.iter().filter(|p| !p.idle).peekable();
        if busy.peek().is_none() {
            return self.partitions.iter().filter_map(|p| p.mark(view)).max();
        }
        let mut least = i64::MAX;
        for partition in busy {
            least = least.min(partition.mark(view)?);
        }
        Some(least)
    }
}

impl Progress {
    fn mark(&self, view: View) -> Option<i64> {
        let mark = self.latest.map(|time| time.saturating_sub(view.patience));
        mark.max(view.floor)
    }
}
