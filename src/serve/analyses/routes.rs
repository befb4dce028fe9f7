//! The addresses of the analyses' pages, and of their figures.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::task::block_in_place;

use super::customers::Customers;
use super::products::Products;
use super::results::{Seen, absent, skipped};
use super::returns::Returns;
use super::source::{Digest, Outcome, Run};
use super::stores::Stores;
use super::topic::Topic;
use super::trends::Trends;
use crate::serve::answer::Fail;
use crate::serve::params::Params;
use crate::serve::shell;
use crate::serve::site::Site;

/// The pages and their figures.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route(
            "/analyses",
            get(|| async { Redirect::to("/analyses/customers") }),
        )
        .route("/analyses/{topic}", get(shown))
        .route("/api/analyses/customers", get(figures::<Customers>))
        .route("/api/analyses/products", get(figures::<Products>))
        .route("/api/analyses/trends", get(figures::<Trends>))
        .route("/api/analyses/stores", get(figures::<Stores>))
        .route("/api/analyses/returns", get(figures::<Returns>))
}

/// A page's figures.
#[derive(Serialize)]
struct Page<'a> {
    status: &'static str,
    message: Option<String>,
    currency: Option<&'a str>,
    locale: Option<&'a str>,
    analysis: &'static str,
    run: Option<&'a Run>,
    newer: Option<&'a Run>,
    as_of: Option<&'a str>,
    left_out: Option<&'a Map<String, Value>>,
    #[serde(flatten)]
    content: Option<Value>,
}

async fn shown(Path(name): Path<String>) -> Result<Html<&'static str>, Fail> {
    let topic = Topic::named(&name).ok_or_else(|| {
        let names = Topic::ALL.map(Topic::name).join(", ");
        let what = format!("there is no page {name}; there are {names}");
        Fail::new(StatusCode::NOT_FOUND, what)
    })?;
    Ok(shell::analysis(topic))
}

async fn figures<D: Digest>(
    State(site): State<Arc<Site>>,
    Extension(shown): Seen<D>,
    params: Params,
) -> Result<Response, Fail> {
    params.end()?;
    let found = match &shown.content {
        Ok(found) => found.as_deref(),
        Err(e) => return Err(Arc::clone(e).into()),
    };
    let (status, message) = match found.map(|found| &found.outcome) {
        None => ("no_data", Some(absent(D::NAME))),
        Some(Outcome::Skipped(why)) => ("skipped", Some(skipped(D::NAME, why))),
        Some(Outcome::Done(_)) => ("ok", None),
    };
    Ok(block_in_place(|| {
        let content = match found.map(|found| &found.outcome) {
            Some(Outcome::Done(digest)) => Some(digest.page()),
            _ => None,
        };
        let page = Page {
            status,
            message,
            currency: site.app.settings.currency.as_deref(),
            locale: site.app.settings.locale.as_deref(),
            analysis: D::NAME,
            run: found.map(|found| &found.run),
            newer: found.and_then(|found| found.newer.as_ref()),
            as_of: found.and_then(|found| found.as_of.as_deref()),
            left_out: found.map(|found| &found.left_out),
            content,
        };
        Json(page).into_response()
    }))
}
