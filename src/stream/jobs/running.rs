//! From a record to the jobs: read, counted, handed to each.

use serde::Serialize;

use super::marks::Marks;
use super::operator::{Arrival, Operator};
use super::out::Out;
use super::seen::{Met, Seen};
use crate::record::event::Kind;
use crate::record::quality::{Broken, Facts, Line, RuleSet, broken_rules};
use crate::record::{Event, Mapping, Money, Reason, Row, read};
use crate::source::reject::Spot;
use crate::stream::intake::{Books, Core};
use crate::stream::origin::Origin;

/// A job and what it has said.
pub struct Running {
    /// The job.
    pub operator: Box<dyn Operator>,
    /// What it has said; rows go to files with the commits.
    pub out: Out,
    /// Rows that are in a commit, though in no file.
    pub committed: usize,
}

impl Running {
    /// Its figures by name, as they are saved.
    pub fn figures(&self) -> Vec<(String, i64)> {
        let figures = self.out.counts.iter();
        figures
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }
}

/// The jobs, and what they share.
pub struct Jobs {
    /// The jobs in the order of their names on the command line.
    pub jobs: Vec<Running>,
    /// How far event time has come.
    pub marks: Marks,
    /// Keys of duplicates.
    pub seen: Seen,
    /// Accepted sales and levels of stock that break a rule of quality, by rule.
    pub quality: Broken,
}

/// Lines of a sale that are judged without allocation; further ones are not.
const LINES: usize = 8;

/// One late event.
#[derive(Serialize)]
struct LateLine<'a> {
    #[serde(flatten)]
    spot: Spot<'a>,
    reason: &'static str,
    event_time: String,
    /// The jobs for which it was too late.
    jobs: &'a [&'static str],
    raw: &'a str,
}

impl Core for Jobs {
    fn partitions(&mut self, count: usize) {
        self.marks.partitions(count);
    }

    fn set_idle(&mut self, partition: usize, idle: bool) {
        self.marks.set_idle(partition, idle);
    }

    fn record(
        &mut self,
        books: &mut Books,
        row: &impl Row,
        mapping: &Mapping,
        from: Origin<'_>,
        raw: &[u8],
    ) -> Result<(), Reason> {
        let event = read(row, mapping, &books.rules)?;
        let time = event.time.micros();
        let again = books.again(row, mapping, (time, from), |key, horizon| {
            let mark = self.slowest(from.partition);
            let met = self.seen.meet(from.partition, key, time, mark, horizon);
            (met != Met::Again, mark)
        });
        if again? {
            return Ok(());
        }
        let ledger = &mut books.ledger;
        match event.kind {
            Kind::Sale | Kind::Return => {
                ledger.counts.sales += 1;
                ledger.accepted_revenue += event.amount;
            }
            _ => ledger.counts.non_sales += 1,
        }
        self.quality.count(judge(&event));
        let mut late = Vec::new();
        for job in &mut self.jobs {
            let arrival = Arrival {
                mark: self.marks.of(from.partition, job.operator.marks()),
                spot: from.spot,
            };
            if job.operator.take(&event, arrival, &mut job.out) {
                late.push(job.operator.spec().name);
            }
        }
        self.marks.observe(from.partition, time);
        if !late.is_empty() {
            books.keep_late(&LateLine {
                spot: from.spot,
                reason: "late",
                event_time: event.time.to_string(),
                jobs: &late,
                raw: &String::from_utf8_lossy(raw),
            });
        }
        Ok(())
    }
}

impl Jobs {
    /// Jobs that hold nothing.
    pub fn new(jobs: Vec<Box<dyn Operator>>) -> Self {
        let running = |operator| Running {
            operator,
            out: Out::default(),
            committed: 0,
        };
        Self {
            jobs: jobs.into_iter().map(running).collect(),
            marks: Marks::default(),
            seen: Seen::default(),
            quality: Broken::default(),
        }
    }

    /// The watermark of a partition that is furthest behind: that of the most patient job.
    fn slowest(&self, partition: usize) -> Option<i64> {
        let jobs = self.jobs.iter();
        let marks = jobs.map(|job| self.marks.of(partition, job.operator.marks()));
        marks.min().flatten()
    }

    /// Makes final what the watermarks have passed, and forgets old keys. Says whether to ask again
    /// before the next event: what a job says at a time is bounded.
    pub fn advance(&mut self) -> bool {
        let mut more = false;
        for job in &mut self.jobs {
            let mark = self.marks.all(job.operator.marks());
            // What was begun goes on, whether or not a partition holds the watermark back by now.
            if let Some(mark) = mark.or(job.operator.tally().closing) {
                more |= job.operator.advance(mark, &mut job.out);
            }
        }
        let jobs = self.jobs.iter();
        let marks = jobs.map(|job| self.marks.lowest(job.operator.marks()));
        self.seen.forget(marks.min().flatten());
        more
    }

    /// The source has ended: everything becomes final. Says whether to ask again.
    pub fn finish(&mut self) -> bool {
        let mut more = false;
        for job in &mut self.jobs {
            more |= job.operator.finish(&mut job.out);
        }
        more
    }
}

/// The rules of quality that a sale or a level of stock breaks. They were made for these; nothing is
/// rejected for them.
fn judge(event: &Event<'_>) -> RuleSet {
    let of_sale = matches!(event.kind, Kind::Sale | Kind::Return);
    if !of_sale && event.kind != Kind::Stock {
        return RuleSet::default();
    }
    // What a return tells is positive; its sign here is ours.
    let plain = |money: Money| match event.kind {
        Kind::Return => -money,
        _ => money,
    };
    let mut lines = [Line {
        quantity: Money::ONE,
        price: Money::ONE,
    }; LINES];
    let told = event.lines.iter().filter_map(|line| {
        let price = line.price?;
        Some((plain(line.units), price))
    });
    let mut count = 0;
    for (slot, (quantity, price)) in lines.iter_mut().zip(told) {
        *slot = Line { quantity, price };
        count += 1;
    }
    // A total is held against all its lines, or not at all.
    let total = Some(plain(event.amount)).filter(|_| count == event.lines.len());
    broken_rules(&Facts {
        id: event.id,
        lines: &lines[..count],
        total,
        stock: event.stock,
    })
}
