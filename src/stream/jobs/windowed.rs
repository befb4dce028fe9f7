//! Jobs that add up in windows, by key.
//!
//! Rules: §1 of the contract. What is added up once, in slices of the slide's width, overlapping
//! windows share; what an event misses of the windows that are still open for others is kept from
//! them by adding it to each of the others by itself.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::marks::View;
use super::operator::{Arrival, Operator, Tally};
use super::out::Out;
use super::row::Row;
use super::spec::Spec;
use crate::record::Event;
use crate::stream::keyed::Table;
use crate::stream::window::Shape;

/// A job that adds up in windows.
pub trait Windowed: Send {
    /// What is added up; merging it must not depend on the order.
    type Sum: Default + Clone + Serialize + DeserializeOwned;

    /// What it is.
    fn spec(&self) -> &'static Spec;

    /// Its windows.
    fn shape(&self) -> Shape;

    /// Gives each key that the event concerns, and what it adds.
    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Self::Sum));

    /// Adds `more` to `sum`.
    fn merge(&self, sum: &mut Self::Sum, more: &Self::Sum);

    /// The money in a sum, in units of 1/10,000.
    fn money(&self, _sum: &Self::Sum) -> i128 {
        0
    }

    /// The row of a key and window from `start` to `end`.
    fn row(&self, key: &[u8], sum: &Self::Sum, window: (i64, i64)) -> Row;
}

/// A key's value: sums by the number of their slice or window, in order.
#[derive(Serialize, Deserialize)]
struct Held<S> {
    slices: Vec<(i64, S)>,
    /// What only single windows have.
    windows: Vec<(i64, S)>,
}

/// A running [`Windowed`].
pub struct InWindows<J: Windowed> {
    job: J,
    shape: Shape,
    table: Table,
    tally: Tally,
    value: Vec<u8>,
}

impl<J: Windowed> InWindows<J> {
    /// Nothing is held.
    pub fn new(job: J) -> Self {
        Self {
            shape: job.shape(),
            job,
            table: Table::new(),
            tally: Tally::default(),
            value: Vec::new(),
        }
    }

    fn held(&self, key: &[u8]) -> Held<J::Sum> {
        let bytes = self.table.get(key);
        let found = bytes.and_then(|bytes| postcard::from_bytes(bytes).ok());
        found.unwrap_or_else(|| Held {
            slices: Vec::new(),
            windows: Vec::new(),
        })
    }

    /// The first window that is open when `mark` is reached.
    fn first_open(&self, mark: Option<i64>) -> i64 {
        mark.map_or(i64::MIN, |mark| self.shape.first_open(mark))
    }

    /// Puts a key of which windows before `open` are written.
    fn put(&mut self, key: &[u8], held: &Held<J::Sum>, open: i64) {
        let by_slice = held
            .slices
            .first()
            .map(|(slice, _)| self.first_of(*slice).max(open));
        let by_window = held.windows.first().map(|(window, _)| *window);
        let Some(next) = [by_slice, by_window].into_iter().flatten().min() else {
            self.table.remove(key);
            return;
        };
        self.value.clear();
        self.value = postcard::to_extend(held, std::mem::take(&mut self.value)).unwrap_or_default();
        self.table.put(key, &self.value, Some(self.shape.end(next)));
    }

    /// The first window that holds a slice.
    fn first_of(&self, slice: i64) -> i64 {
        slice - self.shape.overlap() + 1
    }

    /// Gives every window of a key from `from` to before `to` that holds anything.
    fn windows(&self, held: &Held<J::Sum>, from: i64, to: i64, mut see: impl FnMut(i64, &J::Sum)) {
        let mut window = from;
        loop {
            let by_slice = held.slices.iter().find(|(slice, _)| *slice >= window);
            let by_slice = by_slice.map(|(slice, _)| self.first_of(*slice).max(window));
            let by_window = held
                .windows
                .iter()
                .map(|(number, _)| *number)
                .find(|n| *n >= window);
            let Some(next) = [by_slice, by_window].into_iter().flatten().min() else {
                return;
            };
            if next >= to {
                return;
            }
            let slices = held.slices.iter();
            let slices =
                slices.filter(|(slice, _)| (next..next + self.shape.overlap()).contains(slice));
            let alone = held.windows.iter().filter(|(number, _)| *number == next);
            let mut sum = J::Sum::default();
            for (_, more) in slices.chain(alone) {
                self.job.merge(&mut sum, more);
            }
            see(next, &sum);
            window = next + 1;
        }
    }

