//! Several topics read as one source: each by its own consumer, once.
//!
//! Partition `p` of topic number `i` of `n` is number `p · n + i` to whatever takes the messages, so
//! topics can grow without moving the numbers of others. Numbers that no partition has hold
//! nothing back.

use std::time::{Duration, Instant};

use super::kafka::Kafka;
use super::{Polled, Source, Take};
use crate::error::Result;
use crate::record::Reason;
use crate::stream::checkpoint::Position;
use crate::stream::origin::Origin;

/// Several topics.
pub struct Several {
    topics: Vec<Kafka>,
    /// Partitions of each, as far as they have been told of.
    counts: Vec<usize>,
    /// The topic that is asked first next time, lest one keeps the others waiting.
    first: usize,
    ended: Vec<bool>,
}

impl Several {
    /// The topics, in an order that stays.
    pub fn new(topics: Vec<Kafka>) -> Self {
        Self {
            counts: vec![0; topics.len()],
            ended: vec![false; topics.len()],
            topics,
            first: 0,
        }
    }

    /// The position of one topic in that of all.
    pub fn part(was: Option<&Position>, number: usize) -> Option<Position> {
        match was {
            Some(Position::Topics(all)) => all.get(number).cloned().map(Position::Kafka),
            _ => None,
        }
    }
}

/// One topic's view of what takes the messages of all.
struct Lane<'a, T> {
    take: &'a mut T,
    counts: &'a mut [usize],
    number: usize,
}

impl<T: Take> Lane<'_, T> {
    fn global(&self, partition: usize) -> usize {
        partition * self.counts.len() + self.number
    }
}

impl<T: Take> Take for Lane<'_, T> {
    fn partitions(&mut self, count: usize) {
        if self.counts[self.number] >= count {
            return;
        }
        let topics = self.counts.len();
        let before = self.counts.iter().max().copied().unwrap_or_default();
        self.take.partitions(count.max(before) * topics);
        // New rows hold nothing back but where a partition is.
        for row in before..count {
            for topic in (0..topics).filter(|topic| *topic != self.number) {
                self.take.set_idle(row * topics + topic, true);
            }
        }
        for partition in self.counts[self.number]..count {
            self.take.set_idle(self.global(partition), false);
        }
        self.counts[self.number] = count;
    }

    fn set_idle(&mut self, partition: usize, idle: bool) {
        self.take.set_idle(self.global(partition), idle);
    }

    fn lost(&mut self, count: u64) {
        self.take.lost(count);
    }

    fn message(&mut self, value: Option<&[u8]>, from: Origin<'_>) -> Result<()> {
        let partition = self.global(from.partition);
        self.take.message(value, Origin { partition, ..from })
    }

    fn broken(
        &mut self,
        event: &[u8],
        packed: bool,
        reason: Reason,
        from: Origin<'_>,
    ) -> Result<()> {
        let partition = self.global(from.partition);
        let from = Origin { partition, ..from };
        self.take.broken(event, packed, reason, from)
    }
}

impl<T: Take> Source<T> for Several {
    fn poll(&mut self, wait: Duration, take: &mut T) -> Result<Polled> {
        let topics = self.topics.len();
        let until = Instant::now() + wait;
        self.first = (self.first + 1) % topics.max(1);
        for turn in 0..topics {
            let number = (self.first + turn) % topics;
            let mut lane = Lane {
                take,
                counts: &mut self.counts,
                number,
            };
            // The wait is shared: whoever has messages does not use it up.
            let rest = until.saturating_duration_since(Instant::now()) / (topics - turn) as u32;
            let polled = self.topics[number].poll(rest, &mut lane)?;
            self.ended[number] = polled == Polled::End;
        }
        match self.ended.iter().all(|ended| *ended) {
            true => Ok(Polled::End),
            false => Ok(Polled::More),
        }
    }

    fn position(&self) -> Position {
        let topics = self.topics.iter();
        let all = topics.map(|topic| match Source::<T>::position(topic) {
            Position::Kafka(offsets) => offsets,
            _ => Vec::new(),
        });
        Position::Topics(all.collect())
    }

    fn committed(&mut self) {
        let topics = self.topics.iter_mut();
        topics.for_each(|topic| Source::<T>::committed(topic));
    }

    fn lag(&self) -> Option<u64> {
        let topics = self.topics.iter();
        topics.map(|topic| Source::<T>::lag(topic)).sum()
    }
}
