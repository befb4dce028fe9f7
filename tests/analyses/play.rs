//! A shop of files, all analyses of it, and what the oracle makes of the same files.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::common::Shop;
use crate::common::services::{act, script};

/// Where batch writes, if not told otherwise.
pub const OUTPUT: &str = "data/output";

/// Runs `tests/analyses/NAME` in the folder of the shop: what it prints.
fn python(shop: &Shop, name: &str, args: &[&str]) -> String {
    let venv = act(Command::new(script("pypi")).args(["duckdb", "2.0.0"])).expect("duckdb");
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/analyses")
        .join(name);
    let mut python = Command::new(Path::new(&venv).join("bin/python"));
    python.arg("-B").arg(file).args(args);
    act(python.current_dir(shop.path("."))).expect(name)
}

/// Events of a world, told of the stores, products and customers of `data/master`, in `to`.
pub fn events(shop: &Shop, world: &str, options: &[&str], to: &str) {
    let made = format!("worlds/{world}");
    let generate = ["generate", "--world", world, "--output", &made];
    shop.json(&[&generate, options].concat());
    python(shop, "worlds.py", &[&made, "data/master", to]);
}

/// Computes all analyses: the summary of batch.
pub fn batch(shop: &Shop, options: &[&str]) -> Value {
    shop.json(&[&["batch", "--analysis", "all"], options].concat())
}

/// What the oracle finds, given what batch was given.
pub fn oracle(shop: &Shop, options: &[&str]) -> Value {
    let mut args = vec!["--output", OUTPUT];
    if !options.contains(&"--input") {
        args.extend(["--input", "data/input"]);
    }
    if shop.path("data/master").is_dir() {
        args.extend(["--master", "data/master"]);
    }
    let told = python(shop, "check.py", &[&args, options].concat());
    serde_json::from_str(&told).expect("one object")
}

/// Computes all analyses and holds every row of every table, and every count, against the oracle:
/// the summary of batch.
pub fn assert_right(shop: &Shop, options: &[&str]) -> Value {
    let summary = batch(shop, options);
    let told = oracle(shop, options);
    assert_eq!(told["wrong"], json!({}), "{options:?}: {:#}", told["wrong"]);
    assert_eq!(rows(&summary), told["tables"], "{options:?}");
    for name in ["read", "rejected", "duplicates"] {
        assert_eq!(summary[name], told["counts"][name], "{options:?}: {name}");
    }
    let left_out = summary.get("left_out").cloned();
    let left_out = left_out.unwrap_or_else(|| json!({}));
    assert_eq!(left_out, told["counts"]["left_out"], "{options:?}");
    summary
}

/// How many rows each table has by the summary, as `ANALYSIS/TABLE`.
fn rows(summary: &Value) -> Value {
    let analyses = summary["analyses"].as_object().expect("analyses");
    let mut rows = Map::new();
    for (analysis, outcome) in analyses {
        for (table, count) in outcome["tables"].as_object().into_iter().flatten() {
            rows.insert(format!("{analysis}/{table}"), count.clone());
        }
    }
    Value::Object(rows)
}

/// The file of a table.
pub fn table(shop: &Shop, name: &str) -> PathBuf {
    shop.path(OUTPUT).join("analyses").join(name)
}
