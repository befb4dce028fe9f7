//! Windowed revenue, live: events in, closed windows out, exactly once.
//!
//! [`window`] is the pure core; [`dedup`] forgets keys as event time passes; [`intake`] cleans
//! and counts; [`checkpoint`] makes positions, state and output names one atomic commit;
//! [`output`] rolls closed rows into files. [`engine`] drives them over a [`source`].

pub mod cells;
pub mod saved;
pub mod window;
