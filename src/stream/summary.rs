//! What a stream says of itself.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::Total;
use crate::stream::checkpoint::Position;
use crate::stream::state::State;

/// The figures since the state began; money is text.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// `stream`.
    pub command: &'static str,
    /// `files`, `kafka` or `stdin`.
    pub source: &'static str,
    /// Records read: `accepted + rejected + duplicates`.
    pub read: u64,
    /// Records that count, restocks and late ones included.
    pub accepted: u64,
    /// Records that cleaning refused.
    pub rejected: u64,
    /// The same by reason.
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Later records with the key of an earlier one.
    pub duplicates: u64,
    /// Accepted restocks: they make no window.
    pub non_sales: u64,
    /// Accepted records that missed a window.
    pub late: u64,
    /// Σ of what they missed.
    pub late_revenue: Total,
    /// Rows of closed windows: one for each window and product.
    pub windows: u64,
    /// Σ over these rows.
    pub written_revenue: Total,
    /// Σ over the windows that are open, from what they hold.
    pub open_revenue: Total,
    /// Σ m(r) over the accepted records.
    pub accepted_revenue: Total,
    /// Messages that had expired before they could be read, where that was allowed.
    pub lost: u64,
    /// Accepted records with a key that came when it was due to be forgotten: whether an earlier
    /// one had it is not known.
    pub beyond_horizon: u64,
    /// Passes over the files that are complete; of a loop or not.
    pub laps: u64,
    /// Whether exactly one pass over the files is complete.
    pub passes_complete: bool,
    /// Whether the source was read to its end and every window closed.
    pub ended: bool,
    /// Which columns carried which field.
    pub mapping: BTreeMap<String, String>,
    /// Wall clock time of this run.
    pub seconds: f64,
    /// Records read a second in this run.
    pub rows_per_second: u64,
}

impl Summary {
    /// The figures of `state` after `seconds`, in which `read` records came.
    pub fn of(state: &State, seconds: f64, read: u64) -> Self {
        let ledger = &state.intake.books.ledger;
        let (source, laps) = match &state.position {
            None | Some(Position::Pipe) => ("stdin", 0),
            Some(Position::Kafka(_) | Position::Topics(_)) => ("kafka", 0),
            Some(Position::Files(files)) => ("files", files.place.lap + u64::from(state.ended)),
        };
        Self {
            command: "stream",
            source,
            read: ledger.counts.read,
            accepted: ledger.counts.accepted(),
            rejected: ledger.counts.all_rejected(),
            rejected_by_reason: ledger.counts.by_reason(),
            duplicates: ledger.counts.duplicates,
            non_sales: ledger.counts.non_sales,
            late: ledger.late,
            late_revenue: ledger.late_revenue,
            windows: ledger.windows,
            written_revenue: ledger.written_revenue,
            open_revenue: state.intake.core.windows.open_revenue(),
            accepted_revenue: ledger.accepted_revenue,
            lost: ledger.lost,
            beyond_horizon: ledger.beyond_horizon,
            laps,
            passes_complete: source == "files" && laps == 1 && state.ended,
            ended: state.ended,
            mapping: state.intake.mapping(),
            seconds: (seconds * 1000.0).round() / 1000.0,
            rows_per_second: (read as f64 / seconds.max(1e-9)) as u64,
        }
    }
}
