//! The environment variable of every option.

use clap::{Arg, ArgAction, Command};

use super::legacy;

/// The long name of an option that can be configured; `None` for a positional argument
/// and for `--help` and `--version`.
pub fn option_name(arg: &Arg) -> Option<&str> {
    match arg.get_action() {
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version => None,
        _ => arg.get_long(),
    }
}

/// The variable of option `--long` of `command`, or of a global option:
/// `RETAIL_BATCH_INPUT`, `RETAIL_JSON`.
pub fn variable(command: Option<&str>, long: &str) -> String {
    let name = match command {
        Some(command) => format!("RETAIL_{command}_{long}"),
        None => format!("RETAIL_{long}"),
    };
    name.to_uppercase().replace('-', "_")
}

/// Adds to the help of every option the variables that set it.
///
/// Clap's own `env` is not used: it reads the environment while the tree is built, takes an
/// empty value for a value, and knows neither `.env` nor older names.
pub fn annotate(command: Command) -> Command {
    command
        .mut_args(|arg| annotate_arg(None, arg))
        .mut_subcommands(|sub| {
            let name = sub.get_name().to_owned();
            sub.mut_args(|arg| annotate_arg(Some(&name), arg))
        })
}

fn annotate_arg(command: Option<&str>, arg: Arg) -> Arg {
    let Some(long) = option_name(&arg) else {
        return arg;
    };
    let mut names = vec![variable(command, long)];
    names.extend(legacy::of(legacy::NAMES, command, long).map(|row| row.name.to_owned()));
    let help = arg.get_long_help().or(arg.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    arg.long_help(format!("{help}\n[env: {}]", names.join(", ")))
}
