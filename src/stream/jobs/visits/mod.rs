//! Visits of a shop: what a customer does without a long pause, over views, carts and purchases.
//!
//! Events are followed by customer, and belong to the visit that they name. A purchase that names
//! none, as transactions do, belongs to the visit in which the customer did something last, else it
//! begins one, which takes the name of the next one that the customer begins before it has ended.
//! Where an event names no customer, its session stands for one.

pub mod cart;
pub mod prices;

#[cfg(test)]
pub(in crate::stream::jobs) mod model;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use cart::Cart;

use super::key;
use crate::record::Money;
use crate::record::event::{Event, Kind};

/// Keys of customers begin with it.
const USER: &[u8] = b"u";
/// Keys of sessions without a customer begin with it.
const SESSION: &[u8] = b"s";

/// What an event does. Of events at the same time views come first, then carts, then purchases;
/// numbers are in units of 1/10,000.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// A product is looked at; with its price, if that is told.
    View(Option<(Box<[u8]>, i64)>),
    /// So many pieces more of a product, and its price.
    Add(Box<[u8]>, i64, Option<i64>),
    /// A product is there so many times, if it is told how many; and its price.
    Update(Box<[u8]>, Option<i64>, Option<i64>),
    /// A product is taken out.
    Remove(Box<[u8]>),
    /// Products are bought for so much.
    Purchase(i64, Vec<Box<[u8]>>),
}

/// What is needed of an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Input {
    step: Step,
    /// The visit, packed; blank where none is named.
    session: Box<[u8]>,
}

impl Input {
    /// What an event does in a visit, with the key of whose visit it is; none of other events, and
    /// of purchases of which nobody knows whose they are.
    pub fn of(event: &Event<'_>) -> Option<(Vec<u8>, Self)> {
        let key = match (event.user, event.session) {
            ([], []) => return None,
            ([], session) => key::join(&[SESSION, &key::pack(session)]),
            (user, _) => key::join(&[USER, &key::pack(user)]),
        };
        let product = || event.product.into();
        let units = event.units.map(Money::units);
        let price = event.price.map(Money::units);
        let step = match event.kind {
            Kind::View => Step::View(price.map(|price| (product(), price))),
            // An event that does not say how many puts one piece in.
            Kind::CartAdd => Step::Add(product(), units.unwrap_or(Money::ONE.units()), price),
            Kind::CartUpdate => Step::Update(product(), units, price),
            Kind::CartRemove => Step::Remove(product()),
            Kind::Sale => {
                let lines = event.lines.iter();
                let products = lines.map(|line| line.product.as_bytes().into());
                Step::Purchase(event.amount.units(), products.collect())
            }
            Kind::Return | Kind::Restock | Kind::Stock | Kind::Order => return None,
        };
        let session = key::pack(event.session).as_ref().into();
        Some((key, Self { step, session }))
    }

    /// Whether something is bought.
    pub fn is_purchase(&self) -> bool {
        matches!(self.step, Step::Purchase(..))
    }
}

/// The customer of a key; blank where a session stands for one.
pub fn user(key: &[u8]) -> Cow<'_, [u8]> {
    match key::split(key) {
        [USER, user] => key::unpack(user),
        _ => Cow::Borrowed(b""),
    }
}

/// A visit.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// What it is called, packed; blank as long as it has but purchases that name none.
    session: Box<[u8]>,
    /// The time of its first event.
    pub first: i64,
    /// The time of its last event so far.
    pub last: i64,
    /// Products looked at.
    pub views: u32,
    /// Products put into the cart.
    pub adds: u32,
    /// Products taken out of it.
    pub removes: u32,
    /// Products of which the number changed.
    pub updates: u32,
    /// Purchases.
    pub purchases: u32,
    /// What they came to, in units of 1/10,000.
    pub amount: i128,
    /// What is in the cart.
    pub cart: Cart,
    /// Whether somebody was told that its cart is abandoned.
    pub told: bool,
    /// The product looked at last and its price: a cart event that tells no price mostly follows.
    viewed: Option<(Box<[u8]>, i64)>,
}

