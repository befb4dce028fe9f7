//! The topics of the worlds, as the replaced systems had them.

use std::time::Duration;

use super::plan::{Shape, WorldKind};

/// A topic of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name, also that of its folder.
    pub name: &'static str,
    /// Its partitions.
    pub partitions: i32,
    /// How long messages are kept.
    pub retention: Duration,
    /// The field that holds the time of an event.
    pub time: &'static str,
    /// The fields whose values, joined by `_`, are the key of an event.
    pub key: &'static [&'static str],
}

const DAY: u64 = 86_400;

const fn topic(
    name: &'static str,
    partitions: i32,
    days: u64,
    time: &'static str,
    key: &'static [&'static str],
) -> TopicSpec {
    TopicSpec {
        name,
        partitions,
        retention: Duration::from_secs(days * DAY),
        time,
        key,
    }
}

const STOCK: &[&str] = &["store_id", "product_id"];

static GLOBALMART: [TopicSpec; 3] = [
    topic("transactions", 3, 7, "timestamp", &["user_id"]),
    topic("product_views", 3, 7, "timestamp", &["user_id"]),
    topic("cart_events", 3, 7, "timestamp", &["user_id"]),
];
static METRICS: [TopicSpec; 1] = [topic("system_metrics", 1, 1, "timestamp", &[])];
static RETAIL_EVENTS: [TopicSpec; 1] =
    [topic("retail_events", 1, 7, "event_time", &["product_id"])];
static README: [TopicSpec; 2] = [
    topic("sales_events", 3, 7, "sale_timestamp", STOCK),
    topic("inventory_events", 3, 7, "update_timestamp", STOCK),
];
static GENERATOR: [TopicSpec; 2] = [
    topic("retail-sales-transactions", 3, 7, "timestamp", STOCK),
    topic("retail-inventory-updates", 3, 7, "timestamp", STOCK),
];
static ORDERS: [TopicSpec; 1] = [topic("Order", 1, 7, "created_at", &["customer_id"])];

/// The topics that get the events of a world.
pub fn topics(kind: WorldKind, shape: Shape) -> &'static [TopicSpec] {
    match (kind, shape) {
        (WorldKind::Globalmart, _) => &GLOBALMART,
        (WorldKind::RetailEvents, _) => &RETAIL_EVENTS,
        (WorldKind::Inventory, Shape::Readme) => &README,
        (WorldKind::Inventory, Shape::Generator) => &GENERATOR,
        (WorldKind::Orders, _) => &ORDERS,
    }
}

/// Topics that belong to a world but get none of its events.
pub fn further_topics(kind: WorldKind) -> &'static [TopicSpec] {
    match kind {
        WorldKind::Globalmart => &METRICS,
        _ => &[],
    }
}
