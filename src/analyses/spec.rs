//! What an analysis says of itself: computation, help, documentation, API and tests come from it.
//!
//! A computation is SQL over named tables, so that the same text can run on another engine. To be
//! bounded in memory here, a step runs over slices of what it reads: some days of the sales, or
//! those rows of an earlier step whose key falls into one part. A text must therefore mean the
//! same over each slice as over all: its groups never cross slices, or [`Step::fold`] joins what
//! the slices gave.

use crate::store::Location;

/// An analysis.
#[derive(Debug)]
pub struct Analysis {
    /// What it is called by `--analysis`, and its folder.
    pub name: &'static str,
    /// What it tells, in one line.
    pub about: &'static str,
    /// Where its rules come from.
    pub source: &'static str,
    /// What must be there, else it is skipped.
    pub needs: &'static [Need],
    /// What it writes; the first is its main table.
    pub tables: &'static [Table],
    /// A small example, worked by hand.
    pub example: &'static str,
}

impl Analysis {
    /// Its folder below the output of batch.
    pub fn folder(&self, output: &Location) -> Location {
        output.join(FOLDER).join(self.name)
    }
}

/// The folder of all analyses below the output of batch.
pub const FOLDER: &str = "analyses";

/// A table that an analysis writes.
#[derive(Debug)]
pub struct Table {
    /// The name of its files.
    pub file: &'static str,
    /// What one row is, and the rules of the whole.
    pub about: &'static str,
    /// What must be there besides, else the table is left out.
    pub needs: &'static [Need],
    /// Its columns in order.
    pub columns: &'static [Column],
    /// How it is computed. Its order is the table's.
    pub step: Step,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means.
    pub about: &'static str,
}

/// What a column holds; any may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// A whole number.
    Count,
    /// `DECIMAL(18,4)`: money, pieces, a ratio or a share in per cent.
    Money,
    /// A date.
    Date,
    /// A UTC timestamp in microseconds.
    Time,
    /// Yes or no.
    Flag,
}

/// A column of a table.
pub const fn column(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, kind, about }
}

/// One computation.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// What other steps call its result.
    pub name: &'static str,
    /// What it runs over.
    pub over: Over,
    /// The text. `{as_of}` is the date that the run looks back from, `{as_of_day}` its number of
    /// days since 1970; `RATIO(a, b)` is `a / b` to four decimals, half to even, and null by zero;
    /// `TIMES(a, b)` is `a * b`, rounded likewise.
    pub sql: &'static str,
    /// Joins the results of two or more slices, which it reads as `parts`; without it they are
    /// simply put behind each other.
    pub fold: Option<&'static str>,
    /// The column by whose value the rows are spread over slices for the steps that read it.
    pub split_by: Option<&'static str>,
    /// Of a step over days that reads more than the records: what it sees of the rest on the days
    /// up to `{seen_day}`. While that is the same, what the step gave of these days still holds.
    pub sees: &'static [&'static str],
}

/// What a step runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// `sales` and `events`, some whole days at a time. Every row has its `day_number`, and is of
    /// the records of this day alone, so that it can be kept for the next run.
    Days,
    /// The rows of this step, all those of a key at a time.
    Slices(&'static str),
    /// What this step over days has just given, with its `day_number`.
    Beside(&'static str),
    /// Everything at once: only of results that are small.
    Whole,
}

/// What an input must tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// At least one buyer.
    Customers,
    /// At least one shop.
    Stores,
    /// Levels of stock, by `--inventory`.
    Inventory,
    /// Visits, by `--sessions`.
    Sessions,
    /// Sales on days that a calendar can hold.
    Calendar,
}

impl Need {
    /// What is said where it is missing.
    pub fn missing(self) -> &'static str {
        match self {
            Self::Customers => "the input names no customers (customer_id)",
            Self::Stores => "the input names no stores (store_id)",
            Self::Inventory => "no inventory events were given (--inventory)",
            Self::Sessions => "no sessions were given (--sessions)",
            Self::Calendar => "the days of the sales reach over 100 years or more",
        }
    }
}

impl Step {
    /// A step over everything at once.
    pub const fn whole(name: &'static str, sql: &'static str) -> Self {
        Self::over(Over::Whole, name, sql)
    }

    /// A step over some days at a time.
    pub const fn days(name: &'static str, sql: &'static str) -> Self {
        Self::over(Over::Days, name, sql)
    }

    /// A step over the slices of another one.
    pub const fn slices(of: &'static str, name: &'static str, sql: &'static str) -> Self {
        Self::over(Over::Slices(of), name, sql)
    }

    /// A step over what another one over days has just given.
    pub const fn beside(of: &'static str, name: &'static str, sql: &'static str) -> Self {
        Self::over(Over::Beside(of), name, sql)
    }

    const fn over(over: Over, name: &'static str, sql: &'static str) -> Self {
        Self {
            name,
            over,
            sql,
            fold: None,
            split_by: None,
            sees: &[],
        }
    }

    /// The same with a text that joins the results of slices.
    #[must_use]
    pub const fn folded(self, sql: &'static str) -> Self {
        Self {
            fold: Some(sql),
            ..self
        }
    }

    /// The same, spread by a column.
    #[must_use]
    pub const fn split_by(self, column: &'static str) -> Self {
        Self {
            split_by: Some(column),
            ..self
        }
    }

    /// The same with what it sees beside the records.
    #[must_use]
    pub const fn seeing(self, sees: &'static [&'static str]) -> Self {
        Self { sees, ..self }
    }
}
