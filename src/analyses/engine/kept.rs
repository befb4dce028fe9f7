//! What is left of the records when rules leave some out: their days, products and columns.

use hashbrown::HashMap;
use polars::prelude::DataFrame;

use super::lines::{self, How};
use super::split::join;
use super::sql;
use crate::analyses::groundwork::{EVENTS, SALES};
use crate::analyses::lines::spool::slices;
use crate::analyses::lines::{Part, Told};
use crate::error::{Error, Result};
use crate::record::Day;
use crate::signal::Stop;

/// Records that are looked at together.
const SLICE: u64 = 1 << 17;
/// Products and categories that are joined before they are more.
const JOINED: usize = 1 << 18;

/// What sales and returns tell.
#[derive(Debug)]
pub struct Kept {
    /// Their first and last day.
    pub span: Option<(Day, Day)>,
    /// Their products, as `product_names`.
    pub products: DataFrame,
    /// How many name a customer.
    pub customers: i64,
    /// How many name a store.
    pub stores: i64,
    /// Records that were left out, by rule.
    pub left_out: HashMap<String, u64>,
}

/// Products and categories of the sales, with what else is asked of them.
pub const PRODUCTS: &str = "\
SELECT product, category, COUNT(*) AS records, MIN(day_number) AS first, MAX(day_number) AS last,
       COUNT(customer_id) AS customers, COUNT(store_id) AS stores
FROM sales GROUP BY product, category";

const AGAIN: &str = "\
SELECT product, category, SUM(records) AS records, MIN(first) AS first, MAX(last) AS last,
       SUM(customers) AS customers, SUM(stores) AS stores
FROM parts GROUP BY product, category";

/// A product has the category that most of its records name, of equals the first by name, as in
/// the totals of batch.
pub const NAMES: &str = "\
WITH most AS (
  SELECT product, MAX(CASE WHEN category IS NULL THEN 0 ELSE records END) AS records
  FROM parts GROUP BY product),
named AS (
  SELECT m.product, MIN(CASE WHEN p.records = m.records THEN p.category END) AS category
  FROM most m JOIN parts p ON m.product = p.product GROUP BY m.product)
SELECT ROW_NUMBER() OVER (ORDER BY product) AS product_number, product, category
FROM named ORDER BY product";

/// What all of them tell.
pub const SPAN: &str = "\
SELECT MIN(first) AS first, MAX(last) AS last, SUM(customers) AS customers, SUM(stores) AS stores
FROM parts";

/// How many records the rules leave out, by rule.
///
/// # Errors
/// When a file cannot be read, or a signal came.
pub fn left_out(
    told: &Told,
    parts: &[Part],
    how: &How<'_>,
    stop: &Stop,
) -> Result<HashMap<String, u64>> {
    let mut left_out = HashMap::new();
    if how.leave_out.is_nothing() {
        return Ok(left_out);
    }
    for span in slices(&told.days, SLICE, |_| true) {
        stop.check()?;
        let lines = lines::read(parts, span, how)?;
        how.leave_out.count(&lines, &mut left_out)?;
    }
    Ok(left_out)
}

/// Looks through the records of all days.
///
/// # Errors
/// When a file cannot be read, or a signal came.
pub fn look(told: &Told, parts: &[Part], how: &How<'_>, stop: &Stop) -> Result<Kept> {
    let failed = |e: polars::error::PolarsError| Error::Internal(format!("kept: {e}"));
    let (mut rows, mut kept) = (0, Vec::new());
    let mut left_out = HashMap::new();
    for span in slices(&told.days, SLICE, |_| true) {
        stop.check()?;
        let lines = lines::read(parts, span, how)?;
        how.leave_out.count(&lines, &mut left_out)?;
        let events = sql::run("events", EVENTS, &[("lines", &lines)])?;
        let sales = sql::run("sales", SALES, &[("events", &events)])?;
        let products = sql::run("kept", PRODUCTS, &[("sales", &sales)])?;
        rows += products.height();
        kept.push(products);
        if rows > JOINED && kept.len() > 1 {
            let all = join(std::mem::take(&mut kept)).map_err(failed)?;
            kept.push(sql::run("kept", AGAIN, &[("parts", &all)])?);
            rows = 0;
        }
    }
    let all = join(kept).map_err(failed)?;
    let all = sql::run("kept", AGAIN, &[("parts", &all)])?;
    let whole = sql::run("kept", SPAN, &[("parts", &all)])?;
    let number = |name: &str| -> Result<Option<i64>> {
        let column = whole.column(name).map_err(failed)?;
        let column = column.cast(&polars::prelude::DataType::Int64);
        Ok(column.map_err(failed)?.i64().map_err(failed)?.get(0))
    };
    let day = |name: &str| -> Result<Option<Day>> {
        let number = number(name)?.and_then(|number| i32::try_from(number).ok());
        Ok(number.and_then(Day::from_number))
    };
    Ok(Kept {
        span: day("first")?.zip(day("last")?),
        products: sql::run("kept", NAMES, &[("parts", &all)])?,
        customers: number("customers")?.unwrap_or_default(),
        stores: number("stores")?.unwrap_or_default(),
        left_out,
    })
}
