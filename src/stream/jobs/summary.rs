//! What the jobs say of themselves at the end.

use std::collections::BTreeMap;

use serde::Serialize;

use super::running::Running;
use super::state::State;
use super::webhook::Sent;
use crate::record::Total;
use crate::stream::checkpoint::Position;

/// The figures since the state began; money is text.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// `stream`.
    pub command: &'static str,
    /// `files`, `kafka` or `stdin`.
    pub source: &'static str,
    /// Events read: `accepted + rejected + duplicates`.
    pub read: u64,
    /// Events that count, late ones included.
    pub accepted: u64,
    /// Events that could not be read.
    pub rejected: u64,
    /// The same by reason.
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Later events with the key of an earlier one.
    pub duplicates: u64,
    /// Accepted events that are neither a sale nor a return.
    pub non_sales: u64,
    /// Accepted events that were too late for some job.
    pub late: u64,
    /// Accepted sales and levels of stock that break a rule of quality, by rule.
    pub quality: BTreeMap<String, u64>,
    /// Σ m(r) over the accepted sales and returns.
    pub accepted_revenue: Total,
    /// Messages that had expired before they could be read, where that was allowed.
    pub lost: u64,
    /// Accepted events with a key that came when it was due to be forgotten.
    pub beyond_horizon: u64,
    /// The jobs by name.
    pub jobs: BTreeMap<&'static str, JobSummary>,
    /// What became of alerts that went to a webhook in this run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Sent>,
    /// Whether the source was read to its end and everything is final.
    pub ended: bool,
    /// Which columns carried which field.
    pub mapping: BTreeMap<String, String>,
    /// Wall clock time of this run.
    pub seconds: f64,
    /// Events read a second in this run.
    pub rows_per_second: u64,
}

/// The figures of one job.
#[derive(Debug, Clone, Serialize)]
pub struct JobSummary {
    /// Events that it made use of.
    pub taken: u64,
    /// Those that came too late for some of it.
    pub late: u64,
    /// Rows by table, in files and waiting for one.
    pub rows: BTreeMap<&'static str, u64>,
    /// Keys that it holds.
    pub keys: usize,
    /// Its own figures.
    #[serde(flatten)]
    pub figures: BTreeMap<&'static str, i64>,
    /// Σ of money over the windows of what it took: written + open + late.
    #[serde(flatten)]
    pub money: Option<Windows>,
}

/// Money in windows.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Windows {
    /// Σ of what it took, each window that an event belongs to counted.
    pub window_revenue: Total,
    /// The part in rows.
    pub written_revenue: Total,
    /// The part in windows that are open, from what they hold.
    pub open_revenue: Total,
    /// The part that came too late.
    pub late_revenue: Total,
}

impl Summary {
    /// The figures of `state` after `seconds`, in which `read` events came.
    pub fn of(state: &State, seconds: f64, read: u64) -> Self {
        let core = &state.intake.core;
        let ledger = &state.intake.books.ledger;
        let source = match &state.position {
            None | Some(Position::Pipe) => "stdin",
            Some(Position::Kafka(_) | Position::Topics(_)) => "kafka",
            Some(Position::Files(_)) => "files",
        };
        let rows = state.rows();
        let jobs = state.intake.core.jobs.iter().zip(rows);
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
            quality: core.quality.by_name(),
            accepted_revenue: ledger.accepted_revenue,
            lost: ledger.lost,
            beyond_horizon: ledger.beyond_horizon,
            jobs: jobs
                .map(|(job, rows)| (job.operator.spec().name, of(job, rows)))
                .collect(),
            webhook: None,
            ended: state.ended,
            mapping: state.intake.mapping(),
            seconds: (seconds * 1000.0).round() / 1000.0,
            rows_per_second: (read as f64 / seconds.max(1e-9)) as u64,
        }
    }
}

fn of(job: &Running, rows: BTreeMap<&'static str, u64>) -> JobSummary {
    let tally = job.operator.tally();
    let money = job.operator.open_money().map(|open| Windows {
        window_revenue: Total::from_units(tally.placed),
        written_revenue: Total::from_units(tally.written),
        open_revenue: Total::from_units(open),
        late_revenue: Total::from_units(tally.missed),
    });
    JobSummary {
        taken: tally.taken,
        late: tally.late,
        rows,
        keys: job.operator.table().len(),
        figures: job.out.counts.clone(),
        money,
    }
}
