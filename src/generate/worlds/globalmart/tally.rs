//! What the events of the online shop add up to.

use super::super::truth::{self, Anomalies, Sessions, WorldTruth};
use super::session::{HIGH_VALUE, Session, UNUSUAL};
use super::shop::{CATEGORIES, COUNTRIES, Shop};
use crate::record::Money;
use crate::record::quality::{self, Broken, Facts, broken_rules};
use crate::record::time::SECOND;

/// A cart is abandoned for good when so long nothing has happened.
const IDLE: i64 = 15 * 60 * SECOND;
/// Transactions of one user in a minute that are not rapid.
const RAPID: u32 = 5;

/// Counts and sums in cents.
#[derive(Debug, Default)]
pub struct Tally {
    sessions: Sessions,
    abandoned: i64,
    abandoned_15m: i64,
    revenue: i64,
    units: i64,
    countries: [i64; COUNTRIES.len()],
    categories: [i64; CATEGORIES.len()],
    line_categories: [i64; CATEGORIES.len()],
    high_value: u64,
    unusual: u64,
    bursts: u64,
    rapid: u64,
    broken: Broken,
}

impl Tally {
    /// Counts a view.
    pub fn view(&mut self) {
        self.sessions.views += 1;
    }

    /// Counts a cart event.
    pub fn cart(&mut self) {
        self.sessions.cart_events += 1;
    }

    /// Counts a transaction of what the session holds; `id` is its id.
    #[inline]
    pub fn buy(&mut self, shop: &Shop, session: &Session, id: &[u8]) {
        let mut lines = [quality::Line {
            quantity: Money::ZERO,
            price: Money::ZERO,
        }; super::session::LINES];
        let (mut total, mut len, mut first, mut unusual) = (0i64, 0, 0, false);
        let bought = session.lines().iter().filter(|line| line.quantity > 0);
        for line in bought {
            let price = shop.price(line.product);
            let amount = i64::from(price * line.quantity);
            let category = shop.category(line.product);
            if len == 0 {
                first = category;
            }
            unusual |= line.quantity > UNUSUAL;
            lines[len] = quality::Line {
                quantity: pieces(i64::from(line.quantity)),
                price: cents(i64::from(price)),
            };
            self.line_categories[category] += amount;
            self.units += i64::from(line.quantity);
            total += amount;
            len += 1;
        }
        self.revenue += total;
        self.countries[shop.country(session.user)] += total;
        self.categories[first] += total;
        self.high_value += u64::from(total > i64::from(HIGH_VALUE));
        self.unusual += u64::from(unusual);
        self.broken.count(broken_rules(&Facts {
            id,
            lines: &lines[..len],
            total: Some(cents(total)),
            stock: None,
        }));
    }

    /// Counts a session of which nothing more will stand in the output before `end`.
    pub fn close(&mut self, shop: &Shop, session: &Session, end: i64) {
        let shown = &session.shown;
        let Some(last) = shown.last else {
            return;
        };
        let counts = &mut self.sessions;
        counts.sessions += 1;
        counts.with_cart += u64::from(shown.cart);
        counts.purchased += u64::from(shown.bought > 0);
        counts.cart_purchased += u64::from(shown.cart && shown.bought > 0);
        if !shown.cart {
            counts.direct_purchases += u64::from(shown.bought);
        }
        if shown.bought == 0 && shown.in_cart != 0 {
            let lines = session.lines().iter().enumerate();
            let held = lines.filter(|(at, _)| shown.in_cart & (1 << at) != 0);
            let value: i64 = held
                .map(|(_, line)| i64::from(line.quantity * shop.price(line.product)))
                .sum();
            counts.abandoned += 1;
            self.abandoned += value;
            if last <= end - IDLE {
                counts.abandoned_15m += 1;
                self.abandoned_15m += value;
            }
        }
        if shown.bought > RAPID {
            self.bursts += 1;
            self.rapid += u64::from(shown.bought - RAPID);
        }
    }

    /// States it all.
    pub fn tell(self, truth: &mut WorldTruth) {
        truth.revenue = truth::cents(self.revenue);
        truth.units = self.units;
        truth.sessions = Some(Sessions {
            abandoned_value: truth::cents(self.abandoned),
            abandoned_15m_value: truth::cents(self.abandoned_15m),
            ..self.sessions
        });
        truth.anomalies = Some(Anomalies {
            high_value: Some(self.high_value),
            unusual_quantity: Some(self.unusual),
            rapid_bursts: Some(self.bursts),
            rapid_transactions: Some(self.rapid),
            rapid_depletion: None,
        });
        let categories = || CATEGORIES.iter().map(|(name, ..)| *name);
        truth.by_country = truth::by_name(COUNTRIES, self.countries);
        truth.by_category = truth::by_name(categories(), self.categories);
        truth.by_line_category = truth::by_name(categories(), self.line_categories);
        truth.quality = self.broken.by_name();
    }
}

/// So many cents as money.
fn cents(value: i64) -> Money {
    Money::from_cents(value).unwrap_or(Money::ZERO)
}

/// So many pieces with the decimals of money.
fn pieces(value: i64) -> Money {
    cents(value * 100)
}
