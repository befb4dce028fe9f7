//! The live shop: what the jobs of a stream wrote and hold, as pages and for the API.

pub mod alerts;
pub mod newest;
pub mod orders;
pub mod pages;
pub mod pulse;
pub mod routes;
pub mod sessions;
pub mod source;
pub mod stock;
pub mod sums;
pub mod table;
pub mod values;
pub mod view;

pub use pulse::Pulses;
pub use source::{Folder, Shop};
