//! All partitions of a topic, read by one process from the positions of the checkpoint.

mod fetch;
mod partition;
mod settings;
mod watch;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset as KafkaOffset, TopicPartitionList};

use crate::error::{Error, Result};
use crate::events::kafka::is_passing;
use crate::signal::Stop;
use crate::source::reject::Spot;
use crate::stream::checkpoint::{Offset, Position};
use crate::stream::origin::Origin;
use crate::stream::source::{Polled, Source, Take};

use fetch::{End, Fetch, Message};
use partition::{Partition, expired, remade};
pub use settings::{From, OnGap, Settings};
use watch::Watch;

/// Messages are taken up for so long before the stream looks around.
const SPELL: Duration = Duration::from_millis(20);
/// How long the brokers may take to tell where a partition begins and ends.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a question may take while records are waiting.
const QUICK: Duration = Duration::from_millis(300);
/// Partitions that the brokers do not know are asked for so often.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// New partitions are looked for so often.
const DISCOVER: Duration = Duration::from_secs(15);

/// Reads a topic.
pub struct Kafka {
    consumer: Arc<BaseConsumer<Watch>>,
    fetch: Fetch,
    settings: Settings,
    partitions: Vec<Partition>,
    /// Expired messages that are not counted yet.
    lost: u64,
    discovered: Instant,
    /// Since when no broker answers.
    away: Option<Instant>,
    /// Since when the brokers do not know all partitions, and when they were asked last.
    unknown: Option<(Instant, Option<Instant>)>,
    /// While this is set, more is being produced for this stream.
    producing: Option<Arc<AtomicBool>>,
    /// Whether it ever was set.
    demo: bool,
    told: Vec<i64>,
}

impl Kafka {
    /// Connects, and goes on behind `was`, the last commit.
    ///
    /// # Errors
    /// When the brokers do not answer, the topic is missing, or messages have expired.
    pub fn open(settings: Settings, was: Option<&Position>, stop: &Stop) -> Result<Self> {
        let topic = &settings.topic;
        let config = topic.config(&[
            ("group.id", &settings.group),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("enable.partition.eof", "true"),
            ("statistics.interval.ms", "1000"),
            // A queue that was full is filled again at once.
            ("fetch.queue.backoff.ms", "10"),
        ]);
        let watch = Watch {
            topic: topic.name.clone(),
            ..Watch::default()
        };
        let consumer: BaseConsumer<Watch> = config
            .create_with_context(watch)
            .map_err(|e| topic.refused(&e))?;
        let count = topic.ensure(consumer.client(), settings.partitions, stop)?;
        let known = match was {
            None => None,
            Some(Position::Kafka(offsets)) => Some(offsets),
            Some(_) => return Err(Error::Internal("a position of another source".into())),
        };
        if known.is_some_and(|offsets| offsets.len() > count) {
            let what = "has fewer partitions than its checkpoint; begin anew with --fresh";
            return Err(Error::data(topic, what));
        }
        let consumer = Arc::new(consumer);
        let mut this = Self {
            fetch: Fetch::start(Arc::clone(&consumer)),
            consumer,
            partitions: Vec::new(),
            lost: 0,
            discovered: Instant::now(),
            away: None,
            unknown: None,
            producing: None,
            demo: false,
            told: Vec::new(),
            settings,
        };
        for number in 0..count {
            stop.check()?;
            let next = known.and_then(|offsets| offsets.get(number).copied());
            let first = known.is_none().then_some(this.settings.from);
            let partition = this.look_at(number, next, first.unwrap_or(From::Earliest))?;
            this.partitions.push(partition);
        }
        let all = this.list(0);
        let assigned = this.consumer.assign(&all);
        assigned.map_err(|e| this.settings.topic.error("read", &e))?;
        Ok(this)
    }

    /// Does not end before `producing` is cleared, and then at what is present by then.
    pub fn wait_for(&mut self, producing: Arc<AtomicBool>) {
        self.producing = Some(producing);
        self.demo = true;
    }

