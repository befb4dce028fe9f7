//! Sums by product that know which of them changed since the last commit.

use std::ops::Sub;

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use crate::record::Money;

/// Sum and number of contributions of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Units of 1/10,000.
    pub sum: i128,
    /// How many records there are: a window without any has no row, one of sum zero has.
    pub count: u64,
}

impl Sub for Cell {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            sum: self.sum - other.sum,
            count: self.count.saturating_sub(other.count),
        }
    }
}

/// Sums by product.
#[derive(Debug, Default)]
pub struct Cells {
    cells: IndexMap<Box<[u8]>, (Cell, bool), FixedState>,
    /// Positions of the cells that changed since [`Cells::settle`].
    changed: Vec<usize>,
}

impl Cells {
    /// Adds one record.
    #[inline]
    pub fn add(&mut self, product: &[u8], money: Money) {
        let more = Cell {
            sum: i128::from(money.units()),
            count: 1,
        };
        self.add_cell(product, more);
    }

    #[inline]
    fn add_cell(&mut self, product: &[u8], more: Cell) {
        if let Some((at, _, (cell, changed))) = self.cells.get_full_mut(product) {
            cell.sum += more.sum;
            cell.count += more.count;
            if !*changed {
                *changed = true;
                self.changed.push(at);
            }
            return;
        }
        let (at, _) = self.cells.insert_full(product.into(), (more, true));
        self.changed.push(at);
    }

    /// Puts a saved sum in place of what is there.
    pub fn put(&mut self, product: &[u8], cell: Cell) {
        self.cells.insert(product.into(), (cell, false));
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (product, cell) in other.iter() {
            self.add_cell(product, *cell);
        }
    }

    /// Takes all of `other` away; products without records go.
    pub fn subtract(&mut self, other: &Self) {
        for (product, less) in other.iter() {
            if let Some((cell, _)) = self.cells.get_mut(product) {
                *cell = *cell - *less;
                if cell.count == 0 {
                    self.cells.swap_remove(product);
                }
            }
        }
        // Positions have moved; such sums are never saved.
        self.changed.clear();
    }

    /// The sum of a product.
    pub fn get(&self, product: &[u8]) -> Cell {
        self.cells
            .get(product)
            .map(|(cell, _)| *cell)
            .unwrap_or_default()
    }

    /// Whether there is no product.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Every product.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Cell)> {
        self.cells
            .iter()
            .map(|(product, (cell, _))| (&**product, cell))
    }

    /// Those that changed since the last [`Cells::settle`].
    pub fn changed(&self) -> impl Iterator<Item = (&[u8], &Cell)> {
        let cells = self
            .changed
            .iter()
            .filter_map(|at| self.cells.get_index(*at));
        cells.map(|(product, (cell, _))| (&**product, cell))
    }

    /// Whether any changed.
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// From now on nothing counts as changed.
    pub fn settle(&mut self) {
        for at in self.changed.drain(..) {
            if let Some((_, (_, changed))) = self.cells.get_index_mut(at) {
                *changed = false;
            }
        }
    }
}
