//! PostgreSQL: rows, and how many there are, in one transaction.

mod copy;
mod ddl;

use std::time::Duration;

use arrow::array::RecordBatch;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, Tls};
use super::client::{CONNECT, chain, wait};
use super::{Column, Kind, OUTPUTS, OWNER, Shape, Sink, Standing, Tables, tls};
use crate::error::{Error, Result};
use crate::signal::Stop;

/// What helps a user who may not write.
const GRANT: &str =
    "; let someone who may run retail sinks init, and grant select, insert, update and delete";
/// The number of the lock under which tables are made: "retail".
const TURN: i64 = 0x7265_7461_696c;

/// A database of PostgreSQL.
pub struct Postgres {
    address: Address,
    schema: String,
    tls: Option<MakeRustlsConnect>,
    client: Option<Client>,
}

impl Postgres {
    /// The database at an address; it is not asked yet.
    ///
    /// # Errors
    /// [`Error::Usage`] when its options are wrong.
    pub fn new(address: Address) -> Result<Self> {
        let schema = address
            .options
            .get("schema")
            .map_or("public", String::as_str);
        if !super::address::is_name(schema) {
            let what = "schema: a name is of letters, digits and _";
            return Err(Error::Usage(format!("{address}: {what}")));
        }
        let tls = match address.tls {
            Tls::Off => None,
            _ => Some(MakeRustlsConnect::new(tls::config(&address)?)),
        };
        Ok(Self {
            // Without quotes it would be small, too, and no word of SQL.
            schema: format!("\"{}\"", schema.to_ascii_lowercase()),
            tls,
            client: None,
            address,
        })
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        for (host, port) in &self.address.hosts {
            config.host(host).port(*port);
        }
        config
            .user(&self.address.user)
            .dbname(&self.address.database)
            .application_name("retail")
            .connect_timeout(CONNECT)
            .tcp_user_timeout(Duration::from_secs(20))
            .keepalives_idle(Duration::from_secs(20))
            .options(format!("-c search_path={} -c timezone=UTC", self.schema))
            .ssl_mode(match self.address.tls {
                Tls::Off => SslMode::Disable,
                Tls::Prefer => SslMode::Prefer,
                Tls::Require | Tls::Verify => SslMode::Require,
            });
        if let Some(password) = &self.address.password {
            config.password(password);
        }
        config
    }

    /// Runs `work` over a connection; one that broke is made anew by the next call.
    fn with<T>(
        &mut self,
        stop: &Stop,
        work: impl AsyncFnOnce(&mut Client) -> std::result::Result<T, Trouble>,
    ) -> Result<T> {
        let mut client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => wait(stop, self.connect())?,
        };
        let place = self.address.to_string();
        let work = async {
            work(&mut client)
                .await
                .map_err(|trouble| trouble.told(&place))
        };
        let done = wait(stop, work)?;
        // One that has failed is not used again.
        self.client = Some(client);
        Ok(done)
    }

    async fn connect(&self) -> Result<Client> {
        let (config, place) = (self.config(), self.address.to_string());
        let failed = |e: tokio_postgres::Error| Trouble::Server(e).told(&place);
        let client = match &self.tls {
            None => {
                let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
                tokio::spawn(async { drop(connection.await) });
                client
            }
            Some(tls) => {
                let (client, connection) = config.connect(tls.clone()).await.map_err(failed)?;
                tokio::spawn(async { drop(connection.await) });
                client
            }
        };
        Ok(client)
    }
}

