//! From a message to the windows: cleaned, counted, placed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::record::clean::key;
use crate::record::{Kind, Mapping, Reason, Row, Rules, Total, clean};
use crate::source::accept::Raw;
use crate::source::json::{EventColumns, Events};
use crate::source::reject::{Spot, write_line};
use crate::stream::appendix::Appendix;
use crate::stream::dead_letters::DeadLetters;
use crate::stream::dedup::Seen;
use crate::stream::ledger::Ledger;
use crate::stream::origin::Origin;
use crate::stream::source::{Rows, Take};
use crate::stream::window::{Closed, Windows};

/// Takes messages up.
pub struct Intake {
    events: Events,
    columns: Arc<EventColumns>,
    /// What is behind the parsing.
    pub core: Core,
}

/// The state that messages change.
pub struct Core {
    rules: Arc<Rules>,
    /// Windows and watermarks.
    pub windows: Windows,
    /// Keys by partition.
    pub seen: Vec<Seen>,
    /// All counts.
    pub ledger: Ledger,
    /// Where rejects go.
    pub rejects: DeadLetters,
    /// Where late records go.
    pub late: Appendix,
    /// Closed rows that are in no file yet.
    pub rows: Vec<Closed>,
    /// How many of them are in no commit yet.
    pub uncommitted: usize,
    /// Which columns carried which field, of sources with a header.
    pub mapping: BTreeMap<String, String>,
    horizon: i64,
    key: Vec<u8>,
    failure: Option<Error>,
}

/// One late record.
#[derive(Serialize)]
struct LateLine<'a> {
    #[serde(flatten)]
    spot: Spot<'a>,
    reason: &'static str,
    product: &'a str,
    event_time: String,
    /// Windows that it missed.
    missed: i64,
    /// What these windows are without.
    late_revenue: Total,
    raw: &'a str,
}

impl Intake {
    /// An empty state; duplicates are known for `horizon` microseconds of event time.
    pub fn new(
        rules: Arc<Rules>,
        windows: Windows,
        rejects: DeadLetters,
        late: Appendix,
        horizon: i64,
    ) -> Self {
        let columns = Arc::new(EventColumns::new(&rules));
        Self {
            events: Events::new(&columns),
            columns,
            core: Core {
                rules,
                windows,
                seen: Vec::new(),
                ledger: Ledger::default(),
                rejects,
                late,
                rows: Vec::new(),
                uncommitted: 0,
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

    /// Looks whether a column that the rules name occurred in any event: a misspelt one would
    /// change the figures in silence.
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
        self.core.windows.set_idle(partition, idle);
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
    /// Takes up a record that is whole; the answer rejects it.
    ///
    /// # Errors
    /// The reason to reject it.
    pub fn record(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        from: Origin<'_>,
        raw: &[u8],
    ) -> Result<(), Reason> {
        let sale = clean(row, mapping, &self.rules)?;
        if from
            .believed
            .is_some_and(|latest| sale.time.micros() > latest)
        {
            return Err(Reason::EventInFuture);
        }
        if mapping.has_key() && key(row, mapping, &mut self.key) {
            let mark = self.windows.watermark_of(from.partition);
            let seen = &mut self.seen[from.partition];
            if !seen.is_new(&self.key, sale.time, mark, self.horizon) {
                self.ledger.counts.duplicates += 1;
                return Ok(());
            }
            let due = sale.time.micros().saturating_add(self.horizon);
            self.ledger.beyond_horizon += u64::from(mark.is_some_and(|mark| mark > due));
        }
        if sale.kind == Kind::Restock {
            self.ledger.counts.non_sales += 1;
            self.windows.observe(from.partition, sale.time);
            return Ok(());
        }
        self.ledger.counts.sales += 1;
        self.ledger.accepted_revenue += sale.money;
        let placed = self
            .windows
            .add(from.partition, sale.product, sale.time, sale.money);
        if placed.missed > 0 {
            let missed = i128::from(sale.money.units()) * i128::from(placed.missed);
            let late_revenue = Total::from_units(missed);
            self.ledger.late += 1;
            self.ledger.late_revenue += late_revenue;
            let line = LateLine {
                spot: from.spot,
                reason: "late",
                product: std::str::from_utf8(sale.product).unwrap_or_default(),
                event_time: sale.time.to_string(),
                missed: placed.missed,
                late_revenue,
                raw: &String::from_utf8_lossy(raw),
            };
            let out = self.late.buffer();
            // Writing to memory cannot fail.
            let _ = serde_json::to_writer(&mut *out, &line);
            out.push(b'\n');
            if let Err(e) = self.late.fit() {
                self.failure.get_or_insert(e);
            }
        }
        Ok(())
    }

    /// Keeps a rejected message.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn reject(&mut self, reason: Reason, from: Origin<'_>, raw: Raw<'_>) -> Result<()> {
        self.ledger.counts.rejected[reason as usize] += 1;
        match &mut self.rejects {
            DeadLetters::Folder(lines) => {
                write_line(lines.buffer(), from.spot, reason, raw);
                lines.fit()
            }
            DeadLetters::Topic(topic, _) => topic.send(reason, from, raw),
        }
    }

    /// What [`Core::record`] could not say.
    ///
    /// # Errors
    /// When a late record could not be kept.
    pub fn raise(&mut self) -> Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Makes room for partitions below `count`.
    pub fn partitions(&mut self, count: usize) {
        self.windows.partitions(count);
        if self.seen.len() < count {
            self.seen.resize_with(count, Seen::default);
        }
    }

    /// Closes the windows whose end the watermark has reached, and forgets old keys.
    pub fn close(&mut self) {
        let (rows, ledger) = (&mut self.rows, &mut self.ledger);
        let before = rows.len();
        self.windows.close(|row| {
            ledger.written_revenue += row.revenue;
            rows.push(row);
        });
        self.count(before);
        for (partition, seen) in self.seen.iter_mut().enumerate() {
            seen.forget(self.windows.watermark_of(partition), self.horizon);
        }
    }

    /// At the end of the source: closes the next windows; says whether more are open.
    pub fn close_next(&mut self, count: i64) -> bool {
        let (rows, ledger) = (&mut self.rows, &mut self.ledger);
        let before = rows.len();
        let more = self.windows.close_next(count, |row| {
            ledger.written_revenue += row.revenue;
            rows.push(row);
        });
        self.count(before);
        more
    }

    fn count(&mut self, before: usize) {
        let new = self.rows.len() - before;
        self.uncommitted += new;
        self.ledger.windows += new as u64;
    }
}
