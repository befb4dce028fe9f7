//! Files into raw records: formats, dialects and pieces of whole records.

pub mod accept;
pub mod archive;
pub mod chunk;
pub mod collect;
pub mod columns;
pub mod csv;
pub mod feed;
pub mod held;
pub mod input;
pub mod json;
pub mod parquet_file;
pub mod reject;
pub mod rows;
mod sniff;
pub mod text;

#[cfg(test)]
mod tests;