/// What can go wrong.
enum Trouble {
    Server(tokio_postgres::Error),
    Ours(Error),
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Server(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl Trouble {
    fn told(self, place: &str) -> Error {
        let error = match self {
            Self::Ours(error) => return error,
            Self::Server(error) => error,
        };
        let Some(refused) = error.as_db_error() else {
            let what = chain(&error);
            // Without an answer: it may be away, or have been left in the middle.
            let passing = !what.contains("certificate") && !what.contains("password");
            return Error::server(place, what, passing);
        };
        let code = refused.code();
        // Classes of trouble that passes: connections, resources, an operator's hand, deadlocks.
        let passing = ["08", "53", "57"]
            .iter()
            .any(|class| code.code().starts_with(class))
            && *code != SqlState::QUERY_CANCELED
            || [
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::LOCK_NOT_AVAILABLE,
            ]
            .contains(code);
        let hint = match *code {
            SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                "; set RETAIL_POSTGRES_PASSWORD, or give ?password-file=FILE"
            }
            SqlState::INSUFFICIENT_PRIVILEGE => GRANT,
            _ => "",
        };
        let detail = refused.detail().map(|detail| format!(" ({detail})"));
        let what = format!("{}{}{hint}", refused.message(), detail.unwrap_or_default());
        Error::server(place, what, passing)
    }
}

impl Sink for Postgres {
    fn place(&self) -> String {
        self.address.to_string()
    }

    fn may_write(&mut self, shape: &Shape, stop: &Stop) -> Result<()> {
        let place = self.place();
        self.with(stop, async |client| {
            let text = "SELECT name, right_ FROM unnest($1::text[]) AS name, \
                        unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS right_ \
                        WHERE NOT has_table_privilege(to_regclass(name), right_)";
            let names = [shape.table.as_str(), OUTPUTS];
            let Some(row) = client
                .query(text, &[&names.as_slice()])
                .await?
                .into_iter()
                .next()
            else {
                return Ok(());
            };
            let (table, right): (String, String) = (row.get(0), row.get(1));
            let what = format!("this user has no right to {right} in the table {table}{GRANT}");
            Err(Error::server(&place, what, false).into())
        })
    }

    fn standing(&mut self, table: &str, stop: &Stop) -> Result<Option<Standing>> {
        let owner = self.address.owner.clone();
        self.with(stop, async |client| {
            let text =
                format!("SELECT run, rows FROM {OUTPUTS} WHERE owner = $1 AND table_name = $2");
            let row = match client.query_opt(&text, &[&owner, &table]).await {
                Err(e) if e.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(None),
                row => row?,
            };
            Ok(row.map(|row| Standing {
                run: row.get(0),
                rows: row.get::<_, i64>(1).cast_unsigned(),
            }))
        })
    }

