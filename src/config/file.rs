//! `retail.toml`.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;

use clap::Command;
use toml::{Table, Value};

use super::names::option_name;
use crate::error::{Error, Result};

/// The values of a `retail.toml`, every key known to exist.
#[derive(Debug)]
pub(super) struct Settings {
    path: String,
    values: HashMap<(Option<String>, String), Vec<String>>,
}

impl Settings {
    /// The values of `--long` of `command`, and where they stand.
    pub(super) fn get(&self, command: Option<&str>, long: &str) -> Option<(&[String], String)> {
        let key = (command.map(str::to_owned), long.to_owned());
        let values = self.values.get(&key)?;
        let place = match command {
            Some(command) => format!("'{long}' of [{command}] in {}", self.path),
            None => format!("'{long}' in {}", self.path),
        };
        Some((values, place))
    }
}

/// Reads the file at `path`; `None` when it is not there and need not be.
///
/// Top-level keys are global options, tables are commands, keys are the options' long names
/// with `-` or `_`.
///
/// # Errors
/// [`Error::Usage`] for what cannot be read, and for a table or key that is no command or
/// option, with the nearest that is.
pub(super) fn read(path: &OsStr, must_exist: bool, root: &Command) -> Result<Option<Settings>> {
    let path = Path::new(path);
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound && !must_exist => return Ok(None),
        Err(e) => {
            let hint = "give another --config";
            return Err(Error::Usage(format!("{shown}: cannot read: {e}; {hint}")));
        }
    };
    let table: Table = toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map_or(1, |before| before.matches('\n').count() + 1);
        let what = error.message().replace('\n', " ");
        Error::Usage(format!("{shown}:{line}: {what}"))
    })?;

    let mut settings = Settings {
        path: shown,
        values: HashMap::new(),
    };
    let globals: Vec<&str> = longs(root);
    let commands: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
    for (key, value) in &table {
        match value {
            Value::Table(table) => {
                let Some(command) = root.find_subcommand(key) else {
                    return Err(settings.unknown("table", &format!("[{key}]"), key, &commands));
                };
                for (option, value) in table {
                    settings.add(Some(key), option, value, &longs(command))?;
                }
            }
            value => settings.add(None, key, value, &globals)?,
        }
    }
    Ok(Some(settings))
}

impl Settings {
    fn add(
        &mut self,
        command: Option<&str>,
        key: &str,
        value: &Value,
        known: &[&str],
    ) -> Result<()> {
        let long = key.replace('_', "-");
        if !known.contains(&long.as_str()) {
            let place = match command {
                Some(command) => format!("'{key}' of [{command}]"),
                None => format!("'{key}'"),
            };
            return Err(self.unknown("key", &place, &long, known));
        }
        let values = texts(value);
        let twice = self
            .values
            .insert((command.map(str::to_owned), long), values);
        match twice {
            Some(_) => Err(Error::Usage(format!("{}: '{key}' is set twice", self.path))),
            None => Ok(()),
        }
    }

    fn unknown(&self, kind: &str, place: &str, name: &str, known: &[&str]) -> Error {
        let near = nearest(name, known).map_or_else(
            || format!("known are: {}", known.join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        Error::Usage(format!("{}: unknown {kind} {place}; {near}", self.path))
    }
}

/// The options of a command that the file may set.
fn longs(command: &Command) -> Vec<&str> {
    command
        .get_arguments()
        .filter_map(option_name)
        .filter(|long| *long != "config")
        .collect()
}

/// A value as it would be typed; the pairs of a table as `key=value`.
fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        Value::Table(pairs) => pairs
            .iter()
            .map(|(key, value)| format!("{key}={}", text(value)))
            .collect(),
        value => vec![text(value)],
    }
}

/// The known name that `name` most likely meant.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), *candidate));
    scored
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
