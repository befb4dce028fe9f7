//! `retail_events`: sales, returns and restocks of some stores in one topic.
//!
//! Every store has a stock of every product: a sale takes from it, a return is of what was sold
//! there before, and restocks go where least is left.

use super::super::rng::{Key, below, high, low};
use super::Simulation;
use super::desk::Desk;
use super::plan::WorldPlan;
use super::text::{Stamps, integer, micros_below, money, text, uuid};
use super::truth::{self, Stock, WorldTruth};
use crate::error::Result;
use crate::record::Money;
use crate::record::quality::{Broken, Facts, Line, broken_rules};
use crate::record::time::SECOND;

/// A category with its lowest and highest price in cents, and its products.
type Category = (&'static str, u32, u32, [&'static str; 5]);

#[rustfmt::skip]
static CATALOGUE: [Category; 5] = [
    ("Electronics", 10_000, 150_000, ["Laptop", "Smartphone", "Tablet", "Headphones", "Smartwatch"]),
    ("Clothing", 2_000, 20_000, ["T-Shirt", "Jeans", "Jacket", "Sneakers", "Dress"]),
    ("Home", 3_000, 30_000, ["Coffee Maker", "Blender", "Vacuum", "Lamp", "Bedding"]),
    ("Books", 1_000, 5_000, ["Novel", "Textbook", "Magazine", "Comic", "Biography"]),
    ("Sports", 1_500, 25_000, ["Basketball", "Tennis Racket", "Yoga Mat", "Dumbbells", "Running Shoes"]),
];
/// Pieces of a sale, of a hundred sales.
const SALES: [(u32, u32); 10] = [
    (50, 1),
    (74, 2),
    (85, 3),
    (91, 4),
    (95, 5),
    (96, 6),
    (97, 7),
    (98, 8),
    (99, 9),
    (100, 10),
];
/// The names of the types, by their place in the mix.
const TYPES: [&str; 3] = ["SALE", "RETURN", "RESTOCK"];
const SALE: usize = 0;
const RETURN: usize = 1;
const RESTOCK: usize = 2;

/// A stock.
#[derive(Debug, Clone, Copy, Default)]
struct Shelf {
    level: u32,
    /// Pieces sold that did not come back.
    out: u32,
}

/// The stores with their stocks.
pub struct RetailEvents {
    start: i64,
    end: i64,
    /// Picoseconds between two events.
    period: i128,
    products: u32,
    shelves: Vec<Shelf>,
    /// The shares of the types in 2^32 events.
    shares: [u64; 3],
    events: u64,
    draws: Key,
    ids: Key,
    id: Vec<u8>,
    stamps: Stamps,
    types: [u64; 3],
    categories: [i64; CATALOGUE.len()],
    revenue: i64,
    units: i64,
    stock: Stock,
    broken: Broken,
}

impl RetailEvents {
    /// The stores of a plan.
    pub fn new(plan: &WorldPlan) -> Self {
        let seed = plan.settings().seed;
        let key = Key::new(seed, "retail_events shelves");
        let level = |i| 20 + micros_below(key.at(i), 181) as u32;
        let shelves: Vec<_> = (0..u64::from(plan.stores * plan.products))
            .map(|i| Shelf {
                level: level(i),
                out: 0,
            })
            .collect();
        let sum: f64 = plan.mix.iter().sum();
        let share = |i: usize| super::text::share_of(plan.mix[i] / sum);
        let here = |purpose| Key::new(seed, purpose).of(plan.start as u64);
        Self {
            start: plan.start,
            end: plan.end,
            period: (1e12 / plan.rate) as i128,
            products: plan.products,
            stock: Stock {
                initial: Some(shelves.iter().map(|s| u64::from(s.level)).sum()),
                ..Stock::default()
            },
            shelves,
            shares: [0, 1, 2].map(share),
            events: 0,
            draws: here("retail_events draws"),
            ids: here("retail_events ids"),
            id: Vec::new(),
            stamps: Stamps::new(),
            types: [0; 3],
            categories: [0; CATALOGUE.len()],
            revenue: 0,
            units: 0,
            broken: Broken::default(),
        }
    }

    /// The type that lags most behind its share.
    fn due(&self) -> usize {
        let lag = |kind: &usize| {
            let wanted = u128::from(self.events + 1) * u128::from(self.shares[*kind]);
            wanted as i128 - (i128::from(self.types[*kind]) << 32)
        };
        let kinds = [SALE, RETURN, RESTOCK].into_iter();
        kinds.max_by_key(lag).unwrap_or(SALE)
    }

    /// A shelf that is `fit`, by chance.
    fn find(&self, word: u64, fit: impl Fn(&Shelf) -> bool) -> Option<usize> {
        let count = self.shelves.len();
        let from = below(high(word), count as u32) as usize;
        let mut all = (from..count).chain(0..from);
        all.find(|at| fit(&self.shelves[*at]))
    }

