//! The events of a world in the order in which a network might bring them.

use std::fs;

use chrono::NaiveDateTime;
use serde_json::Value;

use crate::common::Shop;
use crate::common::chance::Chance;

/// All lines of `events`, each late by less than so many seconds, one of twenty twice; and how many
/// came twice.
pub fn shuffled(shop: &Shop, late: i64, seed: u64) -> (String, usize) {
    let mut chance = Chance::new(seed);
    let mut lines = Vec::new();
    for topic in fs::read_dir(shop.path("events")).expect("topics") {
        let topic = topic.expect("a topic").path();
        for part in topic
            .is_dir()
            .then(|| fs::read_dir(topic))
            .into_iter()
            .flatten()
            .flatten()
        {
            let text = fs::read_to_string(part.expect("a file").path()).expect("lines");
            lines.extend(text.lines().map(|line| {
                let event: Value = serde_json::from_str(line).expect("an event");
                let time: NaiveDateTime = event["timestamp"]
                    .as_str()
                    .expect("a time")
                    .parse()
                    .expect("a time");
                (time.and_utc().timestamp_micros(), line.to_owned())
            }));
        }
    }
    lines.sort();
    let twice: Vec<_> = lines
        .iter()
        .filter(|_| chance.below(20) == 0)
        .cloned()
        .collect();
    let count = twice.len();
    lines.extend(twice);
    for (time, _) in &mut lines {
        *time += chance.between(0, late * 1_000_000);
    }
    lines.sort();
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line + "\n").collect();
    (lines.concat(), count)
}
