//! `inventory_turnover`: how stocks moved and what was sold in a window.

use serde::{Deserialize, Serialize};

use super::panes::Sum;
use super::shelf::{Change, Level, Status, percent};
use crate::stream::jobs::key;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::spec::{Column, Type, column};

/// The columns.
pub const COLUMNS: &[Column] = &[
    column("store_id", Type::Text),
    column("product_id", Type::Text),
    column("avg_stock_level", Type::Quantity),
    column("stock_volatility", Type::Float),
    column("stock_updates", Type::Int),
    column("low_stock_percentage", Type::Float),
    column("units_sold", Type::Quantity),
    column("turnover", Type::Float),
    column("window_start", Type::Time),
    column("window_end", Type::Time),
];

/// Stocks after the events of some time, and what was sold in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned {
    count: i64,
    /// Σ and Σ of squares, in units of 1/10,000.
    sum: i128,
    squares: i128,
    /// How many were at the reorder point or below.
    low: i64,
    /// Less what came back.
    sold: i128,
}

impl Turned {
    /// A stock and the change that made it.
    pub fn of(change: &Change, level: &Level) -> Self {
        let stock = i128::from(level.stock);
        let sold = match change {
            Change::Sold(pieces) => i128::from(*pieces),
            Change::Came(_) | Change::Level(..) => 0,
        };
        Self {
            count: 1,
            sum: stock,
            squares: stock * stock,
            low: i64::from(level.status() != Status::In),
            sold,
        }
    }

    /// A sale that no stock was taken for.
    pub fn sold(pieces: i64) -> Self {
        Self {
            sold: pieces.into(),
            ..Self::default()
        }
    }

    /// The row of a window.
    pub fn row(&self, key: &[u8], (start, end): (i64, i64)) -> Row {
        let [store, product] = key::split(key);
        let count = i128::from(self.count);
        // Sold against the mean: sold / (sum / count).
        let turnover = match self.sum > 0 {
            true => Cell::Float(self.sold as f64 * self.count as f64 / self.sum as f64),
            false => Cell::Null,
        };
        vec![
            Cell::some_text(store),
            Cell::text(product),
            Cell::mean(self.sum, count),
            self.deviation().map_or(Cell::Null, Cell::Float),
            Cell::Int(self.count),
            match self.count {
                0 => Cell::Null,
                count => percent(self.low as f64, count as f64),
            },
            Cell::Decimal(self.sold),
            turnover,
            Cell::Time(start),
            Cell::Time(end),
        ]
    }

    /// The sample deviation of the stocks; none of fewer than two, nor beyond 128 bits.
    fn deviation(&self) -> Option<f64> {
        let count = i128::from(self.count);
        let spread = count.checked_mul(self.squares)?;
        let spread = spread.checked_sub(self.sum.checked_mul(self.sum)?)?;
        let degrees = count.checked_mul(count - 1).filter(|d| *d > 0)?;
        Some((spread as f64 / degrees as f64).sqrt() / 1e4)
    }
}

impl Sum for Turned {
    fn then(&mut self, later: &Self) {
        self.count += later.count;
        self.sum += later.sum;
        self.squares = self.squares.saturating_add(later.squares);
        self.low += later.low;
        self.sold += later.sold;
    }
}
