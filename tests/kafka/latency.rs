//! How soon an event shows, and what it costs to wait for one.

use std::time::{Duration, Instant};

use crate::broker::{kafka, topic};
use crate::common::Shop;
use crate::figures::{OUTPUT, assert_adds_up, count, open_windows, wait_for};
use crate::world::{Feed, drain, has_read, live, make_topic, sale};

#[test]
fn an_event_shows_within_a_second() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 2);
    let feed = Feed::new(&broker, &topic);
    feed.event(0, &sale("p0", "2025-01-01T09:00:00", "1"));
    let stream = live(&shop, &broker, &topic, &[]);
    has_read(&shop, 1);
    for number in 1..=20_u64 {
        let product = format!("p{number}");
        let event = sale(&product, "2025-01-01T09:00:00", "1");
        let began = Instant::now();
        feed.event((number % 2) as i32, &event);
        wait_for(&shop, OUTPUT, Duration::from_secs(1), |view| {
            let windows = view["open"].as_array().expect("windows");
            let holds = |window: &serde_json::Value| window["products"][&product] == "1.00";
            windows.iter().filter(|w| holds(w)).count() == 4
        });
        let took = began.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?}");
        // Not in step with commits or refreshes.
        std::thread::sleep(Duration::from_millis(37 * number % 400));
    }
    let view = open_windows(&shop, OUTPUT).expect("a view");
    assert_eq!(count(&view, "read"), 21);
    assert_adds_up(&drain(stream));
}

/// Hundredths of a second that a process has computed.
fn ticks(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let behind = text.rsplit_once(") ").expect("a name").1;
    let fields: Vec<_> = behind.split(' ').collect();
    let of = |number: usize| fields[number].parse::<u64>().expect("ticks");
    of(11) + of(12)
}

#[test]
fn a_quiet_stream_rests() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 2);
    Feed::new(&broker, &topic).event(0, &sale("a", "2025-01-01T09:00:00", "1"));
    let mut stream = live(&shop, &broker, &topic, &["--commit-interval", "100ms"]);
    has_read(&shop, 1);
    // The commit is over by then.
    std::thread::sleep(Duration::from_secs(1));
    let before = ticks(stream.pid());
    std::thread::sleep(Duration::from_secs(2));
    let spent = ticks(stream.pid()) - before;
    assert!(spent < 40, "a fifth of a core and more: {spent} of 200");
    drain(stream);
}
