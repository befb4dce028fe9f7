//! What the sessions of the online shop will do, in blocks of a hundred.
//!
//! The numbers of views, cart events and transactions of a block are fixed by the mix, and
//! dealt out to its sessions. So the rates hold in every short while, not only on average.

use super::super::super::rng::Key;

/// Sessions of a block.
pub const SESSIONS: usize = 100;
/// The most transactions of a session without a cart; fewer than are rapid.
const MOST_DIRECT: u64 = 5;

/// How a session ends, and what it is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// Views only.
    #[default]
    Browse,
    /// Transactions without a cart, each after a view.
    Direct,
    /// One transaction of more than 5000.00.
    HighValue,
    /// One transaction with a line of more than 10 pieces.
    Unusual,
    /// More than 5 transactions within a minute.
    Burst,
    /// What is in the cart is bought.
    Purchase,
    /// The cart stays as it is.
    Abandon,
    /// Everything is taken out of the cart again.
    Empty,
}

/// What one session will do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spec {
    /// What it is for.
    pub end: End,
    /// Views.
    pub views: u16,
    /// Cart events.
    pub carts: u16,
    /// Transactions that are not of the cart.
    pub direct: u16,
}

/// Rates of events as counts of a block of sessions.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Picoseconds between two sessions.
    pub period: i128,
    views: PerBlock,
    carts: PerBlock,
    transactions: PerBlock,
    /// Anomalies, of three kinds in turn.
    units: PerBlock,
}

/// How often something comes in a block, in units of 1/2^32.
#[derive(Debug, Clone, Copy)]
struct PerBlock(i128);

impl PerBlock {
    fn new(count: f64) -> Self {
        // A power of two: the product is exact.
        Self((count * 4_294_967_296.0) as i128)
    }

    fn before(self, block: i64) -> i64 {
        ((i128::from(block) * self.0) >> 32) as i64
    }

    fn of(self, block: i64) -> u64 {
        (self.before(block + 1) - self.before(block)).unsigned_abs()
    }
}

impl Rates {
    /// For so many transactions, views and cart events a second, and a share of anomalies in
    /// the transactions.
    pub fn new(transactions: f64, views: f64, carts: f64, anomalies: f64) -> Self {
        // Enough sessions that few transactions fall on each, and four views or less.
        let sessions = (views / 4.0).max(0.75 * (transactions + carts));
        let block = SESSIONS as f64 / sessions;
        // Three anomalies, one of each kind, make nine transactions: 1 + 1 + 7.
        let units = transactions * anomalies / 3.0;
        Self {
            period: (1e12 / sessions) as i128,
            views: PerBlock::new(views * block),
            carts: PerBlock::new(carts * block),
            transactions: PerBlock::new(transactions * block),
            units: PerBlock::new(units * block),
        }
    }

    /// The sessions of a block, in the order in which they begin.
    pub fn block(&self, key: Key, block: i64) -> [Spec; SESSIONS] {
        let mut specs = [Spec::default(); SESSIONS];
        let mut draws = key.of(block as u64).draws();
        let mut next = 0;
        let mut left = self.transactions.of(block);
        let first = self.units.before(block);
        // More of them would leave no ordinary session.
        for unit in (first..).take(self.units.of(block).min(SESSIONS as u64 / 2) as usize) {
            let (end, direct) = match unit.rem_euclid(3) {
                0 => (End::Burst, 6 + unit.div_euclid(3).rem_euclid(3) as u16),
                1 => (End::HighValue, 1),
                _ => (End::Unusual, 1),
            };
            specs[next] = Spec {
                end,
                direct,
                ..Spec::default()
            };
            left = left.saturating_sub(u64::from(direct));
            next += 1;
        }
        let bought = self.deal_carts(&mut specs[next..], block, left);
        next += bought.sessions;
        left -= bought.transactions;
        deal_direct(&mut specs[next..], left);
        deal_views(&mut specs, self.views.of(block));
        for i in (1..SESSIONS).rev() {
            specs.swap(i, draws.below(i as u32 + 1) as usize);
        }
        specs
    }

    /// Deals out cart events: two or three to a session on average.
    fn deal_carts(&self, specs: &mut [Spec], block: i64, transactions: u64) -> Bought {
        const SIZES: [u64; 10] = [2, 1, 3, 2, 4, 1, 3, 2, 5, 2];
        let events = self.carts.of(block);
        // The carts of one block go on where those of the one before ended.
        let first = self.carts.before(block).unsigned_abs() as usize;
        let wanted = ((events * 2).div_ceil(5) as usize).min(specs.len() * 4 / 5);
        let sizes = (0..wanted).map(|i| SIZES[(first + i) % SIZES.len()]);
        let all: u64 = sizes.clone().sum();
        let (mut dealt, mut weight) = (0, 0);
        let mut bought = Bought::default();
        for (i, size) in sizes.enumerate() {
            weight += size;
            let carts = events * weight / all - dealt;
            dealt += carts;
            if carts == 0 {
                continue;
            }
            // Of twenty carts ten are bought, eight left and two emptied, if they can be.
            let end = match (first + i) * 9 % 20 {
                0 | 10 if carts > 1 => End::Empty,
                n if n % 2 == 1 && bought.transactions < transactions => End::Purchase,
                _ => End::Abandon,
            };
            bought.transactions += u64::from(end == End::Purchase);
            specs[bought.sessions] = Spec {
                end,
                carts: carts as u16,
                ..Spec::default()
            };
            bought.sessions += 1;
        }
        bought
    }
}

