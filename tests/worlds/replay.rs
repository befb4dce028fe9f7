//! The files of worlds, played.

use std::collections::HashMap;

use serde_json::Value;

use crate::common::{Shop, stderr};
use crate::lines::{lines, make, micros, text};

/// What `replay --world` writes to stdout, as fast as it can.
fn played(shop: &Shop, world: &str, more: &[&str]) -> Vec<String> {
    let args = ["replay", "--world", world, "--rate", "0"];
    let output = shop.run(&[&args[..], more].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(str::to_owned).collect()
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_default()
}

#[test]
fn topics_are_merged_by_time() {
    let shop = Shop::new();
    let size = ["--products", "100", "--rate", "50", "--duration", "5m"];
    let faults = [
        "--late",
        "0.1",
        "--duplicates",
        "0.05",
        "--malformed",
        "0.05",
    ];
    make(&shop, "globalmart", &[&size[..], &faults].concat());
    let found = played(&shop, "globalmart", &[]);
    let topics = ["transactions", "product_views", "cart_events"];
    let mut all: Vec<_> = topics
        .iter()
        .flat_map(|topic| lines(&shop, "globalmart", topic))
        .collect();
    let mut sorted = found.clone();
    all.sort();
    // What is no JSON at all comes as a text.
    let plain = |line: &String| match serde_json::from_str::<String>(line) {
        Ok(text) => text,
        Err(_) => line.clone(),
    };
    sorted = sorted.iter().map(plain).collect();
    sorted.sort();
    assert_eq!(sorted, all);
    let times: Vec<_> = found
        .iter()
        .filter_map(|line| json(line)["timestamp"].as_str().map(str::to_owned))
        .filter(|time| time != "unknown")
        .collect();
    assert!(times.is_sorted() && times.len() > 14_000);
}

#[test]
fn in_file_order_late_events_stay_late() {
    let shop = Shop::new();
    let size = ["--products", "100", "--rate", "50", "--duration", "5m"];
    make(
        &shop,
        "globalmart",
        &[&size[..], &["--late", "0.1"]].concat(),
    );
    let found = played(&shop, "globalmart", &["--order", "file"]);
    let fields = [
        ("transactions", "products"),
        ("product_views", "duration_seconds"),
        ("cart_events", "action"),
    ];
    for (topic, field) in fields {
        let of = found.iter().filter(|line| !json(line)[field].is_null());
        let of: Vec<_> = of.cloned().collect();
        assert_eq!(of, lines(&shop, "globalmart", topic), "{topic}");
    }
    // All topics together, and none before the other has come as far.
    let (mut reached, mut late) = (0, 0);
    for line in &found {
        let time = micros(text(&json(line), "timestamp"));
        late += u32::from(time < reached);
        assert!(reached - time < 60_000_000, "{line}");
        reached = reached.max(time);
    }
    assert!((1_200..1_800).contains(&late), "{late} of 15000");
}

#[test]
fn a_sale_comes_before_its_stock() {
    let shop = Shop::new();
    make(&shop, "inventory", &["--rate", "50"]);
    let found = played(&shop, "inventory", &[]);
    assert_eq!(found.len(), 30_000);
    let mut sold = HashMap::new();
    for line in &found {
        let event = json(line);
        let place = (
            text(&event, "store_id").to_owned(),
            text(&event, "product_id").to_owned(),
        );
        match event["sale_timestamp"].as_str() {
            Some(time) => assert_eq!(sold.insert(place, time.to_owned()), None),
            None => {
                let time = sold.remove(&place);
                assert!(time.is_none_or(|time| time == text(&event, "update_timestamp")));
            }
        }
    }
    assert_eq!(sold.len(), 0);
}

#[test]
fn orders_are_moved_on_in_a_loop() {
    let shop = Shop::new();
    make(&shop, "orders", &["--duration", "1m"]);
    let first = lines(&shop, "orders", "Order");
    let args = ["replay", "--world", "orders", "--rate", "0", "--loop"];
    let mut run = shop.start(&args);
    let reader = std::io::BufReader::new(run.stdout());
    let found = std::io::BufRead::lines(reader).take(first.len() * 2);
    let found: Vec<String> = found.map(|line| line.expect("a line")).collect();
    run.kill();
    for (before, after) in first.iter().zip(&found[first.len()..]) {
        let (mut before, after) = (json(before), json(after));
        let moved = text(&before, "created_at").replace("01/01/2025", "01/02/2025");
        before["created_at"] = moved.into();
        before["lap"] = "1".into();
        assert_eq!(after, before);
    }
}

#[test]
fn csv_orders_are_events_too() {
    let shop = Shop::new();
    make(&shop, "orders", &["--duration", "5m", "--format", "csv"]);
    let found = played(&shop, "orders", &["--input", "data/worlds/orders"]);
    assert_eq!(found.len(), 60);
    let event = json(&found[0]);
    assert!(text(&event, "event_time").starts_with("2025-01-01T10:0"));
}

#[test]
fn what_is_no_world_is_refused() {
    let shop = Shop::new();
    shop.write("data/worlds/orders/notes/a.jsonl", "{}");
    let error = shop.fail(&["replay", "--world", "orders"], 1);
    assert!(
        error.contains("data/worlds/orders") && error.contains("Order"),
        "{error}"
    );
    let error = shop.fail(&["replay", "--world", "orders", "--topic", "x"], 2);
    assert!(error.contains("--topic-prefix"), "{error}");
    let error = shop.fail(&["replay", "--topic-prefix", "x"], 2);
    assert!(error.contains("--world"), "{error}");
    let error = shop.fail(&["replay", "--world", "orders", "--topic-prefix", "x"], 2);
    assert!(error.contains("--brokers"), "{error}");
}
