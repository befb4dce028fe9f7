//! Jobs that follow each key through event time, in order.
//!
//! Events of a key wait in its value until the watermark has passed them; then they are applied in
//! the order of event time, equal times in the order of their content. So the result depends
//! neither on how partitions interleave nor on the order within the watermark's patience.

use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::guess::{BUSY, Guess};
use super::held::{self, Held};
use super::marks::View;
use super::operator::{Arrival, Operator, Tally};
use super::out::{FULL, Out};
use super::spec::Spec;
use crate::record::Event;
use crate::stream::keyed::Table;

/// A job that follows keys through event time.
pub trait Ordered: Send {
    /// What is remembered of a key.
    type State: Default + Clone + Send + Serialize + DeserializeOwned;
    /// What is needed of an event; equal times are applied in its order.
    type Input: Ord + Clone + Send + Serialize + DeserializeOwned;

    /// What it is.
    fn spec(&self) -> &'static Spec;

    /// Gives each key that the event concerns, and what it needs of it.
    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Self::Input));

    /// The next event of a key, in the order of event time.
    fn apply(
        &mut self,
        key: &[u8],
        held: &mut Self::State,
        at: i64,
        input: &Self::Input,
        out: &mut Out,
    );

    /// When something is due without an event; after [`Ordered::woken`] it must be another time,
    /// or none. The end of the source brings it about, too.
    fn wake(&self, _held: &Self::State) -> Option<i64> {
        None
    }

    /// That time has come. It comes before events of the same time.
    fn woken(&mut self, _key: &[u8], _held: &mut Self::State, _at: i64, _out: &mut Out) {}

    /// From when on the key may be forgotten without a word, unless something is due.
    fn expires(&self, held: &Self::State) -> i64;

    /// Whether keys can begin anew behind what the end of a source has made final: what comes later
    /// than its last event is then taken, though the last ones were followed beyond it.
    fn begins_anew(&self) -> bool {
        false
    }

    /// What an event says by itself, whatever else comes; rows are final at once.
    fn at_once(&mut self, _event: &Event<'_>, _out: &mut Out) {}

    /// Whether rows are to be shown before they are final.
    fn is_early(&self) -> bool {
        false
    }

    /// A key as it was when the run before ended, for what [`Ordered::view`] shows.
    fn restored(&mut self, _key: &[u8], _held: &Self::State) {}

    /// A key that is no longer known, for what [`Ordered::view`] shows.
    fn forgotten(&mut self, _key: &[u8], _held: &Self::State) {}

    /// What pages and terminals show of it.
    fn view(&self) -> Value {
        Value::Null
    }
}

/// A key with so many events that wait is not followed for each of them by itself, as all are looked at each time.
const CROWD: usize = if cfg!(test) { 5 } else { 64 };
/// It waits for this part of the patience, and so many microseconds at most.
const REST: (i64, i64) = (32, 5_000_000);
/// So many guesses are remembered at most.
const GUESSES: usize = 1 << 10;

/// The guesses of busy keys.
type Guesses<J> = HashMap<Box<[u8]>, Guess<J>>;

/// A running [`Ordered`].
pub struct ByKey<J: Ordered> {
    job: J,
    table: Table,
    tally: Tally,
    patience: i64,
    key: Vec<u8>,
    value: Vec<u8>,
    guesses: Guesses<J>,
}

impl<J: Ordered> ByKey<J> {
    /// Nothing is held; `patience` in microseconds.
    pub fn new(job: J, patience: i64) -> Self {
        Self {
            job,
            table: Table::new(),
            tally: Tally::default(),
            patience,
            key: Vec::new(),
            value: Vec::new(),
            guesses: HashMap::new(),
        }
    }

    fn held(&self, key: &[u8]) -> Held<J::State, J::Input> {
        // What a start has read is sound: only a key that is new cannot be read.
        let found = self.table.get(key).map(Held::read);
        found.and_then(Result::ok).unwrap_or_else(|| Held {
            state: J::State::default(),
            waiting: Vec::new(),
        })
    }

    /// Lets an event wait.
    fn append(&mut self, key: &[u8], entry: &(i64, J::Input)) {
        let was = self.table.get_due(key);
        // An event at the mark itself still waits: another may come for the same time.
        let first = entry.0.saturating_add(1);
        let due = was.and_then(|(_, due)| due);
        let due = due.map_or(first, |due| due.min(first));
        match was {
            Some((bytes, _)) => {
                self.value.clear();
                self.value.extend_from_slice(bytes);
            }
            None => held::write_state(&J::State::default(), &mut self.value),
        }
        held::append(entry, &mut self.value);
        self.table.put_soon(key, &self.value, due);
    }

    fn put(&mut self, key: &[u8], held: &Held<J::State, J::Input>) {
        let behind = |(time, _): &(i64, J::Input)| time.saturating_add(1);
        let (first, last) = (held.waiting.first(), held.waiting.last());
        let rest = match held.waiting.len() < CROWD {
            true => 0,
            false => (self.patience / REST.0).min(REST.1),
        };
        let first = first.map(|first| behind(first).saturating_add(rest));
        let first = first.min(last.map(behind));
        let wake = self.job.wake(&held.state);
        held.write(&mut self.value);
        match (first, wake) {
            (Some(first), wake) if wake.is_none_or(|wake| first <= wake) => {
                self.table.put_soon(key, &self.value, first);
            }
            (_, wake) => {
                let due = wake.unwrap_or_else(|| self.job.expires(&held.state));
                self.table.put(key, &self.value, Some(due));
            }
        }
    }

