//! Lines of topics, and what they say.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::Shop;

/// A day from which nothing depends on today.
pub const START: &str = "2025-01-01T10:00:00";

/// Runs a world into `data/worlds/<world>`, and gives its truth.
pub fn make(shop: &Shop, world: &str, more: &[&str]) -> Value {
    let args = ["generate", "--world", world, "--start", START];
    shop.json(&[&args, more].concat());
    truth(shop, world)
}

/// The truth of a world.
pub fn truth(shop: &Shop, world: &str) -> Value {
    let text = shop.read(&format!("data/worlds/{world}/_truth.json"));
    serde_json::from_str(&text).expect("JSON")
}

/// The lines of a topic as they stand.
pub fn lines(shop: &Shop, world: &str, topic: &str) -> Vec<String> {
    let folder = shop.tree(&format!("data/worlds/{world}/{topic}"));
    assert!(!folder.is_empty(), "{world}/{topic}");
    let text = folder.into_values().flat_map(|bytes| {
        let text = String::from_utf8(bytes).expect("text");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    text.collect()
}

/// The events among lines: JSON objects with a time in `field`, each once, as they stand; and
/// how many lines are none, and how many stand again.
pub fn distinct(lines: &[String], field: &str) -> (Vec<Value>, u64, u64) {
    let (mut events, mut broken, mut again) = (Vec::new(), 0, 0);
    let mut seen = std::collections::HashSet::new();
    for line in lines {
        let event = serde_json::from_str::<Value>(line).unwrap_or_default();
        if event[field].as_str().is_none_or(|time| time == "unknown") {
            broken += 1;
        } else if !seen.insert(line) {
            again += 1;
        } else {
            events.push(event);
        }
    }
    (events, broken, again)
}

/// The events of a topic in the order of their times.
pub fn events(shop: &Shop, world: &str, topic: &str, field: &str) -> Vec<Value> {
    let (mut events, ..) = distinct(&lines(shop, world, topic), field);
    events.sort_by(|a, b| text(a, field).cmp(text(b, field)));
    events
}

/// A field that is text.
pub fn text<'v>(event: &'v Value, field: &str) -> &'v str {
    let value = event[field].as_str();
    value.unwrap_or_else(|| panic!("{field} of {event}"))
}

/// A field that is a whole number.
pub fn whole(event: &Value, field: &str) -> i64 {
    let value = event[field].as_i64();
    value.unwrap_or_else(|| panic!("{field} of {event}"))
}

/// A field that is money, in cents.
pub fn cents(event: &Value, field: &str) -> i64 {
    let value = event[field].as_f64();
    let value = value.unwrap_or_else(|| panic!("{field} of {event}"));
    let cents = (value * 100.0).round();
    assert!((cents / 100.0 - value).abs() < 1e-9, "{field} of {event}");
    cents as i64
}

/// Money of a truth, in cents.
pub fn stated(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("money {value}"));
    let (whole, cents) = text.split_once('.').expect("decimals");
    assert_eq!(cents.len(), 2, "{text}");
    format!("{whole}{cents}").parse().expect("a number")
}

/// Money by name of a truth, in cents.
pub fn stated_by_name(value: &Value) -> BTreeMap<String, i64> {
    let map = value.as_object().expect("an object");
    map.iter()
        .map(|(name, value)| (name.clone(), stated(value)))
        .collect()
}

/// Microseconds of `2025-01-01T10:00:00.000000` or with a blank, since 2025 began. Of January.
pub fn micros(time: &str) -> i64 {
    assert!(time.starts_with("2025-01-"), "{time}");
    let number = |from: usize, to: usize| time[from..to].parse::<i64>().expect("digits");
    let seconds =
        (number(8, 10) * 24 + number(11, 13)) * 3600 + number(14, 16) * 60 + number(17, 19);
    let fraction = time.get(20..26).map_or(0, |f| f.parse().expect("digits"));
    seconds * 1_000_000 + fraction
}

/// The names of the fields of a line, as they stand.
pub fn fields(line: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut parts = line.split('"').peekable();
    while let Some(part) = parts.next() {
        // Between the texts stand colons, commas, numbers and brackets.
        depth += part.matches(['[', '{']).count() as i64;
        depth -= part.matches([']', '}']).count() as i64;
        let Some(name) = parts.next() else { break };
        if depth == 1 && parts.peek().is_some_and(|next| next.starts_with(':')) {
            names.push(name);
        }
    }
    names
}
