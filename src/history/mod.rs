//! The runs of the past: a log beside the outputs, and what run records tell.
//!
//! # The log
//! A run that writes a folder leaves one file in the folder `_history` beside it, or in it where
//! the folder only holds those that the run replaces ([`Place`]). The file `<run id>.json` is
//! written when the work begins, saying that the run goes on, and replaced as a whole at its end.
//! Each run has a file of its own, so runs at once do not meet, on whatever store; and its name
//! begins with the time, so the oldest of ours go once there are more than [`KEPT`].
//!
//! A log never fails a run, and costs nothing for each record: on this machine two small files are
//! written, elsewhere another thread does it. A run that was killed leaves an entry that goes on
//! for ever; whoever reads it asks the kernel ([`runs`]).
//!
//! Folders made without a log, by earlier versions or as copies, are known by their `_run.json`.

mod entry;
mod log;
mod recorder;
pub mod runs;
mod scribe;

pub use entry::{Entry, Outcome};
pub use log::{HISTORY, KEPT};
pub use recorder::{Ended, Recorder};
pub use scribe::Place;
