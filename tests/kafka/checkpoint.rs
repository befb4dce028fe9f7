//! Who may use a checkpoint, and what else says where to go on.

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::broker::{kafka, topic};
use crate::common::Shop;
use crate::figures::{
    CLASSIC, OUTPUT, assert_adds_up, assert_rows, by_hand, classic, count, money, rows, units,
};
use crate::world::{
    PATIENCE, bounds, config, drain, has_read, live, messages, pass, replay, stream, until, values,
};

/// The classic days in a new topic of two partitions.
fn classic_topic(shop: &Shop, broker: &str) -> String {
    let topic = topic();
    classic(shop);
    shop.json(&replay(
        broker,
        &topic,
        &["--rate", "0", "--partitions", "2"],
    ));
    topic
}

#[test]
fn a_second_process_is_refused() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = classic_topic(&shop, &broker);
    let mut first = live(&shop, &broker, &topic, &[]);
    has_read(&shop, 14 * 72);
    let same = shop.fail(&stream(&broker, &topic, &[]), 1);
    assert!(same.contains(&format!("process {}", first.pid())), "{same}");
    // One of both is enough.
    let other = ["--output", "other"];
    let error = shop.fail(&stream(&broker, &topic, &other), 1);
    assert!(error.contains("streaming_sales"), "{error}");
    let other = ["--checkpoint", "other"];
    let error = shop.fail(&stream(&broker, &topic, &other), 1);
    assert!(error.contains("streaming_product_revenue"), "{error}");
    // Nor may it begin anew under the first.
    shop.fail(&stream(&broker, &topic, &["--fresh"]), 1);
    let summary = drain(first);
    assert_eq!(count(&summary, "read"), 14 * 72);
    assert_adds_up(&summary);
    // Its lock is gone with it.
    let summary = shop.json(&stream(&broker, &topic, &["--until-end"]));
    assert_eq!(money(&summary, "written_revenue"), 4 * units(CLASSIC));
}

/// The group that a consumer is in, at the partitions of the topic.
fn group(broker: &str, name: &str, topic: &str) -> (BaseConsumer, TopicPartitionList) {
    let consumer = config(broker).set("group.id", name).create();
    let mut list = TopicPartitionList::new();
    for number in 0..bounds(broker, topic).len() as i32 {
        list.add_partition(topic, number);
    }
    (consumer.expect("a client"), list)
}

#[test]
fn committed_offsets_of_the_group_move_nothing() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = classic_topic(&shop, &broker);
    let name = format!("group-{topic}");
    let (consumer, mut list) = group(&broker, &name, &topic);
    list.set_all_offsets(Offset::Offset(100)).expect("offsets");
    consumer.commit(&list, CommitMode::Sync).expect("committed");
    let part = ["--group", &name];
    let mut first = live(&shop, &broker, &topic, &part);
    has_read(&shop, 14 * 72);
    // Who watches lag is told of positions …
    let ends: Vec<_> = bounds(&broker, &topic).iter().map(|b| b.1).collect();
    until(PATIENCE, || {
        let told = consumer.committed_offsets(list.clone(), PATIENCE);
        let told = told
            .expect("an answer")
            .elements()
            .iter()
            .map(|e| e.offset().to_raw())
            .collect::<Vec<_>>();
        told == ends.iter().map(|end| Some(*end)).collect::<Vec<_>>()
    });
    first.signal("KILL");
    first.end();
    // … and what is told of them, back or ahead, does not matter.
    list.set_all_offsets(Offset::Offset(5)).expect("offsets");
    consumer.commit(&list, CommitMode::Sync).expect("committed");
    let more = ["--until-end", "--group", &name];
    let summary = shop.json(&stream(&broker, &topic, &more));
    assert_eq!(count(&summary, "read"), 14 * 72);
    assert_rows(
        &rows(&shop, OUTPUT),
        &by_hand(values(&messages(&broker, &topic))),
    );
    assert_eq!(money(&summary, "written_revenue"), 4 * units(CLASSIC));
}

#[test]
fn from_latest_holds_from_the_first_start_on() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = classic_topic(&shop, &broker);
    let latest = ["--from", "latest", "--until-end"];
    let summary = shop.json(&stream(&broker, &topic, &latest));
    assert_eq!(count(&summary, "read"), 0);
    // What comes after the first start is read, although nothing was read by then.
    shop.json(&replay(&broker, &topic, &["--rate", "0"]));
    let summary = shop.json(&stream(&broker, &topic, &latest));
    assert_eq!(count(&summary, "read"), 14 * 72);
    assert_eq!(money(&summary, "written_revenue"), 4 * units(CLASSIC));
}

#[test]
fn another_topic_is_another_state() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = classic_topic(&shop, &broker);
    shop.json(&pass(&broker, &topic, &[]));
    let before = rows(&shop, "pass");
    let other = classic_topic(&shop, &broker);
    let error = shop.fail(&pass(&broker, &other, &[]), 1);
    assert!(
        error.contains("--fresh") && error.contains(&topic),
        "{error}"
    );
    assert_rows(&rows(&shop, "pass"), &before);
}
