//! Messages that expire unread: an error, or a count, never silence.

use futures_executor::block_on;
use rdkafka::admin::AdminOptions;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::broker::{kafka, topic};
use crate::common::{Running, Shop, stderr};
use crate::figures::{OUTPUT, assert_adds_up, count, money, rows};
use crate::world::{
    Feed, PATIENCE, admin, bounds, drain, has_read, live, make_topic, sale, stream,
};

/// Messages of 1.00 each, read and not read.
const READ: u64 = 10;
const ALL: u64 = 40;
const LOW: u64 = 25;

fn feed(broker: &str, topic: &str, count: u64) {
    let feed = Feed::new(broker, topic);
    for _ in 0..count {
        feed.event(0, &sale("a", "2025-01-01T09:00:00", "1"));
    }
}

/// Lets what is before `low` expire.
fn expire(broker: &str, topic: &str, low: u64) {
    let mut list = TopicPartitionList::new();
    let added = list.add_partition_offset(topic, 0, Offset::Offset(low as i64));
    added.expect("an offset");
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    block_on(admin(broker).delete_records(&list, &options)).expect("deleted");
    assert_eq!(bounds(broker, topic)[0].0, low as i64);
}

#[test]
fn expired_messages_are_an_error_or_counted() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    feed(&broker, &topic, READ);
    let first = live(&shop, &broker, &topic, &[]);
    has_read(&shop, READ);
    drain(first);
    feed(&broker, &topic, ALL - READ);
    expire(&broker, &topic, LOW);
    let error = shop.fail(&stream(&broker, &topic, &["--until-end"]), 1);
    for part in [&topic, "/0: offsets 10 to 24", "--on-gap continue"] {
        assert!(error.contains(part), "{error}");
    }
    // The error has changed nothing.
    let mut more = vec!["--until-end", "--on-gap", "continue"];
    let summary = shop.json(&stream(&broker, &topic, &more));
    assert_eq!(count(&summary, "lost"), LOW - READ);
    assert_eq!(count(&summary, "read"), ALL - (LOW - READ));
    assert_adds_up(&summary);
    assert_eq!(rows(&shop, OUTPUT).len(), 4);
    // Counted once.
    more.truncate(1);
    let again = shop.json(&stream(&broker, &topic, &more));
    assert_eq!(count(&again, "lost"), LOW - READ);
    assert_eq!(again["written_revenue"], summary["written_revenue"]);
    // For who begins now nothing is lost.
    let anew = shop.json(&stream(&broker, &topic, &["--until-end", "--fresh"]));
    assert_eq!(count(&anew, "lost"), 0);
    assert_eq!(
        money(&anew, "written_revenue"),
        4 * i128::from(ALL - LOW) * 10_000
    );
}

/// A stream that stands still while messages come and expire.
fn overtaken(shop: &Shop, broker: &str, topic: &str, more: &[&str]) -> Running {
    make_topic(broker, topic, 1);
    feed(broker, topic, READ);
    let mut stream = live(shop, broker, topic, more);
    has_read(shop, READ);
    stream.signal("STOP");
    feed(broker, topic, ALL - READ);
    expire(broker, topic, LOW);
    stream.signal("CONT");
    stream
}

#[test]
fn messages_that_expire_under_a_stream_end_it() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    let output = overtaken(&shop, &broker, &topic, &[]).end();
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("have expired unread"), "{text}");
    shop.fail(&stream(&broker, &topic, &["--until-end"]), 1);
}

#[test]
fn messages_that_expire_under_a_stream_are_counted_where_allowed() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    let stream = overtaken(&shop, &broker, &topic, &["--on-gap", "continue"]);
    // An answer that was on its way holds the first of what came, perhaps.
    has_read(&shop, READ + ALL - LOW);
    let summary = drain(stream);
    assert!(count(&summary, "lost") > 0, "{summary}");
    assert_eq!(count(&summary, "read") + count(&summary, "lost"), ALL);
    assert_adds_up(&summary);
}
