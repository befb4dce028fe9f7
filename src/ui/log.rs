//! Log lines on stderr.

use std::fmt;
use std::io;

use chrono::Utc;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::errors::coloured;
use crate::config::{Globals, LogFormat, Verbosity};

/// Starts the log of the process. A second call changes nothing.
pub(super) fn start(globals: &Globals, verbosity: Verbosity) {
    let level = match verbosity {
        Verbosity::Quiet => Level::ERROR,
        Verbosity::Normal => Level::INFO,
        Verbosity::Verbose => Level::DEBUG,
    };
    // What the libraries say of their connections is for those who look for a fault.
    let others = match verbosity {
        Verbosity::Verbose => Level::INFO,
        _ => Level::ERROR,
    };
    let wanted = Targets::new()
        .with_default(others)
        // It tells as an error what we tell in our words, or try again.
        .with_target(
            "scylla",
            (verbosity == Verbosity::Verbose).then_some(others),
        )
        .with_target("retail", level);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(coloured(globals.color, &io::stderr()))
        // It would report a closed stderr on the closed stderr, and panic.
        .log_internal_errors(false);
    let log = tracing_subscriber::registry().with(wanted);
    // Fails only when there is a log already.
    let _ = match globals.log_format {
        LogFormat::Text => log.with(layer.event_format(Line)).try_init(),
        LogFormat::Json => {
            let json = layer.json().flatten_event(true).with_target(false);
            log.with(json.with_current_span(false).with_span_list(false))
                .try_init()
        }
    };
}

/// `[2025-01-01 12:00:00] [INFO] message`, in UTC.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let time = Utc::now().format("%Y-%m-%d %H:%M:%S");
        let level = event.metadata().level();
        let (on, off) = match (writer.has_ansi_escapes(), *level) {
            (true, Level::ERROR) => ("\u{1b}[31m", "\u{1b}[0m"),
            (true, Level::WARN) => ("\u{1b}[33m", "\u{1b}[0m"),
            _ => ("", ""),
        };
        write!(writer, "[{time}] [{on}{level}{off}] ")?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
