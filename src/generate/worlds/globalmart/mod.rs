//! `globalmart`: an online shop. Sessions of users look at products, fill carts, and buy.
//!
//! Sessions are numbered since 1970, and all that one does follows from the seed and its number.
//! So two runs that follow each other in time are one long one, and a run begins in the middle
//! of the sessions that are then under way.

mod block;
mod session;
pub mod shop;
mod tally;
mod write;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::rng::Key;
use super::Simulation;
use super::desk::Desk;
use super::plan::WorldPlan;
use super::text::micros_below;
use super::truth::WorldTruth;
use crate::error::Result;
use crate::record::time::SECOND;
use block::{Rates, SESSIONS, Spec};
use session::{Action, Change, LONGEST, Session};
use shop::Shop;
use tally::Tally;
use write::Writer;

/// A user comes again this long after the end of the last session, or later.
const AWAY: i64 = 60 * 60 * SECOND;

/// The rates of sessions for `rate` events a second in the shares of `mix`.
fn rates(rate: f64, mix: &[f64], anomalies: f64) -> Rates {
    let sum: f64 = mix.iter().sum();
    let of = |i: usize| rate * mix[i] / sum;
    Rates::new(of(0), of(1), of(2), anomalies)
}

/// With fewer users than this, one would come again too soon.
pub(super) fn least_users(rate: f64, mix: &[f64]) -> u32 {
    let period = rates(rate, mix, 0.0).period.max(1);
    let needed = i128::from(LONGEST + AWAY) * 1_000_000 / period + 1;
    u32::try_from(needed).unwrap_or(u32::MAX)
}

/// The shop with the sessions that are under way.
pub struct Globalmart {
    shop: Shop,
    rates: Rates,
    blocks: Key,
    sessions: Key,
    /// The block last dealt out.
    dealt: Option<(i64, [Spec; SESSIONS])>,
    /// The session that begins next.
    next: i64,
    next_start: i64,
    start: i64,
    end: i64,
    /// Places of sessions by the time of their next event, then by number.
    due: BinaryHeap<Reverse<(i64, i64, u32)>>,
    running: Vec<Session>,
    free: Vec<u32>,
    writer: Writer,
    tally: Tally,
}

impl Globalmart {
    /// The shop of a plan.
    pub fn new(plan: &WorldPlan) -> Self {
        let settings = plan.settings();
        let rates = rates(plan.rate, &plan.mix, settings.anomalies);
        let key = |purpose| Key::new(settings.seed, purpose);
        let mut world = Self {
            shop: Shop::new(settings.seed, plan.products, plan.customers),
            rates,
            blocks: key("globalmart blocks"),
            sessions: key("globalmart sessions"),
            dealt: None,
            next: 0,
            next_start: 0,
            start: plan.start,
            end: plan.end,
            due: BinaryHeap::new(),
            running: Vec::new(),
            free: Vec::new(),
            writer: Writer::new(settings.seed),
            tally: Tally::default(),
        };
        let first = i128::from(plan.start - LONGEST) * 1_000_000;
        world.next = first.div_euclid(rates.period) as i64;
        world.next_start = world.start_of(world.next);
        world
    }

    /// When session `number` begins.
    fn start_of(&self, number: i64) -> i64 {
        let period = self.rates.period;
        let start = (i128::from(number) * period).div_euclid(1_000_000) as i64;
        let jitter = self.sessions.of(number as u64).word(0);
        start + micros_below(jitter, (period / 1_000_000) as i64)
    }

    /// Begins the next session; what it does before the start of the run is passed over.
    fn begin(&mut self) {
        let number = self.next;
        let block = number.div_euclid(SESSIONS as i64);
        let specs = match self.dealt {
            Some((dealt, specs)) if dealt == block => specs,
            _ => {
                let specs = self.rates.block(self.blocks, block);
                self.dealt = Some((block, specs));
                specs
            }
        };
        let spec = specs[number.rem_euclid(SESSIONS as i64) as usize];
        let user = self.shop.visitor(number);
        let mut session = Session::new(self.sessions, number, user, self.next_start, spec);
        self.next += 1;
        self.next_start = self.start_of(self.next);
        while session.due < self.start && !session.is_over() {
            session.step(&self.shop);
        }
        if session.is_over() || session.due >= self.end {
            return;
        }
        let due = session.due;
        let place = match self.free.pop() {
            Some(place) => {
                self.running[place as usize] = session;
                place
            }
            None => {
                self.running.push(session);
                self.running.len() as u32 - 1
            }
        };
        self.due.push(Reverse((due, number, place)));
    }

    /// Lets the session at `place` do what it does at `time`.
    fn act(&mut self, time: i64, place: u32, desk: &mut Desk) {
        let session = &mut self.running[place as usize];
        let action = session.step(&self.shop);
        session.shown.last = Some(time);
        match action {
            Action::View(..) => self.tally.view(),
            Action::Cart(change, at) => {
                self.tally.cart();
                session.shown.cart = true;
                match change {
                    Change::Remove => session.shown.in_cart &= !(1 << at),
                    Change::Add | Change::Update => session.shown.in_cart |= 1 << at,
                }
            }
            Action::Buy => {
                session.shown.bought += 1;
                let id = self.writer.transaction_id(session);
                self.tally.buy(&self.shop, session, id);
            }
        }
        self.writer.put(&self.shop, session, action, time, desk);
        if session.is_over() || session.due >= self.end {
            self.tally.close(&self.shop, session, self.end);
            self.free.push(place);
        } else {
            let next = (session.due, session.number, place);
            self.due.push(Reverse(next));
        }
    }
}

impl Simulation for Globalmart {
    fn step(&mut self, desk: &mut Desk) -> Result<bool> {
        loop {
            let due = self.due.peek().map(|Reverse(first)| *first);
            if let Some((time, _, place)) = due.filter(|(time, ..)| *time <= self.next_start) {
                self.due.pop();
                self.act(time, place, desk);
                return Ok(true);
            }
            if self.next_start >= self.end {
                return Ok(false);
            }
            self.begin();
        }
    }

    fn finish(self: Box<Self>, truth: &mut WorldTruth) {
        self.tally.tell(truth);
    }
}
