//! `rapid_transactions`: many sales of one customer within a short time.

use serde::{Deserialize, Serialize};

use super::RAPID_TRANSACTIONS;
use crate::error::Result;
use crate::record::Money;
use crate::stream::jobs::alert::{Alert, Severity};
use crate::stream::jobs::key;
use crate::stream::jobs::out::Out;
use crate::stream::jobs::setup::Setup;

/// The first part of a customer's key.
pub const TAG: &[u8] = b"u";

/// More would make a customer's state large.
const MOST: usize = 1_000;

/// What is still usual.
pub struct Limits {
    most: usize,
    window: i64,
}

/// The latest sales of a customer.
#[derive(Default, Clone, Serialize, Deserialize)]
pub struct Customer {
    /// Their times in order: those within the window, and no more than say whether there are too
    /// many.
    times: Vec<i64>,
    /// The number of the last one: the lines of one sale may come one by one.
    id: Box<str>,
    /// Whether this burst has been told.
    is_told: bool,
}

impl Limits {
    /// As the user set them.
    pub fn new(setup: &Setup) -> Result<Self> {
        let most = setup.number(RAPID_TRANSACTIONS)?;
        if !(1..=MOST).contains(&most) {
            return Err(setup.wrong(RAPID_TRANSACTIONS, "must be from 1 to 1000"));
        }
        let window = setup.duration("rapid_window")?;
        Ok(Self { most, window })
    }

    /// The next sale of a customer. Told is the first that is one too many within the window; the
    /// next burst begins after a sale that is not.
    pub fn sale(&self, key: &[u8], held: &mut Customer, at: i64, id: &str, out: &mut Out) {
        if !id.is_empty() && *held.id == *id && held.times.last() == Some(&at) {
            return;
        }
        held.id = id.into();
        let from = at.saturating_sub(self.window);
        held.times.retain(|time| *time > from);
        held.times.push(at);
        if held.times.len() <= self.most {
            held.is_told = false;
            return;
        }
        if !held.is_told {
            held.is_told = true;
            let [_, user] = key::split(key);
            let count = held.times.len();
            let seconds = self.window as f64 / 1e6;
            let alert = Alert {
                severity: Severity::High,
                user: &key::unpack(user),
                transaction: id.as_bytes(),
                value: Some(whole(count)),
                threshold: whole(self.most),
                score: count as f64 / self.most as f64,
                reason: format!("Rapid transactions: {count} within {seconds} s"),
                ..Alert::new(RAPID_TRANSACTIONS, at)
            };
            out.row(0, alert.row());
            out.count(RAPID_TRANSACTIONS, 1);
        }
        // Of those that are too many already, the latest say as much.
        held.times.remove(0);
    }

    /// A customer without a sale in the window is as good as unknown.
    pub fn expires(&self, held: &Customer) -> i64 {
        let last = held.times.last().copied();
        last.map_or(i64::MIN, |last| last.saturating_add(self.window))
    }
}

fn whole(count: usize) -> Money {
    let cents = i64::try_from(count).ok().and_then(|n| n.checked_mul(100));
    cents.and_then(Money::from_cents).unwrap_or_default()
}
