//! Figures of a run, rows of its output, and the same worked out by hand.
#![allow(dead_code)] // not every test file uses everything
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;

use crate::common::{Shop, stderr};

/// Where a stream writes unless told otherwise.
pub const OUTPUT: &str = "data/output/streaming_product_revenue";

/// What all sales of [`classic`] add up to, as published.
pub const CLASSIC: &str = "333734.73";

/// Makes the 14 days of the classic profile whose figures are published.
pub fn classic(shop: &Shop) {
    let days = ["--days", "14", "--transactions-per-day", "72"];
    let start = ["--start-date", "2025-01-01", "--profile", "classic"];
    shop.json(&[&["generate"], &days[..], &start].concat());
}

/// The summary that a run printed.
pub fn summary(output: &Output) -> Value {
    let text = stderr(output);
    assert!(!text.lines().any(|l| l.starts_with("error")), "{text}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// Ten-thousandths: money as a summary or an event prints it.
pub fn units(text: &str) -> i128 {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(part.len() <= 4, "{text}");
    let part: i128 = format!("{part:0<4}").parse().expect("digits");
    sign * (whole.parse::<i128>().expect("digits") * 10_000 + part)
}

/// One figure of money of a summary.
pub fn money(summary: &Value, name: &str) -> i128 {
    units(summary[name].as_str().expect("money"))
}

/// One count of a summary.
pub fn count(summary: &Value, name: &str) -> u64 {
    summary[name].as_u64().expect("a count")
}

/// Both identities of the contract's §1, for windows of an hour that slide by a quarter.
pub fn assert_adds_up(summary: &Value) {
    let parts = ["accepted", "rejected", "duplicates"].map(|name| count(summary, name));
    assert_eq!(
        count(summary, "read"),
        parts.iter().sum::<u64>(),
        "{summary}"
    );
    let parts = ["written_revenue", "open_revenue", "late_revenue"];
    let sum: i128 = parts.iter().map(|name| money(summary, name)).sum();
    assert_eq!(sum, 4 * money(summary, "accepted_revenue"), "{summary}");
}

/// A row of closed windows: product, revenue in ten-thousandths, start and end in microseconds.
pub type Row = (String, i128, i64, i64);

/// All rows of closed windows in a folder of the shop, by product and start.
pub fn rows(shop: &Shop, folder: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for name in shop.tree(folder).keys() {
        if name.split('/').any(|part| part.starts_with(['_', '.'])) {
            continue;
        }
        assert!(name.ends_with(".parquet"), "{name}");
        rows.extend(rows_of(&shop.path(folder).join(name)));
    }
    rows.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
    rows
}

fn rows_of(path: &Path) -> Vec<Row> {
    let reader = SerializedFileReader::new(File::open(path).expect("opened")).expect("Parquet");
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| {
        let row = row.expect("a row");
        let names: Vec<_> = row
            .get_column_iter()
            .map(|(name, _)| name.clone())
            .collect();
        assert_eq!(names, ["product", "revenue", "window_start", "window_end"]);
        let revenue = row.get_decimal(1).expect("a decimal");
        assert_eq!(revenue.scale(), 4);
        let bytes = revenue.data().iter();
        let negative = revenue.data()[0] >= 0x80;
        let first = if negative { -1 } else { 0 };
        let revenue = bytes.fold(first, |sum: i128, byte| sum << 8 | i128::from(*byte));
        let time = |column| row.get_timestamp_micros(column).expect("a time");
        (
            row.get_string(0).expect("text").clone(),
            revenue,
            time(2),
            time(3),
        )
    })
    .collect()
}

/// What the stream shows of its open windows; none while there is nothing.
pub fn open_windows(shop: &Shop, output: &str) -> Option<Value> {
    let text = std::fs::read_to_string(shop.path(output).join("_open.json")).ok()?;
    serde_json::from_str(&text).ok()
}

/// Waits until what the stream shows is as asked; panics with the last of it after a time.
pub fn wait_for(shop: &Shop, output: &str, time: Duration, ready: impl Fn(&Value) -> bool) {
    let deadline = Instant::now() + time;
    loop {
        let view = open_windows(shop, output);
        if view.as_ref().is_some_and(&ready) {
            return;
        }
        assert!(Instant::now() < deadline, "never so: {view:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
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

/// What rows add up to.
pub fn total(rows: &[Row]) -> i128 {
    rows.iter().map(|row| row.1).sum()
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
