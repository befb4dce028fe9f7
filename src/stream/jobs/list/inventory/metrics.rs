//! `inventory_metrics`: stocks as they were observed in a window.

use serde::{Deserialize, Serialize};

use super::panes::Sum;
use super::shelf::Level;
use crate::stream::jobs::key;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::spec::{Column, Type, column};

/// The columns.
pub const COLUMNS: &[Column] = &[
    column("store_id", Type::Text),
    column("product_id", Type::Text),
    column("latest_stock", Type::Quantity),
    column("min_observed_stock", Type::Quantity),
    column("max_observed_stock", Type::Quantity),
    column("update_count", Type::Int),
    column("reorder_level", Type::Quantity),
    column("max_stock", Type::Quantity),
    column("stock_status", Type::Text),
    column("stock_percentage", Type::Float),
    column("window_start", Type::Time),
    column("window_end", Type::Time),
];

/// Stocks after the events of some time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    count: u64,
    latest: Level,
    least: i64,
    most: i64,
}

impl Observed {
    /// One stock.
    pub fn one(level: Level) -> Self {
        Self {
            count: 1,
            latest: level,
            least: level.stock,
            most: level.stock,
        }
    }

    /// The row of a window.
    pub fn row(&self, key: &[u8], (start, end): (i64, i64)) -> Row {
        let [store, product] = key::split(key);
        vec![
            Cell::some_text(store),
            Cell::text(product),
            Cell::decimal(self.latest.stock),
            Cell::decimal(self.least),
            Cell::decimal(self.most),
            Cell::Int(self.count.cast_signed()),
            Cell::decimal(self.latest.reorder),
            Cell::decimal(self.latest.maximum),
            Cell::Text(self.latest.status().name().into()),
            self.latest.percentage(),
            Cell::Time(start),
            Cell::Time(end),
        ]
    }
}

impl Sum for Observed {
    fn then(&mut self, later: &Self) {
        if self.count == 0 {
            self.clone_from(later);
        } else if later.count > 0 {
            self.count += later.count;
            self.latest = later.latest;
            self.least = self.least.min(later.least);
            self.most = self.most.max(later.most);
        }
    }
}
