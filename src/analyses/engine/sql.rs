//! The texts of the steps on Polars.

use polars::error::set_warning_function;
use polars::prelude::{DataFrame, IntoLazy};
use polars::sql::SQLContext;

use super::calls;
use crate::error::{Error, Result};
use crate::query::{guarded, sql::references};
use crate::record::Day;

/// The tables that a text reads.
pub fn reads(sql: &str) -> Vec<String> {
    references(sql).words
}

/// The dates that a run looks back from.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    /// The date.
    pub as_of: Day,
    /// The last day of which levels of stock count; none is all.
    pub stock: Option<Day>,
}

/// After all days.
const NEVER: i32 = 10_000_000;

/// The text with everything that is no SQL put in. A quotient or product of decimals is exact,
/// rounded once to four decimals, half to even.
pub fn render(sql: &str, dates: &Dates) -> String {
    let sql = with_dates(sql, dates);
    let sql = calls::replace(&sql, "RATIO", |arguments| match arguments {
        [upper, lower] => format!("(CAST({upper} AS DECIMAL(38, 4)) / NULLIF({lower}, 0))"),
        _ => String::new(),
    });
    calls::replace(&sql, "TIMES", |arguments| arguments.join(" * "))
}

/// The text with the dates put in.
pub fn with_dates(sql: &str, dates: &Dates) -> String {
    let as_of = dates.as_of;
    let stock = dates.stock.map_or(NEVER, Day::number);
    sql.replace("{stock_day}", &stock.to_string())
        .replace("{as_of_day}", &as_of.number().to_string())
        .replace("{as_of}", &format!("DATE '{as_of}'"))
}

/// What a step sees on the days up to `last`.
pub fn seen(sql: &str, last: i32) -> String {
    sql.replace("{seen_day}", &last.to_string())
}

/// Runs a text over tables.
///
/// # Errors
/// [`Error::Internal`] when Polars does not know what is asked; [`Error::Data`] when a sum leaves
/// what decimals hold.
pub fn run(step: &str, sql: &str, tables: &[(&str, &DataFrame)]) -> Result<DataFrame> {
    // Polars' advice to programmers is none to those who run it.
    set_warning_function(|_, _| ());
    guarded(|| {
        let mut context = SQLContext::new();
        for (name, frame) in tables {
            context.register(name, (*frame).clone().lazy());
        }
        let frame = context.execute(sql).and_then(|frame| frame.collect());
        frame.map_err(|e| {
            let text = e.to_string();
            match text.contains("overflow") {
                true => Error::data(step, format!("a sum is too large: {text}")),
                false => Error::Internal(format!("{step}: {text}")),
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_written_as_divisions() {
        let day = &Dates {
            as_of: Day::parse("2025-01-14").unwrap(),
            stock: None,
        };
        assert_eq!(
            render(
                "SELECT RATIO(a, NULLIF(b, 1)) + RATIO(RATIO(c, d), e) FROM t",
                day
            ),
            "SELECT (CAST(a AS DECIMAL(38, 4)) / NULLIF(NULLIF(b, 1), 0)) + \
             (CAST((CAST(c AS DECIMAL(38, 4)) / NULLIF(d, 0)) AS DECIMAL(38, 4)) / NULLIF(e, 0)) \
             FROM t"
        );
        assert_eq!(
            render("{as_of} {as_of_day}", day),
            "DATE '2025-01-14' 20102"
        );
    }
}
