//! SIGINT and SIGTERM: the first asks for an early end, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, Result};

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
        let seen = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let install = || -> std::io::Result<()> {
                // The order matters: the second signal finds `seen` set and ends the process.
                flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&seen))?;
                flag::register(signal, Arc::clone(&seen))?;
                flag::register_usize(signal, Arc::clone(&stop.0), signal.unsigned_abs() as usize)?;
                Ok(())
            };
            install().map_err(|e| Error::io("listen for signals", "process", e))?;
        }
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
