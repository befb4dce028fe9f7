//! Everything that is added up in one pass over the input: by product, and by what breaks the
//! sales down.

use std::path::Path;

use crate::batch::cells::Cells;
use crate::batch::entry::Entry;
use crate::batch::measures::{Cell, Line};
use crate::batch::products::product_key;
use crate::batch::run::Run;
use crate::batch::runs::Sums;
use crate::error::Result;

/// What the tables by product of all threads may take before they go to disk.
const PRODUCTS_IN_MEMORY: usize = 48 << 20;
/// What each of the other tables of all threads may take.
const CELLS_IN_MEMORY: usize = 8 << 20;

/// The tables of one thread.
pub struct Tables {
    products: Sums<Line>,
    categories: Cells,
    stores: Cells,
    plain: Cells,
    hours: Cells,
    key: Vec<u8>,
}

/// What one or all threads have added up, sorted. Texts are joined by [`crate::batch::key::join`].
#[derive(Default)]
pub struct TableRuns {
    /// By day and product, with the category where a record tells one.
    pub products: Vec<Run<Line>>,
    /// By day, category and country, where a record tells either.
    pub categories: Vec<Run<Cell>>,
    /// The same records by day, store and city.
    pub stores: Vec<Run<Cell>>,
    /// The other records by day, store and city: many inputs tell no more, and one cell a record
    /// is cheaper than two.
    pub plain: Vec<Run<Cell>>,
    /// By day and hour, one byte and no second text; of the records that tell a clock time.
    pub hours: Vec<Run<Cell>>,
}

impl Tables {
    /// Empty tables of one of so many threads; they go to `dir` when they grow.
    pub fn new(threads: usize, dir: &Path) -> Self {
        Self::of_size(PRODUCTS_IN_MEMORY / threads, CELLS_IN_MEMORY / threads, dir)
    }

    /// Tables that take so many bytes, that by product and each of the others.
    fn of_size(products: usize, cells: usize, dir: &Path) -> Self {
        Self {
            products: Sums::new(products, dir),
            categories: Cells::new(cells, dir),
            stores: Cells::new(cells, dir),
            plain: Cells::new(cells, dir),
            hours: Cells::new(cells, dir),
            key: Vec::new(),
        }
    }

    /// Adds a record.
    #[inline]
    pub fn add(&mut self, entry: &Entry<'_>) {
        let (day, key) = (entry.day, &mut self.key);
        if entry.category.is_empty() {
            self.products.value(day, entry.product).add(entry);
        } else {
            product_key(key, entry.product, entry.category);
            self.products.value(day, key).add(entry);
        }
        let (store, city) = (entry.store, entry.store_city);
        if entry.category.is_empty() && entry.country.is_empty() {
            self.plain.cell(day, store, city).add(entry);
        } else {
            self.stores.cell(day, store, city).add(entry);
            let cell = self.categories.cell(day, entry.category, entry.country);
            cell.add(entry);
        }
        if let Some(hour) = entry.hour {
            self.hours.cell(day, &[hour], b"").add(entry);
        }
    }

    /// Moves tables to disk that have outgrown their memory; to be called now and then.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn fit(&mut self) -> Result<()> {
        self.products.fit()?;
        self.categories.fit()?;
        self.stores.fit()?;
        self.plain.fit()?;
        self.hours.fit()
    }

    /// Moves the large table to disk, because its memory is needed for something else.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn spill(&mut self) -> Result<()> {
        self.products.spill()
    }

    /// What was added up.
    pub fn into_runs(self) -> TableRuns {
        TableRuns {
            products: self.products.into_runs(),
            categories: self.categories.into_runs(),
            stores: self.stores.into_runs(),
            plain: self.plain.into_runs(),
            hours: self.hours.into_runs(),
        }
    }
}

impl TableRuns {
    /// Adds what another thread has added up.
    pub fn extend(&mut self, other: Self) {
        self.products.extend(other.products);
        self.categories.extend(other.categories);
        self.stores.extend(other.stores);
        self.plain.extend(other.plain);
        self.hours.extend(other.hours);
    }
}

#[cfg(test)]
mod tests;
