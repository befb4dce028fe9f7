//! A producer of transactions.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};

use super::Settings;
use super::job::Job;
use crate::error::{Error, Result};

/// How many there are. While one waits for its commit others send; and a producer that begins
/// again at once is held up by Kafka for longer than one that has rested. Never less than another
/// version had: a start fences just these.
pub const LANES: usize = 4;
/// Acknowledgements come within this time, and the end of a transaction within it once more.
const PATIENCE: Duration = Duration::from_secs(4);
/// A start may have to wait for a transaction to be ended.
const BEGINS: Duration = Duration::from_secs(20);
/// Kafka ends a transaction of a server that is gone after so many milliseconds; until then
/// readers wait there.
const TIMEOUT: &str = "15000";
/// A step of waiting for acknowledgements.
const STEP: Duration = Duration::from_micros(500);

/// What became of a transaction.
#[derive(Debug)]
pub enum Outcome {
    /// It is there.
    Done,
    /// It never will be, for this reason; the lane goes on.
    Refused(String),
    /// Kafka is away or has replaced this producer: the lane is at its end. Whether the
    /// transaction may be there all the same.
    Broken(String, bool),
}

/// What the brokers refused.
#[derive(Debug, Default)]
struct Deliveries(Mutex<Option<KafkaError>>);

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(|| error.clone());
        }
    }
}

impl Deliveries {
    fn take(&self) -> Option<KafkaError> {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first.take()
    }
}

/// A producer of transactions.
pub struct Lane {
    producer: BaseProducer<Deliveries>,
    /// The topic of keys.
    keys: String,
}

/// The reason in Kafka's words.
fn words(error: &KafkaError) -> String {
    match error {
        KafkaError::Transaction(error) => error.string(),
        error => match error.rdkafka_error_code() {
            Some(code) => code.to_string(),
            None => error.to_string(),
        },
    }
}

impl Lane {
    /// Number `number` of the producers; messages are of `longest` bytes at most. What an earlier
    /// producer of this number had begun is ended, and what it does from now on is refused.
    ///
    /// # Errors
    /// When a property is refused, or the brokers do not answer.
    pub fn open(settings: &Settings, number: usize, longest: usize) -> Result<Self> {
        let keys = settings.keys();
        let longest = longest.to_string();
        let mut config = keys.config(&[
            ("linger.ms", "1"),
            ("message.max.bytes", &longest),
            ("batch.size", &longest),
            // As Java's clients do, so that a product keeps its partition whoever sends it.
            ("partitioner", "murmur2_random"),
            ("queue.buffering.max.messages", "200000"),
            ("transaction.timeout.ms", TIMEOUT),
        ]);
        config.set("enable.idempotence", "true").set("acks", "all");
        config.set("transactional.id", format!("{}-{number}", settings.id));
        let producer: BaseProducer<Deliveries> = config
            .create_with_context(Deliveries::default())
            .map_err(|e| keys.refused(&e))?;
        let begun = producer.init_transactions(BEGINS);
        begun.map_err(|e| keys.error("begin transactions for", &e))?;
        Ok(Self {
            producer,
            keys: keys.name,
        })
    }

    /// Sends the records of all of `jobs` and their keys, in one transaction.
    pub fn send(&self, jobs: &[Job]) -> Outcome {
        self.transaction(|| jobs.iter().try_for_each(|job| self.put_job(job)))
    }

    /// Writes a message of the server's own into the topic of keys.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn note(&self, settings: &Settings, key: &[u8], value: &[u8]) -> Result<()> {
        match self.transaction(|| self.put(&self.keys, key, value)) {
            Outcome::Done => Ok(()),
            Outcome::Refused(why) | Outcome::Broken(why, _) => {
                let source = std::io::Error::other(why);
                Err(Error::io("write to", settings.keys(), source))
            }
        }
    }

    fn transaction(&self, put: impl FnOnce() -> Result<(), KafkaError>) -> Outcome {
        if let Err(e) = self.producer.begin_transaction() {
            return Outcome::Broken(words(&e), false);
        }
        // What an earlier transaction left behind is none of this one's.
        self.producer.context().take();
        if let Err(e) = put() {
            return self.abort(words(&e));
        }
        let deadline = Instant::now() + PATIENCE;
        while self.producer.in_flight_count() > 0 {
            if Instant::now() > deadline {
                let what = "the records were not acknowledged in time".to_owned();
                return Outcome::Broken(what, false);
            }
            self.hear();
        }
        if let Some(error) = self.producer.context().take() {
            return self.abort(words(&error));
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.producer.commit_transaction(left) {
                Ok(()) => return Outcome::Done,
                Err(KafkaError::Transaction(e)) if e.txn_requires_abort() => {
                    return self.abort(e.string());
                }
                Err(KafkaError::Transaction(e)) if e.is_retriable() && !left.is_zero() => {}
                Err(e) => return Outcome::Broken(words(&e), true),
            }
        }
    }

    /// Takes up what the brokers have said, or waits a moment. To flush would wait in steps of
    /// 100 ms, and to poll for a time that is no whole number of ms turns round for the rest of it.
    fn hear(&self) {
        let before = self.producer.in_flight_count();
        self.producer.poll(Duration::ZERO);
        if self.producer.in_flight_count() >= before {
            thread::sleep(STEP);
        }
    }

    fn abort(&self, why: String) -> Outcome {
        match self.producer.abort_transaction(PATIENCE) {
            Ok(()) => Outcome::Refused(why),
            Err(_) => Outcome::Broken(why, false),
        }
    }

    fn put_job(&self, job: &Job) -> Result<(), KafkaError> {
        for record in &job.records {
            self.put(&job.topic, &record.key, &job.body[record.at.clone()])?;
        }
        match &job.key {
            Some(key) => self.put(&self.keys, key.text.as_bytes(), &key.message(job)),
            None => Ok(()),
        }
    }

    fn put(&self, topic: &str, key: &[u8], value: &[u8]) -> Result<(), KafkaError> {
        let mut record = BaseRecord::<[u8], [u8]>::to(topic).payload(value);
        if !key.is_empty() {
            record = record.key(key);
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                    if Instant::now() < deadline =>
                {
                    record = back;
                    self.hear();
                }
                Err((e, _)) => return Err(e),
            }
        }
    }
}
