//! `/api/v1/orders/totals`: orders by source and state.

use axum::http::Uri;
use utoipa::IntoParams;

use super::{Jobs, results};
use crate::serve::answer::Fail;
use crate::serve::api::{LIMIT, MOST, Page, Problem, Problems, next, page};
use crate::serve::params::Params;
use crate::serve::shop::orders::OrderTotal;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(in crate::serve::api) struct Query {
    /// Orders that came in this way only.
    source: Option<String>,
    /// Orders of this state only.
    state: Option<String>,
    /// Rows of the answer.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// Rows to pass over.
    #[param(minimum = 0, maximum = 1000000000, default = 0)]
    offset: Option<u32>,
}

/// Orders by source and state
///
/// Each order once, since the stream began; the largest amount first. The header X-Total-Count
/// says how many rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/orders/totals", tag = "orders",
    params(Query), security(("api_key" = [])),
    responses(
        (status = 200, body = Vec<OrderTotal>),
        (status = 403, description = "No key, or a wrong one", body = Problem),
        (status = 404, description = "The job has not run", body = Problem),
        (status = 422, description = "A parameter is wrong", body = Problems),
        (status = 429, description = "Too many requests with this key", body = Problem),
        (status = 503, description = "The results cannot be read", body = Problem),
    )
)]
pub async fn totals(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<OrderTotal>, Fail> {
    let (source, state) = (params.text("source"), params.text("state"));
    let limit = params.number("limit", 1..=MOST, LIMIT);
    let offset = params.number("offset", 0..=1_000_000_000, 0);
    params.end()?;
    let shop = results(&shown, "orders")?;
    let mut rows = shop.orders().told(shop.job("orders"));
    let is = |told: &Option<Box<str>>, wanted: &Option<String>| {
        wanted
            .as_deref()
            .is_none_or(|wanted| told.as_deref().unwrap_or_default() == wanted)
    };
    rows.retain(|row| is(&row.source, &source) && is(&row.state, &state));
    Ok(page(rows, limit, offset, |offset| next(&uri, offset)))
}
