//! What decides the result of a stream.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::args::{Choice, StreamArgs};
use crate::stream::jobs::setup::Setup;

fn source_name(choice: &Choice) -> &'static str {
    match choice {
        Choice::Files => "files",
        Choice::Stdin => "stdin",
        Choice::Kafka(_) | Choice::Demo(_) => "kafka",
    }
}

/// Seconds, whole where they are.
fn seconds(duration: Duration) -> Value {
    match duration.subsec_nanos() {
        0 => json!(duration.as_secs()),
        _ => json!(duration.as_secs_f64()),
    }
}

/// What must be the same to go on: whatever changes figures.
pub(super) fn identity(args: &StreamArgs, choice: &Choice) -> Map<String, Value> {
    let mut settings = args.cleaning.settings();
    let mut put = |name: &str, value: Value| settings.insert(name.to_owned(), value);
    put("job", json!("windows"));
    put("source", json!(source_name(choice)));
    match choice {
        Choice::Kafka(topic) | Choice::Demo(topic) => {
            put("max_event_jump_seconds", seconds(args.max_event_jump));
            put("topic", json!(topic.name))
        }
        Choice::Files => put("order", json!(args.order().name())),
        Choice::Stdin => None,
    };
    put("window_seconds", seconds(args.window));
    put("slide_seconds", seconds(args.slide));
    put("watermark_seconds", seconds(args.watermark));
    if !args.cleaning.dedup.is_empty() {
        put("dedup_horizon_seconds", seconds(args.dedup_horizon));
    }
    settings
}

/// The same of an archive: what is in it, and where.
pub(super) fn of_archive(args: &StreamArgs, choice: &Choice) -> Map<String, Value> {
    let mut settings = match choice {
        Choice::Files => args.cleaning.settings(),
        Choice::Kafka(_) | Choice::Demo(_) | Choice::Stdin => Map::new(),
    };
    let mut put = |name: &str, value: Value| settings.insert(name.to_owned(), value);
    put("job", json!("archive"));
    put("source", json!(source_name(choice)));
    match choice {
        Choice::Kafka(topic) | Choice::Demo(topic) => put("topic", json!(topic.name)),
        Choice::Files => put("order", json!(args.order().name())),
        Choice::Stdin => None,
    };
    settings
}

/// The same of jobs, with what each was told, and the files that it read when it was made.
pub(super) fn of_jobs(
    args: &StreamArgs,
    choice: &Choice,
    setups: &[(&str, Setup)],
) -> Map<String, Value> {
    let mut settings = args.cleaning.settings();
    let mut put = |name: &str, value: Value| settings.insert(name.to_owned(), value);
    let names: Vec<_> = setups.iter().map(|(name, _)| *name).collect();
    put("job", json!(names));
    put("source", json!(source_name(choice)));
    match choice {
        Choice::Kafka(topic) | Choice::Demo(topic) => {
            put("max_event_jump_seconds", seconds(args.max_event_jump));
            put("topic", json!(topic.name))
        }
        Choice::Files => put("order", json!(args.order().name())),
        Choice::Stdin => None,
    };
    for (name, setup) in setups {
        let watermark = setup.patience as f64 / 1e6;
        let mut told = json!({"watermark_seconds": watermark, "set": setup.values()});
        let files = setup.files();
        if !files.is_empty() {
            told["files"] = json!(files);
        }
        put(name, told);
    }
    if !args.cleaning.dedup.is_empty() {
        put("dedup_horizon_seconds", seconds(args.dedup_horizon));
    }
    settings
}

/// What decides the result, for whoever proves it later, beside `identity`.
pub(super) fn settings(
    args: &StreamArgs,
    choice: &Choice,
    identity: &Map<String, Value>,
) -> Map<String, Value> {
    let mut settings = identity.clone();
    // Paths of inputs are relative to it.
    settings.insert("working_folder".into(), json!(std::env::current_dir().ok()));
    if matches!(choice, Choice::Files | Choice::Demo(_)) {
        settings.insert("input".into(), json!(args.input));
    }
    settings
}
