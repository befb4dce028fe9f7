//! Runs the steps in their order: each loop over slices does all that can be done in it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use hashbrown::HashMap;
use polars::prelude::DataFrame;

use super::lines::How;
use super::plan::{Planned, RECORDS};
use super::split::{Split, join};
use super::writer::{Outputs, Work, Writer};
use super::{lines, sql};
use crate::analyses::days::{Cut, Days};
use crate::analyses::groundwork::EVENTS;
use crate::analyses::lines::Part;
use crate::analyses::spec::Over;
use crate::error::{Error, Result};
use crate::record::Day;
use crate::signal::Stop;

/// Rows of a step that are joined before they are more.
const JOINED: usize = 1 << 19;

/// What the steps read that is no step.
pub struct Inputs<'a> {
    /// Where the records are.
    pub parts: &'a [Part],
    /// Where the live events are.
    pub live: &'a [Part],
    /// The analyses that are wanted.
    pub names: Vec<&'static str>,
    /// How records are read.
    pub how: How<'a>,
    /// Tables that are there.
    pub tables: HashMap<&'static str, DataFrame>,
    /// Where rows may wait.
    pub dir: &'a Path,
    /// How many records are looked at together, but for those of one day.
    pub slice: u64,
}

/// What has been computed.
pub(super) struct Run<'a, 'd> {
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) stop: &'a Stop,
    /// What earlier runs gave of the days, and what this one keeps.
    pub(super) days: &'a mut Days<'d>,
    /// The days, cut into those that are looked at together.
    pub(super) cuts: &'a [Cut],
    /// The days whose records were read.
    pub(super) read: BTreeSet<i32>,
    pending: Vec<Planned>,
    done: HashMap<&'static str, DataFrame>,
    splits: HashMap<&'static str, Split>,
    parts: usize,
}

