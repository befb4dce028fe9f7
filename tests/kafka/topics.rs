//! Topics that are missing, made anew, or grow.

use std::time::{Duration, Instant};

use futures_executor::block_on;
use rdkafka::admin::{AdminOptions, NewPartitions};

use crate::broker::{kafka, topic};
use crate::common::Shop;
use crate::figures::{OUTPUT, assert_adds_up, classic, count, money, rows};
use crate::world::{
    Feed, PATIENCE, admin, bounds, drain, exists, has_read, live, make_topic, replay, sale, stream,
    until,
};

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(PATIENCE))
}

fn delete(broker: &str, topic: &str) {
    let deleted = block_on(admin(broker).delete_topics(&[topic], &options()));
    for one in deleted.expect("an answer") {
        one.expect("deleted");
    }
    until(PATIENCE, || !exists(broker, topic));
}

fn grow(broker: &str, topic: &str, partitions: usize) {
    let more = NewPartitions::new(topic, partitions);
    let made = block_on(admin(broker).create_partitions([&more], &options()));
    for one in made.expect("an answer") {
        one.expect("made");
    }
    until(PATIENCE, || bounds(broker, topic).len() == partitions);
}

/// `count` sales of 1.00 of as many products at 09:00.
fn feed(broker: &str, topic: &str, partition: i32, count: usize) {
    let feed = Feed::new(broker, topic);
    for number in 0..count {
        let product = format!("p{partition}-{number}");
        feed.event(partition, &sale(&product, "2025-01-01T09:00:00", "1"));
    }
}

#[test]
fn a_missing_topic_is_refused_or_made_as_asked() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    let error = shop.fail(&stream(&broker, &topic, &["--until-end"]), 1);
    assert!(
        error.contains(&topic) && error.contains("no such topic"),
        "{error}"
    );
    assert!(error.contains("--partitions"), "{error}");
    assert!(!exists(&broker, &topic), "asking has not made it");

    let asked = ["--until-end", "--partitions", "3"];
    let summary = shop.json(&stream(&broker, &topic, &asked));
    assert_eq!(count(&summary, "read"), 0);
    assert_eq!(bounds(&broker, &topic).len(), 3);

    // It is there by now: another number changes nothing.
    classic(&shop);
    shop.json(&replay(
        &broker,
        &topic,
        &["--rate", "0", "--partitions", "5"],
    ));
    assert_eq!(bounds(&broker, &topic).len(), 3);
    let missing = crate::broker::topic();
    shop.json(&replay(&broker, &missing, &["--rate", "0"]));
    assert_eq!(bounds(&broker, &missing).len(), 4, "as the contract says");
}

#[test]
fn a_topic_made_anew_under_a_checkpoint_is_refused() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 2);
    feed(&broker, &topic, 0, 10);
    feed(&broker, &topic, 1, 10);
    let first = live(&shop, &broker, &topic, &[]);
    has_read(&shop, 20);
    drain(first);
    let before = shop.tree(OUTPUT);
    // Shorter than before, then with fewer partitions.
    for partitions in [2, 1] {
        delete(&broker, &topic);
        make_topic(&broker, &topic, partitions);
        feed(&broker, &topic, 0, 5);
        let error = shop.fail(&stream(&broker, &topic, &["--until-end"]), 1);
        assert!(
            error.contains(&topic) && error.contains("--fresh"),
            "{error}"
        );
    }
    assert_eq!(shop.tree(OUTPUT), before);
    let anew = ["--until-end", "--fresh"];
    let summary = shop.json(&stream(&broker, &topic, &anew));
    assert_eq!(count(&summary, "read"), 5);
    assert_eq!(rows(&shop, OUTPUT).len(), 5 * 4);
}

#[test]
fn a_topic_of_the_same_length_and_name_is_another() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 3);
    shop.json(&stream(&broker, &topic, &["--until-end"]));
    delete(&broker, &topic);
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 3);
    for _ in 0..5 {
        let error = shop.fail(&stream(&broker, &topic, &["--until-end"]), 1);
        assert!(error.contains("made anew"), "{error}");
    }
}

#[test]
fn a_longer_topic_of_the_same_name_is_another() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 3);
    shop.json(&stream(&broker, &topic, &["--until-end"]));
    // More of the same topic is no other.
    feed(&broker, &topic, 0, 1);
    let more = shop.json(&stream(&broker, &topic, &["--until-end"]));
    assert_eq!(count(&more, "read"), 4);
    let before = shop.tree(OUTPUT);
    delete(&broker, &topic);
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 6);
    let error = shop.fail(&stream(&broker, &topic, &["--until-end"]), 1);
    for part in [&topic, "offset 3", "made anew", "--fresh"] {
        assert!(error.contains(part), "{error}");
    }
    let rows_of = |tree: &std::collections::BTreeMap<String, Vec<u8>>| {
        tree.iter()
            .filter(|(name, _)| name.ends_with(".parquet"))
            .map(|(name, bytes)| (name.clone(), bytes.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(rows_of(&shop.tree(OUTPUT)), rows_of(&before));
}

#[test]
fn a_topic_deleted_under_a_stream_ends_it() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 10);
    let mut stream = live(&shop, &broker, &topic, &[]);
    has_read(&shop, 10);
    delete(&broker, &topic);
    let began = Instant::now();
    while !stream.ends_within(Duration::from_secs(1)) {
        assert!(began.elapsed() < Duration::from_secs(150), "still runs");
    }
    let output = stream.end();
    assert_eq!(output.status.code(), Some(1));
    let text = crate::common::stderr(&output);
    assert!(text.contains(&topic), "{text}");
}

#[test]
fn a_topic_made_anew_under_a_stream_ends_it() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 10);
    let mut running = live(&shop, &broker, &topic, &[]);
    has_read(&shop, 10);
    delete(&broker, &topic);
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 5);
    let began = Instant::now();
    while !running.ends_within(Duration::from_secs(1)) {
        assert!(began.elapsed() < Duration::from_secs(150), "still runs");
    }
    let output = running.end();
    let text = crate::common::stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(&topic) && text.contains("--fresh"), "{text}");
}

#[test]
fn partitions_added_between_runs_are_read_from_their_beginning() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 5);
    let latest = ["--from", "latest"];
    let first = live(&shop, &broker, &topic, &latest);
    until(PATIENCE, || shop.path(OUTPUT).join("_open.json").exists());
    feed(&broker, &topic, 0, 5);
    has_read(&shop, 5);
    drain(first);
    grow(&broker, &topic, 3);
    feed(&broker, &topic, 1, 4);
    feed(&broker, &topic, 2, 3);
    let more = ["--from", "latest", "--until-end"];
    let summary = shop.json(&stream(&broker, &topic, &more));
    assert_eq!(count(&summary, "read"), 5 + 4 + 3);
    assert_eq!(money(&summary, "written_revenue"), 4 * 12 * 10_000);
}

#[test]
fn partitions_added_while_running_are_found() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, 0, 5);
    let running = live(&shop, &broker, &topic, &[]);
    has_read(&shop, 5);
    grow(&broker, &topic, 2);
    feed(&broker, &topic, 1, 7);
    has_read(&shop, 12);
    assert_adds_up(&drain(running));
    let summary = shop.json(&stream(&broker, &topic, &["--until-end"]));
    assert_eq!(count(&summary, "read"), 12);
    assert_eq!(money(&summary, "written_revenue"), 4 * 12 * 10_000);
}
