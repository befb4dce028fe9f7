//! A stream that runs: what it reads is seen, rolling and once.

use std::io::{BufReader, Write};
use std::thread;

use crate::common::Shop;
use crate::common::figures::units;
use crate::common::web::{Servers, ask, pushed};
use crate::model::amount;

fn event(time: &str, product: &str, amount: &str) -> String {
    format!("{{\"order_time\":\"{time}\",\"product\":\"{product}\",\"amount\":{amount}}}\n")
}

#[test]
fn an_event_is_pushed_and_counts_once_though_it_is_in_four_windows() {
    let shop = Shop::new();
    let servers = Servers::start(&shop, &["--currency", "EUR"]);
    let (stream, mut stdin) = shop.start_fed(&["stream", "--input", "-"]);
    let events = ask(&servers.address("live"), "/api/live/events");
    let mut lines = BufReader::new(events);

    // The worked example of the contract's arithmetic.
    let first = event("2026-01-01T09:05:00", "Tea", "10.00");
    stdin.write_all(first.as_bytes()).unwrap();
    stdin.flush().unwrap();
    let view = pushed(&mut lines, |view| view["tracked_windows"] == 4);
    assert_eq!(view["status"], "ok");
    assert_eq!(view["currency"], "EUR");
    assert_eq!(view["latest"]["start"], "2026-01-01T09:00:00Z");
    assert_eq!(view["latest"]["state"], "open");
    assert_eq!(view["latest"]["revenue"], "10.00");
    assert_eq!(view["covered"]["revenue"], "10.00");
    assert_eq!(view["series"][0]["revenue"], "10.00");
    assert_eq!(view["series"][0]["points"].as_array().unwrap().len(), 4);
    assert_eq!(view["stream"]["watermark"], "2026-01-01T08:50:00Z");
    let open = servers.json("live", "/api/stream");
    assert_eq!(open["window_health"][0]["open"], true);
    assert_eq!(
        amount(&open["timeline"][0]["total_revenue"]),
        units("10.00")
    );

    let second = event("2026-01-01T10:20:00", "Rice", "3.00");
    stdin.write_all(second.as_bytes()).unwrap();
    let late = event("2026-01-01T09:40:00", "Tea", "7.00");
    stdin.write_all(late.as_bytes()).unwrap();
    stdin.flush().unwrap();
    let view = pushed(&mut lines, |view| view["stream"]["read"] == 3);
    assert_eq!(view["stream"]["late"], 1);
    assert_eq!(view["stream"]["late_revenue"], "14.00");
    // Closed, open and late windows add up to four times what was sold.
    let windows = view["windows"].as_array().unwrap();
    let sum: i128 = windows
        .iter()
        .map(|window| amount(&window["revenue"]))
        .sum();
    assert_eq!(sum + units("14.00"), 4 * units("20.00"));
    let state = |end: &str| {
        let found = windows
            .iter()
            .find(|w| w["end"] == format!("2026-01-01T{end}:00Z"));
        let found = found.unwrap_or_else(|| panic!("{end}: {windows:?}"));
        (
            found["state"].as_str().unwrap(),
            found["revenue"].as_str().unwrap(),
        )
    };
    assert_eq!(state("09:15"), ("final", "10.00"));
    assert_eq!(state("10:00"), ("final", "10.00"));
    assert_eq!(state("10:15"), ("open", "7.00"));
    assert_eq!(state("10:30"), ("open", "10.00"));
    assert_eq!(state("11:15"), ("open", "3.00"));
    // The newest window ends at 11:15: the chain is 11:15, 10:15, 09:15. It holds the tea of
    // 09:05 and the rice, and the late tea in the one that it did not miss.
    assert_eq!(view["covered"]["revenue"], "20.00");

    drop(stdin);
    assert!(stream.end().status.success());
    let view = pushed(&mut lines, |view| view["status"] == "ended");
    let windows = view["windows"].as_array().unwrap();
    assert!(windows.iter().all(|window| window["state"] == "final"));
    let sum: i128 = windows
        .iter()
        .map(|window| amount(&window["revenue"]))
        .sum();
    assert_eq!(sum, units("66.00"));
}

#[test]
fn a_stream_that_was_stopped_is_stale_and_not_an_end() {
    let shop = Shop::new();
    shop.json(&["generate", "--days", "2"]);
    let mut stream = shop.start(&["stream", "--rate", "20", "--loop"]);
    let servers = Servers::start(&shop, &[]);
    servers.until("live", "/api/live", |live| live["status"] == "ok");
    stream.signal("TERM");
    stream.end();
    let live = servers.until("live", "/api/live", |live| {
        assert!(live["status"] == "ok" || live["status"] == "stale");
        live["status"] == "stale"
    });
    assert!(live["message"].as_str().unwrap().contains("stopped"));
    // What was there stays.
    assert!(live["tracked_windows"].as_u64().unwrap() > 0);
}

#[test]
fn a_stream_that_ended_without_a_sale_has_nothing_to_show() {
    let shop = Shop::new();
    let (stream, mut stdin) = shop.start_fed(&["stream", "--input", "-"]);
    stdin.write_all(b"{\"product\":\"Tea\"}\n").unwrap();
    drop(stdin);
    assert!(stream.end().status.success());
    let servers = Servers::start(&shop, &[]);
    let live = servers.json("live", "/api/live");
    assert_eq!(live["status"], "no_data", "{live}");
    assert!(live["message"].as_str().unwrap().contains("retail stream"));
}

#[test]
fn a_hundred_viewers_see_the_same() {
    let shop = Shop::new();
    let servers = Servers::start(&shop, &[]);
    let (stream, mut stdin) = shop.start_fed(&["stream", "--input", "-"]);
    let address = servers.address("live");
    let viewers: Vec<_> = (0..100)
        .map(|_| {
            let mut lines = BufReader::new(ask(&address, "/api/live/events"));
            thread::spawn(move || pushed(&mut lines, |view| view["stream"]["read"] == 200))
        })
        .collect();
    for minute in 0..200 {
        let (hour, minute) = (9 + minute / 60, minute % 60);
        let time = format!("2026-01-01T{hour:02}:{minute:02}:00");
        stdin
            .write_all(event(&time, "Tea", "1.00").as_bytes())
            .unwrap();
    }
    stdin.flush().unwrap();
    let mut seen = viewers.into_iter().map(|viewer| viewer.join().unwrap());
    let first = seen.next().unwrap();
    let once = amount(&first["covered"]["revenue"]);
    assert_eq!(once, units("200.00"));
    for view in seen {
        assert_eq!(view["windows"], first["windows"]);
        assert_eq!(view["series"], first["series"]);
    }
    drop(stdin);
    stream.end();
}
