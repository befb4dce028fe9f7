//! Brokers that are not there, not yet there, or gone for a while.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rdkafka::message::OwnedMessage;
use serde_json::Value;

use crate::broker::Own;
use crate::common::{Running, Shop, stderr};
use crate::figures::{
    CLASSIC, OUTPUT, assert_adds_up, assert_rows, by_hand, classic, count, money, rows, summary,
    units,
};
use crate::world::{
    PATIENCE, bounds, drain, has_read, live, make_topic, messages, replay, stream, until, values,
};

fn held(broker: &str, topic: &str) -> u64 {
    let bounds = bounds(broker, topic);
    bounds.iter().map(|(low, high)| (high - low) as u64).sum()
}

/// How often each order is in the topic.
fn orders(messages: &[OwnedMessage]) -> BTreeMap<String, u64> {
    let mut orders = BTreeMap::new();
    for value in values(messages) {
        let event: Value = serde_json::from_slice(value).expect("JSON");
        let order = event["order_id"].as_str().expect("an order").to_owned();
        *orders.entry(order).or_default() += 1;
    }
    orders
}

#[test]
fn absent_brokers_are_told_or_awaited() {
    let Some(own) = Own::prepare() else { return };
    let (shop, broker) = (Shop::new(), own.address());
    classic(&shop);
    let generate = ["generate", "--brokers", &broker, "--days", "1"];
    for args in [
        stream(&broker, "sales", &["--until-end"]),
        stream(&broker, "sales", &["--dlq"]),
        stream(&broker, "sales", &["--rate", "0", "--loop"]),
        replay(&broker, "sales", &["--rate", "0"]),
        generate.to_vec(),
    ] {
        let began = Instant::now();
        let error = shop.fail(&args, 1);
        assert!(began.elapsed() < Duration::from_secs(15), "{args:?}");
        assert!(
            error.contains(&broker) && error.contains("--wait"),
            "{error}"
        );
    }
    assert!(!shop.path(OUTPUT).join("_run.json").exists());
    let began = Instant::now();
    let wait = ["--rate", "0", "--wait", "7s"];
    shop.fail(&replay(&broker, "sales", &wait), 1);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(7), "{took:?}");
    // A signal ends the waiting.
    let mut waiting = live(&shop, &broker, "sales", &["--wait", "60s"]);
    assert!(!waiting.ends_within(Duration::from_secs(1)));
    waiting.signal("INT");
    assert!(waiting.ends_within(Duration::from_secs(2)));
    assert_eq!(waiting.end().status.code(), Some(130));

    let wait = ["--wait", "60s", "--partitions", "2"];
    let mut reader = live(&shop, &broker, "sales", &wait);
    let wait = ["--wait", "60s", "--partitions", "2", "--rate", "0"];
    let writer = shop.start(&[&["--json"], &replay(&broker, "sales", &wait)[..]].concat());
    assert!(
        !reader.ends_within(Duration::from_secs(6)),
        "longer than without"
    );
    own.begin();
    assert_eq!(count(&summary(&writer.end()), "sent"), 14 * 72);
    has_read(&shop, 14 * 72);
    let told = drain(reader);
    assert_eq!(money(&told, "accepted_revenue"), units(CLASSIC));
    assert_adds_up(&told);
}

/// Starts a replay of `shop`.
fn playing(shop: &Shop, broker: &str, topic: &str, more: &[&str]) -> Running {
    shop.start(&[&["--json"], &replay(broker, topic, more)[..]].concat())
}

/// The broker is gone for a while under a stream, and under a replay into it.
#[test]
fn an_outage_costs_nothing() {
    let Some(own) = Own::start() else { return };
    let (shop, broker, topic) = (Shop::new(), own.address(), "sales");
    classic(&shop);
    make_topic(&broker, topic, 2);
    let mut reader = live(&shop, &broker, topic, &["--idle", "1h"]);
    let rate = ["--rate", "100"];
    let mut writer = playing(&shop, &broker, topic, &rate);
    has_read(&shop, 200);
    own.crash();
    // The replay goes on taking up what is due, and the stream waits.
    assert!(!writer.ends_within(Duration::from_secs(15)));
    assert!(!reader.ends_within(Duration::from_secs(1)));
    own.begin();
    let sent = summary(&writer.end());
    assert_eq!(count(&sent, "sent"), 14 * 72);
    has_read(&shop, 14 * 72);
    let told = drain(reader);
    assert_eq!(count(&told, "read"), 14 * 72);
    assert_eq!(count(&told, "late"), 0);
    assert_adds_up(&told);
    let end = shop.json(&stream(&broker, topic, &["--until-end"]));
    assert_eq!(money(&end, "written_revenue"), 4 * units(CLASSIC));

    // Each event is in the topic once.
    let events = messages(&broker, topic);
    let orders = orders(&events);
    assert_eq!(orders.len(), 14 * 72);
    assert!(orders.values().all(|times| *times == 1));
    assert_rows(&rows(&shop, OUTPUT), &by_hand(values(&events)));
    interrupted_replays(&own);
}

/// What an interrupted replay tells is what the topic holds.
fn interrupted_replays(own: &Own) {
    let (shop, broker) = (Shop::new(), own.address());
    classic(&shop);
    for (topic, rate) in [("slow", "300"), ("quick", "0")] {
        let mut writer = playing(&shop, &broker, topic, &["--loop", "--rate", rate]);
        until(PATIENCE, || crate::world::exists(&broker, topic));
        until(PATIENCE, || held(&broker, topic) > 100);
        let began = Instant::now();
        writer.signal("INT");
        let output = writer.end();
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(count(&summary(&output), "sent"), held(&broker, topic));
    }
    // With the broker away nothing can be flushed: that is told, and how many.
    let mut writer = playing(&shop, &broker, "away", &["--loop", "--rate", "300"]);
    until(PATIENCE, || crate::world::exists(&broker, "away"));
    until(PATIENCE, || held(&broker, "away") > 100);
    own.crash();
    sleep(Duration::from_millis(500));
    let began = Instant::now();
    writer.signal("INT");
    let output = writer.end();
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("not acknowledged"),
        "{}",
        stderr(&output)
    );
}
