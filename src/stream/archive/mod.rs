//! The job `archive`: a topic as it came, in Parquet files by date, each message once.
//!
//! Messages gather in one file for each date, in a hidden folder. When a file is large enough, or
//! the oldest message has waited long enough, all of them are finished, a frame of the checkpoint
//! names them together with the position, and they take their places. So between two commits
//! nothing is visible, and what a crash leaves unfinished is read again.
//!
//! Small files are merged into large ones by frames of their own.

mod filling;
mod frame;
mod merge;
pub mod part;
mod rows;
pub mod run;
mod shelf;
pub mod state;
pub mod summary;

pub use shelf::{Limits, Shelf};
pub use state::{Archive, Plan};

#[cfg(test)]
mod tests;
