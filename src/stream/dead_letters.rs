//! Where rejected messages go: a folder, or a topic of dead letters.

use rdkafka::message::{Header, OwnedHeaders};

use crate::error::Result;
use crate::events::kafka::{Producer, Topic};
use crate::record::Reason;
use crate::signal::Stop;
use crate::source::accept::Raw;
use crate::stream::appendix::{Appendix, Length};
use crate::stream::origin::Origin;

/// Where rejected messages go.
pub enum DeadLetters {
    /// JSON lines beside the output; each once.
    Folder(Appendix),
    /// Messages as they came, each at least once; and how far the folder had been written when
    /// rejects went there.
    Topic(Letters, Length),
}

impl DeadLetters {
    /// Brings everything where a restart finds it.
    ///
    /// # Errors
    /// When it cannot be written or delivered.
    pub fn sync(&mut self) -> Result<Length> {
        match self {
            Self::Folder(lines) => lines.sync(),
            Self::Topic(letters, folder) => {
                letters.producer.flush()?;
                Ok(*folder)
            }
        }
    }
}

/// A topic of dead letters.
pub struct Letters {
    producer: Producer,
    /// The longest letter in bytes, with all that is around it.
    longest: usize,
}

/// What is around a letter: headers, and the frame of a batch.
const AROUND: usize = 4 << 10;

impl Letters {
    /// Sends rejects to `to`, which is made if it is missing.
    ///
    /// # Errors
    /// When a property is refused, or the brokers do not answer.
    pub fn open(mut to: Topic, stop: &Stop) -> Result<Self> {
        let longest = to.longest(1, stop)?;
        for name in ["message.max.bytes", "batch.size"] {
            let property = (name.to_owned(), longest.to_string());
            // The user's own come later, and win.
            to.properties.insert(0, property);
        }
        Ok(Self {
            producer: Producer::open(to, 1, stop)?,
            longest,
        })
    }

    /// Sends one, keyed by its place, so that a repeat is recognised; the headers are those of
    /// Kafka Connect's dead letter queues (KIP-298). Of a message that is longer than the topic
    /// takes, the beginning is sent, and the length told in `retail.length`.
    ///
    /// # Errors
    /// When an earlier one could not be delivered.
    pub fn send(&mut self, reason: Reason, from: Origin<'_>, raw: Raw<'_>) -> Result<()> {
        let partition = from.spot.partition.unwrap_or(from.partition).to_string();
        let offset = from.spot.offset.unwrap_or_default().to_string();
        let headers = [
            ("topic", from.spot.source),
            ("partition", &partition),
            ("offset", &offset),
            ("connector.name", "retail"),
            ("task.id", "0"),
            ("stage", "VALUE_CONVERTER"),
            ("class.name", "retail::record::clean"),
            ("exception.class.name", reason.name()),
            ("exception.message", reason.what()),
            ("exception.stacktrace", ""),
        ];
        let mut all = OwnedHeaders::new_with_capacity(headers.len() + 2);
        for (name, value) in headers {
            all = all.insert(Header {
                key: &format!("__connect.errors.{name}"),
                value: Some(value),
            });
        }
        let mut room = self.longest.saturating_sub(AROUND);
        if let Some(key) = from.key.filter(|key| key.len() <= room / 2) {
            room -= key.len();
            all = all.insert(Header {
                key: "retail.key",
                value: Some(key),
            });
        }
        let kept = &raw.bytes[..raw.bytes.len().min(room)];
        if (kept.len() as u64) < raw.length {
            all = all.insert(Header {
                key: "retail.length",
                value: Some(&raw.length.to_string()),
            });
        }
        // A message without a value stays one.
        let value = (reason != Reason::NullValue).then_some(kept);
        let place = format!("{}-{partition}-{offset}", from.spot.source);
        // While a signal waits for the drain, the letter must still go.
        while !self
            .producer
            .send(place.as_bytes(), value, Some(all.clone()))?
        {}
        Ok(())
    }
}
