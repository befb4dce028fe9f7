//! `/health` and `/metrics` of a server.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::batch::Book;
use super::counts;
use super::guard::over_tls;
use super::live::Feed;
use super::shop::source::ALERTS;
use super::site::{App, Site, Which};
use super::watched::Shown;
use crate::error::Result;
use crate::ingest::Health;
use crate::metrics::CONTENT_TYPE;
use crate::store::run_record::now;

/// What every server answers.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/health", get(ready))
        .route("/health/ready", get(ready))
        .route(
            "/health/live",
            get(|| async { answer(StatusCode::OK, "ok", None) }),
        )
        .route("/metrics", get(metrics))
        .route("/api/links", get(links))
}

fn answer(code: StatusCode, status: &str, checks: Option<Value>) -> Response {
    let mut body = json!({
        "status": status,
        "timestamp": now(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    if let Some(checks) = checks {
        body["checks"] = checks;
    }
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (code, headers, Json(body)).into_response()
}

/// Ready is who can read the results, or sees that there are none yet; and who takes records in
/// while Kafka takes them.
async fn ready(State(site): State<Arc<Site>>) -> Response {
    let app = &site.app;
    if site.which == Which::Ingest {
        let health = app.ingest.as_ref().map(|desk| desk.health());
        let (code, kafka) = match health {
            Some(Health::Open) => (StatusCode::OK, "ok"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "error"),
        };
        return answer(code, kafka, Some(json!({ "kafka": kafka })));
    }
    let batch = state(&app.books.current().await, |book: &Book| book.run.is_some());
    let live = state(&app.output.current().await, |feed: &Feed| {
        feed.run_id.is_some()
    });
    let own = match site.which {
        Which::Live => live,
        Which::Batch | Which::Api | Which::Ingest => batch,
    };
    let checks = json!({ "batch": batch, "live": live });
    match own {
        "error" => answer(StatusCode::SERVICE_UNAVAILABLE, "error", Some(checks)),
        _ => answer(StatusCode::OK, "ok", Some(checks)),
    }
}

fn state<T>(current: &Result<Arc<Shown<T>>>, ours: impl Fn(&T) -> bool) -> &'static str {
    match current.as_ref().map(|shown| &shown.content) {
        Ok(Ok(Some(content))) if ours(content) => "ok",
        Ok(Ok(Some(_))) => "foreign",
        Ok(Ok(None)) => "no_data",
        Ok(Err(_)) | Err(_) => "error",
    }
}

fn since(moment: &str) -> Option<f64> {
    let then = DateTime::parse_from_rfc3339(moment).ok()?;
    let passed = Utc::now() - then.to_utc();
    Some(passed.num_milliseconds() as f64 / 1e3)
}

async fn ages(app: &App) {
    let shown = app.books.current().await.ok();
    let book = shown.as_ref().and_then(|shown| shown.content.as_ref().ok());
    let run = book
        .and_then(Option::as_ref)
        .and_then(|book| book.run.as_ref());
    counts::age(app, Which::Batch, run.and_then(|run| since(&run.finished)));
    let shown = app.output.current().await.ok();
    let feed = shown.as_ref().and_then(|shown| shown.content.as_ref().ok());
    let view = feed
        .and_then(Option::as_ref)
        .and_then(|feed| feed.view.as_ref());
    counts::age(app, Which::Live, view.and_then(|view| since(&view.updated)));
}

async fn alerts(app: &App) {
    let shown = app.shop.current().await.ok();
    let shop = shown.as_ref().and_then(|shown| shown.content.as_ref().ok());
    let shop = shop.and_then(Option::as_ref);
    let alerts = shop.map(|shop| shop.alerts(&ALERTS.map(|(job, _)| job)));
    counts::alerts(app, &alerts.unwrap_or_default().counts());
}

async fn metrics(State(site): State<Arc<Site>>) -> impl IntoResponse {
    ages(&site.app).await;
    alerts(&site.app).await;
    counts::intake(&site.app);
    (
        [(header::CONTENT_TYPE, CONTENT_TYPE)],
        site.app.registry.render(),
    )
}

/// The other servers, by the name by which this one was called.
async fn links(State(site): State<Arc<Site>>, headers: HeaderMap) -> Json<Value> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let name = host.map_or("127.0.0.1", |host| match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    });
    let scheme = if over_tls(&headers) { "https" } else { "http" };
    let to = |which, path| {
        let mut addresses = site.app.addresses.iter();
        let found = addresses.find(|(known, _)| *known == which);
        found.map(|(_, address)| format!("{scheme}://{name}:{}{path}", address.port()))
    };
    Json(json!({
        "batch": to(Which::Batch, "/"),
        "live": to(Which::Live, "/"),
        "docs": to(Which::Api, "/docs/"),
    }))
}
