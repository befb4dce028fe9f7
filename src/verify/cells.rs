//! What batch wrote to `analysis_sales` and `analysis_products`, against the input.

use std::collections::BTreeMap;
use std::path::Path;

use crate::batch::breakdown::{Breakdown, Columns, Grouping, hour};
use crate::batch::categories::Categories;
use crate::batch::groups::Group;
use crate::batch::key;
use crate::batch::measures::{Cell, Line, Value};
use crate::batch::merge::Merge;
use crate::batch::products::{product_and_category, product_key};
use crate::batch::run::Run;
use crate::batch::runs::Sums;
use crate::batch::stated::{self, SalesRow};
use crate::error::Result;
use crate::record::Total;
use crate::signal::Stop;
use crate::store::Location;
use crate::verify::groups::Tally;
use crate::verify::report::{Difference, Figure, Report};
use crate::verify::walk::{Source, Walk, source};

/// What the cells of one grouping may take in memory before they go to disk.
const CELLS_IN_MEMORY: usize = 8 << 20;

/// A row of either output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stated {
    cell: Cell,
    /// The column `net`, which follows from others.
    net: Total,
}

impl Stated {
    /// What the row of a cell should be.
    fn of(cell: Cell) -> Self {
        let net = cell.line.net();
        Self { cell, net }
    }

    /// A row of `analysis_products`.
    fn of_product(gross: Total, sales: u64, units: Option<Total>, net: Total) -> Self {
        let line = Line::stated(gross, Total::ZERO, sales, 0, units);
        let cell = Cell {
            line,
            ..Cell::default()
        };
        Self { cell, net }
    }

    /// Its figures by name.
    fn figures(&self) -> [(&'static str, Option<Figure>); 8] {
        let Cell { line, span, .. } = &self.cell;
        let money = |total: Total| Some(Figure::Money(total));
        [
            ("net", money(self.net)),
            ("gross", money(line.gross)),
            ("returned", money(line.returned)),
            ("sales", Some(line.sales.into())),
            ("returns", Some(line.returns.into())),
            ("units", line.units().and_then(money)),
            ("min_sale", span.and_then(|span| money(span.0.into()))),
            ("max_sale", span.and_then(|span| money(span.1.into()))),
        ]
    }
}

impl Value for Stated {
    type Packed = (<Cell as Value>::Packed, i128);

    fn merge(&mut self, other: &Self) {
        self.cell.merge(&other.cell);
        self.net += other.net;
    }

    fn pack(&self) -> Self::Packed {
        (self.cell.pack(), self.net.units())
    }

