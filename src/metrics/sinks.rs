//! What a stream's databases tell, each by its address without secrets.

use std::sync::Arc;

use super::{Family, Registry};

const ROWS: Family = Family::counter(
    "retail_sink_rows_total",
    "Rows that a database of --output has taken, in this run.",
);
const WAITING: Family = Family::gauge(
    "retail_sink_rows_waiting",
    "Committed rows that a database of --output has not taken yet.",
);
const UP: Family = Family::gauge(
    "retail_sink_up",
    "1 while a database of --output takes rows, 0 while it is away.",
);

/// Every family of a stream with databases.
pub const FAMILIES: &[Family] = &[ROWS, WAITING, UP];

/// How a database stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its address, without secrets.
    pub address: String,
    /// Rows that it has taken in this run.
    pub rows: u64,
    /// Rows that wait for it.
    pub waiting: u64,
    /// Whether it takes rows.
    pub up: bool,
}

/// Shows what `look` finds, at every look; nothing where it finds nothing any more.
pub fn show(registry: &Arc<Registry>, look: impl Fn() -> Vec<Standing> + Send + 'static) {
    let owner = Arc::downgrade(registry);
    registry.before_each(move || {
        let Some(registry) = owner.upgrade() else {
            return;
        };
        for place in look() {
            let labels = [("sink", place.address.as_str())];
            registry.counter(&ROWS, &labels).absolute(place.rows);
            registry.gauge(&WAITING, &labels).set(place.waiting as f64);
            registry
                .gauge(&UP, &labels)
                .set(f64::from(u8::from(place.up)));
        }
    });
}
