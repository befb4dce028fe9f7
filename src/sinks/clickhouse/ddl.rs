//! Tables of ours in ClickHouse.

use super::RUN;
use crate::sinks::{Kind, OUTPUTS, OWNER, ROW, Shape};

/// How ClickHouse calls what a column holds.
pub fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "Nullable(String)",
        Kind::Int => "Nullable(Int64)",
        Kind::Money => "Nullable(Decimal(18, 4))",
        Kind::Sum => "Nullable(Decimal(38, 4))",
        Kind::Float => "Nullable(Float64)",
        Kind::Date => "Nullable(Date32)",
        Kind::Time => "Nullable(DateTime64(6, 'UTC'))",
        Kind::Flag => "Nullable(Bool)",
    }
}

/// The table of what counts.
pub fn foundation() -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {OUTPUTS} (\n  owner String,\n  table_name String,\n  \
         run String,\n  rows UInt64,\n  version UInt64,\n  \
         updated_at DateTime64(6, 'UTC') DEFAULT now64(6)\n) \
         ENGINE = ReplacingMergeTree(version) ORDER BY (owner, table_name)"
    )]
}

/// The rows of a table, and the view of those that count, each once.
pub fn table(shape: &Shape) -> Vec<String> {
    let table = &shape.table;
    let columns = shape.columns.iter();
    let columns: String = columns
        .map(|c| format!("  `{}` {},\n", c.name, type_of(c.kind)))
        .collect();
    vec![
        format!(
            "CREATE TABLE IF NOT EXISTS {table}_rows (\n{columns}  {OWNER} LowCardinality(String),\n  \
             {RUN} String,\n  {ROW} UInt64\n) ENGINE = ReplacingMergeTree \
             PARTITION BY ({OWNER}, {RUN}) ORDER BY ({OWNER}, {RUN}, {ROW})"
        ),
        view(shape),
    ]
}

/// The view of the rows that count.
pub fn view(shape: &Shape) -> String {
    let table = &shape.table;
    let names: Vec<_> = shape
        .columns
        .iter()
        .map(|c| format!("`{}`", c.name))
        .collect();
    format!(
        "CREATE OR REPLACE VIEW {table} AS\nSELECT {}, {OWNER}\nFROM {table}_rows FINAL\n\
             WHERE ({OWNER}, {RUN}) IN (\n  SELECT owner, run FROM {OUTPUTS} FINAL \
             WHERE table_name = '{table}'\n)",
        names.join(", ")
    )
}
