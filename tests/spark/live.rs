//! Streams on Spark over a real topic, held against windows that are worked out by hand and against
//! the local engine.

use std::time::Duration;

use serde_json::Value;

use crate::broker::{kafka, topic};
use crate::common::services::Own;
use crate::common::{Shop, stderr};
use crate::figures::{
    CLASSIC, Row, assert_adds_up, assert_rows, by_hand, classic, count, money, rows, total, units,
};
use crate::servers::spark;
use crate::world::{Feed, make_topic, messages, pass, replay, sale, stream, until, values};

/// A stream on Spark.
pub fn on<'a>(remote: &'a str, args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--engine", "spark", "--remote", remote]].concat()
}

/// The same, to the end of the topic.
pub fn spark_pass<'a>(
    remote: &'a str,
    broker: &'a str,
    topic: &'a str,
    more: &[&'a str],
) -> Vec<&'a str> {
    let apart = ["--until-end", "--output", "far", "--checkpoint", "far-cp"];
    on(remote, &stream(broker, topic, &[&apart, more].concat()))
}

/// The watermark of a summary, in microseconds.
pub fn watermark(summary: &Value) -> i64 {
    let text = summary["watermark"].as_str().expect("a watermark");
    let time: chrono::DateTime<chrono::Utc> = text.parse().expect("a time");
    time.timestamp_micros()
}

/// The rows that readers of `retail` see in a folder of Spark's.
fn seen(shop: &Shop, folder: &str) -> (u64, i128) {
    let text = format!("SELECT COUNT(*) AS n, SUM(revenue) AS s FROM '{folder}'");
    let output = shop.run(&["query", "--format", "json", &text]);
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let sum = told[0]["s"].as_str().expect("money");
    (count(&told[0], "n"), units(sum))
}

#[test]
fn closed_windows_are_those_of_the_local_stream_and_open_ones_are_counted() {
    let (Some(remote), Some(broker)) = (spark(), kafka()) else {
        return;
    };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    shop.json(&replay(&broker, &topic, &["--rate", "0"]));
    let sent = messages(&broker, &topic);
    let hand = by_hand(values(&sent));
    let told = shop.json(&spark_pass(remote, &broker, &topic, &[]));
    assert_adds_up(&told);
    assert_eq!(count(&told, "read"), sent.len() as u64);
    assert_eq!(money(&told, "accepted_revenue"), units(CLASSIC));
    assert_eq!((count(&told, "late"), money(&told, "late_revenue")), (0, 0));
    // What the watermark has reached is written, and nothing else.
    let mark = watermark(&told);
    let (closed, open): (Vec<Row>, Vec<Row>) = hand.into_iter().partition(|row| row.3 <= mark);
    assert!(!open.is_empty());
    assert_rows(&rows(&shop, "far"), &closed);
    assert_eq!(count(&told, "windows"), closed.len() as u64);
    assert_eq!(money(&told, "written_revenue"), total(&closed));
    assert_eq!(count(&told, "open_windows"), open.len() as u64);
    assert_eq!(money(&told, "open_revenue"), total(&open));
    assert_eq!(told["ended"], false);
    // The local engine closes all of them, and agrees in those that Spark has closed.
    shop.json(&pass(&broker, &topic, &[]));
    let local = rows(&shop, "pass");
    let local: Vec<Row> = local.into_iter().filter(|row| row.3 <= mark).collect();
    assert_rows(&local, &closed);
    // Every command sees them.
    assert_eq!(seen(&shop, "far"), (closed.len() as u64, total(&closed)));
    shop.json(&["batch"]);
    let proof = shop.json(&["verify", "--stream-output", "far"]);
    let text = proof.to_string();
    assert!(text.contains("windows are still open"), "{text}");
    // A run that has read all adds nothing.
    let again = shop.json(&spark_pass(remote, &broker, &topic, &[]));
    for name in ["read", "windows", "open_windows", "written_revenue"] {
        assert_eq!(again[name], told[name], "{name}");
    }
    assert_rows(&rows(&shop, "far"), &closed);
}

