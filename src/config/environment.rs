//! The environment and `.env`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;

use super::{Color, non_empty};
use crate::error::{Error, Result};

/// A variable of the process, unless it is empty.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).and_then(non_empty)
}

/// What the environment alone says about colours, for messages before the options are known.
pub(crate) fn color() -> Color {
    let own = variable("RETAIL_COLOR");
    match own.as_ref().and_then(|value| value.to_str()) {
        Some("always") => Color::Always,
        Some("auto") => Color::Auto,
        Some("never") => Color::Never,
        _ if variable("NO_COLOR").is_some() => Color::Never,
        _ => Color::Auto,
    }
}

/// Whether the environment alone asks for messages in JSON.
pub(crate) fn json_messages() -> bool {
    variable("RETAIL_LOG_FORMAT").is_some_and(|form| form == "json")
}

/// The variables of a `.env` file; none when there is no such file.
///
/// # Errors
/// [`Error::Usage`] with the line that cannot be read.
pub(super) fn read_dotenv(path: &Path) -> Result<HashMap<String, String>> {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(e) => return Err(Error::Usage(format!("{shown}: cannot read: {e}"))),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut variables = HashMap::new();
    for item in dotenvy::Iter::new(text.as_bytes()) {
        let (name, value) = item.map_err(|error| {
            let line = match &error {
                dotenvy::Error::LineParse(line, _) => line_number(text, line),
                _ => 0,
            };
            Error::Usage(format!(
                "{shown}:{line}: not a NAME=value line; put a value with blanks in quotes"
            ))
        })?;
        variables.insert(name, value);
    }
    Ok(variables)
}

/// The number of the first line of `text` that `wrong` begins with.
fn line_number(text: &str, wrong: &str) -> usize {
    let wrong = wrong.lines().next().unwrap_or_default();
    let at = text.lines().position(|line| line.trim() == wrong.trim());
    at.map_or(0, |index| index + 1)
}
