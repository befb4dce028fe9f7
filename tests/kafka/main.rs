//! `replay` and `stream` through a real Kafka: the promises that only a broker can put to the
//! test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod archive;
mod broker;
mod checkpoint;
mod demo;
mod environment;
mod figures;
mod gaps;
mod idleness;
mod jobs;
mod kills;
mod latency;
mod metrics;
mod outage;
mod poison;
mod topics;
mod transactions;
mod whole;
mod world;
mod worlds;