    /// Which shelf, and how many pieces. A sale of what is nowhere becomes a restock, a return
    /// of what was never sold a sale.
    fn choose(&self, key: Key) -> (usize, usize, u32) {
        let chance = below(high(key.word(1)), 100);
        let kind = self.due();
        if kind == RETURN
            && let Some(at) = self.find(key.word(0), |shelf| shelf.out > 0)
        {
            let pieces = 1 + below(low(key.word(1)), self.shelves[at].out.min(5));
            return (RETURN, at, pieces);
        }
        if kind != RESTOCK
            && let Some(at) = self.find(key.word(0), |shelf| shelf.level > 0)
        {
            let usual = SALES.iter().find(|(until, _)| chance < *until);
            let pieces = usual.map_or(1, |(_, pieces)| *pieces);
            return (SALE, at, pieces.min(self.shelves[at].level));
        }
        let least = (0..self.shelves.len()).min_by_key(|at| self.shelves[*at].level);
        let at = least.unwrap_or(0);
        let full = 60 + below(high(key.word(1)), 51);
        let pieces = full.saturating_sub(self.shelves[at].level).clamp(10, 100);
        (RESTOCK, at, pieces)
    }

    fn count(&mut self, kind: usize, category: usize, pieces: u32, price: u32) {
        let amount = i64::from(pieces) * i64::from(price);
        let sign = match kind {
            SALE => 1,
            RETURN => -1,
            _ => 0,
        };
        self.types[kind] += 1;
        self.revenue += sign * amount;
        self.categories[category] += sign * amount;
        self.units += sign * i64::from(pieces);
        if kind == RESTOCK {
            self.stock.restocks += 1;
            self.stock.restocked_units += u64::from(pieces);
        }
        self.id.clear();
        uuid(self.ids, self.events, &mut self.id);
        let money = |cents| Money::from_cents(cents).unwrap_or(Money::ZERO);
        self.broken.count(broken_rules(&Facts {
            id: &self.id,
            lines: &[Line {
                quantity: money(i64::from(pieces) * 100),
                price: money(i64::from(price)),
            }],
            total: None,
            stock: None,
        }));
    }
}

impl Simulation for RetailEvents {
    fn step(&mut self, desk: &mut Desk) -> Result<bool> {
        let passed = (i128::from(self.events) * self.period / 1_000_000) as i64;
        let time = self.start + passed;
        if time >= self.end {
            return Ok(false);
        }
        // Events say the second only.
        let time = time - time.rem_euclid(SECOND);
        let key = self.draws.of(self.events);
        let (kind, at, pieces) = self.choose(key);
        let shelf = &mut self.shelves[at];
        match kind {
            SALE => (shelf.level, shelf.out) = (shelf.level - pieces, shelf.out + pieces),
            RETURN => (shelf.level, shelf.out) = (shelf.level + pieces, shelf.out - pieces),
            _ => shelf.level += pieces,
        }
        let store = at as u32 / self.products;
        let product = at as u32 % self.products;
        // Neighbours are of different categories.
        let category = (product % 5) as usize;
        let (category_name, least, most, products) = CATALOGUE[category];
        let name = products[(product / 5) as usize];
        let price = least + below(high(key.word(2)), most - least + 1);
        self.count(kind, category, pieces, price);
        let (stamps, id) = (&mut self.stamps, &self.id);
        let topic_key = |out: &mut Vec<u8>| out.extend_from_slice(name.as_bytes());
        desk.put(0, time, topic_key, |out| {
            text(&["{\"event_time\":\""], out);
            stamps.blank(time, out);
            text(&["\",\"store_id\":"], out);
            integer(u64::from(store) + 1, out);
            text(&[",\"product_id\":\"", name], out);
            text(&["\",\"category\":\"", category_name], out);
            text(&["\",\"transaction_type\":\"", TYPES[kind]], out);
            text(&["\",\"quantity\":"], out);
            integer(u64::from(pieces), out);
            text(&[",\"unit_price\":"], out);
            money(u64::from(price), out);
            text(&[",\"event_id\":\""], out);
            out.extend_from_slice(id);
            text(&["\"}"], out);
        });
        self.events += 1;
        Ok(true)
    }

    fn finish(self: Box<Self>, truth: &mut WorldTruth) {
        let names = CATALOGUE.iter().map(|(name, ..)| *name);
        truth.revenue = truth::cents(self.revenue);
        truth.units = self.units;
        truth.by_category = truth::by_name(names, self.categories);
        let types = TYPES.into_iter().zip(self.types);
        truth.by_type = types.map(|(name, n)| (name.to_owned(), n)).collect();
        truth.stock = Some(Stock {
            last: self.shelves.iter().map(|s| u64::from(s.level)).sum(),
            ..self.stock
        });
        truth.quality = self.broken.by_name();
    }
}
