//! Records of whoever posts them into Kafka: cleaned, each request whole or not at all, and once.
//!
//! A body is [`cut`] into its records, each goes through the one cleaning ([`check`]), and what is
//! good waits at the [`desk`] for one of a few producers of transactions (`lane`). A transaction
//! holds the records of one or more requests, and for each that has an idempotency key a message in
//! a topic of keys: so a key is there if and only if its records are, whatever is killed when. A
//! start fences the producers of whoever ran before, which ends their transactions, and then
//! reads the keys back (`session`); they are looked up in memory ([`keys`]). Nothing here knows
//! of HTTP.

pub mod check;
pub mod cut;
pub mod desk;
pub mod job;
pub mod keys;
mod lane;
mod session;

use std::time::Duration;

pub use desk::{Desk, Health};
pub use job::{Failed, Job};

use crate::events::kafka::Topic;
use crate::record::Rules;

/// A topic that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Whether its records are events of a live shop, and not lines of sales.
    pub events: bool,
}

/// Where records go, and how many may wait.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where Kafka is; the name is that of no topic.
    pub kafka: Topic,
    /// The topics that may be written.
    pub targets: Vec<Target>,
    /// The topic of orders.
    pub orders: String,
    /// Partitions of a topic that is made because it is missing.
    pub partitions: i32,
    /// How lines of sales are cleaned.
    pub sales: Rules,
    /// How events of a live shop are.
    pub events: Rules,
    /// How far ahead of the clock an event may be dated.
    pub max_jump: Duration,
    /// The name of this server to Kafka: of two with one name the first is ended.
    pub id: String,
    /// For how long idempotency keys are known.
    pub horizon: Duration,
    /// How many are known.
    pub most_keys: usize,
    /// Bytes of a request.
    pub max_body: usize,
    /// Records of a request.
    pub max_records: usize,
    /// Bytes of all requests that wait.
    pub max_waiting: usize,
    /// Requests that wait.
    pub max_requests: usize,
}

impl Settings {
    /// A topic at the same brokers.
    fn topic(&self, name: &str) -> Topic {
        Topic {
            name: name.to_owned(),
            ..self.kafka.clone()
        }
    }

    /// The topic of the keys.
    fn keys(&self) -> Topic {
        self.topic(&format!("{}.idempotency", self.id))
    }
}
