//! Event worlds into topics.

use std::collections::HashMap;
use std::time::Duration;

use futures_executor::block_on;
use rdkafka::admin::{AdminOptions, ResourceSpecifier};
use rdkafka::message::Message;
use serde_json::{Value, json};

use crate::broker::{kafka, topic};
use crate::common::{Shop, stderr, stdout};
use crate::world::{PATIENCE, admin, bounds, exists, messages};

fn retention(broker: &str, topic: &str) -> String {
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    let asked = [ResourceSpecifier::Topic(topic)];
    let told = block_on(admin(broker).describe_configs(&asked, &options));
    let told = told.expect("an answer").remove(0).expect("the topic");
    let entry = told.get("retention.ms").expect("a retention");
    entry.value.clone().expect("a value")
}

#[test]
fn a_world_goes_to_its_topics_keyed_by_user() {
    let Some(broker) = kafka() else { return };
    let (shop, prefix) = (Shop::new(), format!("{}-", topic()));
    let world = ["generate", "--world", "globalmart", "--products", "1000"];
    let kafka = ["--brokers", &broker, "--topic-prefix", &prefix];
    let how = ["--topics", "create", "--duration", "20s", "--speed", "0"];
    let faults = [
        "--malformed",
        "0.02",
        "--duplicates",
        "0.02",
        "--late",
        "0.02",
    ];
    let summary = shop.json(&[&world[..], &kafka, &how, &faults].concat());
    let start = summary["start"].as_str().expect("a start").to_owned();
    let again = ["--start", &start, "--duration", "20s"];
    shop.json(&[&world[..], &again, &faults].concat());
    let mut sent = 0;
    for name in ["transactions", "product_views", "cart_events"] {
        let topic = format!("{prefix}{name}");
        assert_eq!(bounds(&broker, &topic).len(), 3);
        assert_eq!(retention(&broker, &topic), "604800000");
        let found = messages(&broker, &topic);
        assert_eq!(
            summary["topics"][name]["rows"],
            json!(found.len()),
            "{name}"
        );
        sent += found.len();
        let mut partitions = HashMap::new();
        let mut lines: Vec<_> = found
            .iter()
            .map(|message| {
                let text = message.payload().expect("a value");
                let key = message.key().expect("a key");
                let partition = partitions
                    .entry(key.to_owned())
                    .or_insert(message.partition());
                assert_eq!(*partition, message.partition());
                if let Ok(event) = serde_json::from_slice::<Value>(text) {
                    assert_eq!(event["user_id"].as_str().map(str::as_bytes), Some(key));
                }
                String::from_utf8(text.to_vec()).expect("text")
            })
            .collect();
        // The same arguments give the same lines as files.
        let file = shop.read(&format!("data/worlds/globalmart/{name}/part-00000.jsonl"));
        let mut expected: Vec<_> = file.lines().map(str::to_owned).collect();
        lines.sort();
        expected.sort();
        assert!(lines == expected, "{name}");
    }
    assert_eq!(summary["sent"], json!(sent));
    let metrics = format!("{prefix}system_metrics");
    assert_eq!(bounds(&broker, &metrics), [(0, 0)]);
    assert_eq!(retention(&broker, &metrics), "86400000");
}

/// The partition and the order of the events of each key.
fn by_key(broker: &str, topic: &str) -> HashMap<Vec<u8>, (i32, Vec<Vec<u8>>)> {
    let mut keys: HashMap<_, (i32, Vec<Vec<u8>>)> = HashMap::new();
    for message in messages(broker, topic) {
        let key = message.key().expect("a key").to_owned();
        let (partition, events) = keys.entry(key).or_default();
        *partition = message.partition();
        events.push(message.payload().expect("a value").to_owned());
    }
    keys
}

