//! Messages that are no sales: none stops the stream, each is counted and kept.

use std::collections::{BTreeMap, BTreeSet};

use rdkafka::message::{Message, OwnedMessage};
use serde_json::{Value, json};

use crate::broker::{kafka, topic};
use crate::common::Shop;
use crate::figures::{OUTPUT, assert_adds_up, count, money, summary};
use crate::world::{
    Feed, drain, has_read, headers, live, make_topic, messages, pass, sale, stream,
};

/// Key, value, and the reason to reject it; none for a sale.
pub type Case = (Option<&'static str>, Option<Vec<u8>>, Option<&'static str>);

pub fn cases() -> Vec<Case> {
    let text = |text: &str| Some(text.as_bytes().to_vec());
    let good = || text(&sale("a", "2025-01-01T09:00:00", "2.50"));
    let with = |field: &str| text(&format!(r#"{{"product":"a",{field}}}"#));
    let time = r#""order_time":"2025-01-01T09:00:00""#;
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    vec![
        (None, good(), None),
        (None, text("not JSON"), Some("invalid_json")),
        (None, text(""), Some("invalid_json")),
        (None, text("[1,2]"), Some("invalid_json")),
        (None, text("17"), Some("invalid_json")),
        (None, text("null"), Some("invalid_json")),
        (
            None,
            text(r#"{"product":"a","amount":"#),
            Some("invalid_json"),
        ),
        (None, None, Some("null_value")),
        (Some("gone"), None, Some("null_value")),
        (
            Some("kept"),
            Some(b"{\"product\":\"\xff\xfe\"}".to_vec()),
            Some("invalid_utf8"),
        ),
        (
            None,
            Some(b"{\"product\":\"a\0b\"}".to_vec()),
            Some("nul_byte"),
        ),
        (None, with(r#""amount":1"#), Some("missing_time")),
        (None, with(r#""order_time":7,"amount":1"#), Some("bad_time")),
        (
            None,
            with(r#""order_time":"soon","amount":1"#),
            Some("bad_time"),
        ),
        (None, with(time), Some("missing_amount")),
        (
            None,
            with(&format!(r#"{time},"amount":"ten""#)),
            Some("bad_amount"),
        ),
        (
            None,
            with(&format!(r#"{time},"amount":true"#)),
            Some("bad_amount"),
        ),
        (
            None,
            with(&format!(r#"{time},"amount":1e14"#)),
            Some("amount_out_of_range"),
        ),
        (
            None,
            with(&format!(r#"{time},"amount":1,"transaction_type":"GIFT""#)),
            Some("unknown_type"),
        ),
        (None, text(&deep(100_000)), Some("invalid_json")),
        (None, text(&"x".repeat(5_000_000)), Some("invalid_json")),
        (Some("a"), good(), None),
    ]
}

pub fn poisoned(broker: &str) -> String {
    let topic = topic();
    make_topic(broker, &topic, 1);
    let feed = Feed::new(broker, &topic);
    for (key, value, _) in cases() {
        feed.put(0, key, value.as_deref(), None);
    }
    topic
}

fn assert_counted(summary: &Value) {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in cases().iter().filter_map(|case| case.2) {
        *reasons.entry(reason).or_default() += 1;
    }
    let told = summary["rejected_by_reason"].as_object().expect("reasons");
    let told: BTreeMap<&str, u64> = told
        .iter()
        .map(|(name, count)| (name.as_str(), count.as_u64().expect("a count")))
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(told, reasons);
    assert_eq!(count(summary, "read"), cases().len() as u64);
    assert_eq!(count(summary, "accepted"), 2);
    assert_eq!(money(summary, "accepted_revenue"), 50_000);
    assert_adds_up(summary);
}

#[test]
fn poison_is_kept_beside_the_output() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = poisoned(&broker);
    let summary = shop.json(&pass(&broker, &topic, &[]));
    assert_counted(&summary);
    let text = shop.read("pass/_rejects/part-00000.jsonl");
    let kept: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let cases = cases();
    let expected = cases.iter().enumerate().filter(|case| case.1.2.is_some());
    for (line, (offset, (_, value, reason))) in kept.iter().zip(expected.clone()) {
        assert_eq!(line["source"], *topic);
        assert_eq!(line["partition"], 0);
        assert_eq!(line["offset"], offset);
        assert_eq!(line["reason"], reason.expect("one"));
        let value = value.as_deref().unwrap_or_default();
        assert_eq!(line["raw"], String::from_utf8_lossy(value).as_ref());
        let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
        let no_text = std::str::from_utf8(value).is_err();
        assert_eq!(
            line["raw_hex"],
            if no_text { json!(hex) } else { Value::Null }
        );
    }
    assert_eq!(kept.len(), expected.count());
}

/// What Kafka Connect writes into every dead letter.
const CONNECT: [&str; 10] = [
    "topic",
    "partition",
    "offset",
    "connector.name",
    "task.id",
    "stage",
    "class.name",
    "exception.class.name",
    "exception.message",
    "exception.stacktrace",
];

/// A letter tells where its message was, and why it is one.
fn assert_letter(letter: &OwnedMessage, topic: &str, cases: &[Case]) -> usize {
    let headers = headers(letter);
    for name in CONNECT {
        assert!(
            headers.contains_key(&format!("__connect.errors.{name}")),
            "{name}"
        );
    }
    assert_eq!(headers["__connect.errors.topic"], topic);
    assert_eq!(headers["__connect.errors.partition"], "0");
    let offset = &headers["__connect.errors.offset"];
    let key = String::from_utf8(letter.key().expect("a key").to_vec()).expect("text");
    assert_eq!(key, format!("{topic}-0-{offset}"));
    let offset: usize = offset.parse().expect("a number");
    let (key, value, reason) = &cases[offset];
    let reason = reason.expect("a reject");
    assert_eq!(headers["__connect.errors.exception.class.name"], reason);
    assert_eq!(headers.get("retail.key").map(String::as_str), *key);
    // A tombstone stays one.
    assert!(letter.payload() == value.as_deref(), "{reason}");
    offset
}

fn offsets_of_rejects() -> Vec<usize> {
    let cases = cases();
    let numbered = cases.iter().enumerate();
    numbered
        .filter(|case| case.1.2.is_some())
        .map(|case| case.0)
        .collect()
}

#[test]
fn poison_goes_to_a_topic_as_kafka_connect_sends_it() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = poisoned(&broker);
    let summary = shop.json(&pass(&broker, &topic, &["--dlq"]));
    assert_counted(&summary);
    assert!(!shop.path("pass/_rejects").exists());
    let letters = messages(&broker, &format!("{topic}.dlq"));
    let cases = cases();
    let found: Vec<_> = letters
        .iter()
        .map(|l| assert_letter(l, &topic, &cases))
        .collect();
    assert_eq!(found, offsets_of_rejects());
}

/// Letters may go to a topic for a while: what was kept beside the output stays.
#[test]
fn rejects_in_the_folder_outlive_a_run_with_a_topic() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), crate::broker::topic());
    crate::world::make_topic(&broker, &topic, 1);
    let feed = crate::world::Feed::new(&broker, &topic);
    let run = |more: &[&str]| {
        feed.event(0, "no sale");
        count(&shop.json(&pass(&broker, &topic, more)), "rejected")
    };
    assert_eq!(run(&[]), 1);
    assert_eq!(run(&["--dlq"]), 2);
    assert_eq!(run(&[]), 3);
    let text = shop.read("pass/_rejects/part-00000.jsonl");
    assert_eq!(text.lines().count(), 2);
    assert_eq!(messages(&broker, &format!("{topic}.dlq")).len(), 1);
}

/// A topic of letters may allow less than the topic that they come from.
#[test]
fn a_letter_too_long_for_its_topic_stops_nothing() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = poisoned(&broker);
    let letters = format!("{topic}-letters");
    crate::world::make_topic_of(&broker, &letters, 2, "100000");
    let summary = shop.json(&pass(&broker, &topic, &["--dlq", &letters]));
    assert_counted(&summary);
    let letters = messages(&broker, &letters);
    assert_eq!(letters.len(), offsets_of_rejects().len());
    for letter in &letters {
        let headers = headers(letter);
        let offset: usize = headers["__connect.errors.offset"]
            .parse()
            .expect("a number");
        let (_, value, _) = &cases()[offset];
        let (value, kept) = (value.as_deref().unwrap_or_default(), letter.payload());
        let kept = kept.unwrap_or_default();
        assert!(value.starts_with(kept), "{offset}");
        match headers.get("retail.length") {
            None => assert_eq!(kept.len(), value.len(), "{offset}"),
            Some(length) => {
                assert_eq!(*length, value.len().to_string());
                assert!(value.len() > 90_000 && kept.len() > 50_000);
            }
        }
    }
}

/// After a kill before the commit, letters are sent again, and are known by their keys.
#[test]
fn repeated_letters_are_recognised() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = poisoned(&broker);
    let cases = cases();
    let dlq = ["--dlq", "--commit-interval", "1h"];
    let letters = format!("{topic}.dlq");
    for round in 1..=2_usize {
        let mut first = live(&shop, &broker, &topic, &dlq);
        has_read(&shop, cases.len() as u64);
        crate::world::until(crate::world::PATIENCE, || {
            messages(&broker, &letters).len() == round * offsets_of_rejects().len()
        });
        first.signal("KILL");
        first.end();
        std::fs::remove_file(shop.path(OUTPUT).join("_open.json")).expect("the view");
    }
    let last = shop.json(&stream(&broker, &topic, &["--dlq", "--until-end"]));
    assert_counted(&last);
    let found = messages(&broker, &letters);
    assert_eq!(found.len(), 3 * offsets_of_rejects().len());
    let distinct: BTreeSet<_> = found
        .iter()
        .map(|l| assert_letter(l, &topic, &cases))
        .collect();
    assert_eq!(
        distinct.into_iter().collect::<Vec<_>>(),
        offsets_of_rejects()
    );
}

/// The stream goes on behind poison that comes while it runs.
#[test]
fn poison_does_not_stop_a_live_stream() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    let stream = live(&shop, &broker, &topic, &["--dlq"]);
    let feed = Feed::new(&broker, &topic);
    for (number, (key, value, _)) in cases().into_iter().enumerate() {
        feed.put(0, key, value.as_deref(), None);
        has_read(&shop, number as u64 + 1);
    }
    assert_counted(&drain(stream));
    let output = shop.run(
        &[
            &["--json"],
            &super::world::stream(&broker, &topic, &["--until-end", "--dlq"])[..],
        ]
        .concat(),
    );
    assert_counted(&summary(&output));
}
