//! What Polars says about a query, in one line for the user.

use polars::prelude::PolarsError;

use super::runs::OUTPUTS;
use crate::error::Error;
use crate::store::Location;

/// An error of a query as an error of ours; `defined` are the names that it defines by WITH.
pub(super) fn explain(error: PolarsError, defined: &[String], output: &Location) -> Error {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => {
            explain(*error, defined, output)
        }
        PolarsError::IO { ref error, .. } => Error::data("query", first_line(&error.to_string())),
        PolarsError::ComputeError(ref text) => Error::data("query", first_line(text)),
        PolarsError::Duplicate(ref text) => Error::Usage(match quoted(text) {
            Some(name) => format!("two columns are named '{name}'; rename one with AS"),
            None => first_line(text),
        }),
        other => {
            let text = first_line(&other.to_string());
            let table = text.strip_prefix("relation '");
            let table = table.and_then(|rest| rest.strip_suffix("' was not found"));
            Error::Usage(match table {
                Some(table) => no_table(table, defined, output),
                None => format!("in the query: {text}"),
            })
        }
    }
}

/// An error of Polars with a file as an error of ours.
pub(super) fn of_file(place: &Location, error: &PolarsError) -> Error {
    Error::data(place, first_line(&error.to_string()))
}

fn no_table(table: &str, defined: &[String], output: &Location) -> String {
    if defined.iter().any(|name| name == table) {
        return format!(
            "the query defines '{table}' itself, so that the output of that name is not there; \
             name its own table otherwise"
        );
    }
    match OUTPUTS.iter().find(|(name, _)| *name == table) {
        Some((name, folder)) => {
            let folder = output.join(folder);
            format!("there is no '{name}' in {folder}; run 'retail batch' first or give --output")
        }
        None => {
            let known = OUTPUTS.map(|(name, _)| name).join(", ");
            format!(
                "there is no table '{table}'; known are {known}, and files in quotes, as in FROM \
                 'data/input/*.csv'"
            )
        }
    }
}

/// The message without the plan that Polars adds under it.
fn first_line(text: &str) -> String {
    let end = text.find("\n\n").unwrap_or(text.len());
    let (message, _) = text.split_at(end);
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('\'')?;
    rest.split_once('\'').map(|(name, _)| name)
}
