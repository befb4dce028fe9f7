//! Jobs that watch a live shop, several over one read of the events, each exactly once.
//!
//! [`list`] holds the jobs; what one is, its [`spec`] says. Three kinds cover them: [`windowed`] adds
//! up in windows, [`ordered`] follows keys through event time, [`totals`] adds up for good. All hold
//! bytes by key in a [`super::keyed::Table`], so one commit serves them all ([`state`]).

pub mod alert;
pub mod distinct;
pub mod engine;
pub mod feed;
pub mod frame;
mod guess;
mod held;
pub mod key;
pub mod layout;
pub mod list;
pub mod live;
pub mod lookup;
pub mod marks;
pub mod operator;
pub mod ordered;
pub mod out;
pub mod outbox;
pub mod row;
pub mod running;
pub mod seen;
pub mod setup;
pub mod spec;
pub mod state;
pub mod summary;
mod sums;
pub mod totals;
pub mod visits;
pub mod webhook;
pub mod windowed;

#[cfg(test)]
mod tests;
