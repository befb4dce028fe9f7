//! Runs the steps of the analyses in Polars, in bounded memory.

pub mod calls;
pub mod kept;
pub mod lines;
mod over_days;
pub mod plan;
pub mod run;
pub mod split;
pub mod sql;
pub mod writer;
