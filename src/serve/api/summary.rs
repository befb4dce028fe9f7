//! `/api/v1/sales/summary`: what the last days amount to.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::refusal::{NoResults, Problem, Refusal};
use super::{Found, results, today};
use crate::serve::answer::{Exact, Fail};
use crate::serve::figures::mean;
use crate::serve::params::Params;
use crate::serve::site::Site;

/// What some days amount to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Summary {
    /// Which days: today, week or month.
    period: &'static str,
    /// The first of them.
    #[schema(format = Date)]
    start_date: String,
    /// The last of them.
    #[schema(format = Date)]
    end_date: String,
    /// What they amount to.
    metrics: Figures,
}

/// Figures of transactions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figures {
    /// Sales and returns.
    transaction_count: u64,
    /// Revenue: sales less returns.
    #[schema(value_type = f64)]
    total_revenue: Exact,
    /// `total_revenue / transaction_count`, to four decimals; null without any.
    #[schema(value_type = Option<f64>)]
    avg_transaction_value: Option<Exact>,
    /// The smallest sale; null without any.
    #[schema(value_type = Option<f64>)]
    min_transaction: Option<Exact>,
    /// The largest sale; null without any.
    #[schema(value_type = Option<f64>)]
    max_transaction: Option<Exact>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(super) struct Query {
    /// `today`, `week` (7 days) or `month` (30 days), each with today.
    #[param(pattern = "^(today|week|month)$", default = "today")]
    period: Option<String>,
}

/// What the last days amount to
#[utoipa::path(
    get, path = "/api/v1/sales/summary", tag = "sales",
    params(Query), security(("api_key" = [])),
    responses(
        (status = 200, body = Summary),
        (status = 400, description = "No such period", body = Problem),
        NoResults, Refusal,
    )
)]
pub async fn summary(
    State(site): State<Arc<Site>>,
    shown: Found,
    mut params: Params,
) -> Result<Json<Summary>, Fail> {
    let period = params.text("period");
    params.end()?;
    let (period, days) = match period.as_deref() {
        None | Some("today") => ("today", 1),
        Some("week") => ("week", 7),
        Some("month") => ("month", 30),
        Some(_) => {
            let what = "period is to be today, week or month";
            return Err(Fail::new(StatusCode::BAD_REQUEST, what));
        }
    };
    let book = results(&shown)?;
    let to = today(&site, book);
    let from = to.plus(1 - days).unwrap_or(to);
    let Some(sales) = &book.sales else {
        return Err(super::older());
    };
    let all = sales.total(from, to);
    let (net, count) = (all.line.net(), all.line.records());
    Ok(Json(Summary {
        period,
        start_date: from.to_string(),
        end_date: to.to_string(),
        metrics: Figures {
            transaction_count: count,
            total_revenue: Exact(net),
            avg_transaction_value: mean(net, count).map(Exact),
            min_transaction: all.span.map(|(least, _)| Exact(least.into())),
            max_transaction: all.span.map(|(_, most)| Exact(most.into())),
        },
    }))
}
