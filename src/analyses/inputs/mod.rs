//! What the analyses read beside the records: products, master data, the calendar.

pub mod calendar;
pub mod master;
pub mod sessions;
pub mod sheet;
pub mod stock;

use hashbrown::HashMap;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::batch::categories::Categories;
use crate::error::{Error, Result};

/// The products and their categories as a table, each with its place in the order of names.
///
/// # Errors
/// When they cannot be read again.
pub fn product_names(categories: &mut Categories) -> Result<DataFrame> {
    let (mut products, mut named) = (Vec::new(), Vec::new());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    categories.for_each(|product, category| {
        products.push(text(product));
        named.push((!category.is_empty()).then(|| text(category)));
    })?;
    // They come in the order of their bytes.
    let numbers: Vec<i64> = (1..=products.len() as i64).collect();
    let columns = vec![
        Column::from(Series::new("product_number".into(), numbers)),
        Column::from(Series::new("product".into(), &products)),
        Column::from(Series::new("category".into(), &named)),
    ];
    DataFrame::new(products.len(), columns).map_err(|e| Error::Internal(e.to_string()))
}

/// The numbers of the products of [`product_names`].
///
/// # Errors
/// When it is another table.
pub fn numbers(names: &DataFrame) -> Result<HashMap<String, i64>> {
    let failed = |e: polars::error::PolarsError| Error::Internal(e.to_string());
    let products = names.column("product").map_err(failed)?;
    let products = products.str().map_err(failed)?.iter().flatten();
    Ok(products.map(str::to_owned).zip(1..).collect())
}
