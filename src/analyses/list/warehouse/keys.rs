//! Whether the keys of the facts are in their dimensions.

use crate::analyses::spec::Step;

/// Counts the rows of a fact by what their key finds, of all or of every day.
macro_rules! key {
    ($key:literal, $dimension:literal, $of:literal) => {
        key!($key, $dimension, $of, "", "")
    };
    ($key:literal, $dimension:literal, $of:literal, days) => {
        key!(
            $key,
            $dimension,
            $of,
            "day_number, ",
            " GROUP BY day_number"
        )
    };
    ($key:literal, $dimension:literal, $of:literal, $by:literal, $grouped:literal) => {
        concat!(
            "SELECT ",
            $by,
            "'",
            $key,
            "' AS key, COUNT(*) AS rows,
                    SUM(CASE WHEN f.",
            $key,
            " = 0 THEN 1 ELSE 0 END) AS unknown,
                    SUM(CASE WHEN d.found IS NULL THEN 1 ELSE 0 END) AS orphans
             FROM ",
            $of,
            " f LEFT JOIN (SELECT DISTINCT ",
            $key,
            " AS found FROM ",
            $dimension,
            ") d
               ON f.",
            $key,
            " = d.found",
            $grouped
        )
    };
}

/// The same of a date that may be outside of the days of the sales.
macro_rules! date {
    ($of:literal) => {
        concat!(
            "SELECT 'date_key' AS key, COUNT(*) AS rows,
                    SUM(CASE WHEN d.found IS NULL THEN 1 ELSE 0 END) AS unknown, 0 AS orphans
             FROM ",
            $of,
            " f LEFT JOIN (SELECT date_key AS found FROM dim_date) d
               ON f.date_key = d.found"
        )
    };
}

/// The steps that [`super::facts::INTEGRITY`] reads.
pub const STEPS: &[Step] = &[
    Step::beside(
        "fact_sales",
        "sales_keys",
        concat!(
            key!("date_key", "dim_date", "fact_sales", days),
            " UNION ALL ",
            key!("product_key", "dim_product", "fact_sales", days),
            " UNION ALL ",
            key!("store_key", "dim_store", "fact_sales", days),
            " UNION ALL ",
            key!("customer_key", "dim_customer", "fact_sales", days),
            " UNION ALL ",
            key!("location_key", "dim_location", "fact_sales", days),
        ),
    ),
    Step::whole(
        "other_keys",
        concat!(
            "WITH inventory AS (",
            key!("product_key", "dim_product", "fact_inventory"),
            " UNION ALL ",
            key!("store_key", "dim_store", "fact_inventory"),
            " UNION ALL ",
            date!("fact_inventory"),
            "), sessions AS (",
            key!("customer_key", "dim_customer", "fact_sessions"),
            " UNION ALL ",
            date!("fact_sessions"),
            ")
             SELECT 'fact_inventory' AS fact, key, rows, unknown, orphans FROM inventory
             WHERE rows > 0
             UNION ALL
             SELECT 'fact_sessions' AS fact, key, rows, unknown, orphans FROM sessions
             WHERE rows > 0"
        ),
    ),
];
