//! The command line: one file a subcommand, with its arguments and its run.
//!
//! A command turns its arguments into a call of the core and the result into a summary;
//! no rule about sales lives here.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::{self, Failure, Globals};
use crate::error::{Error, Result};
use crate::history::Ended;
use crate::signal::Stop;
use crate::source::input::{Input, STDIN};
use crate::store::{self, Location};
use crate::ui::{self, Context};

pub mod batch;
pub mod cleaning;
pub mod cleanup;
pub mod completions;
pub mod demo;
pub mod doctor;
pub mod engine;
pub mod generate;
pub mod history;
pub mod jobs;
pub mod man;
mod outputs;
pub mod query;
pub mod replay;
pub mod report;
pub mod serve;
pub mod sinks;
pub mod stream;
pub mod upload_hdfs;
pub mod verify;

#[cfg(test)]
mod tests;

/// The whole command line of `retail`.
#[derive(Debug, Parser)]
#[command(
    name = "retail",
    version,
    about = "Retail sales data in one program: generate, replay, add up, prove",
    max_term_width = 80,
    subcommand_required = true,
    arg_required_else_help = false,
    after_help = EXAMPLES
)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  retail demo
  retail generate --days 14
  retail batch
  retail stream --rate 20 --loop
  retail serve
  retail query \"SELECT * FROM daily ORDER BY total_amount DESC LIMIT 5\"

An option that is not typed comes from its environment variable, from .env in
the working folder, from retail.toml, or from its default, in this order.";

/// The subcommands.
#[derive(Debug, Subcommand)]
#[expect(
    missing_docs,
    reason = "the help of a subcommand stands at its arguments"
)]
pub enum Command {
    Generate(Box<generate::GenerateArgs>),
    Replay(Box<replay::ReplayArgs>),
    Batch(Box<batch::BatchArgs>),
    Stream(Box<stream::StreamArgs>),
    Serve(Box<serve::ServeArgs>),
    Demo(demo::DemoArgs),
    Query(query::QueryArgs),
    Report(report::ReportArgs),
    Sinks(sinks::SinksArgs),
    Doctor(doctor::DoctorArgs),
    Verify(verify::VerifyArgs),
    History(history::HistoryArgs),
    Jobs(jobs::JobsArgs),
    UploadHdfs(upload_hdfs::UploadHdfsArgs),
    Cleanup(cleanup::CleanupArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for was done: exit status 0.
    Done,
    /// Done, but a check on the data failed: exit status 3.
    CheckFailed,
    /// A signal asked for the end, and everything begun was brought to it: 130 or 143.
    Drained(i32),
}

impl Outcome {
    fn exit_status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::CheckFailed => 3,
            Self::Drained(signal) => Error::Interrupted(signal).exit_status(),
        }
    }
}

/// How a command ended, for the history.
fn ended(result: &anyhow::Result<Outcome>) -> Ended {
    let (status, error) = match result {
        Ok(outcome) => (outcome.exit_status(), None),
        Err(error) => {
            let (status, line) = ui::told(error);
            (status, (status != 0).then_some(line))
        }
    };
    Ended { status, error }
}

/// The clap tree as it is parsed, without any trace of the configuration.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program on `argv` (its name first) and returns the exit status:
/// 0 done, 1 failed, 2 wrong usage or configuration, 3 a check on the data failed,
/// 130 or 143 after a signal.
pub fn run(argv: Vec<OsString>) -> u8 {
    let early = ui::Early::of(&argv);
    let parsed = match config::parse::<Cli>(argv) {
        Ok(parsed) => parsed,
        Err(Failure::Clap(error)) => return ui::report_clap(&error, early),
        Err(Failure::Config(error)) => return ui::report(&error.into(), early),
        Err(Failure::Value { origin, error }) => {
            let line = format!("{origin}: {}", ui::clap_line(&error));
            return ui::report(&Error::Usage(line).into(), early);
        }
    };
    let style = ui::Early::from(&parsed.cli.globals);
    let result = Stop::on_signals()
        .map_err(anyhow::Error::from)
        .and_then(|stop| {
            let context = Context::new(parsed.cli.globals, parsed.matches, stop, parsed.brokers);
            for (option, origin) in &parsed.origins {
                tracing::debug!("{option} is set by {origin}");
            }
            dispatch(parsed.cli.command, &context)
        });
    match result {
        Ok(outcome) => outcome.exit_status(),
        Err(error) => ui::report(&error, style),
    }
}

/// The place that a path or an address names.
fn location(path: &Path) -> Result<Location> {
    match path.to_str() {
        Some(text) => text.parse(),
        None => Location::from_path(path),
    }
}

/// The places that paths or addresses name.
fn locations<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<Vec<Location>> {
    paths.into_iter().map(|path| location(path)).collect()
}

/// Whether a path means standard input or output.
fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

/// An input without any file is an error, unless it was foreseen.
fn refuse_none(inputs: &[Input], places: &[Location], more: &str) -> Result<()> {
    if !inputs.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = places.iter().map(ToString::to_string).collect();
    Err(Error::data(
        names.join(", "),
        format!(
            "no .csv, .csv.gz, .jsonl or .parquet file; make some with retail generate, name \
             others with --input{more}"
        ),
    ))
}

/// An output below an input would be read by the next run; an input in an output folder would
/// be replaced by this one.
fn refuse_overlap(inputs: &[Location], folders: &[Location]) -> Result<()> {
    for input in inputs {
        let input = store::absolute(input)?;
        for folder in folders {
            let folder = store::absolute(folder)?;
            if folder.is_within(&input) || input.is_within(&folder) {
                return Err(Error::Usage(format!(
                    "--input {input} and the output folder {folder} lie in each other; choose \
                     another --output"
                )));
            }
        }
    }
    Ok(())
}

/// The end of work that a signal may have asked for.
fn drained(stop: &Stop) -> Outcome {
    match stop.check() {
        Err(Error::Interrupted(signal)) => Outcome::Drained(signal),
        _ => Outcome::Done,
    }
}

/// As many threads as asked for, or one a core.
fn threads(asked: Option<NonZeroUsize>) -> usize {
    let cores = || std::thread::available_parallelism().ok();
    asked.or_else(cores).map_or(1, NonZeroUsize::get)
}

/// Runs a command, and leaves its entry in the history where it is one that does.
fn dispatch(command: Command, context: &Context) -> anyhow::Result<Outcome> {
    context.history.enter();
    let result = perform(command, context);
    context.history.leave(ended(&result));
    result
}

fn perform(command: Command, context: &Context) -> anyhow::Result<Outcome> {
    match command {
        Command::Generate(args) => generate::run(*args, context),
        Command::Replay(args) => replay::run(&args, context),
        Command::Batch(args) => batch::run(*args, context),
        Command::Stream(args) => stream::run(&args, context),
        Command::Serve(args) => serve::run(&args, context),
        Command::Demo(args) => demo::run(&args, context),
        Command::Query(args) => query::run(args, context),
        Command::Report(args) => report::run(args, context),
        Command::Sinks(args) => sinks::run(&args, context),
        Command::Doctor(args) => doctor::run(&args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::History(args) => history::run(&args, context),
        Command::Jobs(args) => jobs::run(&args, context),
        Command::UploadHdfs(args) => upload_hdfs::run(&args, context),
        Command::Cleanup(args) => cleanup::run(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Man(args) => man::run(args, context),
    }
}
