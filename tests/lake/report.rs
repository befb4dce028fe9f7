//! The daily report of results on HDFS and S3, written there.

use serde_json::Value;

use crate::common::Shop;
use crate::place::{Place, on_both};

on_both! {
    a_report_is_that_of_a_local_run
}

/// The report without what differs from run to run and place to place.
fn told(text: &[u8]) -> Value {
    let mut report: Value = serde_json::from_slice(text).unwrap();
    for name in ["basis", "processing_timestamp"] {
        assert!(!report[name].is_null());
        report[name] = Value::Null;
    }
    report
}

fn a_report_is_that_of_a_local_run(place: &Place) {
    let shop = Shop::new();
    let made = "generate --days 12 --start-date 2025-01-06 --transactions-per-day 40";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    let batch = ["batch", "--analysis", "daily_kpis,trends"];
    shop.json(&batch);
    let output = place.at("out");
    place.json(&shop, &[&batch[..], &["--output", &output]].concat());
    let json = ["report", "--date", "2025-01-14", "--format", "json"];
    let here = shop.run(&json).stdout;
    let there = place.done(&shop, &[&json[..], &["--output", &output]].concat());
    assert_eq!(told(&there), told(&here));
    assert_eq!(
        told(&here)["missing"].as_object().unwrap().len(),
        1,
        "the stock"
    );

    // The page goes there as well, replaces itself, and nothing is left beside it.
    let page = [
        "report",
        "--output",
        &output,
        "--to",
        &place.at("pages/day.html"),
    ];
    for _ in 0..2 {
        place.done(&shop, &page);
    }
    let printed = place.done(&shop, &["report", "--output", &output]);
    let written = place.tree(&shop, "pages");
    assert_eq!(
        written.into_iter().collect::<Vec<_>>(),
        [("day.html".to_owned(), printed)]
    );
}
