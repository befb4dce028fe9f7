//! Sales by day and by one more thing: store, category, country, hour.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexSet;

use super::columns::{each_batch, text};
use crate::error::{Error, Result};
use crate::record::{Day, Total};

/// What rows are grouped by, beside the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Grouping {
    /// Nothing more.
    Day,
    /// The store.
    Store,
    /// The product's category.
    Category,
    /// The country.
    Country,
    /// The hour of the day.
    Hour,
    /// Category and country.
    CategoryCountry,
}

impl Grouping {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Day,
        Self::Store,
        Self::Category,
        Self::Country,
        Self::Hour,
        Self::CategoryCountry,
    ];

    /// As the files call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Store => "store",
            Self::Category => "category",
            Self::Country => "country",
            Self::Hour => "hour",
            Self::CategoryCountry => "category_country",
        }
    }
}

/// What a group amounts to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measures {
    /// Records that are sales.
    pub sales: u64,
    /// Records that are returns.
    pub returns: u64,
    /// Pieces sold less pieces returned, where the input tells quantities.
    pub units: Option<Total>,
    /// Σ of the sales.
    pub gross: Total,
    /// Σ of the returns, positive.
    pub returned: Total,
    /// Their difference.
    pub net: Total,
    /// The smallest sale.
    pub least: Option<Total>,
    /// The largest sale.
    pub most: Option<Total>,
}

impl Measures {
    /// Adds a group of other records.
    pub fn add(&mut self, other: &Self) {
        self.sales += other.sales;
        self.returns += other.returns;
        if let Some(units) = other.units {
            *self.units.get_or_insert_default() += units;
        }
        self.gross += other.gross;
        self.returned += other.returned;
        self.net += other.net;
        self.least = self.least.into_iter().chain(other.least).min();
        self.most = self.most.into_iter().chain(other.most).max();
    }

    /// Records that made revenue, either way.
    pub fn transactions(&self) -> u64 {
        self.sales + self.returns
    }
}

/// A group.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The day.
    pub day: Day,
    /// Store, city, category and country, as far as it is grouped by them.
    keys: [Option<u32>; 4],
    /// The hour, of [`Grouping::Hour`].
    pub hour: u8,
    /// What it amounts to.
    pub measures: Measures,
}

/// A key of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Key {
    /// The store.
    Store,
    /// The store's city.
    City,
    /// The category.
    Category,
    /// The country.
    Country,
}

/// The columns of the keys.
const KEYS: [&str; 4] = ["store", "store_city", "category", "country"];

/// All groups, each grouping in order of days.
#[derive(Debug, Default)]
pub struct Sales {
    names: IndexSet<Arc<str>>,
    cells: [Vec<Cell>; Grouping::ALL.len()],
}

impl Sales {
    /// Reads the folder.
    ///
    /// # Errors
    /// When its files cannot be read, or are of another shape.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut sales = Self::default();
        each_batch(folder, |columns| {
            let grouping = columns.text("grouping")?;
            let day = columns.days("order_date")?;
            let mut keys = Vec::new();
            for key in KEYS {
                keys.push(columns.text(key)?);
            }
            let hour = columns.small("hour")?;
            let (made, came_back) = (columns.counts("sales")?, columns.counts("returns")?);
            let mut amounts = Vec::new();
            for name in ["units", "gross", "returned", "net", "min_sale", "max_sale"] {
                amounts.push(columns.amounts(name)?);
            }
            for row in 0..columns.rows() {
                // A grouping that a later version adds is passed over.
                let known = |g: &Grouping| Some(g.name()) == text(grouping, row);
                let Some(place) = Grouping::ALL.iter().position(known) else {
                    continue;
                };
                let broken = || Error::data(folder.display(), "holds a row without a day");
                let amount = |i: usize| amounts[i](row);
                let mut found = [None; 4];
                for (slot, column) in found.iter_mut().zip(&keys) {
                    *slot = text(column, row).map(|name| sales.number(name));
                }
                let cell = Cell {
                    day: day(row).ok_or_else(broken)?,
                    keys: found,
                    hour: hour(row).and_then(|h| u8::try_from(h).ok()).unwrap_or(0),
                    measures: Measures {
                        sales: made(row),
                        returns: came_back(row),
                        units: amount(0),
                        gross: amount(1).unwrap_or_default(),
                        returned: amount(2).unwrap_or_default(),
                        net: amount(3).unwrap_or_default(),
                        least: amount(4),
                        most: amount(5),
                    },
                };
                sales.cells[place].push(cell);
            }
            Ok(())
        })?;
        for cells in &mut sales.cells {
            cells.sort_by_key(|cell| cell.day);
        }
        Ok(sales)
    }

    fn number(&mut self, name: &str) -> u32 {
        let number = match self.names.get_index_of(name) {
            Some(number) => number,
            None => self.names.insert_full(name.into()).0,
        };
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// Whether the input told what `grouping` is by.
    pub fn knows(&self, grouping: Grouping) -> bool {
        !self.cells[grouping as usize].is_empty()
    }

    /// The groups of `from` to `to`.
    pub fn cells(&self, grouping: Grouping, from: Day, to: Day) -> &[Cell] {
        let cells = &self.cells[grouping as usize];
        let first = cells.partition_point(|cell| cell.day < from);
        let end = cells.partition_point(|cell| cell.day <= to);
        &cells[first.min(end)..end]
    }

    /// A key of a cell; none if it is not grouped by it.
    pub fn key(&self, cell: &Cell, key: Key) -> Option<&str> {
        let number = cell.keys[key as usize]? as usize;
        self.names.get_index(number).map(|name| &**name)
    }

    /// What `from` to `to` amounts to.
    pub fn total(&self, from: Day, to: Day) -> Measures {
        let mut total = Measures::default();
        for cell in self.cells(Grouping::Day, from, to) {
            total.add(&cell.measures);
        }
        total
    }

    /// What `from` to `to` amounts to by a key, the largest revenue first, equal ones by name.
    pub fn by(&self, grouping: Grouping, key: Key, from: Day, to: Day) -> Vec<(&str, Measures)> {
        let mut groups: indexmap::IndexMap<&str, Measures> = indexmap::IndexMap::new();
        for cell in self.cells(grouping, from, to) {
            let name = self.key(cell, key).unwrap_or_default();
            groups.entry(name).or_default().add(&cell.measures);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by(|a, b| b.1.net.cmp(&a.1.net).then(a.0.cmp(b.0)));
        groups
    }
}
