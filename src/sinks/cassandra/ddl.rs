//! Tables of ours in Cassandra.

use crate::sinks::{Kind, OUTPUTS, OWNER, ROW, Shape};

/// How Cassandra calls what a column holds.
pub fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "bigint",
        Kind::Money | Kind::Sum => "decimal",
        Kind::Float => "double",
        Kind::Date => "date",
        Kind::Time => "timestamp",
        Kind::Flag => "boolean",
    }
}

/// A name as it is, though it may be a word of CQL.
pub fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// The keyspace, whose name is quoted, and the table of what counts.
pub fn foundation(keyspace: &str, replicas: u8) -> Vec<String> {
    vec![
        format!(
            "CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = \
             {{'class': 'SimpleStrategy', 'replication_factor': {replicas}}}"
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {keyspace}.{OUTPUTS} (owner text, table_name text, \
             run text, rows bigint, reach bigint, loading boolean, updated_at timestamp, \
             PRIMARY KEY (owner, table_name))"
        ),
    ]
}

/// A table, in partitions of a thousand rows.
pub fn table(keyspace: &str, shape: &Shape) -> Vec<String> {
    let columns = shape.columns.iter();
    let columns: String = columns
        .map(|c| format!("\"{}\" {}, ", c.name, type_of(c.kind)))
        .collect();
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {keyspace}.{} (\"{OWNER}\" text, \"_bucket\" bigint, \
         \"{ROW}\" bigint, {columns}PRIMARY KEY ((\"{OWNER}\", \"_bucket\"), \"{ROW}\"))",
        shape.table
    )]
}
