//! What a key will most likely remember once its events that wait are followed, for rows that are
//! shown before they are final.

use super::ordered::{Ordered, is_over};
use super::out::Out;

/// A key with so many events that wait is busy: what is guessed of it is worth remembering. So many
/// of the newest are told apart at least.
pub(super) const BUSY: usize = if cfg!(test) { 3 } else { 16 };
/// So many are told apart at most.
const MOST: usize = 4 * BUSY;

/// The state of a key behind the events that wait.
///
/// The newest are told apart: an event that comes a little too late, as those of another topic do,
/// concerns only what stands behind it.
pub(super) struct Guess<J: Ordered> {
    /// The state before the newest events.
    base: J::State,
    /// The last event that is in it, if any of those that waited is.
    last: Option<(i64, J::Input)>,
    /// The newest events, in order.
    newest: Vec<(i64, J::Input)>,
    /// The state behind them.
    state: J::State,
}

impl<J: Ordered> Guess<J> {
    /// Of a key with this state and events that wait, in order, and of one more; `out` gets what
    /// that says.
    pub(super) fn new(
        state: J::State,
        waiting: Vec<(i64, J::Input)>,
        (job, key): (&mut J, &[u8]),
        entry: &(i64, J::Input),
        out: &mut Out,
    ) -> Self {
        let before = waiting.partition_point(|other| other <= entry);
        let mut guess = Self {
            base: state,
            last: None,
            newest: waiting,
            state: J::State::default(),
        };
        guess.settle(before, job, key);
        guess.insert(job, key, entry, out);
        guess
    }

    /// Whether an event stands behind all that are no longer told apart.
    pub(super) fn reaches(&self, entry: &(i64, J::Input)) -> bool {
        self.last.as_ref().is_none_or(|last| last <= entry)
    }

    /// Whether it is worth being remembered.
    pub(super) fn is_long(&self) -> bool {
        self.last.is_some() || self.newest.len() > BUSY
    }

    /// Takes an event, which it reaches; `out` gets what that says.
    pub(super) fn take(&mut self, job: &mut J, key: &[u8], entry: &(i64, J::Input), out: &mut Out) {
        match self.newest.last().is_none_or(|last| last <= entry) {
            true => {
                step(job, key, &mut self.state, entry, out);
                self.newest.push(entry.clone());
            }
            false => self.insert(job, key, entry, out),
        }
        if self.newest.len() > MOST {
            self.settle(usize::MAX, job, key);
        }
    }

    /// Puts an event where it stands among the newest, which are applied anew.
    fn insert(&mut self, job: &mut J, key: &[u8], entry: &(i64, J::Input), out: &mut Out) {
        let at = self.newest.partition_point(|other| other <= entry);
        self.newest.insert(at, entry.clone());
        self.state = self.base.clone();
        let mut quiet = Out::guessing();
        for (number, entry) in self.newest.iter().enumerate() {
            let out = if number == at { &mut *out } else { &mut quiet };
            step(job, key, &mut self.state, entry, out);
        }
    }

    /// Tells only the newest apart, and those behind the first `most`.
    fn settle(&mut self, most: usize, job: &mut J, key: &[u8]) {
        let mut quiet = Out::guessing();
        let old = self.newest.len().saturating_sub(BUSY).min(most);
        for entry in self.newest.drain(..old) {
            step(job, key, &mut self.base, &entry, &mut quiet);
            self.last = Some(entry);
        }
    }
}

/// Applies one event behind what is due before it; only what this event says is left in `out`.
fn step<J: Ordered>(
    job: &mut J,
    key: &[u8],
    state: &mut J::State,
    (time, input): &(i64, J::Input),
    out: &mut Out,
) {
    while let Some(timer) = job.wake(state).filter(|timer| timer <= time) {
        job.woken(key, state, timer, out);
    }
    if is_over(job, state, *time) {
        *state = J::State::default();
    }
    out.early.clear();
    job.apply(key, state, *time, input, out);
}
