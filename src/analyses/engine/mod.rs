//! Runs the steps of the analyses in Polars, in bounded memory.

pub mod kept;
pub mod lines;
pub mod plan;
pub mod run;
pub mod split;
pub mod sql;
