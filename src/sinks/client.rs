//! Waiting for databases.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::signal::Stop;
use crate::store::remote::LOOK;
pub(super) use crate::store::remote::{patience, wait_unless as wait};

/// The first pause before another try; it doubles.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONG_PAUSE: Duration = Duration::from_secs(2);
/// A connection takes at most so long.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// Tries `work` until it succeeds, fails for good, a signal comes or `patience` ends.
///
/// # Errors
/// The last one.
pub(super) fn patiently<T>(
    stop: &Stop,
    patience: Duration,
    mut work: impl FnMut() -> Result<T>,
) -> Result<T> {
    let (began, mut pause) = (Instant::now(), PAUSE);
    loop {
        match work() {
            Err(e) if e.retry() && began.elapsed() + pause < patience => {
                tracing::debug!(error = %e, "trying again");
                let until = Instant::now() + pause;
                while Instant::now() < until {
                    stop.check()?;
                    std::thread::sleep(LOOK.min(pause));
                }
                pause = (pause * 2).min(LONG_PAUSE);
            }
            done => return done,
        }
    }
}

/// Names of runs begin with the time at which they began: those below this one began more than a day
/// ago, and are at work no more.
pub(super) fn long_ago() -> String {
    let then = chrono::Utc::now() - chrono::TimeDelta::days(1);
    then.format("%Y%m%dT%H%M%SZ").to_string()
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
