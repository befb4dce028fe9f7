//! From the command line, the environment, `.env` and `retail.toml` to one typed value.
//!
//! This is the only room that reads the environment. An option that was not typed takes its
//! value from its environment variable, else from `.env` in the working folder, else from
//! `retail.toml`, else from its default. Clap sees such values as defaults, so whether an
//! option was typed stays known (configuration never makes a command produce).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::error::{Error, Result};
use crate::sinks::{Server, address};

mod environment;
mod file;
mod globals;
mod layers;
mod legacy;
mod names;
pub mod serving;
pub mod values;

#[cfg(test)]
mod tests;

pub(crate) use environment::{color as early_color, json_messages as early_json};
pub use globals::{Color, Globals, LogFormat, Verbosity};
pub use names::{annotate, option_name, variable};

/// The file that is read from the working folder without being asked for.
const DEFAULT_FILE: &str = "retail.toml";
/// The file of variables that is read from the working folder.
const DOTENV: &str = ".env";

/// A command line with every layer of the configuration in it.
#[derive(Debug)]
pub struct Parsed<C> {
    /// The options and the command.
    pub cli: C,
    /// What clap knows of the command's options: which were typed.
    pub matches: ArgMatches,
    /// The options that were configured, as `--input`, and where.
    pub origins: BTreeMap<String, String>,
    /// The configured brokers, where `--brokers env` was typed.
    pub brokers: Option<String>,
}

/// Why there is no [`Parsed`].
#[derive(Debug)]
pub enum Failure {
    /// Clap's answer: wrong usage, or a help or version text to print.
    Clap(clap::Error),
    /// The configuration is wrong.
    Config(Error),
    /// A configured value that its option refuses.
    Value {
        /// As in "RETAIL_BATCH_INPUT in .env".
        origin: String,
        /// The refusal.
        error: clap::Error,
    },
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Config(error)
    }
}

/// Parses `argv` (the program's name first) and lays the configuration under it.
///
/// # Errors
/// [`Failure::Clap`] for wrong usage, help and version; the others when the environment, `.env`
/// or `retail.toml` holds what cannot be.
pub fn parse<C: CommandFactory + FromArgMatches>(
    argv: Vec<OsString>,
) -> Result<Parsed<C>, Failure> {
    // Typed mistakes and --help are answered before anything else is read.
    let command = annotate(C::command());
    let typed = command.clone().try_get_matches_from(argv.clone())?;
    let (name, options) = typed.subcommand().unwrap_or(("", &typed));

    let dotenv = environment::read_dotenv(Path::new(DOTENV))?;
    let mut layers = layers::Layers::new(&dotenv, legacy::NAMES);
    let (path, must_exist) = config_file(options, &layers)?;
    layers.file = file::read(&path, must_exist, &command)?;

    let mut origins = BTreeMap::new();
    let mut brokers = None;
    let command = lay(command, None, options, &layers, &mut origins, &mut brokers)?;
    let command = command.try_map_subcommand(name, |sub| {
        lay(
            sub,
            Some(name),
            options,
            &layers,
            &mut origins,
            &mut brokers,
        )
    })?;
    let matches = command
        .try_get_matches_from(argv)
        .map_err(|error| place(error, &origins))?;
    let cli = C::from_arg_matches(&matches)?;
    let brokers = brokers.map(|brokers| brokers.to_string_lossy().into_owned());
    let matches = matches.subcommand().map(|(_, sub)| sub.clone());
    Ok(Parsed {
        cli,
        matches: matches.unwrap_or_default(),
        origins,
        brokers,
    })
}

/// The id of the option that names brokers.
const BROKERS: &str = "brokers";

/// What was typed for an option that takes one value.
fn typed_text(typed: &ArgMatches, id: &str) -> Option<OsString> {
    let typed_here = typed.value_source(id) == Some(ValueSource::CommandLine);
    let mut raw = typed_here.then(|| typed.get_raw(id)).flatten()?;
    raw.next_back().map(OsStr::to_owned)
}

/// The path of the configuration file, and whether it must exist because it was asked for.
fn config_file(options: &ArgMatches, layers: &layers::Layers<'_>) -> Result<(OsString, bool)> {
    if let Some(path) = options.get_raw("config").and_then(|mut raw| raw.next()) {
        return Ok((path.to_owned(), true));
    }
    let found = layers.find(None, "config")?;
    let path = found.and_then(|found| found.values.into_iter().next());
    Ok(path.map_or_else(|| (DEFAULT_FILE.into(), false), |path| (path, true)))
}

/// Makes what the layers say the default of every option that was not typed.
fn lay(
    mut command: Command,
    table: Option<&str>,
    typed: &ArgMatches,
    layers: &layers::Layers<'_>,
    origins: &mut BTreeMap<String, String>,
    configured: &mut Option<OsString>,
) -> Result<Command> {
    let options: Vec<_> = command.get_arguments().cloned().collect();
    for arg in options {
        let Some(long) = option_name(&arg) else {
            continue;
        };
        let id = arg.get_id().as_str();
        // An address typed as `env` is the configured one: typing it is what makes a command
        // produce.
        let by_name = id == BROKERS && typed_text(typed, id).as_deref() == Some(OsStr::new("env"));
        if by_name && let Some(found) = layers.find(table, long)? {
            let values = found.for_option(&arg)?;
            origins.insert(format!("--{long}"), found.origin);
            *configured = values.into_iter().next();
        }
        if typed.value_source(id) == Some(ValueSource::CommandLine) || long == "config" {
            continue;
        }
        if let Some(found) = layers.find(table, long)? {
            let values = found.for_option(&arg)?;
            origins.insert(format!("--{long}"), found.origin);
            command = command.mut_arg(id, |arg| arg.default_values(values));
        }
    }
    Ok(command)
}

