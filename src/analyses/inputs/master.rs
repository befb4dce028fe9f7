//! Master data: what is known of products, stores and customers beside what was sold.

use polars::prelude::DataFrame;

use super::sheet::{Holds, Sheet, Want, empty};
use crate::error::{Error, Result};
use crate::store::Location;

const fn text(name: &'static str, names: &'static [&'static str]) -> Want {
    Want {
        name,
        names,
        holds: Holds::Text,
    }
}

const fn number(name: &'static str, names: &'static [&'static str]) -> Want {
    Want {
        name,
        names,
        holds: Holds::Number,
    }
}

const fn money(name: &'static str, names: &'static [&'static str]) -> Want {
    Want {
        name,
        names,
        holds: Holds::Money,
    }
}

/// A file of master data.
struct File {
    /// Its name in the folder.
    name: &'static str,
    /// The table's name.
    table: &'static str,
    /// What its first column is called in the table.
    key: &'static str,
    /// The columns by which records may name a row; each is looked at in turn.
    keys: &'static [&'static [&'static str]],
    /// What is taken from it.
    wants: &'static [Want],
}

const FILES: [File; 3] = [
    File {
        name: "products.csv",
        table: "product_master",
        key: "product",
        keys: &[
            &["product"],
            &["product_id", "sku"],
            &["product_name", "name"],
        ],
        wants: &[
            text("canonical", &["product"]),
            text("sku", &["sku", "product_id"]),
            text("product_name", &["product_name", "name", "product"]),
            text("category", &["category", "category_id"]),
            text("sub_category", &["sub_category", "department"]),
            text("brand", &["brand"]),
            text("supplier", &["supplier"]),
            money("unit_cost", &["unit_cost", "cost"]),
            money("list_price", &["list_price", "price"]),
            number("shelf_life_days", &["shelf_life_days"]),
            text("created_date", &["created_date"]),
        ],
    },
    File {
        name: "stores.csv",
        table: "store_master",
        key: "store_id",
        keys: &[&["store_id", "store"]],
        wants: &[
            text("store_name", &["store_name", "store_city"]),
            text("city", &["city", "store_city"]),
            text("region", &["region", "store_region"]),
            text("country", &["country"]),
            number("square_footage", &["square_footage", "store_size", "sqft"]),
            text("store_type", &["store_type"]),
            text("created_date", &["created_date"]),
        ],
    },
    File {
        name: "customers.csv",
        table: "customer_master",
        key: "customer_id",
        keys: &[&["customer_id", "user_id"]],
        wants: &[
            text("customer_country", &["country", "state"]),
            text("customer_city", &["city"]),
            text("registration_date", &["registration_date", "created_date"]),
        ],
    },
];

/// The tables of the master data in `folder`, by name; a file that is not there is a table without
/// rows.
///
/// # Errors
/// [`Error::Data`] with the place of what cannot be read.
pub fn read(folder: Option<&Location>) -> Result<Vec<(&'static str, DataFrame)>> {
    FILES
        .iter()
        .map(|file| Ok((file.table, file.read(folder)?)))
        .collect()
}

impl File {
    fn read(&self, folder: Option<&Location>) -> Result<DataFrame> {
        let sheet = match folder {
            Some(folder) => Sheet::read(&folder.join(self.name))?,
            None => None,
        };
        let Some(sheet) = sheet.filter(|sheet| self.keys.iter().any(|names| sheet.has(names)))
        else {
            return empty(self.key, self.wants);
        };
        let mut table = sheet.table(self.keys, self.wants)?;
        table
            .rename("key", self.key.into())
            .map_err(|e| Error::Internal(e.to_string()))?;
        Ok(table)
    }
}
