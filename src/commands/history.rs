//! `retail history`.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use super::generate::WORLDS;
use super::{Outcome, location};
use crate::error::{Error, Result};
use crate::history::runs::{self, Root, Run};
use crate::history::{self, HISTORY};
use crate::store::{self, Location};
use crate::ui::{Context, Summary, table};

/// Show the runs: when, what, how long, how many rows, how they ended
///
/// Every run of generate, batch, stream, verify and upload-hdfs that writes a folder, or proves
/// one, leaves an entry in a folder _history beside it, also when it fails. Folders made without
/// one are known by their _run.json.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct HistoryArgs {
    /// Folders whose runs are shown, with all below, instead of --input and --output
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Folder that generate writes to; the worlds beside it count, too
    #[arg(short, long, value_name = "FOLDER", default_value = "data/input")]
    pub input: PathBuf,
    /// Folder that batch and stream write to
    #[arg(short, long, value_name = "FOLDER", default_value = "data/output")]
    pub output: PathBuf,
    /// Runs that are shown at most, the newest; 0 shows all
    #[arg(short, long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Only runs of this command
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(COMMANDS))]
    pub command: Option<String>,
    /// Only runs that failed, were killed or interrupted, or whose check failed
    #[arg(long)]
    pub failed: bool,
}

const EXAMPLES: &str = "\
Examples:
  retail history
  retail history --command batch --failed
  retail history report/ s3://lake/sales
  retail --json history --limit 0";

/// The commands that leave an entry.
const COMMANDS: [&str; 5] = ["generate", "batch", "stream", "verify", "upload-hdfs"];

/// The runs that are shown.
#[derive(Debug, Serialize)]
struct Shown {
    command: &'static str,
    /// The newest first.
    runs: Vec<Run>,
    /// How many there are, of those that are asked for.
    in_all: usize,
    /// Files that should tell of a run, and do not.
    unreadable: Vec<Unreadable>,
}

#[derive(Debug, Serialize)]
struct Unreadable {
    file: Location,
    what: String,
}

/// Only for JSON: humans get a table.
impl Summary for Shown {
    fn lines(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Shows the runs.
///
/// # Errors
/// When a folder that was typed does not exist, or a log cannot be read.
pub fn run(args: &HistoryArgs, context: &Context) -> anyhow::Result<Outcome> {
    let roots = roots(args)?;
    let found = runs::find(&roots)?;
    for (file, what) in &found.broken {
        tracing::warn!("{file}: {what}; it is passed over");
    }
    let is_asked = |run: &Run| {
        let command = args.command.as_ref();
        command.is_none_or(|command| *command == run.command)
            && (!args.failed || run.outcome.is_failure())
    };
    let mut runs: Vec<_> = found.runs.into_iter().filter(is_asked).collect();
    let in_all = runs.len();
    if args.limit > 0 {
        runs.truncate(args.limit);
    }
    let shown = Shown {
        command: "history",
        runs,
        in_all,
        unreadable: found
            .broken
            .into_iter()
            .map(|(file, what)| Unreadable { file, what })
            .collect(),
    };
    context.say(text(&shown, &roots, context.width()).trim_end())?;
    context.summarize(&shown)?;
    Ok(Outcome::Done)
}

/// Where runs are looked for.
fn roots(args: &HistoryArgs) -> Result<Vec<Root>> {
    let root = |path: &Path, with_neighbours| {
        location(path).map(|place| Root {
            place,
            with_neighbours,
        })
    };
    if args.paths.is_empty() {
        let worlds = args.input.with_file_name(WORLDS);
        return Ok(vec![
            root(&args.input, true)?,
            root(&args.output, true)?,
            root(&worlds, false)?,
        ]);
    }
    let typed = args.paths.iter().map(|path| root(path, false));
    let typed = typed.collect::<Result<Vec<_>>>()?;
    for Root { place, .. } in &typed {
        if store::open(place)?.stat(place)?.is_none() {
            let what = format!("no such folder, and so no runs; {HISTORY} stands beside outputs");
            return Err(Error::data(place, what));
        }
    }
    Ok(typed)
}

/// A table of the runs, then what needs words.
fn text(shown: &Shown, roots: &[Root], width: usize) -> String {
    if shown.runs.is_empty() {
        let places: Vec<_> = roots.iter().map(|root| root.place.to_string()).collect();
        return format!("No such runs in {}\n", places.join(", "));
    }
    let mut text = table(
        &[
            "when (UTC)",
            "command",
            "seconds",
            "rows",
            "rejects",
            "outcome",
            "what",
        ],
        // A time is as little to be cut as a number.
        &[true, false, true, true, true, false, false],
        &shown.runs.iter().map(row).collect::<Vec<_>>(),
        width,
    );
    match shown.in_all - shown.runs.len() {
        0 => {}
        more => text.push_str(&format!("({more} more runs; --limit 0 shows all)\n")),
    }
    let errors: Vec<_> = shown.runs.iter().filter_map(error).collect();
    if !errors.is_empty() {
        text.push('\n');
        text.push_str(&errors.concat());
    }
    text
}

fn row(run: &Run) -> Vec<String> {
    let count = |count: Option<u64>| count.map_or_else(none, |count| count.to_string());
    let seconds = run.seconds.map(|seconds| match seconds {
        short if short < 100.0 => format!("{short:.3}"),
        long => format!("{long:.0}"),
    });
    let mut what = near(&run.output);
    if !run.what.is_empty() {
        what.push_str(&format!(": {}", run.what.join(", ")));
    }
    vec![
        minute(run),
        run.command.clone(),
        seconds.unwrap_or_else(none),
        count(run.rows),
        count(run.rejected),
        outcome(run).to_owned(),
        what,
    ]
}

/// The error of a run, in a line.
fn error(run: &Run) -> Option<String> {
    let error = run.error.as_ref()?;
    Some(format!("{} {}: {error}\n", minute(run), run.command))
}

fn none() -> String {
    "-".to_owned()
}

/// When a run began, `2026-11-22 07:16`.
fn minute(run: &Run) -> String {
    let minute: String = run.started.chars().take(16).collect();
    minute.replace('T', " ")
}

/// The outcome in one short word.
fn outcome(run: &Run) -> &'static str {
    use history::Outcome::*;
    match (run.outcome, run.command.as_str()) {
        (Running, _) => "running",
        (Done, _) => "done",
        (Stopped, _) => "stopped",
        (CheckFailed, "verify") => "differs",
        (CheckFailed, _) => "rejects",
        (Failed, _) => "failed",
        (Interrupted, _) => "aborted",
        (Killed, _) => "killed",
    }
}

/// A folder as it is named from here.
fn near(place: &Location) -> String {
    let here = std::env::current_dir().ok();
    let below = place.local_path().zip(here);
    let below = below.and_then(|(path, here)| path.strip_prefix(here).ok()?.to_str());
    match below {
        Some("") => ".".to_owned(),
        Some(below) => below.to_owned(),
        None => place.to_string(),
    }
}
