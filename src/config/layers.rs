//! What the environment, `.env` and `retail.toml` say about an option.

use std::collections::HashMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction};

use super::file::Settings;
use super::legacy::{self, Legacy};
use super::names::variable;
use super::{environment, non_empty};
use crate::error::{Error, Result};

/// The layers under the command line, the strongest first.
#[derive(Debug)]
pub(super) struct Layers<'a> {
    dotenv: &'a HashMap<String, String>,
    legacy: &'a [Legacy],
    /// `retail.toml`, once it is known which.
    pub file: Option<Settings>,
}

/// A way to look up a variable.
type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// A value and where it came from.
#[derive(Debug)]
pub(super) struct Found {
    /// One value, or several of a list in the file.
    pub values: Vec<OsString>,
    /// As in "RETAIL_BATCH_INPUT in .env".
    pub origin: String,
    /// Whether the values may be several in one text, separated by commas.
    joined: bool,
}

impl<'a> Layers<'a> {
    /// The layers without a file.
    pub(super) fn new(dotenv: &'a HashMap<String, String>, legacy: &'a [Legacy]) -> Self {
        Self {
            dotenv,
            legacy,
            file: None,
        }
    }

    /// The strongest layer's value of `--long` of `command`.
    ///
    /// # Errors
    /// When a variable of an older name is no text.
    pub(super) fn find(&self, command: Option<&str>, long: &str) -> Result<Option<Found>> {
        let dotenv = |name: &str| {
            let value = self.dotenv.get(name).map(OsString::from);
            value.and_then(non_empty)
        };
        let variables: [(&str, &Lookup<'_>); 2] = [
            ("the environment", &environment::variable),
            (".env", &dotenv),
        ];
        for (place, get) in variables {
            let name = variable(command, long);
            if let Some(value) = get(&name) {
                return Ok(Some(Found::one(value, format!("{name} in {place}"))));
            }
            for row in legacy::of(self.legacy, command, long) {
                let Some(value) = get(row.name) else { continue };
                let origin = format!("{} in {place}", row.name);
                let text = value
                    .to_str()
                    .ok_or_else(|| Error::Usage(format!("{origin}: not valid UTF-8")))?;
                if let Some(value) = (row.read)(text) {
                    return Ok(Some(Found::one(value.into(), origin)));
                }
            }
        }
        Ok(self.file.as_ref().and_then(|file| {
            let (values, origin) = file.get(command, long)?;
            Some(Found {
                values: values.iter().map(OsString::from).collect(),
                origin,
                joined: false,
            })
        }))
    }
}

impl Found {
    fn one(value: OsString, origin: String) -> Self {
        Self {
            values: vec![value],
            origin,
            joined: true,
        }
    }

    /// The values as clap takes them for `arg`.
    ///
    /// # Errors
    /// When a flag is neither true nor false, or a single option got several values.
    pub(super) fn for_option(&self, arg: &Arg) -> Result<Vec<OsString>> {
        let fail = |what: &str| Err(Error::Usage(format!("{}: {what}", self.origin)));
        match arg.get_action() {
            ArgAction::SetTrue => match self.values.as_slice() {
                [value] => match flag(&value.to_string_lossy()) {
                    Some(on) => Ok(vec![on.into()]),
                    None => fail(&format!(
                        "'{}' is neither true nor false",
                        value.to_string_lossy()
                    )),
                },
                _ => fail("takes true or false"),
            },
            ArgAction::Append if self.joined => Ok(split(&self.values)),
            ArgAction::Append => Ok(self.values.clone()),
            _ if self.values.len() == 1 => Ok(self.values.clone()),
            _ => fail("takes one value"),
        }
    }
}

/// `true` or `false` in clap's spelling.
fn flag(text: &str) -> Option<&'static str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some("true"),
        "false" | "0" | "no" | "off" => Some("false"),
        _ => None,
    }
}

/// A variable holds several values with commas between them.
fn split(values: &[OsString]) -> Vec<OsString> {
    let mut parts = Vec::new();
    for value in values {
        match value.to_str() {
            Some(text) => parts.extend(text.split(',').map(|part| part.trim().into())),
            None => parts.push(value.clone()),
        }
    }
    parts
}
