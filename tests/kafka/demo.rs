//! A demo in one command: files replayed into a topic, and streamed from there.

use std::time::{Duration, Instant};

use crate::broker::{kafka, topic};
use crate::common::{Running, Shop};
use crate::figures::{
    CLASSIC, OUTPUT, assert_adds_up, assert_rows, by_hand, classic, count, money, rows, summary,
    units,
};
use crate::world::{bounds, has_read, live, messages, stream, values};

/// Interrupts; it must end within two seconds.
fn interrupt(mut demo: Running) -> serde_json::Value {
    let began = Instant::now();
    demo.signal("INT");
    let output = demo.end();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(output.status.code(), Some(130));
    summary(&output)
}

fn held(broker: &str, topic: &str) -> u64 {
    let bounds = bounds(broker, topic);
    bounds.iter().map(|(low, high)| (high - low) as u64).sum()
}

#[test]
fn a_demo_is_interrupted_and_goes_on() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    let demo = ["--rate", "2000", "--loop"];
    let first = live(&shop, &broker, &topic, &demo);
    // Into the second lap.
    has_read(&shop, 1_500);
    let told = interrupt(first);
    assert!(count(&told, "read") >= 1_500);
    assert_eq!(told["ended"], false);
    assert_adds_up(&told);

    // Everything that was accepted is committed, and nothing is read twice.
    let rest = shop.json(&stream(&broker, &topic, &["--until-end"]));
    assert_eq!(count(&rest, "read"), held(&broker, &topic));
    assert!(count(&rest, "read") >= count(&told, "read"));
    assert_eq!(count(&rest, "late"), 0);
    assert_adds_up(&rest);
    let events = messages(&broker, &topic);
    assert_rows(&rows(&shop, OUTPUT), &by_hand(values(&events)));

    // The same command goes on; its replay begins with the first day again, which is over.
    let second = live(&shop, &broker, &topic, &demo);
    has_read(&shop, count(&rest, "read") + 500);
    let told = interrupt(second);
    assert!(count(&told, "late") > 0);
    assert_adds_up(&told);
    let rest = shop.json(&stream(&broker, &topic, &["--until-end"]));
    assert_eq!(count(&rest, "read"), held(&broker, &topic));
    assert_adds_up(&rest);
}

#[test]
fn a_demo_to_the_end_is_one_whole_pass() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    let more = ["--rate", "0", "--until-end"];
    let summary = shop.json(&stream(&broker, &topic, &more));
    assert_eq!(count(&summary, "read"), 14 * 72);
    assert_eq!(money(&summary, "written_revenue"), 4 * units(CLASSIC));
    assert_eq!(bounds(&broker, &topic).len(), 4);
}

/// What was in the topic before is not the demo's.
#[test]
fn a_demo_begins_at_the_present_end() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    shop.json(&crate::world::replay(&broker, &topic, &["--rate", "0"]));
    let more = ["--rate", "0", "--until-end"];
    let summary = shop.json(&stream(&broker, &topic, &more));
    assert_eq!(held(&broker, &topic), 2 * 14 * 72);
    assert_eq!(count(&summary, "read"), 14 * 72);
    assert_eq!(money(&summary, "accepted_revenue"), units(CLASSIC));
}
