//! What a retail team asks of its history: KPIs, rankings, trends, segments, a warehouse.
//!
//! The analyses are a [`list`]; what one is, its [`spec`] says. Batch hands over the accepted
//! records ([`lines`]) and [`compute`](mod@compute) runs the texts of the wanted analyses over them
//! ([`engine`]).

pub mod compute;
pub mod csv;
pub mod days;
pub mod docs;
pub mod engine;
pub mod groundwork;
pub mod inputs;
pub mod leave_out;
pub mod lines;
pub mod list;
pub mod output;
mod report_json;
pub mod spec;
pub mod work;

pub use compute::{Plan, Report};

#[cfg(test)]
mod tests;
