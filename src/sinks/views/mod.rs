//! Whether what is in a database is what we would have made, and views over it under the names that
//! the replaced systems had.

mod lake;

use serde_json::Value;

use super::address::{Address, Server};
use super::{OWNER, Shape, Sink, cassandra};
use crate::error::{Error, Result};

/// The database that is taken where none is named.
const RETAIL: &str = "retail";

/// Refuses a table whose columns are not ours; columns of others beside them are theirs.
///
/// # Errors
/// [`Error::Data`] with the first column that is missing or holds something else.
pub fn same(sink: &(impl Sink + ?Sized), shape: &Shape, there: &[(String, String)]) -> Result<()> {
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
pub fn differences(
    sink: &(impl Sink + ?Sized),
    shape: &Shape,
    there: &[(String, String)],
) -> Vec<String> {
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
    let foreign = (!is_ours(there)).then(|| format!("the column {OWNER} is missing"));
    columns.chain(foreign).collect()
}

/// Whether a table has been made by this program.
pub fn is_ours(there: &[(String, String)]) -> bool {
    there.iter().any(|(name, _)| name == OWNER)
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
    /// Whether one that is there stays: it may read what only an earlier call named.
    pub stays: bool,
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
            let unnamed = lake.is_none();
            let lake = lake::of(lake)?;
            let mut views = sql(include_str!("clickhouse.sql"), |text| {
                let text = text.replace("{database}", &address.database);
                let text = text.replace("{orders}", &orders(&address.database));
                let with = |lake: &str| text.replace("{lake}", lake);
                (with(&lake.statement), with(&lake.shown))
            });
            for view in &mut views {
                view.stays = unnamed && view.statement.contains(&lake.statement);
            }
            Ok(views)
        }
        Server::MongoDb => json(include_str!("mongodb.json")),
        // It has none: what is asked for by another key is a table.
        Server::Cassandra => {
            let statement = cassandra::orders(&address.database);
            Ok(vec![View {
                name: cassandra::ORDERS.to_owned(),
                shown: statement.clone(),
                statement,
                stays: false,
            }])
        }
        Server::Redis => Ok(Vec::new()),
    }
}

/// The database of orders as the replaced system called it; beside it, other databases have theirs.
fn orders(database: &str) -> String {
    match database {
        RETAIL => "order_db".to_owned(),
        other => format!("{other}_order_db"),
    }
}

/// The statements of a file, each with its name: `CREATE OR REPLACE VIEW name`, or what stands before
/// views that need it, `CREATE … IF NOT EXISTS name`.
fn sql(text: &str, fill: impl Fn(&str) -> (String, String)) -> Vec<View> {
    let lines = text.lines().filter(|line| !line.starts_with("--"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let statements = text.split(';').map(str::trim);
    let views = statements.filter(|one| !one.is_empty()).map(|one| {
        let (statement, shown) = fill(one);
        let words: Vec<_> = statement.split_whitespace().collect();
        let name = words[if words[1] == "OR" { 4 } else { 5 }].to_owned();
        View {
            name,
            statement,
            shown,
            stays: false,
        }
    });
    views.collect()
}

/// The commands of a file.
fn json(text: &str) -> Result<Vec<View>> {
    let all: Vec<Value> = serde_json::from_str(text)
        .map_err(|e| Error::Internal(format!("the views of MongoDB: {e}")))?;
    let views = all.into_iter().map(|command| View {
        name: command["create"].as_str().unwrap_or_default().to_owned(),
        statement: command.to_string(),
        shown: command.to_string(),
        stays: false,
    });
    Ok(views.collect())
}