    /// Where partition `number` begins and ends, against where it is to be read from.
    fn look_at(&mut self, number: usize, was: Option<Offset>, from: From) -> Result<Partition> {
        let topic = &self.settings.topic;
        let (low, high) = self.ends(number).map_err(|e| topic.error("read", &e))?;
        let stamp = was.and_then(|was| was.stamp);
        let next = match (was.map(|was| was.next), from) {
            (None, From::Earliest) => low,
            (None, From::Latest) => high,
            (Some(next), _) => self.go_on(number, next, low, high)?,
        };
        let stamp = stamp.filter(|_| was.is_some_and(|was| was.next == next));
        Ok(Partition {
            next,
            stamp,
            check: stamp.is_some() && next > low,
            end: self.settings.until_end.then_some(high),
            at_end: false,
            last: Instant::now(),
            idle: false,
        })
    }

    /// The first offset of a partition and the one behind its last. One that was made a moment ago
    /// may not be known to all brokers yet.
    fn ends(&self, number: usize) -> KafkaResult<(i64, i64)> {
        let began = Instant::now();
        let name = &self.settings.topic.name;
        loop {
            let asked = self
                .consumer
                .fetch_watermarks(name, number as i32, PATIENCE);
            match asked {
                Err(e) if is_passing(&e) && began.elapsed() < PATIENCE => thread::sleep(QUICK),
                told => return told,
            }
        }
    }

    /// Where to go on from `next` in partition `number`, which holds offsets from `low` to
    /// before `high`.
    fn go_on(&mut self, number: usize, next: i64, low: i64, high: i64) -> Result<i64> {
        let place = format!("{}/{number}", self.settings.topic);
        if next > high {
            let what = format!("ends at offset {high}, but was read up to {next}");
            return Err(remade(&place, &what));
        }
        if next >= low {
            return Ok(next);
        }
        if self.settings.on_gap == OnGap::Error {
            return Err(expired(&place, next, low));
        }
        tracing::warn!("{place}: offsets {next} to {} are lost", low - 1);
        self.lost += (low - next).unsigned_abs();
        Ok(low)
    }

    /// The partitions from number `first` on, where they are to be read next.
    fn list(&self, first: usize) -> TopicPartitionList {
        let next = self.partitions.iter();
        let next = next.map(|p| p.next - i64::from(p.check));
        self.offsets(next.enumerate().skip(first))
    }

