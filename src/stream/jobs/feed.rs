//! Alerts as they become known: first as a guess, then for good.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::row::{Cell, Row, object};
use super::running::Running;
use super::spec::{Keep, TableSpec};

/// So many alerts are shown.
const SHOWN: usize = 500;

/// Whoever is told of alerts, each once.
pub trait Listen {
    /// An alert that was not known before, and its table.
    fn alert(&mut self, table: &'static TableSpec, alert: &Row);
}

/// Is told nothing.
struct Deaf;

impl Listen for Deaf {
    fn alert(&mut self, _table: &'static TableSpec, _alert: &Row) {}
}

/// The latest alerts.
#[derive(Default)]
pub struct Feed {
    alerts: VecDeque<Alert>,
    /// Of each job, how many rows have been looked at.
    looked: Vec<usize>,
}

struct Alert {
    id: Box<str>,
    table: &'static TableSpec,
    row: Row,
    is_final: bool,
}

impl Feed {
    /// Looks at what the jobs have said since it looked last. Whether there is anything new.
    pub fn look(&mut self, jobs: &mut [Running], listener: &mut dyn Listen) -> bool {
        self.looked.resize(jobs.len(), 0);
        let mut any = false;
        for (job, looked) in jobs.iter_mut().zip(&mut self.looked) {
            let tables = job.operator.spec().tables;
            let early = job
                .out
                .early
                .drain(..)
                .map(|(table, row)| (table, row, false));
            // Rows that went to files are gone.
            *looked = (*looked).min(job.out.rows.len());
            let rows = job.out.rows[*looked..].iter();
            let rows = rows.map(|(table, row)| (*table, row.clone(), true));
            *looked = job.out.rows.len();
            for (number, row, is_final) in early.chain(rows) {
                let Some(table) = tables
                    .get(number)
                    .filter(|table| table.keep == Keep::Alerts)
                else {
                    continue;
                };
                any |= notice(&mut self.alerts, (table, row, is_final), listener);
            }
        }
        self.alerts.truncate(SHOWN);
        any
    }

    /// What earlier runs have said is known, and nobody is told again.
    pub fn recall(&mut self, jobs: &mut [Running]) {
        self.look(jobs, &mut Deaf);
    }

    /// Rows that went to files are not there any more.
    pub fn rolled(&mut self) {
        self.looked.fill(0);
    }

    /// The newest first.
    pub fn shown(&self) -> Vec<Value> {
        let alerts = self.alerts.iter().map(|alert| {
            let mut shown = object(alert.table.columns, &alert.row);
            shown.insert("table".to_owned(), json!(alert.table.name));
            shown.insert("final".to_owned(), json!(alert.is_final));
            Value::Object(shown)
        });
        alerts.collect()
    }
}

/// Takes up one alert; whether it is a new one.
fn notice(
    alerts: &mut VecDeque<Alert>,
    (table, row, is_final): (&'static TableSpec, Row, bool),
    listener: &mut dyn Listen,
) -> bool {
    let Some(Cell::Text(id)) = row.first() else {
        return false;
    };
    if let Some(known) = alerts.iter_mut().find(|known| known.id == *id) {
        let news = is_final && !known.is_final;
        if news {
            known.row = row;
            known.is_final = true;
        }
        return news;
    }
    listener.alert(table, &row);
    alerts.push_front(Alert {
        id: id.clone(),
        table,
        row,
        is_final,
    });
    true
}
