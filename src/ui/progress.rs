//! Progress of long work.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, shown as KiB, MiB, ...
    Bytes,
    /// Rows.
    Rows,
    /// Files.
    Files,
    /// Events.
    Events,
}

/// A bar on stderr, or nothing at all when stderr is no terminal. Cheap to clone; clones
/// move the same bar, from any thread. It vanishes when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(visible: bool, unit: Unit, total: Option<u64>) -> Self {
        if !visible {
            return Self(ProgressBar::hidden());
        }
        let (count, rate) = match unit {
            Unit::Bytes => (
                "{binary_bytes} of {binary_total_bytes}",
                "{binary_bytes_per_sec}",
            ),
            Unit::Rows => ("{human_pos} of {human_len} rows", "{per_sec}"),
            Unit::Files => ("{human_pos} of {human_len} files", "{per_sec}"),
            Unit::Events => ("{human_pos} of {human_len} events", "{per_sec}"),
        };
        let template = match total {
            Some(_) => format!("{{bar:30}} {count} {rate} {{eta}} {{msg}}"),
            None => {
                let what = count.rsplit(' ').next().filter(|what| !what.contains('{'));
                let count = count.split(" of ").next().unwrap_or_default();
                format!(
                    "{{spinner}} {count} {} {rate} {{msg}}",
                    what.unwrap_or_default()
                )
            }
        };
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// A text of several lines that is shown in place of the one before.
    pub(super) fn board(visible: bool) -> Self {
        if !visible {
            return Self::hidden();
        }
        let target = ProgressDrawTarget::stderr_with_hz(10);
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Whether anybody can see it.
    pub fn is_visible(&self) -> bool {
        !self.0.is_hidden()
    }

    /// A bar that never shows; for tests and library users.
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// `count` more are done.
    pub fn add(&self, count: u64) {
        self.0.inc(count);
    }

    /// What is being done right now.
    pub fn doing(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
    }

    /// Takes the bar from the screen.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}