#[test]
fn what_is_late_what_is_no_sale_and_what_is_unsure_are_counted() {
    let (Some(remote), Some(broker)) = (spark(), kafka()) else {
        return;
    };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    let feed = Feed::new(&broker, &topic);
    let run = || shop.json(&spark_pass(remote, &broker, &topic, &[]));
    // The worked example of the contract, one batch after the other.
    feed.event(0, &sale("Dosa", "2025-01-01T09:05:00", "10.00"));
    let first = run();
    assert_eq!(
        (count(&first, "windows"), count(&first, "open_windows")),
        (0, 4)
    );
    // A restock makes no window, but moves the watermark to 10:05.
    feed.event(
        0,
        r#"{"product":"Dosa","order_time":"2025-01-01T10:20:00","transaction_type":"restock"}"#,
    );
    let second = run();
    assert_eq!(second["watermark"], "2025-01-01T10:05:00Z");
    assert_eq!(
        (count(&second, "windows"), count(&second, "non_sales")),
        (4, 1)
    );
    assert_eq!(money(&second, "written_revenue"), units("40"));
    assert_eq!(count(&second, "open_windows"), 0);
    assert_eq!(second["ended"], true);
    // Two of its windows are closed.
    feed.event(0, &sale("Dosa", "2025-01-01T09:40:00", "7.00"));
    let third = run();
    assert_adds_up(&third);
    assert_eq!(
        (count(&third, "late"), count(&third, "open_windows")),
        (2, 2)
    );
    assert_eq!(money(&third, "late_revenue"), units("14"));
    assert_eq!(money(&third, "open_revenue"), units("14"));
    assert_eq!(money(&third, "written_revenue"), units("40"));
    // A return is negative; and what is refused moves nothing.
    feed.event(
        0,
        r#"{"product":"Idli","order_time":"2025-01-01T10:10:00","amount":2.5,"transaction_type":"RETURN"}"#,
    );
    feed.event(0, &sale("Dosa", "2099-01-01T00:00:00", "1.00"));
    feed.put(0, None, None, None);
    feed.put(0, None, Some(b"{\"product\":\"\xff\"}"), None);
    for refused in [
        r#"{"product":"Dosa","order_time":"never","amount":1}"#,
        r#"{"product":"Dosa","order_time":"2025-01-01T10:00:00","amount":"much"}"#,
        r#"{"product":"Dosa","order_time":"2025-01-01T10:00:00","amount":1,"transaction_type":"gift"}"#,
        // One member twice, and no JSON: Spark reads both in its own way.
        r#"{"amount":1,"amount":2,"product":"Dosa","order_time":"2025-01-01T10:00:00"}"#,
        "no JSON",
    ] {
        feed.event(0, refused);
    }
    let fourth = run();
    assert_adds_up(&fourth);
    assert_eq!(
        (count(&fourth, "read"), count(&fourth, "accepted")),
        (12, 4)
    );
    let reasons = serde_json::json!({
        "event_in_future": 1, "null_value": 1, "invalid_utf8": 1, "bad_time": 1, "bad_amount": 1,
        "unknown_type": 1, "unsure": 2,
    });
    assert_eq!(fourth["rejected_by_reason"], reasons);
    assert_eq!(fourth["watermark"], "2025-01-01T10:05:00Z");
    assert_eq!(money(&fourth, "accepted_revenue"), units("14.5"));
    // All of them stand below the output, with their places.
    let mut rejects = Vec::new();
    crate::common::walk(&shop.path("far/_rejects"), &mut |path| {
        let name = path.to_string_lossy();
        if name.ends_with(".json") && !name.contains("_spark_metadata") {
            let text = std::fs::read_to_string(path).expect("text");
            rejects.extend(
                text.lines()
                    .map(|line| -> Value { serde_json::from_str(line).expect("JSON") }),
            );
        }
    });
    let mut offsets: Vec<_> = rejects.iter().map(|one| one["offset"].as_i64()).collect();
    offsets.sort_unstable();
    assert_eq!(offsets, (4..12).map(Some).collect::<Vec<_>>());
    for one in &rejects {
        assert_eq!(
            (&one["source"], &one["partition"]),
            (&Value::from(topic.clone()), &0.into())
        );
    }
    let raw = |offset: i64| {
        rejects
            .iter()
            .find(|one| one["offset"] == offset)
            .expect("one")
    };
    assert_eq!(raw(11)["raw"], "no JSON");
    assert_eq!(raw(6)["raw_hex"], "7b2270726f64756374223a22ff227d");
    // The local engine gives the same reasons, where Spark is sure.
    let local = shop.json(&pass(&broker, &topic, &[]));
    let mut known = local["rejected_by_reason"]
        .as_object()
        .expect("reasons")
        .clone();
    assert_eq!(known.remove("invalid_json"), Some(1.into()));
    let mut reasons = reasons.as_object().expect("reasons").clone();
    reasons.remove("unsure");
    assert_eq!(known, reasons);
}