#[derive(Debug, Default)]
struct Bought {
    sessions: usize,
    transactions: u64,
}

/// Deals out transactions without a cart to at most seven in ten of the sessions.
fn deal_direct(specs: &mut [Spec], transactions: u64) {
    let most = (specs.len() as u64 * 7 / 10).max(transactions.div_ceil(MOST_DIRECT));
    let sessions = transactions.min(most).min(specs.len() as u64);
    let mut dealt = 0;
    for (i, spec) in (1..=sessions).zip(specs) {
        let direct = transactions * i / sessions - dealt;
        dealt += direct;
        spec.end = End::Direct;
        spec.direct = direct as u16;
    }
}

/// Deals out views: first those that a session needs, then more of them to those that look
/// around.
fn deal_views(specs: &mut [Spec; SESSIONS], views: u64) {
    let need = |spec: &Spec| match spec.end {
        End::Direct => u64::from(spec.direct),
        _ => 1,
    };
    let needed: u64 = specs.iter().map(need).sum();
    let base = needed.min(views);
    let more = views - base;
    let weight = |i: usize, spec: &Spec| match spec.end {
        End::Burst | End::HighValue | End::Unusual => 0,
        End::Browse => 3 + (i as u64 * 7) % 6,
        _ => 1 + (i as u64 * 7) % 3,
    };
    let weights: u64 = specs.iter().enumerate().map(|(i, s)| weight(i, s)).sum();
    let (mut met, mut weighed, mut dealt) = (0, 0, 0);
    for (i, spec) in specs.iter_mut().enumerate() {
        met += need(spec);
        weighed += weight(i, spec);
        let until = base * met / needed.max(1) + more * weighed / weights.max(1);
        spec.views = (until - dealt) as u16;
        dealt = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(rates: &Rates, blocks: i64) -> [u64; 4] {
        let key = Key::new(3, "test");
        let mut totals = [0; 4];
        for block in -5..blocks - 5 {
            for spec in rates.block(key, block) {
                totals[0] += u64::from(spec.direct) + u64::from(spec.end == End::Purchase);
                totals[1] += u64::from(spec.views);
                totals[2] += u64::from(spec.carts);
                totals[3] += u64::from(spec.end == End::Browse);
                let without_cart = !matches!(spec.end, End::Purchase | End::Abandon | End::Empty);
                assert_eq!(spec.carts == 0, without_cart, "{spec:?}");
                if spec.end == End::Direct {
                    assert!((1..=MOST_DIRECT as u16).contains(&spec.direct), "{spec:?}");
                }
            }
        }
        totals
    }

    #[test]
    fn a_thousand_blocks_hold_what_the_mix_says() {
        for (transactions, views, carts) in [
            (100.0, 300.0, 100.0),
            (1.0, 50.0, 3.0),
            (10.0, 0.0, 0.0),
            (0.0, 10.0, 0.0),
            (0.0, 0.0, 10.0),
            (3.0, 1.0, 0.0),
            (1.0, 1.0, 20.0),
        ] {
            let rates = Rates::new(transactions, views, carts, 0.002);
            let block = rates.period as f64 * 1e-10;
            let found = totals(&rates, 1_000);
            let wanted = [transactions, views, carts].map(|rate| rate * block * 1_000.0);
            for (found, wanted) in found.iter().zip(wanted) {
                let most = (wanted * 0.003).max(2.0);
                assert!((*found as f64 - wanted).abs() <= most, "{found} {wanted}");
            }
        }
    }

    #[test]
    fn anomalies_have_their_share() {
        let rates = Rates::new(100.0, 300.0, 100.0, 0.01);
        let key = Key::new(3, "test");
        let mut counts = [0u64; 3];
        let mut transactions = 0;
        for block in 0..900 {
            for spec in rates.block(key, block) {
                let kind = match spec.end {
                    End::Burst => 0,
                    End::HighValue => 1,
                    End::Unusual => 2,
                    _ => continue,
                };
                counts[kind] += 1;
                transactions += u64::from(spec.direct);
            }
        }
        // 60,000 transactions, of them 600, nine to three anomalies.
        assert!(counts.iter().all(|count| (66..=67).contains(count)));
        assert!((590..=610).contains(&transactions), "{transactions}");
    }

    #[test]
    fn carts_are_bought_left_and_emptied() {
        let rates = Rates::new(100.0, 300.0, 100.0, 0.0);
        let key = Key::new(3, "test");
        let mut counts = [0u64; 3];
        for spec in (0..100).flat_map(|block| rates.block(key, block)) {
            match spec.end {
                End::Purchase => counts[0] += 1,
                End::Abandon => counts[1] += 1,
                End::Empty => counts[2] += 1,
                _ => {}
            }
        }
        let all: u64 = counts.iter().sum();
        assert!(counts[0] * 100 > all * 35 && counts[1] * 100 > all * 35);
        assert!(counts[2] * 100 > all * 3 && counts[2] * 100 < all * 15);
    }
}
