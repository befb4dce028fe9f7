//! `warehouse`.

mod dimensions;
mod facts;
mod keys;

use crate::analyses::spec::{Analysis, Need};
pub use keys::STEPS;

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "warehouse",
    about: "the star schema: dimensions and facts for other tools",
    source: "star schemas of the inventory jobs and of the online shop, joined into one",
    needs: &[Need::Calendar],
    tables: &[
        dimensions::DATE,
        dimensions::PRODUCT,
        dimensions::STORE,
        dimensions::CUSTOMER,
        dimensions::LOCATION,
        facts::SALES,
        facts::INVENTORY,
        facts::SESSIONS,
        facts::INTEGRITY,
    ],
    example: "\
Tea costs 4.00 on 1 and 2 January and 5.00 from the 3rd on: dim_product has two rows of tea, valid to \
2025-01-02 and from 2025-01-03, and a sale of the 2nd has the product_key of the first. A line without \
a customer has customer_key 0, the row of dim_customer that stands for nobody known.",
};
