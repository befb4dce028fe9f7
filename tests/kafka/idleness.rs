//! What may close windows: event time, idle partitions held apart, and no mistaken clock.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::broker::{kafka, topic};
use crate::common::Shop;
use crate::figures::{
    OUTPUT, Row, assert_adds_up, assert_rows, count, money, open_windows, rows, wait_for,
};
use crate::world::{Feed, PATIENCE, drain, has_read, live, make_topic, pass, sale};

/// A window of `product` on the first day that holds so much, from its start as `HH:MM`.
fn row(product: &str, sum: i128, start: &str) -> Row {
    let start: chrono::NaiveDateTime = format!("2025-01-01T{start}:00").parse().expect("a time");
    let start = start.and_utc().timestamp_micros();
    (
        product.to_owned(),
        sum * 10_000,
        start,
        start + 3_600_000_000,
    )
}

fn four(product: &str, sum: i128, starts: [&str; 4]) -> Vec<Row> {
    starts
        .iter()
        .map(|start| row(product, sum, start))
        .collect()
}

/// One partition holds events at 09:00 and is quiet, one is empty, and the third, at 10:20, is
/// alive: its watermark counts alone once the others are idle.
#[test]
fn an_idle_partition_holds_nothing_back() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 3);
    let feed = Feed::new(&broker, &topic);
    feed.event(0, &sale("a", "2025-01-01T09:05:00", "10"));
    feed.event(0, &sale("a", "2025-01-01T10:20:00", "3"));
    feed.event(1, &sale("b", "2025-01-01T09:00:00", "1"));
    let began = Instant::now();
    let mut stream = live(&shop, &broker, &topic, &["--idle", "3s"]);
    has_read(&shop, 3);
    let view = open_windows(&shop, OUTPUT).expect("a view");
    if began.elapsed() < Duration::from_secs(3) {
        assert_eq!(count(&view, "windows"), 0, "nothing is idle yet: {view}");
    }
    let closed = || count(&open_windows(&shop, OUTPUT).expect("a view"), "windows");
    while closed() == 0 {
        assert!(began.elapsed() < PATIENCE, "never idle");
        feed.event(0, &sale("a", "2025-01-01T10:20:00", "1"));
        sleep(Duration::from_millis(100));
    }
    assert!(began.elapsed() >= Duration::from_secs(3), "idle too early");
    // Ends up to 10:05, of both products.
    assert_eq!(closed(), 8);
    // The price of liveness: it wakes, and its windows are gone.
    let before = count(&open_windows(&shop, OUTPUT).expect("a view"), "read");
    feed.event(1, &sale("b", "2025-01-01T09:05:00", "2"));
    has_read(&shop, before + 1);
    stream.signal("INT");
    let summary = crate::figures::summary(&stream.end());
    assert_eq!(count(&summary, "late"), 1);
    assert_eq!(money(&summary, "late_revenue"), 4 * 20_000);
    assert_adds_up(&summary);
    let mut expected = four("a", 10, ["08:15", "08:30", "08:45", "09:00"]);
    expected.extend(four("b", 1, ["08:15", "08:30", "08:45", "09:00"]));
    assert_rows(&rows(&shop, OUTPUT), &expected);
}

#[test]
fn time_alone_closes_nothing() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 2);
    let feed = Feed::new(&broker, &topic);
    feed.event(0, &sale("a", "2025-01-01T09:05:00", "10"));
    feed.event(0, &sale("a", "2025-01-01T10:20:00", "3"));
    feed.event(1, &sale("b", "2025-01-01T10:30:00", "1"));
    let stream = live(&shop, &broker, &topic, &["--idle", "200ms"]);
    // The lowest watermark is 10:05.
    wait_for(&shop, OUTPUT, PATIENCE, |view| count(view, "windows") == 4);
    let watermark = open_windows(&shop, OUTPUT).expect("a view")["watermark"].clone();
    sleep(Duration::from_secs(3));
    let view = open_windows(&shop, OUTPUT).expect("a view");
    assert_eq!(count(&view, "windows"), 4, "{view}");
    // Whichever went idle first: at most the other's watermark counts, 10:15, which closes
    // nothing more but the window that ends there and holds nothing.
    assert!(view["watermark"].as_str() >= watermark.as_str(), "{view}");
    // Both are alive again.
    feed.event(0, &sale("a", "2025-01-01T10:50:00", "5"));
    feed.event(1, &sale("b", "2025-01-01T10:51:00", "1"));
    wait_for(&shop, OUTPUT, PATIENCE, |view| count(view, "windows") == 5);
    let summary = drain(stream);
    assert_eq!(count(&summary, "late"), 0);
    assert_adds_up(&summary);
    let mut expected = four("a", 10, ["08:15", "08:30", "08:45", "09:00"]);
    // The lowest watermark is 10:35 by now.
    expected.push(row("a", 3, "09:30"));
    assert_rows(&rows(&shop, OUTPUT), &expected);
}

/// 2025-01-01T09:00:00Z.
const NINE: i64 = 1_735_722_000_000;

#[test]
fn an_event_dated_far_ahead_makes_nothing_late() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    let feed = Feed::new(&broker, &topic);
    let put = |time: &str| {
        let event = sale("a", time, "1");
        feed.put(0, None, Some(event.as_bytes()), Some(NINE));
    };
    put("2025-01-01T09:00:00");
    put("2025-01-08T09:00:01");
    put("2999-01-01T00:00:00");
    put("2025-01-01T09:05:00");
    // Exactly so far is not more than so far.
    put("2025-01-08T09:00:00");
    put("2025-01-01T09:10:00");
    let summary = shop.json(&pass(&broker, &topic, &[]));
    assert_eq!(count(&summary, "read"), 6);
    assert_eq!(summary["rejected_by_reason"]["event_in_future"], 2);
    assert_eq!(count(&summary, "late"), 1, "only the last");
    assert_eq!(money(&summary, "late_revenue"), 4 * 10_000);
    assert_adds_up(&summary);

    let hour = ["--max-event-jump", "1h", "--fresh"];
    let summary = shop.json(&pass(&broker, &topic, &hour));
    assert_eq!(summary["rejected_by_reason"]["event_in_future"], 3);
    assert_eq!(count(&summary, "late"), 0);
    assert_eq!(money(&summary, "written_revenue"), 4 * 3 * 10_000);
}

/// Partitions that fall idle in one moment, as after a load that has ended.
#[test]
fn a_load_that_has_ended_closes_the_same_windows_every_time() {
    let Some(broker) = kafka() else { return };
    for _ in 0..3 {
        let (shop, topic) = (Shop::new(), topic());
        make_topic(&broker, &topic, 3);
        let feed = Feed::new(&broker, &topic);
        feed.event(0, &sale("a", "2025-01-01T10:00:00", "1"));
        feed.event(1, &sale("b", "2025-01-01T14:00:00", "1"));
        let stream = live(&shop, &broker, &topic, &["--idle", "500ms"]);
        wait_for(&shop, OUTPUT, PATIENCE, |view| count(view, "windows") == 4);
        sleep(Duration::from_secs(1));
        let summary = drain(stream);
        assert_eq!(count(&summary, "windows"), 4);
        assert_adds_up(&summary);
    }
}
