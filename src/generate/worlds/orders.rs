//! `orders`: orders of a restaurant, one every few seconds.
//!
//! Orders are numbered since 1970, so runs that follow each other in time are one.

use super::super::rng::{Key, below, high, low};
use super::Simulation;
use super::desk::Desk;
use super::plan::WorldPlan;
use super::text::{Stamps, integer, micros_below, text};
use super::truth::{self, Orders, WorldTruth};
use crate::error::Result;
use crate::record::Money;
use crate::record::quality::{Broken, Facts, Line, broken_rules};
use crate::record::time::SECOND;

static SOURCES: [&str; 3] = ["Dine In", "Takeaway", "Home Delivery"];
/// The states, and the last of the customers in each of them.
static STATES: [(&str, u32); 5] = [("CA", 3), ("TX", 5), ("NY", 8), ("KS", 12), ("KY", 17)];
/// What a piece costs, in whole units of the currency.
const PRICE: u64 = 300;

/// The state of a customer: of the first 17 as in the replaced system, then in turn.
pub(super) fn state(customer: u32) -> usize {
    let known = STATES.iter().position(|(_, last)| customer <= *last);
    known.unwrap_or((customer % 5) as usize)
}

/// The name of a state.
pub(super) fn state_name(state: usize) -> &'static str {
    STATES[state].0
}

/// The tills.
pub struct OrderBook {
    start: i64,
    end: i64,
    /// Picoseconds between two orders on average.
    period: i128,
    customers: u32,
    draws: Key,
    next: i64,
    stamps: Stamps,
    csv: bool,
    /// Totals in cents by source and state.
    sums: [[i64; STATES.len()]; SOURCES.len()],
    units: i64,
    broken: Broken,
}

impl OrderBook {
    /// The tills of a plan.
    pub fn new(plan: &WorldPlan) -> Self {
        let period = (1e12 / plan.rate) as i128;
        let first = (i128::from(plan.start) * 1_000_000).div_euclid(period) as i64;
        Self {
            start: plan.start,
            end: plan.end,
            period,
            customers: plan.customers,
            draws: Key::new(plan.settings().seed, "orders"),
            // An order comes up to four fifths of a period after its turn.
            next: first - 1,
            stamps: Stamps::new(),
            csv: plan.csv(),
            sums: [[0; STATES.len()]; SOURCES.len()],
            units: 0,
            broken: Broken::default(),
        }
    }

    /// When an order comes: with five seconds on average, pauses are of 1 to 9 seconds.
    fn time(&self, number: i64) -> i64 {
        let turn = (i128::from(number) * self.period).div_euclid(1_000_000) as i64;
        let word = self.draws.of(number as u64).word(0);
        let time = turn + micros_below(word, (self.period / 1_250_000) as i64);
        time - time.rem_euclid(SECOND)
    }
}

impl Simulation for OrderBook {
    fn step(&mut self, desk: &mut Desk) -> Result<bool> {
        let mut time = self.time(self.next);
        while time < self.start {
            self.next += 1;
            time = self.time(self.next);
        }
        if time >= self.end {
            return Ok(false);
        }
        let key = self.draws.of(self.next as u64);
        let customer = 1 + below(high(key.word(1)), self.customers);
        let source = below(low(key.word(1)), 3) as usize;
        let quantity = 1 + u64::from(below(high(key.word(2)), 100));
        let total = quantity * PRICE;
        let cents = total as i64 * 100;
        self.sums[source][state(customer)] += cents;
        self.units += quantity as i64;
        let money = |cents| Money::from_cents(cents).unwrap_or(Money::ZERO);
        let mut id = itoa::Buffer::new();
        self.broken.count(broken_rules(&Facts {
            id: id.format(customer).as_bytes(),
            lines: &[Line {
                quantity: money(quantity as i64 * 100),
                price: money(PRICE as i64 * 100),
            }],
            total: Some(money(cents)),
            stock: None,
        }));
        let (stamps, csv) = (&mut self.stamps, self.csv);
        let topic_key = |out: &mut Vec<u8>| integer(u64::from(customer), out);
        desk.put(0, time, topic_key, |out| {
            let parts = match csv {
                true => ["", ",", ",", ",", ".0,\"", "\""],
                false => [
                    "{\"customer_id\":",
                    ",\"source\":\"",
                    "\",\"quantity\":",
                    ",\"total\":",
                    ".0,\"created_at\":\"",
                    "\"}",
                ],
            };
            text(&parts[..1], out);
            integer(u64::from(customer), out);
            text(&[parts[1], SOURCES[source], parts[2]], out);
            integer(quantity, out);
            text(&parts[3..4], out);
            integer(total, out);
            text(&parts[4..5], out);
            stamps.american(time, out);
            text(&parts[5..], out);
        });
        self.next += 1;
        Ok(true)
    }

    fn finish(self: Box<Self>, truth: &mut WorldTruth) {
        let all = self.sums.iter().flatten().sum();
        truth.revenue = truth::cents(all);
        truth.units = self.units;
        let states = || STATES.iter().map(|(name, _)| *name);
        let sources = SOURCES.into_iter().zip(self.sums);
        truth.orders = Some(Orders {
            by_source_state: sources
                .map(|(source, sums)| (source.to_owned(), truth::by_name(states(), sums)))
                .collect(),
        });
        truth.quality = self.broken.by_name();
    }
}
