//! The sales by day, and by day and store, category, country and hour.

use std::collections::BTreeMap;
use std::path::Path;

use crate::batch::key;
use crate::batch::measures::{Cell, Value};
use crate::batch::merge::Merge;
use crate::batch::runs::Sums;
use crate::batch::tables::TableRuns;
use crate::error::Result;
use crate::record::{Field, Total};

/// What the cells of one grouping may take in memory before they go to disk.
const CELLS_IN_MEMORY: usize = 8 << 20;

/// What days are broken down by, in the order of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grouping {
    /// Nothing: all sales of the day.
    Day,
    /// Store and its city.
    Store,
    /// Category.
    Category,
    /// Country.
    Country,
    /// UTC hour of the records that tell a clock time.
    Hour,
    /// Category and country.
    CategoryCountry,
}

impl Grouping {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Day,
        Self::Store,
        Self::Category,
        Self::Country,
        Self::Hour,
        Self::CategoryCountry,
    ];

    /// Its name in the output.
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

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// Which columns the input has, of those that break sales down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Columns {
    /// Stores.
    pub store: bool,
    /// Cities of the stores.
    pub store_city: bool,
    /// Categories.
    pub category: bool,
    /// Countries.
    pub country: bool,
}

impl Columns {
    /// Those of a mapping: a column counts that some source has.
    pub fn of(mapping: &BTreeMap<String, String>) -> Self {
        let has = |field: Field| mapping.contains_key(field.name());
        Self {
            store: has(Field::StoreId),
            store_city: has(Field::StoreCity),
            category: has(Field::Category),
            country: has(Field::Country),
        }
    }
}

/// The hour in the key of a cell of [`Grouping::Hour`].
pub fn hour(key: &[u8]) -> Option<u8> {
    let [hour, _] = key::split(key);
    hour.first().copied()
}

/// The cells of every grouping that the input allows. A cell's key is empty for
/// [`Grouping::Day`], two texts joined by [`key::join`] for [`Grouping::Store`] and
/// [`Grouping::CategoryCountry`], for [`Grouping::Hour`] what [`hour`] reads, else a text.
pub struct Breakdown {
    /// The groupings in order, each with its cells in order of day and key.
    pub groupings: Vec<(Grouping, Merge<Cell>)>,
    /// No sum of any cell is larger.
    pub reach: Total,
}

impl Breakdown {
    /// Sorts the cells of all threads into groupings, and takes them from `runs`.
    ///
    /// # Errors
    /// When spills fail.
    pub fn of(runs: &mut TableRuns, columns: Columns, dir: &Path) -> Result<Self> {
        sort_plain(runs, dir)?;
        let [mut day, mut category, mut country, mut both] =
            [(); 4].map(|()| Sums::<Cell>::new(CELLS_IN_MEMORY, dir));
        let mut cells = Merge::new(std::mem::take(&mut runs.categories))?;
        let mut reach = Total::ZERO;
        let mut today = None;
        while let Some(cell) = cells.next_group()? {
            if today != Some(cell.day) {
                // Between days, so that a sum is that of the whole day.
                day.fit()?;
                today = Some(cell.day);
            }
            let value = &cell.value;
            let sum = day.value(cell.day, b"");
            sum.merge(value);
            reach = reach.max(sum.reach());
            let [in_category, in_country] = key::split(&cell.key);
            if columns.category {
                category.value(cell.day, &in_category).merge(value);
                category.fit()?;
            }
            if columns.country {
                country.value(cell.day, &in_country).merge(value);
                country.fit()?;
            }
            if columns.category && columns.country {
                both.value(cell.day, &cell.key).merge(value);
                both.fit()?;
            }
        }
        let hours = Merge::new(std::mem::take(&mut runs.hours))?;
        let stores = std::mem::take(&mut runs.stores);
        let mut groupings = vec![(Grouping::Day, Merge::new(day.into_runs())?)];
        if columns.store {
            groupings.push((Grouping::Store, Merge::new(stores)?));
        }
        if columns.category {
            groupings.push((Grouping::Category, Merge::new(category.into_runs())?));
        }
        if columns.country {
            groupings.push((Grouping::Country, Merge::new(country.into_runs())?));
        }
        if !hours.is_at_end() {
            groupings.push((Grouping::Hour, hours));
        }
        if columns.category && columns.country {
            groupings.push((Grouping::CategoryCountry, Merge::new(both.into_runs())?));
        }
        Ok(Self { groupings, reach })
    }
}

/// Moves the cells of records without category and country to those by store, and, added up by
/// day, to those by category.
fn sort_plain(runs: &mut TableRuns, dir: &Path) -> Result<()> {
    let [mut stores, mut neither] = [(); 2].map(|()| Sums::<Cell>::new(CELLS_IN_MEMORY, dir));
    let mut key = Vec::new();
    key::join(&mut key, b"", b"");
    let mut cells = Merge::new(std::mem::take(&mut runs.plain))?;
    while let Some(cell) = cells.next_group()? {
        stores.value(cell.day, &cell.key).merge(&cell.value);
        stores.fit()?;
        neither.value(cell.day, &key).merge(&cell.value);
        neither.fit()?;
    }
    runs.stores.extend(stores.into_runs());
    runs.categories.extend(neither.into_runs());
    Ok(())
}
