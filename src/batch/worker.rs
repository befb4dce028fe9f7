//! One thread's share: pieces of the input to partial sums and reports.

use std::io::Write;

use crate::analyses::lines::{Line, Spool};
use crate::batch::dedup::{Keyed, Outbox, Place};
use crate::batch::entry::Entry;
use crate::batch::tables::Tables;
use crate::error::{Error, Result};
use crate::record::clean::key;
use crate::record::counts::Counts;
use crate::record::{Kind, Mapping, Reason, Row, Rules, clean, details};
use crate::source::accept::{Accept, Position, Raw};
use crate::source::chunk::Chunk;
use crate::source::collect::{Collector, Early, Report};
use crate::source::reject::{self, Spot};

/// Bytes of rejects that a thread keeps before it hands them on.
const MOST_REJECTS: usize = 4 << 20;
/// Characters of a rejected record that a message shows.
const EXAMPLE: usize = 80;

/// What the threads share.
pub struct Shared<'a, W> {
    /// How records are cleaned.
    pub rules: &'a Rules,
    /// Records that may be duplicates.
    pub keyed: &'a Keyed,
    /// Where reports go.
    pub collector: &'a Collector<W>,
    /// The sources' paths.
    pub paths: &'a [String],
}

/// What a thread holds.
pub struct Worker<'a, W> {
    shared: &'a Shared<'a, W>,
    tables: Tables,
    /// The records for the analyses, where they are wanted.
    spool: Option<Spool>,
    counts: Counts,
    outbox: Outbox,
    key: Vec<u8>,
    content: Vec<u8>,
    sequence: u64,
    report: Report,
    /// [`Accept::accept`] cannot fail otherwise; raised when the piece is through.
    failure: Option<Error>,
}

impl<'a, W: Write> Worker<'a, W> {
    /// A thread that has read nothing yet, adds up in `tables`, and keeps the records in `spool`.
    pub fn new(shared: &'a Shared<'a, W>, tables: Tables, spool: Option<Spool>) -> Self {
        Self {
            shared,
            tables,
            spool,
            counts: Counts::default(),
            outbox: Outbox::default(),
            key: Vec::new(),
            content: Vec::new(),
            sequence: 0,
            report: Report::default(),
            failure: None,
        }
    }

    /// Reads one piece.
    ///
    /// # Errors
    /// When it cannot be read, or its rejects cannot be written.
    pub fn read(&mut self, chunk: &mut Chunk) -> Result<()> {
        self.sequence = chunk.sequence;
        self.report.source = chunk.source;
        let records = chunk.read(self)?;
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.counts.read += records;
        self.tables.fit()?;
        let mut report = std::mem::take(&mut self.report);
        report.records = records;
        self.shared.collector.last(self.sequence, report)
    }

    /// Ends the reading: the counts, the tables, and the records.
    ///
    /// # Errors
    /// When keyed records cannot be handed over.
    pub fn finish(mut self) -> Result<(Counts, Tables, Option<Spool>)> {
        self.shared.keyed.flush(&mut self.outbox)?;
        Ok((self.counts, self.tables, self.spool))
    }
}

impl<W: Write> Accept for Worker<'_, W> {
    #[inline]
    fn accept(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        at: Position,
        _text: &[u8],
    ) -> Result<(), Reason> {
        let sale = clean(row, mapping, self.shared.rules)?;
        let is_restock = sale.kind == Kind::Restock;
        let place = Place {
            source: self.report.source as u32,
            order: at.order,
        };
        let entry = (!is_restock || self.spool.is_some()).then(|| {
            let details = details(row, mapping, self.shared.rules, sale.kind);
            Entry::new(&sale, &details)
        });
        let line = entry.filter(|_| self.spool.is_some());
        let line = line.map(|entry| {
            let how = (mapping, self.shared.rules);
            Line::new(row, how, &sale, entry, place)
        });
        if mapping.has_key() && key(row, mapping, &mut self.key) {
            self.content.clear();
            match (&line, entry) {
                (Some(line), _) => line.encode(&mut self.content),
                (None, Some(entry)) => entry.encode(&mut self.content),
                (None, None) => {}
            }
            let keyed = self.shared.keyed;
            if let Err(e) = keyed.add(&mut self.outbox, &self.key, place, &self.content) {
                self.failure.get_or_insert(e);
            }
            return Ok(());
        }
        if let (Some(spool), Some(line)) = (&mut self.spool, &line)
            && let Err(e) = spool.add(line)
        {
            self.failure.get_or_insert(e);
        }
        match entry {
            Some(entry) if !is_restock => {
                self.counts.sales += 1;
                self.tables.add(&entry);
            }
            _ => self.counts.non_sales += 1,
        }
        Ok(())
    }

    fn reject(&mut self, reason: Reason, at: Position, raw: Raw<'_>) -> Result<()> {
        self.counts.rejected[reason as usize] += 1;
        let spot = match raw.message {
            Some(message) => Spot::message(message),
            None => Spot::line(&self.shared.paths[self.report.source], at.line),
        };
        reject::write_line(&mut self.report.rejects, spot, reason, raw);
        if Report::is_early(at.record) {
            let known = self.report.early.iter().any(|e| e.reason == reason);
            self.report.early.push(Early {
                record: at.record,
                reason,
                example: (!known).then(|| (at.line, reject::excerpt(raw, EXAMPLE))),
            });
        }
        if self.report.rejects.len() >= MOST_REJECTS {
            self.shared
                .collector
                .part(self.sequence, &mut self.report)?;
        }
        Ok(())
    }
}
