//! The names that the replaced systems used.

/// An older variable and the option that it sets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Legacy {
    /// The variable.
    pub name: &'static str,
    /// The command of the option; `None` for a global one.
    pub command: Option<&'static str>,
    /// The option's long name.
    pub option: &'static str,
    /// What the variable's value means for the option; `None` when it says nothing about it.
    pub read: fn(&str) -> Option<&str>,
}

/// Every older name. One variable may speak of several options.
pub(super) const NAMES: &[Legacy] = &[
    Legacy {
        name: "LOG_LEVEL",
        command: None,
        option: "quiet",
        read: |level| one_of(level, &["WARNING", "WARN", "ERROR", "CRITICAL", "FATAL"]),
    },
    Legacy {
        name: "LOG_LEVEL",
        command: None,
        option: "verbose",
        read: |level| one_of(level, &["DEBUG", "TRACE"]),
    },
    Legacy {
        name: "NO_COLOR",
        command: None,
        option: "color",
        read: |_| Some("never"),
    },
];

/// The rows that set `--option` of `command`.
pub(super) fn of<'a>(
    names: &'a [Legacy],
    command: Option<&'a str>,
    option: &'a str,
) -> impl Iterator<Item = &'a Legacy> {
    names
        .iter()
        .filter(move |row| row.command == command && row.option == option)
}

fn one_of(level: &str, levels: &[&str]) -> Option<&'static str> {
    levels
        .iter()
        .any(|known| level.trim().eq_ignore_ascii_case(known))
        .then_some("true")
}
