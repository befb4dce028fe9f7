//! `retail batch`.

mod analyses;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::cleaning::Cleaning;
use super::engine::EngineArgs;
use super::outputs::{Outputs, outputs};
use super::{Outcome, is_stdin, location, locations, refuse_none, refuse_overlap, threads};
use crate::batch::{self, FOLDERS, Plan, Reading};
use crate::config::values::{RejectLimit, duration, reject_limit, threads as threads_value};
use crate::error::{Error, Result};
use crate::history::Place;
use crate::record::Field;
use crate::sinks::batch::{Load, Loaded};
use crate::sinks::{self, Sink};
use crate::source::collect::FirstRecords;
use crate::source::input::{Input, discover};
use crate::store::Location;
use crate::ui::{Context, Summary, Unit};
use analyses::{AnalysisArgs, list};

/// Add up the daily revenue of every product
///
/// Reads .csv, .csv.gz, .jsonl and .parquet, cleans every record, and writes the totals as
/// Parquet and CSV, and the sales by store, category, country and hour as Parquet. Each output
/// folder is replaced as a whole or not at all.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BatchArgs {
    /// File, folder with all below, or - for stdin; may be repeated
    #[arg(short, long, value_name = "PATH", default_value = INPUT)]
    pub input: Vec<PathBuf>,
    /// Folder to write to, and databases beside it, as postgres://…, clickhouse://…; may be repeated
    #[arg(short, long, value_name = "FOLDER|URL", default_value = OUTPUT)]
    pub output: Vec<PathBuf>,
    /// Folder of the CSV outputs, if not --output
    #[arg(long, value_name = "FOLDER")]
    pub csv_output: Option<PathBuf>,
    /// Take the local defaults for what is configured, not typed, as hdfs://
    #[arg(long)]
    pub no_hdfs: bool,
    /// How records are cleaned.
    #[command(flatten)]
    pub cleaning: Cleaning,
    /// Exit with 3 when more records are rejected, as 100 or 2.5%
    #[arg(long, value_name = "N|P%", value_parser = reject_limit)]
    pub max_rejects: Option<RejectLimit>,
    /// What is asked of the history besides.
    #[command(flatten)]
    pub analyses: AnalysisArgs,
    /// Who does the work.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// No input is no error
    #[arg(long)]
    pub allow_empty: bool,
    /// Wait so long for input to appear
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait_for_input: Option<Duration>,
    /// Threads; without it, one a core
    #[arg(long, value_name = "N", value_parser = threads_value)]
    pub threads: Option<NonZeroUsize>,
    /// Folder of spill files, which have no name; without it, --output
    #[arg(long, value_name = "FOLDER")]
    pub temp_dir: Option<PathBuf>,
}

/// Where input is looked for by default.
const INPUT: &str = "data/input";
/// Where outputs go by default.
const OUTPUT: &str = "data/output";

const EXAMPLES: &str = "\
Examples:
  retail batch
  retail batch --input sales/ --output report/ --dedup order_id
  retail batch --input export.csv --date-format %d-%b-%Y --decimal-comma
  retail --json batch --max-rejects 1%";

/// The fields that decide the figures.
const FIGURES: [Field; 6] = [
    Field::Time,
    Field::Product,
    Field::Amount,
    Field::Quantity,
    Field::UnitPrice,
    Field::TransactionType,
];
/// How often a missing input is looked for.
const POLL: Duration = Duration::from_millis(500);

