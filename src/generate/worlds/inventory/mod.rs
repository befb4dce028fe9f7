//! `inventory`: sales of some stores, and their stocks after each of them.
//!
//! Stocks are simulated in the order of time: a sale takes what is there, a low stock is
//! restocked after a while, and what sells faster than that runs out.

mod stock;
mod write;

use super::super::rng::{Key, below, high, low};
use super::Simulation;
use super::desk::Desk;
use super::plan::{Shape, WorldPlan};
use super::text::{micros_below, share_of, skewed};
use super::truth::{self, Anomalies, WorldTruth};
use crate::error::Result;
use crate::record::Money;
use crate::record::quality::{Broken, Facts, Line, broken_rules};
use stock::{Shelf, Stocks};
use write::{Cause, Writer};

/// Pieces of a sale, of a hundred sales.
const QUANTITIES: [(u32, u32); 6] = [(40, 1), (70, 2), (85, 3), (93, 4), (98, 5), (100, 10)];
/// What is sold on average, in pieces.
const MEAN: f64 = 2.22;
/// What an unusual quantity exceeds.
const UNUSUAL: u32 = 10;
/// A sale that takes three fifths of this leaves more than the reorder point.
const PLENTY: u32 = 60;

/// A sale.
#[derive(Debug, Clone, Copy)]
struct Sale {
    number: u64,
    store: u32,
    product: u32,
    customer: u32,
    quantity: u32,
    /// In cents.
    price: u32,
    /// Draws for what does not matter elsewhere.
    word: u64,
}

/// The stores with their stocks.
pub struct Inventory {
    stores: u32,
    products: u32,
    customers: u32,
    start: i64,
    end: i64,
    /// Picoseconds between two events.
    period: i128,
    /// Inventory events for each sale, at least; 0 for those that must be.
    counted: f64,
    /// Anomalies in 2^32 sales.
    anomalies: u64,
    owed: u64,
    stocks: Stocks,
    writer: Writer,
    draws: Key,
    prices: Key,
    events: u64,
    sales: u64,
    stock_events: u64,
    revenue: i64,
    units: i64,
    unusual: u64,
    broken: Broken,
}

impl Inventory {
    /// The stores of a plan.
    pub fn new(plan: &WorldPlan) -> Self {
        let settings = plan.settings();
        let seed = settings.seed;
        let reorder = match settings.shape {
            Shape::Readme => 20,
            Shape::Generator => 10,
        };
        let pieces = plan.rate / 2.0 * MEAN;
        let count = plan.stores * plan.products;
        Self {
            stores: plan.stores,
            products: plan.products,
            customers: plan.customers,
            start: plan.start,
            end: plan.end,
            period: (1e12 / plan.rate) as i128,
            counted: plan.mix[1] / plan.mix[0],
            anomalies: share_of(settings.anomalies),
            owed: 0,
            stocks: Stocks::new(seed, count, reorder, plan.start, pieces),
            writer: Writer::new(seed, plan.start, settings.shape, reorder),
            draws: Key::new(seed, "inventory draws").of(plan.start as u64),
            prices: Key::new(seed, "inventory prices"),
            events: 0,
            sales: 0,
            stock_events: 0,
            revenue: 0,
            units: 0,
            unusual: 0,
            broken: Broken::default(),
        }
    }

    /// A product's price in cents.
    fn price(&self, product: u32) -> u32 {
        1_000 + below(high(self.prices.at(u64::from(product))), 8_901)
    }

    /// Some stock of a popular product.
    fn pick(&self, word: u64) -> u32 {
        let product = skewed(word, self.products);
        // The same shelf is not the most popular one in every store.
        let store = below(low(word.rotate_left(24)), self.stores);
        store * self.products + (product + store * 7) % self.products
    }

    /// A stock that fits; none where nearly none does.
    fn find(&self, key: Key, fits: impl Fn(&Shelf) -> bool) -> Option<u32> {
        let fits = |at: &u32| fits(self.stocks.shelf(*at));
        let mut picks = (0..8).map(|i| self.pick(key.word(i)));
        let found = picks.find(&fits);
        found.or_else(|| {
            let from = self.pick(key.word(8));
            let next = (0..256).map(|i| (from + i) % self.stocks.len());
            let mut next = next.take(self.stocks.len() as usize);
            next.find(&fits)
        })
    }

    fn split(&self, at: u32) -> (u32, u32) {
        (at / self.products, at % self.products)
    }

