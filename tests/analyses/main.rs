//! The analyses against a computation of their own: DuckDB and exact fractions, from the raw input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod edges;
mod generated;
mod layers;
mod play;
mod seeds;
mod uci;
