//! The tables of a query.

use std::path::Path;
use std::sync::Arc;

use polars::prelude::{
    CsvEncoding, DataFrame, DataType, Expr, Field, HiveOptions, IntoLazy, LazyCsvReader,
    LazyFileListReader, LazyFrame, PlRefPath, ScanArgsParquet, ScanSources, Schema, all, by_name,
    col,
};
use polars::sql::SQLContext;

use super::csv_types;
use super::errors::of_file;
use super::files::{self, Files};
use super::near::{Copies, Near, below};
use super::runs::{OUTPUTS, Runs};
use super::sql::References;
use crate::error::{Error, Result};
use crate::store::{self, Location};

/// Makes the tables known that the query speaks of.
///
/// # Errors
/// When a named file cannot be read, or the outputs are of different runs.
pub(super) fn register(
    context: &mut SQLContext,
    references: &References,
    output: &Location,
    copies: &Copies,
) -> Result<Runs> {
    let mut runs = Runs::default();
    for (name, folder) in OUTPUTS {
        let folder = output.join(folder);
        let named = |word: &String| word == name;
        let named = references.words.iter().chain(&references.quoted).any(named);
        if !named {
            continue;
        }
        store::recover(&folder)?;
        runs.add(name, folder.clone())?;
        // A missing output is an error only when the query turns out to need it.
        if files::is_there(&folder)? {
            let frame = scan(&folder, copies)?.unwrap_or_else(|| empty(name));
            context.register(name, frame);
        }
    }
    for name in &references.quoted {
        if OUTPUTS.iter().any(|(known, _)| known == name) || !looks_like_a_path(name) {
            continue;
        }
        let place: Location = name.parse()?;
        store::recover(&place)?;
        let nothing = || Error::data(name, "holds no .csv and no .parquet");
        context.register(name, scan(&place, copies)?.ok_or_else(nothing)?);
    }
    Ok(runs)
}

/// An output of a run that had no records: the other folders hold a file without rows.
fn empty(name: &str) -> LazyFrame {
    let money = DataType::Decimal(38, 4);
    let fields = match name {
        "daily" => vec![
            Field::new("order_date".into(), DataType::Date),
            Field::new("product".into(), DataType::String),
            Field::new("total_amount".into(), money),
        ],
        _ => vec![
            Field::new("grand_total".into(), money),
            Field::new("distinct_products".into(), DataType::Int64),
            Field::new("rows".into(), DataType::Int64),
        ],
    };
    DataFrame::empty_with_schema(&Schema::from_iter(fields)).lazy()
}

/// A quoted text after FROM may also belong to a function: `SUBSTRING('abc' FROM 2)`.
fn looks_like_a_path(name: &str) -> bool {
    name.contains(['/', '.', '*', '?']) || Path::new(name).exists()
}

fn scan(place: &Location, copies: &Copies) -> Result<Option<LazyFrame>> {
    match files::find(place)? {
        Some(Files::Csv(files)) => scan_csv(place, &copies.of(files)?).map(Some),
        Some(Files::Parquet(files)) => scan_parquet(place, &copies.of(files)?).map(Some),
        None => Ok(None),
    }
}

fn scan_csv(root: &Location, files: &[Near]) -> Result<LazyFrame> {
    let types = csv_types::of(files)?;
    let has_value = types
        .columns
        .iter()
        .map(|(name, _)| col(name).is_not_null());
    let has_value = has_value.reduce(Expr::or).filter(|_| types.blank);
    let fields = types.columns.into_iter();
    let schema: Schema = fields
        .map(|(name, dtype)| Field::new(name.into(), dtype))
        .collect();
    let frame = LazyCsvReader::new_paths(paths(files)?.into())
        .with_schema(Some(Arc::new(schema)))
        .with_separator(types.delimiter)
        .with_encoding(CsvEncoding::LossyUtf8)
        .with_glob(false)
        .finish()
        .map_err(|e| of_file(root, &e))?;
    Ok(match has_value {
        Some(has_value) => frame.filter(has_value),
        None => frame,
    })
}

/// Scans Parquet files. Folders `key=value` below `root` are columns, and come first.
fn scan_parquet(root: &Location, files: &[Near]) -> Result<LazyFrame> {
    let first = files.first();
    let inside = first.map_or_else(Vec::new, |file| keys(below(&file.place, root)));
    let args = ScanArgsParquet {
        hive_options: HiveOptions {
            enabled: Some(!inside.is_empty()),
            try_parse_dates: true,
            ..HiveOptions::default()
        },
        glob: false,
        ..ScanArgsParquet::default()
    };
    let frame = LazyFrame::scan_parquet_sources(ScanSources::Paths(paths(files)?.into()), args)
        .map_err(|e| of_file(root, &e))?;
    // Polars also takes the folders above the root for columns.
    let mut outside = first.map_or_else(Vec::new, |file| keys(&file.path));
    outside.retain(|key| !inside.contains(key));
    let outside = by_name(outside, false, false);
    let keys = by_name(inside, true, false);
    Ok(frame
        .drop(outside)
        .select([keys.clone().as_expr(), (all() - keys).as_expr()]))
}

/// The keys of the folders `key=value` that a file lies in.
fn keys(file: &Path) -> Vec<String> {
    let folders = file.parent().into_iter().flat_map(Path::components);
    let names = folders.map(|folder| folder.as_os_str().to_string_lossy().into_owned());
    names
        .filter_map(|name| Some(name.split_once('=')?.0.to_owned()))
        .collect()
}

fn paths(files: &[Near]) -> Result<Vec<PlRefPath>> {
    let path =
        |file: &Near| PlRefPath::try_from_path(&file.path).map_err(|e| of_file(&file.place, &e));
    files.iter().map(path).collect()
}
