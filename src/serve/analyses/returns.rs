//! What comes back, of the analysis `returns`.

use serde::Serialize;
use serde_json::{Value, json};

use super::best::Best;
use super::source::{Digest, Tables};
use crate::error::Result;
use crate::record::Total;
use crate::serve::figures::percent;
use crate::source::rows::{Kind, Rows};

/// Categories that are shown.
const CATEGORIES: usize = 200;
/// Products that are shown.
const PRODUCTS: usize = 20;
/// A rate of fewer sales says little.
const LEAST_SALES: u64 = 6;

/// What is kept of the returns.
#[derive(Debug)]
pub struct Returns {
    /// Those with the most value given back.
    categories: Vec<Row>,
    category_count: u64,
    by_rate: Vec<Row>,
    by_value: Vec<Row>,
    products: u64,
    /// Products of which something came back.
    returned_products: u64,
    total: Sum,
}

/// A product or a category.
#[derive(Debug, Clone, Serialize)]
struct Row {
    product: Option<Box<str>>,
    category: Option<Box<str>>,
    sales_count: u64,
    return_count: u64,
    return_rate_pct: Option<Total>,
    total_sales_revenue: Total,
    total_return_value: Total,
    net_revenue: Total,
    value_rate_pct: Option<Total>,
}

/// Of everything.
#[derive(Debug, Clone, Default, Serialize)]
struct Sum {
    sales_count: u64,
    return_count: u64,
    gross: Total,
    returned: Total,
    net: Total,
}

/// The columns of both tables, before that of the product.
const COLUMNS: [(&str, Kind); 8] = [
    ("category", Kind::MaybeText),
    ("sales_count", Kind::Count),
    ("return_count", Kind::Count),
    ("return_rate_pct", Kind::MaybeSum),
    ("total_sales_revenue", Kind::Sum),
    ("total_return_value", Kind::Sum),
    ("net_revenue", Kind::Sum),
    ("value_rate_pct", Kind::MaybeSum),
];

impl Digest for Returns {
    const NAME: &'static str = "returns";

    fn read(tables: &Tables<'_>) -> Result<Self> {
        let mut categories: Best<(i128, i128), Row> = Best::new(CATEGORIES);
        let mut total = Sum::default();
        let file = tables.open("categories")?;
        file.read(&COLUMNS, |rows| {
            for at in 0..rows.count() {
                total.sales_count += rows.number(1, at).unwrap_or_default();
                total.return_count += rows.number(2, at).unwrap_or_default();
                total.gross += rows.sum(4, at);
                total.returned += rows.sum(5, at);
                total.net += rows.sum(6, at);
                let place = (rows.sum(5, at).units(), rows.sum(4, at).units());
                categories.take(place, || row(rows, at, None));
            }
            Ok(())
        })?;
        let category_count = file.rows() as u64;
        let mut by_rate: Best<(Option<Total>, i128), Row> = Best::new(PRODUCTS);
        let mut by_value: Best<i128, Row> = Best::new(PRODUCTS);
        let mut returned_products = 0;
        let named = [&COLUMNS[..], &[("product_id", Kind::Text)]].concat();
        let file = tables.open("returns")?;
        file.read(&named, |rows| {
            for at in 0..rows.count() {
                if rows.number(2, at).unwrap_or_default() == 0 {
                    continue;
                }
                returned_products += 1;
                let value = rows.sum(5, at).units();
                let row = || row(rows, at, Some(rows.text(8, at).into()));
                by_value.take(value, row);
                if rows.number(1, at) >= Some(LEAST_SALES) {
                    by_rate.take((rows.maybe_sum(3, at), value), row);
                }
            }
            Ok(())
        })?;
        Ok(Self {
            categories: categories.into_vec(),
            category_count,
            by_rate: by_rate.into_vec(),
            by_value: by_value.into_vec(),
            products: file.rows() as u64,
            returned_products,
            total,
        })
    }

    fn page(&self) -> Value {
        let total = &self.total;
        let kept = i128::from(total.sales_count) - i128::from(total.return_count);
        let lines = |count| percent(count, total.sales_count.into());
        let money = |sum: Total| percent(sum.units(), total.gross.units());
        let step = |step, count: i128, amount: Total| {
            json!({
                "step": step,
                "count": i64::try_from(count).ok(),
                "count_share": lines(count),
                "amount": amount,
                "amount_share": money(amount),
            })
        };
        json!({
            "total": total,
            "return_rate": lines(total.return_count.into()),
            "value_rate": money(total.returned),
            "funnel": [
                step("sold", total.sales_count.into(), total.gross),
                step("kept", kept, total.net),
                step("returned", total.return_count.into(), total.returned),
            ],
            "categories": self.categories,
            "category_count": self.category_count,
            "by_rate": self.by_rate,
            "by_value": self.by_value,
            "least_sales": LEAST_SALES,
            "products": self.products,
            "returned_products": self.returned_products,
        })
    }
}

fn row(rows: &Rows, at: usize, product: Option<Box<str>>) -> Row {
    Row {
        product,
        category: rows.maybe_text(0, at).map(Into::into),
        sales_count: rows.number(1, at).unwrap_or_default(),
        return_count: rows.number(2, at).unwrap_or_default(),
        return_rate_pct: rows.maybe_sum(3, at),
        total_sales_revenue: rows.sum(4, at),
        total_return_value: rows.sum(5, at),
        net_revenue: rows.sum(6, at),
        value_rate_pct: rows.maybe_sum(7, at),
    }
}