    fn close(&mut self, mark: i64, out: &mut Out) {
        let mut key = Vec::new();
        let (was, open) = (
            self.first_open(self.tally.done),
            self.first_open(Some(mark)),
        );
        while self.table.pop_due(mark, &mut key) {
            let mut held = self.held(&key);
            let mut written = 0;
            self.windows(&held, was, open, |window, sum| {
                written += self.job.money(sum);
                let window = (self.shape.start(window), self.shape.end(window));
                out.row(0, self.job.row(&key, sum, window));
            });
            self.tally.written += written;
            held.slices.retain(|(slice, _)| *slice >= open);
            held.windows.retain(|(window, _)| *window >= open);
            self.put(&key, &held, open);
        }
        self.tally.done = Some(mark);
    }

    /// Adds to the sum with this number.
    fn add(job: &J, sums: &mut Vec<(i64, J::Sum)>, number: i64, more: &J::Sum) {
        let at = sums.partition_point(|(other, _)| *other < number);
        if sums.get(at).is_none_or(|(other, _)| *other != number) {
            sums.insert(at, (number, J::Sum::default()));
        }
        job.merge(&mut sums[at].1, more);
    }
}

impl<J: Windowed> Operator for InWindows<J> {
    fn spec(&self) -> &'static Spec {
        self.job.spec()
    }

    fn marks(&self) -> View {
        View {
            patience: self.shape.patience,
            floor: self.tally.floor,
        }
    }

    fn take(&mut self, event: &Event<'_>, arrival: Arrival, _out: &mut Out) -> bool {
        let slice = self.shape.slice(event.time.micros());
        let overlap = self.shape.overlap();
        let open = self.first_open(arrival.mark.max(self.tally.done));
        let first = self.first_of(slice);
        let missed = (open.saturating_sub(first)).clamp(0, overlap);
        let mut given: Vec<(Vec<u8>, J::Sum)> = Vec::new();
        self.job
            .keys(event, &mut |key, sum| given.push((key.to_vec(), sum)));
        if given.is_empty() {
            return false;
        }
        self.tally.taken += 1;
        self.tally.late += u64::from(missed > 0);
        for (key, sum) in given {
            let money = self.job.money(&sum);
            self.tally.placed += money * i128::from(overlap);
            self.tally.missed += money * i128::from(missed);
            if missed == overlap {
                continue;
            }
            let mut held = self.held(&key);
            match missed {
                0 => Self::add(&self.job, &mut held.slices, slice, &sum),
                _ => (first + missed..=slice)
                    .for_each(|window| Self::add(&self.job, &mut held.windows, window, &sum)),
            }
            let written = self.first_open(self.tally.done);
            self.put(&key, &held, written);
        }
        missed > 0
    }

    fn advance(&mut self, mark: i64, out: &mut Out) {
        if self.tally.done.is_some_and(|done| done >= mark) {
            return;
        }
        self.close(mark, out);
    }

    fn finish(&mut self, out: &mut Out) {
        let mut last = None;
        for (_, value, _) in self.table.iter() {
            let held: Option<Held<J::Sum>> = postcard::from_bytes(value).ok();
            let Some(held) = held else { continue };
            let slice = held.slices.last().map(|(slice, _)| *slice);
            last = last
                .max(slice)
                .max(held.windows.last().map(|(window, _)| *window));
        }
        if let Some(last) = last {
            self.close(self.shape.end(last), out);
        }
        self.tally.floor = self.tally.floor.max(last.map(|last| self.shape.end(last)));
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

    fn restore(&mut self, tally: Tally) {
        self.tally = tally;
    }

    fn open_money(&self) -> Option<i128> {
        let open = self.first_open(self.tally.done);
        let mut sum = 0;
        for (_, value, _) in self.table.iter() {
            if let Ok(held) = postcard::from_bytes::<Held<J::Sum>>(value) {
                self.windows(&held, open, i64::MAX, |_, more| sum += self.job.money(more));
            }
        }
        Some(sum)
    }

    fn view(&self) -> Value {
        const MOST: usize = 2_000;
        if self.table.len() > MOST {
            return Value::Null;
        }
        let open = self.first_open(self.tally.done);
        let columns = self.job.spec().tables[0].columns;
        let mut rows = Vec::new();
        for (key, value, _) in self.table.iter() {
            if let Ok(held) = postcard::from_bytes::<Held<J::Sum>>(value) {
                self.windows(&held, open, i64::MAX, |window, sum| {
                    let window = (self.shape.start(window), self.shape.end(window));
                    let row = self.job.row(key, sum, window);
                    rows.push(Value::Object(super::row::object(columns, &row)));
                });
            }
        }
        serde_json::json!({ "open": rows })
    }
}
