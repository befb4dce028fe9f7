//! Kafka, by librdkafka: where it is, its topics, and what goes wrong with it.

pub mod producer;

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::{Client, ClientContext, DefaultClientContext};
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;

pub use producer::Producer;

use crate::error::{Error, Result};
use crate::signal::Stop;

/// How long brokers may take to answer when nothing else is said.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a new topic may take until all brokers know of it.
const APPEARS: Duration = Duration::from_secs(30);
/// How long one question may take before signals are looked at again.
const STEP: Duration = Duration::from_millis(500);

/// How long messages may be where nobody has changed that.
const USUAL_LONGEST: usize = 1_000_000;

/// A client that makes and describes topics.
pub type Admin = AdminClient<DefaultClientContext>;

/// A topic and how to reach it.
#[derive(Debug, Clone)]
pub struct Topic {
    /// `host:port,…`
    pub brokers: String,
    /// Its name.
    pub name: String,
    /// Properties of librdkafka that override ours.
    pub properties: Vec<(String, String)>,
    /// How long to wait for the brokers to answer at the start.
    pub wait: Option<Duration>,
}

/// `kafka://host:port/topic`
impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "kafka://{}/{}", self.brokers, self.name)
    }
}

impl Topic {
    /// The configuration of a client: ours, then what the user gave.
    pub fn config(&self, ours: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", "retail");
        for (name, value) in ours {
            config.set(*name, *value);
        }
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config
    }