    fn begin(&mut self, shape: &Shape, run: &str, stop: &Stop) -> Result<()> {
        let owner = self.address.owner.clone();
        self.with(stop, async |client| {
            let transaction = client.transaction().await?;
            stands(&transaction, &owner, &shape.table, run, 0).await?;
            clear(&transaction, &owner, &shape.table).await?;
            Ok(transaction.commit().await?)
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
        let (owner, place) = (self.address.owner.clone(), self.place());
        self.with(stop, async |client| {
            let transaction = client.transaction().await?;
            let text = format!(
                "SELECT run, rows FROM {OUTPUTS} WHERE owner = $1 AND table_name = $2 FOR UPDATE"
            );
            let row = transaction
                .query_opt(&text, &[&owner, &shape.table])
                .await?;
            let has = row.map(|row| (row.get::<_, String>(0), row.get::<_, i64>(1)));
            let has = has
                .filter(|(other, _)| other == run)
                .map(|(_, rows)| rows.cast_unsigned());
            let end = from + rows.num_rows() as u64;
            let Some(has) = has.filter(|has| *has >= from) else {
                let what = format!("{}: another run has taken its place", shape.table);
                return Err(Error::data(&place, what).into());
            };
            if has >= end {
                return Ok(());
            }
            let known = usize::try_from(has - from).unwrap_or(0);
            let rows = rows.slice(known, rows.num_rows() - known);
            copy::rows(&transaction, shape, &owner, has, &rows, &place).await?;
            stands(&transaction, &owner, &shape.table, run, end).await?;
            Ok(transaction.commit().await?)
        })
    }

    fn replace(
        &mut self,
        run: &str,
        tables: Tables<'_>,
        stop: &Stop,
    ) -> Result<Vec<(String, u64)>> {
        let (owner, place) = (self.address.owner.clone(), self.place());
        self.with(stop, async |client| {
            let transaction = client.transaction().await?;
            let mut done = Vec::new();
            for table in tables()? {
                let shape = table.shape;
                // Its row keeps another run out until all is done.
                stands(&transaction, &owner, &shape.table, run, 0).await?;
                clear(&transaction, &owner, &shape.table).await?;
                let mut count = 0;
                for rows in table.rows {
                    let rows = rows?;
                    copy::rows(&transaction, &shape, &owner, count, &rows, &place).await?;
                    count += rows.num_rows() as u64;
                }
                stands(&transaction, &owner, &shape.table, run, count).await?;
                done.push((shape.table, count));
            }
            transaction.commit().await?;
            Ok(done)
        })
    }

    /// Of two processes that make the same at once, IF NOT EXISTS lets one fail, so they take turns.
    fn execute(&mut self, statement: &str, stop: &Stop) -> Result<()> {
        let both = format!("SELECT pg_advisory_xact_lock({TURN}); {statement}");
        self.with(stop, async |client| Ok(client.batch_execute(&both).await?))
    }

    fn create(&self, shape: &Shape) -> Vec<String> {
        ddl::table(shape)
    }

    fn add(&self, shape: &Shape, column: &Column) -> Vec<String> {
        let (table, name, kind) = (&shape.table, &column.name, ddl::type_of(column.kind));
        vec![format!(
            "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS \"{name}\" {kind}"
        )]
    }

    fn foundation(&self) -> Vec<String> {
        ddl::foundation(&self.schema)
    }

    fn columns(&mut self, table: &str, stop: &Stop) -> Result<Vec<(String, String)>> {
        self.with(stop, async |client| {
            let rows = client.query(ddl::COLUMNS, &[&table]).await?;
            Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
        })
    }

    fn holds(&mut self, name: &str, stop: &Stop) -> Result<bool> {
        self.with(stop, async |client| {
            let text = "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace \
                        WHERE nspname = current_schema() AND relname = $1 AND relkind NOT IN ('v', 'i')";
            Ok(client.query_one(text, &[&name]).await?.get::<_, i64>(0) > 0)
        })
    }

    fn type_of(&self, kind: Kind) -> &'static str {
        ddl::type_of(kind)
    }

    fn clock(&mut self, stop: &Stop) -> Result<Option<i64>> {
        self.with(stop, async |client| {
            let text = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
            Ok(Some(client.query_one(text, &[]).await?.get(0)))
        })
    }

    fn version(&mut self, stop: &Stop) -> Result<String> {
        self.with(stop, async |client| {
            let row = client.query_one("SHOW server_version", &[]).await?;
            Ok(row.get(0))
        })
    }
}

/// Says how many rows of which run there are.
async fn stands(
    transaction: &Transaction<'_>,
    owner: &str,
    table: &str,
    run: &str,
    rows: u64,
) -> std::result::Result<(), Trouble> {
    let text = format!(
        "INSERT INTO {OUTPUTS} (owner, table_name, run, rows) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (owner, table_name) DO UPDATE \
         SET run = excluded.run, rows = excluded.rows, updated_at = now()"
    );
    let rows = rows.cast_signed();
    transaction
        .execute(&text, &[&owner, &table, &run, &rows])
        .await?;
    Ok(())
}

async fn clear(
    transaction: &Transaction<'_>,
    owner: &str,
    table: &str,
) -> std::result::Result<(), Trouble> {
    // The table's name is one of ours.
    let text = format!("DELETE FROM {table} WHERE {OWNER} = $1");
    transaction.execute(&text, &[&owner]).await?;
    Ok(())
}
