//! A server that takes records in, and what has come of it.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Message, OwnedMessage};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::broker::topic;
use crate::client::{Answer, Client, request};
use crate::common::Shop;
use crate::common::served::{Served, place};
use crate::world::{PATIENCE, bounds, config};

/// The key that opens the servers.
pub const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Names of topics, and of the server to Kafka, that no other test has.
pub struct Names {
    /// The topic of sales.
    pub sales: String,
    /// The topic of events.
    pub events: String,
    /// The topic of orders.
    pub orders: String,
    /// The server's own.
    pub id: String,
}

impl Names {
    /// New ones.
    pub fn new() -> Self {
        let name = topic();
        Self {
            events: format!("{name}-events"),
            orders: format!("{name}-orders"),
            id: format!("{name}-id"),
            sales: name,
        }
    }

    /// The address that takes sales in.
    pub fn path(&self) -> String {
        format!("/ingest/{}", self.sales)
    }

    /// What starts a server; `more` are further options.
    pub fn command(&self, shop: &Shop, broker: &str, more: &[&str]) -> Command {
        let args = [
            "--json",
            "serve",
            "ingest",
            "--ingest-port",
            "0",
            "--brokers",
            broker,
            "--topic",
            &self.sales,
            "--event-topic",
            &self.events,
            "--order-topic",
            &self.orders,
            "--ingest-id",
            &self.id,
        ];
        let mut command = shop.retail(&[&args, more].concat());
        command.env("RETAIL_API_KEY", KEY);
        command
    }

    /// A server that runs.
    pub fn start(&self, shop: &Shop, broker: &str, more: &[&str]) -> Ingest {
        Ingest::of(self.command(shop, broker, more))
    }
}

/// A server that takes records in.
pub struct Ingest {
    served: Served,
    /// Where it is, as `127.0.0.1:41234`.
    pub address: String,
}

/// Its process.
impl Deref for Ingest {
    type Target = Served;

    fn deref(&self) -> &Served {
        &self.served
    }
}

impl Ingest {
    /// Whatever a command starts, which says where in its first line.
    pub fn of(command: Command) -> Self {
        let (served, told) = Served::of(command);
        Self {
            address: place(&told, "ingest"),
            served,
        }
    }

    /// Asks with the key and these headers.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let headers = [&[("X-API-Key", KEY)], headers].concat();
        crate::client::ask(&self.address, method, path, &headers, body)
    }

    /// Posts JSON.
    pub fn post(&self, path: &str, body: &str) -> Answer {
        let json = [("Content-Type", "application/json")];
        self.ask("POST", path, &json, body.as_bytes())
    }

    /// Posts JSON with an idempotency key.
    pub fn post_once(&self, path: &str, key: &str, body: &str) -> Answer {
        let headers = [
            ("Content-Type", "application/json"),
            ("Idempotency-Key", key),
        ];
        self.ask("POST", path, &headers, body.as_bytes())
    }

    /// The text of its metrics.
    pub fn metrics(&self) -> String {
        self.ask("GET", "/metrics", &[], b"").text()
    }

    /// The status of its health.
    pub fn health(&self) -> u16 {
        self.ask("GET", "/health", &[], b"").status
    }

    /// Waits for the end, which must come; gives the status and what it wrote to stderr.
    pub fn end(self) -> (ExitStatus, String) {
        self.served.end()
    }

    /// Kills it where it stands.
    pub fn crash(self) {
        self.served.crash();
    }
}

/// The answer to a POST with the API key and an idempotency key, if there is one, or none where
/// the server goes away meanwhile.
pub fn try_post(address: &str, path: &str, key: &str, body: &str) -> Option<Answer> {
    let stream = std::net::TcpStream::connect(address).ok()?;
    drop(stream);
    let mut headers = vec![("X-API-Key", KEY), ("Content-Type", "application/json")];
    if !key.is_empty() {
        headers.push(("Idempotency-Key", key));
    }
    let text = request("POST", path, &headers, body.as_bytes());
    let address = address.to_owned();
    // One that goes away in the middle of an answer is no answer.
    let asked = thread::Builder::new().spawn(move || {
        let mut client = Client::to(&address);
        client.send(text);
        client.answer("POST")
    });
    asked.expect("a thread").join().ok().flatten()
}

/// The values of messages as text, sorted.
pub fn texts(messages: &[OwnedMessage]) -> Vec<String> {
    let text = |m: &OwnedMessage| String::from_utf8(m.payload().expect("a value").to_vec());
    let mut all: Vec<String> = messages.iter().map(|m| text(m).expect("text")).collect();
    all.sort();
    all
}

/// Every message of a topic that readers of committed ones see, by partition and offset. Marks of
/// transactions are in the way of counting: every partition is read to its end.
pub fn committed(broker: &str, topic: &str) -> Vec<OwnedMessage> {
    let mut config = config(broker);
    config
        .set("group.id", "tests")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true");
    let consumer: BaseConsumer = config.create().expect("a client");
    let mut list = TopicPartitionList::new();
    let partitions = bounds(broker, topic).len() as i32;
    for number in 0..partitions {
        let added = list.add_partition_offset(topic, number, Offset::Beginning);
        added.expect("an offset");
    }
    consumer.assign(&list).expect("assigned");
    let deadline = Instant::now() + PATIENCE;
    let (mut found, mut ends) = (Vec::new(), BTreeSet::new());
    while ends.len() < partitions as usize {
        assert!(Instant::now() < deadline, "{topic}: no end");
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => found.push(message.detach()),
            Some(Err(KafkaError::PartitionEOF(number))) => drop(ends.insert(number)),
            Some(Err(e)) => panic!("{e}"),
            None => {}
        }
    }
    found.sort_by_key(|m| (m.partition(), m.offset()));
    found
}
