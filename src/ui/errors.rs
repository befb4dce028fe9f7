//! Errors as the user sees them: one line each.

use std::io::{self, IsTerminal, Write};

use chrono::{SecondsFormat, Utc};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use serde_json::json;

use super::redact::redacted;
use super::{Early, Stdout};
use crate::config::Color;
use crate::error::Error;

/// Prints `error` on stderr and returns the exit status that belongs to it.
pub fn report(error: &anyhow::Error, style: Early) -> u8 {
    let status = exit_status(error);
    if status == 0 {
        return status;
    }
    let causes = causes(error);
    print(&joined(&causes), &causes, status, style);
    status
}

/// The exit status of `error` and the line that [`report`] prints.
pub fn told(error: &anyhow::Error) -> (u8, String) {
    (exit_status(error), joined(&causes(error)))
}

/// What the chain says, each in one line.
fn causes(error: &anyhow::Error) -> Vec<String> {
    let causes = error.chain().map(|cause| one_line(&cause.to_string()));
    causes.collect()
}

/// The exit status of an error of ours in the chain, else 1.
fn exit_status(error: &anyhow::Error) -> u8 {
    let mut ours = error.chain().filter_map(ours);
    ours.next().map_or(1, Error::exit_status)
}

/// Prints clap's answer: help and version on stdout, wrong usage in one line on stderr.
/// Returns the exit status.
pub fn report_clap(error: &clap::Error, style: Early) -> u8 {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let text = error.render();
        let mut out = Stdout::new();
        let written = if coloured(style.color, &io::stdout()) {
            out.text(&text.ansi().to_string())
        } else {
            out.text(&text.to_string())
        };
        return match written.and_then(|()| out.finish()) {
            Ok(()) => 0,
            Err(error) => report(&error.into(), style),
        };
    }
    print(&redacted(&clap_line(error)), &[], 2, style);
    2
}

/// What clap says about wrong usage, in one line: what is wrong, what may have been meant.
pub fn clap_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let mut line = String::new();
    match invalid_value(error) {
        Some(invalid) => line.push_str(&invalid),
        None => {
            let lines = text.lines().map(str::trim).filter(|part| !part.is_empty());
            for part in lines.take_while(|part| !part.starts_with("Usage:")) {
                let part = part.strip_prefix("error: ").unwrap_or(part);
                let part = part.strip_prefix("tip: ").unwrap_or(part);
                if part.starts_with("For more information") {
                    continue;
                }
                if !line.is_empty() {
                    line.push_str(if line.ends_with(':') { " " } else { "; " });
                }
                line.push_str(part);
            }
        }
    }
    let usage = text.lines().find_map(|line| line.strip_prefix("Usage: "));
    let command = usage.map(|usage| {
        let words = usage.split_whitespace();
        let words = words.take_while(|word| !word.starts_with(['[', '<', '-']));
        words.collect::<Vec<_>>().join(" ")
    });
    match command {
        Some(command) => format!("{line}; see '{command} --help'"),
        None => line,
    }
}

/// `Invalid --days 'x': ...`, for a value that its option refuses.
fn invalid_value(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    if !matches!(
        error.kind(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue
    ) {
        return None;
    }
    let option = text(ContextKind::InvalidArg)?.split_whitespace().next()?;
    let value = text(ContextKind::InvalidValue)?;
    if value.is_empty() && error.kind() == ErrorKind::InvalidValue {
        // That is how clap says that there is no value at all.
        return None;
    }
    let why = match (
        std::error::Error::source(error),
        error.get(ContextKind::ValidValue),
    ) {
        (Some(source), _) => match source.to_string() {
            // Clap hides the kind of error behind its text.
            text if text.contains("digit found in string") || text.contains("empty string") => {
                "not a whole number".to_owned()
            }
            text => text,
        },
        (None, Some(ContextValue::Strings(known))) => format!("known are {}", known.join(", ")),
        (None, _) => return None,
    };
    Some(format!("Invalid {option} '{value}': {}", one_line(&why)))
}

/// The error of ours in an error of any kind.
fn ours<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    cause.downcast_ref().or_else(|| {
        // An `io::Error` hides the error inside it from the chain.
        let inner = cause.downcast_ref::<io::Error>()?.get_ref()?;
        inner.downcast_ref()
    })
}

/// The causes from the outside in, without those that the line already tells.
fn joined(causes: &[String]) -> String {
    let mut line = String::new();
    for cause in causes.iter().filter(|cause| !cause.is_empty()) {
        if line.contains(cause.as_str()) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(cause);
    }
    line
}

fn one_line(text: &str) -> String {
    redacted(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn print(line: &str, causes: &[String], status: u8, style: Early) {
    let mut text = if style.json {
        let mut object = json!({
            "timestamp": Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
            "level": "ERROR",
            "message": line,
            "exit_status": status,
        });
        if style.verbose {
            object["causes"] = json!(causes);
        }
        object.to_string()
    } else if coloured(style.color, &io::stderr()) {
        format!("\u{1b}[1;31merror:\u{1b}[0m {line}")
    } else {
        format!("error: {line}")
    };
    if style.verbose && !style.json {
        // A single cause is the line itself.
        for cause in causes.iter().filter(|cause| **cause != line) {
            text.push_str("\n  because: ");
            text.push_str(cause);
        }
    }
    text.push('\n');
    // Nothing can be told when stderr is closed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether text for `stream` is coloured.
pub(super) fn coloured(color: Color, stream: &impl IsTerminal) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => stream.is_terminal(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(error: anyhow::Error) -> u8 {
        exit_status(&error)
    }

    #[test]
    fn the_status_is_found_under_any_context() {
        use anyhow::Context as _;
        let usage: anyhow::Result<()> = Err(Error::Usage("no".to_owned()).into());
        assert_eq!(status(usage.context("while working").unwrap_err()), 2);
        let pipe = io::Error::new(io::ErrorKind::BrokenPipe, Error::BrokenPipe);
        assert_eq!(
            status(anyhow::Error::from(pipe).context("while writing")),
            0
        );
        let socket = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(status(Error::io("send", "broker", socket).into()), 1);
        assert_eq!(status(Error::Interrupted(2).into()), 130);
        assert_eq!(status(Error::Interrupted(15).into()), 143);
        assert_eq!(status(anyhow::anyhow!("anything else")), 1);
    }

    #[test]
    fn the_line_tells_each_cause_once() {
        let causes = [
            "batch".to_owned(),
            "x: cannot open: gone".to_owned(),
            "gone".to_owned(),
        ];
        assert_eq!(joined(&causes), "batch: x: cannot open: gone");
        assert_eq!(one_line("a\n  b\tc"), "a b c");
    }
}
