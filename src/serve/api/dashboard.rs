//! `/api/v1/monitoring/dashboard`: how today goes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::refusal::{NoResults, Refusal};
use super::shop::Jobs;
use super::{Found, day, results, today};
use crate::batch::breakdown::Grouping;
use crate::record::{Day, Time};
use crate::serve::answer::{Exact, Fail};
use crate::serve::batch::routes::book;
use crate::serve::batch::sales::{Key, Sales};
use crate::serve::figures::mean;
use crate::serve::params::Params;
use crate::serve::shop::Shop;
use crate::serve::shop::sums::Sum;
use crate::serve::site::Site;

/// Said of what is first where there is nothing.
const NOTHING: &str = "N/A";

/// How today goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dashboard {
    /// Revenue: sales less returns; null, as the other figures of sales, where batch has not run
    /// and the stream's job `metrics` does not run or does not know the day.
    #[schema(value_type = Option<f64>)]
    total_revenue_today: Option<Exact>,
    /// Sales and returns.
    total_transactions_today: Option<u64>,
    /// Their quotient, to four decimals; 0 without any transaction.
    #[schema(value_type = Option<f64>)]
    avg_transaction_value: Option<Exact>,
    /// Visits that go on, by the stream's job `sessions`; null where it does not run.
    active_users: Option<u64>,
    /// The category with the largest revenue; N/A without any.
    top_category: Option<String>,
    /// The country with the largest revenue, by batch, else by the stream's job `metrics`; N/A
    /// without any.
    top_country: Option<String>,
    /// Sales of the day that stand out, by the stream's job `anomalies`; null where it does not
    /// run, and while more of them wait for a file than it tells.
    anomalies_count: Option<u64>,
    /// When batch found these figures, UTC; null where another program did. Without batch, when
    /// the stream did.
    timestamp: Option<String>,
}

/// How today goes
///
/// Sales are those of batch. Where it has not run, they are those of the stream's job `metrics`,
/// which adds up while one looks.
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
    // Where the jobs' output cannot be read, what it tells is not known.
    let shop = jobs.content.as_ref().ok().and_then(Option::as_deref);
    let book = match (book(&shown)?, shop.filter(|shop| tells(shop))) {
        (None, Some(shop)) => return Ok(Json(live(&site, shop))),
        _ => results(&shown)?,
    };
    let Some(sales) = &book.sales else {
        return Err(super::older());
    };
    let day = today(&site, book);
    let all = sales.total(day, day).line;
    let sum = Sum {
        amount: all.net(),
        count: all.records(),
    };
    let top_country = match top(sales, Grouping::Country, Key::Country, day) {
        none if none == NOTHING => shop.and_then(|shop| shop.sums().top_country(day)),
        country => Some(country),
    };
    Ok(Json(Dashboard {
        top_category: Some(top(sales, Grouping::Category, Key::Category, day)),
        top_country: Some(top_country.unwrap_or_else(|| NOTHING.to_owned())),
        timestamp: book.run.as_ref().map(|run| run.finished.clone()),
        ..Dashboard::of(day, Some(sum), shop)
    }))
}

/// Whether jobs run or ran of which it tells anything.
fn tells(shop: &Shop) -> bool {
    let jobs = ["metrics", "sessions", "anomalies"];
    jobs.iter().any(|job| shop.job(job).is_some())
}

/// How today goes by the jobs alone.
fn live(site: &Site, shop: &Shop) -> Dashboard {
    let latest = shop
        .view
        .latest
        .and_then(|latest| Time::from_micros(latest.0));
    let day = day(site, || latest.map(Time::day));
    let sums = shop.job("metrics").map(|_| shop.sums());
    let sum = sums.as_ref().and_then(|sums| sums.day(day));
    let name = |top: Option<String>| top.unwrap_or_else(|| NOTHING.to_owned());
    let known = sums.as_ref().filter(|_| sum.is_some());
    Dashboard {
        top_category: known.map(|sums| name(sums.top_category(day))),
        top_country: known.map(|sums| name(sums.top_country(day))),
        timestamp: Some(shop.view.updated.clone()),
        ..Dashboard::of(day, sum, Some(shop))
    }
}

impl Dashboard {
    /// Of a day with these sales, and what jobs found.
    fn of(day: Day, sum: Option<Sum>, shop: Option<&Shop>) -> Self {
        const ANOMALIES: &str = "anomalies";
        let job = |shop: &Shop| {
            shop.job(ANOMALIES)
                .is_some_and(|job| !job.is_cut(ANOMALIES))
        };
        let anomalies = shop.filter(|shop| job(shop));
        Self {
            total_revenue_today: sum.map(|sum| Exact(sum.amount)),
            total_transactions_today: sum.map(|sum| sum.count),
            avg_transaction_value: sum
                .map(|sum| Exact(mean(sum.amount, sum.count).unwrap_or_default())),
            active_users: shop.and_then(Shop::active_sessions),
            top_category: None,
            top_country: None,
            anomalies_count: anomalies.map(|shop| shop.alerts(&[ANOMALIES]).on(day)),
            timestamp: None,
        }
    }
}

fn top(sales: &Sales, grouping: Grouping, key: Key, day: Day) -> String {
    let groups = sales.by(grouping, key, day, day).into_iter();
    let mut named = groups.map(|(name, _)| name).filter(|name| !name.is_empty());
    named.next().unwrap_or(NOTHING).to_owned()
}
