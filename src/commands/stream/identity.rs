//! What decides the result of a stream.

use serde_json::{Map, Value, json};

use super::args::{Choice, StreamArgs};
use crate::stream::window::Shape;

fn source_name(choice: &Choice) -> &'static str {
    match choice {
        Choice::Files => "files",
        Choice::Stdin => "stdin",
        Choice::Kafka(_) | Choice::Demo(_) => "kafka",
    }
}

/// Seconds, whole where they are.
fn seconds(micros: i64) -> Value {
    match micros % 1_000_000 {
        0 => json!(micros / 1_000_000),
        _ => json!(micros as f64 / 1e6),
    }
}

/// What must be the same to go on: whatever changes figures.
pub(super) fn identity(args: &StreamArgs, choice: &Choice, shape: &Shape) -> Map<String, Value> {
    let mut settings = args.cleaning.settings();
    let mut put = |name: &str, value: Value| settings.insert(name.to_owned(), value);
    put("source", json!(source_name(choice)));
    match choice {
        Choice::Kafka(topic) | Choice::Demo(topic) => {
            let jump = args.max_event_jump.as_secs_f64();
            put("max_event_jump_seconds", json!(jump));
            put("topic", json!(topic.name))
        }
        Choice::Files => put("order", json!(args.order().name())),
        Choice::Stdin => None,
    };
    put("window_seconds", seconds(shape.size));
    put("slide_seconds", seconds(shape.slide));
    put("watermark_seconds", seconds(shape.patience));
    if !args.cleaning.dedup.is_empty() {
        let horizon = i64::try_from(args.dedup_horizon.as_micros()).unwrap_or(i64::MAX);
        put("dedup_horizon_seconds", seconds(horizon));
    }
    settings
}

/// What decides the result, for whoever proves it later.
pub(super) fn settings(args: &StreamArgs, choice: &Choice, shape: &Shape) -> Map<String, Value> {
    let mut settings = identity(args, choice, shape);
    // Paths of inputs are relative to it.
    settings.insert("working_folder".into(), json!(std::env::current_dir().ok()));
    if matches!(choice, Choice::Files | Choice::Demo(_)) {
        settings.insert("input".into(), json!(args.input));
    }
    settings
}
