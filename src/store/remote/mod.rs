//! What stores behind a network have in common: the runtime their clients work on, and patience.

pub(super) mod read;
pub(super) mod write;

use std::future::Future;
use std::io::{self, ErrorKind};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{Error, Result};
use crate::signal::Stop;

/// How long an operation is tried again when a server does not answer. A name node or a broker
/// of storage that is restarted is back by then.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long room is waited for: a data node that has just come up has none until the name node
/// hears of it, which two of its heartbeats bring about, and nothing tells it from a full one.
const ROOM: Duration = Duration::from_secs(8);
/// Signals are looked at so often.
pub const LOOK: Duration = Duration::from_millis(50);
/// The first pause before another try; it doubles.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONG_PAUSE: Duration = Duration::from_secs(2);

/// The runtime of all remote stores, made when the first is used.
pub(crate) fn runtime() -> Result<&'static Handle> {
    static RUNTIME: OnceLock<std::result::Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("remote")
            .enable_all()
            .build();
        runtime.map_err(|e| e.to_string())
    });
    match made {
        Ok(runtime) => Ok(runtime.handle()),
        Err(e) => Err(Error::Internal(format!("threads for the network: {e}"))),
    }
}

/// Runs `work` on the remote runtime and waits for it; from any thread, also one of another
/// runtime.
pub(super) fn wait<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T> {
    wait_while(&|| Ok(()), work)
}

/// As [`wait`], but asks `go_on` ten times a second: when that fails, so does this, and the work
/// is left alone.
pub(super) fn wait_while<T: Send + 'static>(
    go_on: &dyn Fn() -> Result<()>,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T> {
    let (done, outcome) = sync_channel(1);
    let task = runtime()?.spawn(async move {
        let _ = done.send(work.await);
    });
    loop {
        match outcome.recv_timeout(PAUSE) {
            Ok(outcome) => return Ok(outcome),
            Err(RecvTimeoutError::Timeout) => go_on().inspect_err(|_| task.abort())?,
            Err(RecvTimeoutError::Disconnected) => {
                let what = "work on a remote store was lost";
                return Err(Error::Internal(what.to_owned()));
            }
        }
    }
}

/// Waits for `work` on the remote runtime, unless a signal comes; not from a thread of a runtime.
pub(crate) fn wait_unless<T>(stop: &Stop, work: impl Future<Output = Result<T>>) -> Result<T> {
    let look = async {
        while !stop.asked() {
            tokio::time::sleep(LOOK).await;
        }
    };
    runtime()?.block_on(async {
        tokio::select! {
            done = work => done,
            () = look => stop.check().and_then(|()| {
                Err(Error::Internal("a stop that nobody asked for".to_owned()))
            }),
        }
    })
}

/// Whether the same call may succeed in a moment.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::TimedOut
            | ErrorKind::UnexpectedEof
            | ErrorKind::ResourceBusy
            | ErrorKind::Interrupted
    )
}

/// Whether the same call may succeed within this time.
fn wait_for(error: &io::Error) -> Option<Duration> {
    match error.kind() {
        ErrorKind::StorageFull => Some(patience().min(ROOM)),
        _ => is_passing(error).then(patience),
    }
}

/// Whether [`patiently`] would try again.
pub(super) fn may_pass(error: &io::Error) -> bool {
    wait_for(error).is_some()
}

/// Tries `work` until it succeeds, fails for good or patience ends. `work` is told whether an
/// earlier try may have had its effect without our knowing.
pub(super) async fn patiently<T, W>(mut work: impl FnMut(bool) -> W) -> io::Result<T>
where
    W: Future<Output = io::Result<T>>,
{
    let began = Instant::now();
    let mut pause = PAUSE;
    let mut again = false;
    loop {
        match work(again).await {
            Err(e) if wait_for(&e).is_some_and(|time| began.elapsed() + pause < time) => {
                tracing::debug!(error = %e, "trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONG_PAUSE);
                again = true;
            }
            done => return done,
        }
    }
}

/// [`PATIENCE`], or what `RETAIL_REMOTE_PATIENCE` says in seconds.
pub(crate) fn patience() -> Duration {
    static SAID: OnceLock<Duration> = OnceLock::new();
    *SAID.get_or_init(|| {
        let said = std::env::var("RETAIL_REMOTE_PATIENCE").ok();
        let seconds = said.and_then(|text| text.parse().ok());
        seconds.map_or(PATIENCE, Duration::from_secs)
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_node_that_has_no_room_yet_is_asked_again() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let answers = [
            Err(ErrorKind::StorageFull),
            Err(ErrorKind::StorageFull),
            Ok(7),
        ];
        let tries = Cell::new(0);
        let done = runtime.block_on(patiently(|_| {
            let answer = answers[tries.replace(tries.get() + 1)];
            async move { answer.map_err(io::Error::from) }
        }));
        assert_eq!((done.unwrap(), tries.get()), (7, 3));
        let denied = runtime.block_on(patiently(|_| async {
            tries.set(tries.get() + 1);
            Err::<(), _>(ErrorKind::PermissionDenied.into())
        }));
        assert_eq!(denied.unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert_eq!(tries.get(), 4);
    }
}
