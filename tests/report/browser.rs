//! The page in a real browser: `tests/browser/paper.mjs` drives a headless Chromium.

use std::path::Path;
use std::process::Command;

use crate::common::services::{act, script};
use crate::common::{Shop, skip};

#[test]
fn the_page_fits_screens_phones_and_paper() {
    if let Err(why) = act(&mut Command::new(script("browser"))) {
        skip(&why);
        return;
    }
    let shop = Shop::new();
    let made = "generate --days 45 --start-date 2024-12-01 --transactions-per-day 80";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    shop.json(&["batch", "--analysis", "all"]);
    shop.json(&["report", "--to", "report.html"]);
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/paper.mjs"))
        .arg(shop.path("report.html"))
        .output()
        .unwrap();
    let lines = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{lines}{complaints}");
}
