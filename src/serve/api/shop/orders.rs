//! `/api/v1/orders/totals`: orders by source and state.

use axum::http::Uri;
use utoipa::IntoParams;

use super::{Jobs, is, results};
use crate::serve::answer::Fail;
use crate::serve::api::paging::{Page, Paging};
use crate::serve::api::refusal::{NoJob, Refusal};
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
}

/// Orders by source and state
///
/// Each order once, since the stream began; the largest amount first. The header X-Total-Count
/// says how many rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/orders/totals", tag = "orders",
    params(Query, Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<OrderTotal>), NoJob, Refusal)
)]
pub async fn totals(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<OrderTotal>, Fail> {
    let (source, state) = (params.text("source"), params.text("state"));
    let paging = Paging::of(&mut params);
    params.end()?;
    let shop = results(&shown, "orders")?;
    let mut rows = shop.orders().told(shop.job("orders"));
    let named =
        |told: &Option<Box<str>>, wanted| is(Some(told.as_deref().unwrap_or_default()), wanted);
    rows.retain(|row| named(&row.source, &source) && named(&row.state, &state));
    Ok(paging.page(rows, &uri))
}
