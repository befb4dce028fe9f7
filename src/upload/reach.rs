//! Waiting for an HDFS that is being started.

use std::io::{self, ErrorKind};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::signal::Stop;

/// The pause between two tries, that of the replaced system.
const PAUSE: Duration = Duration::from_secs(3);
/// After so long without an answer a try is over.
const TRY: Duration = Duration::from_secs(10);
/// How soon a signal ends a pause.
const NAP: Duration = Duration::from_millis(50);

/// What is left of the time to wait.
pub(super) struct Patience<'a> {
    began: Instant,
    wait: Duration,
    stop: &'a Stop,
}

impl<'a> Patience<'a> {
    /// From now on.
    pub(super) fn of(wait: Duration, stop: &'a Stop) -> Self {
        Self {
            began: Instant::now(),
            wait,
            stop,
        }
    }

    /// Tries `work` until it succeeds, fails for good or the time is over; at least once. It is
    /// handed what tells it to give up a try.
    pub(super) fn until<T>(
        &self,
        work: impl Fn(&dyn Fn() -> Result<()>) -> Result<T>,
    ) -> Result<T> {
        let mut told = false;
        loop {
            let limit = Instant::now() + TRY;
            let go_on = || match Instant::now() < limit {
                true => self.stop.check(),
                false => {
                    let silent = io::Error::new(ErrorKind::TimedOut, "no answer");
                    Err(Error::io("reach", "HDFS", silent))
                }
            };
            let error = match work(&go_on) {
                Err(error) if may_pass(&error) => error,
                done => return done,
            };
            if self.began.elapsed() >= self.wait {
                return Err(self.over(error));
            }
            if !told {
                tracing::info!("waiting {:?} at most: {error}", self.wait);
                told = true;
            }
            let pause = Instant::now() + PAUSE.min(self.wait.saturating_sub(self.began.elapsed()));
            while Instant::now() < pause {
                self.stop.check()?;
                sleep(NAP);
            }
        }
    }

    fn over(&self, error: Error) -> Error {
        match error {
            Error::Io {
                action,
                place,
                source,
            } if !self.wait.is_zero() => {
                let what = format!("{source}, after {:?} of --wait", self.wait);
                Error::io(action, place, io::Error::new(source.kind(), what))
            }
            error => error,
        }
    }
}

/// Whether a server that is being started gives this error.
fn may_pass(error: &Error) -> bool {
    let Error::Io { source, .. } = error else {
        return false;
    };
    error.retry()
        || matches!(
            source.kind(),
            ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::ConnectionAborted
                | ErrorKind::NotConnected
                | ErrorKind::UnexpectedEof
                | ErrorKind::BrokenPipe
                // No data node has come up yet.
                | ErrorKind::StorageFull
        )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn refused() -> Error {
        Error::io("look at", "there", ErrorKind::ConnectionRefused.into())
    }

    #[test]
    fn without_a_wait_there_is_one_try() {
        let tries = Cell::new(0);
        let stop = Stop::never();
        let done: Result<()> = Patience::of(Duration::ZERO, &stop).until(|_| {
            tries.set(tries.get() + 1);
            Err(refused())
        });
        assert_eq!(
            done.unwrap_err().to_string(),
            "there: cannot look at: connection refused"
        );
        assert_eq!(tries.get(), 1);
    }

    #[test]
    fn what_cannot_pass_is_not_waited_for() {
        let stop = Stop::never();
        let patience = Patience::of(Duration::from_secs(600), &stop);
        let denied = || Error::io("create", "there", ErrorKind::PermissionDenied.into());
        let done: Result<()> = patience.until(|_| Err(denied()));
        assert_eq!(done.unwrap_err().to_string(), denied().to_string());
    }

    #[test]
    fn a_signal_ends_the_wait_at_once() {
        let stop = Stop::never();
        let patience = Patience::of(Duration::from_secs(600), &stop);
        let began = Instant::now();
        let done: Result<()> = patience.until(|_| {
            stop.ask(2);
            Err(refused())
        });
        assert!(matches!(done, Err(Error::Interrupted(2))), "{done:?}");
        assert!(began.elapsed() < PAUSE);
    }

    #[test]
    fn the_end_says_how_long_was_waited() {
        let stop = Stop::never();
        let tries = Cell::new(0);
        let done: Result<()> = Patience::of(Duration::from_millis(200), &stop).until(|_| {
            tries.set(tries.get() + 1);
            Err(refused())
        });
        let line = done.unwrap_err().to_string();
        assert!(line.ends_with("refused, after 200ms of --wait"), "{line}");
        assert_eq!(tries.get(), 2);
    }
}
