//! The loop of a stream: read, close, commit, show.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::stream::live::Live;
use crate::stream::source::{Polled, Source};
use crate::stream::state::State;
use crate::stream::summary::Summary;
use crate::stream::watch::Watch;

/// Closed rows that are rolled into a file at once.
const ROLL_ROWS: usize = if cfg!(test) { 40 } else { 100_000 };
/// Closed rows wait at most so long for a file.
const ROLL_AFTER: Duration = Duration::from_secs(60);
/// Windows that are closed at a time when the source has ended.
const STRIDE: i64 = 16;

/// How a stream runs, whatever the result.
#[derive(Debug, Clone, Copy)]
pub struct Tempo {
    /// How often positions and state are committed.
    pub commit: Duration,
    /// Whether the end of the source ends the run.
    pub until_end: bool,
}

/// Runs until the end of the source or a signal; `watch` sees it.
///
/// # Errors
/// When the source cannot be read or something not be written: then the next start goes on from
/// the last commit.
pub fn run(
    state: &mut State,
    source: &mut dyn Source,
    tempo: Tempo,
    stop: &Stop,
    watch: &mut dyn Watch,
) -> Result<Summary> {
    let began = Instant::now();
    let read_before = state.intake.books.ledger.counts.read;
    let mut live = Live::new(state);
    let mut committed = Instant::now();
    let mut committed_read = read_before;
    let mut waiting_since: Option<Instant> = None;
    let summary = |state: &State| {
        let read = state.intake.books.ledger.counts.read - read_before;
        Summary::of(state, began.elapsed().as_secs_f64(), read)
    };
    if state.position.is_none() {
        // Where it begins is part of the state: from the latest offset on, say.
        commit(state, source, &mut live, watch, (false, false))?;
        record(state, source, &summary(state))?;
    }
    let ended = loop {
        let read = state.intake.books.ledger.counts.read;
        let mut due = live.due(read).max(Instant::now() + MOMENT);
        if read != committed_read || state.intake.core.uncommitted > 0 {
            due = due.min(committed + tempo.commit);
        }
        let wait = due
            .saturating_duration_since(Instant::now())
            .min(LONGEST_WAIT);
        let polled = source.poll(wait, &mut state.intake)?;
        state.intake.close();
        let rows = state.intake.core.rows.len();
        if rows == 0 {
            waiting_since = None;
        } else {
            waiting_since.get_or_insert_with(Instant::now);
        }
        let roll = rows >= ROLL_ROWS || waiting_since.is_some_and(|w| w.elapsed() >= ROLL_AFTER);
        let read = state.intake.books.ledger.counts.read;
        let changed = read != committed_read || state.intake.core.uncommitted > 0;
        if roll || changed && committed.elapsed() >= tempo.commit {
            commit(state, source, &mut live, watch, (roll, false))?;
            source.committed();
            if roll {
                record(state, source, &summary(state))?;
                waiting_since = None;
            }
            committed = Instant::now();
            committed_read = read;
        }
        let lag = source.lag();
        if let Some(view) = live.refresh(state, lag) {
            watch.view(&view);
        }
        watch.turn(state, lag);
        if stop.asked() {
            break false;
        }
        if polled == Polled::End && tempo.until_end {
            break true;
        }
    };
    if ended {
        if read_before == 0 {
            state.intake.check()?;
        }
        while state.intake.close_next(STRIDE) {
            if state.intake.core.rows.len() >= ROLL_ROWS {
                commit(state, source, &mut live, watch, (true, false))?;
                live.refresh(state, source.lag());
            }
        }
        state.intake.core.windows.finish(|_| {});
    }
    commit(state, source, &mut live, watch, (true, ended))?;
    source.committed();
    let summary = summary(state);
    record(state, source, &summary)?;
    live.last(state, source.lag());
    Ok(summary)
}

/// Commits, and tells how long it took.
fn commit(
    state: &mut State,
    source: &dyn Source,
    live: &mut Live,
    watch: &mut dyn Watch,
    (roll, ended): (bool, bool),
) -> Result<()> {
    let began = Instant::now();
    let core = &state.intake.core;
    watch.rows(&core.rows[core.rows.len() - core.uncommitted..])?;
    state.commit(source.position(), roll, ended)?;
    watch.kept(state.parts());
    let took = began.elapsed();
    live.committed(took, roll);
    watch.committed(took);
    Ok(())
}

fn record(state: &mut State, source: &dyn Source, summary: &Summary) -> Result<()> {
    let figures = serde_json::to_value(summary)
        .map_err(|e| Error::Internal(format!("the summary as JSON: {e}")))?;
    state.record(figures, source.inputs())
}

/// The least wait: below it, looking costs more than it tells.
const MOMENT: Duration = Duration::from_millis(2);
/// Signals are looked at so often.
const LONGEST_WAIT: Duration = Duration::from_millis(50);
