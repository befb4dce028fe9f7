//! Figures of a run through Kafka, and the same worked out by hand.

use std::collections::BTreeMap;
use std::process::Output;
use std::time::Duration;

use chrono::NaiveDateTime;
use serde_json::Value;

pub use crate::common::figures::{CLASSIC, OUTPUT, Row, classic, count, money, total, units};
use crate::common::{Shop, figures, stderr};

/// The summary that a run printed.
pub fn summary(output: &Output) -> Value {
    let text = stderr(output);
    assert!(!text.lines().any(|l| l.starts_with("error")), "{text}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// Both identities of the contract's §1, for windows of an hour that slide by a quarter.
pub fn assert_adds_up(summary: &Value) {
    figures::assert_adds_up(summary, 4);
}

/// All rows of closed windows in a folder of the shop, by product and start.
pub fn rows(shop: &Shop, folder: &str) -> Vec<Row> {
    let mut rows = figures::rows(&shop.path(folder));
    rows.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
    rows
}

/// What the stream shows of its open windows; none while there is nothing.
pub fn open_windows(shop: &Shop, output: &str) -> Option<Value> {
    figures::open_windows(&shop.path(output))
}

/// Waits until what the stream shows is as asked; panics with the last of it after a time.
pub fn wait_for(shop: &Shop, output: &str, time: Duration, ready: impl Fn(&Value) -> bool) {
    figures::wait_for(&shop.path(output), time, ready);
}

const QUARTER: i64 = 15 * 60 * 1_000_000;

/// Windows of an hour that slide by a quarter, from JSON events, by hand; what is no JSON does
/// not count. No event is late.
pub fn by_hand<T: AsRef<[u8]>>(events: impl IntoIterator<Item = T>) -> Vec<Row> {
    let mut sums: BTreeMap<(String, i64), i128> = BTreeMap::new();
    for event in events {
        let Ok(event) = serde_json::from_slice::<Value>(event.as_ref()) else {
            continue;
        };
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        let kind = text("transaction_type");
        if kind == "RESTOCK" {
            continue;
        }
        let amount = units(text("amount"));
        let amount = if kind == "RETURN" { -amount } else { amount };
        let time = match text("order_time") {
            "" => format!("{}T00:00:00", text("order_date")),
            time => time.to_owned(),
        };
        let time: NaiveDateTime = time.parse().expect("a time");
        let last = time.and_utc().timestamp_micros().div_euclid(QUARTER);
        for number in last - 3..=last {
            let row = (text("product").to_owned(), number * QUARTER);
            *sums.entry(row).or_default() += amount;
        }
    }
    let rows = sums.into_iter();
    rows.map(|((product, start), sum)| (product, sum, start, start + 4 * QUARTER))
        .collect()
}

/// Both are the same rows; says only what differs.
pub fn assert_rows(found: &[Row], expected: &[Row]) {
    assert!(!expected.is_empty());
    let wrong = |a: &[Row], b: &[Row]| -> Vec<Row> {
        let known: std::collections::HashSet<&Row> = b.iter().collect();
        let other = a.iter().filter(|row| !known.contains(row));
        other.take(5).cloned().collect()
    };
    let (more, less) = (wrong(found, expected), wrong(expected, found));
    assert!(
        more.is_empty() && less.is_empty(),
        "not expected {more:?}, missing {less:?}"
    );
    // No row twice.
    assert_eq!(found.len(), expected.len());
}
