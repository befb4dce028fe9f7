//! SIGINT and SIGTERM: the first asks for an early end, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use crate::error::{Error, Result};

/// `timeout` and some shells send a signal twice, to the process and to its group: that is one
/// request, not two.
const ECHO: Duration = Duration::from_millis(250);

/// Tells long work whether a signal asked it to stop. Cheap to clone and to ask.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// A stop that no signal sets; for tests and library users.
    pub fn never() -> Self {
        Self::default()
    }

    /// Listens for SIGINT and SIGTERM from now on.
    ///
    /// # Errors
    /// When the system refuses to install the handlers.
    pub fn on_signals() -> Result<Self> {
        let stop = Self::default();
        let mut signals = Signals::new([SIGINT, SIGTERM])
            .map_err(|e| Error::io("listen for signals", "process", e))?;
        let asked = stop.clone();
        let listen = move || {
            let mut first: Option<Instant> = None;
            for signal in signals.forever() {
                match first {
                    None => {
                        asked.ask(signal);
                        first = Some(Instant::now());
                    }
                    Some(first) if first.elapsed() > ECHO => low_level::exit(128 + signal),
                    Some(_) => {}
                }
            }
        };
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(listen)
            .map_err(|e| Error::io("listen for signals", "process", e))?;
        Ok(stop)
    }

    /// `Err(Interrupted)` once a signal came.
    ///
    /// # Errors
    /// [`Error::Interrupted`] with the signal's number.
    pub fn check(&self) -> Result<()> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            signal => Err(Error::Interrupted(i32::try_from(signal).unwrap_or(SIGTERM))),
        }
    }

    /// Whether a signal came.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// Asks for the stop as `signal` would.
    pub fn ask(&self, signal: i32) {
        self.0
            .store(signal.unsigned_abs() as usize, Ordering::Relaxed);
    }
}
