//! Planted faults are those that are stated.

use serde_json::{Value, json};

use crate::common::Shop;
use crate::lines::{distinct, lines, make, micros, text};

/// A world, its topics with the field of their times, and its size.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

/// What stands in a topic, by nothing but the lines in their order.
fn counted(lines: &[String], field: &str) -> Value {
    let (events, broken, again) = distinct(lines, field);
    let (mut late, mut reached, mut latest) = (0, i64::MIN, 0);
    for event in &events {
        let time = micros(text(event, field));
        late += u64::from(time < reached);
        latest = latest.max(reached.saturating_sub(time));
        reached = reached.max(time);
    }
    assert!(latest < 60_000_000, "{latest}");
    json!({
        "rows": lines.len(), "valid_rows": events.len(), "malformed": broken,
        "duplicates": again, "late": late,
    })
}

#[test]
fn every_topic_holds_the_faults_that_are_stated() {
    let shop = Shop::new();
    let faults = [
        "--malformed",
        "0.03",
        "--duplicates",
        "0.02",
        "--late",
        "0.04",
    ];
    let worlds: [Case<'_>; 3] = [
        (
            "globalmart",
            &[
                ("transactions", "timestamp"),
                ("product_views", "timestamp"),
                ("cart_events", "timestamp"),
            ],
            &["--products", "100", "--rate", "200"],
        ),
        (
            "inventory",
            &[
                ("sales_events", "sale_timestamp"),
                ("inventory_events", "update_timestamp"),
            ],
            &["--rate", "50"],
        ),
        (
            "retail_events",
            &[("retail_events", "event_time")],
            &["--rate", "50"],
        ),
    ];
    for (world, topics, more) in worlds {
        let truth = make(&shop, world, &[&faults[..], more].concat());
        let clean = make(&shop, world, more);
        assert_eq!(truth["events"], clean["events"]);
        assert_eq!(truth["revenue"], clean["revenue"]);
        make(&shop, world, &[&faults[..], more].concat());
        for (topic, field) in topics {
            let found = counted(&lines(&shop, world, topic), field);
            assert_eq!(truth["topics"][topic], found, "{world} {topic}");
            let share =
                |name: &str| found[name].as_f64().unwrap() / found["valid_rows"].as_f64().unwrap();
            for (name, wanted) in [("malformed", 0.03), ("duplicates", 0.02), ("late", 0.04)] {
                let share = share(name);
                assert!(
                    (share - wanted).abs() < wanted / 4.0,
                    "{topic} {name} {share}"
                );
            }
        }
    }
}

#[test]
fn late_events_are_due_when_they_stand() {
    let shop = Shop::new();
    let args = [
        "generate",
        "--world",
        "retail_events",
        "--output",
        "-",
        "--duration",
        "10s",
        "--rate",
        "20",
        "--speed",
        "20",
    ];
    let began = std::time::Instant::now();
    let output = shop.run(&args);
    assert!(output.status.success());
    assert_eq!(output.stdout.iter().filter(|b| **b == b'\n').count(), 200);
    // Ten seconds at twenty times the speed.
    let took = began.elapsed().as_millis();
    assert!((450..5_000).contains(&took), "{took} ms");
}
