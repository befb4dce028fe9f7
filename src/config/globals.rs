//! The options that every command takes.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, ValueEnum};

/// Options that every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Print the run's summary as one JSON object on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Print nothing but errors, data and --json
    #[arg(short, long, global = true, overrides_with = "verbose")]
    pub quiet: bool,
    /// Print more on stderr, and the causes of an error
    #[arg(short, long, global = true, overrides_with = "quiet")]
    pub verbose: bool,
    /// Use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Form of the messages on stderr
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub log_format: LogFormat,
    /// Read settings from this file instead of retail.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of messages on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `[2025-01-01 12:00:00] [INFO] message`.
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What the user should know.
    Normal,
    /// Also what helps to find a fault.
    Verbose,
}

impl Globals {
    /// How much to say. What was typed wins over what was configured.
    pub fn verbosity(&self, matches: &ArgMatches) -> Verbosity {
        let typed = |id: &str| {
            matches.try_contains_id(id).is_ok()
                && matches.value_source(id) == Some(ValueSource::CommandLine)
        };
        match (self.quiet, self.verbose) {
            (true, _) if typed("quiet") => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            (true, false) => Verbosity::Quiet,
            (false, false) => Verbosity::Normal,
        }
    }
}
