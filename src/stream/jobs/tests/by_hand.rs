//! Jobs of the list, fed with JSON by hand; what they say as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Stage;
use crate::record::Time;
use crate::stream::jobs::list::find;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::row::{Row, object};
use crate::stream::jobs::setup::Setup;

pub const SECOND: i64 = 1_000_000;

/// A row by column.
pub type Said = Map<String, Value>;

/// A job of the list on one partition.
pub struct ByHand {
    name: &'static str,
    set: Vec<String>,
    pub stage: Stage,
    /// By table.
    rows: BTreeMap<&'static str, Vec<Said>>,
}

impl ByHand {
    /// With settings such as `high_value=100`.
    pub fn new(name: &'static str, set: &[&str]) -> Self {
        let set: Vec<_> = set.iter().map(|set| format!("{name}.{set}")).collect();
        Self {
            stage: Stage::new(make(name, &set), 1),
            name,
            set,
            rows: BTreeMap::new(),
        }
    }

    /// An event, and what it makes final; whether it was late.
    pub fn event(&mut self, json: &str) -> bool {
        let late = self.stage.event(0, json);
        self.stage.advance();
        self.collect();
        late
    }

    /// Another process goes on.
    pub fn restart(&mut self) {
        self.stage.restart(make(self.name, &self.set));
    }

    /// What has been said early since this was asked last.
    pub fn early(&mut self) -> Vec<Said> {
        let rows = std::mem::take(&mut self.stage.out.early);
        rows.iter()
            .map(|(table, row)| self.said(*table, row))
            .collect()
    }

    /// The final rows of a table so far.
    pub fn rows(&self, table: &str) -> Vec<Said> {
        self.rows.get(table).cloned().unwrap_or_default()
    }

    /// The source ends: all rows of a table.
    pub fn end(&mut self) {
        self.stage.job.finish(&mut self.stage.out);
        self.collect();
    }

    /// A figure of the summary.
    pub fn figure(&self, name: &str) -> i64 {
        self.stage.out.counts.get(name).copied().unwrap_or_default()
    }

    fn said(&self, table: usize, row: &Row) -> Said {
        object(self.stage.job.spec().tables[table].columns, row)
    }

    fn collect(&mut self) {
        for (table, row) in std::mem::take(&mut self.stage.out.rows) {
            let said = self.said(table, &row);
            let name = self.stage.job.spec().tables[table].name;
            self.rows.entry(name).or_default().push(said);
        }
    }
}

fn make(name: &str, set: &[String]) -> Box<dyn Operator> {
    let entry = find(name).unwrap();
    (entry.make)(&Setup::new(entry.spec, set, None).unwrap()).unwrap()
}

/// Microseconds as they stand in events and rows.
pub fn clock(micros: i64) -> String {
    Time::from_micros(micros).unwrap().to_string()
}

/// A column of rows as text.
pub fn texts(rows: &[Said], column: &str) -> Vec<String> {
    let texts = rows.iter().map(|row| match &row[column] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    texts.collect()
}
