//! Tables of ours in Postgres.

use crate::sinks::{Kind, OUTPUTS, OWNER, ROW, Shape};

/// The columns of a table or view and their types.
pub const COLUMNS: &str = "\
    SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute \
    WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum";

/// How Postgres calls what a column holds.
pub fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "bigint",
        Kind::Money => "numeric(18,4)",
        Kind::Sum => "numeric(38,4)",
        Kind::Float => "double precision",
        Kind::Date => "date",
        Kind::Time => "timestamp with time zone",
        Kind::Flag => "boolean",
    }
}

/// The schema, whose name is quoted, and the table of what counts.
pub fn foundation(schema: &str) -> Vec<String> {
    let mut all = vec![format!(
        "CREATE TABLE IF NOT EXISTS {OUTPUTS} (\n  owner text,\n  table_name text,\n  \
         run text NOT NULL,\n  rows bigint NOT NULL,\n  \
         updated_at timestamp with time zone NOT NULL DEFAULT now(),\n  \
         PRIMARY KEY (owner, table_name)\n)"
    )];
    if schema != "\"public\"" {
        all.insert(0, format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
    }
    all
}

/// A table, and the index that what is mostly asked for needs.
pub fn table(shape: &Shape) -> Vec<String> {
    let table = &shape.table;
    let columns = shape.columns.iter();
    let columns = columns.map(|c| format!("  \"{}\" {},\n", c.name, type_of(c.kind)));
    let columns: String = columns.collect();
    let mut all = vec![format!(
        "CREATE TABLE IF NOT EXISTS {table} (\n{columns}  {OWNER} text NOT NULL,\n  \
         {ROW} bigint NOT NULL,\n  PRIMARY KEY ({OWNER}, {ROW})\n)"
    )];
    if let Some(when) = shape.when() {
        let name = &when.name;
        all.push(format!(
            "CREATE INDEX IF NOT EXISTS {table}_{name} ON {table} (\"{name}\")"
        ));
    }
    all
}
