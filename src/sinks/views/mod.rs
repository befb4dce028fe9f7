//! Whether what is in a database is what we would have made, and views over it under the names that
//! the replaced systems had.

mod lake;

use serde_json::Value;

use super::address::{Address, Server};
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

/// A view.
#[derive(Debug, Clone)]
pub struct View {
    /// Its name.
    pub name: String,
    /// What makes it.
    pub statement: String,
    /// The same without secrets.
    pub shown: String,
}

/// The views of a database; of ClickHouse, `lake` is where `stream --job events` keeps its Parquet.
///
/// # Errors
/// [`Error::Usage`] when `lake` is no address of S3, or is given for another database.
pub fn of(address: &Address, lake: Option<&str>) -> Result<Vec<View>> {
    if lake.is_some() && address.server != Server::ClickHouse {
        return Err(Error::Usage(format!(
            "--lake is read by ClickHouse, and {address} is none"
        )));
    }
    match address.server {
        Server::Postgres => Ok(sql(include_str!("postgres.sql"), |text| {
            (text.to_owned(), text.to_owned())
        })),
        Server::ClickHouse => {
            let lake = lake::of(lake)?;
            Ok(sql(include_str!("clickhouse.sql"), |text| {
                let text = text.replace("{database}", &address.database);
                let with = |lake: &str| text.replace("{lake}", lake);
                (with(&lake.statement), with(&lake.shown))
            }))
        }
        Server::MongoDb => json(include_str!("mongodb.json")),
        Server::Cassandra | Server::Redis => Ok(Vec::new()),
    }
}

/// The statements of a file, each with its name.
fn sql(text: &str, fill: impl Fn(&str) -> (String, String)) -> Vec<View> {
    let lines = text.lines().filter(|line| !line.starts_with("--"));
    let text: Vec<_> = lines.collect();
    let text = text.join("\n");
    let statements = text
        .split(";\n")
        .map(|one| one.trim().trim_end_matches(';'));
    let statements = statements.filter(|one| one.starts_with("CREATE OR REPLACE VIEW "));
    // What is no view, CREATE … IF NOT EXISTS name, goes before the views that need it.
    let others = text.split(";\n").map(str::trim);
    let is_base =
        |one: &&str| one.starts_with("CREATE DATABASE") || one.starts_with("CREATE INDEX");
    let others: Vec<_> = others.filter(is_base).collect();
    let named = |text: &str| {
        let (statement, shown) = fill(text);
        let name = text.split_whitespace().nth(4).unwrap_or_default();
        View {
            name: name.to_owned(),
            statement,
            shown,
        }
    };
    let bases = others.into_iter().map(|text| View {
        name: text
            .split_whitespace()
            .nth(5)
            .unwrap_or_default()
            .to_owned(),
        statement: text.to_owned(),
        shown: text.to_owned(),
    });
    bases.chain(statements.map(named)).collect()
}

/// The commands of a file.
fn json(text: &str) -> Result<Vec<View>> {
    let all: Vec<Value> = serde_json::from_str(text)
        .map_err(|e| Error::Internal(format!("the views of MongoDB: {e}")))?;
    let views = all.into_iter().map(|command| View {
        name: command["create"].as_str().unwrap_or_default().to_owned(),
        statement: command.to_string(),
        shown: command.to_string(),
    });
    Ok(views.collect())
}
