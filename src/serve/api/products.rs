//! `/api/v1/products/performance`: how each product did in the last 30 days.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use serde::{Serialize, Serializer};
use utoipa::{IntoParams, ToSchema};

use super::paging::{Page, Paging};
use super::refusal::{NoResults, Refusal};
use super::{Found, results, today};
use crate::record::Day;
use crate::record::Total;
use crate::serve::answer::{Exact, Fail, raw};
use crate::serve::batch::source::Book;
use crate::serve::figures::divided;
use crate::serve::params::Params;
use crate::serve::site::Site;

/// Days that are looked back over, with today.
const DAYS: i32 = 30;
/// Units of money, and of pieces, in one.
const ONE: i128 = 10_000;

/// A product's last 30 days.
#[derive(Debug, Serialize, ToSchema)]
pub struct Performance {
    /// What the records call it.
    product_id: String,
    /// The same: sales tell one name of a product.
    product_name: String,
    /// Its category; null where no input tells.
    category: Option<String>,
    /// Pieces sold less pieces returned; null where the input tells no quantities.
    #[schema(value_type = Option<f64>)]
    units_sold: Option<Exact>,
    /// Revenue: sales less returns.
    #[schema(value_type = f64)]
    total_revenue: Exact,
    /// `total_revenue / units_sold`, to four decimals.
    #[schema(value_type = Option<f64>)]
    avg_price: Option<Exact>,
    /// `total_revenue / 1000 + units_sold / 10`.
    #[schema(value_type = f64)]
    performance_score: Score,
    /// Its place by revenue among the products of its category.
    rank_in_category: usize,
}

/// A score in units of 1/10,000,000, which hold it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score(i128);

impl Score {
    fn of(revenue: Total, units: Option<Total>) -> Self {
        let units = units.map_or(0, Total::units);
        Self(revenue.units() + units * 100)
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let one = 1000 * ONE as u128;
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let text = format!("{sign}{}.{:07}", size / one, size % one);
        let text = text.trim_end_matches('0');
        let text = match text.ends_with('.') {
            true => format!("{text}0"),
            false => text.to_owned(),
        };
        raw(text, serializer)
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(super) struct Query {
    /// This category only.
    category: Option<String>,
    /// `total_revenue`, `units_sold` or `performance_score`; any other name is the first.
    #[param(default = "total_revenue")]
    sort_by: Option<String>,
}

/// How each product did in the last 30 days
///
/// Products without a sale in these days are left out. The header X-Total-Count says how many
/// rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/products/performance", tag = "products",
    params(Query, Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<Performance>), NoResults, Refusal)
)]
pub async fn performance(
    State(site): State<Arc<Site>>,
    shown: Found,
    uri: Uri,
    mut params: Params,
) -> Result<Page<Performance>, Fail> {
    let category = params.text("category");
    let sort_by = params.text("sort_by");
    let paging = Paging::of(&mut params);
    params.end()?;
    let book = results(&shown)?;
    let to = today(&site, book);
    let from = to.plus(1 - DAYS).unwrap_or(to);
    let mut rows = ranked(book, from, to);
    if let Some(category) = category {
        rows.retain(|row| row.category.as_ref() == Some(&category));
    }
    // Stable: equal ones stay in the order of their revenue.
    match sort_by.as_deref() {
        Some("units_sold") => rows.sort_by_key(|row| Reverse(row.units_sold)),
        Some("performance_score") => {
            rows.sort_by_key(|row| Reverse(row.performance_score));
        }
        _ => {}
    }
    Ok(paging.page(rows, &uri))
}

/// All products, the largest revenue first.
fn ranked(book: &Book, from: Day, to: Day) -> Vec<Performance> {
    let lines = book.lines.as_ref();
    let units = lines.map(|lines| lines.units(&book.daily, from, to));
    let mut ranks: HashMap<Option<&str>, usize> = HashMap::new();
    let ranking = book.daily.ranking(from, to).into_iter();
    ranking
        .map(|(product, revenue)| {
            let category = lines.and_then(|lines| lines.category(product));
            let units = units.as_ref().and_then(|units| units[product as usize]);
            let rank = ranks.entry(category).or_default();
            *rank += 1;
            let name = book.daily.name(product);
            let price = units.filter(|units| units.units() > 0);
            let price = price.and_then(|units| divided(revenue.units() * ONE, units.units()));
            Performance {
                product_id: name.to_owned(),
                product_name: name.to_owned(),
                category: category.map(str::to_owned),
                units_sold: units.map(Exact),
                total_revenue: Exact(revenue),
                avg_price: price.map(|price| Exact(Total::from_units(price))),
                performance_score: Score::of(revenue, units),
                rank_in_category: *rank,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_exact() {
        let money = |text| Total::parse(text).unwrap();
        for (revenue, units, expected) in [
            ("1234.56", Some("78"), "9.03456"),
            ("0.0001", Some("0.0001"), "0.0000101"),
            ("-1000.00", None, "-1.0"),
            ("0.00", Some("0"), "0.0"),
        ] {
            let score = Score::of(money(revenue), units.map(money));
            assert_eq!(serde_json::to_string(&score).unwrap(), expected);
        }
    }
}
