//! Jobs that add up in windows, by key.
//!
//! Rules: §1 of the contract. What is added up once, in slices of the slide's width, overlapping
//! windows share; what an event misses of the windows that are still open for others is kept from
//! them by adding it to each of the others by itself.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::live::groups::Groups;
use super::marks::View;
use super::operator::{Arrival, Operator, Tally};
use super::out::{FULL, Out};
use super::row::Row;
use super::spec::Spec;
use super::sums::{self, Place};
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

    /// Gives every window from `from` to before `to` that holds anything of what a key has.
    fn windows(&self, value: &[u8], from: i64, to: i64, mut see: impl FnMut(i64, &J::Sum)) {
        let all = sums::entries(value).filter_map(|entry| {
            let sum: J::Sum = postcard::from_bytes(entry.sum).ok()?;
            Some((entry.place, sum))
        });
        let all: Vec<_> = all.collect();
        let mut window = from;
        loop {
            let next = all.iter().filter_map(|(place, _)| match *place {
                Place::Slice(slice) if slice >= window => {
                    Some(first_of(self.shape, slice).max(window))
                }
                Place::Window(number) if number >= window => Some(number),
                _ => None,
            });
            let Some(next) = next.min().filter(|next| *next < to) else {
                return;
            };
            let slices = next..next + self.shape.overlap();
            let mut sum = J::Sum::default();
            for (place, more) in &all {
                let is_in = match place {
                    Place::Slice(slice) => slices.contains(slice),
                    Place::Window(number) => *number == next,
                };
                if is_in {
                    self.job.merge(&mut sum, more);
                }
            }
            see(next, &sum);
            window = next + 1;
        }
    }

    /// Writes what ends by `mark`; says whether there is more.
    fn close(&mut self, mark: i64, out: &mut Out) -> bool {
        let (mut key, mut value) = (Vec::new(), std::mem::take(&mut self.value));
        let was = first_open(self.shape, self.tally.done);
        let open = first_open(self.shape, Some(mark));
        let limit = out.rows.len() + FULL;
        while out.rows.len() < limit && self.table.pop_due(mark, &mut key) {
            let held = self.table.get(&key).unwrap_or_default();
            let mut written = 0;
            self.windows(held, was, open, |window, sum| {
                written += self.job.money(sum);
                let window = (self.shape.start(window), self.shape.end(window));
                out.row(0, self.job.row(&key, sum, window));
            });
            value.clear();
            let left = sums::entries(held).filter(|entry| match entry.place {
                Place::Slice(number) | Place::Window(number) => number >= open,
            });
            left.for_each(|entry| value.extend_from_slice(&held[entry.range]));
            self.tally.written += written;
            match due(self.shape, &value, open) {
                None => self.table.remove(&key),
                due => self.table.put(&key, &value, due),
            }
        }
        self.value = value;
        let more = out.rows.len() >= limit;
        self.tally.came_to(mark, more);
        more
    }
}

/// The first window that is open when `mark` is reached.
fn first_open(shape: Shape, mark: Option<i64>) -> i64 {
    mark.map_or(i64::MIN, |mark| shape.first_open(mark))
}

/// The first window that holds a slice.
fn first_of(shape: Shape, slice: i64) -> i64 {
    slice - shape.overlap() + 1
}

/// When the next window of what a key has ends, where windows before `open` are written.
fn due(shape: Shape, value: &[u8], open: i64) -> Option<i64> {
    let windows = sums::entries(value).map(|entry| match entry.place {
        Place::Slice(slice) => first_of(shape, slice).max(open),
        Place::Window(number) => number,
    });
    windows.min().map(|next| shape.end(next))
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

    fn take(&mut self, event: &Event<'_>, arrival: Arrival<'_>, _out: &mut Out) -> bool {
        let (shape, done) = (self.shape, self.tally.done);
        let slice = shape.slice(event.time.micros());
        let (first, overlap) = (first_of(shape, slice), shape.overlap());
        let open = first_open(shape, arrival.mark.max(done));
        let written = first_open(shape, done);
        let missed = (open.saturating_sub(first)).clamp(0, overlap);
        let (job, tally) = (&self.job, &mut self.tally);
        let (table, value) = (&mut self.table, &mut self.value);
        let mut any = false;
        job.keys(event, &mut |key, sum| {
            any = true;
            let money = job.money(&sum);
            tally.placed += money * i128::from(overlap);
            tally.missed += money * i128::from(missed);
            let mut place = |place| {
                let held = table.get(key).unwrap_or_default();
                sums::add(held, place, &sum, |all, more| job.merge(all, more), value);
                table.put(key, value, due(shape, value, written));
            };
            match missed {
                0 => place(Place::Slice(slice)),
                _ => (first + missed..=slice).for_each(|window| place(Place::Window(window))),
            }
        });
        tally.taken += u64::from(any);
        tally.late += u64::from(any && missed > 0);
        any && missed > 0
    }

    fn advance(&mut self, mark: i64, out: &mut Out) -> bool {
        let next = self.tally.next(mark);
        next.is_some_and(|next| self.close(next, out) || next < mark)
    }

    fn finish(&mut self, out: &mut Out) -> bool {
        if let Some(mark) = self.tally.closing {
            self.close(mark, out);
            return true;
        }
        let mut last = None;
        for (_, value, _) in self.table.iter() {
            for entry in sums::entries(value) {
                let (Place::Slice(number) | Place::Window(number)) = entry.place;
                last = last.max(Some(number));
            }
        }
        if let Some(last) = last {
            self.close(self.shape.end(last), out);
            return true;
        }
        self.tally.floor = self.tally.floor.max(self.tally.done);
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
        let mut values = self.table.iter().map(|(_, value, _)| value);
        values.try_for_each(sums::check::<J::Sum>)
    }

    fn open_money(&self) -> Option<i128> {
        let open = first_open(self.shape, self.tally.done);
        let mut sum = 0;
        for (_, value, _) in self.table.iter() {
            self.windows(value, open, i64::MAX, |_, more| sum += self.job.money(more));
        }
        Some(sum)
    }

    fn view(&self) -> Value {
        /// Beyond so many keys, their rows are told as sums.
        const MOST: usize = 2_000;
        /// Beyond so many they are not told: a view must not hold the stream up.
        const SUMMED: usize = 100_000;
        let columns = self.job.spec().tables[0].columns;
        let open = first_open(self.shape, self.tally.done);
        let see = |give: &mut dyn FnMut(Row)| {
            for (key, value, _) in self.table.iter() {
                self.windows(value, open, i64::MAX, |window, sum| {
                    let window = (self.shape.start(window), self.shape.end(window));
                    give(self.job.row(key, sum, window));
                });
            }
        };
        let keys = self.table.len();
        if keys <= MOST {
            let mut rows = Vec::new();
            see(&mut |row| rows.push(Value::Object(super::row::object(columns, &row))));
            return serde_json::json!({ "open": rows });
        }
        match Groups::of(columns) {
            Some(mut groups) if keys <= SUMMED => {
                see(&mut |row| groups.add(&row));
                serde_json::json!({ "open_sums": groups.told() })
            }
            _ => Value::Null,
        }
    }
}
