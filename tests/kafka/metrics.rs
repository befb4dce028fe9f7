//! What only Kafka has to tell: what waits, what is in flight, what was acknowledged.

use crate::broker::{kafka, topic};
use crate::common::Shop;
use crate::common::scrape::{Scrape, address, labelled, scrape, scrape_until, value};
use crate::figures::{classic, count, summary};
use crate::world::{bounds, drain, live, make_topic, replay};

const ANY: [&str; 2] = ["--metrics-addr", "127.0.0.1:0"];

#[test]
fn a_replay_and_a_stream_tell_what_waits() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    make_topic(&broker, &topic, 2);
    let options = [&["--loop", "--rate", "1000"], &ANY[..]].concat();
    let args = [&["--json"], &replay(&broker, &topic, &options)[..]].concat();
    let mut player = shop.start(&args);
    let at = address(&mut player);
    let enough = |scrape: &Scrape| value(scrape, "retail_events_sent_total") >= Some(500.0);
    let seen = scrape_until(&at, enough);
    assert_eq!(value(&seen, "retail_events_failed_total"), Some(0.0));
    let target = value(&seen, "retail_target_events_per_second");
    assert_eq!(target, Some(1_000.0));
    // They are acknowledged within moments.
    let flying = value(&seen, "retail_delivery_in_flight").unwrap();
    assert!(flying < 500.0, "{flying}");
    player.signal("INT");
    let sent = count(&summary(&player.end()), "sent");
    let held: i64 = bounds(&broker, &topic)
        .iter()
        .map(|(low, high)| high - low)
        .sum();
    assert_eq!(sent, held as u64);
    assert!(sent >= 500);

    let mut stream = live(&shop, &broker, &topic, &ANY);
    let at = address(&mut stream);
    let all = |scrape: &Scrape| {
        let read = value(scrape, "retail_records_read_total") == Some(sent as f64);
        read && value(scrape, "retail_source_lag_records") == Some(0.0)
    };
    let seen = scrape_until(&at, all);
    let told = drain(stream);
    assert_eq!(
        value(&seen, "retail_records_accepted_total"),
        Some(count(&told, "accepted") as f64)
    );
}

#[test]
fn a_demo_tells_of_both_its_halves() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    let options = [&["--loop", "--rate", "200"], &ANY[..]].concat();
    let mut demo = live(&shop, &broker, &topic, &options);
    let at = address(&mut demo);
    let both = |scrape: &Scrape| {
        let names = ["retail_events_sent_total", "retail_records_read_total"];
        names
            .into_iter()
            .all(|name| value(scrape, name) > Some(50.0))
    };
    scrape_until(&at, both);
    let seen = scrape(&at);
    assert_eq!(value(&seen, "retail_target_events_per_second"), Some(200.0));
    let build = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("command", "stream"),
    ];
    assert_eq!(labelled(&seen, "retail_build_info", &build), Some(1.0));
    drain(demo);
}
