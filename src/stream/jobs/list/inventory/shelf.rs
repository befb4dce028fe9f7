//! The stock of a product in a shop, and what is remembered of it.

use serde::{Deserialize, Serialize};

use super::metrics::Observed;
use super::panes::Panes;
use super::turnover::Turned;
use crate::record::Money;
use crate::stream::jobs::row::Cell;

/// So much is never in stock: 10^14 pieces, in units of 1/10,000.
const LIMIT: i64 = 1_000_000_000_000_000_000;

/// What changes a stock; of equal times a level comes last, as it already counts the sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Change {
    /// Pieces that were sold; below zero those that came back.
    Sold(i64),
    /// Pieces that came in.
    Came(i64),
    /// Pieces that are there, the most that should be, and where stock is ordered anew.
    Level(i64, Option<i64>, Option<i64>),
}

/// What is remembered of a stock; pieces in units of 1/10,000.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Shelf {
    /// Pieces; none before anything tells how many.
    pub stock: Option<i64>,
    maximum: Option<i64>,
    reorder: Option<i64>,
    /// The last event.
    pub last: i64,
    /// What has been told of it.
    pub told: super::alerts::Told,
    /// Windows of `inventory_metrics`.
    pub metrics: Panes<Observed>,
    /// Windows of `inventory_turnover`.
    pub turnover: Panes<Turned>,
}

/// A known stock and its bounds, in units of 1/10,000 pieces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Pieces; below zero if more was sold than was known to be there.
    pub stock: i64,
    /// Where stock is ordered anew.
    pub reorder: i64,
    /// The most that should be in stock.
    pub maximum: i64,
}

/// Bounds where no event tells them, and what is in stock then.
#[derive(Debug, Clone, Copy)]
pub struct Defaults {
    /// Pieces before the first event; none: unknown until a level is told.
    pub initial: Option<Money>,
    /// Where stock is ordered anew.
    pub reorder: Money,
    /// The most that should be in stock.
    pub maximum: Money,
}

impl Shelf {
    /// Takes a change up. Gives the stock before it, if that was known, whether or not it is now.
    pub fn change(&mut self, change: &Change, defaults: &Defaults) -> Option<i64> {
        let less = |stock: i64, sold: i64| stock.saturating_sub(sold).clamp(1 - LIMIT, LIMIT - 1);
        let begun = self.stock.or(defaults.initial.map(Money::units));
        match *change {
            Change::Level(stock, maximum, reorder) => {
                self.maximum = maximum.or(self.maximum);
                self.reorder = reorder.or(self.reorder);
                self.stock.replace(stock)
            }
            Change::Sold(sold) => {
                self.stock = begun.map(|stock| less(stock, sold));
                begun
            }
            Change::Came(came) => {
                self.stock = begun.map(|stock| less(stock, -came));
                begun
            }
        }
    }

    /// The stock, if it is known.
    pub fn level(&self, defaults: &Defaults) -> Option<Level> {
        self.stock.map(|stock| Level {
            stock,
            reorder: self.reorder.unwrap_or(defaults.reorder.units()),
            maximum: self.maximum.unwrap_or(defaults.maximum.units()),
        })
    }
}

impl Level {
    /// What it is called: `OUT_OF_STOCK`, `LOW_STOCK` or `IN_STOCK`.
    pub fn status(&self) -> Status {
        if self.stock <= 0 {
            Status::Out
        } else if self.stock <= self.reorder {
            Status::Low
        } else {
            Status::In
        }
    }

    /// Its share of the most that should be there, in percent.
    pub fn percentage(&self) -> Cell {
        match self.maximum > 0 {
            true => percent(self.stock as f64, self.maximum as f64),
            false => Cell::Null,
        }
    }
}

/// How a stock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// More than where it is ordered anew.
    In,
    /// No more than that.
    Low,
    /// Nothing.
    Out,
}

impl Status {
    /// All, the best first.
    pub const ALL: [Self; 3] = [Self::In, Self::Low, Self::Out];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::In => "IN_STOCK",
            Self::Low => "LOW_STOCK",
            Self::Out => "OUT_OF_STOCK",
        }
    }
}

/// A part in percent, to four decimals.
pub fn percent(part: f64, whole: f64) -> Cell {
    Cell::Float((part / whole * 1e6).round() / 1e4)
}
