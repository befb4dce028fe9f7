//! `retail batch`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Outcome;
use crate::config::values::{
    RejectLimit, date_format, delimiter, duration, mapping, name, reject_limit,
};
use crate::error::Error;
use crate::ui::Context;

/// Add up the daily revenue of every product
///
/// Reads .csv, .csv.gz, .jsonl and .parquet, cleans every record, and writes the totals as
/// Parquet and CSV. Each output folder is replaced as a whole or not at all.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BatchArgs {
    /// File or folder to read, folders with all below; may be repeated
    #[arg(short, long, value_name = "PATH", default_value = "data/input")]
    pub input: Vec<PathBuf>,
    /// Folder to write to
    #[arg(short, long, value_name = "FOLDER", default_value = "data/output")]
    pub output: PathBuf,
    /// Folder of the CSV outputs, if not --output
    #[arg(long, value_name = "FOLDER")]
    pub csv_output: Option<PathBuf>,
    /// Count a record once whose fields were seen before
    #[arg(long, value_name = "FIELD,...", value_delimiter = ',', value_parser = name)]
    pub dedup: Vec<String>,
    /// Column that carries a field, as product=Description; may be repeated
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = mapping)]
    pub map: Vec<String>,
    /// Numbers are written 1,50
    #[arg(long)]
    pub decimal_comma: bool,
    /// Format of dates that are not ISO, such as %d-%b-%Y
    #[arg(long, value_name = "FORMAT", value_parser = date_format)]
    pub date_format: Option<String>,
    /// Delimiter of fields, one of , ; | tab; without it, found by looking
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// Exit with 3 when more records are rejected, as 100 or 2.5%
    #[arg(long, value_name = "N|P%", value_parser = reject_limit)]
    pub max_rejects: Option<RejectLimit>,
    /// No input is no error
    #[arg(long)]
    pub allow_empty: bool,
    /// Wait so long for input to appear
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait_for_input: Option<Duration>,
    /// Threads; without it, one a core
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Folder of temporary files; without it, that of the system
    #[arg(long, value_name = "FOLDER")]
    pub temp_dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  retail batch
  retail batch --input sales/ --output report/ --dedup order_id
  retail batch --input export.csv --date-format %d-%b-%Y --decimal-comma
  retail --json batch --max-rejects 1%";

/// Runs the batch.
///
/// # Errors
/// When an argument is impossible, or the run fails.
pub fn run(_args: BatchArgs, _context: &Context) -> anyhow::Result<Outcome> {
    Err(Error::Internal("batch is not joined yet".to_owned()).into())
}
