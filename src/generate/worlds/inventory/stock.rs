//! The stocks of the inventory world: one for each store and product.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::super::rng::Key;
use super::super::text::micros_below;
use super::super::truth::Stock;
use crate::record::time::{DAY, SECOND};

/// The least that should be there, and the most.
pub const MINIMUM: u32 = 10;
/// See [`MINIMUM`].
pub const MAXIMUM: u32 = 200;
/// Restocks come a week after each other where nothing runs low.
pub const WEEK: i64 = 7 * DAY;
/// A restock follows a low stock after this on average, or sooner where it would run out long
/// before.
const DELIVERY: i64 = 480 * SECOND;

/// What the last stock event said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Told {
    #[default]
    Nothing,
    Out,
    Low,
    Fine,
    Over,
}

/// One stock.
#[derive(Debug, Clone, Copy)]
pub struct Shelf {
    /// Pieces.
    pub level: u32,
    /// The last restock.
    pub last: i64,
    /// The next one.
    pub next: i64,
    ordered: bool,
    told: Told,
}

impl Shelf {
    /// Whether an event has told a level of it.
    #[inline]
    pub fn is_told(&self) -> bool {
        self.told != Told::Nothing
    }
}

/// All stocks, and the restocks on their way.
#[derive(Debug)]
pub struct Stocks {
    shelves: Vec<Shelf>,
    ordered: BinaryHeap<Reverse<(i64, u32)>>,
    reorder: u32,
    delivery: i64,
    deliveries: Key,
    orders: u64,
    truth: Stock,
    depleted: u64,
}

impl Stocks {
    /// So many stocks of 20 to 200 at `start`, when `pieces` are sold a second.
    pub fn new(seed: u64, count: u32, reorder: u32, start: i64, pieces: f64) -> Self {
        let key = Key::new(seed, "inventory shelves");
        let shelves = (0..count).map(|i| {
            let key = key.of(u64::from(i));
            let ago = 1 + micros_below(key.word(1), WEEK / SECOND - 1);
            let last = start - ago * SECOND;
            Shelf {
                level: 20 + micros_below(key.word(0), 181) as u32,
                last,
                next: last + WEEK,
                ordered: false,
                told: Told::Nothing,
            }
        });
        // The time in which an average stock sells 15 pieces.
        let soon = (15.0 * f64::from(count) / pieces * 1e6).min(1e15) as i64;
        Self {
            shelves: shelves.collect(),
            ordered: BinaryHeap::new(),
            reorder,
            delivery: DELIVERY.min(soon),
            deliveries: Key::new(seed, "inventory deliveries"),
            orders: 0,
            truth: Stock {
                stock_outs: Some(0),
                low_stock: Some(0),
                overstocked: Some(0),
                ..Stock::default()
            },
            depleted: 0,
        }
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        self.shelves.len() as u32
    }

    /// A stock.
    #[inline]
    pub fn shelf(&self, at: u32) -> &Shelf {
        &self.shelves[at as usize]
    }

    /// Sells pieces that are there, at `time`.
    #[inline]
    pub fn sell(&mut self, at: u32, pieces: u32, time: i64) {
        let shelf = &mut self.shelves[at as usize];
        let before = shelf.level;
        shelf.level -= pieces;
        let halved = shelf.level * 2 < before && shelf.level > self.reorder;
        self.depleted += u64::from(halved && shelf.is_told());
        if shelf.level <= self.reorder && !shelf.ordered {
            self.orders += 1;
            let word = self.deliveries.at(self.orders);
            let delay = self.delivery / 4 + micros_below(word, self.delivery * 3 / 2);
            shelf.ordered = true;
            shelf.next = time + delay;
            self.ordered.push(Reverse((shelf.next, at)));
        }
        self.told(at);
    }

    /// The stock whose restock is due by `time`.
    #[inline]
    pub fn due(&self, time: i64) -> Option<u32> {
        let Reverse((due, at)) = *self.ordered.peek()?;
        (due <= time).then_some(at)
    }

    /// Brings pieces in at `time`.
    pub fn restock(&mut self, at: u32, pieces: u32, time: i64) {
        if self.ordered.peek().is_some_and(|Reverse((_, i))| *i == at) {
            self.ordered.pop();
            self.shelves[at as usize].ordered = false;
        }
        let shelf = &mut self.shelves[at as usize];
        shelf.level += pieces;
        shelf.last = time;
        if !shelf.ordered {
            shelf.next = time + WEEK;
        }
        self.truth.restocks += 1;
        self.truth.restocked_units += u64::from(pieces);
        self.told(at);
    }

    /// An event tells the level: crossings are counted.
    pub fn told(&mut self, at: u32) {
        let shelf = &mut self.shelves[at as usize];
        let now = match shelf.level {
            0 => Told::Out,
            level if level <= self.reorder => Told::Low,
            level if level > MAXIMUM => Told::Over,
            _ => Told::Fine,
        };
        let before = std::mem::replace(&mut shelf.told, now);
        let low = |told| matches!(told, Told::Out | Told::Low);
        let count = |figure: &mut Option<u64>, crossed: bool| {
            *figure.get_or_insert(0) += u64::from(crossed);
        };
        let truth = &mut self.truth;
        let out = now == Told::Out && before != Told::Out;
        count(&mut truth.stock_outs, out);
        count(&mut truth.low_stock, low(now) && !low(before));
        let over = now == Told::Over && before != Told::Over;
        count(&mut truth.overstocked, over);
    }

    /// Stock events with less than half of what the one before told, and more than the reorder
    /// point.
    pub fn depleted(&self) -> u64 {
        self.depleted
    }

    /// States it all.
    pub fn tell(self) -> Stock {
        let told = self.shelves.iter().filter(|shelf| shelf.is_told());
        Stock {
            last: told.map(|shelf| u64::from(shelf.level)).sum(),
            ..self.truth
        }
    }
}
