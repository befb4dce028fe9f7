//! `/metrics` and `/health`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::Registry;
use crate::store::run_record::now;

/// What Prometheus calls its text format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`; `/health` and `/health/live`, which say that the process answers; and
/// `/health/ready`, which is 503 until it does what it was started for.
pub fn router(registry: Arc<Registry>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(live))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(registry)
}

async fn metrics(State(registry): State<Arc<Registry>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], registry.render())
}

async fn live() -> Response {
    health(StatusCode::OK, "ok")
}

async fn ready(State(registry): State<Arc<Registry>>) -> Response {
    match registry.is_ready() {
        true => health(StatusCode::OK, "ok"),
        false => health(StatusCode::SERVICE_UNAVAILABLE, "starting"),
    }
}

fn health(code: StatusCode, status: &str) -> Response {
    let body = json!({
        "status": status,
        "timestamp": now(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    let kind = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (code, kind, body.to_string()).into_response()
}
