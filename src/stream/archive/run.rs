//! The loop of an archive: read, commit, merge.

use std::time::{Duration, Instant};

use super::shelf::Shelf;
use super::state::Archive;
use super::summary::Summary;
use crate::error::Result;
use crate::signal::Stop;
use crate::stream::source::{Polled, Source};

/// Signals are looked at so often.
const LONGEST_WAIT: Duration = Duration::from_millis(50);

/// Is told of a running archive, on its own thread.
pub trait Watch {
    /// The end of a turn of the loop; `lag` is how many messages wait in the source, if it knows.
    fn turn(&mut self, archive: &Archive, lag: Option<u64>);

    /// A commit that took so long.
    fn committed(&mut self, took: Duration);
}

/// Runs until the end of the source, with `until_end`, or a signal; `watch` sees it.
///
/// # Errors
/// When the source cannot be read or something not be written: then the next start goes on from
/// the last commit.
pub fn run(
    archive: &mut Archive,
    source: &mut dyn Source<Shelf>,
    (topic, until_end): (&str, bool),
    stop: &Stop,
    watch: &mut dyn Watch,
) -> Result<Summary> {
    let began = Instant::now();
    let before = archive.tally().read;
    let summary = |archive: &Archive| {
        let read = archive.tally().read - before;
        Summary::of(archive, topic, began.elapsed().as_secs_f64(), read)
    };
    if archive.position.is_none() {
        // Where it begins is part of the state: from the latest offset on, say.
        archive.commit(source.position(), false)?;
        archive.record(&summary(archive), source.inputs())?;
    }
    let ended = loop {
        let wait = archive.shelf.rest().min(LONGEST_WAIT);
        let polled = source.poll(wait, &mut archive.shelf)?;
        if archive.shelf.rest().is_zero() {
            commit(archive, source, false, watch)?;
            archive.tidy(stop)?;
            archive.record(&summary(archive), source.inputs())?;
        }
        watch.turn(archive, source.lag());
        if stop.asked() {
            break false;
        }
        if polled == Polled::End && until_end {
            break true;
        }
    };
    commit(archive, source, ended, watch)?;
    if ended {
        archive.tidy(stop)?;
    }
    let summary = summary(archive);
    archive.record(&summary, source.inputs())?;
    watch.turn(archive, source.lag());
    Ok(summary)
}

fn commit(
    archive: &mut Archive,
    source: &mut dyn Source<Shelf>,
    ended: bool,
    watch: &mut dyn Watch,
) -> Result<()> {
    let began = Instant::now();
    archive.commit(source.position(), ended)?;
    source.committed();
    watch.committed(began.elapsed());
    Ok(())
}
