//! Cassandra: rows under keys of our own, so that one that is written twice is one row.
//!
//! It has no transactions over partitions. A table's rows lie in buckets of a thousand, and
//! `retail_outputs` tells how many rows of which run there are, and how far rows may reach that
//! a run which was cut short has left. Whoever reads while a table is replaced may see rows of
//! both runs; `loading` in `retail_outputs` says so.

mod ddl;
mod orders;
mod trouble;
mod values;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use openssl::error::ErrorStack;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use scylla::client::session::{Session, TlsContext};
use scylla::client::session_builder::SessionBuilder;
use scylla::policies::timestamp_generator::MonotonicTimestampGenerator;
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::prepared::PreparedStatement;
use scylla::value::CqlValue;

use super::address::{Address, Tls, joined};
use super::cell::cells;
use super::client::{CONNECT, wait};
use super::views::is_ours;
use super::{Column, Kind, OUTPUTS, OWNER, ROW, Shape, Sink, Standing, Tables};
use crate::error::{Error, Result};
use crate::signal::Stop;
use ddl::quoted;
pub use orders::{ORDERS, create as orders};
use trouble::told;
use values::cql;

/// Rows of a partition.
const BUCKET: u64 = 1_000;
/// Rows that are sent as one batch, all of one partition.
const LOT: u64 = 100;
/// Rows that are made values of Cassandra at a time.
const HELD: usize = 10_000;
/// Batches under way.
const FLYING: usize = 32;
/// A node that lists a table takes at most so long until it knows it.
const LOADS: Duration = Duration::from_secs(10);
/// It is asked again so often.
const AGAIN: Duration = Duration::from_millis(50);

/// A keyspace of Cassandra.
pub struct Cassandra {
    address: Address,
    session: Option<Arc<Session>>,
    /// Whether the table of what counts has been seen.
    outputs: bool,
}

/// What a table has, and how far its rows may reach.
struct Found {
    run: String,
    rows: u64,
    reach: u64,
}

