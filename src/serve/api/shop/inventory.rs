//! `/api/v1/inventory/…`: what is in stock, and where it runs out.

use axum::http::Uri;
use utoipa::IntoParams;

use super::{Jobs, is, results};
use crate::serve::answer::Fail;
use crate::serve::api::paging::{Page, Paging};
use crate::serve::api::refusal::{NoJob, Refusal};
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
}

/// What is in stock, by shop and product
///
/// The latest that the job `inventory` wrote of each; those with the least stock as they are now.
/// Up to 200,000 shops and products are kept. The header X-Total-Count says how many rows there
/// are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/inventory/status", tag = "inventory",
    params(Status, Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<Level>), NoJob, Refusal)
)]
pub async fn status(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Level>, Fail> {
    let (store, product) = (params.text("store_id"), params.text("product_id"));
    let status = params.text("status");
    let paging = Paging::of(&mut params);
    params.end()?;
    let shop = results(&shown, "inventory")?;
    let levels = shop.levels();
    let rows = levels.all(|level| {
        is(level.store_id.as_deref(), &store)
            && is(level.product_id.as_deref(), &product)
            && is(level.stock_status.as_deref(), &status)
    });
    Ok(paging.page(rows.into_iter().cloned(), &uri))
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(in crate::serve::api) struct Found {
    /// This kind only, such as `OUT_OF_STOCK`.
    alert_type: Option<String>,
    /// This severity only: `LOW`, `MEDIUM`, `HIGH` or `CRITICAL`.
    severity: Option<String>,
}

/// Where stock runs out, or piles up
///
/// The newest first. Of each kind and severity the newest 1,000 are kept. The header
/// X-Total-Count says how many rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/inventory/alerts", tag = "inventory",
    params(Found, Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<Alert>), NoJob, Refusal)
)]
pub async fn alerts(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Alert>, Fail> {
    let kind = params.text("alert_type");
    let severity = params.text("severity");
    let paging = Paging::of(&mut params);
    params.end()?;
    let shop = results(&shown, "inventory")?;
    let alerts = shop.alerts(&["inventory"]);
    let rows = alerts.newest(|of, how| is(Some(of), &kind) && is(Some(how), &severity));
    let rows = rows.into_iter().map(|alert| Alert::clone(alert));
    Ok(paging.page(rows, &uri))
}
