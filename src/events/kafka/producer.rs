//! Events to a topic: idempotent, acknowledged by all copies before they count as sent.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};

use super::Topic;
use crate::error::{Error, Result};
use crate::events::batch::Event;
use crate::events::play::Sink;
use crate::events::tally::Tally;
use crate::signal::Stop;

/// Events after which acknowledgements are looked at.
const POLL_EVERY: u32 = 1_000;
/// How long acknowledgements are awaited after a signal.
const LAST_WORDS: Duration = Duration::from_secs(10);

impl Sink for Producer {
    fn send(&mut self, event: &Event<'_>) -> Result<bool> {
        Producer::send(self, event.product, Some(event.json), None)
    }

    fn pause(&mut self) -> Result<()> {
        self.poll(Duration::ZERO)
    }
}

/// What the brokers said of the events so far.
#[derive(Debug)]
struct Deliveries {
    tally: Arc<Tally>,
    first: Mutex<Option<KafkaError>>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => self.tally.arrive(),
            Err((error, _)) => {
                self.tally.fail();
                let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert_with(|| error.clone());
            }
        }
    }
}

/// Sends to one topic.
pub struct Producer {
    inner: BaseProducer<Deliveries>,
    topic: Topic,
    since_poll: u32,
    stop: Stop,
}

impl Producer {
    /// Connects, and makes the topic with `partitions` where it is missing.
    ///
    /// # Errors
    /// When a property is refused, or the brokers do not answer.
    pub fn open(topic: Topic, partitions: i32, stop: &Stop) -> Result<Self> {
        Self::counting(topic, partitions, Arc::default(), stop)
    }

    /// The same, with a count that several producers share.
    ///
    /// # Errors
    /// As [`Producer::open`].
    pub fn counting(topic: Topic, partitions: i32, tally: Arc<Tally>, stop: &Stop) -> Result<Self> {
        let config = topic.config(&[
            ("enable.idempotence", "true"),
            ("acks", "all"),
            // As Java's clients do, so that a product keeps its partition whoever sends it.
            ("partitioner", "murmur2_random"),
            ("queue.buffering.max.messages", "100000"),
        ]);
        let inner: BaseProducer<Deliveries> = config
            .create_with_context(Deliveries {
                tally,
                first: Mutex::default(),
            })
            .map_err(|e| topic.refused(&e))?;
        topic.ensure(inner.client(), Some(partitions), stop)?;
        Ok(Self {
            inner,
            topic,
            since_poll: 0,
            stop: stop.clone(),
        })
    }

    /// The topic.
    pub fn topic(&self) -> &Topic {
        &self.topic
    }

    /// Takes an event up; an empty key is none, and `None` a message without a value. False when a signal came while there was no
    /// room: the event is not taken up.
    ///
    /// # Errors
    /// When an earlier event could not be delivered, or this one never can.
    pub fn send(
        &mut self,
        key: &[u8],
        payload: Option<&[u8]>,
        headers: Option<OwnedHeaders>,
    ) -> Result<bool> {
        let mut record = BaseRecord::<[u8], [u8]>::to(&self.topic.name);
        record.payload = payload;
        if !key.is_empty() {
            record = record.key(key);
        }
        if let Some(headers) = headers {
            record = record.headers(headers);
        }
        loop {
            match self.inner.send(record) {
                Ok(()) => break self.inner.context().tally.take(),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    look(&self.inner, &self.topic, Duration::from_millis(20))?;
                    if self.stop.asked() {
                        return Ok(false);
                    }
                }
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge), _)) => {
                    let what = format!(
                        "an event of {} bytes is longer than the client takes; allow it with -X \
                         message.max.bytes=N, and in the topic's max.message.bytes",
                        payload.map_or(0, <[u8]>::len)
                    );
                    return Err(Error::data(&self.topic, what));
                }
                Err((e, _)) => return Err(self.topic.error("send to", &e)),
            }
        }
        self.since_poll += 1;
        if self.since_poll >= POLL_EVERY {
            self.poll(Duration::ZERO)?;
        }
        Ok(true)
    }

    /// Looks at acknowledgements.
    ///
    /// # Errors
    /// When an event could not be delivered.
    pub fn poll(&mut self, wait: Duration) -> Result<()> {
        self.since_poll = 0;
        look(&self.inner, &self.topic, wait)
    }

    /// Waits until everything taken up is acknowledged; after a signal only for a while.
    ///
    /// # Errors
    /// When an event could not be delivered, or not in time.
    pub fn flush(&mut self) -> Result<()> {
        let mut asked = None;
        while self.inner.in_flight_count() > 0 {
            // Flushing tells librdkafka not to linger; its answer comes by what is left.
            let _ = self.inner.flush(Duration::from_millis(100));
            self.poll(Duration::ZERO)?;
            if self.stop.asked() {
                let since = *asked.get_or_insert_with(Instant::now);
                if since.elapsed() > LAST_WORDS {
                    let left = self.inner.in_flight_count();
                    let source = io::Error::new(
                        io::ErrorKind::TimedOut,
                        format!("{left} event(s) are not acknowledged; they may arrive or not"),
                    );
                    return Err(Error::io("deliver to", &self.topic, source));
                }
            }
        }
        self.poll(Duration::ZERO)
    }

    /// Events that the brokers have acknowledged.
    pub fn delivered(&self) -> u64 {
        self.inner.context().tally.sent()
    }

    /// What has become of the events so far.
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.inner.context().tally)
    }
}

fn look(producer: &BaseProducer<Deliveries>, topic: &Topic, wait: Duration) -> Result<()> {
    producer.poll(wait);
    let context = producer.context();
    let failed = context.tally.failed();
    if failed == 0 {
        return Ok(());
    }
    let first = context.first.lock().unwrap_or_else(PoisonError::into_inner);
    let code = first.as_ref().and_then(KafkaError::rdkafka_error_code);
    let why = code.map_or_else(String::new, |code| code.to_string());
    let sent = context.tally.sent();
    let source = io::Error::other(format!(
        "{why}; {sent} event(s) are delivered, {failed} are not"
    ));
    Err(Error::io("deliver to", topic, source))
}
