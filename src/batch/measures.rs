//! What is added up for a group of records.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::batch::entry::Entry;
use crate::record::{Money, Total};

/// What is kept for every group, in memory and on disk.
pub trait Value: Copy + Default {
    /// The form on disk, where small numbers are short.
    type Packed: Serialize + DeserializeOwned;

    /// Adds what another part of the same group came to.
    fn merge(&mut self, other: &Self);

    /// The value as it goes to disk.
    fn pack(&self) -> Self::Packed;

    /// The value as it was.
    fn unpack(packed: Self::Packed) -> Self;
}

impl Value for Total {
    type Packed = i128;

    fn merge(&mut self, other: &Self) {
        *self += *other;
    }

    fn pack(&self) -> i128 {
        self.units()
    }

    fn unpack(units: i128) -> Self {
        Self::from_units(units)
    }
}

/// A count of records or rows.
impl Value for u64 {
    type Packed = Self;

    fn merge(&mut self, other: &Self) {
        *self += other;
    }

    fn pack(&self) -> Self {
        *self
    }

    fn unpack(count: Self) -> Self {
        count
    }
}

/// Sales and returns of a product or of anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Σ of the sales.
    pub gross: Total,
    /// Σ of the returns, positive.
    pub returned: Total,
    /// Records that are sales.
    pub sales: u64,
    /// Records that are returns.
    pub returns: u64,
    /// [`UNTOLD`] until a record tells a quantity.
    units: i128,
}

/// Stands for a quantity that no record told, and saves a word in each of millions of groups.
const UNTOLD: i128 = i128::MIN;

impl Default for Line {
    fn default() -> Self {
        Self {
            gross: Total::ZERO,
            returned: Total::ZERO,
            sales: 0,
            returns: 0,
            units: UNTOLD,
        }
    }
}

impl Line {
    /// Figures as an output states them.
    pub fn stated(
        gross: Total,
        returned: Total,
        sales: u64,
        returns: u64,
        units: Option<Total>,
    ) -> Self {
        Self {
            gross,
            returned,
            sales,
            returns,
            units: units.map_or(UNTOLD, Total::units),
        }
    }

    /// Figures of which only Σ m(r) is known.
    pub fn of_net(net: Total) -> Self {
        Self::stated(net, Total::ZERO, 0, 0, None)
    }

    /// Adds a record.
    #[inline]
    pub fn add(&mut self, entry: &Entry<'_>) {
        if entry.is_return {
            self.returns += 1;
            self.returned -= entry.money;
        } else {
            self.sales += 1;
            self.gross += entry.money;
        }
        if let Some(units) = entry.units {
            self.add_units(i128::from(units.units()));
        }
    }

    #[inline]
    fn add_units(&mut self, units: i128) {
        let before = if self.units == UNTOLD { 0 } else { self.units };
        self.units = before + units;
    }

    /// Σ m(r).
    pub fn net(&self) -> Total {
        Total::from_units(self.gross.units() - self.returned.units())
    }

    /// Pieces sold less pieces returned; none where no record tells a quantity.
    pub fn units(&self) -> Option<Total> {
        (self.units != UNTOLD).then(|| Total::from_units(self.units))
    }

    /// The magnitude that none of the sums exceeds.
    pub fn reach(&self) -> Total {
        let units = self.units().map_or(0, |units| units.units().abs());
        let sums = self.gross.max(self.returned);
        sums.max(Total::from_units(units))
    }

    /// Sales and returns.
    pub fn records(&self) -> u64 {
        self.sales + self.returns
    }
}

impl Value for Line {
    type Packed = (i128, i128, Option<i128>, u64, u64);

    fn merge(&mut self, other: &Self) {
        self.gross += other.gross;
        self.returned += other.returned;
        self.sales += other.sales;
        self.returns += other.returns;
        if let Some(units) = other.units() {
            self.add_units(units.units());
        }
    }

    fn pack(&self) -> Self::Packed {
        (
            self.gross.units(),
            self.returned.units(),
            self.units().map(Total::units),
            self.sales,
            self.returns,
        )
    }

    fn unpack((gross, returned, units, sales, returns): Self::Packed) -> Self {
        let [gross, returned] = [gross, returned].map(Total::from_units);
        let units = units.map(Total::from_units);
        Self::stated(gross, returned, sales, returns, units)
    }
}

/// One cell of a breakdown: a day of a store, a category, an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Sums and counts.
    pub line: Line,
    /// Σ of the quantities' magnitudes; no sum of quantities in the cell is larger.
    pub moved: Total,
    /// The smallest and the largest single sale; none without a sale.
    pub span: Option<(Money, Money)>,
}

impl Cell {
    /// Adds a record.
    #[inline]
    pub fn add(&mut self, entry: &Entry<'_>) {
        self.line.add(entry);
        if let Some(units) = entry.units {
            self.moved += units.abs();
        }
        if !entry.is_return {
            self.stretch(entry.money, entry.money);
        }
    }

    fn stretch(&mut self, least: Money, most: Money) {
        self.span = Some(match self.span {
            Some((low, high)) => (low.min(least), high.max(most)),
            None => (least, most),
        });
    }

    /// The magnitude that no sum of the cell, nor of any part of it, exceeds.
    pub fn reach(&self) -> Total {
        self.line.reach().max(self.moved)
    }
}

impl Value for Cell {
    type Packed = (<Line as Value>::Packed, i128, Option<(i64, i64)>);

    fn merge(&mut self, other: &Self) {
        self.line.merge(&other.line);
        self.moved += other.moved;
        if let Some((least, most)) = other.span {
            self.stretch(least, most);
        }
    }

    fn pack(&self) -> Self::Packed {
        let span = self.span.map(|(least, most)| (least.units(), most.units()));
        (self.line.pack(), self.moved.units(), span)
    }

    fn unpack((line, moved, span): Self::Packed) -> Self {
        let money = |units| Money::from_units(units).unwrap_or_default();
        Self {
            line: Line::unpack(line),
            moved: Total::from_units(moved),
            span: span.map(|(least, most)| (money(least), money(most))),
        }
    }
}
