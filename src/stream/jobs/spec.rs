//! What a job says of itself: help, settings, documentation and tests come from it.

use std::time::Duration;

/// A job.
#[derive(Debug)]
pub struct Spec {
    /// What it is called by `--job`.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// The events that it looks at, in a few words.
    pub events: &'static str,
    /// How far its watermark stays behind the latest event, unless `--watermark` says otherwise.
    pub patience: Duration,
    /// What it writes.
    pub tables: &'static [TableSpec],
    /// What can be set.
    pub settings: &'static [SettingSpec],
    /// Figures that it counts in the summary, beside its rows.
    pub figures: &'static [&'static str],
}

/// A table of rows that a job writes: a folder below the output.
#[derive(Debug)]
pub struct TableSpec {
    /// Its name, which is the folder's.
    pub name: &'static str,
    /// How its rows come about.
    pub keep: Keep,
    /// Its columns in order.
    pub columns: &'static [Column],
}

/// How the rows of a table come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Every row is final and stays.
    Rows,
    /// The same, and it tells somebody of something: it is shown as soon as it is known.
    Alerts,
    /// The newest rows replace all earlier ones.
    Newest,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Type,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// UTF-8.
    Text,
    /// A whole number.
    Int,
    /// `DECIMAL(18,4)`, shown with two to four decimals.
    Money,
    /// `DECIMAL(18,4)`, shown without needless decimals.
    Quantity,
    /// A double: a score or a share, never money.
    Float,
    /// A UTC timestamp in microseconds.
    Time,
    /// Yes or no.
    Bool,
}

/// A column of the table of a job.
pub const fn column(name: &'static str, kind: Type) -> Column {
    Column { name, kind }
}

/// Something that `--set JOB.NAME=VALUE` sets.
#[derive(Debug)]
pub struct SettingSpec {
    /// Its name.
    pub name: &'static str,
    /// Its value where nothing is said.
    pub default: &'static str,
    /// What it means.
    pub about: &'static str,
}

impl Spec {
    /// The number of a table.
    pub fn table(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.name == name)
    }
}
