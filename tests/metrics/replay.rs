//! The figures of a replay.

use std::io::{BufRead, BufReader, Write};
use std::thread;
use std::time::Duration;

use crate::ANY;
use crate::common::scrape::{
    Scrape, address, assert_grows, get, labelled, scrape, scrape_until, value,
};
use crate::common::{Shop, stdout};

#[test]
fn lines_are_counted_as_they_are_written() {
    let shop = Shop::new();
    let args = [
        "replay", "--input", "-", "--order", "file", "--rate", "2000",
    ];
    let (mut run, mut stdin) = shop.start_fed(&[&args[..], &ANY].concat());
    let address = address(&mut run);
    stdin.write_all(b"order_date,product,amount\n").unwrap();
    let mut lines = BufReader::new(run.stdout()).lines();
    let mut before = scrape(&address);
    for part in 1..=5_u32 {
        stdin
            .write_all("2025-01-01,Tea,1\n".repeat(100).as_bytes())
            .unwrap();
        let read: Vec<_> = lines.by_ref().take(100).map(Result::unwrap).collect();
        assert_eq!(read.len(), 100);
        let expected = Some(f64::from(part * 100));
        let sent = |scrape: &Scrape| value(scrape, "retail_events_sent_total") >= expected;
        let after = scrape_until(&address, sent);
        assert_eq!(value(&after, "retail_events_sent_total"), expected);
        assert_grows(&before, &after);
        before = after;
    }
    assert_eq!(value(&before, "retail_events_failed_total"), Some(0.0));
    assert_eq!(value(&before, "retail_delivery_in_flight"), Some(0.0));
    assert_eq!(
        value(&before, "retail_target_events_per_second"),
        Some(2_000.0)
    );
    let build = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("command", "replay"),
    ];
    assert_eq!(labelled(&before, "retail_build_info", &build), Some(1.0));
    drop(stdin);
    assert_eq!(lines.count(), 0);
    assert!(run.end().status.success());
}

#[test]
fn as_fast_as_possible_has_no_target() {
    let shop = Shop::new();
    let args = ["replay", "--input", "-", "--rate", "0"];
    let (mut run, stdin) = shop.start_fed(&[&args[..], &ANY].concat());
    let address = address(&mut run);
    let sent = |scrape: &Scrape| scrape.contains_key("retail_events_sent_total");
    let seen = scrape_until(&address, sent);
    assert!(!seen.contains_key("retail_target_events_per_second"));
    drop(stdin);
    assert_eq!(stdout(&run.end()), "");
}

#[test]
fn it_is_not_ready_while_it_waits_for_brokers() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    // Nobody listens on port 1.
    let args = ["replay", "--brokers", "127.0.0.1:1", "--wait", "60s"];
    let mut run = shop.start(&[&args[..], &ANY].concat());
    let address = address(&mut run);
    for _ in 0..5 {
        let (status, _, body) = get(&address, "/health/ready");
        assert_eq!(status, 503, "{body}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["status"], "starting");
        assert_eq!(get(&address, "/health").0, 200);
        thread::sleep(Duration::from_millis(100));
    }
    run.kill();
}
