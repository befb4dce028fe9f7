//! A stream whose output and checkpoint are on HDFS or S3, killed at random moments, writes what
//! an undisturbed local one does.
//!
//! `RETAIL_KILLS` says how often, `RETAIL_SEED` repeats a run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::common::Shop;
use crate::common::chance::Chance;
use crate::common::figures::{assert_adds_up, classic, rows};
use crate::place::{Place, on_both};

on_both! {
    a_stream_killed_again_and_again_writes_what_an_undisturbed_one_does
}

/// The text of JSON lines in a folder, file after file.
fn lines(tree: &BTreeMap<String, Vec<u8>>, folder: &str) -> String {
    let parts = tree.iter().filter(|(name, _)| name.starts_with(folder));
    parts
        .map(|(_, bytes)| String::from_utf8_lossy(bytes))
        .collect()
}

/// The figures of a summary but those of the run itself.
fn figures(summary: &Value) -> Value {
    let mut figures = summary.clone();
    let all = figures.as_object_mut().unwrap();
    for name in ["seconds", "rows_per_second", "mapping"] {
        all.remove(name).unwrap();
    }
    figures
}

fn a_stream_killed_again_and_again_writes_what_an_undisturbed_one_does(place: &Place) {
    let mut chance = Chance::new(14);
    let shop = Shop::new();
    classic(&shop);
    let mut odd = "order_id,order_time,product,amount\n".to_owned();
    for i in 0..40 {
        odd.push_str(&format!(
            "{i},never,Tea,1.00\n{i},2024-12-0{}T00:00:00,Tea,2\n",
            1 + i % 9
        ));
    }
    shop.write("data/input/retail_2025-01-07b.csv", odd);
    let common = ["stream", "--order", "file", "--dedup", "order_id"];
    let local = ["--rate", "0", "--output", "out", "--checkpoint", "check"];
    let undisturbed = shop.json(&[&common[..], &local].concat());
    let (output, checkpoint) = (place.at("stream"), place.at("check"));
    let far = ["--output", &output, "--checkpoint", &checkpoint];
    let kills: u64 = std::env::var("RETAIL_KILLS").map_or(12, |kills| kills.parse().unwrap());
    // So fast that the input outlasts the kills.
    let rate = (1008 / (kills * 3)).clamp(1, 100).to_string();
    let slow = ["--rate", &rate, "--commit-interval", "200ms"];
    let args = [&common[..], &far, &slow].concat();
    for _ in 0..kills {
        let mut run = place.start(&shop, &args);
        let ended = run.ends_within(Duration::from_millis(300 + chance.below(2500)));
        assert!(!ended, "{:?}", run.end());
        if chance.below(4) == 0 {
            // Some die while they drain.
            run.signal("TERM");
            if run.ends_within(Duration::from_millis(chance.below(400))) {
                continue;
            }
        }
        run.kill();
    }
    let summary = place.json(&shop, &[&common[..], &far, &["--rate", "0"]].concat());
    assert_eq!(figures(&summary), figures(&undisturbed));
    assert_adds_up(&summary, 4);
    assert!(rows(&place.copy(&shop, "stream")) == rows(&shop.path("out")));
    let (far, near) = (place.tree(&shop, "stream"), shop.tree("out"));
    for folder in ["_rejects/", "_late/"] {
        assert!(!lines(&near, folder).is_empty());
        assert_eq!(lines(&far, folder), lines(&near, folder));
    }
    let checkpoint = place.tree(&shop, "check");
    let all = far.keys().chain(checkpoint.keys());
    let unfinished: Vec<_> = all.filter(|name| name.ends_with(".tmp")).collect();
    assert!(unfinished.is_empty(), "{unfinished:?}");
}