#[test]
fn a_server_that_is_killed_is_gone_on_from_exactly_once() {
    let Some(broker) = kafka() else { return };
    let Some(own) = Own::prepare("spark", &["PORT"]) else {
        return;
    };
    own.act("start", "").expect("it starts");
    let remote = format!("sc://127.0.0.1:{}", own.port(0));
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 2);
    classic(&shop);
    let part = |days: &[u32]| {
        for day in days {
            let file = format!("data/input/retail_2025-01-{day:02}.csv");
            shop.json(&replay(&broker, &topic, &["--rate", "0", "--input", &file]));
        }
    };
    part(&[1, 2, 3, 4]);
    let apart = [
        "--output",
        "far",
        "--checkpoint",
        "far-cp",
        "--commit-interval",
        "1s",
    ];
    let begun = shop.json(&on(&remote, &stream(&broker, &topic, &apart)));
    let name = begun["name"].as_str().expect("a name").to_owned();
    assert!(name.starts_with("retail-revenue-"), "{begun}");
    until(Duration::from_secs(120), || {
        shop.path("far/_spark_metadata/1").exists()
    });
    // Killed while it writes, as files are seen that no log names yet, or near it.
    part(&[5, 6, 7]);
    std::thread::sleep(Duration::from_secs(2));
    own.act("crash", "").expect("it is killed");
    // What a killed batch leaves behind counts for nobody.
    let orphan = shop.path("far/part-00000-of-a-killed-batch.snappy.parquet");
    let written = std::fs::read_dir(shop.path("far"))
        .expect("a folder")
        .flatten();
    let one = written
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|e| e == "parquet"));
    std::fs::copy(one.expect("a file"), &orphan).expect("copied");
    part(&[8, 9, 10, 11, 12, 13, 14]);
    own.act("start", "").expect("it starts");
    let gone = shop.json(&["jobs", "list", "--remote", &remote]);
    assert_eq!(gone["jobs"], serde_json::json!([]));
    let told = shop.json(&spark_pass(&remote, &broker, &topic, &[]));
    assert_adds_up(&told);
    assert_eq!(told["id"], begun["id"], "it is the same query");
    assert_eq!(money(&told, "accepted_revenue"), units(CLASSIC));
    assert_eq!((count(&told, "late"), money(&told, "late_revenue")), (0, 0));
    let sent = messages(&broker, &topic);
    let mark = watermark(&told);
    let hand = by_hand(values(&sent));
    let closed: Vec<Row> = hand.into_iter().filter(|row| row.3 <= mark).collect();
    assert_eq!(seen(&shop, "far"), (closed.len() as u64, total(&closed)));
    std::fs::remove_file(&orphan).expect("removed");
    let named: Vec<Row> = rows(&shop, "far");
    // A killed batch of Spark's own may have left files, which a plain reader would count.
    if named.len() == closed.len() {
        assert_rows(&named, &closed);
    }
    let failed = shop.fail(
        &spark_pass(&remote, &broker, &topic, &["--window", "30m"]),
        1,
    );
    assert!(failed.contains("window_seconds"), "{failed}");
}

#[test]
fn a_stream_that_cannot_begin_is_told_in_a_line() {
    let (Some(remote), Some(broker)) = (spark(), kafka()) else {
        return;
    };
    let shop = Shop::new();
    let failed = shop.fail(&spark_pass(remote, &broker, "no-such-topic", &[]), 1);
    assert_eq!(failed.lines().count(), 1, "{failed}");
    assert!(failed.contains("/no-such-topic, failed: "), "{failed}");
    assert!(!failed.contains("org.apache"), "{failed}");
    let output = shop.run(&on("sc://127.0.0.1:1", &stream(&broker, "sales", &[])));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
}
