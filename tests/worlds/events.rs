//! What all worlds have in common: folders, summaries, and what the commands do with them.

use serde_json::{Value, json};

use crate::common::Shop;
use crate::lines::{START, make, truth};

#[test]
fn a_run_replaces_the_events_of_its_folder_and_nothing_else() {
    let shop = Shop::new();
    let earlier = ["--duration", "60s", "--shape", "generator"];
    make(&shop, "inventory", &earlier);
    shop.write("data/worlds/inventory/notes.txt", "mine");
    shop.write("data/worlds/inventory/other/part-00000.jsonl", "{}");
    make(&shop, "inventory", &["--duration", "30s"]);
    let found: Vec<_> = shop.tree("data/worlds/inventory").into_keys().collect();
    assert_eq!(
        found,
        [
            "_SUCCESS",
            "_truth.json",
            "inventory_events/part-00000.jsonl",
            "notes.txt",
            "other/part-00000.jsonl",
            "sales_events/part-00000.jsonl",
        ]
    );
    assert_eq!(shop.litter(), Vec::<String>::new());
}

#[test]
fn sales_and_worlds_lie_beside_each_other_and_batch_reads_the_sales() {
    let shop = Shop::new();
    make(&shop, "orders", &[]);
    let world = shop.tree("data/worlds/orders");
    shop.json(&["generate", "--days", "2", "--start-date", "2025-01-01"]);
    assert_eq!(shop.tree("data/worlds/orders"), world);
    let days = shop.tree("data/input");
    make(&shop, "orders", &[]);
    assert_eq!(shop.tree("data/input"), days);
    let summary = shop.json(&["batch"]);
    let truth: Value = serde_json::from_str(&shop.read("data/input/_truth.json")).unwrap();
    assert_eq!(summary["read"], truth["rows"]);
    assert_eq!(summary["rejected"], 0);
}

#[test]
fn the_summary_says_what_the_truth_says() {
    let shop = Shop::new();
    let args = ["generate", "--world", "globalmart", "--start", START];
    let more = ["--products", "100", "--rate", "50", "--duplicates", "0.1"];
    let summary = shop.json(&[&args[..], &more, &["--output", "here"]].concat());
    let text = shop.read("here/_truth.json");
    let truth: Value = serde_json::from_str(&text).unwrap();
    for (name, value) in truth.as_object().unwrap() {
        assert_eq!(&summary[name], value, "{name}");
    }
    assert_eq!(summary["command"], json!("generate"));
    assert_eq!(summary["files"], json!(3));
    let (rows, valid) = (&summary["rows"], summary["valid_rows"].as_u64());
    let again = summary["duplicates"].as_u64();
    assert_eq!(rows.as_u64(), Some(valid.unwrap() + again.unwrap()));
    assert_eq!(valid, summary["events"].as_u64());
    let bytes: usize = shop
        .tree("here")
        .iter()
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .map(|(_, bytes)| bytes.len())
        .sum();
    assert_eq!(summary["bytes"], json!(bytes));
    let rules = summary["quality"].as_object().unwrap();
    assert_eq!(rules.len(), 5);
    assert!(rules.values().all(|count| *count == json!(0)));
}

#[test]
fn nothing_happens_in_no_time() {
    let shop = Shop::new();
    for world in ["globalmart", "retail_events", "inventory", "orders"] {
        make(&shop, world, &["--duration", "0s"]);
        let truth = truth(&shop, world);
        assert_eq!(truth["events"], json!(0), "{world}");
        assert_eq!(truth["revenue"], json!("0.00"), "{world}");
        assert_eq!(truth["start"], truth["end"], "{world}");
    }
}

#[test]
fn memory_does_not_grow_with_time() {
    let shop = Shop::new();
    let peak = |duration: &str| {
        let args = ["generate", "--world", "globalmart", "--products", "100"];
        let more = ["--duration", duration, "--late", "0.1"];
        let (output, peak) = shop.start(&[&args[..], &more].concat()).end_with_peak();
        assert!(output.status.success());
        peak
    };
    let (short, long) = (peak("60s"), peak("20m"));
    assert!(long < short + 40_000, "{short} KiB, then {long} KiB");
}
