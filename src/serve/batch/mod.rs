//! The batch dashboard: what one run of batch found, by day, product, store, hour.

pub mod daily;
pub mod download;
pub mod lines;
pub mod report;
pub mod routes;
pub mod sales;
pub mod source;
pub mod summary;

pub use source::{Book, Folders};
