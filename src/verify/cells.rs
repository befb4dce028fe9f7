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
use crate::error::{Error, Result};
use crate::record::Total;
use crate::signal::Stop;
use crate::store::{Entry, Location};
use crate::verify::groups::Tally;
use crate::verify::parquet::{self, Kind, Rows};
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
/// [`Error::Data`] when a file is not as batch writes it.
pub fn sales(folder: &Location, columns: Columns, dir: &Path, stop: &Stop) -> Result<Cells> {
    let mut found = Cells::new();
    let asked = [
        ("order_date", Kind::Date),
        ("grouping", Kind::Text),
        ("store", Kind::MaybeText),
        ("store_city", Kind::MaybeText),
        ("category", Kind::MaybeText),
        ("country", Kind::MaybeText),
        ("hour", Kind::MaybeSmall),
        ("sales", Kind::Count),
        ("returns", Kind::Count),
        ("units", Kind::MaybeSum),
        ("gross", Kind::Sum),
        ("returned", Kind::Sum),
        ("net", Kind::Sum),
        ("min_sale", Kind::MaybeSum),
        ("max_sale", Kind::MaybeSum),
    ];
    parquet::read(folder, &asked, stop, |entry, rows| {
        for row in 0..rows.count() {
            let (grouping, key) = key_of(rows, row, columns).ok_or_else(|| wrong(entry))?;
            let day = rows.day(0, row).ok_or_else(|| wrong(entry))?;
            let stated = cell_of(rows, row).ok_or_else(|| wrong(entry))?;
            let sums = found
                .entry(grouping)
                .or_insert_with(|| Sums::new(CELLS_IN_MEMORY, dir));
            sums.value(day, &key).merge(&stated);
            sums.fit()?;
        }
        Ok(())
    })?;
    Ok(found)
}

fn wrong(entry: &Entry) -> Error {
    Error::data(
        &entry.location,
        "holds a row that is not as batch writes it",
    )
}

/// The grouping of a row, and the key of its cell as [`Breakdown`] has it.
fn key_of(rows: &Rows, row: usize, columns: Columns) -> Option<(Grouping, Vec<u8>)> {
    let name = rows.text(1, row);
    let grouping = Grouping::ALL.into_iter().find(|g| g.name() == name)?;
    let texts = [2, 3, 4, 5].map(|column| rows.maybe_text(column, row));
    let mut key = Vec::new();
    match (grouping, texts, rows.maybe_small(6, row)) {
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
            key::join(&mut key, &[u8::try_from(hour).ok()?], b"");
        }
        (Grouping::CategoryCountry, [None, None, Some(category), Some(country)], None) => {
            key::join(&mut key, category.as_bytes(), country.as_bytes());
        }
        _ => return None,
    }
    Some((grouping, key))
}

fn cell_of(rows: &Rows, row: usize) -> Option<Stated> {
    let [sales, returns] = [7, 8].map(|column| rows.number(column, row));
    let [gross, returned, net] = [10, 11, 12].map(|column| rows.sum(column, row));
    let units = rows.maybe_sum(9, row);
    let span = match [13, 14].map(|column| rows.maybe_sum(column, row)) {
        [None, None] => None,
        [Some(_), Some(_)] => Some((rows.money(13, row)?, rows.money(14, row)?)),
        _ => return None,
    };
    let line = Line::stated(gross, returned, sales?, returns?, units);
    let cell = Cell {
        line,
        span,
        ..Cell::default()
    };
    Some(Stated { cell, net })
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
/// [`Error::Data`] when a file is not as batch writes it.
pub fn products(
    folder: &Location,
    columns: Columns,
    dir: &Path,
    stop: &Stop,
) -> Result<Sums<Stated>> {
    let mut found = Sums::<Stated>::new(2 * CELLS_IN_MEMORY, dir);
    let asked = [
        ("order_date", Kind::Date),
        ("product", Kind::Text),
        ("category", Kind::MaybeText),
        ("units", Kind::MaybeSum),
        ("sales", Kind::Count),
        ("gross", Kind::Sum),
        ("net", Kind::Sum),
    ];
    let mut key = Vec::new();
    parquet::read(folder, &asked, stop, |entry, rows| {
        for row in 0..rows.count() {
            let category = rows.maybe_text(2, row);
            let (day, sales) = (rows.day(0, row), rows.number(4, row));
            let (Some(day), Some(sales), true) =
                (day, sales, category.is_some() == columns.category)
            else {
                return Err(wrong(entry));
            };
            let category = category.unwrap_or_default();
            product_key(&mut key, rows.text(1, row).as_bytes(), category.as_bytes());
            let (gross, net) = (rows.sum(5, row), rows.sum(6, row));
            let line = Line::stated(gross, Total::ZERO, sales, 0, rows.maybe_sum(3, row));
            let cell = Cell {
                line,
                ..Cell::default()
            };
            found.value(day, &key).merge(&Stated { cell, net });
            found.fit()?;
        }
        Ok(())
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
        let net = value.net();
        let line = Line::stated(value.gross, Total::ZERO, value.sales, 0, value.units());
        let cell = Cell {
            line,
            ..Cell::default()
        };
        let value = Stated { cell, net };
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
