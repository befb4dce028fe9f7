//! Stores beside each other, of the analysis `store_performance`.

use serde::Serialize;
use serde_json::{Value, json};

use super::best::Best;
use super::source::{Digest, Tables};
use crate::error::Result;
use crate::record::Total;
use crate::source::rows::Kind;

/// Stores that are shown.
const SHOWN: usize = 500;

/// What is kept of the stores.
#[derive(Debug)]
pub struct Stores {
    /// Those with the largest revenue, the largest first.
    stores: Vec<Store>,
    count: u64,
    total: Sum,
}

#[derive(Debug, Clone, Serialize)]
struct Store {
    store_id: Box<str>,
    store_name: Option<Box<str>>,
    store_region: Option<Box<str>>,
    store_size: Option<u64>,
    total_revenue: Total,
    total_transactions: Option<u64>,
    unique_customers: Option<u64>,
    total_quantity_sold: Option<Total>,
    avg_transaction_value: Option<Total>,
    revenue_per_customer: Option<Total>,
    revenue_per_sqft: Option<Total>,
    revenue_rank: Option<u64>,
    efficiency_rank: Option<u64>,
    overall_score: Option<Total>,
    gross_revenue: Option<Total>,
    returned_value: Option<Total>,
}

/// Of all stores, also those that are not shown.
#[derive(Debug, Clone, Default, Serialize)]
struct Sum {
    revenue: Total,
    transactions: u64,
    /// Of the stores whose size is known.
    sized: u64,
    sized_revenue: Total,
    square_feet: u64,
}

const COLUMNS: [(&str, Kind); 16] = [
    ("store_id", Kind::Text),
    ("store_name", Kind::MaybeText),
    ("store_region", Kind::MaybeText),
    ("store_size", Kind::MaybeCount),
    ("total_revenue", Kind::Sum),
    ("total_transactions", Kind::MaybeCount),
    ("unique_customers", Kind::MaybeCount),
    ("total_quantity_sold", Kind::MaybeSum),
    ("avg_transaction_value", Kind::MaybeSum),
    ("revenue_per_customer", Kind::MaybeSum),
    ("revenue_per_sqft", Kind::MaybeSum),
    ("revenue_rank", Kind::MaybeCount),
    ("efficiency_rank", Kind::MaybeCount),
    ("overall_score", Kind::MaybeSum),
    ("gross_revenue", Kind::MaybeSum),
    ("returned_value", Kind::MaybeSum),
];

impl Digest for Stores {
    const NAME: &'static str = "store_performance";

    fn read(tables: &Tables<'_>) -> Result<Self> {
        let file = tables.open(Self::NAME)?;
        let mut first: Best<i128, Store> = Best::new(SHOWN);
        let mut total = Sum::default();
        file.read(&COLUMNS, |rows| {
            for at in 0..rows.count() {
                let net = rows.sum(4, at);
                total.revenue += net;
                total.transactions += rows.maybe_number(5, at).unwrap_or_default();
                if rows.maybe_sum(10, at).is_some() {
                    total.sized += 1;
                    total.sized_revenue += net;
                    total.square_feet += rows.maybe_number(3, at).unwrap_or_default();
                }
                let text = |column| rows.maybe_text(column, at).map(Into::into);
                first.take(net.units(), || Store {
                    store_id: rows.text(0, at).into(),
                    store_name: text(1),
                    store_region: text(2),
                    store_size: rows.maybe_number(3, at),
                    total_revenue: net,
                    total_transactions: rows.maybe_number(5, at),
                    unique_customers: rows.maybe_number(6, at),
                    total_quantity_sold: rows.maybe_sum(7, at),
                    avg_transaction_value: rows.maybe_sum(8, at),
                    revenue_per_customer: rows.maybe_sum(9, at),
                    revenue_per_sqft: rows.maybe_sum(10, at),
                    revenue_rank: rows.maybe_number(11, at),
                    efficiency_rank: rows.maybe_number(12, at),
                    overall_score: rows.maybe_sum(13, at),
                    gross_revenue: rows.maybe_sum(14, at),
                    returned_value: rows.maybe_sum(15, at),
                });
            }
            Ok(())
        })?;
        Ok(Self {
            stores: first.into_vec(),
            count: file.rows() as u64,
            total,
        })
    }

    fn page(&self) -> Value {
        let mean = |sum: Total, count| crate::serve::figures::mean(sum, count);
        json!({
            "stores": self.stores,
            "store_count": self.count,
            "total": self.total,
            "avg_transaction_value": mean(self.total.revenue, self.total.transactions),
            "revenue_per_sqft": mean(self.total.sized_revenue, self.total.square_feet),
        })
    }
}
