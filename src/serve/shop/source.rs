//! Reading what the jobs of one run wrote.

use std::path::PathBuf;

use serde_json::Value;

use super::alerts::Alerts;
use super::orders::Orders;
use super::sessions::Sessions;
use super::stock::Levels;
use super::sums::Sums;
use super::table::Table;
use super::view::{Job, View};
use crate::error::Result;
use crate::serve::watched::Source;
use crate::serve::{runs, stamps};
use crate::signal::Stop;
use crate::stream::jobs::live::LIVE;

/// The tables of alerts, each with its job.
pub const ALERTS: [(&str, &str); 3] = [
    ("anomalies", "anomalies"),
    ("inventory", "inventory_alerts"),
    ("cart_abandonment", "cart_abandonment"),
];
/// The other tables that are shown.
const TABLES: [&str; 4] = ["sales_metrics", "sessions", "inventory_metrics", "orders"];

/// The output folder of jobs.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

/// What one run has written, and its view of the moment.
#[derive(Debug)]
pub struct Shop {
    /// The view.
    pub view: View,
    alerts: [Table<Alerts>; 3],
    sums: Table<Sums>,
    sessions: Table<Sessions>,
    levels: Table<Levels>,
    orders: Table<Orders>,
}

impl Folder {
    fn read(&self, before: Option<&Shop>) -> Result<Option<Shop>> {
        let run = runs::id(&self.0)?;
        // The view first: a row leaves it when it is in a file.
        let Some(view) = View::read(&self.0)? else {
            return Ok(None);
        };
        let folder = |table: &str| self.0.join(table);
        let mut alerts: [Table<Alerts>; 3] = Default::default();
        for (number, (_, table)) in ALERTS.iter().enumerate() {
            let known = before.map(|shop| &shop.alerts[number]);
            alerts[number] = Table::read(&folder(table), known)?;
        }
        let shop = Shop {
            alerts,
            sums: Table::read(&folder("sales_metrics"), before.map(|shop| &shop.sums))?,
            sessions: Table::read(&folder("sessions"), before.map(|shop| &shop.sessions))?,
            levels: Table::read(
                &folder("inventory_metrics"),
                before.map(|shop| &shop.levels),
            )?,
            orders: Table::read(&folder("orders"), before.map(|shop| &shop.orders))?,
            view,
        };
        if runs::id(&self.0)? != run || run.as_ref() != Some(&shop.view.run_id) {
            return Err(runs::replaced(&self.0));
        }
        Ok(Some(shop))
    }
}

impl Source for Folder {
    type Content = Shop;

    fn stamp(&self) -> u64 {
        // A file takes its place by a new name, which changes its folder.
        let tables = ALERTS.iter().map(|(_, table)| *table).chain(TABLES);
        let all = ["_run.json", LIVE].into_iter().chain(tables);
        let all: Vec<PathBuf> = all.map(|name| self.0.join(name)).collect();
        stamps::of(all.iter().map(PathBuf::as_path))
    }

    fn load(&self, before: Option<&Shop>) -> Result<Option<Shop>> {
        runs::patiently(&Stop::never(), |_| true, || self.read(before))
    }
}

impl Shop {
    /// A job, if it runs or ran.
    pub fn job(&self, name: &str) -> Option<&Job> {
        self.view.jobs.get(name)
    }

    /// The alerts of the jobs with these names, the final ones.
    pub fn alerts(&self, jobs: &[&str]) -> Alerts {
        let tables = ALERTS.iter().zip(&self.alerts);
        let tables = tables.filter(|((job, _), _)| jobs.contains(job));
        let tables =
            tables.map(|((_, table), known)| Alerts::clone(&known.all).with(&self.view, table));
        tables.reduce(Alerts::and).unwrap_or_default()
    }

    /// Sales by country and category.
    pub fn sums(&self) -> Sums {
        Sums::clone(&self.sums.all).with(self.job("metrics"))
    }

    /// Visits that are over.
    pub fn sessions(&self) -> Sessions {
        Sessions::clone(&self.sessions.all).with(self.job("sessions"))
    }

    /// What is in stock.
    pub fn levels(&self) -> Levels {
        Levels::clone(&self.levels.all).with(self.job("inventory"))
    }

    /// Totals of orders.
    pub fn orders(&self) -> &Orders {
        &self.orders.all
    }

    /// Visits that go on, if the job runs.
    pub fn active_sessions(&self) -> Option<u64> {
        let job = self.job("sessions")?;
        let told = job.view.get("active").and_then(Value::as_u64);
        Some(told.unwrap_or(job.keys as u64))
    }
}
