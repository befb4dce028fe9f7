//! `analysis_sales` and `analysis_products`, row by row as their files state them.

use crate::batch::breakdown::Grouping;
use crate::batch::measures::{Cell, Line};
use crate::error::{Error, Result};
use crate::record::{Day, Total};
use crate::signal::Stop;
use crate::source::rows::{self, Kind, Rows};
use crate::store::{Entry, Location};

/// A row of `analysis_sales`.
#[derive(Debug, Clone, Copy)]
pub struct SalesRow<'a> {
    /// The day.
    pub day: Day,
    /// What it is of; none of one that a later version added.
    pub grouping: Option<Grouping>,
    /// Store, its city, category and country, as far as it is of them.
    pub texts: [Option<&'a str>; 4],
    /// The hour, if it is of one.
    pub hour: Option<u8>,
    /// What it amounts to.
    pub cell: Cell,
    /// The column `net`, which follows from others.
    pub net: Total,
}

/// A row of `analysis_products`.
#[derive(Debug, Clone, Copy)]
pub struct ProductsRow<'a> {
    /// The day.
    pub day: Day,
    /// The product.
    pub product: &'a str,
    /// Its category, where the input has any.
    pub category: Option<&'a str>,
    /// Records that are sales.
    pub sales: u64,
    /// Pieces sold less those returned, where the input tells quantities.
    pub units: Option<Total>,
    /// Σ of the sales.
    pub gross: Total,
    /// The total.
    pub net: Total,
}

/// Gives the rows of `analysis_sales` to `take`, with the file they stand in.
///
/// # Errors
/// [`Error::Data`] when a file is not as batch writes it; whatever `take` fails for.
pub fn sales(
    folder: &Location,
    stop: &Stop,
    mut take: impl FnMut(&Entry, SalesRow<'_>) -> Result<()>,
) -> Result<()> {
    let columns = [
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
    rows::read(folder, &columns, stop, |entry, rows| {
        (0..rows.count()).try_for_each(|row| {
            let stated = sales_row(rows, row).ok_or_else(|| wrong(entry))?;
            take(entry, stated)
        })
    })
}

fn sales_row(rows: &Rows, row: usize) -> Option<SalesRow<'_>> {
    let [sales, returns] = [7, 8].map(|column| rows.number(column, row));
    let [gross, returned, net] = [10, 11, 12].map(|column| rows.sum(column, row));
    let units = rows.maybe_sum(9, row);
    let span = match [13, 14].map(|column| rows.maybe_sum(column, row)) {
        [None, None] => None,
        [Some(_), Some(_)] => Some((rows.money(13, row)?, rows.money(14, row)?)),
        _ => return None,
    };
    let hour = match rows.maybe_small(6, row) {
        Some(hour) => Some(u8::try_from(hour).ok()?),
        None => None,
    };
    Some(SalesRow {
        day: rows.day(0, row)?,
        grouping: Grouping::named(rows.text(1, row)),
        texts: [2, 3, 4, 5].map(|column| rows.maybe_text(column, row)),
        hour,
        cell: Cell {
            line: Line::stated(gross, returned, sales?, returns?, units),
            span,
            ..Cell::default()
        },
        net,
    })
}

/// The columns of `analysis_products`.
const PRODUCTS: [(&str, Kind); 7] = [
    ("order_date", Kind::Date),
    ("product", Kind::Text),
    ("category", Kind::MaybeText),
    ("units", Kind::MaybeSum),
    ("sales", Kind::Count),
    ("gross", Kind::Sum),
    ("net", Kind::Sum),
];

/// Gives the rows of `analysis_products` to `take`, with the file they stand in.
///
/// # Errors
/// As [`sales`].
pub fn products(
    folder: &Location,
    stop: &Stop,
    mut take: impl FnMut(&Entry, ProductsRow<'_>) -> Result<()>,
) -> Result<()> {
    rows::read(folder, &PRODUCTS, stop, |entry, rows| {
        (0..rows.count()).try_for_each(|row| take(entry, products_row(entry, rows, row)?))
    })
}

/// The same of one day; of the files only what may hold it is read.
///
/// # Errors
/// As [`sales`].
pub fn products_of(
    folder: &Location,
    day: Day,
    stop: &Stop,
    mut take: impl FnMut(ProductsRow<'_>),
) -> Result<()> {
    let only = (PRODUCTS[0].0, day);
    rows::read_day(folder, &PRODUCTS, only, stop, |entry, rows| {
        for row in 0..rows.count() {
            if rows.day(0, row) == Some(day) {
                take(products_row(entry, rows, row)?);
            }
        }
        Ok(())
    })
}

fn products_row<'a>(entry: &Entry, rows: &'a Rows, row: usize) -> Result<ProductsRow<'a>> {
    Ok(ProductsRow {
        day: rows.day(0, row).ok_or_else(|| wrong(entry))?,
        product: rows.text(1, row),
        category: rows.maybe_text(2, row),
        sales: rows.number(4, row).ok_or_else(|| wrong(entry))?,
        units: rows.maybe_sum(3, row),
        gross: rows.sum(5, row),
        net: rows.sum(6, row),
    })
}

/// A row is not as batch writes it.
pub fn wrong(entry: &Entry) -> Error {
    Error::data(
        &entry.location,
        "holds a row that is not as batch writes it",
    )
}