    /// Applies what of a key lies before `mark`, and what is due up to it.
    fn follow(
        job: &mut J,
        key: &[u8],
        held: &mut Held<J::State, J::Input>,
        mark: i64,
        out: &mut Out,
    ) {
        let mut next = 0;
        loop {
            let event = held.waiting.get(next).map(|(time, _)| *time);
            let event = event.filter(|time| *time < mark);
            let timer = job.wake(&held.state).filter(|time| *time <= mark);
            match (event, timer) {
                (None, None) => break,
                (_, Some(timer)) if event.is_none_or(|time| timer <= time) => {
                    job.woken(key, &mut held.state, timer, out);
                }
                (Some(time), _) => {
                    if is_over(job, &held.state, time) {
                        job.forgotten(key, &held.state);
                        held.state = J::State::default();
                    }
                    job.apply(key, &mut held.state, time, &held.waiting[next].1, out);
                    next += 1;
                }
                (None, Some(_)) => {}
            }
        }
        held.waiting.drain(..next);
    }

    /// What this event would say if nothing else came.
    fn guess(&mut self, key: &[u8], entry: &(i64, J::Input), out: &mut Out) {
        let mut quiet = Out::guessing();
        if let Some(guess) = self
            .guesses
            .get_mut(key)
            .filter(|guess| guess.reaches(entry))
        {
            guess.take(&mut self.job, key, entry, &mut quiet);
        } else {
            let Held { state, waiting } = self.held(key);
            let whose = (&mut self.job, key);
            let guess = Guess::new(state, waiting, whose, entry, &mut quiet);
            self.guesses.remove(key);
            if guess.is_long() && self.guesses.len() < GUESSES {
                self.guesses.insert(key.into(), guess);
            }
        }
        out.early.append(&mut quiet.early);
    }

    /// The last time at which any key has something to say.
    fn last_due(&self) -> Option<i64> {
        let due = |value: &[u8]| {
            let held: Held<J::State, J::Input> = Held::read(value).ok()?;
            let last = held.waiting.last().map(|(time, _)| time.saturating_add(1));
            last.max(self.job.wake(&held.state))
        };
        let all = self.table.iter();
        all.filter_map(|(_, value, _)| due(value)).max()
    }

    /// Follows every key up to `mark`; says whether there is more.
    fn due(&mut self, mark: i64, out: &mut Out) -> bool {
        let mut key = std::mem::take(&mut self.key);
        let limit = out.rows.len() + FULL;
        // Keys that go without a word take room in the next commit, too.
        let mut rest = FULL;
        while out.rows.len() < limit && rest > 0 && self.table.pop_due(mark, &mut key) {
            rest -= 1;
            let mut held = self.held(&key);
            Self::follow(&mut self.job, &key, &mut held, mark, out);
            // What is followed now was guessed before: a guess holds as long as it is of use.
            if held.waiting.len() < BUSY {
                self.guesses.remove(&*key);
            }
            let is_over = held.waiting.is_empty() && is_over(&self.job, &held.state, mark);
            match is_over {
                true => {
                    self.job.forgotten(&key, &held.state);
                    self.table.remove(&key);
                }
                false => self.put(&key, &held),
            }
        }
        self.key = key;
        let more = out.rows.len() >= limit || rest == 0;
        self.tally.came_to(mark, more);
        more
    }
}

/// Whether nothing of a key is needed any more at `time`.
pub(super) fn is_over<J: Ordered>(job: &J, held: &J::State, time: i64) -> bool {
    job.wake(held).is_none() && job.expires(held) <= time
}

impl<J: Ordered> Operator for ByKey<J> {
    fn spec(&self) -> &'static Spec {
        self.job.spec()
    }

    fn marks(&self) -> View {
        View {
            patience: self.patience,
            floor: self.tally.floor,
        }
    }

    fn take(&mut self, event: &Event<'_>, arrival: Arrival<'_>, out: &mut Out) -> bool {
        let time = event.time.micros();
        let mark = arrival.mark.max(self.tally.done);
        let is_late = mark.is_some_and(|mark| time < mark);
        let mut given: Vec<(Vec<u8>, J::Input)> = Vec::new();
        self.job
            .keys(event, &mut |key, input| given.push((key.to_vec(), input)));
        let before = out.rows.len();
        self.job.at_once(event, out);
        if given.is_empty() {
            self.tally.taken += u64::from(out.rows.len() > before);
            return false;
        }
        self.tally.taken += 1;
        if is_late {
            self.tally.late += 1;
            return true;
        }
        self.tally.latest = self.tally.latest.max(Some(time));
        for (key, input) in given {
            let entry = (time, input);
            if self.job.is_early() {
                self.guess(&key, &entry, out);
            }
            self.append(&key, &entry);
        }
        false
    }

    fn advance(&mut self, mark: i64, out: &mut Out) -> bool {
        let next = self.tally.next(mark);
        next.is_some_and(|next| self.due(next, out) || next < mark)
    }

    fn finish(&mut self, out: &mut Out) -> bool {
        // What is due may make more due: until nothing is left but to forget.
        if let Some(mark) = self.tally.closing.or_else(|| self.last_due()) {
            self.due(mark, out);
            return true;
        }
        if self.job.begins_anew() {
            self.tally.done = self.tally.done.min(self.tally.latest);
        }
        self.tally.floor = self.tally.done;
        false
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn table_mut(&mut self) -> &mut Table {
        &mut self.table
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn restore(&mut self, tally: Tally) -> postcard::Result<()> {
        self.tally = tally;
        for (key, value, _) in self.table.iter() {
            let held = Held::<J::State, J::Input>::read(value)?;
            self.job.restored(key, &held.state);
        }
        Ok(())
    }

    fn view(&self) -> Value {
        self.job.view()
    }
}
