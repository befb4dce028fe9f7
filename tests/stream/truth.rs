//! Batch, stream and the declared truth over a faulty set: equal to the cent.

use std::fs;

use serde_json::Value;

use crate::common::figures::{assert_adds_up, count, money, units};
use crate::common::{Shop, stderr, stdout};
use crate::{in_file_order, play};

const DEDUP: [&str; 2] = ["--dedup", "order_id"];

/// Ten generated days with all kinds of faults, and what they declare.
fn faulty() -> (Shop, Value) {
    let shop = Shop::new();
    let size = [
        "--days",
        "10",
        "--transactions-per-day",
        "200",
        "--start-date",
        "2025-01-01",
    ];
    let faults = [
        "--malformed",
        "0.03",
        "--duplicates",
        "0.04",
        "--late",
        "0.05",
    ];
    shop.json(&[&["generate"], &size[..], &faults].concat());
    let truth = serde_json::from_str(&shop.read("data/input/_truth.json")).unwrap();
    (shop, truth)
}

#[test]
fn verify_finds_batch_stream_and_truth_equal() {
    let (shop, truth) = faulty();
    for fault in ["malformed", "duplicates", "late"] {
        assert!(count(&truth, fault) > 20, "{truth}");
    }
    let batch = shop.json(&[&["batch"], &DEDUP[..]].concat());
    assert_eq!(batch["grand_total"], truth["revenue"]);
    // In event-time order nothing is late, in that of the files what was planted is.
    for in_order in [true, false] {
        let options = [&DEDUP[..], &["--fresh"]].concat();
        let summary = match in_order {
            true => play(&shop, &options),
            false => in_file_order(&shop, &options),
        };
        assert_adds_up(&summary, 4);
        assert_eq!(count(&summary, "read"), count(&truth, "rows"));
        assert_eq!(count(&summary, "accepted"), count(&truth, "valid_rows"));
        assert_eq!(count(&summary, "rejected"), count(&truth, "malformed"));
        assert_eq!(count(&summary, "duplicates"), count(&truth, "duplicates"));
        assert_eq!(summary["accepted_revenue"], truth["revenue"]);
        assert_eq!(summary["rejected_by_reason"], batch["rejected_by_reason"]);
        assert_eq!(count(&summary, "late") == 0, in_order, "{summary}");
        let whole = money(&summary, "written_revenue") + money(&summary, "late_revenue");
        assert_eq!(whole, 4 * units(truth["revenue"].as_str().unwrap()));
        let verified = shop.run(&["verify"]);
        let text = stdout(&verified) + &stderr(&verified);
        assert_eq!(verified.status.code(), Some(0), "{text}");
        // Product by product only where nothing is late.
        assert_eq!(text.contains("not comparable"), !in_order, "{text}");
    }
}

#[test]
fn a_valid_row_that_is_gone_is_found() {
    let (shop, _) = faulty();
    play(&shop, &DEDUP);
    shop.json(&[&["batch"], &DEDUP[..]].concat());
    let name = "data/input/retail_2025-01-04.csv";
    let text = shop.read(name);
    // A sale of that day, whose key stands nowhere else.
    let row = text.lines().skip(1).find(|row| {
        let key = row.split(',').next().unwrap();
        row.contains(",2025-01-04,") && row.contains(",SALE,") && text.matches(key).count() == 1
    });
    let row = format!("{}\n", row.unwrap());
    fs::write(shop.path(name), text.replacen(&row, "", 1)).unwrap();
    let verified = shop.run(&["verify"]);
    assert_eq!(verified.status.code(), Some(3), "{}", stderr(&verified));
    assert!(
        stdout(&verified).contains("2025-01-04"),
        "{}",
        stdout(&verified)
    );
    // The stream does not go on over it either.
    let error = shop.fail(&[&["stream", "--rate", "0"], &DEDUP[..]].concat(), 1);
    assert!(error.contains(name), "{error}");
}
