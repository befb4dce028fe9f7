//! Runs a job by hand in tests: events as JSON, partitions, restarts.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::list::find;
use super::marks::Marks;
use super::operator::{Arrival, Operator};
use super::out::Out;
use super::row::object;
use super::setup::Setup;
use crate::record::{Rules, read};
use crate::source::json::{EventColumns, Events};

/// A job, and what it has said.
pub struct Bench {
    name: &'static str,
    set: Vec<String>,
    rules: Rules,
    columns: Arc<EventColumns>,
    events: Events,
    pub job: Box<dyn Operator>,
    marks: Marks,
    pub out: Out,
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
        let mut marks = Marks::default();
        marks.partitions(1);
        let rules = Rules {
            events: true,
            ..Rules::default()
        };
        let columns = Arc::new(EventColumns::new(&rules));
        Self {
            rules,
            events: Events::new(&columns),
            columns,
            job: make(name, &set),
            name,
            set,
            marks,
            out: Out::default(),
            late: 0,
        }
    }

    /// Takes an event; a rejected one is a mistake of the test.
    pub fn event(&mut self, partition: usize, json: &Value) {
        self.events.read(&json.to_string()).expect("an object");
        let event = read(&self.events, self.columns.mapping(), &self.rules);
        let event = event.unwrap_or_else(|reason| panic!("{json}: {reason}"));
        self.marks.partitions(partition + 1);
        let mark = self.marks.of(partition, self.job.marks());
        self.late += usize::from(self.job.take(&event, Arrival { mark }, &mut self.out));
        self.marks.observe(partition, event.time.micros());
    }

    /// Takes events of one partition, each followed by what it makes final.
    pub fn events(&mut self, events: &[Value]) {
        for event in events {
            self.event(0, event);
            self.advance();
        }
    }

    /// Makes final what can be.
    pub fn advance(&mut self) {
        if let Some(mark) = self.marks.all(self.job.marks()) {
            self.job.advance(mark, &mut self.out);
        }
    }

    /// Another process goes on from what is in a checkpoint.
    pub fn restart(&mut self) {
        let mut next = make(self.name, &self.set);
        for (key, value, due) in self.job.table().iter() {
            next.table_mut().put(key, value, due);
        }
        next.table_mut().settle();
        let tally = postcard::to_stdvec(self.job.tally()).expect("bytes");
        next.restore(postcard::from_bytes(&tally).expect("a tally"));
        self.job = next;
    }

    /// The source ends.
    pub fn finish(&mut self) {
        self.job.finish(&mut self.out);
    }

    /// All final rows of the first table so far, in the order of their text.
    pub fn rows(&self) -> Vec<Map<String, Value>> {
        let columns = self.job.spec().tables[0].columns;
        let final_rows = self.out.rows.iter().filter(|(table, _)| *table == 0);
        let mut rows: Vec<_> = final_rows.map(|(_, row)| object(columns, row)).collect();
        rows.extend(self.job.newest(0).iter().map(|row| object(columns, row)));
        rows.sort_by_key(|row| Value::Object(row.clone()).to_string());
        rows
    }

    /// A figure of the summary.
    pub fn figure(&self, name: &str) -> i64 {
        self.out.counts.get(name).copied().unwrap_or(0)
    }
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
