//! What a server does before it sends: it takes the place of whoever ran before, and learns the
//! keys that were sent.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde::Deserialize;
use serde_json::json;

use super::Settings;
use super::keys::{Keys, Sent, id};
use super::lane::{LANES, Lane};
use crate::error::{Error, Result};
use crate::events::kafka::Topic;
use crate::signal::Stop;

/// How long the brokers may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// A step of reading.
const STEP: Duration = Duration::from_millis(100);
/// Keys are kept in Kafka for longer than they are known, as clocks differ.
const SPARE: Duration = Duration::from_secs(3600);
/// The key of the messages by which a server says that it has begun; those of requests begin
/// otherwise.
const SERVER: &[u8] = b"server";

/// How far the topic of keys has been read.
#[derive(Debug)]
pub struct Reading {
    /// This server among those of its name.
    own: String,
    /// For how long keys are known, in milliseconds.
    horizon: i64,
    next: Option<i64>,
    /// The server that began last.
    last: Option<String>,
}

/// A message of the topic.
#[derive(Deserialize)]
struct Told {
    at: i64,
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    server: Option<String>,
}

impl Reading {
    /// Nothing yet; `own` is a name that no other process has.
    pub fn new(own: String, horizon: Duration) -> Self {
        Self {
            own,
            horizon: millis(horizon),
            next: None,
            last: None,
        }
    }

    /// Reads what was added to the topic of keys.
    fn read(&mut self, settings: &Settings, keys: &Keys, now: i64) -> Result<()> {
        let topic = settings.keys();
        let mut config = topic.config(&[
            ("group.id", "retail-ingest"),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "earliest"),
            ("enable.partition.eof", "true"),
            // The end is told after a fetch that found nothing.
            ("fetch.wait.max.ms", "10"),
        ]);
        config.set("isolation.level", "read_committed");
        let consumer: BaseConsumer = config.create().map_err(|e| topic.refused(&e))?;
        let outcome = self.read_by(&consumer, &topic, keys, now);
        // Its farewell takes a moment that nobody need wait for.
        thread::spawn(move || drop(consumer));
        outcome
    }

    fn read_by(
        &mut self,
        consumer: &BaseConsumer,
        topic: &Topic,
        keys: &Keys,
        now: i64,
    ) -> Result<()> {
        let failed = |e: KafkaError| topic.error("read", &e);
        let marks = consumer.fetch_watermarks(&topic.name, 0, PATIENCE);
        let (low, high) = marks.map_err(failed)?;
        let at = |offset: i64| {
            let mut list = TopicPartitionList::new();
            let added = list.add_partition_offset(&topic.name, 0, Offset::Offset(offset));
            added.map(|()| list).map_err(failed)
        };
        let first = match self.next {
            Some(next) if next <= high => next,
            _ => {
                let oldest = now - self.horizon - millis(SPARE);
                let found = consumer.offsets_for_times(at(oldest)?, PATIENCE);
                let found = found
                    .map_err(failed)?
                    .elements()
                    .first()
                    .map(|at| at.offset());
                match found {
                    Some(Offset::Offset(offset)) => offset,
                    // All there is is older.
                    _ => high,
                }
            }
        };
        let first = first.max(low);
        if first >= high {
            return Ok(());
        }
        consumer.assign(&at(first)?).map_err(failed)?;
        let mut heard = Instant::now();
        loop {
            match consumer.poll(STEP) {
                Some(Ok(message)) => {
                    heard = Instant::now();
                    self.next = Some(message.offset() + 1);
                    self.take(&message, keys, now - self.horizon);
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                Some(Err(e)) if heard.elapsed() > PATIENCE => return Err(failed(e)),
                None if heard.elapsed() > PATIENCE => {
                    let what = "does not come to its end";
                    return Err(Error::data(topic, what));
                }
                Some(Err(_)) | None => {}
            }
        }
    }

    fn take(&mut self, message: &impl Message, keys: &Keys, oldest: i64) {
        let text = message.key().and_then(|key| std::str::from_utf8(key).ok());
        let told = message.payload().map(serde_json::from_slice::<Told>);
        let (Some(text), Some(Ok(told))) = (text, told) else {
            return;
        };
        if text.as_bytes() == SERVER {
            self.last = told.server;
        } else if let Ok(fingerprint) = u64::from_str_radix(&told.fingerprint, 16)
            && told.at >= oldest
        {
            let at = told.at;
            keys.insert(id(text), Sent { fingerprint, at });
        }
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Opens all producers, with the keys read by which requests are known; `longest` bytes are those
/// of a message.
///
/// # Errors
/// When the brokers do not answer; [`Error::Busy`] when another server of this name has begun
/// since this one did.
pub fn open(
    settings: &Settings,
    reading: &mut Reading,
    keys: &Keys,
    longest: usize,
) -> Result<Vec<Lane>> {
    let now = || chrono::Utc::now().timestamp_millis();
    if let Some(last) = reading.last.clone() {
        reading.read(settings, keys, now())?;
        if reading.last.as_ref() != Some(&last) {
            return Err(replaced(settings));
        }
    }
    let lanes = thread::scope(|scope| {
        let open = |number| scope.spawn(move || Lane::open(settings, number, longest));
        let opened: Vec<_> = (0..LANES).map(open).collect();
        let opened = opened.into_iter().map(|lane| {
            let died = |_| Err(Error::Internal("a producer died".to_owned()));
            lane.join().unwrap_or_else(died)
        });
        opened.collect::<Result<Vec<_>>>()
    })?;
    // Only now nobody else can add any.
    reading.read(settings, keys, now())?;
    let value = json!({ "server": reading.own, "at": now() }).to_string();
    if let Some(lane) = lanes.first() {
        lane.note(settings, SERVER, value.as_bytes())?;
    }
    reading.last = Some(reading.own.clone());
    Ok(lanes)
}

fn replaced(settings: &Settings) -> Error {
    Error::Busy {
        place: format!("kafka://{}", settings.kafka.brokers),
        what: format!(
            "another server has begun as {} and taken the place of this one; give each its own \
             --ingest-id",
            settings.id
        ),
    }
}

/// Looks that the topics are there, that of orders only if `orders` is set, and makes those that
/// are not; gives the longest message that
/// all of them take, in bytes.
///
/// # Errors
/// When the brokers do not answer, or refuse to make one.
pub fn prepare(settings: &Settings, orders: bool, stop: &Stop) -> Result<usize> {
    let keys = settings.keys();
    let admin = keys.admin()?;
    let kept = settings.horizon + SPARE;
    keys.make_by(&admin, 1, kept, stop)?;
    if let Some(kept) = keys.setting(&admin, "retention.ms")
        && let Ok(kept @ 0..) = kept.parse::<i64>()
        && kept < millis(settings.horizon)
    {
        tracing::warn!(
            "{keys}: messages are kept for {} s only, and keys are known no longer over a restart; \
             raise its retention.ms",
            kept / 1000
        );
    }
    let longest = |topic: Topic| topic.longest_by(&admin, settings.partitions, stop);
    let targets = settings.targets.iter();
    let names = targets.map(|target| &target.name);
    let all = names
        .chain(orders.then_some(&settings.orders))
        .map(|name| longest(settings.topic(name)));
    all.chain([keys.longest_by(&admin, 1, stop)])
        .try_fold(usize::MAX, |least, longest| Ok(least.min(longest?)))
}
