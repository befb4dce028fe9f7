//! Sales of rows that are too many to be told one by one: their sums by window and country, and by
//! window and category. Nothing is left out, so whoever adds them up has every sale once.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::Value;

use crate::record::Total;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::spec::{Column, Type};

/// The columns that are told of, in this order.
const COLUMNS: [&str; 6] = [
    "window_start",
    "window_end",
    "country",
    "category",
    "total_amount",
    "transaction_count",
];

/// A name, its money and its transactions.
type Line = (Box<str>, Total, i64);

/// What one window holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    window_start: Value,
    window_end: Value,
    /// Sums by country, in no order.
    countries: Vec<Line>,
    /// The same sales by category.
    categories: Vec<Line>,
}

/// Adds rows up.
#[derive(Debug)]
pub struct Groups {
    /// Where [`COLUMNS`] are in a row.
    places: [usize; 6],
    /// By start and end.
    windows: BTreeMap<(i64, i64), Window>,
}

/// Units of money, and transactions, by name.
type Named = HashMap<Box<str>, (i128, i64)>;

#[derive(Debug, Default)]
struct Window {
    countries: Named,
    categories: Named,
}

impl Groups {
    /// Of rows with these columns; none where they are no sales by window, country and category.
    pub fn of(columns: &[Column]) -> Option<Self> {
        let mut places = [0; 6];
        for (place, name) in places.iter_mut().zip(COLUMNS) {
            *place = columns.iter().position(|column| column.name == name)?;
        }
        let windows = BTreeMap::new();
        Some(Self { places, windows })
    }

    /// Adds a row.
    pub fn add(&mut self, row: &Row) {
        let cells = self.places.map(|place| row.get(place));
        let [
            Some(Cell::Time(start)),
            Some(Cell::Time(end)),
            Some(country),
            Some(category),
            Some(Cell::Decimal(units)),
            Some(Cell::Int(count)),
        ] = cells
        else {
            return;
        };
        let window = self.windows.entry((*start, *end)).or_default();
        add(&mut window.countries, country, *units, *count);
        add(&mut window.categories, category, *units, *count);
    }

    /// The windows in order of time.
    pub fn told(self) -> Vec<Group> {
        let windows = self.windows.into_iter();
        let group = |((start, end), window): (_, Window)| Group {
            window_start: Cell::Time(start).json(Type::Time),
            window_end: Cell::Time(end).json(Type::Time),
            countries: lines(window.countries),
            categories: lines(window.categories),
        };
        windows.map(group).collect()
    }
}

fn add(names: &mut Named, name: &Cell, units: i128, count: i64) {
    let name = match name {
        Cell::Text(name) => &**name,
        _ => "",
    };
    // A name is copied the first time only.
    if let Some(sum) = names.get_mut(name) {
        *sum = (sum.0 + units, sum.1 + count);
    } else {
        names.insert(name.into(), (units, count));
    }
}

fn lines(names: Named) -> Vec<Line> {
    let names = names.into_iter();
    names
        .map(|(name, (units, count))| (name, Total::from_units(units), count))
        .collect()
}
