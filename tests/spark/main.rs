//! Batch and streams on a Spark cluster, held against the local engine and the real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod analyses;
mod cluster;
mod corpus;
mod dirty;
mod ends;
mod servers;
