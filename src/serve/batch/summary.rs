//! `/api/daily`, field for field as the replaced dashboard answered.

use serde::Serialize;

use super::source::Book;
use crate::record::Day;
use crate::serve::answer::Exact;

/// Products that are ranked.
const TOP: usize = 10;
/// Rows that are shown.
const SAMPLE: usize = 50;

/// The answer.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    status: &'static str,
    daily: Vec<OfDay>,
    top_products: Vec<OfProduct<'a>>,
    sample: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct OfDay {
    order_date: String,
    total_amount: Exact,
}

#[derive(Debug, Serialize)]
struct OfProduct<'a> {
    product: &'a str,
    total_amount: Exact,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    order_date: String,
    product: &'a str,
    total_amount: Exact,
}

impl<'a> Summary<'a> {
    /// Of everything in `book`.
    pub fn of(book: &'a Book) -> Self {
        let daily = &book.daily;
        let (from, to) = daily.span().unwrap_or((Day::EPOCH, Day::EPOCH));
        let days = daily.days(from, to).iter().map(|(day, _)| OfDay {
            order_date: day.to_string(),
            total_amount: Exact(daily.revenue(*day, *day)),
        });
        let top = daily.ranking(from, to).into_iter().take(TOP);
        let newest = daily.newest(from, to, SAMPLE);
        Self {
            status: "ok",
            daily: days.collect(),
            top_products: top
                .map(|(product, total)| OfProduct {
                    product: daily.name(product),
                    total_amount: Exact(total),
                })
                .collect(),
            sample: newest
                .into_iter()
                .map(|line| Row {
                    order_date: line.day.to_string(),
                    product: line.name,
                    total_amount: line.total.into(),
                })
                .collect(),
        }
    }
}
