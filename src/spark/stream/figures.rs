//! The figures of a stream, exactly: what its batches have read is read and added up again.

use std::collections::BTreeMap;

use super::{Plan, checkpoint, name, text};
use crate::error::{Error, Result};
use crate::record::{Mapping, Total};
use crate::signal::Stop;
use crate::source::rows::{self, Kind};
use crate::spark::input::uri;
use crate::spark::rows::Rows;
use crate::spark::{Remote, Session, plan as relation};
use crate::stream::window::Shape;

/// What is known of a stream between two batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Messages read.
    pub read: u64,
    /// Messages that cleaning accepted, also those that sell nothing.
    pub accepted: u64,
    /// Messages that cleaning refused, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Those that sell nothing: restocks, and what else happens in a shop.
    pub non_sales: u64,
    /// Σ m(r) over the accepted messages.
    pub accepted_revenue: Total,
    /// Rows of closed windows.
    pub windows: u64,
    /// Σ over them.
    pub written_revenue: Total,
    /// Windows and products that are not closed yet.
    pub open_windows: u64,
    /// Σ over them.
    pub open_revenue: Total,
    /// The watermark of the last batch, in milliseconds.
    pub watermark: Option<i64>,
}

impl Figures {
    /// What closed windows have missed: what is neither written nor open.
    pub fn late_revenue(&self, shape: Shape) -> Total {
        let overlap = i128::from(shape.size / shape.slide);
        let all = self.accepted_revenue.units() * overlap;
        Total::from_units(all - self.written_revenue.units() - self.open_revenue.units())
    }
}

/// The figures of a stream whose queries have ended, asked in a session that goes with them.
///
/// # Errors
/// When messages have expired since, or the checkpoint or the output cannot be read.
pub fn figures(plan: &Plan, remote: &Remote, stop: &Stop) -> Result<Figures> {
    let session = &Session::open(remote, &format!("{}-figures", name(plan)?), stop)?;
    let mut figures = Figures::default();
    let Some(taken) = checkpoint::taken(&plan.positions())? else {
        return Ok(figures);
    };
    figures.watermark = taken.watermark;
    count(&mut figures, plan, session, &taken)?;
    open(&mut figures, plan, session)?;
    written(&mut figures, plan, stop)?;
    Ok(figures)
}

/// Reads the messages again.
fn count(
    figures: &mut Figures,
    plan: &Plan,
    session: &Session,
    taken: &checkpoint::Taken,
) -> Result<()> {
    let (raw, judged) = ("again", "judged");
    let mut options = plan.topic.options();
    options.push(("startingOffsets".to_owned(), taken.from.clone()));
    options.push(("endingOffsets".to_owned(), taken.to.clone()));
    let options: Vec<_> = options
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    session.name(
        raw,
        relation::files("kafka", &options, Vec::new(), &text::MESSAGE),
    )?;
    let mapping = Mapping::of_events(&plan.rules);
    let judge = text::judged(raw, plan.job, &mapping, &plan.rules, plan.max_jump);
    session.name(judged, relation::sql(&judge))?;
    session.query(&text::counts(judged), |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            let records = rows
                .number("records", row)?
                .unwrap_or_default()
                .unsigned_abs();
            figures.read += records;
            if let Some(reason) = rows.text("reason", row)? {
                *figures.rejected.entry(reason.to_owned()).or_default() += records;
                continue;
            }
            figures.accepted += records;
            if !matches!(rows.text("kind", row)?, Some("SALE" | "RETURN")) {
                figures.non_sales += records;
            }
            let units = rows.large("units", row)?.unwrap_or_default();
            figures.accepted_revenue += Total::from_units(units);
        }
        Ok(())
    })
}

/// Reads the state that the last batch left.
fn open(figures: &mut Figures, plan: &Plan, session: &Session) -> Result<()> {
    let state = "state";
    let folder = uri(&plan.positions())?;
    // A group keeps its sum, with whether there is one, and, where they are asked for, its rows.
    let relation = relation::files("statestore", &[], vec![folder], &["value.*"]);
    session.name(state, relation)?;
    let text = format!(
        "SELECT COUNT(*) AS records, CAST(SUM(sum) AS DECIMAL(38, 0)) AS units FROM {state}"
    );
    session.query(&text, |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            figures.open_windows += rows
                .number("records", row)?
                .unwrap_or_default()
                .unsigned_abs();
            let units = rows.large("units", row)?.unwrap_or_default();
            figures.open_revenue += Total::from_units(units);
        }
        Ok(())
    })
}

/// Reads the output, as every command does.
fn written(figures: &mut Figures, plan: &Plan, stop: &Stop) -> Result<()> {
    rows::read(
        &plan.table(),
        &[(plan.job.money(), Kind::Money)],
        stop,
        |entry, rows| {
            for row in 0..rows.count() {
                let revenue = rows.money(0, row).ok_or_else(|| {
                    Error::data(&entry.location, "holds money that DECIMAL(18,4) has not")
                })?;
                figures.windows += 1;
                figures.written_revenue += revenue;
            }
            Ok(())
        },
    )
}
