//! The rules once more, in the plainest way.

use proptest::prelude::*;
use serde_json::json;

use super::NOON;
use crate::stream::jobs::tests::bench::{SECOND, Said, clock};

#[derive(Debug, Clone)]
pub struct Sale {
    /// Seconds after noon.
    pub time: i64,
    pub delay: i64,
    id: u32,
    user: u8,
    store: u8,
    product: u8,
    units: i64,
    cents: i64,
}

pub fn sale() -> impl Strategy<Value = Sale> {
    let time = prop_oneof![3 => 0i64..120, 1 => 0i64..1_000];
    let cents = prop_oneof![6 => 490i64..510, 1 => 1i64..3_000];
    let what = (0u8..3, 0u8..2, 0u8..2, 1i64..14, cents);
    (time, 0i64..60, any::<u32>(), what).prop_map(|(time, delay, id, what)| {
        let (user, store, product, units, cents) = what;
        Sale {
            time,
            delay,
            id,
            user,
            store,
            product,
            units,
            cents,
        }
    })
}

impl Sale {
    pub fn json(&self) -> String {
        json!({
            "sale_id": self.name(), "store_id": format!("S{}", self.store),
            "product_id": format!("P{}", self.product), "customer_id": format!("U{}", self.user),
            "quantity": self.units, "unit_price": format!("0.{:04}", 0),
            "total_amount": format!("{}.{:02}", self.amount() / 100, self.amount() % 100),
            "sale_timestamp": clock((NOON + self.time) * SECOND),
        })
        .to_string()
    }

    fn name(&self) -> String {
        format!("t{:010}", self.id)
    }

    /// In cents.
    fn amount(&self) -> i64 {
        self.cents * self.units
    }
}

/// Kind, sale and score times 1,000.
pub type Found = (String, String, i64);

pub fn found(row: &Said) -> Found {
    let text = |column: &str| row[column].as_str().unwrap().to_owned();
    let score = row["score"].as_f64().unwrap();
    (
        text("alert_type"),
        text("transaction_id"),
        thousandths(score),
    )
}

fn thousandths(score: f64) -> i64 {
    (score * 1_000.0).floor() as i64
}

/// What is to be found; none where one lies on the bound, or a number occurs twice.
pub fn anomalies(sales: &[Sale]) -> Option<Vec<Found>> {
    let mut sorted: Vec<_> = sales.iter().collect();
    sorted.sort_by_key(|sale| (sale.time, sale.id));
    let mut ids: Vec<_> = sales.iter().map(|sale| sale.id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < sales.len() {
        return None;
    }
    let mut found = Vec::new();
    let mut say = |kind: &str, sale: &Sale, score: f64| {
        // Scores are told to four decimals.
        let score = (score * 10_000.0).round() / 10_000.0;
        found.push((kind.to_owned(), sale.name(), thousandths(score)));
    };
    for (n, sale) in sorted.iter().enumerate() {
        let (amount, units) = (sale.amount(), sale.units);
        if amount > 10_000 {
            say("high_value", sale, amount as f64 / 10_000.0);
        }
        if units > 10 {
            say("unusual_quantity", sale, units as f64 / 10.0);
        }
        let mine: Vec<_> = sorted[..=n]
            .iter()
            .filter(|s| s.user == sale.user)
            .collect();
        let within = |upto: usize| {
            let time = mine[upto].time;
            mine[..=upto].iter().filter(|s| s.time > time - 60).count()
        };
        let last = mine.len() - 1;
        if within(last) > 5 && (last == 0 || within(last - 1) <= 5) {
            say("rapid_transactions", sale, within(last) as f64 / 5.0);
        }
        let same = |s: &&&Sale| s.store == sale.store && s.product == sale.product;
        let before: Vec<_> = sorted[..n]
            .iter()
            .filter(same)
            .map(|s| s.amount())
            .collect();
        let before = &before[before.len().saturating_sub(10)..];
        if before.len() >= 5 {
            // With whole numbers: (n·x − Σ)²·(n − 1) against 9·n·(n·Σx² − Σ²).
            let count = before.len() as i64;
            let sum: i64 = before.iter().sum();
            let squares: i64 = before.iter().map(|x| x * x).sum();
            let (far, spread) = ((count * amount - sum).abs(), count * squares - sum * sum);
            let left = far * far * (count - 1);
            let right = 9 * count * spread;
            if spread == 0 {
                if far > 0 {
                    say("z_score", sale, far as f64 / count as f64 / 0.1);
                }
            } else if left == right {
                return None;
            } else if left > right {
                say(
                    "z_score",
                    sale,
                    (left as f64 / (count * spread) as f64).sqrt(),
                );
            }
        }
    }
    Some(found)
}

/// The score of the last value by the rule of the replaced system.
pub fn with_itself(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (values[values.len() - 1] - mean).abs() / (squares / (count - 1.0)).sqrt()
}
