//! What a database has to have: tables, indexes and views, made at once and compared.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use serde::Serialize;

use super::address::Server;
use super::client::{patience, patiently};
use super::views::{self, View, differences};
use super::{Address, Column, Kind, Shape, Sink, Table, catalog, open};
use crate::error::{Error, Result};
use crate::signal::Stop;

/// The version of all tables and views. Whoever changes one raises it; columns that come are added
/// by [`init`], anything else is a statement in `MIGRATIONS`.
pub const VERSION: u32 = 2;
/// What brings a database from one version to the next, in its own words; the number is the version
/// that it leads to.
const MIGRATIONS: [(u32, Server, &str); 0] = [];
/// The table that tells a database's version.
const TABLE: &str = "retail_schema";
/// What its run is called, before the number.
const RUN: &str = "version-";

/// Something that is as it should be, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The table or view.
    pub name: String,
    /// `ok`, `missing`, `differs`, `made`, `changed`.
    pub state: &'static str,
    /// What differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
    /// Rows that count, under this address' name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The run that wrote them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// What stands at an address.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Where, without secrets.
    pub address: String,
    /// What answers there.
    pub server: String,
    /// The version of what is there; none before `init`.
    pub version: Option<u32>,
    /// Every table and view.
    pub tables: Vec<Finding>,
}

impl Report {
    /// Whether nothing is missing or different.
    pub fn is_good(&self) -> bool {
        let bad = |finding: &Finding| ["missing", "differs"].contains(&finding.state);
        self.version == Some(VERSION) && !self.tables.iter().any(bad)
    }
}

fn about() -> Shape {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
    };
    Shape {
        table: TABLE.to_owned(),
        columns: vec![column("version", Kind::Int), column("program", Kind::Text)],
    }
}

/// The version of a database, which it has whatever the name of who asks.
fn version(address: &Address, stop: &Stop) -> Result<Option<u32>> {
    let standing = open(&address.unnamed())?.standing(TABLE, stop)?;
    Ok(standing.and_then(|standing| standing.run.strip_prefix(RUN)?.parse().ok()))
}

/// The tables, in the order in which they are made.
fn shapes() -> Result<Vec<Shape>> {
    let mut shapes = vec![about()];
    shapes.extend(catalog::all()?);
    Ok(shapes)
}

/// Looks what an address has.
///
/// # Errors
/// When it cannot be asked.
pub fn check(address: &Address, stop: &Stop) -> Result<Report> {
    let mut sink = open(address)?;
    let server = patiently(stop, patience(), || sink.version(stop))?;
    look(&mut *sink, address, server, stop)
}

/// Looks what a database has that answered as `server`.
///
/// # Errors
/// When it cannot be asked.
pub fn look(sink: &mut dyn Sink, address: &Address, server: String, stop: &Stop) -> Result<Report> {
    let version = version(address, stop)?;
    let mut tables = Vec::new();
    for shape in shapes()? {
        let there = sink.columns(&shape.table, stop)?;
        let differences = match there.is_empty() {
            true => Vec::new(),
            false => differences(sink, &shape, &there),
        };
        let standing = match there.is_empty() {
            true => None,
            false => sink.standing(&shape.table, stop)?,
        };
        tables.push(Finding {
            state: match (there.is_empty(), differences.is_empty()) {
                (true, _) => "missing",
                (false, true) => "ok",
                (false, false) => "differs",
            },
            name: shape.table,
            differences,
            rows: standing.as_ref().map(|standing| standing.rows),
            run: standing.map(|standing| standing.run),
        });
    }
    for view in views::of(address, None)? {
        let is_there = sink.has_view(&view.name, stop)?;
        tables.push(Finding {
            name: view.name,
            state: if is_there { "ok" } else { "missing" },
            differences: Vec::new(),
            rows: None,
            run: None,
        });
    }
    Ok(Report {
        address: address.to_string(),
        server,
        version,
        tables,
    })
}

/// The statements that make everything, for a database that has nothing.
///
/// # Errors
/// When a setting of S3 is wrong.
pub fn statements(address: &Address, lake: Option<&str>) -> Result<Vec<String>> {
    let sink = open(address)?;
    let mut all = sink.foundation();
    for shape in shapes()? {
        all.extend(sink.create(&shape));
    }
    let views = views::of(address, lake)?;
    all.extend(views.into_iter().map(|view| view.shown));
    Ok(all)
}

