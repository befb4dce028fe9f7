//! Where rejected messages go: a folder, or a topic of dead letters.

use rdkafka::message::{Header, OwnedHeaders};

use crate::error::Result;
use crate::events::kafka::Producer;
use crate::record::Reason;
use crate::source::accept::Raw;
use crate::stream::appendix::{Appendix, Length};
use crate::stream::intake::Origin;

/// Where rejected messages go.
pub enum DeadLetters {
    /// JSON lines beside the output; each once.
    Folder(Appendix),
    /// Messages as they came; each at least once.
    Topic(Letters),
}

impl DeadLetters {
    /// Brings everything where a restart finds it.
    ///
    /// # Errors
    /// When it cannot be written or delivered.
    pub fn sync(&mut self) -> Result<Length> {
        match self {
            Self::Folder(lines) => lines.sync(),
            Self::Topic(letters) => {
                letters.producer.flush()?;
                Ok(Length::default())
            }
        }
    }
}

/// A topic of dead letters.
pub struct Letters {
    producer: Producer,
    /// The topic that the messages come from.
    topic: String,
}

impl Letters {
    /// Sends rejects of `topic` by `producer`.
    pub fn new(producer: Producer, topic: String) -> Self {
        Self { producer, topic }
    }

    /// Sends one, keyed by its place, so that a repeat is recognised; the headers are those of
    /// Kafka Connect's dead letter queues (KIP-298).
    ///
    /// # Errors
    /// When an earlier one could not be delivered.
    pub fn send(&mut self, reason: Reason, from: Origin<'_>, raw: Raw<'_>) -> Result<()> {
        let partition = from.partition.to_string();
        let offset = from.spot.offset.unwrap_or_default().to_string();
        let headers = [
            ("topic", self.topic.as_str()),
            ("partition", &partition),
            ("offset", &offset),
            ("connector.name", "retail"),
            ("task.id", "0"),
            ("stage", "VALUE_CONVERTER"),
            ("class.name", "retail::record::clean"),
            ("exception.class.name", reason.name()),
            ("exception.message", reason.remedy()),
            ("exception.stacktrace", ""),
        ];
        let mut all = OwnedHeaders::new_with_capacity(headers.len() + 1);
        for (name, value) in headers {
            all = all.insert(Header {
                key: &format!("__connect.errors.{name}"),
                value: Some(value),
            });
        }
        if let Some(key) = from.key {
            all = all.insert(Header {
                key: "retail.key",
                value: Some(key),
            });
        }
        let place = format!("{}-{partition}-{offset}", self.topic);
        // While a signal waits for the drain, the letter must still go.
        while !self
            .producer
            .send(place.as_bytes(), raw.bytes, Some(all.clone()))?
        {}
        Ok(())
    }
}
