//! Counts of records: `read = accepted + rejected + duplicates`.

use std::collections::BTreeMap;

use crate::record::Reason;

/// How many records there were of each kind.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Records read.
    pub read: u64,
    /// Rejected ones, by the number of their [`Reason`].
    pub rejected: [u64; Reason::COUNT],
    /// Later records with the key of an earlier one.
    pub duplicates: u64,
    /// Accepted restocks.
    pub non_sales: u64,
    /// Accepted records that are none, counted one by one where they are added up: what proves
    /// the identity.
    pub sales: u64,
}

impl Counts {
    /// Adds another share.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.duplicates += other.duplicates;
        self.non_sales += other.non_sales;
        self.sales += other.sales;
        for (sum, more) in self.rejected.iter_mut().zip(other.rejected) {
            *sum += more;
        }
    }

    /// All rejected records.
    pub fn all_rejected(&self) -> u64 {
        self.rejected.iter().sum()
    }

    /// Accepted records, restocks included.
    pub fn accepted(&self) -> u64 {
        self.read - self.all_rejected() - self.duplicates
    }

    /// Rejected records by the reason's name; only reasons that occurred.
    pub fn by_reason(&self) -> BTreeMap<String, u64> {
        let counts = Reason::ALL.into_iter().zip(self.rejected);
        counts
            .filter(|(_, count)| *count > 0)
            .map(|(reason, count)| (reason.name().to_owned(), count))
            .collect()
    }
}
