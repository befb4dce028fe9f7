//! Steps over days: of known days what an earlier run gave is taken, the others are computed.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use polars::prelude::DataFrame;

use super::plan::{Planned, RECORDS};
use super::run::{Results, Run};
use super::sql;
use super::writer::{Work, Writer};
use crate::analyses::days::{Cut, digest, manifest::Kept, manifest::Written};
use crate::analyses::groundwork::{EVENTS, SALES, UNIFIED};
use crate::analyses::output::Earlier;
use crate::analyses::spec::Over;
use crate::error::{Error, Result};

/// What an earlier run gave of a step.
enum Known {
    /// Nothing that holds.
    Nothing,
    /// Rows for the steps that read them.
    Rows,
    /// Rows of a table, in its files.
    Table(Arc<Mutex<Earlier>>),
}

impl Run<'_, '_> {
    /// Runs steps over all days.
    pub(super) fn over_days(
        &mut self,
        steps: &[Planned],
        results: &mut [Results],
        writer: &Writer,
    ) -> Result<()> {
        // What the steps see is there before they run, and they do not change it.
        let last = self.days.last();
        let now = steps.iter().map(|planned| self.kept(planned, last));
        let now = match self.days.is_kept() {
            true => now.collect::<Result<Vec<_>>>()?,
            false => Vec::new(),
        };
        let known = self.known(steps, results, &now)?;
        let of_unified = steps
            .iter()
            .any(|planned| planned.reads.iter().any(|read| read == "unified"));
        for cut in self.cuts {
            self.stop.check()?;
            let is_known = |known: &Known| cut.is_known && !matches!(known, Known::Nothing);
            let records = match known.iter().all(is_known) {
                true => Vec::new(),
                false => self.records(cut, of_unified)?,
            };
            let tables: Vec<_> = records.iter().map(|(name, rows)| (*name, rows)).collect();
            let mut seen: Vec<(&str, DataFrame)> = Vec::new();
            let mut given: Vec<(&str, DataFrame)> = Vec::new();
            for ((planned, result), known) in steps.iter().zip(&mut *results).zip(&known) {
                let name = planned.step.name;
                let rows = match (cut.is_known, known) {
                    (true, Known::Rows) => self.days.carry(name, cut)?,
                    (true, Known::Table(earlier)) => {
                        let earlier = Arc::clone(earlier);
                        writer.send(name, Work::Copy(earlier, cut.days.clone()))?;
                        continue;
                    }
                    _ => {
                        let mut tables = tables.clone();
                        tables.extend(seen.iter().map(|(name, rows)| (*name, rows)));
                        let rows = self.compute(planned, &tables)?;
                        if planned.output.is_none() && self.days.is_kept() {
                            given.push((name, rows.clone()));
                        }
                        rows
                    }
                };
                let is_looked_at = |other: &Planned| other.step.over == Over::Beside(name);
                if steps.iter().any(is_looked_at) {
                    seen.push((name, rows.clone()));
                }
                result.take(planned, rows, writer)?;
            }
            let began = Instant::now();
            self.days.keep(cut, &given)?;
            tracing::debug!(took = ?began.elapsed(), "kept");
            tracing::debug!(span = ?cut.span, known = cut.is_known, "days done");
        }
        for (planned, now) in steps.iter().zip(now) {
            self.days.note(planned.step.name, now);
        }
        Ok(())
    }

    /// The records of some days, as all that the steps may read.
    fn records(&mut self, cut: &Cut, of_unified: bool) -> Result<Vec<(&'static str, DataFrame)>> {
        self.read.extend(&cut.days);
        let events = self.events(self.inputs.parts, cut.span)?;
        let live_events = self.events(self.inputs.live, cut.span)?;
        let sales = sql::run("sales", SALES, &[("events", &events)])?;
        let layers = [("events", &events), ("live_events", &live_events)];
        let unified = match of_unified {
            true => sql::run("unified", UNIFIED, &layers)?,
            false => DataFrame::empty(),
        };
        Ok(vec![
            ("events", events),
            ("live_events", live_events),
            ("sales", sales),
            ("unified", unified),
        ])
    }

    /// What there is of each step that still holds; `now` is what they are in this run.
    fn known(&self, steps: &[Planned], results: &[Results], now: &[Kept]) -> Result<Vec<Known>> {
        let mut holds = Vec::with_capacity(steps.len());
        for (at, (planned, result)) in steps.iter().zip(results).enumerate() {
            let step = &planned.step;
            let is_of_days = matches!(step.over, Over::Beside(_))
                || !step.sees.is_empty()
                || planned
                    .reads
                    .iter()
                    .all(|read| RECORDS.contains(&read.as_str()));
            // The rows of a table are in its files alone, which nobody reads back.
            let is_readable = planned.output.is_none() || !result.is_read();
            let file = planned
                .output
                .and_then(|(at, table)| Some(Written::name(self.inputs.names.get(at)?, table)));
            let earlier = self.days.earlier_last();
            let mut is_held = is_of_days && is_readable && earlier.is_some();
            if is_held {
                let same = now.get(at).filter(|_| earlier == self.days.last());
                let kept = same.map_or_else(|| self.kept(planned, earlier), |now| Ok(now.clone()));
                is_held = self.days.holds(step.name, &kept?, file.as_deref());
            }
            tracing::debug!(step = step.name, is_held, "days of an earlier run");
            holds.push(is_held);
        }
        // What looks at the rows of another step, and that step, go together.
        for (at, planned) in steps.iter().enumerate() {
            let Over::Beside(of) = planned.step.over else {
                continue;
            };
            let of = steps.iter().position(|other| other.step.name == of);
            if let Some(of) = of {
                let both = holds[at] && holds[of];
                (holds[at], holds[of]) = (both, both);
            }
        }
        let known = steps.iter().zip(holds).map(|(planned, holds)| {
            Ok(match (holds, planned.output) {
                (false, _) => Known::Nothing,
                (true, None) => Known::Rows,
                (true, Some(_)) => match self.days.written(planned.step.name) {
                    Some((folder, written)) => {
                        Known::Table(Arc::new(Mutex::new(Earlier::open(folder, written)?)))
                    }
                    None => Known::Nothing,
                },
            })
        });
        known.collect()
    }

    /// What a step is, and what it sees beside the records up to a day.
    fn kept(&self, planned: &Planned, last: Option<i32>) -> Result<Kept> {
        let step = &planned.step;
        let views = [EVENTS, SALES, UNIFIED].concat();
        let text = format!("{}\n{views}\n{:?}", planned.sql, self.inputs.how.leave_out);
        let seen = match (step.sees, last) {
            ([], _) | (_, None) => None,
            (sees, Some(last)) => {
                let seen = sees.iter().map(|text| {
                    let text = sql::seen(text, last);
                    let reads = sql::reads(&text);
                    sql::run(step.name, &text, &self.tables(&reads, &[]))
                });
                let seen = seen.collect::<Result<Vec<_>>>()?;
                let failed = |e| Error::Internal(format!("{}: {e}", step.name));
                Some(digest::tables(&seen).map_err(failed)?)
            }
        };
        Ok(Kept {
            text: digest::text(&text),
            seen,
        })
    }
}
