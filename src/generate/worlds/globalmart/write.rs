//! The events of the online shop as JSON lines.

use super::super::super::rng::{Key, below, high};
use super::super::desk::Desk;
use super::super::text::{Stamps, integer, money, text, uuid};
use super::session::{Action, Change, Session};
use super::shop::{CATEGORIES, COUNTRIES, Shop};

/// The topics, by their place in the plan.
const TRANSACTIONS: usize = 0;
const VIEWS: usize = 1;
const CARTS: usize = 2;
/// How transactions are paid; frequent ways stand more often.
const PAYMENTS: [&str; 8] = [
    "credit_card",
    "credit_card",
    "credit_card",
    "paypal",
    "paypal",
    "debit_card",
    "apple_pay",
    "google_pay",
];

/// Writes events.
pub struct Writer {
    stamps: Stamps,
    events: Key,
    sessions: Key,
    payments: Key,
    /// The id of the transaction that was last asked for.
    id: Vec<u8>,
    user: Vec<u8>,
}

impl Writer {
    /// The ids of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            stamps: Stamps::new(),
            events: Key::new(seed, "globalmart events"),
            sessions: Key::new(seed, "globalmart session ids"),
            payments: Key::new(seed, "globalmart payments"),
            id: Vec::new(),
            user: Vec::new(),
        }
    }

    /// The number of the session's present event: no session has more than 65,536.
    fn event(session: &Session) -> u64 {
        (session.number as u64) << 16 | u64::from(session.events)
    }

    /// The id of the transaction that the session makes at present.
    pub fn transaction_id(&mut self, session: &Session) -> &[u8] {
        self.id.clear();
        uuid(self.events, Self::event(session), &mut self.id);
        &self.id
    }

    /// Puts what the session does.
    #[inline]
    pub fn put(
        &mut self,
        shop: &Shop,
        session: &Session,
        action: Action,
        time: i64,
        desk: &mut Desk,
    ) {
        let Self {
            stamps,
            events,
            sessions,
            payments,
            user,
            ..
        } = self;
        user.clear();
        shop.user_id(session.user, user);
        let key = |out: &mut Vec<u8>| out.extend_from_slice(user);
        let begin = |name: &str, stamps: &mut Stamps, product: Option<u32>, out: &mut Vec<u8>| {
            text(&["{\"", name, "\":\""], out);
            uuid(*events, Self::event(session), out);
            text(&["\",\"user_id\":\""], out);
            out.extend_from_slice(user);
            if let Some(product) = product {
                text(&["\",\"product_id\":\""], out);
                shop.product_id(product, out);
            }
            text(&["\",\"timestamp\":\""], out);
            stamps.iso(time, out);
        };
        match action {
            Action::View(product, seconds) => desk.put(VIEWS, time, key, |out| {
                begin("event_id", stamps, Some(product), out);
                text(&["\",\"session_id\":\""], out);
                uuid(*sessions, session.number as u64, out);
                text(&["\",\"duration_seconds\":"], out);
                integer(u64::from(seconds), out);
                let (category, ..) = CATEGORIES[shop.category(product)];
                text(&[",\"category\":\"", category, "\"}"], out);
            }),
            Action::Cart(change, at) => desk.put(CARTS, time, key, |out| {
                let line = session.lines()[at];
                begin("event_id", stamps, Some(line.product), out);
                let action = match change {
                    Change::Add => "add",
                    Change::Update => "update",
                    Change::Remove => "remove",
                };
                text(&["\",\"action\":\"", action, "\",\"quantity\":"], out);
                integer(u64::from(line.quantity), out);
                text(&[",\"session_id\":\""], out);
                uuid(*sessions, session.number as u64, out);
                text(&["\"}"], out);
            }),
            Action::Buy => desk.put(TRANSACTIONS, time, key, |out| {
                begin("transaction_id", stamps, None, out);
                text(&["\",\"products\":["], out);
                let bought = session.lines().iter().filter(|line| line.quantity > 0);
                let (mut total, mut first) = (0, None);
                for line in bought {
                    let price = u64::from(shop.price(line.product));
                    let (category, ..) = CATEGORIES[shop.category(line.product)];
                    let before = if first.is_some() { "," } else { "" };
                    text(&[before, "{\"product_id\":\""], out);
                    shop.product_id(line.product, out);
                    text(&["\",\"quantity\":"], out);
                    integer(u64::from(line.quantity), out);
                    text(&[",\"price\":"], out);
                    money(price, out);
                    text(&[",\"category\":\"", category, "\"}"], out);
                    total += price * u64::from(line.quantity);
                    first.get_or_insert(category);
                }
                text(&["],\"total_amount\":"], out);
                money(total, out);
                let word = payments.at(Self::event(session));
                let payment = PAYMENTS[below(high(word), 8) as usize];
                let country = COUNTRIES[shop.country(session.user)];
                text(&[",\"payment_method\":\"", payment], out);
                text(&["\",\"country\":\"", country], out);
                text(
                    &["\",\"category\":\"", first.unwrap_or_default(), "\"}"],
                    out,
                );
            }),
        }
    }
}