/// Runs the batch.
///
/// # Errors
/// When an argument is impossible, or the run fails.
pub fn run(mut args: BatchArgs, context: &Context) -> anyhow::Result<Outcome> {
    if args.analyses.list {
        return list(context);
    }
    if args.no_hdfs {
        leave_hdfs_out(&mut args, context)?;
    }
    let places = locations(args.input.iter().filter(|path| !is_stdin(path)))?;
    let Outputs { folder, databases } = outputs(&args.output)?;
    let output = location(&folder.unwrap_or_else(|| OUTPUT.into()))?;
    let csv_output = args
        .csv_output
        .as_deref()
        .map_or(Ok(output.clone()), location)?;
    let folders = [&output, &csv_output].map(|output| FOLDERS.map(|name| output.join(name)));
    refuse_overlap(&places, &folders.concat())?;
    // Where the output has room, spills have it too; /tmp may be small, or memory.
    let beside_output = || output.local_path().map(Path::to_path_buf);
    let temp_dir = args.temp_dir.clone().or_else(beside_output);
    let temp_dir = temp_dir.unwrap_or_else(std::env::temp_dir);
    // Who types this has seen that most of a source is rejected.
    let accepts_everything =
        context.typed("max_rejects") && args.max_rejects.is_some_and(RejectLimit::allows_all);
    let rules = args.cleaning.rules()?;
    let analyses = context.values("analysis");
    context
        .history
        .record("batch", Place::inside(&output), analyses);
    context.history.look();
    let inputs = inputs(&places, &args, context)?;
    let reading = Reading {
        inputs,
        rules,
        delimiter: args.cleaning.reading.delimiter,
        check: match accepts_everything {
            true => FirstRecords::Off,
            false => FirstRecords::OnUnlessAccepted,
        },
        threads: threads(args.threads),
        temp_dir,
    };
    let analyses = args.analyses.plan(context.typed("master"))?;
    let bytes = reading.inputs.iter().map(|input| input.entry.len).sum();
    let engine = args.engine.choose(bytes)?;
    if !engine.is_local() && args.input.iter().any(|path| is_stdin(path)) {
        return Err(Error::Usage(
            "--engine spark cannot read standard input; name files, or take --engine local"
                .to_owned(),
        )
        .into());
    }
    let plan = Plan {
        engine,
        settings: settings(&args),
        analyses,
        reading,
        output,
        csv_output,
        allow_empty: args.allow_empty,
    };
    let shapes = sinks::batch::shapes(plan.analyses.as_ref().map_or(&[], |plan| &plan.wanted));
    let sinks = sinks::batch::connect(&databases, &shapes, &context.stop)?;
    let progress = context.progress(Unit::Bytes, Some(bytes));
    context.history.begin();
    let summary = batch::run(&plan, &context.stop, &|bytes| progress.add(bytes))?;
    progress.clear();
    let outputs = bring(&plan, &summary, sinks, context)?;
    let told = Told { summary, outputs };
    context.summarize(&told)?;
    let summary = told.summary;
    if let Some(limit) = args.max_rejects
        && !limit.allows(summary.rejected, summary.read)
    {
        tracing::error!(
            "{} of {} records are rejected, more than --max-rejects allows; see {}",
            summary.rejected,
            summary.read,
            plan.output.join("analysis_parquet").join("_rejects"),
        );
        return Ok(Outcome::CheckFailed);
    }
    Ok(Outcome::Done)
}

/// Puts the local defaults in place of what is configured on HDFS. What was typed wins over a
/// configured `--no-hdfs`, and cannot be meant beside a typed one.
fn leave_hdfs_out(args: &mut BatchArgs, context: &Context) -> Result<()> {
    let is_far = |path: &Path| matches!(location(path), Ok(Location::Hdfs(_)));
    // Whether an option with this value gives way.
    let gives_way = |option: &str, path: &Path| match is_far(path) {
        false => Ok(false),
        true if !context.typed(option) => {
            tracing::info!("--no-hdfs: {} is left out", path.display());
            Ok(true)
        }
        true if context.typed("no_hdfs") => Err(Error::Usage(format!(
            "--{} {}: is on HDFS, which --no-hdfs leaves out; leave out one of them",
            option.replace('_', "-"),
            path.display(),
        ))),
        true => Ok(false),
    };
    let mut inputs = Vec::with_capacity(args.input.len());
    for path in args.input.drain(..) {
        if !gives_way("input", &path)? {
            inputs.push(path);
        }
    }
    if inputs.is_empty() {
        inputs.push(INPUT.into());
    }
    args.input = inputs;
    let mut outputs = Vec::with_capacity(args.output.len());
    for path in args.output.drain(..) {
        if !gives_way("output", &path)? {
            outputs.push(path);
        }
    }
    args.output = outputs;
    if let Some(path) = &args.csv_output
        && gives_way("csv_output", path)?
    {
        args.csv_output = None;
    }
    Ok(())
}

