//! Where a world puts its events: faults are planted here, and lines are counted.

use super::batch::Batch;
use super::faults::{Faults, Queue, Waiting, Why};
use super::truth::TopicTruth;

/// Takes the events of a world in the order of their times.
#[derive(Debug)]
pub(super) struct Desk {
    batch: Batch,
    faults: Option<Faults>,
    /// The name of the time field of each topic.
    times: Vec<&'static str>,
    waiting: Queue,
    counts: Vec<TopicTruth>,
    /// The latest time that stands in each topic.
    reached: Vec<i64>,
    n: u64,
}

impl Desk {
    /// An empty one for topics with these time fields.
    pub fn new(faults: Option<Faults>, times: Vec<&'static str>) -> Self {
        Self {
            batch: Batch::default(),
            faults,
            waiting: Queue::default(),
            counts: vec![TopicTruth::default(); times.len()],
            reached: vec![i64::MIN; times.len()],
            times,
            n: 0,
        }
    }

    /// Takes an event whose key and text the closures append; no event before was later.
    #[inline]
    pub fn put(
        &mut self,
        topic: usize,
        time: i64,
        key: impl FnOnce(&mut Vec<u8>),
        text: impl FnOnce(&mut Vec<u8>),
    ) {
        if self.faults.is_some() {
            self.release(time);
        }
        self.counts[topic].valid_rows += 1;
        self.batch.put(topic, time, key, text);
        match self.faults {
            Some(faults) => self.plant(&faults, topic, time),
            None => self.reached[topic] = time,
        }
    }

    fn plant(&mut self, faults: &Faults, topic: usize, time: i64) {
        self.n += 1;
        let n = self.n;
        let fault = faults.of(n);
        let Some((key, text)) = self.batch.last() else {
            return;
        };
        let wait = |why, later| Waiting {
            stands: time + later,
            n,
            why,
            topic,
            time,
            key: key.to_vec(),
            text: text.to_vec(),
        };
        let late = fault.late.map(|later| wait(Why::Late, later));
        let twice = fault.twice.map(|later| wait(Why::Twice, later));
        let broken = fault.malformed.then(|| {
            let mut broken = Vec::with_capacity(text.len());
            faults.break_text(n, text, self.times[topic], &mut broken);
            (key.to_vec(), broken)
        });
        if let Some(line) = late {
            self.batch.pop();
            self.waiting.push(line);
        } else {
            self.reached[topic] = time;
        }
        if let Some(line) = twice {
            self.waiting.push(line);
        }
        if let Some((key, text)) = broken {
            self.counts[topic].malformed += 1;
            let key = |out: &mut Vec<u8>| out.extend_from_slice(&key);
            let text = |out: &mut Vec<u8>| out.extend_from_slice(&text);
            self.batch.put(topic, time, key, text);
        }
    }

    /// Puts what waits until `time` in its place.
    fn release(&mut self, time: i64) {
        while let Some(line) = self.waiting.pop_until(time) {
            let topic = line.topic;
            match line.why {
                Why::Twice => self.counts[topic].duplicates += 1,
                // Where no other event came meanwhile, it stands in its place.
                Why::Late if self.reached[topic] > line.time => self.counts[topic].late += 1,
                Why::Late => self.reached[topic] = line.time,
            }
            let key = |out: &mut Vec<u8>| out.extend_from_slice(&line.key);
            let text = |out: &mut Vec<u8>| out.extend_from_slice(&line.text);
            self.batch.put(topic, line.stands, key, text);
        }
    }

    /// There are no more events: what waits is put in its place.
    pub fn end(&mut self) {
        self.release(i64::MAX);
    }

    /// Whether the lines so far should be handed on.
    pub fn is_full(&self) -> bool {
        self.batch.is_full()
    }

    /// The lines so far, in exchange for an empty batch.
    pub fn take(&mut self, empty: Batch) -> Batch {
        std::mem::replace(&mut self.batch, empty)
    }

    /// What stands in each topic.
    pub fn counts(&self) -> impl Iterator<Item = TopicTruth> {
        self.counts.iter().map(|counts| TopicTruth {
            rows: counts.valid_rows + counts.malformed + counts.duplicates,
            ..counts.clone()
        })
    }
}
