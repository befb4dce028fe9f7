//! Sales as events: JSON objects from files, in event-time order, once or in a loop.
//!
//! [`player`] plays files; [`pace`] says when each event is due; [`kafka`] speaks to brokers.

pub mod batch;
mod cursor;
pub mod encode;
pub mod kafka;
pub mod lap;
pub mod pace;
pub mod play;
pub mod player;
pub mod score;
pub mod sort;
pub mod survey;
pub mod tally;
pub mod topics;

#[cfg(test)]
mod tests;