/// Waits for input where asked, and lists it.
fn inputs(places: &[Location], args: &BatchArgs, context: &Context) -> Result<Vec<Input>> {
    if let Some(wait) = args.wait_for_input
        && !places.is_empty()
    {
        let deadline = Instant::now() + wait;
        while discover(places, true)?.is_empty() && Instant::now() < deadline {
            context.stop.check()?;
            thread::sleep(POLL.min(deadline.saturating_duration_since(Instant::now())));
        }
    }
    let mut inputs = discover(places, args.allow_empty)?;
    if args.input.iter().any(|path| is_stdin(path)) {
        // Before all files, as its name sorts.
        inputs.insert(0, Input::stdin()?);
    }
    if !args.allow_empty {
        refuse_none(&inputs, places, ", or go on with --allow-empty")?;
    }
    Ok(inputs)
}

/// What decides the result, for whoever proves it later.
fn settings(args: &BatchArgs) -> Map<String, Value> {
    let mut settings = args.cleaning.settings();
    // Paths of inputs are relative to it.
    settings.insert("working_folder".into(), json!(std::env::current_dir().ok()));
    settings.insert("input".into(), json!(args.input));
    settings.insert("csv_output".into(), json!(args.csv_output));
    settings.extend(args.analyses.settings());
    settings
}

/// Brings what was written to the databases.
fn bring(
    plan: &Plan,
    summary: &batch::Summary,
    sinks: Vec<Box<dyn Sink>>,
    context: &Context,
) -> Result<Vec<Loaded>> {
    let wanted = plan.analyses.as_ref().map(|plan| plan.wanted.clone());
    let load = Load {
        output: &plan.output,
        run: &summary.run_id,
        analyses: wanted.unwrap_or_default(),
        kpis: (
            summary.grand_total,
            summary.products,
            summary.accepted - summary.non_sales,
        ),
    };
    let stop = &context.stop;
    let brought = sinks
        .into_iter()
        .map(|mut sink| load.bring(&mut *sink, stop));
    brought.collect()
}

/// What a run says of itself, and what databases took of it.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    summary: batch::Summary,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<Loaded>,
}

impl Summary for Told {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = self.summary.lines();
        let at = lines.len() - 1;
        let outputs = self.outputs.iter().map(|loaded| {
            let Loaded {
                address,
                tables,
                rows,
            } = loaded;
            (
                "output",
                format!("{address}: {rows} rows in {tables} tables"),
            )
        });
        lines.splice(at..at, outputs);
        lines
    }
}

impl Summary for batch::Summary {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("files", self.files.to_string()),
            ("read", self.read.to_string()),
            ("accepted", self.accepted.to_string()),
            ("rejected", self.rejected.to_string()),
        ];
        let reasons: Vec<_> = self
            .rejected_by_reason
            .iter()
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        if !reasons.is_empty() {
            lines.push(("  by reason", reasons.join(", ")));
        }
        // For humans: what decided the figures, not what only stands in the files.
        let mapping: Vec<_> = FIGURES
            .iter()
            .filter_map(|field| Some((field.name(), self.mapping.get(field.name())?)))
            .map(|(field, columns)| format!("{field}={columns}"))
            .collect();
        lines.extend([
            ("duplicates", self.duplicates.to_string()),
            ("not sales", self.non_sales.to_string()),
            ("grand total", self.grand_total.to_string()),
            ("days", self.days.to_string()),
            ("products", self.products.to_string()),
            ("mapping", mapping.join(", ")),
        ]);
        if let Some(report) = &self.analyses {
            lines.extend(analyses::lines(report));
        }
        lines.extend([(
            "seconds",
            format!(
                "{:.3} ({} rows a second)",
                self.seconds, self.rows_per_second
            ),
        )]);
        lines
    }
}
