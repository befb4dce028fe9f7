//! Windowed revenue, live: events in, closed windows out, exactly once.
//!
//! [`window`] is the pure core; [`dedup`] forgets keys as event time passes; [`intake`] cleans
//! and counts; [`checkpoint`] makes positions, state and output names one atomic commit;
//! [`output`] rolls closed rows into files. [`engine`] drives them over a [`source`].
//!
//! [`archive`] is the other job: messages as they came, by the same sources and checkpoint.

pub mod appendix;
pub mod archive;
pub mod cells;
pub mod checkpoint;
pub mod counted;
pub mod dead_letters;
pub mod dedup;
mod display;
pub mod engine;
mod home;
pub mod intake;
pub mod jobs;
pub mod keyed;
pub mod ledger;
pub mod live;
pub mod origin;
pub mod output;
pub mod revenue;
pub mod saved;
pub mod source;
pub mod state;
pub mod summary;
pub mod watch;
pub mod window;

#[cfg(test)]
mod tests;
