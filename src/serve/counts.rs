//! What a scrape of the servers sees.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;

use super::shop::alerts::Count;
use super::site::{App, Which};
use crate::error::Result;
use crate::ingest::Health;
use crate::metrics::ingest::{self, Standing};
use crate::metrics::{Family, Registry};

const REQUESTS: Family = Family::counter(
    "retail_http_requests_total",
    "Requests answered, by server, route and status.",
);
const SECONDS: Family = Family::histogram(
    "retail_http_request_duration_seconds",
    "From a request's head to its answer's.",
    &[
        0.000_25, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
    ],
);
const CACHE: Family = Family::counter(
    "retail_cache_total",
    "Answers that were kept (hit) or had to be made (miss).",
);
const SHARED: Family = Family::counter(
    "retail_shared_cache_total",
    "Answers that were asked of the servers' common Redis: it had them (hit), or not (miss), or \
     did not take or give one (failed).",
);
const SHARED_UP: Family = Family::gauge(
    "retail_shared_cache_up",
    "1 while the servers' common Redis answers, else 0; absent without --cache.",
);
const VIEWERS: Family = Family::gauge(
    "retail_live_viewers",
    "Browsers that the live view is pushed to.",
);
const AGE: Family = Family::gauge(
    "retail_result_age_seconds",
    "Since batch ended (batch) and since the stream showed itself last (live); absent without \
     results.",
);

const ALERTS: Family = Family::gauge(
    "retail_alerts",
    "Alerts of the stream's jobs since their state began, by type and severity.",
);

/// Types and severities of alerts that a scrape has seen.
pub type Seen = Mutex<BTreeSet<(String, String)>>;

/// The registry of a process that serves.
///
/// # Errors
/// None that can be helped.
pub fn registry() -> Result<Arc<Registry>> {
    let own = [
        REQUESTS, SECONDS, CACHE, SHARED, SHARED_UP, VIEWERS, AGE, ALERTS,
    ];
    let families: Vec<Family> = own.iter().chain(ingest::FAMILIES).copied().collect();
    Registry::new("serve", &families).map(Arc::new)
}

/// A request was answered.
pub fn request(app: &App, which: Which, route: &str, status: StatusCode, took: Duration) {
    let server = ("server", which.name());
    let labels = [server, ("route", route), ("status", status.as_str())];
    app.registry.counter(&REQUESTS, &labels).increment(1);
    let seconds = app.registry.histogram(&SECONDS, &labels[..2]);
    seconds.record(took.as_secs_f64());
}

/// An answer was found among those kept, or not.
pub fn cache(app: &App, which: Which, hit: bool) {
    let result = if hit { "hit" } else { "miss" };
    let labels = [("server", which.name()), ("result", result)];
    app.registry.counter(&CACHE, &labels).increment(1);
}

/// What became of a question to the common Redis.
pub fn shared(registry: &Registry, result: &'static str) {
    registry
        .counter(&SHARED, &[("result", result)])
        .increment(1);
}

/// Whether the common Redis answers.
pub fn shared_up(registry: &Registry, up: bool) {
    registry.gauge(&SHARED_UP, &[]).set(f64::from(u8::from(up)));
}

/// So many browsers watch.
pub fn viewers(app: &App, count: usize) {
    app.registry.gauge(&VIEWERS, &[]).set(count as f64);
}

/// So long ago results were made; none where there are none.
pub fn age(app: &App, which: Which, seconds: Option<f64>) {
    let gauge = app.registry.gauge(&AGE, &[("result", which.name())]);
    gauge.set(seconds.unwrap_or(f64::NAN));
}

/// How it stands with what is taken in.
pub fn intake(app: &App) {
    if let Some(desk) = &app.ingest {
        let (requests, bytes) = desk.waiting();
        desk.meter.stand(Standing {
            requests,
            bytes,
            keys: desk.keys.len(),
            up: desk.health() == Health::Open,
        });
    }
}

/// These are all the alerts that there are; none are told of what another run had.
pub fn alerts(app: &App, counts: &[Count<'_>]) {
    let mut seen = app.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let gauge = |(kind, severity): &(String, String)| {
        let labels = [("type", kind.as_str()), ("severity", severity.as_str())];
        app.registry.gauge(&ALERTS, &labels)
    };
    seen.iter().for_each(|was| gauge(was).set(f64::NAN));
    for count in counts {
        let kind = (count.alert_type.to_owned(), count.severity.to_owned());
        gauge(&kind).set(count.count as f64);
        seen.insert(kind);
    }
}