impl Cassandra {
    /// The keyspace at an address; it is not asked yet.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            session: None,
            outputs: false,
        }
    }

    async fn connect(&self) -> Result<Session> {
        let address = &self.address;
        let hosts = address.hosts.iter().map(|(host, port)| joined(host, *port));
        let mut builder = SessionBuilder::new()
            .known_nodes(hosts.collect::<Vec<_>>())
            .connection_timeout(CONNECT)
            .timestamp_generator(Arc::new(MonotonicTimestampGenerator::new()));
        if let (false, Some(password)) = (address.user.is_empty(), &address.password) {
            builder = builder.user(&address.user, password);
        }
        if let Some(name) = address.options.get("datacenter") {
            builder = builder.prefer_datacenter(name.clone());
        }
        if address.tls != Tls::Off {
            builder = builder.tls_context(Some(self.tls()?));
        }
        let place = address.to_string();
        builder.build().await.map_err(|e| told(&place, &e))
    }

    /// What a node must prove: that it is at its address.
    fn tls(&self) -> Result<TlsContext> {
        let wrong = |e: ErrorStack| Error::Usage(format!("{}: TLS: {e}", self.address));
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(wrong)?;
        if let Some(file) = &self.address.ca {
            builder.set_ca_file(file).map_err(wrong)?;
        } else if self.address.tls == Tls::Require {
            builder.set_verify(SslVerifyMode::NONE);
        }
        Ok(builder.into())
    }

    /// The connections, made where there are none.
    fn session(&mut self, stop: &Stop) -> Result<Arc<Session>> {
        if let Some(session) = &self.session {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(wait(stop, self.connect())?);
        Ok(Arc::clone(self.session.insert(session)))
    }

    fn keyspace(&self) -> String {
        quoted(&self.address.database)
    }

    async fn found(&self, session: &Session, table: &str) -> Result<Option<Found>> {
        let place = self.place();
        let text = format!(
            "SELECT run, rows, reach FROM {}.{OUTPUTS} WHERE owner = ? AND table_name = ?",
            self.keyspace()
        );
        let answer = session
            .query_unpaged(text, (&self.address.owner, table))
            .await;
        let answer = answer.map_err(|e| told(&place, &e))?;
        let rows = answer.into_rows_result().map_err(|e| told(&place, &e))?;
        let row = rows
            .maybe_first_row::<(Option<String>, Option<i64>, Option<i64>)>()
            .map_err(|e| told(&place, &e))?;
        Ok(row.map(|(run, rows, reach)| Found {
            run: run.unwrap_or_default(),
            rows: rows.unwrap_or(0).cast_unsigned(),
            reach: reach.unwrap_or(0).cast_unsigned(),
        }))
    }

    async fn stands(
        &self,
        session: &Session,
        table: &str,
        found: &Found,
        loading: bool,
    ) -> Result<()> {
        let place = self.place();
        let text = format!(
            "INSERT INTO {}.{OUTPUTS} (owner, table_name, run, rows, reach, loading, updated_at) \
             VALUES (?, ?, ?, ?, ?, ?, toTimestamp(now()))",
            self.keyspace()
        );
        let values = (
            &self.address.owner,
            table,
            &found.run,
            found.rows.cast_signed(),
            found.reach.cast_signed(),
            loading,
        );
        let done = session.query_unpaged(text, values).await;
        done.map(drop).map_err(|e| told(&place, &e))
    }

    async fn insertion(&self, session: &Session, shape: &Shape) -> Result<PreparedStatement> {
        let place = self.place();
        let names = shape.columns.iter().map(|c| format!("\"{}\"", c.name));
        let names: Vec<_> = names.collect();
        let marks = vec!["?"; names.len() + 3].join(", ");
        let text = format!(
            "INSERT INTO {}.{} (\"{OWNER}\", \"_bucket\", \"{ROW}\", {}) VALUES ({marks})",
            self.keyspace(),
            shape.table,
            names.join(", ")
        );
        session.prepare(text).await.map_err(|e| told(&place, &e))
    }

    /// Writes rows, the first of them number `from`.
    async fn write(
        &self,
        session: &Session,
        insertion: &PreparedStatement,
        shape: &Shape,
        from: u64,
        rows: &RecordBatch,
    ) -> Result<()> {
        let place = self.place();
        for at in (0..rows.num_rows()).step_by(HELD) {
            let some = rows.slice(at, HELD.min(rows.num_rows() - at));
            let first = from + at as u64;
            let columns = cells(shape, &some)?;
            let send = async |rows: Range<u64>| {
                let mut batch = Batch::new(BatchType::Unlogged);
                let mut all = Vec::new();
                for number in rows {
                    let key = [
                        CqlValue::Text(self.address.owner.clone()),
                        CqlValue::BigInt((number / BUCKET).cast_signed()),
                        CqlValue::BigInt(number.cast_signed()),
                    ];
                    let row = (number - first) as usize;
                    let values = columns.iter().map(|cells| cql(&cells[row]));
                    batch.append_statement(insertion.clone());
                    all.push(key.into_iter().map(Some).chain(values).collect::<Vec<_>>());
                }
                let done = session.batch(&batch, all).await;
                done.map(drop).map_err(|e| told(&place, &e))
            };
            stream::iter(lots(first..first + some.num_rows() as u64).map(send))
                .buffer_unordered(FLYING)
                .try_collect::<Vec<()>>()
                .await?;
            if orders::are_in(shape) {
                // After the events: whoever drops these finds them by those.
                self.add_orders(session, shape, &columns).await?;
            }
        }
        Ok(())
    }

    /// Deletes the rows from number `from` up to `to`.
    async fn clear(&self, session: &Session, table: &str, from: u64, to: u64) -> Result<()> {
        let text = format!(
            "DELETE FROM {}.{table} WHERE \"{OWNER}\" = ? AND \"_bucket\" = ? AND \"{ROW}\" >= ?",
            self.keyspace()
        );
        let buckets = (from / BUCKET)..to.div_ceil(BUCKET);
        let values = buckets.map(|bucket| {
            let owner = CqlValue::Text(self.address.owner.clone());
            let numbers = [bucket, from].map(|number| CqlValue::BigInt(number.cast_signed()));
            [owner].into_iter().chain(numbers).map(Some).collect()
        });
        self.each(session, &text, values.collect()).await
    }

    /// Runs a statement with each of these values.
    async fn each(
        &self,
        session: &Session,
        text: &str,
        values: Vec<Vec<Option<CqlValue>>>,
    ) -> Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let place = self.place();
        let statement = session.prepare(text).await.map_err(|e| told(&place, &e))?;
        let run = async |values: Vec<Option<CqlValue>>| {
            let done = session.execute_unpaged(&statement, values).await;
            done.map(drop).map_err(|e| told(&place, &e))
        };
        stream::iter(values.into_iter().map(run))
            .buffer_unordered(FLYING)
            .try_collect::<Vec<()>>()
            .await
            .map(drop)
    }
}