/// Names the place a refused value came from.
fn place(error: clap::Error, origins: &BTreeMap<String, String>) -> Failure {
    let option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => text.split_whitespace().next().unwrap_or_default(),
        _ => "",
    };
    match origins.get(option) {
        Some(origin) => Failure::Value {
            origin: origin.clone(),
            error,
        },
        None => error.into(),
    }
}

/// `Command::mut_subcommand` for a change that can fail.
trait TryMapSubcommand: Sized {
    fn try_map_subcommand(
        self,
        name: &str,
        change: impl FnOnce(Command) -> Result<Command>,
    ) -> Result<Self>;
}

impl TryMapSubcommand for Command {
    fn try_map_subcommand(
        mut self,
        name: &str,
        change: impl FnOnce(Command) -> Result<Command>,
    ) -> Result<Self> {
        if let Some(sub) = self.find_subcommand_mut(name) {
            *sub = change(std::mem::take(sub))?;
        }
        Ok(self)
    }
}

/// The variable that holds API keys, several with commas between them. They are no option: what
/// is typed can be read by others in the list of processes.
const API_KEY: &str = "RETAIL_API_KEY";

/// The API keys of the environment, else of `.env`.
///
/// # Errors
/// [`Error::Usage`] when one is no text that a header can carry.
pub fn api_keys() -> Result<Vec<String>> {
    let (value, place) = match environment::variable(API_KEY) {
        Some(value) => (Some(value), "the environment"),
        None => {
            let dotenv = environment::read_dotenv(Path::new(DOTENV))?;
            (dotenv.get(API_KEY).map(OsString::from), DOTENV)
        }
    };
    let value = value.unwrap_or_default();
    let keys = value.to_string_lossy();
    let keys = keys.split(',').map(str::trim).filter(|key| !key.is_empty());
    let keys: Vec<String> = keys.map(str::to_owned).collect();
    match keys
        .iter()
        .all(|key| key.bytes().all(|b| b.is_ascii_graphic()))
    {
        true => Ok(keys),
        false => Err(Error::Usage(format!(
            "{API_KEY} in {place}: a key is of letters, digits and signs, without blanks"
        ))),
    }
}

/// Something that an option is configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// The option, without dashes.
    pub option: String,
    /// What it is.
    pub value: String,
    /// As in "RETAIL_BATCH_OUTPUT in .env".
    pub origin: String,
}

/// What the options of all commands are configured with, by the environment, `.env` and the
/// configuration's file; each value once.
///
/// # Errors
/// When one of them holds what cannot be.
pub fn configured<C: CommandFactory>() -> Result<Vec<Configured>> {
    let command = annotate(C::command());
    let dotenv = environment::read_dotenv(Path::new(DOTENV))?;
    let mut layers = layers::Layers::new(&dotenv, legacy::NAMES);
    let path = layers.find(None, "config")?;
    let asked = path.is_some();
    let path = path.and_then(|found| found.values.into_iter().next());
    let path = path.unwrap_or_else(|| DEFAULT_FILE.into());
    layers.file = file::read(&path, asked, &command)?;
    let mut all: Vec<Configured> = Vec::new();
    for sub in command.get_subcommands() {
        for arg in sub.get_arguments() {
            let Some(option) = option_name(arg) else {
                continue;
            };
            let Some(found) = layers.find(Some(sub.get_name()), option)? else {
                continue;
            };
            let origin = found.origin.clone();
            for value in found.for_option(arg)? {
                let value = value.to_string_lossy().into_owned();
                if all.iter().all(|other| other.value != value) {
                    let (option, origin) = (option.to_owned(), origin.clone());
                    all.push(Configured {
                        option,
                        value,
                        origin,
                    });
                }
            }
        }
    }
    Ok(all)
}

/// The password of a kind of database: of the variables that may hold it, in the environment or
/// `.env`, or of the file that such a variable with `_FILE` behind its name names.
///
/// # Errors
/// When `.env` or the file cannot be read.
pub fn password(server: Server) -> Result<Option<String>> {
    let dotenv = environment::read_dotenv(Path::new(DOTENV))?;
    let get = |name: &str| {
        let found = environment::variable(name);
        let found = found.or_else(|| dotenv.get(name).map(OsString::from).and_then(non_empty));
        found.map(|value| value.to_string_lossy().into_owned())
    };
    for name in server.variables() {
        if let Some(password) = get(&name) {
            return Ok(Some(password));
        }
        if let Some(file) = get(&format!("{name}_FILE")) {
            return address::read(Path::new(&file)).map(Some);
        }
    }
    Ok(None)
}

/// Whether a value counts as set: empty ones do not.
fn non_empty(value: OsString) -> Option<OsString> {
    (value.as_os_str() != OsStr::new("")).then_some(value)
}
