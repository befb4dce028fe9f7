//! Where records are read, cleaned and added up: in this process, or on a cluster.

use std::io::Write;

use polars::prelude::DataFrame;

use super::Plan;
use super::read::{self, Read, Reading};
use super::write::RejectFile;
use crate::analyses::compute::{Facts, LiveCounts, Report, compute};
use crate::analyses::days::Days;
use crate::analyses::lines::Told;
use crate::analyses::list::LAMBDA;
use crate::analyses::work::Work;
use crate::error::Result;
use crate::record::Counts;
use crate::signal::Stop;
#[cfg(feature = "spark")]
use crate::spark::{self, Session};
use crate::store::Staged;

/// What does the work of a batch.
#[derive(Debug, Clone, Default)]
pub enum Engine {
    /// This process.
    #[default]
    Local,
    /// A cluster.
    #[cfg(feature = "spark")]
    Spark(crate::spark::Remote),
}

impl Engine {
    /// Whether it is this process.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local)
    }
}

/// An engine at work.
pub(super) struct Running<'a> {
    plan: &'a Plan,
    stop: &'a Stop,
    /// Where accepted records are kept for the analyses, if there are any.
    work: Option<Work>,
    #[cfg(feature = "spark")]
    session: Option<Session>,
    /// What tells `retail jobs` of it.
    #[cfg(feature = "spark")]
    noted: Option<spark::home::Noted>,
}

/// What the analyses begin with.
pub(super) struct Begun<'a> {
    /// What was read.
    pub read: &'a Read,
    /// Every product with its category.
    pub products: DataFrame,
    /// When the run began, UTC.
    pub started: &'a str,
    /// What earlier runs have kept of days.
    pub days: Days<'a>,
}

impl<'a> Running<'a> {
    /// Sets it to work.
    ///
    /// # Errors
    /// When the cluster does not answer, or there is no room for records.
    pub fn begin(plan: &'a Plan, run_id: &str, stop: &'a Stop) -> Result<Self> {
        #[cfg(feature = "spark")]
        let (session, noted) = match &plan.engine {
            Engine::Local => (None, None),
            Engine::Spark(remote) => {
                let tag = format!("retail-batch-{run_id}");
                let session = Session::open(remote, &tag, stop)?;
                let what = (plan.reading.inputs.as_slice(), tag.as_str());
                let noted = spark::home::note_batch(&session, remote, run_id, what, stop);
                (Some(session), Some(noted))
            }
        };
        #[cfg(not(feature = "spark"))]
        let _ = run_id;
        let work = match plan.analyses {
            Some(_) => Some(Work::new(&plan.reading.temp_dir)?),
            None => None,
        };
        Ok(Self {
            plan,
            stop,
            work,
            #[cfg(feature = "spark")]
            session,
            #[cfg(feature = "spark")]
            noted,
        })
    }

    /// Reads, cleans and adds up the input; rejects go to `rejects`, which is given back.
    ///
    /// # Errors
    /// When an input cannot be read, rejects or spills cannot be written, or a signal came.
    pub fn read<W: Write + Send>(
        &self,
        rejects: W,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(Read, W)> {
        let reading = &self.plan.reading;
        #[cfg(feature = "spark")]
        if let Some(session) = &self.session {
            let how = (spark::batch::INPUT, self.plan.analyses.is_some());
            let progress = |bytes| {
                progress(bytes);
                if let Some(noted) = &self.noted {
                    noted.add(bytes);
                }
            };
            return spark::batch::read(session, reading, how, rejects, &progress);
        }
        let kept = self.work.as_ref().map(Work::path);
        read::read(reading, kept, rejects, self.stop, progress)
    }

    /// Computes the analyses, where any are asked for; the tables of number `i` go to `folder(i)`.
    ///
    /// # Errors
    /// When an input cannot be read, an output not be written, a sum does not fit, or a signal came.
    pub fn analyse<'f>(
        &self,
        begun: Begun<'_>,
        folder: impl Fn(usize) -> &'f Staged,
    ) -> Result<Option<Report>> {
        let (Some(plan), Some(work)) = (&self.plan.analyses, &self.work) else {
            return Ok(None);
        };
        let is_lambda = |analysis: &&crate::analyses::spec::Analysis| analysis.name == LAMBDA;
        let lambda = plan.wanted.iter().position(is_lambda);
        let reading = Reading {
            inputs: plan.live.clone(),
            ..self.plan.reading.clone()
        };
        // Live events, where an analysis wants them; their rejects stay beside its tables.
        let live = lambda.filter(|_| !plan.live.is_empty());
        let live = live.map(|at| (&reading, RejectFile::new(folder(at))));
        #[cfg(feature = "spark")]
        if let Some(session) = &self.session {
            let live = match live {
                Some((reading, rejects)) => {
                    let how = (spark::batch::LIVE, true);
                    let read = spark::batch::read(session, reading, how, rejects, &|_| ())?;
                    read.1.finish()?;
                    Some(live_counts(&read.0.counts))
                }
                None => None,
            };
            let facts = spark::analyses::Facts {
                session,
                live,
                is_large: [&self.plan.reading.inputs, &plan.live]
                    .iter()
                    .any(|inputs| spark::slices::is_large(inputs)),
                parts: self.plan.reading.rules.dedup.len(),
                products: begun.products,
                started: begun.started,
            };
            return spark::analyses::compute(plan, facts, folder, self.stop).map(Some);
        }
        let live = match live {
            Some((reading, rejects)) => {
                let dir = work.folder("live")?;
                let (read, rejects) = read::read(reading, Some(&dir), rejects, self.stop, &|_| ())?;
                rejects.finish()?;
                Some(read)
            }
            None => None,
        };
        let none = Told::default();
        let facts = Facts {
            told: &begun.read.told,
            parts: &begun.read.lines,
            products: begun.products,
            started: begun.started,
            live: live
                .as_ref()
                .map_or((&none, &[]), |live| (&live.told, &live.lines)),
        };
        let mut report = compute(plan, facts, folder, begun.days, work, self.stop)?;
        report.live = live.map(|live| live_counts(&live.counts));
        Ok(Some(report))
    }
}

fn live_counts(counts: &Counts) -> LiveCounts {
    LiveCounts {
        read: counts.read,
        accepted: counts.accepted(),
        rejected: counts.all_rejected(),
        duplicates: counts.duplicates,
    }
}
