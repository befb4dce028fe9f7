//! The addresses of the batch dashboard.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Serialize;
use serde_json::json;
use tokio::task::block_in_place;

use super::download::{By, NAMES, list};
use super::report::Report;
use super::source::Book;
use super::summary::Summary;
use crate::record::Day;
use crate::serve::answer::{Fail, csv};
use crate::serve::params::Params;
use crate::serve::shell;
use crate::serve::site::Site;
use crate::serve::watched::Shown;

/// What there is to do without results.
pub const NOTHING: &str = "no results of batch yet; run retail batch";

/// The page and its figures.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(shell::sales))
        .route("/api/daily", get(summary))
        .route("/api/report", get(report))
        .route("/api/daily.csv", get(rows))
        .route("/api/report.csv", get(grouped))
}

/// The results that the layers found.
type Found = Extension<Arc<Shown<Book>>>;

/// The results, if there are any.
///
/// # Errors
/// When they cannot be read.
pub fn book(shown: &Shown<Book>) -> Result<Option<&Book>, Fail> {
    match &shown.content {
        Ok(book) => Ok(book.as_deref()),
        Err(e) => Err(Arc::clone(e).into()),
    }
}

async fn summary(Extension(shown): Found, params: Params) -> Result<Response, Fail> {
    params.end()?;
    let book = match book(&shown) {
        Ok(book) => book.filter(|book| !book.daily.is_empty()),
        Err(fail) => {
            let body = json!({"status": "error", "message": fail.text()});
            return Ok((fail.status(), Json(body)).into_response());
        }
    };
    Ok(match book {
        Some(book) => block_in_place(|| Json(Summary::of(book)).into_response()),
        None => Json(json!({"status": "no_data", "message": NOTHING})).into_response(),
    })
}

/// How amounts are to be written.
#[derive(Serialize)]
struct Dressed<'a, T> {
    currency: Option<&'a str>,
    locale: Option<&'a str>,
    #[serde(flatten)]
    content: T,
}

async fn report(
    State(site): State<Arc<Site>>,
    Extension(shown): Found,
    mut params: Params,
) -> Result<Response, Fail> {
    let (from, to) = params.days("from", "to");
    params.end()?;
    let settings = &site.app.settings;
    let (currency, locale) = (settings.currency.as_deref(), settings.locale.as_deref());
    let book = book(&shown)?.filter(|book| !book.daily.is_empty());
    Ok(match book {
        Some(book) => block_in_place(|| {
            let content = Report::of(book, from, to);
            let dressed = Dressed {
                currency,
                locale,
                content,
            };
            Json(dressed).into_response()
        }),
        None => {
            let content = json!({"status": "no_data", "message": NOTHING});
            let dressed = Dressed {
                currency,
                locale,
                content,
            };
            Json(dressed).into_response()
        }
    })
}

async fn rows(Extension(shown): Found, mut params: Params) -> Result<Response, Fail> {
    let days = params.days("from", "to");
    params.end()?;
    download(&shown, By::Row, "daily.csv", days)
}

async fn grouped(Extension(shown): Found, mut params: Params) -> Result<Response, Fail> {
    let days = params.days("from", "to");
    let name = params.choice("by", By::named, NAMES);
    params.end()?;
    let (name, by) = name.unwrap_or(("day".to_owned(), By::Day));
    download(&shown, by, &format!("by-{name}.csv"), days)
}

fn download(
    shown: &Shown<Book>,
    by: By,
    name: &str,
    (from, to): (Option<Day>, Option<Day>),
) -> Result<Response, Fail> {
    let book = book(shown)?.ok_or_else(|| Fail::nothing(NOTHING))?;
    let (first, last) = book.daily.span().unwrap_or((Day::EPOCH, Day::EPOCH));
    let (from, to) = (from.unwrap_or(first), to.unwrap_or(last));
    let text = block_in_place(|| list(book, by, from, to))?;
    match text {
        Some(text) => Ok(csv(name, text)),
        None => Err(Fail::nothing(
            "the input does not tell what this list is by",
        )),
    }
}
