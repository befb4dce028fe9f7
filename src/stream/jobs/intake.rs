//! From a message to the jobs: read, counted, handed to each.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::marks::Marks;
use super::operator::{Arrival, Operator};
use super::out::Out;
use super::seen::{Met, Seen};
use crate::error::{Error, Result};
use crate::record::clean::key;
use crate::record::event::Kind;
use crate::record::quality::{Broken, Facts, Line, RuleSet, broken_rules};
use crate::record::{Event, Mapping, Money, Reason, Row, Rules, read};
use crate::source::accept::Raw;
use crate::source::json::{EventColumns, Events};
use crate::source::reject::{Spot, write_line};
use crate::stream::appendix::Appendix;
use crate::stream::dead_letters::DeadLetters;
use crate::stream::ledger::Ledger;
use crate::stream::origin::Origin;
use crate::stream::source::{Rows, Take};

/// Takes messages up for all jobs.
pub struct Intake {
    events: Events,
    columns: Arc<EventColumns>,
    /// What is behind the parsing.
    pub core: Core,
}

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

/// The state that messages change.
pub struct Core {
    rules: Arc<Rules>,
    /// The jobs in the order of their names on the command line.
    pub jobs: Vec<Running>,
    /// How far event time has come.
    pub marks: Marks,
    /// Keys of duplicates.
    pub seen: Seen,
    /// All counts; an event is late once if it is for any job.
    pub ledger: Ledger,
    /// Accepted sales and levels of stock that break a rule of quality, by rule.
    pub quality: Broken,
    /// Where rejects go.
    pub rejects: DeadLetters,
    /// Where late events go.
    pub lates: Appendix,
    mapping: BTreeMap<String, String>,
    horizon: i64,
    key: Vec<u8>,
    failure: Option<Error>,
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

impl Intake {
    /// An empty state; duplicates are known for `horizon` microseconds of event time.
    pub fn new(
        rules: Arc<Rules>,
        jobs: Vec<Box<dyn Operator>>,
        (rejects, lates): (DeadLetters, Appendix),
        horizon: i64,
    ) -> Self {
        let columns = Arc::new(EventColumns::new(&rules));
        let running = |operator| Running {
            operator,
            out: Out::default(),
            committed: 0,
        };
        Self {
            events: Events::new(&columns),
            columns,
            core: Core {
                rules,
                jobs: jobs.into_iter().map(running).collect(),
                marks: Marks::default(),
                seen: Seen::default(),
                ledger: Ledger::default(),
                quality: Broken::default(),
                rejects,
                lates,
                mapping: BTreeMap::new(),
                horizon,
                key: Vec::new(),
                failure: None,
            },
        }
    }

    /// The columns of events.
    pub fn columns(&self) -> &Arc<EventColumns> {
        &self.columns
    }

    /// Which columns carried which field so far.
    pub fn mapping(&self) -> BTreeMap<String, String> {
        let mut mapping = self.columns.describe();
        mapping.extend(self.core.mapping.clone());
        mapping
    }

    /// Looks whether a column that the rules name occurred in any event.
    ///
    /// # Errors
    /// [`Error::Data`] for the first that did not.
    pub fn check(&self) -> Result<()> {
        self.columns.check(&self.core.rules)
    }
}

impl Take for Intake {
    fn partitions(&mut self, count: usize) {
        self.core.partitions(count);
    }

    fn set_idle(&mut self, partition: usize, idle: bool) {
        self.core.marks.set_idle(partition, idle);
    }

    fn lost(&mut self, count: u64) {
        self.core.ledger.lost += count;
    }

    fn message(&mut self, value: Option<&[u8]>, from: Origin<'_>) -> Result<()> {
        self.core.ledger.counts.read += 1;
        let raw = value.unwrap_or_default();
        let outcome = self.events.read_message(value).and_then(|()| {
            self.core
                .record(&self.events, self.columns.mapping(), from, raw)
        });
        match outcome {
            Err(reason) => self.core.reject(reason, from, Raw::whole(raw)),
            Ok(()) => self.core.raise(),
        }
    }

