//! Properties of the whole command line.

use std::path::Path;

use clap::{Command, CommandFactory, Parser};

use super::{Cli, command};
use crate::config::{annotate, option_name, variable};

/// Every command but `help`, each with its full name, `retail` first.
fn all(root: &Command) -> Vec<(String, Command)> {
    let mut commands = vec![(String::new(), root.clone())];
    for sub in root.get_subcommands() {
        commands.push((sub.get_name().to_owned(), sub.clone()));
    }
    commands
}

fn help(name: &str, flag: &str) -> String {
    let mut argv = vec!["retail"];
    argv.extend([name, flag].into_iter().filter(|word| !word.is_empty()));
    let error = annotate(command()).try_get_matches_from(argv).unwrap_err();
    assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{name}");
    error.render().to_string()
}

#[test]
fn the_tree_is_sound() {
    Cli::command().debug_assert();
    annotate(command()).debug_assert();
}

#[test]
fn every_option_has_a_variable_that_its_help_shows() {
    let mut seen = std::collections::HashSet::new();
    for (name, sub) in all(&command()) {
        // Wrapping may break a line before a name, never within it.
        let shown = help(&name, "--help");
        for arg in sub.get_arguments() {
            let Some(long) = option_name(arg) else {
                let positional = arg.get_long().is_none();
                assert!(positional || matches!(arg.get_id().as_str(), "help" | "version"));
                continue;
            };
            let owner = (!name.is_empty()).then_some(name.as_str());
            let variable = variable(owner, long);
            assert!(shown.contains(&variable), "{name} --{long}: {variable}");
            assert!(seen.insert(variable), "{name} --{long}");
        }
    }
    assert!(seen.contains("RETAIL_BATCH_INPUT") && seen.contains("RETAIL_JSON"));
    assert!(seen.len() > 40, "{}", seen.len());
}

#[test]
fn every_help_fits_80_columns_and_shows_an_example() {
    for (name, _) in all(&command()) {
        for flag in ["-h", "--help"] {
            let text = help(&name, flag);
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "retail {name} {flag}: {line}");
            }
            let (_, examples) = text.split_once("\nExamples:\n").unwrap();
            let example = format!("  retail {name}");
            assert!(
                examples.contains(example.trim_end()),
                "retail {name} {flag}"
            );
        }
    }
}

#[test]
fn the_examples_are_real_commands() {
    for (name, _) in all(&command()) {
        let text = help(&name, "-h").replace("\n                ", " ");
        let examples = text
            .lines()
            .filter_map(|line| line.strip_prefix("  retail "));
        let mut count = 0;
        for example in examples {
            let example = example.split(['|', '>']).next().unwrap();
            let mut words = vec!["retail".to_owned()];
            // Quoted parts are every second one.
            for (at, part) in example.split('"').enumerate() {
                match at % 2 {
                    0 => words.extend(part.split_whitespace().map(str::to_owned)),
                    _ => words.push(part.to_owned()),
                }
            }
            let result = command().try_get_matches_from(&words);
            assert!(result.is_ok(), "{words:?}: {}", result.unwrap_err());
            count += 1;
        }
        assert!(count > 0, "{name}");
    }
}

#[test]
fn every_about_is_one_short_line() {
    for (name, sub) in all(&command()) {
        let about = sub.get_about().unwrap().to_string();
        assert!(
            !about.contains('\n') && about.len() <= 78,
            "{name}: {about}"
        );
    }
}

#[test]
fn the_days_of_generate_stay_in_the_calendar() {
    let day = |text: &str| crate::config::values::date(text).unwrap();
    let args = |argv: &[&str]| {
        let cli = Cli::try_parse_from(["retail", "generate"].iter().chain(argv)).unwrap();
        match cli.command {
            super::Command::Generate(args) => *args,
            _ => unreachable!(),
        }
    };
    let today = day("2025-01-30");
    assert_eq!(args(&[]).first_day(today).unwrap(), day("2025-01-01"));
    let one = args(&["--days", "1", "--start-date", "9999-12-31"]);
    assert_eq!(one.first_day(today).unwrap(), day("9999-12-31"));
    let two = args(&["--days", "2", "--start-date", "9999-12-31"]);
    let error = two.first_day(today).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Invalid --start-date '9999-12-31'"),
        "{error}"
    );
    // 2025-01-30 is day 739,281 since 0001-01-01, which is day 1.
    assert_eq!(
        args(&["--days", "739281"]).first_day(today).unwrap(),
        day("0001-01-01")
    );
    assert!(args(&["--days", "739282"]).first_day(today).is_err());
}

/// The examples of configuration name every option, and nothing else.
#[test]
fn the_example_files_are_complete() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let toml = std::fs::read_to_string(root.join("examples/retail.toml")).unwrap();
    let dotenv = std::fs::read_to_string(root.join(".env.example")).unwrap();
    let (mut keys, mut variables) = (Vec::new(), Vec::new());
    for (name, sub) in all(&command()) {
        let owner = (!name.is_empty()).then_some(name.as_str());
        for long in sub.get_arguments().filter_map(option_name) {
            variables.push(variable(owner, long));
            if long != "config" {
                keys.push((name.clone(), long.to_owned()));
            }
        }
    }
    let mut table = String::new();
    let mut named = Vec::new();
    for line in toml.lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']').to_owned();
        } else if let Some((key, _)) = line.trim_start_matches('#').split_once(" = ") {
            named.push((table.clone(), key.to_owned()));
        }
    }
    keys.sort();
    named.sort();
    assert_eq!(named, keys);

    let lines = dotenv.lines().map(|line| line.trim_start_matches('#'));
    let lines = lines.filter(|line| line.starts_with("RETAIL_"));
    let mut named: Vec<_> = lines.map(|line| line.split('=').next().unwrap()).collect();
    named.sort_unstable();
    variables.sort();
    assert_eq!(named, variables);
}
