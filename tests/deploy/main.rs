//! What runs retail elsewhere: containers, cron, systemd, Airflow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod compose;
mod examples;
mod image;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A path of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
fn read(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// What a command that is prepared for one of `scripts` prints; none, with the reason printed,
/// where the script says that its tool can neither be found nor be installed.
fn script(mut command: Command) -> Option<String> {
    let output = command.output().unwrap();
    let errors = common::stderr(&output);
    if !output.status.success()
        && let Some(why) = errors.lines().find(|line| line.starts_with("no "))
    {
        common::skip(why);
        return None;
    }
    assert!(output.status.success(), "{errors}");
    Some(common::stdout(&output))
}

/// Why retail refuses a command line, whose first word is `retail`; none if it does not.
fn refused(words: &[String]) -> Option<String> {
    assert_eq!(words.first().map(String::as_str), Some("retail"));
    let error = retail::commands::command()
        .try_get_matches_from(words)
        .err()?;
    Some(format!("{}: {error}", words.join(" ")))
}

/// Why retail refuses one of the commands of a shell's line, `a && b`.
fn refused_in(line: &str) -> Vec<String> {
    let commands = line.split("&&").map(|command| {
        let words = command.split_whitespace().map(str::to_owned);
        words.collect::<Vec<_>>()
    });
    let ours: Vec<_> = commands
        .filter(|words| words.first().is_some_and(|word| word == "retail"))
        .collect();
    assert!(!ours.is_empty(), "{line}");
    ours.iter().filter_map(|words| refused(words)).collect()
}
