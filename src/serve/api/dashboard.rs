//! `/api/v1/monitoring/dashboard`: how today goes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::refusal::{NoResults, Refusal};
use super::shop::Jobs;
use super::{Found, results, today};
use crate::batch::breakdown::Grouping;
use crate::record::Day;
use crate::serve::answer::{Exact, Fail};
use crate::serve::batch::sales::{Key, Sales};
use crate::serve::figures::mean;
use crate::serve::params::Params;
use crate::serve::shop::Shop;
use crate::serve::site::Site;

/// Said of what is first where there is nothing.
const NOTHING: &str = "N/A";

/// How today goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dashboard {
    /// Revenue: sales less returns.
    #[schema(value_type = f64)]
    total_revenue_today: Exact,
    /// Sales and returns.
    total_transactions_today: u64,
    /// Their quotient, to four decimals; 0 without any transaction.
    #[schema(value_type = f64)]
    avg_transaction_value: Exact,
    /// Visits that go on, by the stream's job `sessions`; null where it does not run.
    active_users: Option<u64>,
    /// The category with the largest revenue; N/A without any.
    top_category: String,
    /// The country with the largest revenue, by batch, else by the stream's job `metrics`; N/A
    /// without any.
    top_country: String,
    /// Sales of the day that stand out, by the stream's job `anomalies`; null where it does not
    /// run.
    anomalies_count: Option<u64>,
    /// When batch found these figures, UTC; null where another program did.
    timestamp: Option<String>,
}

/// How today goes
#[utoipa::path(
    get, path = "/api/v1/monitoring/dashboard", tag = "monitoring",
    security(("api_key" = [])),
    responses((status = 200, body = Dashboard), NoResults, Refusal)
)]
pub async fn dashboard(
    State(site): State<Arc<Site>>,
    shown: Found,
    jobs: Jobs,
    params: Params,
) -> Result<Json<Dashboard>, Fail> {
    params.end()?;
    let book = results(&shown)?;
    let Some(sales) = &book.sales else {
        return Err(super::older());
    };
    let day = today(&site, book);
    let all = sales.total(day, day).line;
    let (net, count) = (all.net(), all.records());
    // Where the jobs' output cannot be read, what it tells is not known.
    let shop = jobs.content.as_ref().ok().and_then(Option::as_deref);
    let top_country = match top(sales, Grouping::Country, Key::Country, day) {
        none if none == NOTHING => shop.and_then(|shop| shop.sums().top_country(day)),
        country => Some(country),
    };
    let anomalies = shop.filter(|shop| shop.job("anomalies").is_some());
    Ok(Json(Dashboard {
        total_revenue_today: Exact(net),
        total_transactions_today: count,
        avg_transaction_value: Exact(mean(net, count).unwrap_or_default()),
        active_users: shop.and_then(Shop::active_sessions),
        top_category: top(sales, Grouping::Category, Key::Category, day),
        top_country: top_country.unwrap_or_else(|| NOTHING.to_owned()),
        anomalies_count: anomalies.map(|shop| shop.alerts(&["anomalies"]).on(day)),
        timestamp: book.run.as_ref().map(|run| run.finished.clone()),
    }))
}

fn top(sales: &Sales, grouping: Grouping, key: Key, day: Day) -> String {
    let groups = sales.by(grouping, key, day, day).into_iter();
    let mut named = groups.map(|(name, _)| name).filter(|name| !name.is_empty());
    named.next().unwrap_or(NOTHING).to_owned()
}
