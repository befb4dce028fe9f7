//! SQL over the outputs and over any CSV or Parquet file, by Polars.
//!
//! Money stays exact: Parquet decimals are kept, and a number with decimals in a CSV file is
//! read as a decimal, never as a float.

use std::cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

use polars::error::set_warning_function;
use polars::sql::SQLContext;

use crate::error::{Error, Result};
use crate::store::Location;

mod csv_types;
mod errors;
mod files;
mod near;
mod rows;
mod runs;
pub(crate) mod sql;
mod tables;

pub use near::Copies;
pub use rows::{Cell, Rows};

/// Runs a query. Tables are `daily`, `kpis`, `sales` and `products` of the outputs in `output`,
/// and every quoted path after FROM or JOIN: a file, a folder with all below, or
/// `folder/part-*.csv`; files on HDFS and S3 go to `copies` first. What the query itself names
/// so, by WITH, is none of ours.
///
/// # Errors
/// [`Error::Usage`] for what is wrong with the query, [`Error::Data`] and [`Error::Io`] for
/// what is wrong with the files, such as outputs of different runs; [`Error::Busy`] when a run
/// replaced the outputs meanwhile.
pub fn run(query: &str, output: &Location, copies: &Copies) -> Result<Rows> {
    let references = sql::references(query);
    if !references.reads {
        let what = "only queries that read are known: SELECT or WITH";
        return Err(Error::Usage(what.to_owned()));
    }
    if references.float_reader {
        let what = "read_csv() would read money as floats; write FROM 'file.csv' instead";
        return Err(Error::Usage(what.to_owned()));
    }
    // Polars' advice to programmers is none to those who ask.
    set_warning_function(|text, _| tracing::debug!("{text}"));
    guarded(|| {
        let mut context = SQLContext::new();
        let runs = tables::register(&mut context, &references, output, copies)?;
        let explain = |e| errors::explain(e, &references.defined, output);
        let frame = context.execute(query).map_err(explain)?;
        let rows = frame.collect().map(Rows::new);
        runs.still()?;
        rows.map_err(explain)
    })
}

thread_local! {
    /// Whether this thread runs work of Polars.
    static GUARDED: cell::Cell<bool> = const { cell::Cell::new(false) };
}

/// Panics of Polars are errors of ours, and not told twice; all others are told as ever.
fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let name = thread::current().name().map(str::to_owned);
            let of_polars = name.is_some_and(|name| name.starts_with("polars"));
            if !of_polars && !GUARDED.get() {
                told(panic);
            }
        }));
    });
}

/// Runs `work` of Polars, which panics on some queries that it cannot run.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    quieten();
    let before = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    result.unwrap_or_else(|cause| {
        let text = cause.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| cause.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("no reason given");
        let what = "Polars cannot run this query, write it another way";
        Err(Error::Usage(format!("{what}: {text}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_polars_is_an_error() {
        let result: Result<()> = guarded(|| panic!("not {}", "implemented"));
        let error = result.unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert!(
            error.to_string().ends_with("another way: not implemented"),
            "{error}"
        );
        assert_eq!(guarded(|| Ok(1)).unwrap(), 1);
    }
}
