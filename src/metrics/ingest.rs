//! What a server that takes records in tells of itself.

use std::sync::Arc;
use std::time::Duration;

use metrics::Histogram;

use super::{Family, Registry};

const ACCEPTED: Family = Family::counter(
    "retail_ingest_records_accepted_total",
    "Records that were posted and are in their topic, in this run.",
);
const REJECTED: Family = Family::counter(
    "retail_ingest_records_rejected_total",
    "Records that were posted and refused, by reason, in this run.",
);
const REPEATED: Family = Family::counter(
    "retail_ingest_requests_repeated_total",
    "Requests that were known by their idempotency key and were not sent again, in this run.",
);
const FAILED: Family = Family::counter(
    "retail_ingest_requests_failed_total",
    "Requests that Kafka did not take or for which there was no room, by reason, in this run.",
);
const WAITING: Family = Family::gauge(
    "retail_ingest_waiting_requests",
    "Requests that are being read or wait for Kafka.",
);
const BYTES: Family = Family::gauge("retail_ingest_waiting_bytes", "Bytes of those requests.");
const KEYS: Family = Family::gauge(
    "retail_ingest_idempotency_keys",
    "Idempotency keys that are known.",
);
const UP: Family = Family::gauge(
    "retail_ingest_kafka_up",
    "1 while Kafka takes records, else 0.",
);
const DELIVERY: Family = Family::histogram(
    "retail_ingest_delivery_duration_seconds",
    "From a request's head to the acknowledgement of all its records, in this run.",
    &[
        0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    ],
);

/// Every family of such a server.
pub const FAMILIES: &[Family] = &[
    ACCEPTED, REJECTED, REPEATED, FAILED, WAITING, BYTES, KEYS, UP, DELIVERY,
];

/// Counts for a registry.
#[derive(Debug)]
pub struct Meter {
    registry: Arc<Registry>,
    delivery: Histogram,
}

/// How it stands at the moment.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Requests that wait.
    pub requests: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Keys that are known.
    pub keys: usize,
    /// Whether Kafka takes records.
    pub up: bool,
}

impl Meter {
    /// Values go to `registry`, which has [`FAMILIES`].
    pub fn new(registry: &Arc<Registry>) -> Self {
        Self {
            registry: Arc::clone(registry),
            delivery: registry.histogram(&DELIVERY, &[]),
        }
    }

    /// So many records are in a topic, which is one of a few that are configured.
    pub fn sent(&self, topic: &str, records: usize, took: Duration) {
        let counter = self.registry.counter(&ACCEPTED, &[("topic", topic)]);
        counter.increment(records as u64);
        self.delivery.record(took.as_secs_f64());
    }

    /// A record was refused.
    pub fn rejected(&self, reason: &'static str) {
        let counter = self.registry.counter(&REJECTED, &[("reason", reason)]);
        counter.increment(1);
    }

    /// A request was known.
    pub fn repeated(&self) {
        self.registry.counter(&REPEATED, &[]).increment(1);
    }

    /// A request was not taken.
    pub fn failed(&self, reason: &'static str) {
        let counter = self.registry.counter(&FAILED, &[("reason", reason)]);
        counter.increment(1);
    }

    /// How it stands now, for the next text.
    pub fn stand(&self, now: Standing) {
        let set = |family, value: f64| self.registry.gauge(family, &[]).set(value);
        set(&WAITING, now.requests as f64);
        set(&BYTES, now.bytes as f64);
        set(&KEYS, now.keys as f64);
        set(&UP, f64::from(u8::from(now.up)));
    }
}
