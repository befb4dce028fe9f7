//! Orders from tills.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::common::Shop;
use crate::lines::{START, cents, distinct, fields, lines, make, stated, stated_by_name, text};
use crate::lines::{truth, whole};

/// Seconds of January 2025 of `01/31/2025, 10:00:00`.
fn second(time: &str) -> i64 {
    let number = |from: usize, to: usize| time[from..to].parse::<i64>().expect("digits");
    assert_eq!((&time[..3], &time[5..12]), ("01/", "/2025, "), "{time}");
    (number(3, 5) * 24 + number(12, 14)) * 3600 + number(15, 17) * 60 + number(18, 20)
}

fn states(shop: &Shop) -> HashMap<i64, String> {
    let file = shop.read("data/master/orders/customers.csv");
    let mut rows = file.lines();
    assert_eq!(rows.next(), Some("customer_id,state"));
    rows.map(|row| row.split_once(',').expect("two columns"))
        .map(|(id, state)| (id.parse().expect("a number"), state.to_owned()))
        .collect()
}

fn assert_true(shop: &Shop, truth: &Value) {
    let states = states(shop);
    let mut sums: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    let (mut all, mut units) = (0, 0);
    let (events, ..) = distinct(&lines(shop, "orders", "Order"), "created_at");
    for order in &events {
        let (pieces, total) = (whole(order, "quantity"), cents(order, "total"));
        assert!((1..=100).contains(&pieces));
        assert_eq!(total, pieces * 30_000);
        let state = states[&whole(order, "customer_id")].clone();
        let source = sums.entry(text(order, "source").to_owned()).or_default();
        *source.entry(state).or_default() += total;
        all += total;
        units += pieces;
    }
    assert_eq!(stated(&truth["revenue"]), all);
    assert_eq!(truth["units"], json!(units));
    let stated = truth["orders"]["by_source_state"].as_object().unwrap();
    let stated: BTreeMap<_, _> = stated
        .iter()
        .map(|(source, sums)| (source.clone(), stated_by_name(sums)))
        .collect();
    assert_eq!(stated, sums);
}

#[test]
fn the_truth_can_be_computed_from_the_lines() {
    let shop = Shop::new();
    let truth = make(&shop, "orders", &["--duration", "2h"]);
    assert_true(&shop, &truth);
    let lines = lines(&shop, "orders", "Order");
    let names = ["customer_id", "source", "quantity", "total", "created_at"];
    assert_eq!(fields(&lines[0]), names);
    assert!(lines[0].contains(".0,\"created_at\""), "{}", lines[0]);
    let (orders, ..) = distinct(&lines, "created_at");
    // One in five seconds.
    assert!((1_439..=1_441).contains(&orders.len()), "{}", orders.len());
    for pair in orders.windows(2) {
        let [a, b] = [&pair[0], &pair[1]].map(|order| second(text(order, "created_at")));
        assert!((1..=11).contains(&(b - a)), "{pair:?}");
    }
    assert!(
        orders
            .iter()
            .all(|order| (1..=16).contains(&whole(order, "customer_id")))
    );
    let known = states(&shop);
    let expected = [
        (1, "CA"),
        (3, "CA"),
        (5, "TX"),
        (8, "NY"),
        (12, "KS"),
        (17, "KY"),
    ];
    for (customer, state) in expected {
        assert_eq!(known[&customer], state);
    }
    assert_eq!(known.len(), 17);
}

#[test]
fn many_customers_and_faults() {
    let shop = Shop::new();
    let size = ["--customers", "1000", "--rate", "10", "--duration", "10m"];
    let faults = ["--malformed", "0.1", "--duplicates", "0.1", "--late", "0.1"];
    let truth = make(&shop, "orders", &[&size[..], &faults].concat());
    assert_eq!(truth["events"], json!(6_000));
    assert_true(&shop, &truth);
    assert_eq!(states(&shop).len(), 1_000);
}

#[test]
fn csv_says_the_same() {
    let shop = Shop::new();
    let args = ["--duration", "1h", "--rate", "1", "--malformed", "0.1"];
    make(&shop, "orders", &args);
    let (json, ..) = distinct(&lines(&shop, "orders", "Order"), "created_at");
    let before = truth(&shop, "orders");
    make(&shop, "orders", &[&args[..], &["--format", "csv"]].concat());
    assert_eq!(truth(&shop, "orders"), before);
    assert!(
        !shop
            .path("data/worlds/orders/Order/part-00000.jsonl")
            .exists()
    );
    let file = shop.read("data/worlds/orders/Order/part-00000.csv");
    let mut rows = file.lines();
    assert_eq!(
        rows.next(),
        Some("customer_id,source,quantity,total,created_at")
    );
    let good: Vec<_> = rows.filter(|row| !row.ends_with("unknown")).collect();
    let expected: Vec<_> = json
        .iter()
        .map(|order| {
            format!(
                "{},{},{},{}.0,\"{}\"",
                whole(order, "customer_id"),
                text(order, "source"),
                whole(order, "quantity"),
                cents(order, "total") / 100,
                text(order, "created_at")
            )
        })
        .collect();
    assert_eq!(good, expected);
    let stdout = [
        "generate", "--world", "orders", "--start", START, "--output", "-", "--format", "csv",
    ];
    let output = shop.run(&[&stdout[..], &args].concat());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), file);
}
