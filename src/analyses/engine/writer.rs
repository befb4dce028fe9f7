//! Tables are written while the next ones are computed.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use hashbrown::HashMap;
use polars::prelude::DataFrame;

use crate::analyses::output::{Earlier, Output};
use crate::error::{Error, Result};
use crate::signal::Stop;

/// What may wait to be written, beside what is being written: more would only take memory.
const WAITING: usize = 1;

/// The tables that are written, by their steps.
pub type Outputs = HashMap<&'static str, Output>;

/// What goes to a table.
pub enum Work {
    /// Rows.
    Rows(DataFrame),
    /// Rows of some days, which come in their order.
    Days(DataFrame),
    /// Days from the files that an earlier run wrote.
    Copy(Arc<Mutex<Earlier>>, Vec<i32>),
}

/// Hands rows to the thread that writes them, in the order in which they come.
pub struct Writer {
    works: SyncSender<(&'static str, Work)>,
}

impl Writer {
    /// Gives what `compute` gives, when all that it handed over has been written to `outputs`.
    ///
    /// # Errors
    /// When a file cannot be written, a sum leaves `DECIMAL(18,4)`, or a signal came; whatever
    /// `compute` fails for.
    pub fn beside<T>(
        outputs: &mut Outputs,
        stop: &Stop,
        compute: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        thread::scope(|scope| {
            let (works, queue) = sync_channel(WAITING);
            let writing = scope.spawn(move || write(outputs, stop, &queue));
            let computed = compute(&Self { works });
            let wrote = writing.join();
            // Where writing ended early, that is why `compute` could not go on.
            wrote.unwrap_or_else(|_| Err(Error::Internal("the writer panicked".to_owned())))?;
            computed
        })
    }

    /// Hands over what goes to the table of a step.
    ///
    /// # Errors
    /// When writing has ended.
    pub fn send(&self, step: &'static str, work: Work) -> Result<()> {
        let sent = self.works.send((step, work));
        sent.map_err(|_| Error::Internal("writing has ended".to_owned()))
    }
}

fn write(outputs: &mut Outputs, stop: &Stop, queue: &Receiver<(&'static str, Work)>) -> Result<()> {
    for (step, work) in queue {
        stop.check()?;
        let Some(output) = outputs.get_mut(step) else {
            continue;
        };
        let began = Instant::now();
        match work {
            Work::Rows(rows) => output.write(&rows)?,
            Work::Days(rows) => output.write_days(&rows)?,
            Work::Copy(from, days) => {
                let mut from = from.lock().unwrap_or_else(PoisonError::into_inner);
                output.copy_days(&mut from, &days)?;
            }
        }
        tracing::debug!(table = step, took = ?began.elapsed(), "written");
    }
    Ok(())
}
