//! Orders by how they came in and from where: totals that the newest replace.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::table::Digest;
use super::values::Amount;
use super::view::Job;
use crate::source::rows::{Kind, Rows};

/// Rows are kept up to this number: sources and states are few.
const KEPT: usize = 10_000;

/// Orders of one source and state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OrderTotal {
    /// How they came in.
    #[schema(value_type = Option<String>)]
    pub source: Option<Box<str>>,
    /// Where the customers live.
    #[schema(value_type = Option<String>)]
    pub state: Option<Box<str>>,
    /// How many there are.
    pub order_count: u64,
    /// Pieces.
    #[schema(value_type = Option<f64>)]
    pub total_quantity: Option<Amount>,
    /// Money.
    #[schema(value_type = f64)]
    pub total_sum_amount: Amount,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    rows: Vec<OrderTotal>,
}

impl Digest for Orders {
    const COLUMNS: &'static [(&'static str, Kind)] = &[
        ("source", Kind::MaybeText),
        ("state", Kind::MaybeText),
        ("order_count", Kind::Count),
        ("total_quantity", Kind::MaybeSum),
        ("total_sum_amount", Kind::Sum),
    ];

    fn take(&mut self, rows: &Rows) {
        for row in 0..rows.count().min(KEPT - self.rows.len()) {
            self.rows.push(OrderTotal {
                source: rows.maybe_text(0, row).map(Box::from),
                state: rows.maybe_text(1, row).map(Box::from),
                order_count: rows.number(2, row).unwrap_or_default(),
                total_quantity: rows.maybe_sum(3, row).map(Amount),
                total_sum_amount: Amount(rows.sum(4, row)),
            });
        }
    }
}

impl Orders {
    /// The totals as the job has them now, else those of the file; the largest first.
    pub fn told(&self, job: Option<&Job>) -> Vec<OrderTotal> {
        let now = job.filter(|job| job.view.get("totals").is_some());
        let mut rows: Vec<OrderTotal> = match now {
            Some(job) => job.rows("totals").take(KEPT).collect(),
            None => self.rows.clone(),
        };
        rows.sort_by(|a, b| {
            let by_amount = b.total_sum_amount.cmp(&a.total_sum_amount);
            by_amount.then_with(|| (&a.source, &a.state).cmp(&(&b.source, &b.state)))
        });
        rows
    }
}
