//! Topics, messages and events.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_executor::block_on;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message, OwnedMessage};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value;

use crate::common::{Running, Shop, stderr};
use crate::figures::{OUTPUT, count, summary, wait_for};

/// How long a broker or a stream may take for what it does soon.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A client's configuration.
pub fn config(broker: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker);
    config.set("message.max.bytes", "20000000");
    config.set("log_level", "0");
    config
}

/// A client that makes and removes topics.
pub fn admin(broker: &str) -> AdminClient<DefaultClientContext> {
    config(broker).create().expect("a client")
}

/// A new topic whose messages do not expire by the age that tests give them.
pub fn make_topic(broker: &str, name: &str, partitions: i32) {
    make_topic_of(broker, name, partitions, "8000000");
}

/// The same for messages of so many bytes at most.
pub fn make_topic_of(broker: &str, name: &str, partitions: i32, longest: &str) {
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1))
        .set("retention.ms", "-1")
        .set("max.message.bytes", longest);
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
    for made in block_on(admin(broker).create_topics([&topic], &options)).expect("an answer") {
        made.expect("made");
    }
}

/// Whether there is such a topic.
pub fn exists(broker: &str, topic: &str) -> bool {
    let metadata = admin(broker).inner().fetch_metadata(None, PATIENCE);
    let metadata = metadata.expect("an answer");
    metadata.topics().iter().any(|t| t.name() == topic)
}

/// Sends messages by hand to one topic.
pub struct Feed {
    producer: BaseProducer,
    topic: String,
}

impl Feed {
    /// To that topic.
    pub fn new(broker: &str, topic: &str) -> Self {
        let mut config = config(broker);
        config.set("acks", "all").set("linger.ms", "0");
        Self {
            producer: config.create().expect("a client"),
            topic: topic.to_owned(),
        }
    }

    /// Sends one and waits until the broker has it.
    pub fn put(&self, partition: i32, key: Option<&str>, value: Option<&[u8]>, time: Option<i64>) {
        let mut record = BaseRecord::<str, [u8]>::to(&self.topic).partition(partition);
        (record.key, record.payload) = (key, value);
        record.timestamp = time;
        self.producer
            .send(record)
            .map_err(|(e, _)| e)
            .expect("sent");
        self.producer.flush(PATIENCE).expect("delivered");
    }

    /// Sends events in their order, and waits once for all of them.
    pub fn events(&self, partition: i32, events: &[impl AsRef<str>]) {
        for event in events {
            let record = BaseRecord::<str, [u8]>::to(&self.topic).partition(partition);
            let sent = self
                .producer
                .send(record.payload(event.as_ref().as_bytes()));
            sent.map_err(|(e, _)| e).expect("sent");
        }
        self.producer.flush(PATIENCE).expect("delivered");
    }

    /// Sends an event.
    pub fn event(&self, partition: i32, event: &str) {
        self.events(partition, &[event]);
    }
}

/// A sale.
pub fn sale(product: &str, time: &str, amount: &str) -> String {
    format!(r#"{{"product":"{product}","order_time":"{time}","amount":{amount}}}"#)
}

/// Where the partitions of a topic begin and end.
pub fn bounds(broker: &str, topic: &str) -> Vec<(i64, i64)> {
    let consumer: BaseConsumer = config(broker).create().expect("a client");
    let metadata = consumer.fetch_metadata(Some(topic), PATIENCE);
    let count = metadata.expect("an answer").topics()[0].partitions().len();
    let bounds = |number| consumer.fetch_watermarks(topic, number as i32, PATIENCE);
    (0..count).map(|n| bounds(n).expect("an answer")).collect()
}

/// Every message of a topic that holds no transactions, by partition and offset.
pub fn messages(broker: &str, topic: &str) -> Vec<OwnedMessage> {
    let bounds = bounds(broker, topic);
    let group = config(broker).set("group.id", "tests").clone();
    let consumer: BaseConsumer = group.create().expect("a client");
    let mut list = TopicPartitionList::new();
    for number in 0..bounds.len() as i32 {
        let added = list.add_partition_offset(topic, number, Offset::Beginning);
        added.expect("an offset");
    }
    consumer.assign(&list).expect("assigned");
    let count: i64 = bounds.iter().map(|(low, high)| high - low).sum();
    let deadline = Instant::now() + PATIENCE;
    let mut found = Vec::new();
    while (found.len() as i64) < count {
        assert!(Instant::now() < deadline, "{} of {count}", found.len());
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            found.push(message.expect("a message").detach());
        }
    }
    found.sort_by_key(|m| (m.partition(), m.offset()));
    found
}

/// The headers of a message as text.
pub fn headers(message: &OwnedMessage) -> HashMap<String, String> {
    let headers = message.headers().expect("headers").iter();
    let text = |value: Option<&[u8]>| String::from_utf8(value.expect("a value").to_vec());
    headers
        .map(|header| (header.key.to_owned(), text(header.value).expect("text")))
        .collect()
}

/// `retail stream` over a topic.
pub fn stream<'a>(broker: &'a str, topic: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["stream", "--brokers", broker, "--topic", topic];
    [&args, more].concat()
}

/// The same, to the end, with output and checkpoint of its own, and with the summary.
pub fn pass<'a>(broker: &'a str, topic: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let apart = [
        "--until-end",
        "--output",
        "pass",
        "--checkpoint",
        "pass-checkpoint",
    ];
    stream(broker, topic, &[&apart, more].concat())
}

/// `retail replay` into a topic.
pub fn replay<'a>(broker: &'a str, topic: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["replay", "--brokers", broker, "--topic", topic];
    [&args, more].concat()
}

/// The values of messages.
pub fn values(messages: &[OwnedMessage]) -> Vec<&[u8]> {
    messages
        .iter()
        .map(|m| m.payload().expect("a value"))
        .collect()
}

/// Waits until it is so.
pub fn until(time: Duration, ready: impl Fn() -> bool) {
    let deadline = Instant::now() + time;
    while !ready() {
        assert!(Instant::now() < deadline, "never so");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Starts a stream over a topic that goes on until it is stopped, and prints its summary then.
pub fn live(shop: &Shop, broker: &str, topic: &str, more: &[&str]) -> Running {
    shop.start(&[&["--json"], &stream(broker, topic, more)[..]].concat())
}

/// Waits until a stream has read so many messages.
pub fn has_read(shop: &Shop, messages: u64) {
    let enough = |view: &Value| count(view, "read") >= messages;
    wait_for(shop, OUTPUT, PATIENCE, enough);
}

/// Asks a stream to drain, and gives its summary.
pub fn drain(mut stream: Running) -> Value {
    stream.signal("INT");
    let output = stream.end();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    summary(&output)
}
