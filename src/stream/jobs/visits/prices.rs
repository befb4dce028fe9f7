//! The prices of the catalogue, where events carry none.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::record::Money;
use crate::stream::jobs::lookup::lookup;
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::SettingSpec;

/// The setting that names the catalogue.
pub const SETTING: SettingSpec = SettingSpec {
    name: "prices",
    default: "",
    about: "CSV or JSON lines with product_id and price, for carts whose events tell no price",
};

/// Money of one piece by product, in units of 1/10,000.
#[derive(Debug, Default)]
pub struct Prices(HashMap<Box<[u8]>, i64>);

impl Prices {
    /// Those of the file that [`SETTING`] names; none where it is blank.
    ///
    /// # Errors
    /// When the file cannot be read, or a price is no number.
    pub fn of_setup(setup: &Setup) -> Result<Self> {
        let Some(found) = lookup(setup, SETTING.name, "product_id", "price")? else {
            return Ok(Self::default());
        };
        let prices = found.into_iter().map(|(product, price)| {
            let parsed = Money::parse(price.as_bytes(), b'.');
            let parsed = parsed.ok().filter(|price| !price.is_negative());
            let parsed = parsed.ok_or_else(|| {
                let product = String::from_utf8_lossy(&product);
                let what = format!("product {product}: {price:?} is no price");
                Error::data(setup.text(SETTING.name), what)
            })?;
            Ok((product, parsed.units()))
        });
        prices.collect::<Result<_>>().map(Self)
    }

    /// The price of a product, if the catalogue has it.
    pub fn of(&self, product: &[u8]) -> Option<i64> {
        self.0.get(product).copied()
    }
}