/// The numbers of rows that go out as one batch each.
fn lots(rows: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut next = rows.start;
    std::iter::from_fn(move || {
        let first = next;
        let bucket = (first / BUCKET + 1) * BUCKET;
        next = (first + LOT).min(bucket).min(rows.end);
        (first < next).then_some(first..next)
    })
}

impl Sink for Cassandra {
    fn place(&self) -> String {
        self.address.to_string()
    }

    fn standing(&mut self, table: &str, stop: &Stop) -> Result<Option<Standing>> {
        self.outputs = self.outputs || !self.columns(OUTPUTS, stop)?.is_empty();
        if !self.outputs {
            return Ok(None);
        }
        let session = &*self.session(stop)?;
        wait(stop, async {
            let listed = Instant::now();
            let found = loop {
                match self.found(session, table).await {
                    // Another client is just making it.
                    Err(e) if trouble::is_absent(&e) && listed.elapsed() < LOADS => {
                        tokio::time::sleep(AGAIN).await;
                    }
                    found => break found?,
                }
            };
            Ok(found.map(|found| Standing {
                run: found.run,
                rows: found.rows,
            }))
        })
    }

    fn begin(&mut self, shape: &Shape, run: &str, stop: &Stop) -> Result<()> {
        let session = &*self.session(stop)?;
        wait(stop, async {
            if let Some(found) = self.found(session, &shape.table).await? {
                let reach = found.reach.max(found.rows);
                if orders::are_in(shape) {
                    self.drop_orders(session, reach).await?;
                }
                self.clear(session, &shape.table, 0, reach).await?;
            }
            let found = Found {
                run: run.to_owned(),
                rows: 0,
                reach: 0,
            };
            self.stands(session, &shape.table, &found, false).await
        })
    }

    fn append(
        &mut self,
        shape: &Shape,
        run: &str,
        from: u64,
        rows: &RecordBatch,
        stop: &Stop,
    ) -> Result<()> {
        let end = from + rows.num_rows() as u64;
        let session = &*self.session(stop)?;
        wait(stop, async {
            let insertion = self.insertion(session, shape).await?;
            let before = self.found(session, &shape.table).await?;
            let reach = before.map_or(0, |before| before.reach);
            let mut found = Found {
                run: run.to_owned(),
                rows: from,
                reach: reach.max(end),
            };
            // How far rows may reach, before any is there.
            self.stands(session, &shape.table, &found, true).await?;
            self.write(session, &insertion, shape, from, rows).await?;
            found.rows = end;
            self.stands(session, &shape.table, &found, false).await
        })
    }

    fn replace(
        &mut self,
        run: &str,
        tables: Tables<'_>,
        stop: &Stop,
    ) -> Result<Vec<(String, u64)>> {
        let session = &*self.session(stop)?;
        wait(stop, async {
            let mut done = Vec::new();
            for table in tables()? {
                let shape = table.shape;
                let before = self.found(session, &shape.table).await?;
                let mut found = before.unwrap_or(Found {
                    run: String::new(),
                    rows: 0,
                    reach: 0,
                });
                found.reach = found.reach.max(found.rows);
                let insertion = self.insertion(session, &shape).await?;
                let mut count = 0;
                for rows in table.rows {
                    let rows = rows?;
                    let end = count + rows.num_rows() as u64;
                    found.reach = found.reach.max(end);
                    self.stands(session, &shape.table, &found, true).await?;
                    self.write(session, &insertion, &shape, count, &rows)
                        .await?;
                    count = end;
                }
                self.clear(session, &shape.table, count, found.reach)
                    .await?;
                let found = Found {
                    run: run.to_owned(),
                    rows: count,
                    reach: count,
                };
                self.stands(session, &shape.table, &found, false).await?;
                done.push((shape.table, count));
            }
            Ok(done)
        })
    }

