//! `retail stream --job` against planted truth and against an independent computation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod anomalies;
mod inventory;
mod orders;
mod play;
mod sales;
mod sessions;
mod shuffled;
mod webhook;
