//! `/api/v1/sales/metrics`: sales of each day by category and country.

use axum::http::Uri;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::paging::{Page, Paging};
use super::refusal::{NoResults, Refusal};
use super::{Found, results};
use crate::batch::breakdown::Grouping;
use crate::record::Day;
use crate::serve::answer::{Exact, Fail};
use crate::serve::batch::sales::Key;
use crate::serve::figures::mean;
use crate::serve::params::Params;

/// Sales of a day, in a category and a country.
#[derive(Debug, Serialize, ToSchema)]
pub struct Metric {
    /// The day's beginning, UTC.
    #[schema(format = DateTime)]
    window_start: String,
    /// The next day's, UTC.
    #[schema(format = DateTime)]
    window_end: String,
    /// The category; empty where a record does not tell, null where no input does.
    category: Option<String>,
    /// The country; likewise.
    country: Option<String>,
    /// Revenue: sales less returns.
    #[schema(value_type = f64)]
    total_amount: Exact,
    /// Sales and returns.
    transaction_count: u64,
    /// `total_amount / transaction_count`, to four decimals.
    #[schema(value_type = Option<f64>)]
    avg_transaction_value: Option<Exact>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(super) struct Query {
    /// The first day.
    #[param(format = Date)]
    start_date: Option<String>,
    /// The last day.
    #[param(format = Date)]
    end_date: Option<String>,
    /// This category only.
    category: Option<String>,
    /// This country only.
    country: Option<String>,
}

/// Sales of each day by category and country
///
/// The newest day first. Every sale is in one row. The header X-Total-Count says how many rows
/// there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/sales/metrics", tag = "sales",
    params(Query, Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<Metric>), NoResults, Refusal)
)]
pub async fn metrics(shown: Found, uri: Uri, mut params: Params) -> Result<Page<Metric>, Fail> {
    // No day lies between dates that cross: no error, as the description can tell of none.
    let (from, to) = (params.day("start_date"), params.day("end_date"));
    let (category, country) = (params.text("category"), params.text("country"));
    let paging = Paging::of(&mut params);
    params.end()?;
    let book = results(&shown)?;
    let rows = match &book.sales {
        None => Vec::new(),
        Some(sales) => {
            let finest = [
                Grouping::CategoryCountry,
                Grouping::Category,
                Grouping::Country,
            ];
            let known = finest.into_iter().find(|grouping| sales.knows(*grouping));
            let (first, last) = book.daily.span().unwrap_or((Day::EPOCH, Day::EPOCH));
            let groups = sales.groups(
                known.unwrap_or(Grouping::Day),
                from.unwrap_or(first),
                to.unwrap_or(last),
            );
            let wanted = |key, wanted: &Option<String>, group| match wanted {
                None => true,
                Some(wanted) => sales.key(group, key) == Some(wanted),
            };
            let groups = groups.iter().filter(|group| {
                wanted(Key::Category, &category, group) && wanted(Key::Country, &country, group)
            });
            let mut groups: Vec<_> = groups.collect();
            // The newest first; within a day as the file has them.
            groups.sort_by_key(|group| std::cmp::Reverse(group.day));
            groups
                .into_iter()
                .map(|group| {
                    let (net, count) = (group.cell.line.net(), group.cell.line.records());
                    let text = |key| sales.key(group, key).map(str::to_owned);
                    Metric {
                        window_start: midnight(Some(group.day)),
                        window_end: midnight(group.day.plus(1)),
                        category: text(Key::Category),
                        country: text(Key::Country),
                        total_amount: Exact(net),
                        transaction_count: count,
                        avg_transaction_value: mean(net, count).map(Exact),
                    }
                })
                .collect()
        }
    };
    Ok(paging.page(rows, &uri))
}

fn midnight(day: Option<Day>) -> String {
    day.map(|day| format!("{day}T00:00:00Z"))
        .unwrap_or_default()
}