#[test]
fn replayed_worlds_have_the_same_keys() {
    let Some(broker) = kafka() else { return };
    let worlds: [(&str, &[&str], &[&str]); 3] = [
        (
            "globalmart",
            &["transactions", "product_views", "cart_events"],
            &["--products", "100"],
        ),
        (
            "inventory",
            &["sales_events", "inventory_events"],
            &["--rate", "200"],
        ),
        ("orders", &["Order"], &["--rate", "100"]),
    ];
    for (world, topics, more) in worlds {
        let shop = Shop::new();
        let prefixes = [topic(), topic()].map(|name| format!("{name}-"));
        let size = [
            "--start",
            "2025-01-01T10:00:00",
            "--duration",
            "10s",
            "--late",
            "0.1",
        ];
        let make = [&["generate", "--world", world], &size[..], more].concat();
        let kafka = |prefix| ["--brokers", &broker, "--topic-prefix", prefix];
        shop.json(&[&make[..], &kafka(&prefixes[0]), &["--speed", "0"]].concat());
        shop.json(&make);
        let play = ["replay", "--world", world, "--order", "file", "--rate", "0"];
        let summary = shop.json(&[&play[..], &kafka(&prefixes[1])].concat());
        let mut sent = 0;
        for name in topics {
            let [made, played] = [0, 1].map(|i| by_key(&broker, &format!("{}{name}", prefixes[i])));
            assert!(made == played, "{name}");
            sent += played
                .values()
                .map(|(_, events)| events.len())
                .sum::<usize>();
        }
        assert_eq!(summary["sent"], json!(sent), "{world}");
    }
}

#[test]
fn topics_alone_are_made_once_and_told() {
    let Some(broker) = kafka() else { return };
    let (shop, prefix) = (Shop::new(), format!("{}-", topic()));
    let world = ["generate", "--world", "inventory", "--topics", "only"];
    let kafka = ["--brokers", &broker, "--topic-prefix", &prefix];
    let run = |more: &[&str]| {
        let output = shop.run(&[&world[..], &kafka, more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let sales = format!("{prefix}sales_events");
    let made = run(&[]);
    assert_eq!(made.matches("made kafka://").count(), 2, "{made}");
    assert!(
        made.contains(&sales) && made.contains("3 partition(s)"),
        "{made}"
    );
    let found = run(&["--partitions", "5"]);
    assert_eq!(found.matches("found kafka://").count(), 2, "{found}");
    assert_eq!(bounds(&broker, &sales), [(0, 0); 3]);
    let told: Value = serde_json::from_str(&run(&["--shape", "generator", "--json"])).unwrap();
    assert_eq!(told["made_topics"][0]["made"], json!(true));
    assert!(exists(
        &broker,
        &format!("{prefix}retail-inventory-updates")
    ));
}

#[test]
fn a_world_at_real_speed_is_drained_by_a_signal() {
    let Some(broker) = kafka() else { return };
    let (shop, prefix) = (Shop::new(), format!("{}-", topic()));
    let args = [
        "generate",
        "--json",
        "--world",
        "retail_events",
        "--rate",
        "100",
    ];
    let kafka = ["--brokers", &broker, "--topic-prefix", &prefix];
    let topic = format!("{prefix}retail_events");
    let mut run = shop.start(&[&args[..], &kafka].concat());
    let count = || match exists(&broker, &topic) {
        true => bounds(&broker, &topic)[0].1,
        false => 0,
    };
    assert!(run.until(|| count() >= 100), "it goes on");
    let (before, began) = (count(), std::time::Instant::now());
    assert!(!run.ends_within(Duration::from_secs(3)));
    // As many a second as asked for, however long the counting takes.
    let rate = (count() - before) as f64 / began.elapsed().as_secs_f64();
    assert!((80.0..120.0).contains(&rate), "{rate}");
    run.signal("INT");
    let output = run.end();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
    assert_eq!(summary["sent"], json!(count()));
    // What was not sent is not claimed.
    assert_eq!(summary["topics"], Value::Null);
}

#[test]
fn a_world_at_real_speed_is_not_behind_its_own_times() {
    let Some(broker) = kafka() else { return };
    let (shop, prefix) = (Shop::new(), format!("{}-", topic()));
    let world = ["generate", "--world", "globalmart", "--duration", "4s"];
    let kafka = ["--brokers", &broker, "--topic-prefix", &prefix];
    let summary = shop.json(&[&world[..], &kafka].concat());
    let mut behind = Vec::new();
    for name in ["transactions", "product_views", "cart_events"] {
        for message in messages(&broker, &format!("{prefix}{name}")) {
            let event: Value =
                serde_json::from_slice(message.payload().expect("a value")).expect("an event");
            let time = event["timestamp"].as_str().expect("a time");
            let time = chrono::NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S%.f");
            let time = time.expect("a time").and_utc().timestamp_millis();
            behind.push(message.timestamp().to_millis().expect("a time") - time);
        }
    }
    assert_eq!(summary["sent"], json!(behind.len()));
    behind.sort_unstable();
    let (first, middle) = (behind[0], behind[behind.len() / 2]);
    assert!(first >= -50, "{first} ms: before its time");
    assert!(middle < 300, "{middle} ms behind");
}