    fn broken(
        &mut self,
        event: &[u8],
        packed: bool,
        reason: Reason,
        from: Origin<'_>,
    ) -> Result<()> {
        self.core.ledger.counts.read += 1;
        let text = packed.then(|| serde_json::from_slice::<String>(event));
        let text = match text {
            Some(Ok(text)) => Cow::Owned(text.into_bytes()),
            _ => Cow::Borrowed(event),
        };
        self.core.reject(reason, from, Raw::whole(&text))
    }
}

impl Rows for Intake {
    fn row(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        from: Origin<'_>,
        raw: &[u8],
    ) -> Result<(), Reason> {
        self.core.record(row, mapping, from, raw)
    }

    fn rejected(&mut self, reason: Reason, from: Origin<'_>, raw: Raw<'_>) -> Result<()> {
        self.core.reject(reason, from, raw)
    }

    fn header(&mut self, mapping: BTreeMap<String, String>) {
        self.core.mapping = mapping;
    }

    fn were_read(&mut self, records: u64) -> Result<()> {
        self.core.ledger.counts.read += records;
        self.core.raise()
    }
}

impl Core {
    fn record(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        from: Origin<'_>,
        raw: &[u8],
    ) -> Result<(), Reason> {
        let event = read(row, mapping, &self.rules)?;
        let time = event.time.micros();
        if from.believed.is_some_and(|latest| time > latest) {
            return Err(Reason::EventInFuture);
        }
        if mapping.has_key() && key(row, mapping, &mut self.key) {
            let mark = self.slowest(from.partition);
            let (key, horizon) = (&self.key, self.horizon);
            if self.seen.meet(from.partition, key, time, mark, horizon) == Met::Again {
                self.ledger.counts.duplicates += 1;
                return Ok(());
            }
            let due = time.saturating_add(self.horizon);
            self.ledger.beyond_horizon += u64::from(mark.is_some_and(|mark| mark > due));
        }
        match event.kind {
            Kind::Sale | Kind::Return => {
                self.ledger.counts.sales += 1;
                self.ledger.accepted_revenue += event.amount;
            }
            _ => self.ledger.counts.non_sales += 1,
        }
        self.quality.count(judge(&event));
        let mut late = Vec::new();
        for job in &mut self.jobs {
            let arrival = Arrival {
                mark: self.marks.of(from.partition, job.operator.marks()),
            };
            if job.operator.take(&event, arrival, &mut job.out) {
                late.push(job.operator.spec().name);
            }
        }
        self.marks.observe(from.partition, time);
        if !late.is_empty() {
            self.ledger.late += 1;
            let line = LateLine {
                spot: from.spot,
                reason: "late",
                event_time: event.time.to_string(),
                jobs: &late,
                raw: &String::from_utf8_lossy(raw),
            };
            let out = self.lates.buffer();
            // Writing to memory cannot fail.
            let _ = serde_json::to_writer(&mut *out, &line);
            out.push(b'\n');
            if let Err(e) = self.lates.fit() {
                self.failure.get_or_insert(e);
            }
        }
        Ok(())
    }

    /// The watermark of a partition that is furthest behind: that of the most patient job.
    fn slowest(&self, partition: usize) -> Option<i64> {
        let jobs = self.jobs.iter();
        let marks = jobs.map(|job| self.marks.of(partition, job.operator.marks()));
        marks.min().flatten()
    }

    /// Keeps a rejected message.
    fn reject(&mut self, reason: Reason, from: Origin<'_>, raw: Raw<'_>) -> Result<()> {
        self.ledger.counts.rejected[reason as usize] += 1;
        match &mut self.rejects {
            DeadLetters::Folder(lines) => {
                write_line(lines.buffer(), from.spot, reason, raw);
                lines.fit()
            }
            DeadLetters::Topic(topic, _) => topic.send(reason, from, raw),
        }
    }

    fn raise(&mut self) -> Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Makes room for partitions below `count`.
    pub fn partitions(&mut self, count: usize) {
        self.marks.partitions(count);
    }

    /// Makes final what the watermarks have passed, and forgets old keys.
    pub fn advance(&mut self) {
        for job in &mut self.jobs {
            if let Some(mark) = self.marks.all(job.operator.marks()) {
                job.operator.advance(mark, &mut job.out);
            }
        }
        let jobs = self.jobs.iter();
        let marks = jobs.map(|job| self.marks.lowest(job.operator.marks()));
        self.seen.forget(marks.min().flatten());
    }

    /// The source has ended: everything becomes final.
    pub fn finish(&mut self) {
        for job in &mut self.jobs {
            job.operator.finish(&mut job.out);
        }
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
