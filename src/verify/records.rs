//! What the runs say of themselves in `_run.json`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::config::values::delimiter;
use crate::error::{Error, Result};
use crate::record::{DateFormat, Rules, Total};
use crate::store::run_record::RUN_RECORD;
use crate::store::{self, Location, RunRecord};

/// Counts of records, as a summary states them.
#[derive(Debug, Clone, Deserialize)]
pub struct Counts {
    /// Records read.
    pub read: u64,
    /// Records that count, restocks included.
    pub accepted: u64,
    /// Records that cleaning refused.
    pub rejected: u64,
    /// The same by reason.
    #[serde(default)]
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Later records with the key of an earlier one.
    pub duplicates: u64,
    /// Accepted restocks.
    pub non_sales: u64,
}

/// The figures of batch.
#[derive(Debug, Clone, Deserialize)]
pub struct BatchFigures {
    /// How many records there were.
    #[serde(flatten)]
    pub counts: Counts,
    /// Σ m(r).
    pub grand_total: Total,
    /// Distinct days.
    pub days: u64,
    /// Distinct products.
    pub products: u64,
}

/// The figures of a stream.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamFigures {
    /// How many records there were.
    #[serde(flatten)]
    pub counts: Counts,
    /// Accepted records that missed a window.
    pub late: u64,
    /// Σ of the contributions that were missed.
    pub late_revenue: Total,
    /// Rows written: one for each window and product.
    pub windows: u64,
    /// Σ over the rows written.
    pub written_revenue: Total,
    /// Rows of windows that are open, where a stream tells them.
    #[serde(default)]
    pub open_windows: Option<u64>,
    /// Σ over the windows that are open.
    pub open_revenue: Total,
    /// Σ m(r) over the accepted records.
    pub accepted_revenue: Total,
    /// Accepted records whose key was due to be forgotten when they came.
    #[serde(default)]
    pub beyond_horizon: u64,
    /// Whether the end was reached and every window closed.
    pub ended: bool,
    /// `files`, `kafka` or `stdin`.
    pub source: String,
    /// Whether the files were read exactly once.
    #[serde(default)]
    pub passes_complete: bool,
}

/// The settings that decide what a record is worth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Cleaning {
    /// Fields whose values make the key of a record.
    pub dedup: Vec<String>,
    /// Columns that carry a field, as `product=Description`.
    pub map: Vec<String>,
    /// Whether numbers are written `1,50`.
    pub decimal_comma: bool,
    /// The format of dates that are not ISO.
    pub date_format: Option<String>,
    /// The separator of CSV files, where it was given.
    pub delimiter: Option<String>,
}

/// The settings of a stream.
#[derive(Debug, Clone, Deserialize)]
pub struct StreamSettings {
    /// How records were cleaned.
    #[serde(flatten)]
    pub cleaning: Cleaning,
    /// W, in microseconds.
    #[serde(rename = "window_seconds", deserialize_with = "micros")]
    pub window: i64,
    /// S, in microseconds.
    #[serde(rename = "slide_seconds", deserialize_with = "micros")]
    pub slide: i64,
}

/// Seconds, whole or not, as microseconds.
fn micros<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<i64, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    Ok((seconds * 1e6).round() as i64)
}

impl Cleaning {
    /// The rules to read by, and the separator of CSV files.
    ///
    /// # Errors
    /// When a setting is none that this version knows.
    pub fn rules(&self) -> Result<(Rules, Option<u8>)> {
        let mut rules = Rules {
            decimal_comma: self.decimal_comma,
            dedup: self.dedup.clone(),
            ..Rules::default()
        };
        for map in &self.map {
            rules.map(map)?;
        }
        if let Some(format) = &self.date_format {
            rules.date_format = Some(DateFormat::new(format)?);
        }
        let delimiter = self.delimiter.as_deref().map(delimiter).transpose();
        let delimiter = delimiter.map_err(|e| Error::data("delimiter", e))?;
        Ok((rules, delimiter))
    }

    /// The names of the settings in which `other` differs. A separator matters only where both
    /// read files.
    pub fn differing(&self, other: &Self, both_read_files: bool) -> Vec<&'static str> {
        let differ = [
            ("dedup", self.dedup != other.dedup),
            ("map", self.map != other.map),
            ("decimal_comma", self.decimal_comma != other.decimal_comma),
            ("date_format", self.date_format != other.date_format),
            (
                "delimiter",
                both_read_files && self.delimiter != other.delimiter,
            ),
        ];
        let differ = differ.into_iter().filter(|(_, differ)| *differ);
        differ.map(|(name, _)| name).collect()
    }
}

/// The record of a folder of `command`, made whole first; none where there is no record.
///
/// # Errors
/// When the record is of another command, or cannot be read.
pub fn of(folder: &Location, command: &str) -> Result<Option<RunRecord>> {
    store::recover(folder)?;
    let record = RunRecord::read(folder)?;
    match record {
        Some(other) if other.command != command => Err(Error::data(
            folder.join(RUN_RECORD),
            format!(
                "is of {}, not of {command}; name another folder",
                other.command
            ),
        )),
        record => Ok(record),
    }
}

/// A part of the record in `folder` as what it should hold.
///
/// # Errors
/// [`Error::Data`] when it does not.
pub fn part<T: DeserializeOwned>(folder: &Location, name: &str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| {
        let what = format!("{name}: {e}; run again what wrote the folder");
        Error::data(folder.join(RUN_RECORD), what)
    })
}
