//! What a batch run says of itself.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analyses::Report;
use crate::record::Total;

/// The figures of a run; money is text.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The run, as its records tell it.
    #[serde(skip)]
    pub run_id: String,
    /// `batch`.
    pub command: &'static str,
    /// Files read.
    pub files: usize,
    /// Records read: `accepted + rejected + duplicates`.
    pub read: u64,
    /// Records that count, restocks included.
    pub accepted: u64,
    /// Records that cleaning refused.
    pub rejected: u64,
    /// The same by reason.
    pub rejected_by_reason: BTreeMap<String, u64>,
    /// Later records with the key of an earlier one.
    pub duplicates: u64,
    /// Accepted restocks: they make no group.
    pub non_sales: u64,
    /// Σ m(r) over the accepted records.
    pub grand_total: Total,
    /// Distinct days.
    pub days: u64,
    /// Distinct products.
    pub products: u64,
    /// Rows of the result: days times the products sold on each.
    pub groups: u64,
    /// Which columns carried which field.
    pub mapping: BTreeMap<String, String>,
    /// What was asked of the history besides.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub analyses: Option<Report>,
    /// Wall clock time.
    pub seconds: f64,
    /// Records read a second.
    pub rows_per_second: u64,
}
