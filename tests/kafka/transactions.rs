//! Messages of transactions: only committed ones count.

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::broker::{kafka, topic};
use crate::common::Shop;
use crate::figures::{OUTPUT, assert_adds_up, count, money, wait_for};
use crate::world::{Feed, PATIENCE, config, drain, live, make_topic, pass, sale, stream};

/// A producer of transactions, one of which is begun.
struct Transactions {
    producer: BaseProducer,
    topic: String,
}

impl Transactions {
    fn new(broker: &str, topic: &str) -> Self {
        let mut config = config(broker);
        let producer: BaseProducer = config.set("transactional.id", topic).create().expect("one");
        producer.init_transactions(PATIENCE).expect("made");
        producer.begin_transaction().expect("begun");
        let topic = topic.to_owned();
        Self { producer, topic }
    }

    fn put(&self, partition: i32, event: &str) {
        let record = BaseRecord::<str, str>::to(&self.topic).partition(partition);
        let sent = self.producer.send(record.payload(event));
        sent.map_err(|(e, _)| e).expect("taken");
        self.producer.flush(PATIENCE).expect("sent");
    }

    fn commit(&self) {
        self.producer
            .commit_transaction(PATIENCE)
            .expect("committed");
        self.producer.begin_transaction().expect("begun");
    }

    fn abort(&self) {
        self.producer.abort_transaction(PATIENCE).expect("aborted");
        self.producer.begin_transaction().expect("begun");
    }
}

#[test]
fn only_committed_messages_count() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 1);
    let source = Transactions::new(&broker, &topic);
    source.put(0, &sale("a", "2025-01-01T09:00:00", "1"));
    source.commit();
    source.put(0, &sale("a", "2025-01-01T09:01:00", "20"));
    source.put(0, "no JSON");
    source.abort();
    source.put(0, &sale("a", "2025-01-01T09:02:00", "300"));
    source.commit();
    // The end is a marker, no message.
    let summary = shop.json(&pass(&broker, &topic, &[]));
    assert_eq!(count(&summary, "read"), 2);
    assert_eq!(count(&summary, "accepted"), 2);
    assert_eq!(money(&summary, "written_revenue"), 4 * 3_010_000);
    assert_adds_up(&summary);
    let again = shop.json(&pass(&broker, &topic, &[]));
    assert_eq!(again["written_revenue"], summary["written_revenue"]);

    // What is open is not read before it is committed.
    source.put(0, &sale("a", "2025-02-01T09:00:00", "4000"));
    let more = ["--until-end"];
    let open = shop.json(&stream(&broker, &topic, &more));
    assert_eq!(count(&open, "read"), 2);
    source.commit();
    let done = shop.json(&stream(&broker, &topic, &more));
    assert_eq!(count(&done, "read"), 3);
    assert_eq!(money(&done, "accepted_revenue"), 43_010_000);
}

/// A partition that ends in the marker of a transaction is fully read, and can be idle.
#[test]
fn a_marker_at_the_end_holds_nothing_back() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    make_topic(&broker, &topic, 2);
    let source = Transactions::new(&broker, &topic);
    source.put(1, &sale("b", "2025-01-01T09:00:00", "1"));
    source.commit();
    source.put(1, &sale("b", "2025-01-01T09:00:00", "1"));
    source.abort();
    let feed = Feed::new(&broker, &topic);
    let stream = live(&shop, &broker, &topic, &["--idle", "500ms"]);
    feed.event(0, &sale("a", "2025-01-01T09:00:00", "1"));
    // Alive all the time, so that only the other is idle.
    wait_for(&shop, OUTPUT, PATIENCE, |view| {
        feed.event(0, &sale("a", "2025-01-01T12:00:00", "1"));
        count(view, "windows") == 8
    });
    // Nor does it look unread.
    wait_for(&shop, OUTPUT, PATIENCE, |view| view["lag"] == 0);
    assert_adds_up(&drain(stream));
}