    fn stock_event(&mut self, at: u32, cause: Cause, change: i64, time: i64, desk: &mut Desk) {
        let n = self.stock_events;
        self.stock_events += 1;
        self.events += 1;
        let place = self.split(at);
        let shelf = *self.stocks.shelf(at);
        self.broken.count(broken_rules(&Facts {
            id: self.writer.stock_id(n),
            lines: &[],
            total: None,
            stock: Money::from_cents(i64::from(shelf.level) * 100),
        }));
        self.writer
            .stock(n, place, &shelf, (cause, change), time, desk);
    }

    fn restock(&mut self, at: u32, key: Key, time: i64, desk: &mut Desk) {
        let pieces = 50 + below(high(key.word(9)), 151);
        self.stocks.restock(at, pieces, time);
        self.stock_event(at, Cause::Receipt, i64::from(pieces), time, desk);
    }

    fn sell(&mut self, key: Key, time: i64, desk: &mut Desk) {
        let before = (self.sales * self.anomalies) >> 32;
        self.owed += (((self.sales + 1) * self.anomalies) >> 32) - before;
        let planted = match self.owed > 0 {
            // Only against a level that an event told can it be seen how fast a stock falls.
            true => self.find(key, |shelf| shelf.is_told() && shelf.level >= PLENTY),
            false => None,
        };
        let Some(at) = planted.or_else(|| self.find(key, |shelf| shelf.level >= 1)) else {
            // Nothing is left to be sold: what was low comes at once.
            let at = self.stocks.due(i64::MAX).unwrap_or(0);
            return self.restock(at, key, time, desk);
        };
        let level = self.stocks.shelf(at).level;
        let chance = below(high(key.word(10)), 100);
        let usual = QUANTITIES.iter().find(|(until, _)| chance < *until);
        let quantity = match planted {
            Some(_) => level * 3 / 5,
            None => usual.map_or(1, |(_, pieces)| *pieces).min(level),
        };
        self.owed -= u64::from(planted.is_some());
        let (store, product) = self.split(at);
        let sale = Sale {
            number: self.sales,
            store,
            product,
            customer: micros_below(key.word(11), i64::from(self.customers)) as u32,
            quantity,
            price: self.price(product),
            word: key.word(12),
        };
        self.sales += 1;
        self.events += 1;
        self.count(&sale);
        self.writer.sale(&sale, time, desk);
        self.stocks.sell(at, quantity, time);
        self.stock_event(at, Cause::Sale, -i64::from(quantity), time, desk);
    }

    fn count(&mut self, sale: &Sale) {
        let total = i64::from(sale.price) * i64::from(sale.quantity);
        self.revenue += total;
        self.units += i64::from(sale.quantity);
        self.unusual += u64::from(sale.quantity > UNUSUAL);
        let money = |cents| Money::from_cents(cents).unwrap_or(Money::ZERO);
        self.broken.count(broken_rules(&Facts {
            id: self.writer.sale_id(sale.number),
            lines: &[Line {
                quantity: money(i64::from(sale.quantity) * 100),
                price: money(i64::from(sale.price)),
            }],
            total: Some(money(total)),
            stock: None,
        }));
    }
}

impl Simulation for Inventory {
    fn step(&mut self, desk: &mut Desk) -> Result<bool> {
        let passed = (i128::from(self.events) * self.period / 1_000_000) as i64;
        let time = self.start + passed;
        if time >= self.end {
            return Ok(false);
        }
        let key = self.draws.of(self.events);
        let wanted = self.counted * self.sales as f64;
        if let Some(at) = self.stocks.due(time) {
            self.restock(at, key, time, desk);
        } else if self.stock_events as f64 + 1.0 <= wanted {
            let at = self.pick(key.word(0));
            self.stocks.told(at);
            self.stock_event(at, Cause::Count, 0, time, desk);
        } else {
            self.sell(key, time, desk);
        }
        Ok(true)
    }

    fn finish(self: Box<Self>, truth: &mut WorldTruth) {
        truth.revenue = truth::cents(self.revenue);
        truth.units = self.units;
        truth.anomalies = Some(Anomalies {
            unusual_quantity: Some(self.unusual),
            rapid_depletion: Some(self.stocks.depleted()),
            ..Anomalies::default()
        });
        truth.stock = Some(self.stocks.tell());
        truth.quality = self.broken.by_name();
    }
}
