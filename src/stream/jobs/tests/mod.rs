mod added;
pub mod bench;
mod crash;
mod order;
mod portions;
mod returns;
mod windows;

use std::sync::Arc;

use super::list::JOBS;
use super::marks::Marks;
use super::operator::{Arrival, Operator, Tally};
use super::out::Out;
use super::row::Row;
use super::setup::Setup;
use crate::record::{Event, Rules, read};
use crate::source::json::{EventColumns, Events};
use crate::source::reject::Spot;

pub const MINUTE: i64 = 60_000_000;

/// Reads JSON as events, as a stream does.
pub struct Reader {
    rules: Rules,
    columns: Arc<EventColumns>,
    events: Events,
}

impl Reader {
    pub fn new() -> Self {
        let rules = Rules {
            events: true,
            ..Rules::default()
        };
        let columns = Arc::new(EventColumns::new(&rules));
        Self {
            rules,
            events: Events::new(&columns),
            columns,
        }
    }

    pub fn see<T>(&mut self, json: &str, look: impl FnOnce(&Event<'_>) -> T) -> T {
        self.events.read(json).unwrap();
        let event = read(&self.events, self.columns.mapping(), &self.rules);
        look(&event.unwrap_or_else(|reason| panic!("{reason}: {json}")))
    }
}

/// A job that is fed by hand.
pub struct Stage {
    pub job: Box<dyn Operator>,
    pub marks: Marks,
    pub out: Out,
    reader: Reader,
}

impl Stage {
    pub fn new(job: Box<dyn Operator>, partitions: usize) -> Self {
        let mut marks = Marks::default();
        marks.partitions(partitions);
        Self {
            job,
            marks,
            out: Out::default(),
            reader: Reader::new(),
        }
    }

    /// An event of a partition; whether it was late.
    pub fn event(&mut self, partition: usize, json: &str) -> bool {
        let (job, marks, out) = (&mut self.job, &mut self.marks, &mut self.out);
        self.reader.see(json, |event| {
            let arrival = Arrival {
                mark: marks.of(partition, job.marks()),
                spot: Spot::line("events", 1),
            };
            let late = job.take(event, arrival, out);
            marks.observe(partition, event.time.micros());
            late
        })
    }

    /// Makes final what the watermarks have passed.
    pub fn advance(&mut self) {
        if let Some(mark) = self.marks.all(self.job.marks()) {
            while self.job.advance(mark, &mut self.out) {}
        }
    }

    /// The source ends.
    pub fn finish(&mut self) {
        while self.job.finish(&mut self.out) {}
    }

    /// Another process goes on with what a commit holds.
    pub fn restart(&mut self, mut job: Box<dyn Operator>) {
        for (key, value, due) in self.job.table().iter() {
            job.table_mut().put(key, value, due);
        }
        job.table_mut().settle();
        job.restore(self.job.tally().clone()).unwrap();
        self.job = job;
    }

    /// The rows so far, which are gone then.
    pub fn rows(&mut self) -> Vec<Row> {
        let rows = self.out.rows.drain(..);
        rows.map(|(_, row)| row).collect()
    }
}

/// Bytes that mean nothing to a job are told, and not taken for nothing.
#[test]
fn a_state_of_something_else_is_refused() {
    for entry in JOBS {
        let start = || {
            let setup = Setup::new(entry.spec, &[], None).unwrap();
            (entry.make)(&setup).unwrap()
        };
        assert_eq!(start().restore(Tally::default()), Ok(()));
        let mut job = start();
        job.table_mut()
            .restore([(&b"key"[..], Some((&[0xff; 5][..], None)))].into_iter());
        let name = entry.spec.name;
        assert!(job.restore(Tally::default()).is_err(), "{name}");
    }
}
