//! What was compared, and where it differs.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::record::Total;

/// How many differences are told one by one.
pub const MOST_DIFFERENCES: usize = 20;

/// A figure that is compared; money and texts are strings in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// A number of something.
    Count(u64),
    /// A sum.
    Money(Total),
}

/// How a comparison ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Both figures are one.
    Equal,
    /// They are not: the check failed.
    Different,
    /// There was nothing to compare with; no failure.
    #[serde(rename = "not comparable")]
    NotComparable,
}

/// One comparison.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What is compared, such as `batch: read`.
    pub name: String,
    /// What it should be.
    pub expected: Option<Figure>,
    /// What it is.
    pub found: Option<Figure>,
    /// How they compare.
    pub result: Verdict,
    /// Why they differ or cannot be compared, where that is known.
    pub why: Option<String>,
}

/// One sum that differs.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// The UTC day, or the start of the window; none where the days are added up.
    pub day: Option<String>,
    /// The product, or the store, category, country or hour.
    pub product: String,
    /// What it should be; none for a row that should not be there.
    pub expected: Option<Figure>,
    /// What it is; none for a row that is missing.
    pub found: Option<Figure>,
    /// The output that disagrees, or the check that failed.
    #[serde(rename = "where")]
    pub place: Cow<'static, str>,
}

/// Everything that was compared.
#[derive(Debug, Serialize)]
pub struct Report {
    /// `verify`.
    pub command: &'static str,
    /// Whether nothing differs.
    pub equal: bool,
    /// Records of the input, as they were read again.
    pub read: u64,
    /// Those of them that were rejected.
    pub rejected: u64,
    /// The comparisons, in order.
    pub checks: Vec<Check>,
    /// The first sums that differ, at most [`MOST_DIFFERENCES`].
    pub differences: Vec<Difference>,
    /// How many sums differ.
    pub differences_in_all: u64,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            command: "verify",
            equal: true,
            read: 0,
            rejected: 0,
            checks: Vec::new(),
            differences: Vec::new(),
            differences_in_all: 0,
        }
    }
}

impl Report {
    /// Compares two figures.
    pub fn compare<F: Into<Figure>>(&mut self, name: impl Into<String>, expected: F, found: F) {
        let (expected, found) = (expected.into(), found.into());
        let same = expected == found;
        self.check(name, expected, found, same, None);
    }

    /// Adds a comparison whose outcome is known: it may differ though the figures are one.
    pub fn check(
        &mut self,
        name: impl Into<String>,
        expected: impl Into<Figure>,
        found: impl Into<Figure>,
        same: bool,
        why: Option<String>,
    ) {
        self.equal &= same;
        self.checks.push(Check {
            name: name.into(),
            expected: Some(expected.into()),
            found: Some(found.into()),
            result: match same {
                true => Verdict::Equal,
                false => Verdict::Different,
            },
            why,
        });
    }

    /// Says that something cannot even be read as what it should be: a failure.
    pub fn broken(&mut self, name: impl Into<String>, why: impl Into<String>) {
        self.equal = false;
        self.bare(name, Verdict::Different, why);
    }

    /// Says that there is nothing to compare with: no failure.
    pub fn not_comparable(&mut self, name: impl Into<String>, why: impl Into<String>) {
        self.bare(name, Verdict::NotComparable, why);
    }

    /// Notes a sum that differs.
    pub fn differ(&mut self, difference: impl FnOnce() -> Difference) {
        self.equal = false;
        self.differences_in_all += 1;
        if self.differences.len() < MOST_DIFFERENCES {
            self.differences.push(difference());
        }
    }

    fn bare(&mut self, name: impl Into<String>, result: Verdict, why: impl Into<String>) {
        self.checks.push(Check {
            name: name.into(),
            expected: None,
            found: None,
            result,
            why: Some(why.into()),
        });
    }
}

impl From<u64> for Figure {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<Total> for Figure {
    fn from(total: Total) -> Self {
        Self::Money(total)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Money(total) => total.fmt(f),
        }
    }
}