    fn offsets(&self, offsets: impl Iterator<Item = (usize, i64)>) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for (number, offset) in offsets {
            let offset = KafkaOffset::Offset(offset);
            // Only an offset that cannot be is refused.
            let _ = list.add_partition_offset(&self.settings.topic.name, number as i32, offset);
        }
        list
    }

    fn take(
        partitions: &mut [Partition],
        settings: &Settings,
        message: &Message<'_>,
        now: Instant,
        taker: &mut impl Take,
    ) -> Result<()> {
        let (number, offset) = (message.partition, message.offset);
        let Some(partition) = partitions.get_mut(number) else {
            return Ok(());
        };
        let stamp = message.stamp;
        // Positions never go back.
        if offset < partition.next {
            let is_last = offset + 1 == partition.next;
            if is_last && std::mem::take(&mut partition.check) && stamp != partition.stamp {
                let place = format!("{}/{number}", settings.topic);
                let what = format!("holds another message at offset {offset} than was read");
                return Err(remade(&place, &what));
            }
            return Ok(());
        }
        partition.check = false;
        if partition.idle {
            partition.idle = false;
            taker.set_idle(number, false);
        }
        partition.at_end = false;
        let from = Origin {
            partition: number,
            spot: Spot {
                source: &settings.topic.name,
                line: None,
                partition: Some(number),
                offset: Some(offset),
            },
            believed: stamp.map(|ms| ms.saturating_mul(1_000).saturating_add(settings.max_jump)),
            key: message.key,
            stamp,
        };
        taker.message(message.value, from)?;
        partition.next = offset + 1;
        partition.stamp = stamp;
        partition.last = now;
        Ok(())
    }

    fn trouble(&mut self, error: &KafkaError) -> Result<()> {
        let topic = &self.settings.topic;
        match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::BrokerTransportFailure
                | RDKafkaErrorCode::AllBrokersDown
                | RDKafkaErrorCode::Resolve
                | RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::RequestTimedOut
                | RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::CoordinatorLoadInProgress,
            ) => {
                if self.away.is_none() {
                    tracing::warn!(
                        "{topic}: the brokers do not answer ({error}); waiting for them"
                    );
                    self.away = Some(Instant::now());
                }
                Ok(())
            }
            _ if is_unknown(error) => {
                if self.unknown.is_none() {
                    tracing::warn!("{topic}: the brokers know no such partition ({error})");
                    self.unknown = Some((Instant::now(), None));
                }
                Ok(())
            }
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.look_again()
            }
            _ => Err(topic.error("read", error)),
        }
    }

    /// Looks where each partition begins and ends, and has it read from where it was.
    fn look_again(&mut self) -> Result<()> {
        // Which one it was shows by asking.
        for number in 0..self.partitions.len() {
            let next = self.partitions[number].next;
            if let Ok((low, high)) = self.ends(number) {
                let on = self.go_on(number, next, low, high)?;
                let partition = &mut self.partitions[number];
                if on != next {
                    (partition.next, partition.stamp) = (on, None);
                }
                partition.check = partition.stamp.is_some() && on > low;
            }
        }
        let all = self.list(0);
        let assigned = self.consumer.assign(&all);
        assigned.map_err(|e| self.settings.topic.error("read", &e))
    }

    /// Brokers that start or have much to do may forget for a moment what they know; a topic that was
    /// deleted stays away, and one that was made anew shows when it is looked at.
    fn find_again(&mut self) -> Result<()> {
        let Some((since, asked)) = self.unknown else {
            return Ok(());
        };
        if asked.is_some_and(|asked| asked.elapsed() < ASK_AGAIN) {
            return Ok(());
        }
        self.unknown = Some((since, Some(Instant::now())));
        let topic = &self.settings.topic;
        let Ok(metadata) = self.consumer.fetch_metadata(None, QUICK) else {
            return Ok(());
        };
        if topic.partitions(&metadata).unwrap_or(0) >= self.partitions.len() {
            self.unknown = None;
            tracing::info!("{topic}: the brokers know all partitions again");
            return self.look_again();
        }
        match since.elapsed() < PATIENCE {
            true => Ok(()),
            false => {
                let gone =
                    KafkaError::MessageConsumption(RDKafkaErrorCode::UnknownTopicOrPartition);
                Err(topic.error("read", &gone))
            }
        }
    }

    /// A partition has been read to before `next`: beyond its last message, where that is the
    /// mark of a transaction.
    fn end_of(&mut self, number: i32, next: Option<i64>) {
        if let Some(partition) = self.partitions.get_mut(number as usize) {
            // Told before the last was produced for us, it is none.
            let is_end = |next| partition.end.is_none_or(|end| next >= end);
            partition.at_end = !self.demo || next.is_none_or(is_end);
            if let Some(next) = next.filter(|next| *next > partition.next) {
                (partition.next, partition.stamp) = (next, None);
            }
        }
        self.back();
    }

    /// The brokers answer again.
    fn back(&mut self) {
        if let Some(since) = self.away.take() {
            let seconds = since.elapsed().as_secs();
            tracing::info!(
                "{}: the brokers answer again after {seconds} s",
                self.settings.topic
            );
        }
    }

    /// Finds partitions that have gone idle. The brokers are asked first: while they are away a
    /// partition is not quiet, only unheard.
    fn find_idle(&mut self, taker: &mut impl Take) {
        for (number, partition) in self.partitions.iter_mut().enumerate() {
            if partition.idle || !partition.at_end || partition.last.elapsed() < self.settings.idle
            {
                continue;
            }
            let name = &self.settings.topic.name;
            match self.consumer.fetch_watermarks(name, number as i32, QUICK) {
                Ok((_, high)) if high <= partition.next => {
                    partition.idle = true;
                    taker.set_idle(number, true);
                }
                // Not to be asked again at once.
                Ok(_) | Err(_) => partition.last = Instant::now(),
            }
        }
    }

    /// Finds partitions that were added to the topic.
    fn discover(&mut self) -> Result<()> {
        if self.discovered.elapsed() < DISCOVER || self.away.is_some() {
            return Ok(());
        }
        self.discovered = Instant::now();
        let Ok(metadata) = self.consumer.fetch_metadata(None, QUICK) else {
            return Ok(());
        };
        let known = self.partitions.len();
        let count = self.settings.topic.partitions(&metadata).unwrap_or(known);
        for number in known..count {
            let partition = self.look_at(number, None, From::Earliest)?;
            self.partitions.push(partition);
        }
        if count > known {
            tracing::info!(
                "{}: {} new partition(s)",
                self.settings.topic,
                count - known
            );
            let new = self.list(known);
            let assigned = self.consumer.incremental_assign(&new);
            assigned.map_err(|e| self.settings.topic.error("read", &e))?;
        }
        Ok(())
    }

    fn at_end(&mut self) -> Result<bool> {
        if !self.settings.until_end {
            return Ok(false);
        }
        if let Some(producing) = &self.producing {
            if producing.load(Ordering::Acquire) {
                return Ok(false);
            }
            self.producing = None;
            for number in 0..self.partitions.len() {
                let now = self.partitions[number].offset();
                let end = self.look_at(number, Some(now), From::Earliest)?.end;
                self.partitions[number].end = end;
                self.partitions[number].at_end = false;
            }
        }
        // Not before the message that an earlier run read last has been looked at.
        let ends = |p: &Partition| p.at_end || p.end.is_some_and(|end| p.next >= end && !p.check);
        Ok(self.partitions.iter().all(ends))
    }
}

