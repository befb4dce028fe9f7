//! Retail sales data: generate, clean, aggregate, prove.
//!
//! The way of a record is read, clean, aggregate, write; `ARCHITECTURE.md` names the rooms.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod analyses;
pub mod batch;
pub mod cleanup;
pub mod commands;
pub mod config;
pub mod doctor;
pub mod error;
pub mod events;
pub mod generate;
pub mod history;
pub mod ingest;
pub mod metrics;
pub mod query;
pub mod record;
pub mod report;
pub mod serve;
pub mod signal;
pub mod sinks;
pub mod source;
#[cfg(feature = "spark")]
pub mod spark;
pub mod store;
pub mod stream;
pub mod ui;
pub mod upload;
pub mod verify;

pub use error::{Error, Fault, Result};
