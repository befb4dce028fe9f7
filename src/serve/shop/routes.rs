//! The addresses of the live shop's pages.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use super::pages::Topic;
use super::pulse::page;
use crate::serve::answer::Fail;
use crate::serve::live::pulse::{answer, events};
use crate::serve::params::Params;
use crate::serve::shell;
use crate::serve::site::Site;

/// The pages, their figures and their changes.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/shop", get(|| async { Redirect::to("/shop/alerts") }))
        .route("/shop/{topic}", get(shown))
        .route("/api/shop/{topic}", get(figures))
        .route("/api/shop/{topic}/events", get(pushed))
}

fn topic(name: &str) -> Result<Topic, Fail> {
    Topic::named(name).ok_or_else(|| {
        let names = Topic::ALL.map(Topic::name).join(", ");
        let what = format!("there is no page {name}; there are {names}");
        Fail::new(StatusCode::NOT_FOUND, what)
    })
}

async fn shown(Path(name): Path<String>) -> Result<Html<&'static str>, Fail> {
    topic(&name).map(shell::shop)
}

async fn figures(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    params: Params,
) -> Result<Response, Fail> {
    let topic = topic(&name)?;
    params.end()?;
    let shown = site.app.shop.current().await?;
    let text = page(&site.app, topic, &shown)?;
    Ok(answer(&text))
}

async fn pushed(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    params: Params,
) -> Result<Response, Fail> {
    let topic = topic(&name)?;
    params.end()?;
    let app = &site.app;
    let receiver = app.pulses.of(topic).watch(app)?;
    let shown = app.shop.current().await?;
    let first = page(app, topic, &shown)?;
    Ok(events(app, receiver, first, "shop").into_response())
}
