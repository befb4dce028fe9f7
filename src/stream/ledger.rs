//! What a stream has counted since its state began.

use serde::{Deserialize, Serialize};

use crate::record::{Counts, Reason, Total};

/// The figures of §1 of the contract.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// `read = accepted + rejected + duplicates`, and the restocks among the accepted.
    pub counts: Counts,
    /// Accepted records that missed a window.
    pub late: u64,
    /// Σ of what they missed.
    pub late_revenue: Total,
    /// Σ m(r) over the accepted records.
    pub accepted_revenue: Total,
    /// Rows of closed windows: one for each window and product.
    pub windows: u64,
    /// Σ over these rows.
    pub written_revenue: Total,
    /// Messages that had expired before they could be read, where that was allowed.
    pub lost: u64,
    /// Accepted records with a key that came when it was due to be forgotten.
    pub beyond_horizon: u64,
}

/// A [`Ledger`] as it is saved: reasons by name, so that new ones can come.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SavedLedger {
    read: u64,
    rejected: Vec<(String, u64)>,
    duplicates: u64,
    non_sales: u64,
    sales: u64,
    late: u64,
    late_revenue: i128,
    accepted_revenue: i128,
    windows: u64,
    written_revenue: i128,
    lost: u64,
    beyond_horizon: u64,
}

impl From<&Ledger> for SavedLedger {
    fn from(ledger: &Ledger) -> Self {
        Self {
            read: ledger.counts.read,
            rejected: ledger.counts.by_reason().into_iter().collect(),
            duplicates: ledger.counts.duplicates,
            non_sales: ledger.counts.non_sales,
            sales: ledger.counts.sales,
            late: ledger.late,
            late_revenue: ledger.late_revenue.units(),
            accepted_revenue: ledger.accepted_revenue.units(),
            windows: ledger.windows,
            written_revenue: ledger.written_revenue.units(),
            lost: ledger.lost,
            beyond_horizon: ledger.beyond_horizon,
        }
    }
}

impl From<&SavedLedger> for Ledger {
    fn from(saved: &SavedLedger) -> Self {
        let mut counts = Counts {
            read: saved.read,
            duplicates: saved.duplicates,
            non_sales: saved.non_sales,
            sales: saved.sales,
            ..Counts::default()
        };
        for (name, count) in &saved.rejected {
            if let Some(reason) = Reason::ALL.into_iter().find(|r| r.name() == name) {
                counts.rejected[reason as usize] = *count;
            }
        }
        Self {
            counts,
            late: saved.late,
            late_revenue: Total::from_units(saved.late_revenue),
            accepted_revenue: Total::from_units(saved.accepted_revenue),
            windows: saved.windows,
            written_revenue: Total::from_units(saved.written_revenue),
            lost: saved.lost,
            beyond_horizon: saved.beyond_horizon,
        }
    }
}
