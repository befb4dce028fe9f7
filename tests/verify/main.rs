//! `retail verify`: what it calls equal, and every kind of difference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod by_hand;
mod cells;
mod outputs;
mod report;
mod stream;
mod truth;

use common::Shop;

/// The day that the tests spoil.
const DAY: &str = "data/input/retail_2025-01-02.csv";
/// The CSV of batch.
const CSV: &str = "data/output/analysis_csv/part-00000.csv";
/// The Parquet file of that day.
const PARQUET: &str = "data/output/analysis_parquet/order_date=2025-01-02/part-00000.parquet";

/// Three days of generated sales.
fn generated(options: &[&str]) -> Shop {
    let shop = Shop::new();
    let days = ["generate", "--days", "3", "--start-date", "2025-01-01"];
    shop.json(&[&days, options].concat());
    shop
}
