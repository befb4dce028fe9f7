//! The lake: HDFS and S3 as homes of inputs and outputs, held against the real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod archive;
mod crashes;
mod flow;
mod history;
mod kills;
mod place;
mod refused;
mod report;
mod servers;
mod service;
mod upload;
mod upload_ends;
