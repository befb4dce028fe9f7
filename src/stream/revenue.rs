//! The windows of the revenue, and what a record adds to them.

use serde::Serialize;

use crate::record::{Kind, Mapping, Reason, Row, Total, clean};
use crate::source::reject::Spot;
use crate::stream::dedup::Seen;
use crate::stream::intake::{Books, Core, Intake};
use crate::stream::origin::Origin;
use crate::stream::window::{Closed, Windows};

/// The state that messages change.
pub struct Revenue {
    /// Windows and watermarks.
    pub windows: Windows,
    /// Keys by partition.
    pub seen: Vec<Seen>,
    /// Closed rows that are in no file yet.
    pub rows: Vec<Closed>,
    /// How many of them are in no commit yet.
    pub uncommitted: usize,
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

impl Core for Revenue {
    fn partitions(&mut self, count: usize) {
        self.windows.partitions(count);
        if self.seen.len() < count {
            self.seen.resize_with(count, Seen::default);
        }
    }

    fn set_idle(&mut self, partition: usize, idle: bool) {
        self.windows.set_idle(partition, idle);
    }

    fn record(
        &mut self,
        books: &mut Books,
        row: &impl Row,
        mapping: &Mapping,
        from: Origin<'_>,
        raw: &[u8],
    ) -> Result<(), Reason> {
        let sale = clean(row, mapping, &books.rules)?;
        let time = sale.time.micros();
        let again = books.again(row, mapping, (time, from), |key, horizon| {
            let mark = self.windows.watermark_of(from.partition);
            let seen = &mut self.seen[from.partition];
            (seen.is_new(key, sale.time, mark, horizon), mark)
        });
        if again? {
            return Ok(());
        }
        let ledger = &mut books.ledger;
        if sale.kind == Kind::Restock {
            ledger.counts.non_sales += 1;
            self.windows.observe(from.partition, sale.time);
            return Ok(());
        }
        ledger.counts.sales += 1;
        ledger.accepted_revenue += sale.money;
        let placed = self
            .windows
            .add(from.partition, sale.product, sale.time, sale.money);
        if placed.missed > 0 {
            let missed = i128::from(sale.money.units()) * i128::from(placed.missed);
            let late_revenue = Total::from_units(missed);
            ledger.late_revenue += late_revenue;
            books.keep_late(&LateLine {
                spot: from.spot,
                reason: "late",
                product: std::str::from_utf8(sale.product).unwrap_or_default(),
                event_time: sale.time.to_string(),
                missed: placed.missed,
                late_revenue,
                raw: &String::from_utf8_lossy(raw),
            });
        }
        Ok(())
    }
}

impl Revenue {
    /// Windows that hold nothing, or what was saved of them.
    pub fn new(windows: Windows) -> Self {
        Self {
            windows,
            seen: Vec::new(),
            rows: Vec::new(),
            uncommitted: 0,
        }
    }
}

impl Intake<Revenue> {
    /// Closes the windows whose end the watermark has reached, and forgets old keys.
    pub fn close(&mut self) {
        let (core, ledger) = (&mut self.core, &mut self.books.ledger);
        let rows = &mut core.rows;
        let before = rows.len();
        core.windows.close(|row| {
            ledger.written_revenue += row.revenue;
            rows.push(row);
        });
        self.count(before);
        let (core, horizon) = (&mut self.core, self.books.horizon);
        for (partition, seen) in core.seen.iter_mut().enumerate() {
            seen.forget(core.windows.watermark_of(partition), horizon);
        }
    }

    /// At the end of the source: closes the next windows; says whether more are open.
    pub fn close_next(&mut self, count: i64) -> bool {
        let (core, ledger) = (&mut self.core, &mut self.books.ledger);
        let rows = &mut core.rows;
        let before = rows.len();
        let more = core.windows.close_next(count, |row| {
            ledger.written_revenue += row.revenue;
            rows.push(row);
        });
        self.count(before);
        more
    }

    fn count(&mut self, before: usize) {
        let new = self.core.rows.len() - before;
        self.core.uncommitted += new;
        self.books.ledger.windows += new as u64;
    }
}
