//! What is known of every row of [`Daily`] beyond its total: pieces and categories.

use std::path::Path;

use super::daily::Daily;
use crate::batch::stated;
use crate::error::{Error, Result};
use crate::record::{Day, Total};
use crate::signal::Stop;
use crate::store::Location;

/// Beside the rows of [`Daily`], in their order.
#[derive(Debug, Default)]
pub struct Lines {
    units: Vec<Option<Total>>,
    /// By the number of the product.
    categories: Vec<Option<Box<str>>>,
}

impl Lines {
    /// Reads the folder, whose rows must be those of `daily`.
    ///
    /// # Errors
    /// When it cannot be read, or has other rows.
    pub fn read(folder: &Path, daily: &Daily) -> Result<Self> {
        let mut lines = Self {
            categories: vec![None; daily.products()],
            ..Self::default()
        };
        let span = daily.span();
        let mut rows = span.into_iter().flat_map(|(a, b)| daily.lines(a, b));
        let other = || {
            let what = "has other rows than the CSV of totals; run retail batch again";
            Error::data(folder.display(), what)
        };
        let place = Location::from_path(folder)?;
        stated::products(&place, &Stop::never(), |_, row| {
            let line = rows.next().ok_or_else(other)?;
            if row.day != line.day || row.product != line.name || row.net != line.total.into() {
                return Err(other());
            }
            lines.units.push(row.units);
            let slot = &mut lines.categories[line.product as usize];
            if slot.is_none() {
                *slot = row.category.map(Into::into);
            }
            Ok(())
        })?;
        match rows.next() {
            Some(_) => Err(other()),
            None => Ok(lines),
        }
    }

    /// The category of a product, if the input tells.
    pub fn category(&self, product: u32) -> Option<&str> {
        self.categories[product as usize].as_deref()
    }

    /// Pieces by product from `from` to `to`, where the input tells.
    pub fn units(&self, daily: &Daily, from: Day, to: Day) -> Vec<Option<Total>> {
        let mut sums: Vec<Option<Total>> = vec![None; daily.products()];
        for row in daily.rows(from, to) {
            if let Some(units) = self.units[row] {
                *sums[daily.row(row).0 as usize].get_or_insert_default() += units;
            }
        }
        sums
    }
}
