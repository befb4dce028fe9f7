//! Event worlds: shops whose views, carts, sales and stocks agree with each other.
//!
//! [`WorldPlan`] checks the settings, [`run`] makes the lines of all topics in the order in
//! which they stand, and [`WorldTruth`] says what is in them. There is no file system here.
//!
//! Users and products are computed from their numbers. What is held is what goes on at one
//! time: running sessions, stocks, and lines that are to stand late.

mod batch;
mod desk;
mod engine;
mod faults;
mod globalmart;
mod inventory;
pub mod master;
mod orders;
mod plan;
mod retail_events;
mod text;
mod topics;
mod truth;

pub use batch::{Batch, Line};
pub use engine::run;
pub use plan::{Shape, WorldKind, WorldPlan, WorldSettings};
pub use topics::{TopicSpec, further_topics, topics};
pub use truth::{Anomalies, Orders, Sessions, Stock, TopicTruth, WorldTruth};

use crate::error::Result;

/// A world as it goes on.
trait Simulation: Send {
    /// Puts the next events; false when there are none before the end.
    fn step(&mut self, desk: &mut desk::Desk) -> Result<bool>;

    /// States what its events hold, but for the counts of lines.
    fn finish(self: Box<Self>, truth: &mut WorldTruth);
}

fn simulation(plan: &WorldPlan) -> Box<dyn Simulation> {
    match plan.settings.world {
        WorldKind::Globalmart => Box::new(globalmart::Globalmart::new(plan)),
        WorldKind::RetailEvents => Box::new(retail_events::RetailEvents::new(plan)),
        WorldKind::Inventory => Box::new(inventory::Inventory::new(plan)),
        WorldKind::Orders => Box::new(orders::OrderBook::new(plan)),
    }
}
