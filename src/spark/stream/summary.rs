//! What is told of a stream on Spark.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::Figures;
use super::{Plan, Submitted};
use crate::record::{Time, Total};
use crate::ui;

/// A stream that goes on by itself.
#[derive(Debug, Serialize)]
pub struct Begun {
    command: &'static str,
    engine: &'static str,
    source: &'static str,
    name: String,
    id: String,
    run_id: String,
    rejects: String,
    output: String,
    checkpoint: String,
    /// How long the queries live without a question.
    session_timeout: String,
    ended: bool,
}

impl Begun {
    /// Of queries that run, in a session that lives so long without a question.
    pub fn of(plan: &Plan, submitted: &Submitted, timeout: &str) -> Self {
        let windows = &submitted.windows;
        Self {
            command: "stream",
            engine: "spark",
            source: "kafka",
            name: windows.name.clone(),
            id: windows.id.clone(),
            run_id: windows.run_id.clone(),
            rejects: submitted.rejects.name.clone(),
            output: plan.output.to_string(),
            checkpoint: plan.checkpoint.to_string(),
            session_timeout: timeout.to_owned(),
            ended: false,
        }
    }
}

impl ui::Summary for Begun {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let Self { name, .. } = self;
        let lives = match self.session_timeout.starts_with('-') {
            true => "until it is stopped, or the server".to_owned(),
            false => format!(
                "{} without a question: let cron ask retail jobs list, or have the server's \
                 spark.connect.session.manager.defaultSessionTimeout raised",
                self.session_timeout
            ),
        };
        vec![
            ("query", name.clone()),
            ("id", self.id.clone()),
            ("run id", self.run_id.clone()),
            ("rejects", self.rejects.clone()),
            ("output", self.output.clone()),
            ("checkpoint", self.checkpoint.clone()),
            ("lives", lives),
            ("watch", format!("retail jobs status {name}")),
            ("stop", format!("retail jobs stop {name}")),
        ]
    }
}

/// A stream that has read what was there. Figures are those since its checkpoint was made.
#[derive(Debug, Serialize)]
pub struct Ended {
    command: &'static str,
    engine: &'static str,
    source: &'static str,
    name: String,
    id: String,
    run_id: String,
    read: u64,
    accepted: u64,
    rejected: u64,
    rejected_by_reason: BTreeMap<String, u64>,
    duplicates: u64,
    non_sales: u64,
    /// Spark's `numRowsDroppedByWatermark` of this start.
    late: u64,
    late_revenue: Total,
    windows: u64,
    written_revenue: Total,
    open_windows: u64,
    open_revenue: Total,
    accepted_revenue: Total,
    watermark: Option<String>,
    output: String,
    checkpoint: String,
    /// Whether every window is closed; that the topic was read to its end is known.
    ended: bool,
    seconds: f64,
    rows_per_second: u64,
}

impl Ended {
    /// Of queries that have ended after `seconds`, with `read` messages and `late` rows in this start.
    pub fn of(
        plan: &Plan,
        submitted: &Submitted,
        figures: &Figures,
        (seconds, read, late): (f64, u64, u64),
    ) -> Self {
        let begun = Begun::of(plan, submitted, "");
        let micros = figures.watermark.map(|millis| millis.saturating_mul(1000));
        Self {
            command: begun.command,
            engine: begun.engine,
            source: begun.source,
            name: begun.name,
            id: begun.id,
            run_id: begun.run_id,
            read: figures.read,
            accepted: figures.accepted,
            rejected: figures.rejected.values().sum(),
            rejected_by_reason: figures.rejected.clone(),
            duplicates: 0,
            non_sales: figures.non_sales,
            late,
            late_revenue: figures.late_revenue(plan.shape),
            windows: figures.windows,
            written_revenue: figures.written_revenue,
            open_windows: figures.open_windows,
            open_revenue: figures.open_revenue,
            accepted_revenue: figures.accepted_revenue,
            watermark: micros
                .and_then(Time::from_micros)
                .map(|time| time.to_string()),
            output: begun.output,
            checkpoint: begun.checkpoint,
            ended: figures.open_windows == 0,
            seconds: (seconds * 1000.0).round() / 1000.0,
            rows_per_second: (read as f64 / seconds.max(1e-9)) as u64,
        }
    }
}

impl ui::Summary for Ended {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("query", self.name.clone()),
            ("read", self.read.to_string()),
            ("accepted", self.accepted.to_string()),
            ("rejected", self.rejected.to_string()),
        ];
        let reasons = self.rejected_by_reason.iter();
        let reasons: Vec<_> = reasons
            .map(|(reason, count)| format!("{reason}={count}"))
            .collect();
        if !reasons.is_empty() {
            lines.push(("", reasons.join(", ")));
        }
        let watermark = self.watermark.clone().unwrap_or_else(|| "none".to_owned());
        lines.extend([
            ("not sales", self.non_sales.to_string()),
            ("late rows", self.late.to_string()),
            ("window rows", self.windows.to_string()),
            ("written", self.written_revenue.to_string()),
            ("open rows", self.open_windows.to_string()),
            ("open", self.open_revenue.to_string()),
            ("missed", self.late_revenue.to_string()),
            ("accepted revenue", self.accepted_revenue.to_string()),
            ("watermark", watermark),
            (
                "ended",
                match self.ended {
                    true => "at the end of the topic, with every window closed".to_owned(),
                    false => "at the end of the topic; what the watermark has not reached is open"
                        .to_owned(),
                },
            ),
            (
                "seconds",
                format!(
                    "{} ({} messages a second)",
                    self.seconds, self.rows_per_second
                ),
            ),
        ]);
        lines
    }
}
