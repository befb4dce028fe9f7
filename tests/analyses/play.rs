//! A shop of files, all analyses of it, and what the oracle makes of the same files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::common::Shop;
use crate::common::figures::units;
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

/// The columns of [`sales`].
pub const COLUMNS: &str = "order_id,order_time,store_id,product,quantity,unit_price,amount,\
                           customer_id,category,transaction_type,country";

/// A shop with these sales.
pub fn sales<'a>(rows: impl IntoIterator<Item = &'a str>) -> Shop {
    let shop = Shop::new();
    let rows: Vec<_> = rows.into_iter().collect();
    shop.write(
        "data/input/sales.csv",
        format!("{COLUMNS}\n{}\n", rows.join("\n")),
    );
    shop
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
    let live = summary.get("live").filter(|live| live.is_object());
    for (name, count) in live.and_then(Value::as_object).into_iter().flatten() {
        if name != "accepted" {
            let must = &told["counts"]["live"][name];
            assert_eq!(count, must, "{options:?}: live {name}");
        }
    }
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

/// Asserts that the analysis was skipped, and why.
pub fn assert_skipped(summary: &Value, analysis: &str, why: &str) {
    let told = &summary["analyses"][analysis]["skipped"];
    assert_eq!(told, why, "{analysis}: {summary:#}");
}

/// The rows of a table by its CSV, each by the names of its columns.
pub fn rows_of(shop: &Shop, name: &str) -> Vec<BTreeMap<String, String>> {
    let path = table(shop, &format!("{name}.csv"));
    let mut reader = csv::Reader::from_path(&path).expect("a table");
    let rows = reader.deserialize();
    rows.map(|row| row.expect("a row")).collect()
}

/// The one row whose `column` is `value`.
pub fn row_of(shop: &Shop, name: &str, column: &str, value: &str) -> BTreeMap<String, String> {
    let mut rows = rows_of(shop, name);
    rows.retain(|row| row[column] == value);
    assert_eq!(rows.len(), 1, "{name}: {column} {value}: {rows:#?}");
    rows.remove(0)
}

/// The sum of a column, in units of 1/10,000.
pub fn sum(rows: &[BTreeMap<String, String>], column: &str) -> i128 {
    rows.iter().map(|row| units(&row[column])).sum()
}

/// The file of a table.
pub fn table(shop: &Shop, name: &str) -> PathBuf {
    shop.path(OUTPUT).join("analyses").join(name)
}
