//! `/api/v1/inventory/…`: what is in stock, and where it runs out.

use axum::http::Uri;
use utoipa::IntoParams;

use super::{Jobs, results};
use crate::serve::answer::Fail;
use crate::serve::api::{LIMIT, MOST, Page, Problem, Problems, next, page};
use crate::serve::params::Params;
use crate::serve::shop::alerts::Alert;
use crate::serve::shop::stock::Level;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(in crate::serve::api) struct Status {
    /// This shop only.
    store_id: Option<String>,
    /// This product only.
    product_id: Option<String>,
    /// This status only, such as `LOW_STOCK`.
    status: Option<String>,
    /// Rows of the answer.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// Rows to pass over.
    #[param(minimum = 0, maximum = 1000000000, default = 0)]
    offset: Option<u32>,
}

/// What is in stock, by shop and product
///
/// The latest that the job `inventory` wrote of each; those with the least stock as they are now.
/// Up to 200,000 shops and products are kept. The header X-Total-Count says how many rows there
/// are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/inventory/status", tag = "inventory",
    params(Status), security(("api_key" = [])),
    responses(
        (status = 200, body = Vec<Level>),
        (status = 403, description = "No key, or a wrong one", body = Problem),
        (status = 404, description = "The job has not run", body = Problem),
        (status = 422, description = "A parameter is wrong", body = Problems),
        (status = 429, description = "Too many requests with this key", body = Problem),
        (status = 503, description = "The results cannot be read", body = Problem),
    )
)]
pub async fn status(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Level>, Fail> {
    let (store, product) = (params.text("store_id"), params.text("product_id"));
    let status = params.text("status");
    let limit = params.number("limit", 1..=MOST, LIMIT);
    let offset = params.number("offset", 0..=1_000_000_000, 0);
    params.end()?;
    let shop = results(&shown, "inventory")?;
    let levels = shop.levels();
    let is = |told: &Option<std::sync::Arc<str>>, wanted: &Option<String>| {
        wanted
            .as_deref()
            .is_none_or(|wanted| told.as_deref() == Some(wanted))
    };
    let rows = levels.all(|level| {
        is(&level.store_id, &store)
            && is(&level.product_id, &product)
            && is(&level.stock_status, &status)
    });
    let rows = rows.into_iter().cloned().collect();
    Ok(page(rows, limit, offset, |offset| next(&uri, offset)))
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(in crate::serve::api) struct Found {
    /// This kind only, such as `OUT_OF_STOCK`.
    alert_type: Option<String>,
    /// This severity only: `LOW`, `MEDIUM`, `HIGH` or `CRITICAL`.
    severity: Option<String>,
    /// Rows of the answer.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// Rows to pass over.
    #[param(minimum = 0, maximum = 1000000000, default = 0)]
    offset: Option<u32>,
}

/// Where stock runs out, or piles up
///
/// The newest first. Of each kind and severity the newest 1,000 are kept. The header
/// X-Total-Count says how many rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/inventory/alerts", tag = "inventory",
    params(Found), security(("api_key" = [])),
    responses(
        (status = 200, body = Vec<Alert>),
        (status = 403, description = "No key, or a wrong one", body = Problem),
        (status = 404, description = "The job has not run", body = Problem),
        (status = 422, description = "A parameter is wrong", body = Problems),
        (status = 429, description = "Too many requests with this key", body = Problem),
        (status = 503, description = "The results cannot be read", body = Problem),
    )
)]
pub async fn alerts(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Alert>, Fail> {
    let kind = params.text("alert_type");
    let severity = params.text("severity");
    let limit = params.number("limit", 1..=MOST, LIMIT);
    let offset = params.number("offset", 0..=1_000_000_000, 0);
    params.end()?;
    let shop = results(&shown, "inventory")?;
    let alerts = shop.alerts(&["inventory"]);
    let is =
        |told: &str, wanted: &Option<String>| wanted.as_deref().is_none_or(|wanted| wanted == told);
    let rows = alerts.newest(|of, how| is(of, &kind) && is(how, &severity));
    let rows = rows.into_iter().map(|alert| Alert::clone(alert)).collect();
    Ok(page(rows, limit, offset, |offset| next(&uri, offset)))
}
