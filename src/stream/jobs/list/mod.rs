//! The jobs. A new one is a file here and a line in [`JOBS`].

mod anomalies;
mod cart_abandonment;
mod events;
mod inventory;
mod metrics;
mod orders;
mod revenue;
mod sales;
mod sessions;

use super::operator::Operator;
use super::setup::Setup;
use super::spec::Spec;
use crate::error::Result;
pub use metrics::GENERAL;

/// A job that can be started.
pub struct Entry {
    /// What it is.
    pub spec: &'static Spec,
    /// Starts it, holding nothing.
    pub make: fn(&Setup) -> Result<Box<dyn Operator>>,
}

/// Every job.
pub const JOBS: &[Entry] = &[
    revenue::JOB,
    sales::JOB,
    metrics::JOB,
    orders::JOB,
    anomalies::JOB,
    inventory::JOB,
    sessions::JOB,
    cart_abandonment::JOB,
    events::JOB,
];

/// The job of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    JOBS.iter().find(|entry| entry.spec.name == name)
}
