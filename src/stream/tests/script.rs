//! A list of events as a source.

use std::time::Duration;

use crate::error::Result;
use crate::source::reject::Spot;
use crate::stream::checkpoint::{Offset, Position};
use crate::stream::origin::Origin;
use crate::stream::source::{Polled, Source, Take};

/// Reads a list over some partitions, three events of each in turn, from the position of the last
/// commit on.
pub struct Script<'a> {
    pub events: &'a [String],
    /// Events of a poll.
    pub batch: usize,
    pub partitions: usize,
    next: usize,
}

impl<'a> Script<'a> {
    pub fn new(
        events: &'a [String],
        (batch, partitions): (usize, usize),
        was: Option<&Position>,
    ) -> Self {
        let next = match was {
            Some(Position::Kafka(offsets)) => offsets[0].next as usize,
            _ => 0,
        };
        Self {
            events,
            batch,
            partitions,
            next,
        }
    }
}

impl<T: Take> Source<T> for Script<'_> {
    fn poll(&mut self, _: Duration, take: &mut T) -> Result<Polled> {
        take.partitions(self.partitions);
        let upto = (self.next + self.batch).min(self.events.len());
        for number in self.next..upto {
            let from = Origin {
                partition: number / 3 % self.partitions,
                spot: Spot::line("list", 1),
                believed: None,
                key: None,
                stamp: None,
            };
            take.message(Some(self.events[number].as_bytes()), from)?;
        }
        self.next = upto;
        Ok(match self.next == self.events.len() {
            true => Polled::End,
            false => Polled::More,
        })
    }

    fn position(&self) -> Position {
        let next = self.next as i64;
        Position::Kafka(vec![Offset { next, stamp: None }])
    }
}
