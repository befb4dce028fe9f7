//! From a message to what is kept of it: parsed, counted, rejected, or handed to the core.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::record::clean::key;
use crate::record::{Mapping, Reason, Row, Rules};
use crate::source::accept::Raw;
use crate::source::json::{EventColumns, Events};
use crate::source::reject::write_line;
use crate::stream::appendix::Appendix;
use crate::stream::dead_letters::DeadLetters;
use crate::stream::ledger::Ledger;
use crate::stream::origin::Origin;
use crate::stream::source::{Rows, Take};

/// What is behind the parsing: the windows of the revenue, or the jobs.
pub trait Core {
    /// Makes room for partitions below `count`.
    fn partitions(&mut self, count: usize);

    /// A partition that is fully read has become quiet, or has woken.
    fn set_idle(&mut self, partition: usize, idle: bool);

    /// Takes up a record that is whole, and counts it in `books`; the answer rejects it.
    ///
    /// # Errors
    /// The reason to reject it.
    fn record(
        &mut self,
        books: &mut Books,
        row: &impl Row,
        mapping: &Mapping,
        from: Origin<'_>,
        raw: &[u8],
    ) -> Result<(), Reason>;
}

/// Takes messages up.
pub struct Intake<C> {
    events: Events,
    columns: Arc<EventColumns>,
    /// Which columns of a header carried which field.
    header: BTreeMap<String, String>,
    /// What is counted and kept of every record, whatever becomes of it.
    pub books: Books,
    /// What is behind the parsing.
    pub core: C,
}

/// What is counted and kept beside the figures.
pub struct Books {
    /// How records are read.
    pub rules: Arc<Rules>,
    /// All counts.
    pub ledger: Ledger,
    /// Where rejects go.
    pub rejects: DeadLetters,
    /// Where late records go.
    pub late: Appendix,
    /// How long keys of duplicates are known, in microseconds of event time.
    pub horizon: i64,
    key: Vec<u8>,
    failure: Option<Error>,
}

impl<C: Core> Intake<C> {
    /// An empty state; duplicates are known for `horizon` microseconds of event time.
    pub fn new(
        rules: Arc<Rules>,
        core: C,
        (rejects, late): (DeadLetters, Appendix),
        horizon: i64,
    ) -> Self {
        let columns = Arc::new(EventColumns::new(&rules));
        Self {
            events: Events::new(&columns),
            columns,
            header: BTreeMap::new(),
            books: Books {
                rules,
                ledger: Ledger::default(),
                rejects,
                late,
                horizon,
                key: Vec::new(),
                failure: None,
            },
            core,
        }
    }

    /// The columns of events.
    pub fn columns(&self) -> &Arc<EventColumns> {
        &self.columns
    }

    /// Which columns carried which field so far.
    pub fn mapping(&self) -> BTreeMap<String, String> {
        let mut mapping = self.columns.describe();
        mapping.extend(self.header.clone());
        mapping
    }

    /// Looks whether a column that the rules name occurred in any event: a misspelt one would
    /// change the figures in silence.
    ///
    /// # Errors
    /// [`Error::Data`] for the first that did not.
    pub fn check(&self) -> Result<()> {
        self.columns.check(&self.books.rules)
    }
}

impl<C: Core> Take for Intake<C> {
    fn partitions(&mut self, count: usize) {
        self.core.partitions(count);
    }

    fn set_idle(&mut self, partition: usize, idle: bool) {
        self.core.set_idle(partition, idle);
    }

    fn lost(&mut self, count: u64) {
        self.books.ledger.lost += count;
    }

    fn message(&mut self, value: Option<&[u8]>, from: Origin<'_>) -> Result<()> {
        self.books.ledger.counts.read += 1;
        let raw = value.unwrap_or_default();
        let outcome = self.events.read_message(value).and_then(|()| {
            let mapping = self.columns.mapping();
            self.core
                .record(&mut self.books, &self.events, mapping, from, raw)
        });
        match outcome {
            Err(reason) => self.books.reject(reason, from, Raw::whole(raw)),
            Ok(()) => self.books.raise(),
        }
    }

    fn broken(
        &mut self,
        event: &[u8],
        packed: bool,
        reason: Reason,
        from: Origin<'_>,
    ) -> Result<()> {
        self.books.ledger.counts.read += 1;
        let text = packed.then(|| serde_json::from_slice::<String>(event));
        let text = match text {
            Some(Ok(text)) => Cow::Owned(text.into_bytes()),
            _ => Cow::Borrowed(event),
        };
        self.books.reject(reason, from, Raw::whole(&text))
    }
}

impl<C: Core> Rows for Intake<C> {
    fn row(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        from: Origin<'_>,
        raw: &[u8],
    ) -> Result<(), Reason> {
        self.core.record(&mut self.books, row, mapping, from, raw)
    }

    fn rejected(&mut self, reason: Reason, from: Origin<'_>, raw: Raw<'_>) -> Result<()> {
        self.books.reject(reason, from, raw)
    }

    fn header(&mut self, mapping: BTreeMap<String, String>) {
        self.header = mapping;
    }

    fn were_read(&mut self, records: u64) -> Result<()> {
        self.books.ledger.counts.read += records;
        self.books.raise()
    }
}

impl Books {
    /// Whether a record of this event time with this key came before: then it counts as a duplicate.
    /// `meet` looks the key up, with how long keys are known, and answers whether it is new, and the
    /// watermark.
    ///
    /// # Errors
    /// [`Reason::EventInFuture`] when its time is later than is believed where it comes from.
    pub fn again(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        (time, from): (i64, Origin<'_>),
        meet: impl FnOnce(&[u8], i64) -> (bool, Option<i64>),
    ) -> Result<bool, Reason> {
        if from.believed.is_some_and(|latest| time > latest) {
            return Err(Reason::EventInFuture);
        }
        if !mapping.has_key() || !key(row, mapping, &mut self.key) {
            return Ok(false);
        }
        let (new, mark) = meet(&self.key, self.horizon);
        if !new {
            self.ledger.counts.duplicates += 1;
            return Ok(true);
        }
        let due = time.saturating_add(self.horizon);
        self.ledger.beyond_horizon += u64::from(mark.is_some_and(|mark| mark > due));
        Ok(false)
    }

    /// Keeps a late record as a line of JSON.
    pub fn keep_late(&mut self, line: &impl Serialize) {
        self.ledger.late += 1;
        let out = self.late.buffer();
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut *out, line);
        out.push(b'\n');
        if let Err(e) = self.late.fit() {
            self.failure.get_or_insert(e);
        }
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

    /// What [`Core::record`] could not say: a late record that could not be kept.
    fn raise(&mut self) -> Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }
}
