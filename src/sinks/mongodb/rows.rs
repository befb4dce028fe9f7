//! Rows as documents, and their way in.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use mongodb::Collection;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::error::ErrorKind;

use super::Done;
use crate::error::{Error, Result};
use crate::sinks::cell::{Cell, cells};
use crate::sinks::{OWNER, ROW, Shape};

/// Documents that are sent at a time.
pub(super) const LOT: usize = 5_000;
/// A key that is there already.
pub(super) const DUPLICATE: i32 = 11_000;

/// Adds rows, the first of them number `from`, and makes documents of no more of them than go out at
/// a time.
pub(super) async fn insert_rows(
    into: &Collection<Document>,
    shape: &Shape,
    (owner, from): (&str, u64),
    rows: &RecordBatch,
    failed: impl Fn(mongodb::error::Error) -> Error,
) -> Result<()> {
    for at in (0..rows.num_rows()).step_by(LOT) {
        let some = rows.slice(at, LOT.min(rows.num_rows() - at));
        let documents = documents(shape, owner, from + at as u64, &some)?;
        insert(into, &documents).await.map_err(&failed)?;
    }
    Ok(())
}

/// Adds documents. One that is there already is left, if it says the same: else another run has been
/// at work under this name, and makes room.
pub(super) async fn insert(into: &Collection<Document>, rows: &[Document]) -> Done<()> {
    for some in rows.chunks(LOT) {
        let Err(e) = into.insert_many(some).ordered(false).await else {
            continue;
        };
        let known: Option<Vec<usize>> = match &*e.kind {
            ErrorKind::InsertMany(e) if e.write_concern_error.is_none() => {
                let errors = e.write_errors.iter().flatten();
                errors
                    .map(|error| (error.code == DUPLICATE).then_some(error.index))
                    .collect()
            }
            _ => None,
        };
        let Some(known) = known else { return Err(e) };
        let ids: Vec<_> = known.iter().map(|at| some[*at].get("_id")).collect();
        let mut there = HashMap::new();
        let mut found = into.find(doc! { "_id": { "$in": ids } }).await?;
        while found.advance().await? {
            let document: Document = found.deserialize_current()?;
            there.insert(
                document.get_str("_id").unwrap_or_default().to_owned(),
                document,
            );
        }
        for at in known {
            let id = some[at].get_str("_id").unwrap_or_default();
            if there.get(id) != Some(&some[at]) {
                let same = doc! { "_id": id };
                into.replace_one(same, &some[at]).upsert(true).await?;
            }
        }
    }
    Ok(())
}

/// Rows as documents, the first of them number `from`.
fn documents(shape: &Shape, owner: &str, from: u64, rows: &RecordBatch) -> Result<Vec<Document>> {
    let columns = cells(shape, rows)?;
    let documents = (0..rows.num_rows()).map(|row| {
        let number = (from + row as u64).cast_signed();
        let mut document = doc! { "_id": format!("{owner}/{number}") };
        for (column, cells) in shape.columns.iter().zip(&columns) {
            document.insert(column.name.clone(), bson(&cells[row])?);
        }
        document.insert(OWNER, owner);
        document.insert(ROW, number);
        Ok(document)
    });
    documents.collect()
}

fn bson(cell: &Cell<'_>) -> Result<Bson> {
    Ok(match cell {
        Cell::Null => Bson::Null,
        Cell::Text(text) => Bson::String((*text).to_owned()),
        Cell::Int(number) => Bson::Int64(*number),
        Cell::Float(number) => Bson::Double(*number),
        Cell::Flag(yes) => Bson::Boolean(*yes),
        // Its times are of milliseconds.
        Cell::Time(micros) => Bson::DateTime(DateTime::from_millis(micros.div_euclid(1_000))),
        Cell::Date(day) => Bson::DateTime(DateTime::from_millis(i64::from(*day) * 86_400_000)),
        Cell::Decimal(units) => {
            let text = format!("{units}E-4");
            let decimal = text.parse();
            Bson::Decimal128(decimal.map_err(|_| Error::Internal(format!("{text} as Decimal128")))?)
        }
    })
}
