//! `--dedup`: a key counts once, within its horizon and lap.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::Shop;
use crate::common::figures::{assert_adds_up, count, money, units, wait_for};
use crate::model::HEADER;
use crate::{in_file_order, output, pipe, play};

/// A file of ids, times and amounts.
pub fn csv(rows: &[(&str, &str, &str)]) -> String {
    let line = |(id, time, amount): &(&str, &str, &str)| format!("{id},{time},Tea,,{amount}\n");
    HEADER.to_owned() + &rows.iter().map(line).collect::<String>()
}

#[test]
fn a_key_counts_once_within_its_horizon() {
    let shop = Shop::new();
    let sales = [
        ("a", "2025-01-01T10:00:00", "1.00"),
        ("a", "2025-01-01T10:05:00", "2.00"),
        ("A", "2025-01-01T10:05:00", "4.00"),
        ("", "2025-01-01T10:05:00", "8.00"),
        ("", "2025-01-01T10:05:00", "8.00"),
        // Moves the watermark to 12:00:00: the key's time + 2 h is reached, not passed.
        ("b", "2025-01-01T12:15:00", "16.00"),
        ("a", "2025-01-01T12:16:00", "32.00"),
        // To 12:00:01: passed.
        ("c", "2025-01-01T12:15:01", "64.00"),
        ("a", "2025-01-01T12:17:00", "128.00"),
        ("a", "2025-01-01T12:18:00", "256.00"),
    ];
    shop.write("data/input/a.csv", csv(&sales));
    let options = ["--dedup", "order_id", "--dedup-horizon", "2h"];
    let summary = in_file_order(&shop, &options);
    assert_eq!(count(&summary, "duplicates"), 3, "{summary}");
    assert_eq!(summary["accepted_revenue"], "229.00");
    assert_adds_up(&summary, 4);
    let summary = pipe(
        &shop,
        csv(&sales).as_bytes(),
        &[&options[..], &["--fresh"]].concat(),
    );
    assert_eq!(summary["accepted_revenue"], "229.00");
    // With a horizon of days, every later "a" falls.
    let summary = in_file_order(&shop, &["--dedup", "order_id", "--fresh"]);
    assert_eq!(count(&summary, "duplicates"), 4);
    assert_eq!(summary["accepted_revenue"], "101.00");
    // And without a key nothing does.
    let summary = in_file_order(&shop, &["--fresh"]);
    assert_eq!(count(&summary, "duplicates"), 0);
    assert_eq!(summary["accepted_revenue"], "519.00");
}

#[test]
fn a_duplicate_does_not_move_the_watermark() {
    let shop = Shop::new();
    let sales = [
        ("a", "2025-01-01T10:00:00", "1.00"),
        ("a", "2025-01-02T10:00:00", "2.00"),
        ("b", "2025-01-01T10:00:00", "4.00"),
    ];
    shop.write("data/input/a.csv", csv(&sales));
    let summary = in_file_order(&shop, &["--dedup", "order_id"]);
    assert_eq!(count(&summary, "duplicates"), 1);
    assert_eq!(count(&summary, "late"), 0);
    assert_eq!(money(&summary, "written_revenue"), 4 * units("5"));
}

#[test]
fn keys_outlive_a_restart() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        csv(&[("a", "2025-01-01T10:00:00", "1.00")]),
    );
    play(&shop, &["--dedup", "order_id"]);
    let more = [
        ("a", "2025-01-01T20:00:00", "2.00"),
        ("b", "2025-01-01T20:00:00", "4.00"),
    ];
    shop.write("data/input/b.csv", csv(&more));
    let summary = play(&shop, &["--dedup", "order_id"]);
    assert_eq!(count(&summary, "duplicates"), 1);
    assert_eq!(summary["accepted_revenue"], "5.00");
}

#[test]
fn the_lap_is_part_of_the_key() {
    let shop = Shop::new();
    let sales = [
        ("a", "2025-01-01T10:00:00", "1.00"),
        ("a", "2025-01-01T11:00:00", "2.00"),
        ("b", "2025-01-01T12:00:00", "4.00"),
    ];
    shop.write("data/input/a.csv", csv(&sales));
    // The horizon spans any number of laps: only the lap tells their keys apart.
    let options = ["--dedup", "order_id", "--dedup-horizon", "10000d"];
    let args = [
        &["--json", "stream", "--loop", "--rate", "300"],
        &options[..],
    ]
    .concat();
    let mut run = shop.start(&args);
    wait_for(&output(&shop), Duration::from_secs(20), |view| {
        count(view, "read") >= 60
    });
    run.signal("INT");
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(130));
    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let laps = count(&summary, "read") / 3;
    let rest = count(&summary, "read") % 3;
    assert!(laps >= 20, "{summary}");
    assert_eq!(count(&summary, "duplicates"), laps + u64::from(rest > 1));
    let expected = i128::from(5 * laps + u64::from(rest > 0)) * 10_000;
    assert_eq!(money(&summary, "accepted_revenue"), expected);
    assert_eq!(summary["laps"], json!(laps), "{summary}");
    assert_adds_up(&summary, 4);
}
