//! `--metrics-addr`: what a stream and a replay tell of themselves while they run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod dashboard;
mod endpoint;
mod replay;
mod stream;

use std::time::Duration;

/// Any free port.
const ANY: [&str; 2] = ["--metrics-addr", "127.0.0.1:0"];

/// What a stream does soon.
const PATIENCE: Duration = Duration::from_secs(20);
