//! The log of runs on HDFS and S3: the same as here.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::Shop;
use crate::common::figures::classic;
use crate::place::{Place, on_both};

on_both! {
    runs_leave_their_entries
    a_killed_run_is_shown_as_killed
}

/// What `history` shows of the place, the newest first.
fn runs(place: &Place, shop: &Shop) -> Vec<Value> {
    let all = place.at("");
    let told = place.json(shop, &["history", all.trim_end_matches('/')]);
    told["runs"].as_array().unwrap().clone()
}

fn all(runs: &[Value], part: &str) -> Vec<Value> {
    runs.iter().map(|run| run[part].clone()).collect()
}

fn runs_leave_their_entries(place: &Place) {
    let shop = Shop::new();
    classic(&shop);
    let files = shop.tree("data/input").into_iter();
    let files = files.filter(|(name, _)| name.ends_with(".csv"));
    let lines = |text: Vec<u8>| String::from_utf8(text).unwrap().lines().count();
    let sales: usize = files.map(|(_, text)| lines(text) - 1).sum();
    let [input, output] = ["sales/in", "out"].map(|name| place.at(name));
    let made = ["generate", "--days", "1", "--output", &input];
    let rows = place.json(&shop, &made)["rows"].clone();
    place.json(&shop, &["batch", "--output", &output]);
    place.fail(
        &shop,
        &["batch", "--input", &place.at("gone"), "--output", &output],
        1,
    );
    place.fail(
        &shop,
        &["batch", "--delimiter", "ab", "--output", &output],
        2,
    );
    let windows = place.at("windows");
    let checkpoint = place.at("checkpoint");
    let stream = [
        "stream",
        "--rate",
        "0",
        "--output",
        &windows,
        "--checkpoint",
        &checkpoint,
    ];
    place.json(&shop, &stream);
    let told = runs(place, &shop);
    assert_eq!(
        all(&told, "command"),
        ["stream", "batch", "batch", "generate"]
    );
    assert_eq!(all(&told, "outcome"), ["done", "failed", "done", "done"]);
    assert_eq!(all(&told, "output"), [&*windows, &output, &output, &input]);
    assert_eq!(
        all(&told, "rows"),
        [json!(sales), Value::Null, json!(sales), rows.clone()]
    );
    assert_eq!(all(&told, "source"), ["log", "log", "log", "log"]);
    // A log is no input.
    let summed = ["batch", "--input", &place.at("sales")];
    assert_eq!(place.json(&shop, &summed)["read"], rows);
    let proved = place.json(&shop, &["verify", "--output", &output]);
    assert_eq!(proved["equal"], true);
}

fn a_killed_run_is_shown_as_killed(place: &Place) {
    let shop = Shop::new();
    classic(&shop);
    let output = place.at("out");
    place.json(&shop, &["batch", "--output", &output]);
    let later = place.at("later");
    let wait = [
        "batch",
        "--wait-for-input",
        "300s",
        "--input",
        &later,
        "--output",
        &output,
    ];
    let run = place.start(&shop, &wait);
    let began = Instant::now();
    while all(&runs(place, &shop), "outcome") != ["running", "done"] {
        assert!(began.elapsed() < Duration::from_secs(30));
    }
    run.kill();
    assert_eq!(all(&runs(place, &shop), "outcome"), ["killed", "done"]);
}
