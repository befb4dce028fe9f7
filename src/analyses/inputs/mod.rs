//! What the analyses read beside the records: products, master data, the calendar.

pub mod calendar;
pub mod master;
pub mod sessions;
pub mod sheet;
pub mod stock;

use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::batch::categories::Categories;
use crate::error::{Error, Result};

/// The products and their categories as a table.
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
    let columns = vec![
        Column::from(Series::new("product".into(), &products)),
        Column::from(Series::new("category".into(), &named)),
    ];
    DataFrame::new(products.len(), columns).map_err(|e| Error::Internal(e.to_string()))
}