    fn execute(&mut self, statement: &str, stop: &Stop) -> Result<()> {
        let place = self.place();
        let session = &*self.session(stop)?;
        wait(stop, async {
            let done = session.query_unpaged(statement, ()).await;
            done.map(drop).map_err(|e| told(&place, &e))
        })
    }

    fn create(&self, shape: &Shape) -> Vec<String> {
        ddl::table(&self.keyspace(), shape)
    }

    fn add(&self, shape: &Shape, column: &Column) -> Vec<String> {
        let (table, name, kind) = (&shape.table, &column.name, ddl::type_of(column.kind));
        let keyspace = self.keyspace();
        vec![format!(
            "ALTER TABLE {keyspace}.{table} ADD \"{name}\" {kind}"
        )]
    }

    fn beside(&mut self, shape: &Shape, stop: &Stop) -> Result<()> {
        match orders::are_in(shape) {
            true => self.ensure_orders(shape, stop),
            false => Ok(()),
        }
    }

    fn holds(&mut self, name: &str, stop: &Stop) -> Result<bool> {
        let there = self.columns(name, stop)?;
        Ok(!there.is_empty() && !is_ours(&there))
    }

    fn foundation(&self) -> Vec<String> {
        ddl::foundation(&self.keyspace(), self.address.replicas())
    }

    fn columns(&mut self, table: &str, stop: &Stop) -> Result<Vec<(String, String)>> {
        let (place, keyspace) = (self.place(), self.address.database.clone());
        let session = &*self.session(stop)?;
        wait(stop, async {
            let text = "SELECT column_name, type FROM system_schema.columns \
                        WHERE keyspace_name = ? AND table_name = ?";
            let answer = session.query_unpaged(text, (&keyspace, table)).await;
            let answer = answer.map_err(|e| told(&place, &e))?;
            let rows = answer.into_rows_result().map_err(|e| told(&place, &e))?;
            let rows = rows
                .rows::<(String, String)>()
                .map_err(|e| told(&place, &e))?;
            rows.map(|row| row.map_err(|e| told(&place, &e))).collect()
        })
    }

    fn type_of(&self, kind: Kind) -> &'static str {
        ddl::type_of(kind)
    }

    fn clock(&mut self, stop: &Stop) -> Result<Option<i64>> {
        let place = self.place();
        let session = &*self.session(stop)?;
        wait(stop, async {
            let text = "SELECT toUnixTimestamp(now()) FROM system.local";
            let answer = session.query_unpaged(text, ()).await;
            let answer = answer.map_err(|e| told(&place, &e))?;
            let rows = answer.into_rows_result().map_err(|e| told(&place, &e))?;
            let (now,) = rows.first_row::<(i64,)>().map_err(|e| told(&place, &e))?;
            Ok(Some(now))
        })
    }

    fn version(&mut self, stop: &Stop) -> Result<String> {
        let place = self.place();
        let session = &*self.session(stop)?;
        wait(stop, async {
            let text = "SELECT release_version FROM system.local";
            let answer = session.query_unpaged(text, ()).await;
            let answer = answer.map_err(|e| told(&place, &e))?;
            let rows = answer.into_rows_result().map_err(|e| told(&place, &e))?;
            let (version,) = rows
                .first_row::<(String,)>()
                .map_err(|e| told(&place, &e))?;
            Ok(version)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{BUCKET, LOT, lots};

    #[test]
    fn a_batch_is_of_one_partition_and_all_rows_are_in_one() {
        for (from, to) in [
            (0, 0),
            (0, 1),
            (950, 1_010),
            (1_999, 4_321),
            (7, 107),
            (1_000, 2_000),
        ] {
            let all: Vec<_> = lots(from..to).collect();
            let rows: Vec<u64> = all.iter().cloned().flatten().collect();
            assert_eq!(rows, (from..to).collect::<Vec<_>>());
            for lot in all {
                assert!(!lot.is_empty() && lot.end - lot.start <= LOT, "{lot:?}");
                assert_eq!(lot.start / BUCKET, (lot.end - 1) / BUCKET, "{lot:?}");
            }
        }
    }
}