/// Runs all steps; tables go to `outputs`. The days are cut into `cuts`; what `days` knows of
/// them is taken, all else computed. Gives the days whose records were read.
///
/// # Errors
/// When a file cannot be read or written, a sum does not fit, or a signal came.
pub fn run<'a, 'd>(
    inputs: &'a Inputs<'a>,
    steps: Vec<Planned>,
    outputs: &mut Outputs,
    (days, cuts): (&'a mut Days<'d>, &'a [Cut]),
    stop: &'a Stop,
) -> Result<BTreeSet<i32>> {
    let records: u64 = cuts.iter().map(|cut| cut.records).sum();
    let mut run = Run {
        inputs,
        stop,
        days,
        cuts,
        read: BTreeSet::new(),
        pending: steps,
        done: HashMap::new(),
        splits: HashMap::new(),
        parts: usize::try_from(records.div_ceil(2 * inputs.slice)).unwrap_or(usize::MAX),
    };
    Writer::beside(outputs, stop, |writer| run.all(writer))?;
    Ok(run.read)
}

/// Small steps first, since others may wait for them; the records once they serve most.
fn order(over: &Over) -> u8 {
    match over {
        Over::Whole => 0,
        Over::Slices(_) => 1,
        Over::Days | Over::Beside(_) => 2,
    }
}

impl Run<'_, '_> {
    fn all(&mut self, writer: &Writer) -> Result<()> {
        while !self.pending.is_empty() {
            self.stop.check()?;
            let (ready, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
                .into_iter()
                .partition(|planned| self.is_ready(planned));
            let Some(first) = ready
                .iter()
                .map(|planned| planned.step.over)
                .min_by_key(order)
            else {
                let names: Vec<_> = pending.iter().map(|planned| planned.step.name).collect();
                return Err(Error::Internal(format!(
                    "nothing makes {}",
                    names.join(", ")
                )));
            };
            let (mut now, later): (Vec<_>, Vec<_>) = ready
                .into_iter()
                .partition(|planned| planned.step.over == first);
            // What looks at the rows of another step does so at once, slice by slice.
            let (beside, pending): (Vec<_>, Vec<_>) = pending
                .into_iter()
                .partition(|planned| self.is_beside(planned, &now));
            now.extend(beside);
            self.pending = pending;
            self.pending.extend(later);
            self.together(first, &now, writer)?;
            self.forget();
        }
        Ok(())
    }

    fn is_ready(&self, planned: &Planned) -> bool {
        planned.reads.iter().all(|name| {
            let name = name.as_str();
            let of_slices = match planned.step.over {
                Over::Days => RECORDS.contains(&name),
                Over::Slices(of) => of == name && self.splits.contains_key(name),
                Over::Beside(_) | Over::Whole => false,
            };
            of_slices || self.done.contains_key(name) || self.inputs.tables.contains_key(name)
        })
    }

    /// Whether a step looks at the rows of one of `now`, and all else that it reads is there.
    fn is_beside(&self, planned: &Planned, now: &[Planned]) -> bool {
        let Over::Beside(of) = planned.step.over else {
            return false;
        };
        let others = planned.reads.iter().filter(|name| *name != of);
        let mut others = others.map(String::as_str);
        now.iter().any(|other| other.step.name == of)
            && others
                .all(|name| self.done.contains_key(name) || self.inputs.tables.contains_key(name))
    }

    /// Whether a step that is still to come reads the result as a whole.
    fn is_wanted(&self, name: &str) -> bool {
        self.pending.iter().any(|planned| {
            let of_slices = matches!(planned.step.over, Over::Slices(of) if of == name);
            planned.reads.iter().any(|read| read == name) && !of_slices
        })
    }

    fn together(&mut self, over: Over, steps: &[Planned], writer: &Writer) -> Result<()> {
        let mut results: Vec<Results> = steps
            .iter()
            .map(|planned| Results {
                kept: Vec::new(),
                rows: 0,
                is_kept: self.is_wanted(planned.step.name),
                split: planned.step.split_by.map(|column| {
                    Split::new(planned.step.name, column, self.parts, self.inputs.dir)
                }),
            })
            .collect();
        match over {
            Over::Whole | Over::Beside(_) => self.slice(steps, &[], &mut results, writer)?,
            Over::Slices(of) => {
                let parts = self.splits.get(of).map_or(0, Split::parts);
                for part in 0..parts {
                    self.stop.check()?;
                    let Some(split) = self.splits.get(of) else {
                        break;
                    };
                    let slice = split.part(part)?;
                    self.slice(steps, &[(of, &slice)], &mut results, writer)?;
                }
            }
            Over::Days => self.over_days(steps, &mut results, writer)?,
        }
        for (planned, mut result) in steps.iter().zip(results) {
            if result.is_kept {
                self.done.insert(planned.step.name, result.joined(planned)?);
            }
            if let Some(split) = result.split {
                self.splits.insert(planned.step.name, split);
            }
        }
        Ok(())
    }

    /// The events of some days, without what is left out.
    pub(super) fn events(&self, parts: &[Part], span: (Day, Day)) -> Result<DataFrame> {
        let rows = lines::read(parts, span, &self.inputs.how)?;
        sql::run("events", EVENTS, &[("lines", &rows)])
    }

    /// Runs the steps over one slice.
    fn slice(
        &self,
        steps: &[Planned],
        tables: &[(&str, &DataFrame)],
        results: &mut [Results],
        writer: &Writer,
    ) -> Result<()> {
        for (planned, result) in steps.iter().zip(results) {
            let rows = self.compute(planned, tables)?;
            result.take(planned, rows, writer)?;
        }
        Ok(())
    }

    pub(super) fn compute(
        &self,
        planned: &Planned,
        slice: &[(&str, &DataFrame)],
    ) -> Result<DataFrame> {
        self.stop.check()?;
        let began = Instant::now();
        let tables = self.tables(&planned.reads, slice);
        let rows = sql::run(planned.step.name, &planned.sql, &tables)?;
        let took = began.elapsed();
        tracing::debug!(step = planned.step.name, rows = rows.height(), ?took);
        Ok(rows)
    }

    /// The tables of these names: of the slice, computed before, or there from the beginning.
    pub(super) fn tables<'t>(
        &'t self,
        names: &'t [String],
        slice: &[(&str, &'t DataFrame)],
    ) -> Vec<(&'t str, &'t DataFrame)> {
        let found = names.iter().filter_map(|name| {
            let name = name.as_str();
            let own = slice.iter().find(|(of, _)| *of == name);
            let found = own.map(|(_, rows)| *rows);
            let found = found.or_else(|| self.done.get(name));
            let found = found.or_else(|| self.inputs.tables.get(name));
            Some((name, found?))
        });
        found.collect()
    }

    /// Lets go of what nobody reads any more.
    fn forget(&mut self) {
        let reads = |name: &str| {
            let mut all = self.pending.iter().flat_map(|planned| &planned.reads);
            all.any(|read| read == name)
        };
        let done: Vec<_> = self
            .done
            .keys()
            .copied()
            .filter(|name| !reads(name))
            .collect();
        let splits: Vec<_> = self
            .splits
            .keys()
            .copied()
            .filter(|name| !reads(name))
            .collect();
        for name in done {
            self.done.remove(name);
        }
        for name in splits {
            self.splits.remove(name);
        }
    }
}

/// What the slices gave of one step.
pub(super) struct Results {
    kept: Vec<DataFrame>,
    rows: usize,
    is_kept: bool,
    split: Option<Split>,
}

impl Results {
    /// Whether another step reads the rows, not only a file.
    pub(super) fn is_read(&self) -> bool {
        self.is_kept || self.split.is_some()
    }

    pub(super) fn take(
        &mut self,
        planned: &Planned,
        rows: DataFrame,
        writer: &Writer,
    ) -> Result<()> {
        if planned.output.is_some() {
            let work = match planned.step.over {
                Over::Days => Work::Days(rows.clone()),
                _ => Work::Rows(rows.clone()),
            };
            writer.send(planned.step.name, work)?;
        }
        if self.is_kept {
            self.rows += rows.height();
            self.kept.push(rows.clone());
            if self.rows > JOINED && planned.step.fold.is_some() && self.kept.len() > 1 {
                let kept = self.joined(planned)?;
                self.rows = 0;
                self.kept = vec![kept];
            }
        }
        match &mut self.split {
            Some(split) => split.add(rows),
            None => Ok(()),
        }
    }

    fn joined(&mut self, planned: &Planned) -> Result<DataFrame> {
        let name = planned.step.name;
        let several = self.kept.len() > 1;
        let rows = join(std::mem::take(&mut self.kept))
            .map_err(|e| Error::Internal(format!("{name}: {e}")))?;
        match planned.step.fold {
            Some(fold) if several => sql::run(name, fold, &[("parts", &rows)]),
            _ => Ok(rows),
        }
    }
}
