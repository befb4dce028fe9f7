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
    address("KAFKA_BOOTSTRAP_SERVERS", "generate", "brokers"),
    address("KAFKA_BOOTSTRAP_SERVERS", "replay", "brokers"),
    address("KAFKA_BOOTSTRAP_SERVERS", "stream", "brokers"),
    address("KAFKA_BOOTSTRAP_SERVERS", "serve", "brokers"),
    address("KAFKA_TOPIC", "generate", "topic"),
    address("KAFKA_TOPIC", "replay", "topic"),
    address("KAFKA_TOPIC", "stream", "topic"),
    address("KAFKA_TOPIC", "serve", "topic"),
    address("EVENT_INPUT_DIR", "replay", "input"),
    address("EVENT_INPUT_DIR", "stream", "input"),
    address("KAFKA_STARTING_OFFSETS", "stream", "from"),
    address("STREAM_CHECKPOINT_DIR", "stream", "checkpoint"),
    address("STREAM_OUTPUT_PATH", "stream", "output"),
    // Off, the replaced batch worked on local folders.
    Legacy {
        name: "USE_HDFS",
        command: Some("batch"),
        option: "no-hdfs",
        read: |used| {
            Some(match used.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => "false",
                "false" | "0" | "no" | "off" => "true",
                _ => used,
            })
        },
    },
    // What every client of Spark Connect knows.
    address("SPARK_REMOTE", "batch", "remote"),
    address("SPARK_REMOTE", "stream", "remote"),
    address("SPARK_REMOTE", "jobs", "remote"),
    address("OUTPUT_DIR", "serve", "output"),
    address("STREAM_PARQUET_DIR", "serve", "stream-output"),
    address("STREAM_WINDOWS_LIMIT", "serve", "windows"),
    address("STREAM_SERIES_LIMIT", "serve", "series"),
    rate("generate"),
    rate("replay"),
    rate("stream"),
    Legacy {
        name: "NO_COLOR",
        command: None,
        option: "color",
        read: |_| Some("never"),
    },
];

const fn address(name: &'static str, command: &'static str, option: &'static str) -> Legacy {
    Legacy {
        name,
        command: Some(command),
        option,
        read: |text| Some(text),
    }
}

/// In the replaced producer, nothing and less meant as fast as possible.
const fn rate(command: &'static str) -> Legacy {
    Legacy {
        name: "EVENTS_PER_SECOND",
        command: Some(command),
        option: "rate",
        read: |text| {
            Some(if text.trim().starts_with('-') {
                "0"
            } else {
                text
            })
        },
    }
}

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
