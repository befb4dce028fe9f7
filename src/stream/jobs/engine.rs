//! The loop of the jobs: read, make final, commit, show.

use std::time::{Duration, Instant};

use super::feed::{Feed, Listen};
use super::live::{Live, View};
use super::out::FULL;
use super::row::Row;
use super::running::Jobs;
use super::spec::{Keep, Spec};
use super::state::State;
use super::summary::Summary;
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::stream::engine::Tempo;
use crate::stream::intake::Intake;
use crate::stream::keyed::Table;
use crate::stream::source::{Polled, Source};

/// Rows wait at most so long for a file.
const ROLL_AFTER: Duration = Duration::from_secs(60);
/// So many keys of a job that changed are committed without waiting: more would take much memory
/// at once.
const CHANGED: usize = 1 << 16;
/// The least wait.
const MOMENT: Duration = Duration::from_millis(2);
/// Signals are looked at so often.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// Is told of running jobs, on their own thread: what takes long holds them up.
pub trait Watch: Listen {
    /// A view that has been made.
    fn view(&mut self, view: &View);

    /// The end of a turn of the loop.
    ///
    /// # Errors
    /// Ends the run.
    fn turn(&mut self, state: &State, lag: Option<u64>) -> Result<()>;

    /// New rows of a job, which the next commit holds.
    ///
    /// # Errors
    /// Ends the run.
    fn rows(&mut self, spec: &'static Spec, fresh: &[(usize, Row)]) -> Result<()>;

    /// The next commit has been made.
    fn kept(&mut self, _state: &State) {}

    /// It took so long.
    fn committed(&mut self, took: Duration);
}

/// A stream of jobs that runs.
struct Run<'a> {
    state: &'a mut State,
    source: &'a mut dyn Source<Intake<Jobs>>,
    watch: &'a mut dyn Watch,
    live: Live,
    feed: Feed,
    /// Whether there is more to make final before the next event is read.
    more: bool,
}

/// Runs until the end of the source or a signal; `watch` sees it.
///
/// # Errors
/// When the source cannot be read or something not be written: then the next start goes on from
/// the last commit.
pub fn run(
    state: &mut State,
    source: &mut dyn Source<Intake<Jobs>>,
    tempo: Tempo,
    stop: &Stop,
    watch: &mut dyn Watch,
) -> Result<Summary> {
    let began = Instant::now();
    let before = state.intake.books.ledger.counts.read;
    let mut run = Run {
        live: Live::new(state),
        feed: Feed::default(),
        // An earlier run may have ended on its way.
        more: true,
        state,
        source,
        watch,
    };
    run.feed.recall(&mut run.state.intake.core.jobs);
    let summary = |state: &State| {
        let read = state.intake.books.ledger.counts.read - before;
        Summary::of(state, began.elapsed().as_secs_f64(), read)
    };
    if run.state.position.is_none() {
        // Where it begins is part of the state: from the latest offset on, say.
        run.commit(false, false)?;
        run.record(&summary(run.state))?;
    }
    let mut committed = (Instant::now(), before);
    let mut waiting_since: Option<Instant> = None;
    let mut ended = loop {
        let polled = run.turn(committed, tempo)?;
        let rows = run.rows();
        match rows {
            0 => waiting_since = None,
            _ => _ = waiting_since.get_or_insert_with(Instant::now),
        }
        let roll = rows >= FULL || waiting_since.is_some_and(|w| w.elapsed() >= ROLL_AFTER);
        let read = run.state.intake.books.ledger.counts.read;
        let due = read != committed.1 && committed.0.elapsed() >= tempo.commit;
        if roll || due || run.changed() >= CHANGED {
            run.commit(roll, false)?;
            if roll {
                run.record(&summary(run.state))?;
                waiting_since = None;
            }
            committed = (Instant::now(), read);
        }
        run.show()?;
        if stop.asked() {
            break false;
        }
        if polled == Polled::End && tempo.until_end {
            break true;
        }
    };
    if ended {
        if before == 0 {
            run.state.intake.check()?;
        }
        while run.state.intake.core.finish() {
            run.look();
            let roll = run.rows() >= FULL;
            if roll || run.changed() >= CHANGED {
                run.commit(roll, false)?;
                run.show()?;
            }
            if stop.asked() {
                ended = false;
                break;
            }
        }
        run.look();
    }
    run.commit(true, ended)?;
    let summary = summary(run.state);
    run.record(&summary)?;
    run.live.last(run.state, &run.feed, run.source.lag());
    Ok(summary)
}

impl Run<'_> {
    /// Makes final what can be, having read what is there unless more is to be made final before.
    fn turn(
        &mut self,
        (committed, committed_read): (Instant, u64),
        tempo: Tempo,
    ) -> Result<Polled> {
        let read = self.state.intake.books.ledger.counts.read;
        let mut due = self.live.due(read).max(Instant::now() + MOMENT);
        if read != committed_read {
            due = due.min(committed + tempo.commit);
        }
        let wait = due.saturating_duration_since(Instant::now());
        let polled = match self.more {
            true => Polled::More,
            false => {
                let intake = &mut self.state.intake;
                self.source.poll(wait.min(LONGEST_WAIT), intake)?
            }
        };
        self.more = self.state.intake.core.advance();
        self.look();
        Ok(polled)
    }

    /// Tells of alerts that are new.
    fn look(&mut self) {
        let jobs = &mut self.state.intake.core.jobs;
        if self.feed.look(jobs, self.watch) {
            self.live.hurry();
        }
    }

    /// Rows that wait for a file.
    fn rows(&self) -> usize {
        let jobs = self.state.intake.core.jobs.iter();
        jobs.map(|job| job.out.rows.len()).sum()
    }

    /// Keys of the job of which most have changed since the last commit.
    fn changed(&self) -> usize {
        let core = &self.state.intake.core;
        let jobs = core.jobs.iter().map(|job| job.operator.table());
        let changed = jobs.chain([core.seen.table()]).map(Table::changed);
        changed.max().unwrap_or(0)
    }

    fn show(&mut self) -> Result<()> {
        let lag = self.source.lag();
        if let Some(view) = self.live.refresh(self.state, &self.feed, lag) {
            self.watch.view(&view);
        }
        self.watch.turn(self.state, lag)
    }

    fn commit(&mut self, roll: bool, ended: bool) -> Result<()> {
        let began = Instant::now();
        for job in &self.state.intake.core.jobs {
            let fresh = &job.out.rows[job.committed..];
            self.watch.rows(job.operator.spec(), fresh)?;
            // Of totals, what they are by now.
            let tables = job.operator.spec().tables.iter().enumerate();
            for (number, _) in tables.filter(|(_, table)| roll && table.keep == Keep::Newest) {
                let newest = job.operator.newest(number);
                let newest: Vec<_> = newest.into_iter().map(|row| (number, row)).collect();
                self.watch.rows(job.operator.spec(), &newest)?;
            }
        }
        self.state.commit(self.source.position(), roll, ended)?;
        self.watch.kept(self.state);
        if roll {
            self.feed.rolled();
        }
        self.source.committed();
        self.watch.committed(began.elapsed());
        Ok(())
    }

    fn record(&mut self, summary: &Summary) -> Result<()> {
        let figures = serde_json::to_value(summary)
            .map_err(|e| Error::Internal(format!("the summary as JSON: {e}")))?;
        self.state.record(figures, self.source.inputs())
    }
}
