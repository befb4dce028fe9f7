//! What a replay tells of itself.

use std::sync::Arc;

use super::{Family, Registry};
use crate::events::tally::Tally;

const SENT: Family = Family::counter(
    "retail_events_sent_total",
    "Events that the brokers acknowledged, or lines written, in this run.",
);
const FAILED: Family = Family::counter(
    "retail_events_failed_total",
    "Events that could not be delivered, in this run: the first ends it.",
);
const IN_FLIGHT: Family = Family::gauge(
    "retail_delivery_in_flight",
    "Events that were handed to the client and are not acknowledged yet.",
);
const TARGET: Family = Family::gauge(
    "retail_target_events_per_second",
    "Events a second that were asked for; absent where they go as fast as possible or follow \
     event time.",
);

/// Every family of a replay.
pub const FAMILIES: &[Family] = &[SENT, FAILED, IN_FLIGHT, TARGET];

/// Shows `tally` in `registry`, which has [`FAMILIES`]; `target` is the rate that was asked for.
pub fn show(registry: &Registry, tally: Arc<Tally>, target: Option<f64>) {
    let sent = registry.counter(&SENT, &[]);
    let failed = registry.counter(&FAILED, &[]);
    let in_flight = registry.gauge(&IN_FLIGHT, &[]);
    registry.gauge(&TARGET, &[]).set(target.unwrap_or(f64::NAN));
    registry.before_each(move || {
        sent.absolute(tally.sent());
        failed.absolute(tally.failed());
        in_flight.set(tally.in_flight() as f64);
    });
}
