//! What became of the events of a sink, for whoever watches from another thread.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of a run.
#[derive(Debug, Default)]
pub struct Tally {
    taken: AtomicU64,
    sent: AtomicU64,
    failed: AtomicU64,
}

impl Tally {
    /// One more is on its way.
    #[inline]
    pub fn take(&self) {
        self.taken.fetch_add(1, Ordering::Relaxed);
    }

    /// One that was on its way has arrived.
    #[inline]
    pub fn arrive(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// One that was on its way cannot be delivered.
    pub fn fail(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// So many more were written: they arrive at once.
    pub fn write(&self, more: u64) {
        self.taken.fetch_add(more, Ordering::Relaxed);
        self.sent.fetch_add(more, Ordering::Relaxed);
    }

    /// Events that have arrived.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Events that cannot be delivered.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Events that are on their way.
    pub fn in_flight(&self) -> u64 {
        let done = self.sent() + self.failed();
        self.taken.load(Ordering::Relaxed).saturating_sub(done)
    }
}
