//! `retail sinks`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Outcome;
use super::outputs::outputs;
use crate::error::{Error, Result};
use crate::sinks::Address;
use crate::sinks::schema::{self, Report};
use crate::ui::{Context, Summary, table};

/// Make or check the tables and views of databases that results go to
///
/// batch and stream make the tables that they lack by themselves; this makes all of them at once,
/// with the views under the names that the replaced systems had, for users who may write and not
/// make. Doing it again changes nothing; what an older version has made is brought up to date.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SinksArgs {
    /// What to do
    #[arg(value_enum)]
    pub action: Action,
    /// Database, as postgres://…, clickhouse://…, mongodb://…, cassandra://…; may be repeated
    #[arg(short, long, value_name = "URL")]
    pub output: Vec<PathBuf>,
    /// Print the statements of init and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Output of stream --job events on S3 that ClickHouse's views join with its own rows
    #[arg(long, value_name = "URL")]
    pub lake: Option<String>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Make what is missing
    Init,
    /// Look what is there; exit with 3 when something is missing or different
    Check,
}

const EXAMPLES: &str = "\
Examples:
  retail sinks init --output postgres://retail@localhost/retail --dry-run
  retail sinks init --output clickhouse://retail@localhost --lake s3://lake
  retail sinks check --output mongodb://localhost --output cassandra://localhost";

/// Makes or checks.
///
/// # Errors
/// When an argument is impossible, or a database refuses.
pub fn run(args: &SinksArgs, context: &Context) -> anyhow::Result<Outcome> {
    let addresses = addresses(args)?;
    let lake = args.lake.as_deref();
    if args.dry_run {
        let mut out = context.claim_stdout_for_data()?;
        for address in &addresses {
            out.line(&format!("-- {address}"))?;
            for statement in schema::statements(address, lake)? {
                out.line(&format!("{statement};"))?;
            }
        }
        out.finish()?;
        return Ok(Outcome::Done);
    }
    let reports = addresses.iter().map(|address| match args.action {
        Action::Init => schema::init(address, lake, &context.stop),
        Action::Check => schema::check(address, &context.stop),
    });
    let reports = reports.collect::<Result<Vec<_>>>()?;
    let is_good = reports.iter().all(Report::is_good);
    if context.json() {
        context.json_line(&serde_json::to_value(Told { outputs: &reports })?)?;
    } else {
        show(&reports, context)?;
    }
    Ok(match is_good {
        true => Outcome::Done,
        false => Outcome::CheckFailed,
    })
}

fn addresses(args: &SinksArgs) -> Result<Vec<Address>> {
    let is_check = args.action == Action::Check;
    if is_check && (args.dry_run || args.lake.is_some()) {
        let what = "--dry-run and --lake are of retail sinks init";
        return Err(Error::Usage(what.to_owned()));
    }
    let outputs = outputs(&args.output)?;
    if let Some(folder) = &outputs.folder {
        return Err(Error::Usage(format!(
            "--output {}: not the address of a database",
            folder.display()
        )));
    }
    match outputs.databases {
        none if none.is_empty() => Err(Error::Usage(
            "name a database, as --output postgres://retail@localhost/retail".to_owned(),
        )),
        some => Ok(some),
    }
}

#[derive(Serialize)]
struct Told<'a> {
    outputs: &'a [Report],
}

/// Only for JSON: humans get a table.
impl Summary for Told<'_> {
    fn lines(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

fn show(reports: &[Report], context: &Context) -> Result<()> {
    let mut out = context.claim_stdout_for_data()?;
    for report in reports {
        let version = match report.version {
            Some(version) => format!("version {version}"),
            None => "not made by retail sinks init".to_owned(),
        };
        out.line(&format!(
            "{} ({}): {version}",
            report.address, report.server
        ))?;
        let rows = report.tables.iter().map(|finding| {
            vec![
                finding.name.clone(),
                finding.state.to_owned(),
                finding
                    .rows
                    .map(|rows| rows.to_string())
                    .unwrap_or_default(),
                match finding.differences.first() {
                    Some(what) => what.clone(),
                    None => finding.run.clone().unwrap_or_default(),
                },
            ]
        });
        let rows: Vec<_> = rows.collect();
        out.text(&table(
            &["table", "state", "rows", "run"],
            &[false, false, true, false],
            &rows,
            context.width(),
        ))?;
    }
    out.finish()
}
