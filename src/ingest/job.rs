//! A request on its way into Kafka.

use std::time::Instant;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::check::Record;
use super::keys::{Claim, Sent};

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// Kafka does not answer; nothing is in the topic.
    Away,
    /// Kafka answered too late: the records are in the topic or not, all of them.
    Unknown,
    /// Kafka refused it, for this reason; nothing is in the topic.
    Refused(String),
    /// The server ends; nothing is in the topic.
    Ending,
}

/// The room that a request takes while it waits.
#[derive(Debug)]
pub struct Room {
    /// Among the requests.
    pub request: OwnedSemaphorePermit,
    /// Among the bytes.
    pub bytes: OwnedSemaphorePermit,
}

/// An idempotency key that goes into Kafka with its records.
#[derive(Debug)]
pub struct Key {
    /// Its text, with what it is a key of.
    pub text: String,
    /// Until the request has ended, nobody else's.
    pub claim: Claim,
    /// What is known by it then.
    pub sent: Sent,
}

impl Key {
    /// What stands in the topic of keys beside the text.
    pub fn message(&self, job: &Job) -> Vec<u8> {
        let value = json!({
            "at": self.sent.at,
            "fingerprint": format!("{:016x}", self.sent.fingerprint),
            "topic": job.topic,
            "records": job.records.len(),
        });
        value.to_string().into_bytes()
    }
}

/// A request whose records are good.
#[derive(Debug)]
pub struct Job {
    /// Where they go.
    pub topic: String,
    /// Where they stand.
    pub body: Bytes,
    /// The records.
    pub records: Vec<Record>,
    /// Its key, if it has one.
    pub key: Option<Key>,
    /// Its room.
    pub room: Room,
    /// When it came.
    pub came: Instant,
    /// Is told what became of it; gone where nobody waits any more.
    pub reply: oneshot::Sender<Result<(), Failed>>,
}

impl Job {
    /// Bytes of its records.
    pub fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.at.len()).sum()
    }

    /// All is in the topic, for good.
    pub fn done(self) {
        if let Some(key) = self.key {
            key.claim.keep(key.sent);
        }
        // Room is free before the next request can come.
        drop(self.room);
        let _ = self.reply.send(Ok(()));
    }

    /// It failed. Where it is not known how, the claim of its key is given back, to be held until
    /// it is.
    pub fn failed(self, why: Failed) -> Option<Claim> {
        let doubt = why == Failed::Unknown;
        let claim = self.key.map(|key| key.claim).filter(|_| doubt);
        drop(self.room);
        let _ = self.reply.send(Err(why));
        claim
    }
}
