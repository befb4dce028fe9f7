//! Windows of stocks and turnover.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::json;

use super::{inventory, level, model, moved, time};
use crate::stream::jobs::tests::bench::{Bench, Said};

fn at(job: &Bench, table: &str, start: i64) -> Said {
    let rows = job.table(table);
    let mut found = rows.iter().filter(|row| row["window_start"] == time(start));
    let row = found.next().unwrap().clone();
    assert!(found.next().is_none());
    row
}

#[test]
fn a_row_of_metrics_in_full() {
    let mut job = inventory(&[]);
    for (seconds, stock) in [(-1, 99), (0, 90), (300, 40), (599, 15), (600, 60)] {
        job.say(&level(seconds, "p", stock));
    }
    job.finish();
    let wanted = json!({
        "store_id": "S1", "product_id": "p", "latest_stock": 15, "min_observed_stock": 15,
        "max_observed_stock": 90, "update_count": 3, "reorder_level": 20, "max_stock": 200,
        "stock_status": "LOW_STOCK", "stock_percentage": 7.5,
        "window_start": time(0), "window_end": time(600),
    });
    assert_eq!(json!(at(&job, "inventory_metrics", 0)), wanted);
    // From the window that ends after -1 s to that which begins at 600 s, each once.
    assert_eq!(job.table("inventory_metrics").len(), 11);
}

#[test]
fn a_row_of_turnover_in_full() {
    let mut job = inventory(&[]);
    job.say(&level(0, "p", 22));
    job.say(&moved(60, "p", "SALE", 4));
    job.say(&moved(120, "p", "SALE", 3));
    job.say(&moved(180, "p", "RETURN", 1));
    job.say(&level(1_799, "p", 40));
    job.say(&level(1_800, "p", 70));
    job.finish();
    // 22, 18, 15, 16 and 40: mean 22.2, squares of the distances 424.8.
    let row = at(&job, "inventory_turnover", 0);
    let columns = [
        "avg_stock_level",
        "stock_updates",
        "low_stock_percentage",
        "units_sold",
    ];
    assert_eq!(
        columns.map(|column| row[column].to_string()),
        ["22.2", "5", "60.0", "6"]
    );
    let near = |column: &str, wanted: f64| {
        let value = row[column].as_f64().unwrap();
        assert!((value - wanted).abs() < 1e-9, "{column} {value}");
    };
    near("stock_volatility", (424.8f64 / 4.0).sqrt());
    near("turnover", 6.0 / 22.2);
    assert_eq!(row["window_end"], time(1_800));
}

#[test]
fn one_stock_has_no_deviation_and_nothing_no_turnover() {
    let mut job = inventory(&[]);
    job.say(&level(0, "p", 0));
    job.finish();
    let row = at(&job, "inventory_turnover", 0);
    assert_eq!(row["stock_volatility"], json!(null));
    assert_eq!(row["turnover"], json!(null));
    assert_eq!(row["low_stock_percentage"], 100.0);
    assert_eq!(
        at(&job, "inventory_metrics", 0)["stock_status"],
        "OUT_OF_STOCK"
    );
}

#[test]
fn a_window_is_written_when_the_watermark_passes_its_end() {
    let mut job = inventory(&[]);
    job.say(&level(0, "p", 50));
    // The watermark stays five minutes behind.
    job.say(&level(419, "q", 50));
    assert!(job.table("inventory_metrics").is_empty());
    job.say(&level(420, "q", 50));
    let rows = job.table("inventory_metrics");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["window_end"], time(120));
    assert!(job.say(&level(119, "p", 50)));
}

#[test]
fn windows_are_as_they_are_set() {
    let mut job = inventory(&[
        "window=1m",
        "slide=1m",
        "turnover_window=1h",
        "turnover_slide=1h",
    ]);
    job.say(&level(0, "p", 50));
    job.say(&level(59, "p", 60));
    job.say(&level(60, "p", 70));
    job.finish();
    assert_eq!(job.table("inventory_metrics").len(), 2);
    assert_eq!(job.table("inventory_turnover").len(), 1);
}

/// A row of metrics: product, window, latest, least, most, count.
type Metrics = (String, String, [i64; 4]);

fn metrics(row: &Said) -> Metrics {
    let text = |column: &str| row[column].as_str().unwrap().to_owned();
    let number = |column: &str| row[column].as_i64().unwrap();
    let columns = [
        "latest_stock",
        "min_observed_stock",
        "max_observed_stock",
        "update_count",
    ];
    (
        text("product_id"),
        text("window_start"),
        columns.map(number),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the order within the patience and the restarts.
    #[test]
    fn windows_are_those_of_the_sorted_events(
        events in proptest::collection::vec(model::event(), 1..80),
        restart_each in 1usize..30,
    ) {
        // Equal times have a test of their own.
        let mut times = HashSet::new();
        let mut events = events;
        events.retain(|event| times.insert((event.product, event.time)));
        let mut arrived = events.clone();
        arrived.sort_by_key(|event| event.time + event.delay);
        let mut job = inventory(&[]);
        for (number, event) in arrived.iter().enumerate() {
            prop_assert!(!job.say(&event.json()));
            if number % restart_each == 0 {
                job.restart();
            }
        }
        job.finish();
        let mut found: Vec<_> = job.table("inventory_metrics").iter().map(metrics).collect();
        found.sort_unstable();
        let wanted = model::windows(&events, 600, 120).into_iter();
        let mut wanted: Vec<Metrics> = wanted
            .map(|(product, start, (stocks, _))| {
                let (least, most) = (stocks.iter().min(), stocks.iter().max());
                let last = stocks[stocks.len() - 1];
                (product, start, [last, *least.unwrap(), *most.unwrap(), stocks.len() as i64])
            })
            .collect();
        wanted.sort_unstable();
        prop_assert_eq!(found, wanted);

        let mut found = job.table("inventory_turnover");
        found.sort_by_key(|row| (row["product_id"].to_string(), row["window_start"].to_string()));
        let mut wanted = model::windows(&events, 1_800, 300);
        wanted.sort_unstable();
        prop_assert_eq!(found.len(), wanted.len());
        for (row, (product, start, (stocks, sold))) in found.iter().zip(&wanted) {
            prop_assert_eq!(&row["product_id"], product);
            prop_assert_eq!(&row["window_start"], start);
            prop_assert_eq!(&row["units_sold"], *sold);
            prop_assert_eq!(&row["stock_updates"], stocks.len());
            let count = stocks.len() as f64;
            let mean = stocks.iter().sum::<i64>() as f64 / count;
            let low = stocks.iter().filter(|stock| **stock <= 20).count() as f64 / count * 100.0;
            let squares: f64 = stocks.iter().map(|s| (*s as f64 - mean).powi(2)).sum();
            let near = |column: &str, wanted: Option<f64>, by: f64| match wanted {
                None => row[column].is_null(),
                Some(wanted) => row[column].as_f64().is_some_and(|v| (v - wanted).abs() <= by),
            };
            prop_assert!(near("avg_stock_level", Some(mean), 0.000_051), "{:?} {}", row, mean);
            prop_assert!(near("low_stock_percentage", Some(low), 0.000_051), "{:?} {}", row, low);
            let deviation = (stocks.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
            prop_assert!(near("stock_volatility", deviation, 1e-6), "{:?} {:?}", row, deviation);
            let turnover = (mean > 0.0).then(|| *sold as f64 / mean);
            prop_assert!(near("turnover", turnover, 1e-6), "{:?} {:?}", row, turnover);
        }
    }
}
