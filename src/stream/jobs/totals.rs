//! Jobs that add up everything by key, for good.
//!
//! Their table holds the newest totals only, so summing it up is right at any time.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::marks::View;
use super::operator::{Arrival, Operator, Tally};
use super::out::Out;
use super::row::{Row, object};
use super::spec::Spec;
use crate::record::Event;
use crate::stream::keyed::Table;

/// A job that adds up everything by key.
pub trait Totals: Send {
    /// What is added up; merging it must not depend on the order.
    type Sum: Default + Serialize + DeserializeOwned;

    /// What it is; its first table is of [`super::spec::Keep::Newest`].
    fn spec(&self) -> &'static Spec;

    /// Gives each key that the event concerns, and what it adds.
    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Self::Sum));

    /// Adds `more` to `sum`.
    fn merge(&self, sum: &mut Self::Sum, more: &Self::Sum);

    /// The row of a key.
    fn row(&self, key: &[u8], sum: &Self::Sum) -> Row;
}

/// A running [`Totals`].
pub struct ForGood<J: Totals> {
    job: J,
    table: Table,
    tally: Tally,
}

impl<J: Totals> ForGood<J> {
    /// Nothing is held.
    pub fn new(job: J) -> Self {
        Self {
            job,
            table: Table::new(),
            tally: Tally::default(),
        }
    }
}

impl<J: Totals> Operator for ForGood<J> {
    fn spec(&self) -> &'static Spec {
        self.job.spec()
    }

    fn marks(&self) -> View {
        View::default()
    }

    fn take(&mut self, event: &Event<'_>, _arrival: Arrival<'_>, _out: &mut Out) -> bool {
        let (job, table) = (&self.job, &mut self.table);
        let mut any = false;
        job.keys(event, &mut |key, more| {
            any = true;
            let was = table
                .get(key)
                .and_then(|bytes| postcard::from_bytes(bytes).ok());
            let mut sum: J::Sum = was.unwrap_or_default();
            job.merge(&mut sum, &more);
            table.put(key, &postcard::to_stdvec(&sum).unwrap_or_default(), None);
        });
        self.tally.taken += u64::from(any);
        false
    }

    fn advance(&mut self, _mark: i64, _out: &mut Out) -> bool {
        false
    }

    fn finish(&mut self, _out: &mut Out) -> bool {
        false
    }

    fn newest(&self, table: usize) -> Vec<Row> {
        if table > 0 {
            return Vec::new();
        }
        let mut all: Vec<_> = self.table.iter().collect();
        all.sort_unstable_by_key(|(key, ..)| *key);
        let rows = all.into_iter().filter_map(|(key, value, _)| {
            let sum = postcard::from_bytes(value).ok()?;
            Some(self.job.row(key, &sum))
        });
        rows.collect()
    }

    fn table(&self) -> &Table {
        &self.table
    }

    fn table_mut(&mut self) -> &mut Table {
        &mut self.table
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn restore(&mut self, tally: Tally) -> postcard::Result<()> {
        self.tally = tally;
        let mut values = self.table.iter().map(|(_, value, _)| value);
        values.try_for_each(|value| postcard::from_bytes::<J::Sum>(value).map(|_| ()))
    }

    fn view(&self) -> Value {
        let columns = self.job.spec().tables[0].columns;
        let rows = self.newest(0);
        let rows = rows.iter().map(|row| Value::Object(object(columns, row)));
        serde_json::json!({ "totals": rows.collect::<Vec<_>>() })
    }
}
