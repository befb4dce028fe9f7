//! Alerts that wait for somebody to take them; they are part of the state until then.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Alerts that wait at most.
pub const ROOM: usize = if cfg!(test) { 4 } else { 10_000 };

/// Alerts in the order in which they were put in. One thread puts in and commits, another takes out.
#[derive(Debug, Default)]
pub struct Outbox {
    inside: Mutex<Inside>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Inside {
    /// The oldest first.
    waiting: VecDeque<String>,
    /// The number of the oldest that waits: so many went before.
    first: u64,
    /// Those below this number are in a commit.
    saved: u64,
    /// The number of the oldest that waited in the last commit.
    saved_first: u64,
    /// Whether nothing more comes.
    closed: bool,
}

/// What changed of an outbox.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct SavedOutbox {
    /// The number of the oldest that waits.
    first: u64,
    /// The number of the first in `added`; what was there from it on is not.
    from: u64,
    /// Alerts that came.
    added: Vec<String>,
}

impl Outbox {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an alert in; whether there was room for it.
    pub fn put(&self, alert: String) -> bool {
        let mut inside = self.inside();
        if inside.waiting.len() >= ROOM {
            return false;
        }
        inside.waiting.push_back(alert);
        drop(inside);
        self.news.notify_all();
        true
    }

    /// The oldest, waited for; none when nothing waits and nothing more comes. It stays until
    /// [`Outbox::done`].
    pub fn oldest(&self) -> Option<String> {
        let mut inside = self.inside();
        while inside.waiting.is_empty() && !inside.closed {
            let woken = self.news.wait(inside);
            inside = woken.unwrap_or_else(PoisonError::into_inner);
        }
        inside.waiting.front().cloned()
    }

    /// The oldest needs not be told any more.
    pub fn done(&self) {
        let mut inside = self.inside();
        if inside.waiting.pop_front().is_some() {
            inside.first += 1;
        }
    }

    /// Nothing more comes.
    pub fn close(&self) {
        self.inside().closed = true;
        self.news.notify_all();
    }

    /// Waits until `until` or until nothing more comes; whether nothing more comes.
    pub fn rest(&self, until: Instant) -> bool {
        let mut inside = self.inside();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if inside.closed || left == Duration::ZERO {
                return inside.closed;
            }
            let woken = self.news.wait_timeout(inside, left);
            inside = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.inside().waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those that wait, the oldest first.
    pub fn waiting(&self) -> Vec<String> {
        self.inside().waiting.iter().cloned().collect()
    }

    /// Whether it differs from the last commit.
    pub fn has_changed(&self) -> bool {
        let inside = self.inside();
        let end = inside.first + inside.waiting.len() as u64;
        inside.first != inside.saved_first || end != inside.saved
    }

    /// What a commit has to hold: what changed since the last, or with `anew` everything.
    pub fn save(&self, anew: bool) -> SavedOutbox {
        let inside = self.inside();
        let first = inside.first;
        let from = if anew { first } else { inside.saved.max(first) };
        let known = usize::try_from(from - first).unwrap_or(usize::MAX);
        SavedOutbox {
            first,
            from,
            added: inside.waiting.iter().skip(known).cloned().collect(),
        }
    }

    /// `saved` is in a commit.
    pub fn saved(&self, saved: &SavedOutbox) {
        let mut inside = self.inside();
        inside.saved = saved.from + saved.added.len() as u64;
        inside.saved_first = saved.first;
    }

    /// Takes up what a later commit holds.
    pub fn apply(&self, saved: SavedOutbox) {
        self.saved(&saved);
        let mut inside = self.inside();
        if inside.first + (inside.waiting.len() as u64) < saved.from {
            // Those between are gone.
            inside.waiting.clear();
            inside.first = saved.from;
        }
        let kept = saved.from.saturating_sub(inside.first);
        inside
            .waiting
            .truncate(usize::try_from(kept).unwrap_or(usize::MAX));
        inside.waiting.extend(saved.added);
        let gone = saved.first.saturating_sub(inside.first);
        let gone = usize::try_from(gone).unwrap_or(usize::MAX);
        let gone = gone.min(inside.waiting.len());
        inside.waiting.drain(..gone);
        inside.first = saved.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(outbox: &Outbox, alerts: &[&str]) -> Vec<bool> {
        let put = alerts.iter().map(|alert| outbox.put((*alert).to_owned()));
        put.collect()
    }

    #[test]
    fn what_nobody_took_is_there_again_after_any_commit() {
        let outbox = Outbox::default();
        let mut commits = Vec::new();
        let commit = |anew, commits: &mut Vec<SavedOutbox>| {
            let saved = outbox.save(anew);
            outbox.saved(&saved);
            assert!(!outbox.has_changed());
            commits.push(saved);
            // As they come from a checkpoint: all, or from a whole one on.
            let whole = commits.iter().rposition(|c| c.first == c.from).unwrap_or(0);
            for from in [0, whole] {
                let again = Outbox::default();
                commits[from..].iter().for_each(|c| again.apply(c.clone()));
                assert_eq!(again.waiting(), outbox.waiting());
                assert!(!again.has_changed());
            }
            outbox.waiting()
        };
        assert!(commit(false, &mut commits).is_empty());
        put(&outbox, &["a", "b", "c"]);
        assert!(outbox.has_changed());
        assert_eq!(commit(false, &mut commits), ["a", "b", "c"]);
        outbox.done();
        assert!(outbox.has_changed());
        assert_eq!(commit(false, &mut commits), ["b", "c"]);
        put(&outbox, &["d"]);
        assert_eq!(commit(false, &mut commits), ["b", "c", "d"]);
        // What came and went between two commits is in neither.
        put(&outbox, &["e"]);
        (0..4).for_each(|_| outbox.done());
        put(&outbox, &["f"]);
        assert_eq!(commit(false, &mut commits), ["f"]);
        put(&outbox, &["g"]);
        assert_eq!(commit(true, &mut commits), ["f", "g"]);
        outbox.done();
        assert_eq!(commit(true, &mut commits), ["g"]);
        put(&outbox, &["h"]);
        assert_eq!(commit(false, &mut commits), ["g", "h"]);
    }

    #[test]
    fn there_is_room_for_so_many() {
        let outbox = Outbox::default();
        let put = put(&outbox, &["a", "b", "c", "d", "e"]);
        assert_eq!(put, [true, true, true, true, false]);
        outbox.done();
        assert!(outbox.put("f".to_owned()));
        assert_eq!(outbox.oldest().as_deref(), Some("b"));
        assert_eq!(outbox.len(), ROOM);
    }

    #[test]
    fn the_end_wakes_who_waits() {
        let outbox = Outbox::default();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| outbox.oldest());
            let rests = scope.spawn(|| outbox.rest(Instant::now() + Duration::from_secs(600)));
            outbox.close();
            assert_eq!(waits.join().unwrap(), None);
            assert!(rests.join().unwrap());
        });
    }
}
