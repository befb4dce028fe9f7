//! A second start on the same checkpoint: what goes on, and what is refused.

use std::fs;
use std::time::Duration;

use crate::common::Shop;
use crate::common::figures::{CHECKPOINT, OUTPUT, count, wait_for};
use crate::model::{HOUR, Line, Model, csv, lines};
use crate::{assert_as_model, in_file_order, play, told};

pub const START: i64 = 1_735_689_600;
pub const END: [&str; 4] = ["stream", "--rate", "0", "--until-end"];

pub fn sales(seed: u64, start: i64) -> Vec<Line> {
    lines(
        &mut crate::common::chance::Chance::new(seed),
        300,
        start,
        120,
        3000,
    )
}

/// A shop whose stream has ended over two files; and what it streamed.
pub fn ended() -> (Shop, Vec<Line>) {
    let shop = Shop::new();
    let all = sales(1, START);
    shop.write("data/input/b.csv", csv(&all[..200], 0));
    shop.write("data/input/c.csv", csv(&all[200..], 200));
    in_file_order(&shop, &[]);
    (shop, all)
}

/// A start with `options` must be refused by one line with these parts, and change nothing.
pub fn refused(shop: &Shop, options: &[&str], parts: &[&str]) {
    let state = || (shop.tree(OUTPUT), shop.tree(CHECKPOINT));
    let before = state();
    let error = shop.fail(&[&END[..], options].concat(), 1);
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
    assert!(state() == before, "{error}");
}

#[test]
fn a_run_that_had_ended_adds_nothing() {
    let (shop, all) = ended();
    let before = shop.tree(OUTPUT);
    let late = told(&shop, "_late").len();
    assert!(late > 0);
    for _ in 0..2 {
        let summary = in_file_order(&shop, &[]);
        assert_as_model(&shop, &summary, &Model::of(HOUR, &all), 4);
        assert_eq!(told(&shop, "_late").len(), late);
        let mut after = shop.tree(OUTPUT);
        // It tells when it was made.
        after.insert("_open.json".into(), before["_open.json"].clone());
        assert!(after == before);
    }
}

#[test]
fn a_new_file_is_a_pass_of_its_own() {
    let (shop, all) = ended();
    // Half of it lies before the end of what has been closed: late, as §1 has it.
    let more = sales(2, START + 250 * 120);
    shop.write("data/input/d.csv", csv(&more, 300));
    let summary = in_file_order(&shop, &[]);
    assert_eq!(count(&summary, "read"), 600, "{summary}");
    // At the end the watermark was at least the end of the last window.
    let first = Model::of(HOUR, &all);
    let last = first.rows().iter().map(|row| row.3).max().unwrap() / 1_000_000;
    let mut model = first;
    let mark = Line {
        time: last + HOUR.patience,
        product: String::new(),
        kind: crate::model::Kind::Restock,
        amount: 0,
    };
    model.take(&mark);
    more.iter().for_each(|line| model.take(line));
    assert_as_model(&shop, &summary, &model, 4);
    // And a third time, with a file beside the others in a folder below.
    shop.write("data/input/e/a.csv", csv(&[], 0));
    assert_eq!(count(&in_file_order(&shop, &[]), "read"), 600);
}

#[test]
fn a_file_that_sorts_before_is_refused() {
    let (shop, _) = ended();
    shop.write("data/input/a.csv", csv(&sales(2, START), 300));
    let parts = ["data/input/a.csv", "data/input/b.csv", "--fresh"];
    refused(&shop, &["--order", "file"], &parts);
}

#[test]
fn a_changed_or_missing_file_is_refused() {
    let (shop, all) = ended();
    let order = ["--order", "file"];
    // Of the same length, too.
    let changed = csv(&all[..200], 0).replacen("SALE", "SALe", 1);
    shop.write("data/input/b.csv", changed);
    refused(&shop, &order, &["data/input/b.csv", "changed", "--fresh"]);
    shop.write("data/input/b.csv", csv(&all[..199], 0));
    refused(&shop, &order, &["data/input/b.csv", "changed", "--fresh"]);
    fs::remove_file(shop.path("data/input/b.csv")).unwrap();
    refused(&shop, &order, &["data/input/b.csv", "gone", "--fresh"]);
    // The same content again is the same file.
    shop.write("data/input/b.csv", csv(&all[..200], 0));
    assert_eq!(count(&in_file_order(&shop, &[]), "read"), 300);
}

#[test]
fn what_decides_figures_must_be_the_same() {
    let (shop, _) = ended();
    let file: &[&str] = &["--order", "file"];
    for (options, name) in [
        (&["--window", "2h"][..], "window"),
        (&["--slide", "30m"], "slide"),
        (&["--watermark", "1m"], "watermark"),
        (&["--dedup", "order_id"], "dedup"),
        (&["--date-format", "%d-%b-%Y"], "date_format"),
        (&["--map", "product=product"], "map"),
        (&["--decimal-comma"], "decimal_comma"),
    ] {
        refused(
            &shop,
            &[file, options].concat(),
            &[name, "--fresh", CHECKPOINT],
        );
    }
    refused(&shop, &[], &["order", "--fresh"]);
    refused(&shop, &["--shuffle"], &["order", "--fresh"]);
    // What does not decide them may differ.
    let other = ["--commit-interval", "5ms", "--idle", "1s"];
    in_file_order(&shop, &other);
}

#[test]
fn the_horizon_of_keys_decides_figures_too() {
    let shop = Shop::new();
    shop.write("data/input/a.csv", csv(&sales(1, START), 0));
    play(&shop, &["--dedup", "order_id"]);
    refused(
        &shop,
        &["--dedup", "order_id", "--dedup-horizon", "1h"],
        &["dedup", "--fresh"],
    );
}

#[test]
fn a_loop_goes_on_with_the_files_it_began_with() {
    let shop = Shop::new();
    let all = sales(1, START);
    shop.write("data/input/a.csv", csv(&all[..50], 0));
    let drain = |above: u64| {
        let mut run = shop.start(&["--json", "stream", "--loop", "--rate", "1000"]);
        wait_for(&shop.path(OUTPUT), Duration::from_secs(20), |view| {
            count(view, "read") > above
        });
        run.signal("INT");
        let ended = run.end();
        let summary: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
        (count(&summary, "read"), crate::stderr(&ended))
    };
    let (read, _) = drain(120);
    shop.write("data/input/b.csv", csv(&all[50..], 50));
    let (more, told) = drain(read + 120);
    assert!(more > read);
    assert!(told.contains("1 new file"), "{told}");
    // And ends with those that came since.
    let summary = play(&shop, &[]);
    assert!(summary["ended"].as_bool().unwrap(), "{summary}");
    let laps = count(&summary, "read").checked_sub(250).unwrap();
    assert_eq!(
        laps % 50,
        0,
        "whole laps of the first file and one pass of the second"
    );
}