    fn unpack((cell, net): Self::Packed) -> Self {
        Self {
            cell: Cell::unpack(cell),
            net: Total::from_units(net),
        }
    }
}

/// The cells of `analysis_sales` by grouping.
pub type Cells = BTreeMap<Grouping, Sums<Stated>>;

/// Reads `analysis_sales`; `columns` are those that the input has.
///
/// # Errors
/// As [`stated::sales`].
pub fn sales(folder: &Location, columns: Columns, dir: &Path, stop: &Stop) -> Result<Cells> {
    let mut found = Cells::new();
    stated::sales(folder, stop, |entry, row| {
        let (grouping, key) = key_of(&row, columns).ok_or_else(|| stated::wrong(entry))?;
        let (cell, net) = (row.cell, row.net);
        let sums = found
            .entry(grouping)
            .or_insert_with(|| Sums::new(CELLS_IN_MEMORY, dir));
        sums.value(row.day, &key).merge(&Stated { cell, net });
        sums.fit()
    })?;
    Ok(found)
}

/// The grouping of a row, and the key of its cell as [`Breakdown`] has it.
fn key_of(row: &SalesRow<'_>, columns: Columns) -> Option<(Grouping, Vec<u8>)> {
    let grouping = row.grouping?;
    let mut key = Vec::new();
    match (grouping, row.texts, row.hour) {
        (Grouping::Day, [None, None, None, None], None) => {}
        (Grouping::Store, [Some(store), city, None, None], None)
            if city.is_some() == columns.store_city =>
        {
            let city = city.unwrap_or_default();
            key::join(&mut key, store.as_bytes(), city.as_bytes());
        }
        (Grouping::Category, [None, None, Some(text), None], None)
        | (Grouping::Country, [None, None, None, Some(text)], None) => {
            key.extend_from_slice(text.as_bytes());
        }
        (Grouping::Hour, [None, None, None, None], Some(hour)) => {
            key::join(&mut key, &[hour], b"");
        }
        (Grouping::CategoryCountry, [None, None, Some(category), Some(country)], None) => {
            key::join(&mut key, category.as_bytes(), country.as_bytes());
        }
        _ => return None,
    }
    Some((grouping, key))
}

/// Compares the cells of every grouping with those of the input.
///
/// # Errors
/// When spills fail.
pub fn compare_sales(
    expected: Breakdown,
    mut found: Cells,
    columns: Columns,
    report: &mut Report,
) -> Result<()> {
    let mut expected: BTreeMap<_, _> = expected.groupings.into_iter().collect();
    for grouping in Grouping::ALL {
        let (input, output) = (expected.remove(&grouping), found.remove(&grouping));
        if input.is_none() && output.is_none() {
            continue;
        }
        let input = input.map_or_else(|| Merge::new(Vec::new()), Ok)?;
        let output = output.map(Sums::into_runs).unwrap_or_default();
        let sides = [
            source(input, Stated::of),
            source(Merge::new(output)?, |stated| stated),
        ];
        let name = match grouping {
            Grouping::Day => "sales: by day",
            Grouping::Store => "sales: by store",
            Grouping::Category => "sales: by category",
            Grouping::Country => "sales: by country",
            Grouping::Hour => "sales: by hour",
            Grouping::CategoryCountry => "sales: by category and country",
        };
        compare(sides, name, |key| label(grouping, key, columns), report)?
            .tell(format!("{name}, cells"), report);
    }
    Ok(())
}

/// A cell for people.
fn label(grouping: Grouping, key: &[u8], columns: Columns) -> String {
    let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    match grouping {
        Grouping::Day => "all".to_owned(),
        Grouping::Category | Grouping::Country => text(key),
        Grouping::Hour => format!("{}:00", hour(key).unwrap_or_default()),
        Grouping::Store if !columns.store_city => text(&key::split(key)[0]),
        Grouping::Store | Grouping::CategoryCountry => {
            key::split(key).map(|part| text(&part)).join(", ")
        }
    }
}

/// Walks along two sides and tells the first figure of each cell that differs.
fn compare(
    sides: [Source<'_, Stated>; 2],
    name: &'static str,
    label: impl Fn(&[u8]) -> String,
    report: &mut Report,
) -> Result<Tally> {
    let mut walk = Walk::new(sides)?;
    let mut tally = Tally::default();
    while let Some(cell) = walk.next_group()? {
        let [expected, found] = cell.values.map(|side| side.map(|stated| stated.figures()));
        if !tally.differs(expected.as_ref(), found.as_ref()) {
            continue;
        }
        let figure = |figures: &Option<[(&str, Option<Figure>); 8]>, at: usize| {
            figures.as_ref().and_then(|figures| figures[at].1.clone())
        };
        let at = match (&expected, &found) {
            (Some(expected), Some(found)) => (0..8).find(|&at| expected[at] != found[at]),
            _ => None,
        };
        let at = at.unwrap_or_default();
        let which = expected.as_ref().or(found.as_ref()).map_or("", |f| f[at].0);
        report.differ(|| Difference {
            day: Some(cell.day.to_string()),
            product: label(&cell.key),
            expected: figure(&expected, at),
            found: figure(&found, at),
            place: format!("{name}, {which}").into(),
        });
    }
    Ok(tally)
}

/// Reads `analysis_products`; keys are of product and category.
///
/// # Errors
/// As [`stated::products`].
pub fn products(
    folder: &Location,
    columns: Columns,
    dir: &Path,
    stop: &Stop,
) -> Result<Sums<Stated>> {
    let mut found = Sums::<Stated>::new(2 * CELLS_IN_MEMORY, dir);
    let mut key = Vec::new();
    stated::products(folder, stop, |entry, row| {
        if row.category.is_some() != columns.category {
            return Err(stated::wrong(entry));
        }
        let category = row.category.unwrap_or_default();
        product_key(&mut key, row.product.as_bytes(), category.as_bytes());
        let stated = Stated::of_product(row.gross, row.sales, row.units, row.net);
        found.value(row.day, &key).merge(&stated);
        found.fit()
    })?;
    Ok(found)
}

/// Compares every day and product with those of the input.
///
/// # Errors
/// When spills fail.
pub fn compare_products(
    mut lines: Run<Line>,
    mut categories: Option<Categories>,
    found: Sums<Stated>,
    report: &mut Report,
) -> Result<()> {
    let input = Box::new(|| {
        let Some(Group {
            day,
            key: product,
            value,
        }) = lines.next_group()?
        else {
            return Ok(None);
        };
        let category = match &mut categories {
            Some(categories) => categories.find(&product)?,
            None => b"",
        };
        let mut key = Vec::new();
        product_key(&mut key, &product, category);
        // What the output does not state is the same on both sides.
        let value = Stated::of_product(value.gross, value.sales, value.units(), value.net());
        Ok(Some(Group { day, key, value }))
    });
    let found = source(Merge::new(found.into_runs())?, |stated| stated);
    let label = |key: &[u8]| {
        let (product, category) = product_and_category(key);
        let [product, category] = [product, category].map(String::from_utf8_lossy);
        match &*category {
            "" => product.into_owned(),
            category => format!("{product} ({category})"),
        }
    };
    let tally = compare([input, found], "products", label, report)?;
    tally.tell("products: days by product", report);
    Ok(())
}
