//! `retail replay` to stdout: every row an event, in its order, at its time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod ends;
mod events;
mod laps;
mod order;
mod pace;
mod pipe;

use common::{Shop, stderr, stdout};
use serde_json::Value;

/// What a replay as fast as possible writes, line by line.
fn lines(shop: &Shop, options: &[&str]) -> Vec<String> {
    let output = shop.run(&[&["replay", "--rate", "0"], options].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

/// The same as JSON.
fn events(shop: &Shop, options: &[&str]) -> Vec<Value> {
    let parse =
        |line: String| serde_json::from_str(&line).unwrap_or_else(|e| panic!("{line}: {e}"));
    lines(shop, options).into_iter().map(parse).collect()
}

/// One field of every event, as text.
fn field(events: &[Value], name: &str) -> Vec<String> {
    let text = |event: &Value| event[name].as_str().unwrap_or("none").to_owned();
    events.iter().map(text).collect()
}
