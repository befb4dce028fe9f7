//! Alerts as they become known: first as a guess, then for good.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use serde_json::{Value, json};

use super::row::{Cell, Row, object};
use super::running::Running;
use super::spec::{Keep, TableSpec};

/// So many alerts are shown.
const SHOWN: usize = 500;
/// So many alerts are known again, when they become final, say.
const KNOWN: usize = if cfg!(test) { 1_000 } else { 100_000 };

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
    known: Known,
    /// Of each job, how many rows have been looked at.
    looked: Vec<usize>,
}

/// Alerts by number; each costs as much however many come at once.
#[derive(Default)]
struct Known {
    /// The newest first, as many as are shown.
    alerts: VecDeque<Alert>,
    /// The newest first, of all that are known.
    order: VecDeque<Rc<str>>,
    /// By its number, how many had come before, and whether it is final.
    by_id: HashMap<Rc<str>, (u64, bool)>,
    /// So many have come.
    came: u64,
}

struct Alert {
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
                any |= self.known.notice((table, row, is_final), listener);
            }
        }
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
        let alerts = self.known.alerts.iter().map(|alert| {
            let mut shown = object(alert.table.columns, &alert.row);
            shown.insert("table".to_owned(), json!(alert.table.name));
            shown.insert("final".to_owned(), json!(alert.is_final));
            Value::Object(shown)
        });
        alerts.collect()
    }
}

impl Known {
    /// Takes up one alert; whether it is a new one.
    fn notice(
        &mut self,
        (table, row, is_final): (&'static TableSpec, Row, bool),
        listener: &mut dyn Listen,
    ) -> bool {
        let Some(Cell::Text(id)) = row.first() else {
            return false;
        };
        if let Some((number, was_final)) = self.by_id.get_mut(&**id) {
            let news = is_final && !*was_final;
            if news {
                *was_final = true;
                let place = usize::try_from(self.came - 1 - *number).ok();
                if let Some(shown) = place.and_then(|place| self.alerts.get_mut(place)) {
                    shown.row = row;
                    shown.is_final = true;
                }
            }
            return news;
        }
        listener.alert(table, &row);
        let id: Rc<str> = (&**id).into();
        self.order.push_front(Rc::clone(&id));
        self.by_id.insert(id, (self.came, is_final));
        self.came += 1;
        self.alerts.push_front(Alert {
            table,
            row,
            is_final,
        });
        self.alerts.truncate(SHOWN);
        if self.order.len() > KNOWN
            && let Some(oldest) = self.order.pop_back()
        {
            self.by_id.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::jobs::list::find;

    /// Counts.
    #[derive(Default)]
    struct Told(usize);

    impl Listen for Told {
        fn alert(&mut self, _: &'static TableSpec, _: &Row) {
            self.0 += 1;
        }
    }

    #[test]
    fn a_burst_is_told_once_and_becomes_final_wherever_it_stands() {
        let table = &find("anomalies").unwrap().spec.tables[0];
        let mut told = Told::default();
        let mut known = Known::default();
        let mut notice = |n: usize, is_final| {
            let row = vec![Cell::Text(format!("{n}").into())];
            known.notice((table, row, is_final), &mut told)
        };
        for n in 0..KNOWN {
            assert!(notice(n, false));
        }
        for n in 0..KNOWN {
            assert!(notice(n, true), "{n}");
            assert!(!notice(n, true) && !notice(n, false), "{n}");
        }
        // One more, and the oldest is forgotten.
        assert!(notice(KNOWN, false));
        assert!(notice(0, true));
        assert!(!notice(KNOWN - 1, true));
        assert_eq!(told.0, KNOWN + 2);
        assert_eq!(known.alerts.len(), SHOWN);
        assert_eq!((known.order.len(), known.by_id.len()), (KNOWN, KNOWN));
        let finals: Vec<_> = known.alerts.iter().map(|alert| alert.is_final).collect();
        assert!(finals[0] && !finals[1] && finals[2..].iter().all(|is_final| *is_final));
    }
}