impl Visit {
    /// What it is called; blank as long as it has but purchases that name none.
    pub fn session(&self) -> Cow<'_, [u8]> {
        key::unpack(&self.session)
    }

    /// Whether anything was done to a cart.
    pub fn has_cart(&self) -> bool {
        self.adds + self.removes + self.updates > 0
    }

    /// Whether something is left in the cart and nothing was bought.
    pub fn is_abandoned(&self) -> bool {
        !self.cart.is_empty() && self.purchases == 0
    }

    fn take(&mut self, at: i64, step: &Step) {
        self.last = at;
        match step {
            Step::View(seen) => {
                self.views += 1;
                if let Some((product, price)) = seen {
                    self.cart.price(product, *price);
                    self.viewed = Some((product.clone(), *price));
                }
            }
            Step::Add(product, units, price) => {
                self.adds += 1;
                self.cart.add(product, *units, self.price(product, *price));
            }
            Step::Update(product, units, price) => {
                self.updates += 1;
                let price = self.price(product, *price);
                match (units, price) {
                    (Some(units), price) => self.cart.set(product, *units, price),
                    (None, Some(price)) => self.cart.price(product, price),
                    (None, None) => {}
                }
            }
            Step::Remove(product) => {
                self.removes += 1;
                self.cart.remove(product);
            }
            Step::Purchase(amount, products) => {
                self.purchases += 1;
                self.amount += i128::from(*amount);
                products
                    .iter()
                    .for_each(|product| self.cart.remove(product));
            }
        }
    }

    /// The price that an event tells, else that of a view just before.
    fn price(&self, product: &[u8], told: Option<i64>) -> Option<i64> {
        let viewed = self.viewed.as_ref().filter(|(seen, _)| **seen == *product);
        told.or(viewed.map(|(_, price)| *price))
    }
}

/// The visits of a customer that have not ended; mostly one.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Visits {
    open: Vec<Visit>,
}

impl Visits {
    /// Those that have not ended.
    pub fn open(&self) -> &[Visit] {
        &self.open
    }

    /// The same, to be changed.
    pub fn open_mut(&mut self) -> &mut [Visit] {
        &mut self.open
    }

    /// Takes an event to its visit: gives the number of that among the open ones, and whether it
    /// begins with it. Visits that have ended must be out.
    pub fn take(&mut self, at: i64, input: &Input) -> (usize, bool) {
        let numbered = self.open.iter().enumerate();
        // Two at the same time: the names decide.
        let latest = numbered.max_by_key(|(_, visit)| (visit.last, &visit.session));
        let called = |name: &[u8]| self.open.iter().position(|visit| *visit.session == *name);
        let known = match input.session.is_empty() {
            true => latest.map(|(number, _)| number),
            false => called(&input.session).or_else(|| called(b"")),
        };
        let number = known.unwrap_or_else(|| {
            self.open.push(Visit {
                session: input.session.clone(),
                first: at,
                ..Visit::default()
            });
            self.open.len() - 1
        });
        let visit = &mut self.open[number];
        if visit.session.is_empty() {
            visit.session.clone_from(&input.session);
        }
        visit.take(at, &input.step);
        (number, known.is_none())
    }

    /// When the next one ends, where a visit ends `gap` after its last event.
    pub fn next_end(&self, gap: i64) -> Option<i64> {
        let ends = self.open.iter().map(|visit| visit.last.saturating_add(gap));
        ends.min()
    }

    /// Takes out those that have ended by `at`.
    pub fn take_ended(&mut self, at: i64, gap: i64) -> Vec<Visit> {
        let has_ended = |visit: &mut Visit| visit.last.saturating_add(gap) <= at;
        self.open.extract_if(.., has_ended).collect()
    }
}