/// Whether it says that a partition is not known.
fn is_unknown(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::UnknownPartition | RDKafkaErrorCode::UnknownTopicOrPartition)
    )
}

impl<T: Take> Source<T> for Kafka {
    fn poll(&mut self, wait: Duration, taker: &mut T) -> Result<Polled> {
        taker.partitions(self.partitions.len());
        taker.lost(std::mem::take(&mut self.lost));
        let began = Instant::now();
        let mut wait = wait;
        while let Some(piece) = self.fetch.next(wait)? {
            for message in piece.messages() {
                Self::take(&mut self.partitions, &self.settings, &message, began, taker)?;
                self.back();
            }
            match &piece.end {
                Some(End::Partition { number, next }) => self.end_of(*number, *next),
                Some(End::Error(error)) => self.trouble(error)?,
                None => {}
            }
            self.fetch.taken(piece);
            wait = Duration::ZERO;
            if began.elapsed() >= SPELL {
                break;
            }
        }
        self.find_again()?;
        if !self.settings.until_end {
            self.find_idle(taker);
        }
        self.discover()?;
        taker.partitions(self.partitions.len());
        Ok(match self.at_end()? {
            true => Polled::End,
            false => Polled::More,
        })
    }

    fn position(&self) -> Position {
        Position::Kafka(self.partitions.iter().map(Partition::offset).collect())
    }

    fn committed(&mut self) {
        let next: Vec<i64> = self.partitions.iter().map(|p| p.next).collect();
        if next == self.told || self.away.is_some() {
            return;
        }
        // For those who watch lag; what counts is the checkpoint.
        let list = self.offsets(next.iter().copied().enumerate());
        if let Err(e) = self.consumer.commit(&list, CommitMode::Async) {
            tracing::debug!("{}: positions not told: {e}", self.settings.topic);
        }
        self.told = next;
    }

    fn lag(&self) -> Option<u64> {
        let ends = self.consumer.context().ends.lock();
        let ends = ends.unwrap_or_else(PoisonError::into_inner);
        let partitions = self.partitions.iter().enumerate();
        let lags = partitions.map(|(number, partition)| {
            let end = ends.get(&(number as i32))?;
            Some((end - partition.next).max(0).unsigned_abs())
        });
        lags.sum()
    }
}
