//! `retail verify`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{Outcome, location, locations, threads};
use crate::config::values::threads as threads_value;
use crate::error::Result;
use crate::history::Place;
use crate::source::input::discover;
use crate::store::{self, Location};
use crate::ui::{Context, Summary, Unit, table};
use crate::verify::{self, Check, Difference, Figure, Plan, Report, Verdict};

/// Prove that input, batch, stream and declared truth agree to the cent
///
/// Reads the input again with the settings that stand beside the outputs, and compares every
/// count and every sum by day and product. Exits with 3 when a figure differs; what cannot be
/// compared, and why, is said and is no failure.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// File, or folder with all below; may be repeated
    #[arg(short, long, value_name = "PATH", default_value = "data/input")]
    pub input: Vec<PathBuf>,
    /// Folder that batch wrote to
    #[arg(short, long, value_name = "FOLDER", default_value = "data/output")]
    pub output: PathBuf,
    /// Folder that stream wrote to; without it, streaming_product_revenue in --output
    #[arg(long, value_name = "FOLDER")]
    pub stream_output: Option<PathBuf>,
    /// Threads; without it, one a core
    #[arg(long, value_name = "N", value_parser = threads_value)]
    pub threads: Option<NonZeroUsize>,
    /// Folder of spill files, which have no name; without it, --output
    #[arg(long, value_name = "FOLDER")]
    pub temp_dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  retail verify
  retail verify --input sales/ --output report/
  retail --json verify --stream-output windows/";

/// The folder of a stream below that of batch.
const STREAM: &str = "streaming_product_revenue";

/// Compares, and prints the table of figures.
///
/// # Errors
/// When there is nothing to compare, or something cannot be read.
pub fn run(args: VerifyArgs, context: &Context) -> anyhow::Result<Outcome> {
    let places = locations(&args.input)?;
    let output = location(&args.output)?;
    let stream_output = args
        .stream_output
        .as_deref()
        .map_or_else(|| Ok(output.join(STREAM)), location)?;
    context
        .history
        .record("verify", Place::inside(&output), Vec::new());
    context.history.look();
    let temp_dir = match args.temp_dir {
        Some(folder) => folder,
        None => temp_dir(&output)?,
    };
    let plan = Plan {
        inputs: discover(&places, false)?,
        places,
        output,
        stream_output,
        threads: threads(args.threads),
        temp_dir,
    };
    let bytes = plan.inputs.iter().map(|input| input.entry.len).sum();
    let progress = context.progress(Unit::Bytes, Some(bytes));
    let report = verify::run(&plan, &context.stop, &|bytes| progress.add(bytes))?;
    progress.clear();
    context.say(text(&report, context.width()).trim_end())?;
    context.summarize(&report)?;
    Ok(match report.equal {
        true => Outcome::Done,
        false => Outcome::CheckFailed,
    })
}

/// Where the output has room, spills have it too, if it may be written to.
fn temp_dir(output: &Location) -> Result<PathBuf> {
    let store = store::open(output)?;
    Ok(match output.local_path() {
        Some(beside) if store.stat(output)?.is_some() && store.is_writable(output)? => {
            beside.to_path_buf()
        }
        _ => std::env::temp_dir(),
    })
}

/// Only for JSON: humans get columns of figures rather than lines.
impl Summary for Report {
    fn lines(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// The report: a table of what was compared, then what needs words.
fn text(report: &Report, width: usize) -> String {
    let mut text = table(
        &["check", "expected", "found", "result"],
        &[false, true, true, false],
        &report.checks.iter().filter_map(figures).collect::<Vec<_>>(),
        width,
    );
    let notes: Vec<_> = report.checks.iter().filter_map(note).collect();
    if !notes.is_empty() {
        text.push('\n');
        text.push_str(&notes.concat());
    }
    if !report.differences.is_empty() {
        text.push('\n');
        text.push_str(&table(
            &["day", "product", "expected", "found", "where"],
            &[false, false, true, true, false],
            &report
                .differences
                .iter()
                .map(difference)
                .collect::<Vec<_>>(),
            width,
        ));
    }
    let more = report.differences_in_all - report.differences.len() as u64;
    if more > 0 {
        text.push_str(&format!("(and {more} more)\n"));
    }
    let of = |result| report.checks.iter().filter(|c| c.result == result).count();
    let (equal, different) = (of(Verdict::Equal), of(Verdict::Different));
    text.push('\n');
    text.push_str(&match different {
        0 => format!("all {equal} figures are equal\n"),
        _ => format!("{different} of {} figures differ\n", equal + different),
    });
    text
}

/// A line of the table, of what has figures.
fn figures(check: &Check) -> Option<Vec<String>> {
    let (expected, found) = (check.expected.as_ref()?, check.found.as_ref()?);
    let result = verdict(check.result).to_owned();
    Some(vec![
        check.name.clone(),
        expected.to_string(),
        found.to_string(),
        result,
    ])
}

/// A line of words.
fn note(check: &Check) -> Option<String> {
    let why = check.why.as_ref()?;
    Some(format!(
        "{}: {}: {why}\n",
        check.name,
        verdict(check.result)
    ))
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Equal => "equal",
        Verdict::Different => "DIFFERENT",
        Verdict::NotComparable => "not comparable",
    }
}

fn difference(difference: &Difference) -> Vec<String> {
    let figure = |figure: &Option<Figure>| match figure {
        Some(figure) => figure.to_string(),
        None => "none".to_owned(),
    };
    vec![
        difference.day.clone().unwrap_or_else(|| "all".to_owned()),
        difference.product.clone(),
        figure(&difference.expected),
        figure(&difference.found),
        difference.place.clone().into_owned(),
    ]
}
