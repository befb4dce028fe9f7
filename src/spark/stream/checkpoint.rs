//! What Spark's own checkpoint tells: from where to where messages were read.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::store::{self, Location};

/// The messages that were taken up, as Spark's Kafka source names positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The first that were to be read.
    pub from: String,
    /// The first that were not read.
    pub to: String,
    /// The batch that read the last of them.
    pub batch: u64,
    /// The watermark of that batch, in milliseconds.
    pub watermark: Option<i64>,
}

/// What the complete batches of the checkpoint of a query have read; none if there is no such batch.
///
/// # Errors
/// When a file of the checkpoint cannot be read, or is not as Spark writes it.
pub fn taken(checkpoint: &Location) -> Result<Option<Taken>> {
    let Some(batch) = last(&checkpoint.join("commits"))? else {
        return Ok(None);
    };
    let begun = checkpoint.join("sources").join("0").join("0");
    let from = lines(&begun)?.pop().unwrap_or_default();
    // Before its version there may be a byte of another version.
    let offsets = checkpoint.join("offsets").join(&batch.to_string());
    let lines = lines(&offsets)?;
    let other = || Error::data(&offsets, "is not as Spark 4 writes it");
    let [_, about, to] = lines.as_slice() else {
        return Err(other());
    };
    let about: Value = serde_json::from_str(about).map_err(|_| other())?;
    let watermark = about.get("batchWatermarkMs").and_then(Value::as_i64);
    Ok(Some(Taken {
        from,
        to: to.clone(),
        batch,
        watermark: watermark.filter(|watermark| *watermark > 0),
    }))
}

/// The greatest number that is the name of a file in a folder.
fn last(folder: &Location) -> Result<Option<u64>> {
    let store = store::open(folder)?;
    if store.stat(folder)?.is_none() {
        return Ok(None);
    }
    let children = store.children(folder)?;
    let numbers = children
        .iter()
        .filter_map(|child| child.name.to_str()?.parse().ok());
    Ok(numbers.max())
}

fn lines(file: &Location) -> Result<Vec<String>> {
    let text = store::open(file)?.read_small(file)?;
    let text = text.ok_or_else(|| Error::data(file, "is missing in the checkpoint"))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(text.lines().map(str::to_owned).collect())
}
