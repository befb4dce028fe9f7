//! The raw archive of a topic: messages as they came, in Parquet files by date.
//!
//! `date=2025-01-01/part-00000000-00000002.parquet` holds the commits 0 to 2 of that date. Their
//! numbers have no gap, and where files were merged the name of the new one tells which it
//! replaces. So a reader that finds both takes the new one only, whenever the process that merged
//! them ended.

mod parts;
mod reader;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

pub use parts::{PartName, current};
pub use reader::{ArchiveReader, Messages};

/// The topic; of files that were played, the file.
pub const TOPIC: &str = "topic";
/// The partition's number.
pub const PARTITION: &str = "partition";
/// The message's place in its partition.
pub const OFFSET: &str = "offset";
/// The time that its producer or the broker gave it.
pub const TIMESTAMP: &str = "timestamp";
/// Its key's bytes; null if it has none.
pub const KEY: &str = "key";
/// Its value's bytes; null if it has none.
pub const VALUE: &str = "value";

/// The columns of every file.
pub fn schema() -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new(TOPIC, DataType::Utf8, false),
        Field::new(PARTITION, DataType::Int32, false),
        Field::new(OFFSET, DataType::Int64, false),
        Field::new(TIMESTAMP, time, true),
        Field::new(KEY, DataType::Binary, true),
        Field::new(VALUE, DataType::Binary, true),
    ]))
}

/// Whether a file of these columns is of an archive.
pub fn is_archive(schema: &Schema) -> bool {
    let is = |name: &str, kind: fn(&DataType) -> bool| {
        let field = schema.field_with_name(name);
        field.is_ok_and(|field| kind(field.data_type()))
    };
    is(TOPIC, |kind| {
        matches!(
            kind,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..)
        )
    }) && is(PARTITION, |kind| *kind == DataType::Int32)
        && is(OFFSET, |kind| *kind == DataType::Int64)
        && is(TIMESTAMP, |kind| matches!(kind, DataType::Timestamp(..)))
        && is(VALUE, |kind| {
            matches!(
                kind,
                DataType::Binary | DataType::LargeBinary | DataType::BinaryView
            )
        })
}
