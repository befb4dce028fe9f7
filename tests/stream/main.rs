//! `retail stream` on files and stdin: every figure held to the contract's §1.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod again;
mod alone;
mod apart;
mod archive;
mod belongings;
mod damage;
mod ends;
mod fresh;
mod full;
mod keys;
mod killing;
mod kills;
mod live;
mod model;
mod moving;
mod odd_input;
mod shapes;
mod snapshots;
mod stdin;
mod steady;
mod truth;
mod worked;

use std::path::PathBuf;

use serde_json::Value;

use common::figures::{OUTPUT, Row, assert_adds_up, count, money, rows, total};
use common::{Shop, stderr};
use model::Model;

/// Files as fast as possible, to the end.
fn play(shop: &Shop, options: &[&str]) -> Value {
    shop.json(&[&["stream", "--rate", "0", "--until-end"], options].concat())
}

/// The same in the order of the files.
fn in_file_order(shop: &Shop, options: &[&str]) -> Value {
    play(shop, &[&["--order", "file"], options].concat())
}

/// `input` through stdin.
fn pipe(shop: &Shop, input: &[u8], options: &[&str]) -> Value {
    let output = shop.feed(
        &[&["--json", "stream", "--input", "-"], options].concat(),
        input,
    );
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// The folder of closed windows.
fn output(shop: &Shop) -> PathBuf {
    shop.path(OUTPUT)
}

/// The closed windows.
fn written(shop: &Shop) -> Vec<Row> {
    rows(&output(shop))
}

/// A stream that has ended must have written what the model says, and said so.
fn assert_as_model(shop: &Shop, summary: &Value, model: &Model, overlap: i128) {
    let rows = model.rows();
    assert_same(&written(shop), &rows);
    assert_eq!(count(summary, "windows"), rows.len() as u64);
    assert_eq!(count(summary, "late"), model.late);
    for (name, figure) in [
        ("written_revenue", total(&rows)),
        ("open_revenue", 0),
        ("late_revenue", model.late_revenue),
        ("accepted_revenue", model.accepted_revenue),
    ] {
        assert_eq!(money(summary, name), figure, "{name}");
    }
    assert_adds_up(summary, overlap);
    assert_eq!(summary["ended"], true);
}

/// Rows must be these; of thousands, the first that differ are shown.
fn assert_same(found: &[Row], expected: &[Row]) {
    let differ = found.iter().zip(expected).find(|(a, b)| a != b);
    assert_eq!(differ, None, "found and expected");
    assert_eq!(found.len(), expected.len(), "number of rows");
}

/// The JSON lines of a folder of state in the output.
fn told(shop: &Shop, folder: &str) -> Vec<Value> {
    let tree = shop.tree(&format!("{OUTPUT}/{folder}"));
    let text = tree
        .into_values()
        .map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    let parse = |line: &str| serde_json::from_str(line).expect("JSON");
    text.flat_map(|text| text.lines().map(parse).collect::<Vec<Value>>())
        .collect()
}
