//! The Parquet on S3 that ClickHouse reads beside its own rows.

use crate::error::{Error, Result};
use crate::sinks::clickhouse::type_of;
use crate::sinks::{Shape, catalog};
use crate::store::s3::access;

/// Where to read from.
pub(super) struct Lake {
    pub statement: String,
    pub shown: String,
}

/// What ClickHouse reads at `s3://bucket/path`, the output of `stream --job events`; without an
/// address, nothing.
pub(super) fn of(lake: Option<&str>) -> Result<Lake> {
    let Some(text) = lake else {
        let nothing = "(SELECT * FROM events WHERE false)".to_owned();
        return Ok(Lake {
            statement: nothing.clone(),
            shown: nothing,
        });
    };
    let place = text
        .strip_prefix("s3://")
        .unwrap_or_default()
        .trim_end_matches('/');
    let (bucket, path) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        let what = format!("--lake {text}: name a folder on S3, as s3://lake/events");
        return Err(Error::Usage(what));
    }
    let s3 = access::said()?;
    let slash = if path.is_empty() { "" } else { "/" };
    let url = match &s3.endpoint {
        Some(endpoint) => format!("{}/{bucket}/{path}", endpoint.trim_end_matches('/')),
        None => format!("https://{bucket}.s3.{}.amazonaws.com/{path}", s3.region),
    };
    let url = format!("{url}{slash}events/part-*.parquet");
    let columns = events()?.columns;
    let columns = columns.iter();
    let columns: Vec<_> = columns
        .map(|c| format!("{} {}", c.name, type_of(c.kind)))
        .collect();
    let structure = quoted(&columns.join(", "));
    let keys = s3.keys.as_ref();
    let with = |secret: Option<&str>| {
        let login = match (keys, secret) {
            (Some((key, _)), Some(secret)) => format!("{}, {}", quoted(key), quoted(secret)),
            _ => "NOSIGN".to_owned(),
        };
        format!("s3({}, {login}, 'Parquet', {structure})", quoted(&url))
    };
    Ok(Lake {
        statement: with(keys.map(|(_, secret)| secret.as_str())),
        shown: with(keys.map(|_| "***")),
    })
}

fn events() -> Result<Shape> {
    let all = catalog::all()?;
    let mut all = all.into_iter().filter(|shape| shape.table == "events");
    all.next()
        .ok_or_else(|| Error::Internal("no table of events".to_owned()))
}

/// A text as a literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
