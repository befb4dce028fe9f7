//! `/api/v1/trends/sales`: revenue by day, week or month.

use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::found::whose;
use super::refusal::{NoAnalysis, Refusal};
use crate::record::Total;
use crate::serve::analyses::results::{Seen, results};
use crate::serve::analyses::trends::{OfDay, OfMonth, OfWeek, Trends as Kept};
use crate::serve::answer::{Exact, Fail};
use crate::serve::params::Params;

/// Rows of an answer at most.
const MOST: usize = 365;
/// Rows of an answer, where the request does not say.
const DEFAULT: usize = 30;

/// Revenue by day, week or month.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trends {
    /// The periods, the newest first; those without a sale are among them.
    trends: Vec<Trend>,
}

/// A period.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Trend {
    /// A day.
    Daily(Daily),
    /// A week.
    Weekly(Weekly),
    /// A month.
    Monthly(Monthly),
}

/// What every period has.
#[derive(Debug, Serialize, ToSchema)]
pub struct Period {
    /// `daily`, `weekly` or `monthly`.
    period_type: &'static str,
    /// The day, the ISO year and week as `2025-W01`, or year and month as `2025-01`.
    period: String,
    /// Distinct orders.
    transaction_count: u64,
    /// Sales less returns.
    #[schema(value_type = f64)]
    total_revenue: Exact,
    /// `total_revenue / transaction_count`, to four decimals; null without any.
    #[schema(value_type = Option<f64>)]
    avg_transaction_value: Option<Exact>,
    /// Growth from the period before, in per cent of its magnitude; null in the first, and from
    /// nothing.
    #[schema(value_type = Option<f64>)]
    revenue_growth_pct: Option<Exact>,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Daily {
    /// The day, UTC.
    #[schema(format = Date)]
    date: String,
    #[serde(flatten)]
    common: Period,
    /// Mean of `total_revenue` over this day and up to six before.
    #[schema(value_type = Option<f64>)]
    revenue_7day_ma: Option<Exact>,
    /// Mean of `transaction_count` over the same days.
    #[schema(value_type = Option<f64>)]
    transactions_7day_ma: Option<Exact>,
    /// `total_revenue` of the day before; null on the first.
    #[schema(value_type = Option<f64>)]
    prev_day_revenue: Option<Exact>,
}

/// A week.
#[derive(Debug, Serialize, ToSchema)]
pub struct Weekly {
    /// Its Monday.
    #[schema(format = Date)]
    week_start: String,
    /// The year of the week, which may not be that of its days.
    iso_year: u64,
    /// 1 to 53.
    iso_week: u64,
    /// Its days between the first sale and the last.
    days: u64,
    #[serde(flatten)]
    common: Period,
    /// `total_revenue` of the week before; null in the first.
    #[schema(value_type = Option<f64>)]
    prev_week_revenue: Option<Exact>,
}

/// A month.
#[derive(Debug, Serialize, ToSchema)]
pub struct Monthly {
    /// The year.
    year: u64,
    /// 1 to 12.
    month: u64,
    /// Its days between the first sale and the last.
    days: u64,
    #[serde(flatten)]
    common: Period,
    /// `total_revenue` of the month before; null in the first.
    #[schema(value_type = Option<f64>)]
    prev_month_revenue: Option<Exact>,
    /// `total_revenue / days`.
    #[schema(value_type = Option<f64>)]
    revenue_per_day: Option<Exact>,
}

/// Which periods.
#[derive(Clone, Copy)]
enum Kind {
    Daily,
    Weekly,
    Monthly,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        match name {
            "daily" => Some(Self::Daily),
            "weekly" => Some(Self::Weekly),
            "monthly" => Some(Self::Monthly),
            _ => None,
        }
    }
}

fn exact(sum: Option<Total>) -> Option<Exact> {
    sum.map(Exact)
}

macro_rules! period {
    ($kind:literal, $period:expr, $row:expr) => {
        Period {
            period_type: $kind,
            period: $period,
            transaction_count: $row.measured.transaction_count,
            total_revenue: Exact($row.measured.total_revenue),
            avg_transaction_value: exact($row.measured.avg_transaction_value),
            revenue_growth_pct: exact($row.measured.revenue_growth_pct),
        }
    };
}

impl From<&OfDay> for Trend {
    fn from(row: &OfDay) -> Self {
        Self::Daily(Daily {
            date: row.date.clone(),
            common: period!("daily", row.date.clone(), row),
            revenue_7day_ma: exact(row.revenue_7day_ma),
            transactions_7day_ma: exact(row.transactions_7day_ma),
            prev_day_revenue: exact(row.prev_day_revenue),
        })
    }
}

impl From<&OfWeek> for Trend {
    fn from(row: &OfWeek) -> Self {
        Self::Weekly(Weekly {
            week_start: row.week_start.clone(),
            iso_year: row.iso_year,
            iso_week: row.iso_week,
            days: row.days,
            common: period!("weekly", row.period.to_string(), row),
            prev_week_revenue: exact(row.prev_week_revenue),
        })
    }
}

impl From<&OfMonth> for Trend {
    fn from(row: &OfMonth) -> Self {
        Self::Monthly(Monthly {
            year: row.year,
            month: row.month,
            days: row.days,
            common: period!("monthly", row.period.to_string(), row),
            prev_month_revenue: exact(row.prev_month_revenue),
            revenue_per_day: exact(row.revenue_per_day),
        })
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(super) struct Query {
    /// `daily`, `weekly` (ISO 8601) or `monthly`.
    #[param(pattern = "^(daily|weekly|monthly)$", default = "daily")]
    trend_type: Option<String>,
    /// So many of them, the newest.
    #[param(minimum = 1, maximum = 365, default = 30)]
    limit: Option<u32>,
}

/// Revenue by day, week or month
///
/// The first and the last week or month may be cut: `days` says how many of their days count.
/// X-Analysis-Run says which run found it, and X-Newer-Run, if it is there, that batch has run
/// since without this analysis.
#[utoipa::path(
    get, path = "/api/v1/trends/sales", tag = "sales",
    params(Query), security(("api_key" = [])),
    responses((status = 200, body = Trends), NoAnalysis, Refusal)
)]
pub async fn trends(
    Extension(shown): Seen<Kept>,
    mut params: Params,
) -> Result<(HeaderMap, Json<Trends>), Fail> {
    let kind = params.choice("trend_type", Kind::named, "daily, weekly, monthly");
    let most = params.number("limit", 1..=MOST, DEFAULT);
    params.end()?;
    let (found, kept) = results(&shown)?;
    let kind = kind.map_or(Kind::Daily, |(_, kind)| kind);
    let trends = match kind {
        Kind::Daily => newest(&kept.daily, most),
        Kind::Weekly => newest(&kept.weekly, most),
        Kind::Monthly => newest(&kept.monthly, most),
    };
    Ok((whose(found), Json(Trends { trends })))
}

/// The last rows, the newest first.
fn newest<'a, T>(rows: &'a [T], most: usize) -> Vec<Trend>
where
    Trend: From<&'a T>,
{
    rows.iter().rev().take(most).map(Trend::from).collect()
}
