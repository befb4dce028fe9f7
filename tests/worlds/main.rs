//! `retail generate --world`: the events, and that what is stated of them can be computed again
//! from nothing but the lines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod events;
mod faults;
mod globalmart;
mod inventory;
mod lines;
mod orders;
mod replay;
mod retail_events;
mod sessions;
mod usage;
