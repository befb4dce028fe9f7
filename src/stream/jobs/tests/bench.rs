//! Runs a job of the list by hand: events as JSON, partitions, restarts; what it says as JSON.

use serde_json::{Map, Value, json};

use super::Stage;
use crate::record::Time;
use crate::stream::jobs::list::find;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::row::{Row, object};
use crate::stream::jobs::setup::Setup;

pub const SECOND: i64 = 1_000_000;

/// A row by column.
pub type Said = Map<String, Value>;

/// A job, and what it has said.
pub struct Bench {
    name: &'static str,
    set: Vec<String>,
    pub stage: Stage,
    /// Events that came too late.
    pub late: usize,
}

fn make(name: &str, set: &[String]) -> Box<dyn Operator> {
    let entry = find(name).expect("a job");
    let setup = Setup::new(entry.spec, set, None).expect("a setup");
    (entry.make)(&setup).expect("it starts")
}

impl Bench {
    /// The job of this name with settings such as `gap=5m`, and one partition.
    pub fn new(name: &'static str, set: &[&str]) -> Self {
        let set: Vec<_> = set.iter().map(|set| format!("{name}.{set}")).collect();
        Self {
            stage: Stage::new(make(name, &set), 1),
            name,
            set,
            late: 0,
        }
    }

    /// Takes an event; a rejected one is a mistake of the test.
    pub fn event(&mut self, partition: usize, json: &Value) {
        self.stage.marks.partitions(partition + 1);
        self.late += usize::from(self.stage.event(partition, &json.to_string()));
    }

    /// Takes events of one partition, each followed by what it makes final.
    pub fn events(&mut self, events: &[Value]) {
        for event in events {
            self.event(0, event);
            self.stage.advance();
        }
    }

    /// Takes an event of the only partition as it is told, and what it makes final; whether it was
    /// late.
    pub fn say(&mut self, json: &str) -> bool {
        let late = self.stage.event(0, json);
        self.stage.advance();
        late
    }

    /// Another process goes on from what is in a checkpoint.
    pub fn restart(&mut self) {
        self.stage.restart(make(self.name, &self.set));
    }

    /// The source ends.
    pub fn finish(&mut self) {
        self.stage.finish();
    }

    /// All final rows of the first table so far, in the order of their text.
    pub fn rows(&self) -> Vec<Said> {
        let (job, out) = (&self.stage.job, &self.stage.out);
        let columns = job.spec().tables[0].columns;
        let rows = out.rows.iter().filter(|(table, _)| *table == 0);
        let mut rows: Vec<_> = rows.map(|(_, row)| object(columns, row)).collect();
        rows.extend(job.newest(0).iter().map(|row| object(columns, row)));
        rows.sort_by_key(|row| Value::Object(row.clone()).to_string());
        rows
    }

    /// The final rows of a table so far, as they came.
    pub fn table(&self, name: &str) -> Vec<Said> {
        let rows = self.stage.out.rows.iter();
        let tables = self.stage.job.spec().tables;
        let rows = rows.filter(|(table, _)| tables[*table].name == name);
        rows.map(|(table, row)| self.said(*table, row)).collect()
    }

    /// What has been said early since this was asked last.
    pub fn early(&mut self) -> Vec<Said> {
        let rows = std::mem::take(&mut self.stage.out.early);
        rows.iter()
            .map(|(table, row)| self.said(*table, row))
            .collect()
    }

    fn said(&self, table: usize, row: &Row) -> Said {
        object(self.stage.job.spec().tables[table].columns, row)
    }

    /// A figure of the summary.
    pub fn figure(&self, name: &str) -> i64 {
        self.stage.out.counts.get(name).copied().unwrap_or(0)
    }
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

/// Seconds after midnight as a time.
pub fn at(seconds: i64) -> String {
    let (day, rest) = (1 + seconds / 86_400, seconds % 86_400);
    let (hours, minutes) = (rest / 3_600, rest / 60 % 60);
    format!("2025-03-{day:02}T{hours:02}:{minutes:02}:{:02}", rest % 60)
}

/// Somebody looks at a product.
pub fn view(user: &str, session: &str, seconds: i64, product: &str) -> Value {
    json!({"event_id": "v", "user_id": user, "session_id": session, "timestamp": at(seconds),
        "product_id": product, "duration_seconds": 5, "category": "Books"})
}

/// Something is done to a cart: `add`, `update` or `remove`.
pub fn cart(action: &str, user: &str, session: &str, seconds: i64, line: (&str, i64)) -> Value {
    json!({"event_id": "c", "user_id": user, "session_id": session, "timestamp": at(seconds),
        "product_id": line.0, "action": action, "quantity": line.1})
}

/// Products, pieces and prices are bought, in no session.
pub fn bought(user: &str, seconds: i64, lines: &[(&str, i64, &str)]) -> Value {
    let lines = lines.iter().map(|(product, quantity, price)| {
        json!({"product_id": product, "quantity": quantity, "price": price})
    });
    json!({"transaction_id": "t", "user_id": user, "timestamp": at(seconds),
        "products": lines.collect::<Vec<_>>(), "country": "UK"})
}

/// An event with one field more.
pub fn with(mut event: Value, name: &str, value: impl Into<Value>) -> Value {
    event[name] = value.into();
    event
}

/// Some columns of a row.
pub fn some(row: &Map<String, Value>, names: &[&str]) -> Value {
    let cells = names.iter().map(|name| row[*name].clone());
    Value::Array(cells.collect())
}
