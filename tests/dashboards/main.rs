//! What the dashboards and the API tell: figures, of one run each, and of the moment.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod analyses;
mod analysis_runs;
mod api;
mod browser;
mod daily;
mod demo;
mod live;
mod model;
mod report;
mod schema;
mod shop;
mod switch;
mod windows;