    /// An error of Kafka, with the place.
    pub fn error(&self, action: &'static str, error: &KafkaError) -> Error {
        let kind = match code(error) {
            Some(RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::MessageTimedOut) => {
                io::ErrorKind::TimedOut
            }
            Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown) => {
                io::ErrorKind::ConnectionRefused
            }
            _ => io::ErrorKind::Other,
        };
        let text = match code(error) {
            Some(code) => code.to_string(),
            None => error.to_string(),
        };
        Error::io(action, self, io::Error::new(kind, text))
    }

    /// The error of a client that cannot be made: a property that librdkafka refuses.
    pub fn refused(&self, error: &KafkaError) -> Error {
        match error {
            KafkaError::ClientConfig(_, what, name, value) if !name.is_empty() => {
                Error::Usage(format!("-X {name}={value}: {what}"))
            }
            KafkaError::ClientCreation(what) => Error::Usage(format!("-X: {what}")),
            other => self.error("connect to", other),
        }
    }

    /// What the brokers know; asks until they answer.
    ///
    /// # Errors
    /// [`Error::Io`] when they do not answer in time; [`Error::Interrupted`].
    pub fn metadata<C: ClientContext>(&self, client: &Client<C>, stop: &Stop) -> Result<Metadata> {
        let deadline = Instant::now() + self.wait.unwrap_or(PATIENCE).max(STEP);
        loop {
            stop.check()?;
            // All topics: asking for one by name would make it on brokers that make topics.
            match client.fetch_metadata(None, STEP) {
                Ok(metadata) => return Ok(metadata),
                Err(_) if Instant::now() < deadline => {}
                Err(e) => {
                    let hint = match self.wait {
                        Some(wait) => format!("no broker answered within {wait:?}"),
                        None => {
                            "no broker answers; start one, name another with --brokers, or wait \
                             for it with --wait 60s"
                                .to_owned()
                        }
                    };
                    let reason = match e.rdkafka_error_code() {
                        Some(RDKafkaErrorCode::BrokerTransportFailure) | None => hint,
                        Some(code) => format!("{hint} ({code})"),
                    };
                    let source = io::Error::new(io::ErrorKind::ConnectionRefused, reason);
                    return Err(Error::io("reach Kafka", &self.brokers, source));
                }
            }
        }
    }

    /// How many partitions the topic has; none if there is no such topic.
    pub fn partitions(&self, metadata: &Metadata) -> Option<usize> {
        let topic = metadata.topics().iter().find(|t| t.name() == self.name)?;
        (!topic.partitions().is_empty()).then(|| topic.partitions().len())
    }

    /// Looks for the topic and makes it if it is missing and `partitions` says of what size;
    /// gives the number of its partitions.
    ///
    /// # Errors
    /// [`Error::Data`] when it is missing and not to be made; when the brokers do not answer or
    /// refuse to make it.
    pub fn ensure<C: ClientContext>(
        &self,
        client: &Client<C>,
        partitions: Option<i32>,
        stop: &Stop,
    ) -> Result<usize> {
        if let Some(count) = self.partitions(&self.metadata(client, stop)?) {
            return Ok(count);
        }
        let Some(partitions) = partitions else {
            return Err(Error::data(
                self,
                "there is no such topic; name another with --topic, or have it made with \
                 --partitions 4",
            ));
        };
        self.create(partitions, None, stop)?;
        self.appear(client, stop)
    }

    /// Waits for a topic that was just made; gives the number of its partitions.
    fn appear<C: ClientContext>(&self, client: &Client<C>, stop: &Stop) -> Result<usize> {
        let deadline = Instant::now() + APPEARS;
        loop {
            if let Some(count) = self.partitions(&self.metadata(client, stop)?) {
                return Ok(count);
            }
            if Instant::now() > deadline {
                return Err(Error::data(self, "the new topic does not appear"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Makes the topic, if it is missing, with partitions that keep messages so long; gives the
    /// number of its partitions, and whether it was made.
    ///
    /// # Errors
    /// When the brokers do not answer or refuse to make it.
    pub fn make(&self, partitions: i32, retention: Duration, stop: &Stop) -> Result<(usize, bool)> {
        self.make_by(&self.admin()?, partitions, retention, stop)
    }

    /// The same by a client that there is.
    ///
    /// # Errors
    /// As [`Topic::make`].
    pub fn make_by(
        &self,
        admin: &Admin,
        partitions: i32,
        retention: Duration,
        stop: &Stop,
    ) -> Result<(usize, bool)> {
        let client = admin.inner();
        if let Some(count) = self.partitions(&self.metadata(client, stop)?) {
            return Ok((count, false));
        }
        self.create(partitions, Some(retention), stop)?;
        Ok((self.appear(client, stop)?, true))
    }

    /// Makes the topic if it is missing, and waits until it is there.
    ///
    /// # Errors
    /// When the brokers do not answer or refuse to make it.
    pub fn make_missing(&self, partitions: i32, stop: &Stop) -> Result<()> {
        let admin = self.admin()?;
        self.ensure(admin.inner(), Some(partitions), stop)?;
        Ok(())
    }

    /// A client that makes and describes topics at these brokers. To end one takes a moment.
    ///
    /// # Errors
    /// When a property is refused.
    pub fn admin(&self) -> Result<Admin> {
        self.config(&[]).create().map_err(|e| self.refused(&e))
    }

    /// How long a message of the topic may be, in bytes with its frame: what the topic allows,
    /// or the user's `message.max.bytes` if that is less. Makes the topic with `partitions`
    /// where it is missing.
    ///
    /// # Errors
    /// When the brokers do not answer or refuse to make it.
    pub fn longest(&self, partitions: i32, stop: &Stop) -> Result<usize> {
        self.longest_by(&self.admin()?, partitions, stop)
    }

    /// The same by a client that there is.
    ///
    /// # Errors
    /// As [`Topic::longest`].
    pub fn longest_by(&self, admin: &Admin, partitions: i32, stop: &Stop) -> Result<usize> {
        self.ensure(admin.inner(), Some(partitions), stop)?;
        // Who may not ask gets what Kafka allows unless told otherwise.
        let allowed = self.setting(admin, "max.message.bytes");
        let allowed = allowed.and_then(|allowed| allowed.parse().ok());
        let own = self.properties.iter().rev();
        let own = own.filter(|(name, _)| name == "message.max.bytes");
        let own = own.filter_map(|(_, value)| value.parse().ok()).next();
        let longest: usize = allowed.unwrap_or(USUAL_LONGEST);
        // What librdkafka takes.
        Ok(longest
            .min(own.unwrap_or(longest))
            .clamp(1_000, 1_000_000_000))
    }

    /// A setting of the topic; none where it is not known to whoever asks.
    pub fn setting(&self, admin: &Admin, name: &str) -> Option<String> {
        let options = AdminOptions::new().request_timeout(Some(PATIENCE));
        let topic = [ResourceSpecifier::Topic(&self.name)];
        let told = futures_executor::block_on(admin.describe_configs(&topic, &options));
        let told = told.ok()?.pop()?.ok()?;
        told.get(name)?.value.clone()
    }

    fn create(&self, partitions: i32, retention: Option<Duration>, stop: &Stop) -> Result<()> {
        let admin = self.admin()?;
        // The brokers' own default of copies.
        let mut topic = NewTopic::new(&self.name, partitions, TopicReplication::Fixed(-1));
        let kept = retention.map(|retention| retention.as_millis().to_string());
        if let Some(kept) = &kept {
            topic = topic.set("retention.ms", kept);
        }
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        let deadline = Instant::now() + self.wait.unwrap_or(PATIENCE);
        loop {
            stop.check()?;
            let told = futures_executor::block_on(admin.create_topics([&topic], &options));
            let failed = match told.map(|topics| topics.into_iter().find_map(Result::err)) {
                // Another was quicker.
                Ok(None | Some((_, RDKafkaErrorCode::TopicAlreadyExists))) => break,
                Ok(Some((_, code))) => KafkaError::AdminOp(code),
                Err(e) => e,
            };
            if !is_passing(&failed) || Instant::now() >= deadline {
                return Err(self.error("make", &failed));
            }
            std::thread::sleep(STEP);
        }
        tracing::info!("{self}: made with {partitions} partition(s)");
        Ok(())
    }
}

/// What the brokers said, if it was they.
fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// Whether brokers say so that have just come up, or are on their way down: they may be without a
/// controller or leader for a moment, and not count themselves among those that can hold copies.
pub fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code(error),
        Some(
            Code::BrokerTransportFailure
                | Code::AllBrokersDown
                | Code::OperationTimedOut
                | Code::RequestTimedOut
                | Code::LeaderNotAvailable
                | Code::NotLeaderForPartition
                | Code::BrokerNotAvailable
                | Code::NotController
                | Code::NetworkException
                | Code::InvalidReplicationFactor
                | Code::UnknownPartition
                | Code::UnknownTopicOrPartition
        )
    )
}

/// A property `key=value` of librdkafka.
///
/// # Errors
/// What is wrong with the text.
pub fn property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write NAME=VALUE, such as security.protocol=ssl".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_ends_the_making_of_a_topic() {
        let topic = Topic {
            brokers: "127.0.0.1:1".to_owned(),
            name: "sales".to_owned(),
            properties: Vec::new(),
            wait: Some(Duration::from_secs(600)),
        };
        let stop = Stop::never();
        stop.ask(2);
        let made = topic.create(1, None, &stop);
        assert!(matches!(made, Err(Error::Interrupted(2))), "{made:?}");
    }

    #[test]
    fn brokers_that_came_up_a_moment_ago_are_asked_again() {
        use RDKafkaErrorCode as Code;
        for (code, passes) in [
            (Code::InvalidReplicationFactor, true),
            (Code::NotController, true),
            (Code::TopicAuthorizationFailed, false),
            (Code::InvalidTopic, false),
        ] {
            // A topic's own answer, and that of the brokers as a whole.
            for error in [KafkaError::AdminOp(code), KafkaError::MetadataFetch(code)] {
                assert_eq!(is_passing(&error), passes, "{error}");
            }
        }
    }
}
