//! How to print an error before the options are known.

use std::ffi::OsString;

use crate::config::{Color, Globals, LogFormat};

/// What an error message needs to know of the options.
#[derive(Debug, Clone, Copy)]
pub struct Early {
    pub(super) color: Color,
    pub(super) json: bool,
    pub(super) verbose: bool,
}

impl Early {
    /// Reads what it can from a command line that may turn out to be wrong.
    pub fn of(argv: &[OsString]) -> Self {
        let mut early = Self {
            color: crate::config::early_color(),
            json: crate::config::early_json(),
            verbose: false,
        };
        let words: Vec<_> = argv.iter().map(|word| word.to_string_lossy()).collect();
        for (at, word) in words.iter().enumerate().skip(1) {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, value),
                None => (&**word, words.get(at + 1).map_or("", |next| &**next)),
            };
            match (name, value) {
                ("--", _) => break,
                ("--color", "always") => early.color = Color::Always,
                ("--color", "never") => early.color = Color::Never,
                ("--log-format", form) => early.json = form == "json",
                ("--verbose" | "-v", _) => early.verbose = true,
                _ => {}
            }
        }
        early
    }
}

impl From<&Globals> for Early {
    fn from(globals: &Globals) -> Self {
        Self {
            color: globals.color,
            json: globals.log_format == LogFormat::Json,
            verbose: globals.verbose,
        }
    }
}
