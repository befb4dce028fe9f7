//! `retail report`.

use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::{Outcome, is_stdin, location};
use crate::config::serving::currency;
use crate::config::values::day;
use crate::error::{Error, Result};
use crate::record::Day;
use crate::report::{self, Format};
use crate::store::{self, Kind, Location};
use crate::ui::{Context, Summary};

/// Write the daily business report
///
/// One page of what batch found of a day: its figures beside the day before, the week before and
/// the mean of 28 days, the hours, products, stores, categories, returns, and what it rests on.
/// Customers, transactions, the week, the month and the stock are told where batch has run with
/// --analysis daily_kpis,trends,inventory_kpis; the page says what is missing.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// The day; without it, the last one with sales
    #[arg(short, long, value_name = "DATE", value_parser = day)]
    pub date: Option<Day>,
    /// Folder that batch wrote to
    #[arg(short, long, value_name = "FOLDER", default_value = "data/output")]
    pub output: PathBuf,
    /// Form; without it as --to is named, else html, on a terminal md
    #[arg(short, long, value_enum)]
    pub format: Option<Format>,
    /// File that is written, on any store, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub to: PathBuf,
    /// Currency of all amounts, as EUR; without it numbers stand alone
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub currency: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  retail report
  retail report --date 2025-01-14 --to report.html
  retail report --format json --output s3://lake/sales";

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    command: &'static str,
    date: String,
    format: &'static str,
    file: Location,
    bytes: usize,
    run_id: String,
}

impl Summary for Written {
    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("report", self.date.clone()),
            ("file", self.file.to_string()),
            ("bytes", self.bytes.to_string()),
            ("run", self.run_id.clone()),
        ]
    }
}

/// Writes the report.
///
/// # Errors
/// When there are no results of the day, or the page cannot be written.
pub fn run(args: ReportArgs, context: &Context) -> anyhow::Result<Outcome> {
    let output = results(&args.output)?;
    let to = match is_stdin(&args.to) {
        true => None,
        false => Some(file(&args.to)?),
    };
    // Before the work, which would be in vain.
    let out = match &to {
        None => Some(context.claim_stdout_for_data()?),
        Some(_) => None,
    };
    let format = args.format.unwrap_or_else(|| format_of(&args.to));
    let mut found = report::collect(&output, args.date, &context.stop)?;
    found.currency = args.currency;
    let text = format.write(&found)?;
    if let Some(mut out) = out {
        out.text(&text)?;
        out.finish()?;
    }
    if let Some(to) = to {
        let store = store::open(&to)?;
        if let Some(folder) = to.parent() {
            store.make_dir_all(&folder)?;
        }
        store.write_small_atomic(&to, text.as_bytes())?;
        context.summarize(&Written {
            command: "report",
            date: found.report_date,
            format: format.name(),
            file: to,
            bytes: text.len(),
            run_id: found.basis.run_id,
        })?;
    }
    Ok(Outcome::Done)
}

/// The folder of results; never one that was meant for the page.
fn results(path: &Path) -> Result<Location> {
    let place = location(path)?;
    let is_page = is_stdin(path) || place.name().and_then(Format::of_name).is_some();
    let found = store::open(&place)?.stat(&place)?;
    match is_page && found.is_none_or(|found| found.kind == Kind::File) {
        true => Err(Error::Usage(format!(
            "--output {place}: is to be the folder of batch's results; the page goes to --to {place}"
        ))),
        false => Ok(place),
    }
}

/// The form where none is asked for: a terminal shows no HTML.
fn format_of(to: &Path) -> Format {
    let by_name = to.to_str().and_then(Format::of_name);
    let reader_is_human = is_stdin(to) && stdout().is_terminal();
    by_name.unwrap_or(match reader_is_human {
        true => Format::Md,
        false => Format::Html,
    })
}

/// The file that is written: what a link leads to, never a folder or a device.
fn file(path: &Path) -> Result<Location> {
    let place = location(path)?;
    let store = store::open(&place)?;
    let place = match store.stat(&place)?.map(|found| found.kind) {
        Some(Kind::Other) => store.resolve(&place)?,
        _ => place,
    };
    match store.stat(&place)?.map(|found| found.kind) {
        Some(Kind::Dir) => Err(Error::Usage(format!(
            "--to {place}: is a folder; name a file in it"
        ))),
        Some(Kind::Other) => Err(Error::Usage(format!(
            "--to {place}: is no file; --to - writes to standard output"
        ))),
        _ => Ok(place),
    }
}