/// Makes what is missing, and brings what is old to this version. Doing it again changes nothing.
///
/// # Errors
/// When a table of another shape is there, a newer version has made it, or the server refuses.
pub fn init(address: &Address, lake: Option<&str>, stop: &Stop) -> Result<Report> {
    let mut sink = open(address)?;
    let server = patiently(stop, patience(), || sink.version(stop))?;
    let was = version(address, stop)?;
    if let Some(newer) = was.filter(|was| *was > VERSION) {
        let what = format!(
            "its tables are of version {newer}, and this program knows {VERSION}: take a newer one"
        );
        return Err(Error::data(address, what));
    }
    for (to, server, statement) in MIGRATIONS {
        if server == address.server && was.is_some_and(|was| was < to) {
            sink.execute(statement, stop)?;
        }
    }
    let views = views::of(address, lake)?;
    for view in &views {
        if is_foreign(&mut *sink, address, view, stop)? {
            let what = format!(
                "{} is there, of another program, and a view of ours has this name: give another \
                 database",
                view.name
            );
            return Err(Error::data(address, what));
        }
    }
    let kept = keeps(&mut *sink, &views, stop)?;
    let mut tables = Vec::new();
    for shape in shapes()? {
        tables.push(table(&mut *sink, shape, stop)?);
    }
    if was.is_none() {
        // From now on views of these names are ours.
        tell(address, 0, stop)?;
    }
    for view in views {
        if !(kept && view.stays) {
            sink.execute(&view.statement, stop)?;
        }
        tables.push(Finding {
            name: view.name,
            state: "ok",
            differences: Vec::new(),
            rows: None,
            run: None,
        });
    }
    if was != Some(VERSION) {
        tell(address, VERSION, stop)?;
    }
    Ok(Report {
        address: address.to_string(),
        server,
        version: Some(VERSION),
        tables,
    })
}

/// Whether something that is not ours has the name of a view: what is none, and, where nothing of
/// ours has made any, a view.
fn is_foreign(sink: &mut dyn Sink, address: &Address, view: &View, stop: &Stop) -> Result<bool> {
    if sink.holds(&view.name, stop)? {
        return Ok(true);
    }
    let replaces = !view.statement.contains("IF NOT EXISTS");
    // Another process may be making them: it has told of its version before.
    Ok(replaces && sink.has_view(&view.name, stop)? && version(address, stop)?.is_none())
}

/// Whether views that read what an earlier call named are there, and so stay.
///
/// # Errors
/// When only some are: they must be of one place.
fn keeps(sink: &mut dyn Sink, views: &[View], stop: &Stop) -> Result<bool> {
    let (mut there, mut missing) = (None, None);
    for view in views.iter().filter(|view| view.stays) {
        match sink.has_view(&view.name, stop)? {
            true => there = Some(&view.name),
            false => missing = Some(&view.name),
        }
    }
    match (there, missing) {
        (Some(there), Some(missing)) => {
            let what = format!(
                "{there} is there and {missing} is not, and both must read the same lake: name it by \
                 --lake, or drop {there} where there is none"
            );
            Err(Error::data(sink.place(), what))
        }
        (there, _) => Ok(there.is_some()),
    }
}

/// Tells a database's version.
fn tell(address: &Address, version: u32, stop: &Stop) -> Result<()> {
    let mut sink = open(&address.unnamed())?;
    let tables = || Ok(vec![said(version)?]);
    sink.replace(&format!("{RUN}{version}"), &tables, stop)
        .map(drop)
}

/// Makes a table, or adds the columns that it lacks.
fn table(sink: &mut dyn Sink, shape: Shape, stop: &Stop) -> Result<Finding> {
    let there = sink.columns(&shape.table, stop)?;
    let lacks = |column: &&Column| !there.iter().any(|(name, _)| *name == column.name);
    let state = if there.is_empty() {
        sink.ensure(&shape, stop)?;
        "made"
    } else {
        if !views::is_ours(&there) {
            views::same(sink, &shape, &there)?;
        }
        let missing: Vec<_> = shape.columns.iter().filter(lacks).collect();
        for column in &missing {
            for statement in sink.add(&shape, column) {
                sink.execute(&statement, stop)?;
            }
        }
        // Of another kind is what nobody can mend here.
        sink.ensure(&shape, stop)?;
        sink.mend(&shape, stop)?;
        if missing.is_empty() { "ok" } else { "changed" }
    };
    Ok(Finding {
        name: shape.table,
        state,
        differences: Vec::new(),
        rows: None,
        run: None,
    })
}

/// The row that tells the version.
fn said(version: u32) -> Result<Table<'static>> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![i64::from(version)])),
        Arc::new(StringArray::from(vec![concat!(
            "retail ",
            env!("CARGO_PKG_VERSION")
        )])),
    ];
    let shape = about();
    let rows = RecordBatch::try_new(Arc::new(shape.schema()), columns);
    let rows = rows.map_err(|e| Error::Internal(format!("the version: {e}")))?;
    Ok(Table {
        shape,
        rows: Box::new(std::iter::once(Ok(rows))),
    })
}

#[cfg(test)]
mod tests {
    use twox_hash::XxHash3_128;

    use super::*;

    /// Whoever changes a table or a view raises [`VERSION`], says what changes in [`MIGRATIONS`]
    /// where columns that come are not all, and writes the new number here.
    #[test]
    fn a_change_of_a_table_or_view_is_a_new_version() {
        let mut text = String::new();
        for shape in shapes().unwrap() {
            text.push_str(&format!("{shape:?}\n"));
        }
        for of in [
            "postgres://x",
            "clickhouse://x",
            "mongodb://x",
            "cassandra://x",
        ] {
            let address = Address::parse(of, &|_| Ok(None)).unwrap();
            for statement in statements(&address, None).unwrap() {
                text.push_str(&statement);
            }
        }
        let digest = format!("{VERSION}:{:032x}", XxHash3_128::oneshot(text.as_bytes()));
        assert_eq!(digest, DIGEST);
    }

    const DIGEST: &str = "2:70ba33f7ef191eaaef10ea53b81cb34b";
}
