//! The environment and `.env`.

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use super::{Color, legacy, non_empty};
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
/// Quotes and `$NAME` are read as by other programs of this kind: `'a$b'` stays as it is, in
/// `"a$b"` and `a$b` the variable `b` is put in. Lines of other programs' variables are passed
/// over, even when they break these rules.
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
    let begun = Cell::new(0);
    let lines = Lines {
        rest: text.as_bytes(),
        inside: false,
        begun: &begun,
    };
    let mut variables = HashMap::new();
    for item in dotenvy::Iter::new(lines) {
        let wrong = match item {
            Ok((name, value)) => {
                variables.insert(name, value);
                continue;
            }
            Err(dotenvy::Error::LineParse(wrong, _)) => wrong,
            Err(e) => return Err(Error::Usage(format!("{shown}: cannot read: {e}"))),
        };
        // A value in quotes may have several lines; the last of them is the one begun last.
        let several = wrong.lines().count().max(1);
        let number = (begun.get() + 1).saturating_sub(several);
        let line = text.lines().nth(number.saturating_sub(1));
        if several == 1 && line.is_some_and(is_foreign) {
            continue;
        }
        return Err(Error::Usage(format!(
            "{shown}:{number}: not a NAME=value line; put a value with blanks in quotes"
        )));
    }
    Ok(variables)
}

/// Whether a line sets a variable that is none of ours.
fn is_foreign(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((name, _)) = line.split_once('=') else {
        return false;
    };
    let name = name.trim();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let ours = name.starts_with("RETAIL_") || legacy::NAMES.iter().any(|row| row.name == name);
    !name.is_empty() && name.chars().all(word) && !ours
}

/// Hands out a line at a time and counts them, because the parser does not say where it is.
struct Lines<'a> {
    rest: &'a [u8],
    /// Whether a part of the line at the front has been handed out.
    inside: bool,
    begun: &'a Cell<usize>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = memchr::memchr(b'\n', self.rest).map_or(self.rest.len(), |at| at + 1);
        let (mut part, rest) = self.rest.split_at(line.min(buffer.len()));
        self.rest = rest;
        if !self.inside && !part.is_empty() {
            self.begun.set(self.begun.get() + 1);
        }
        self.inside = part.last().is_some_and(|byte| *byte != b'\n');
        part.read(buffer)
    }
}
