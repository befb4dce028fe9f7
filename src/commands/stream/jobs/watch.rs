//! Who sees the jobs run: a terminal, a scraper, a pipe, a webhook.

use std::collections::HashSet;
use std::io::Write;
use std::time::Duration;

use crate::commands::stream::follow::Tables;
use crate::error::Result;
use crate::metrics::stream::StreamMetrics;
use crate::stream::jobs::engine::Watch;
use crate::stream::jobs::feed::Listen;
use crate::stream::jobs::live::View;
use crate::stream::jobs::row::{Cell, Row, line};
use crate::stream::jobs::spec::{Keep, Spec, TableSpec};
use crate::stream::jobs::state::State;
use crate::stream::jobs::webhook::{Sent, Webhook};
use crate::ui::{Progress, Stdout, stdout_error};

/// Everybody who sees the jobs run.
pub(super) struct Watchers<'a> {
    pub board: &'a Progress,
    pub metrics: Option<StreamMetrics>,
    pub lines: Option<Lines>,
    pub webhook: Option<Webhook>,
    pub follow: Option<Tables>,
}

/// Rows as JSON lines: an alert as soon as it is known, other rows with their commit.
pub(super) struct Lines {
    out: Stdout,
    /// Whether there is anything that a reader has not been given.
    written: bool,
    /// Alerts that were shown before they were final.
    shown: HashSet<String>,
    failure: Option<crate::error::Error>,
}

impl Lines {
    pub fn new(out: Stdout) -> Self {
        Self {
            out,
            written: false,
            shown: HashSet::new(),
            failure: None,
        }
    }

    fn line(&mut self, table: &TableSpec, row: &[Cell]) -> Result<()> {
        self.written = true;
        self.out.line(&line(table, row))
    }
}

/// The number of an alert.
fn id(alert: &[Cell]) -> &str {
    match alert.first() {
        Some(Cell::Text(id)) => id,
        _ => "",
    }
}

impl Watchers<'_> {
    /// Nothing more comes; what became of the alerts.
    pub fn end(&mut self) -> Option<Sent> {
        self.webhook.as_mut().map(Webhook::end)
    }
}

impl Listen for Watchers<'_> {
    fn alert(&mut self, table: &'static TableSpec, alert: &Row) {
        if let Some(webhook) = &mut self.webhook {
            webhook.alert(table, alert);
        }
        if let Some(lines) = &mut self.lines {
            lines.shown.insert(id(alert).to_owned());
            if let Err(e) = lines.line(table, alert) {
                lines.failure.get_or_insert(e);
            }
        }
    }
}

impl Watch for Watchers<'_> {
    fn view(&mut self, view: &View) {
        if self.board.is_visible() {
            let lag = view.lag.map(|lag| format!(" · lag {lag}"));
            let lag = lag.unwrap_or_default();
            let (rate, read, alerts) = (view.rate, view.read, view.alerts.len());
            let line = format!("{rate:.0} events/s · {read} read{lag} · {alerts} alerts");
            self.board.doing(line);
        }
    }

    fn turn(&mut self, state: &State, lag: Option<u64>) -> Result<()> {
        if let Some(metrics) = &mut self.metrics {
            metrics.jobs(state, lag);
        }
        let Some(lines) = &mut self.lines else {
            return Ok(());
        };
        if let Some(failure) = lines.failure.take() {
            return Err(failure);
        }
        match std::mem::take(&mut lines.written) {
            true => lines.out.flush().map_err(stdout_error),
            false => Ok(()),
        }
    }

    fn kept(&mut self, state: &State) {
        if let Some(follow) = &mut self.follow {
            follow.kept(state);
        }
    }

    fn rows(&mut self, spec: &'static Spec, fresh: &[(usize, Row)]) -> Result<()> {
        if let Some(follow) = &mut self.follow {
            follow.rows(spec, fresh)?;
        }
        let Some(lines) = &mut self.lines else {
            return Ok(());
        };
        for (number, row) in fresh {
            let table = &spec.tables[*number];
            if table.keep == Keep::Alerts && lines.shown.remove(id(row)) {
                continue;
            }
            lines.line(table, row)?;
        }
        Ok(())
    }

    fn committed(&mut self, took: Duration) {
        if let Some(metrics) = &mut self.metrics {
            crate::stream::watch::Watch::committed(metrics, took);
        }
    }
}
