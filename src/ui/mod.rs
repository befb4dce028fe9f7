//! What the user sees: stdout for data and results, stderr for everything else.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::config::{Globals, Verbosity};
use crate::error::{Error, Result};
use crate::history::Recorder;
use crate::signal::Stop;

mod early;
mod errors;
mod log;
mod progress;
mod redact;
mod stdout;
mod summary;
mod table;

pub use early::Early;
pub use errors::{clap_line, report, report_clap, told};
pub use progress::{Progress, Unit};
pub use redact::redacted;
pub use stdout::{Stdout, stdout_error};
pub use summary::Summary;
pub use table::table;

/// What a command may ask and how it answers.
#[derive(Debug)]
pub struct Context {
    /// Whether a signal asked for an early end.
    pub stop: Stop,
    /// Keeps the history of what runs.
    pub history: Recorder,
    globals: Globals,
    verbosity: Verbosity,
    matches: ArgMatches,
    data_on_stdout: Cell<bool>,
    brokers: Option<String>,
}

impl Context {
    /// The context of one command; starts the log.
    pub fn new(globals: Globals, matches: ArgMatches, stop: Stop, brokers: Option<String>) -> Self {
        let verbosity = globals.verbosity(&matches);
        log::start(&globals, verbosity);
        Self {
            stop,
            history: Recorder::default(),
            globals,
            verbosity,
            matches,
            data_on_stdout: Cell::new(false),
            brokers,
        }
    }

    /// The context of a step whose command tells of it itself: errors only.
    pub fn hushed(&self) -> Self {
        Self {
            stop: self.stop.clone(),
            history: Recorder::default(),
            globals: Globals {
                json: false,
                ..self.globals.clone()
            },
            verbosity: Verbosity::Quiet,
            matches: ArgMatches::default(),
            data_on_stdout: Cell::new(false),
            brokers: None,
        }
    }

    /// Whether the option with the clap id `id` (`start_date`) was typed, rather than
    /// configured or left at its default.
    pub fn typed(&self, id: &str) -> bool {
        self.matches.try_contains_id(id).is_ok()
            && self.matches.value_source(id) == Some(ValueSource::CommandLine)
    }

    /// The values of the option with the clap id `id`, as they were typed or configured, or its
    /// default; none where the command has no such option, or it has no value.
    pub fn values(&self, id: &str) -> Vec<String> {
        let known = self.matches.try_contains_id(id).is_ok();
        let raw = known.then(|| self.matches.get_raw(id)).flatten();
        let values = raw.into_iter().flatten();
        values
            .map(|value| value.to_string_lossy().into_owned())
            .collect()
    }

    /// The address that `--brokers` means: `env` is the configured one.
    ///
    /// # Errors
    /// [`Error::Usage`] when `env` was typed and none is configured.
    pub fn brokers(&self, given: &str) -> Result<String> {
        match (given, &self.brokers) {
            ("env", Some(brokers)) => Ok(brokers.clone()),
            ("env", None) => Err(Error::Usage(
                "--brokers env: no brokers are configured; set KAFKA_BOOTSTRAP_SERVERS or type \
                 the address"
                    .to_owned(),
            )),
            (given, _) => Ok(given.to_owned()),
        }
    }

    /// Whether `--json` was given.
    pub fn json(&self) -> bool {
        self.globals.json
    }

    /// Standard output for the command's data. The summary then goes to stderr.
    ///
    /// # Errors
    /// [`Error::Usage`] with `--json`, which needs stdout for itself.
    pub fn claim_stdout_for_data(&self) -> Result<Stdout> {
        if self.globals.json {
            return Err(Error::Usage(
                "--json prints the summary on stdout, where the data goes too; leave one out"
                    .to_owned(),
            ));
        }
        self.data_on_stdout.set(true);
        Ok(Stdout::new())
    }

    /// Ends a run: prints its summary, as JSON with `--json`, else for humans.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn summarize(&self, summary: &impl Summary) -> Result<()> {
        if self.history.is_recording()
            && let Ok(summary) = serde_json::to_value(summary)
        {
            self.history.figures(&summary);
        }
        if self.globals.json {
            let mut out = Stdout::new();
            let text = serde_json::to_string(summary)
                .map_err(|e| Error::Internal(format!("cannot write the summary: {e}")))?;
            return out.line(&text).and_then(|()| out.finish());
        }
        let text = summary::render(&summary.lines());
        if self.verbosity == Verbosity::Quiet || text.is_empty() {
            return Ok(());
        }
        if self.data_on_stdout.get() {
            // A closed stderr is no reason to fail.
            let _ = io::stderr().lock().write_all(text.as_bytes());
            return Ok(());
        }
        let mut out = Stdout::new();
        out.text(&text)?;
        out.finish()
    }

    /// One JSON object on stdout, for a command whose result is there before its end.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json_line(&self, value: &serde_json::Value) -> Result<()> {
        let mut out = Stdout::new();
        out.line(&value.to_string())?;
        out.finish()
    }

    /// One line of a result for humans; silent with `--json` and `--quiet`.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn say(&self, line: &str) -> Result<()> {
        if self.globals.json || self.verbosity == Verbosity::Quiet {
            return Ok(());
        }
        let mut out = Stdout::new();
        out.line(line)?;
        out.finish()
    }

    /// A progress bar over `total`, or a count when there is none. It shows itself only when
    /// stderr is a terminal and neither `--quiet` nor JSON messages are asked for.
    pub fn progress(&self, unit: Unit, total: Option<u64>) -> Progress {
        Progress::new(self.shows_progress(), unit, total)
    }

    /// A text of several lines on stderr that is replaced as work goes on; under the same
    /// conditions.
    pub fn board(&self) -> Progress {
        Progress::board(self.shows_progress())
    }

    fn shows_progress(&self) -> bool {
        io::stderr().is_terminal()
            && self.verbosity != Verbosity::Quiet
            && self.globals.log_format == crate::config::LogFormat::Text
    }

    /// The width of lines on stdout: that of the terminal, or 80.
    pub fn width(&self) -> usize {
        let size = terminal_size::terminal_size_of(io::stdout());
        size.map_or(80, |(width, _)| usize::from(width.0))
    }

    /// Asks a yes-or-no question; `None` when there is nobody to ask.
    pub fn confirm(&self, question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        let answer = answer.trim().to_ascii_lowercase();
        Some(read.is_ok() && matches!(answer.as_str(), "y" | "yes"))
    }
}
