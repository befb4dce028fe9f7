//! Whether what is in a database is what we would have made.

use super::{Shape, Sink};
use crate::error::{Error, Result};

/// Refuses a table whose columns are not ours; columns of others beside them are theirs.
///
/// # Errors
/// [`Error::Data`] with the first column that is missing or holds something else.
pub fn same(sink: &dyn Sink, shape: &Shape, there: &[(String, String)]) -> Result<()> {
    match differences(sink, shape, there).first() {
        None => Ok(()),
        Some(what) => Err(Error::data(
            sink.place(),
            format!(
                "the table {}: {what}; it is of another program, or of another version of this \
                 one: see retail sinks check, or give another database",
                shape.table
            ),
        )),
    }
}

/// What a table has otherwise than we expect.
pub fn differences(sink: &dyn Sink, shape: &Shape, there: &[(String, String)]) -> Vec<String> {
    let columns = shape.columns.iter().filter_map(|column| {
        let name = &column.name;
        let wanted = sink.type_of(column.kind);
        match there.iter().find(|(other, _)| other == name) {
            None => Some(format!("the column {name} ({wanted}) is missing")),
            Some((_, kind)) if kind != wanted => {
                Some(format!("the column {name} is {kind}, not {wanted}"))
            }
            Some(_) => None,
        }
    });
    columns.collect()
}
