//! What a stream on Spark makes of the messages: the jobs that SQL carries.

use crate::store::Location;
use crate::stream::jobs::list::GENERAL;

/// A job that SQL carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Revenue by window and product.
    Revenue,
    /// Sales by window, country and category.
    Metrics,
}

impl Job {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Revenue, Self::Metrics];

    /// What it is called, also by `--job`. Its folder in the checkpoint is called so, too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Metrics => "metrics",
        }
    }

    /// What made its output, as run records say it.
    pub fn command(self) -> &'static str {
        match self {
            Self::Revenue => "stream",
            Self::Metrics => "stream jobs",
        }
    }

    /// That of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }

    /// Where its rows go: as locally, those of jobs to the folder of their table.
    pub fn table(self, output: &Location) -> Location {
        match self {
            Self::Revenue => output.clone(),
            Self::Metrics => output.join("sales_metrics"),
        }
    }

    /// The column of its rows that holds the money.
    pub fn money(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Metrics => "total_amount",
        }
    }

    /// What sets a row apart from others of its window, as columns.
    pub fn key(self) -> &'static str {
        match self {
            Self::Revenue => "product",
            Self::Metrics => "country, category",
        }
    }

    /// The same, out of what cleaning gives.
    pub fn key_of_sale(self) -> String {
        match self {
            Self::Revenue => "product".to_owned(),
            Self::Metrics => {
                format!("country, COALESCE(NULLIF(category, ''), '{GENERAL}') AS category")
            }
        }
    }
}
