//! Orders under their number, as the replaced system kept them in `order_ks.order_table`.
//!
//! Cassandra finds rows by their key. What is asked for by another one is a table of its own, which
//! gets the rows of the first as these come, and loses them with these.

use scylla::client::session::Session;
use scylla::value::CqlValue;
use uuid::Uuid;

use super::{BUCKET, Cassandra, cql, quoted, told};
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::sinks::cell::Cell;
use crate::sinks::client::wait;
use crate::sinks::views::is_ours;
use crate::sinks::{OWNER, Shape, Sink};

/// The table of orders.
pub const ORDERS: &str = "order_table";
/// The table whose rows it has, where they are orders.
const EVENTS: &str = "events";
/// What an order is called there.
const ORDER: &str = "ORDER";

/// Its columns, and those of the events that they are.
const COLUMNS: [(&str, &str); 5] = [
    ("customer_id", "user_id"),
    ("source", "source"),
    ("quantity", "quantity"),
    ("total", "amount"),
    ("created_at", "event_time"),
];

/// The statement that makes it.
pub fn create(keyspace: &str) -> String {
    let keyspace = quoted(keyspace);
    format!(
        "CREATE TABLE IF NOT EXISTS {keyspace}.{ORDERS} (uuid uuid, \"{OWNER}\" text, \
         customer_id text, source text, quantity decimal, total decimal, created_at timestamp, \
         PRIMARY KEY (uuid, \"{OWNER}\"))"
    )
}

/// Whether rows of this table are also told as orders.
pub fn are_in(shape: &Shape) -> bool {
    shape.table == EVENTS
}

impl Cassandra {
    /// Makes the table where it is missing, and gives it the orders among the events that are there.
    pub(super) fn ensure_orders(&mut self, events: &Shape, stop: &Stop) -> Result<()> {
        let there = self.columns(ORDERS, stop)?;
        if is_ours(&there) {
            return Ok(());
        }
        if !there.is_empty() {
            let what = format!("the table {ORDERS} is of another program; give another keyspace");
            return Err(Error::data(self.place(), what));
        }
        self.execute(&create(&self.address.database), stop)?;
        let session = &*self.session(stop)?;
        wait(stop, async {
            match self.found(session, &events.table).await? {
                Some(found) => self.fill(session, found.rows).await,
                None => Ok(()),
            }
        })
    }

    /// Writes the orders among the first events, so many.
    async fn fill(&self, session: &Session, rows: u64) -> Result<()> {
        type Value = Option<CqlValue>;
        let place = self.place();
        let (keyspace, owner) = (self.keyspace(), &self.address.owner);
        let names = COLUMNS.map(|(_, from)| from).join(", ");
        let text = format!(
            "SELECT event_uuid, event_type, {names} FROM {keyspace}.{EVENTS} \
             WHERE \"{OWNER}\" = ? AND \"_bucket\" = ?"
        );
        let question = session.prepare(text).await.map_err(|e| told(&place, &e))?;
        let text = self.insertion_of_orders();
        for bucket in 0..rows.div_ceil(BUCKET) {
            let values = (owner, bucket.cast_signed());
            let answer = session.execute_unpaged(&question, values).await;
            let answer = answer.map_err(|e| told(&place, &e))?;
            let found = answer.into_rows_result().map_err(|e| told(&place, &e))?;
            let found = found.rows::<(
                Option<String>,
                Option<String>,
                Value,
                Value,
                Value,
                Value,
                Value,
            )>();
            let mut orders = Vec::new();
            for row in found.map_err(|e| told(&place, &e))? {
                let (number, kind, customer, source, quantity, total, at) =
                    row.map_err(|e| told(&place, &e))?;
                let number = number.and_then(|text| Uuid::parse_str(&text).ok());
                if let (Some(ORDER), Some(number)) = (kind.as_deref(), number) {
                    let key = [CqlValue::Uuid(number), CqlValue::Text(owner.clone())].map(Some);
                    let others = [customer, source, quantity, total, at];
                    orders.push(key.into_iter().chain(others).collect());
                }
            }
            self.each(session, &text, orders).await?;
        }
        Ok(())
    }

    fn insertion_of_orders(&self) -> String {
        let names = COLUMNS.map(|(name, _)| name).join(", ");
        format!(
            "INSERT INTO {}.{ORDERS} (uuid, \"{OWNER}\", {names}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            self.keyspace()
        )
    }

    /// Writes the orders among these rows.
    pub(super) async fn add_orders(
        &self,
        session: &Session,
        shape: &Shape,
        columns: &[Vec<Cell<'_>>],
    ) -> Result<()> {
        let column = |name: &str| {
            let mut all = shape.columns.iter().zip(columns);
            let found = all.find(|(column, _)| column.name == name);
            let lacks = || Error::Internal(format!("{}.{name}: no such column", shape.table));
            found.map(|(_, cells)| cells).ok_or_else(lacks)
        };
        let (kinds, numbers) = (column("event_type")?, column("event_uuid")?);
        let others = COLUMNS.map(|(_, from)| column(from));
        let others = others.into_iter().collect::<Result<Vec<_>>>()?;
        let mut orders = Vec::new();
        for (row, kind) in kinds.iter().enumerate() {
            if *kind == Cell::Text(ORDER)
                && let Some(number) = number(&numbers[row])
            {
                let key = [
                    Some(CqlValue::Uuid(number)),
                    Some(CqlValue::Text(self.address.owner.clone())),
                ];
                let others = others.iter().map(|cells| cql(&cells[row]));
                orders.push(key.into_iter().chain(others).collect::<Vec<_>>());
            }
        }
        self.each(session, &self.insertion_of_orders(), orders)
            .await
    }

    /// Deletes the orders among the events up to number `to`, which are still there.
    pub(super) async fn drop_orders(&self, session: &Session, to: u64) -> Result<()> {
        let place = self.place();
        let (keyspace, owner) = (self.keyspace(), &self.address.owner);
        let text = format!(
            "SELECT event_uuid, event_type FROM {keyspace}.{EVENTS} \
             WHERE \"{OWNER}\" = ? AND \"_bucket\" = ?"
        );
        let question = session.prepare(text).await.map_err(|e| told(&place, &e))?;
        let text = format!("DELETE FROM {keyspace}.{ORDERS} WHERE uuid = ? AND \"{OWNER}\" = ?");
        for bucket in 0..to.div_ceil(BUCKET) {
            let values = (owner, bucket.cast_signed());
            let answer = session.execute_unpaged(&question, values).await;
            let answer = answer.map_err(|e| told(&place, &e))?;
            let rows = answer.into_rows_result().map_err(|e| told(&place, &e))?;
            let rows = rows.rows::<(Option<String>, Option<String>)>();
            let mut keys = Vec::new();
            for row in rows.map_err(|e| told(&place, &e))? {
                let (number, kind) = row.map_err(|e| told(&place, &e))?;
                let number = number.and_then(|text| Uuid::parse_str(&text).ok());
                if let (Some(ORDER), Some(number)) = (kind.as_deref(), number) {
                    let owner = CqlValue::Text(owner.clone());
                    keys.push(vec![Some(CqlValue::Uuid(number)), Some(owner)]);
                }
            }
            self.each(session, &text, keys).await?;
        }
        Ok(())
    }
}

fn number(cell: &Cell<'_>) -> Option<Uuid> {
    match cell {
        Cell::Text(text) => Uuid::parse_str(text).ok(),
        _ => None,
    }
}
