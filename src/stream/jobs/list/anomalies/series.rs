//! `z_score`: a line of a sale far from what was usual for its shop and product.
//!
//! Usual is what came before it: the line itself is no part of mean and deviation. (With it among
//! n values no score can exceed (n − 1)/√n, which for the 11 of the replaced system is 3.015: it
//! all but never found anything beyond 3.)

use serde::{Deserialize, Serialize};

use super::Z_SCORE;
use crate::error::Result;
use crate::record::event::Line as SaleLine;
use crate::record::{Event, Money, Total};
use crate::stream::jobs::alert::{Alert, Severity};
use crate::stream::jobs::key;
use crate::stream::jobs::out::Out;
use crate::stream::jobs::row::Cell;
use crate::stream::jobs::setup::Setup;

/// The first part of the key of a product of a shop, and of a country where no shop is told.
const OF_STORE: &[u8] = b"s";
const OF_COUNTRY: &[u8] = b"c";

/// More would make the state of a series large.
const MOST: usize = 1_000;

/// The least deviation in units of 1/10,000: prices that never changed are no reason to divide by
/// nothing. Source: the rule of the replaced system.
const LEAST_DEVIATION: f64 = 10.0;

/// A score that is the threshold itself, as those of small whole quantities may be, is not above it
/// by the rounding of the last bits.
const ROUNDING: f64 = 1e-9;

/// What is still usual.
pub struct Limits {
    threshold: f64,
    shown: Money,
    previous: usize,
    least: usize,
    forget: i64,
}

/// The latest lines of a product of a shop.
#[derive(Default, Clone, Serialize, Deserialize)]
pub struct Series {
    /// Their amounts in units of 1/10,000, the latest last.
    amounts: Vec<i64>,
    last: i64,
}

/// A line; equal times are taken in the order of these.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    id: Box<str>,
    amount: i64,
    user: Box<str>,
}

/// The key of a line and what is needed of it; nothing of what takes back.
pub fn input(event: &Event<'_>, line: &SaleLine<'_>) -> Option<(Vec<u8>, Line)> {
    if line.amount.is_negative() || line.units.is_negative() {
        return None;
    }
    let (tag, place) = match event.store.is_empty() && !event.country.is_empty() {
        true => (OF_COUNTRY, event.country),
        false => (OF_STORE, event.store),
    };
    let input = Line {
        id: String::from_utf8_lossy(event.id).into(),
        amount: line.amount.units(),
        user: String::from_utf8_lossy(event.user).into(),
    };
    let key = key::join(&[tag, place, line.product.as_bytes()]);
    Some((key, input))
}

impl Limits {
    /// As the user set them.
    pub fn new(setup: &Setup) -> Result<Self> {
        let shown = setup.decimal("z_threshold")?;
        if shown <= Money::ZERO {
            return Err(setup.wrong("z_threshold", "must be more than 0"));
        }
        let previous = setup.number("z_previous")?;
        if !(2..=MOST).contains(&previous) {
            return Err(setup.wrong("z_previous", "must be from 2 to 1000"));
        }
        let least = setup.number("z_least")?;
        if !(2..=previous).contains(&least) {
            return Err(setup.wrong("z_least", "must be from 2 to z_previous"));
        }
        Ok(Self {
            threshold: shown.units() as f64 / 1e4,
            shown,
            previous,
            least,
            forget: setup.duration("forget")?,
        })
    }

    /// The next line of a series.
    pub fn line(&self, key: &[u8], held: &mut Series, at: i64, line: &Line, out: &mut Out) {
        if held.amounts.len() >= self.least {
            let score = score(&held.amounts, line.amount);
            if score > self.threshold * (1.0 + ROUNDING) {
                self.tell(key, held, (at, score), line, out);
            }
        }
        if held.amounts.len() == self.previous {
            held.amounts.remove(0);
        }
        held.amounts.push(line.amount);
        held.last = at;
    }

    /// It fires on a few lines in a hundred where nothing is wrong, so it is but to know, from
    /// twice the threshold on to look at.
    fn tell(&self, key: &[u8], held: &Series, (at, score): (i64, f64), line: &Line, out: &mut Out) {
        let severity = match score >= 2.0 * self.threshold {
            true => Severity::Medium,
            false => Severity::Low,
        };
        let [tag, place, product] = key::split(key);
        let count = held.amounts.len();
        let sum = held.amounts.iter().map(|amount| i128::from(*amount)).sum();
        let mean = match Cell::mean(sum, count as i128) {
            Cell::Decimal(mean) => mean,
            _ => 0,
        };
        let value = Money::from_units(line.amount).unwrap_or_default();
        let alert = Alert {
            severity,
            store: if tag == OF_STORE { place } else { b"" },
            product,
            user: line.user.as_bytes(),
            transaction: line.id.as_bytes(),
            value: Some(value),
            threshold: self.shown,
            score,
            reason: format!(
                "Unusual amount: ${value}, {score:.1} deviations from ${}, the mean of the \
                 {count} before",
                Total::from_units(mean)
            ),
            ..Alert::new(Z_SCORE, at)
        };
        out.row(0, alert.row());
        out.count(Z_SCORE, 1);
    }

    /// When a series may be forgotten.
    pub fn expires(&self, held: &Series) -> i64 {
        held.last.saturating_add(self.forget)
    }
}

/// |x − mean| / max(sample deviation, 0.001) against `before`; the differences n·x − Σ are exact.
fn score(before: &[i64], amount: i64) -> f64 {
    let count = before.len() as i128;
    let sum: i128 = before.iter().map(|amount| i128::from(*amount)).sum();
    let from_mean = |amount: i64| (i128::from(amount) * count - sum) as f64 / count as f64;
    let squares: f64 = before.iter().map(|amount| from_mean(*amount).powi(2)).sum();
    let deviation = (squares / (count - 1) as f64).sqrt();
    from_mean(amount).abs() / deviation.max(LEAST_DEVIATION)
}
