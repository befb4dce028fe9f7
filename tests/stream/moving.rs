//! Input that changes while a loop plays it.

use std::fs;
use std::time::Duration;

use crate::common::Shop;
use crate::common::figures::{OUTPUT, count, wait_for};
use crate::model::HEADER;
use crate::stderr;

const FILE: &str = "data/input/a.csv";

/// Starts a loop over a small file, waits for its third lap, and lets `change` happen: the loop
/// must end by itself, and not go on again over another file.
fn ends_after(order: &str, change: impl Fn(&Shop)) {
    let shop = Shop::new();
    let rows = "1,2025-01-01T10:00:00,Tea,,1.00\n2,2025-01-01T12:00:00,Tea,,2.00\n";
    shop.write(FILE, format!("{HEADER}{rows}"));
    let mut run = shop.start(&["stream", "--loop", "--rate", "50", "--order", order]);
    let read = |view: &serde_json::Value| count(view, "read") > 4;
    wait_for(&shop.path(OUTPUT), Duration::from_secs(20), read);
    change(&shop);
    assert!(
        run.ends_within(Duration::from_secs(5)),
        "{order}: it goes on"
    );
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(1));
    let told = stderr(&ended);
    assert!(told.contains(FILE), "{told}");
    let error = shop.fail(&["stream", "--loop", "--rate", "50", "--order", order], 1);
    assert!(error.contains("data/input"), "{error}");
}

#[test]
fn a_file_that_changes_under_a_loop_ends_it() {
    for order in ["time", "file"] {
        ends_after(order, |shop| {
            let text = shop.read(FILE) + "3,2025-01-01T11:00:00,Tea,,4.00\n";
            shop.write(FILE, text);
        });
        ends_after(order, |shop| fs::remove_file(shop.path(FILE)).unwrap());
    }
}
