//! The addresses of the live dashboard.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::json;

use super::pulse::{answer, events, text};
use super::source::Feed;
use super::summary::Summary;
use crate::serve::answer::Fail;
use crate::serve::params::Params;
use crate::serve::shell;
use crate::serve::site::Site;
use crate::serve::watched::Shown;

/// The page, its figures and their changes.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(shell::live))
        .route("/api/stream", get(summary))
        .route("/api/live", get(live))
        .route("/api/live/events", get(pushed))
}

async fn summary(
    State(site): State<Arc<Site>>,
    Extension(shown): Extension<Arc<Shown<Feed>>>,
    params: Params,
) -> Result<Response, Fail> {
    params.end()?;
    let settings = &site.app.settings;
    let feed = match &shown.content {
        Ok(feed) => feed.as_deref(),
        Err(e) => {
            let fail = Fail::from(Arc::clone(e));
            let status = fail.status();
            let body = json!({"status": "error", "summary": {"message": fail.text()}});
            return Ok((status, Json(body)).into_response());
        }
    };
    let summary = feed.and_then(|feed| Summary::of(feed, settings.windows, settings.series));
    Ok(match summary {
        Some(summary) => Json(summary).into_response(),
        None => Json(json!({"status": "no_data"})).into_response(),
    })
}

async fn live(State(site): State<Arc<Site>>, params: Params) -> Result<Response, Fail> {
    params.end()?;
    let (_, text) = text(&site.app).await?;
    Ok(answer(&text))
}

async fn pushed(State(site): State<Arc<Site>>, params: Params) -> Result<Response, Fail> {
    params.end()?;
    let viewer = site.app.pulse.watch(&site.app)?;
    let (_, first) = text(&site.app).await?;
    Ok(events(&site.app, viewer, first, "live").into_response())
}
