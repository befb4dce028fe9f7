//! Worlds of events, jobs over them, and what DuckDB makes of the same events.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::services::{act, script};
use crate::common::{Shop, stderr};

/// Where jobs write.
pub const OUTPUT: &str = "data/output/live";

/// Makes the events of a world in `events`; its `_truth.json`.
pub fn world(shop: &Shop, name: &str, options: &[&str]) -> Value {
    let world = ["generate", "--world", name, "--output", "events"];
    shop.json(&[&world, options].concat());
    serde_json::from_str(&shop.read("events/_truth.json")).expect("the truth")
}

/// Runs jobs over `events`, as fast as possible and to their end.
pub fn stream(shop: &Shop, jobs: &str, options: &[&str]) -> Value {
    let stream = [
        "stream",
        "--job",
        jobs,
        "--input",
        "events",
        "--rate",
        "0",
        "--until-end",
    ];
    shop.json(&[&stream, options].concat())
}

/// Runs jobs over the events of a world as they come, through pipes, which is not the order of
/// their times where some are late.
pub fn pipe(shop: &Shop, (name, options): (&str, &[&str]), stream: &[&str]) -> Value {
    let world = ["generate", "--world", name, "--output", "-"];
    let events = shop.run(&[&world, options].concat());
    assert!(events.status.success(), "{}", stderr(&events));
    let args = [&["--json", "stream", "--input", "-"], stream].concat();
    let output = shop.feed(&args, &events.stdout);
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// What `tests/jobs/NAME.py` makes of `events` and of the tables of the jobs.
pub fn oracle(shop: &Shop, name: &str) -> Value {
    let venv = act(Command::new(script("pypi")).args(["duckdb", "1.4.2"])).expect("duckdb");
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/jobs")
        .join(name);
    let mut python = Command::new(Path::new(&venv).join("bin/python"));
    python.arg(file.with_extension("py"));
    let told = act(python.args([shop.path("events"), shop.path(OUTPUT)])).expect(name);
    serde_json::from_str(&told).expect("one object")
}

/// The table that the oracle compared is what it must be, and not empty.
pub fn assert_same(told: &Value, table: &str) -> u64 {
    let of = &told[table];
    assert_eq!(of["missing"], serde_json::json!([]), "{table}: {of}");
    assert_eq!(of["extra"], serde_json::json!([]), "{table}: {of}");
    let rows = of["rows"].as_u64().expect("a count");
    assert!(rows > 0, "{table}");
    rows
}
