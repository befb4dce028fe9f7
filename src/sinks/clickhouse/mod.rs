//! ClickHouse, by its HTTP interface.
//!
//! It has no transactions. Rows go to `<table>_rows`, keyed by owner, run and number, so that one
//! that is sent twice is one row where it is read finally; `retail_outputs` says which run of
//! which owner counts, and the view `<table>` shows these rows and no others. A run that replaces
//! another is written beside it first; one row more in `retail_outputs` makes it count, and the
//! partition of the other one is dropped then.

mod ddl;
mod range;

pub(in crate::sinks) use ddl::type_of;

use arrow::array::RecordBatch;
use arrow::array::{ArrayRef, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::StreamWriter;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, StatusCode};
use serde_json::Value;
use std::sync::Arc;

use super::address::{Address, Tls, joined};
use super::client::{CONNECT, long_ago, wait};
use super::{Column, Kind, OUTPUTS, OWNER, ROW, Shape, Sink, Standing, Tables};
use crate::error::{Error, Result};
use crate::signal::Stop;

/// The column of the run that wrote a row.
const RUN: &str = "_run";

/// A database of ClickHouse.
pub struct ClickHouse {
    address: Address,
    client: Client,
    url: String,
    /// Whether the database is known to be there.
    there: bool,
    /// Whether the table of what counts has been seen.
    outputs: bool,
}

impl ClickHouse {
    /// The database at an address; it is not asked yet.
    ///
    /// # Errors
    /// [`Error::Usage`] when its options are wrong.
    pub fn new(address: Address) -> Result<Self> {
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(std::time::Duration::from_secs(120))
            .no_proxy();
        if address.tls == Tls::Require && address.ca.is_none() {
            builder = builder.danger_accept_invalid_certs(true);
        }
        if let Some(file) = &address.ca {
            let bytes = std::fs::read(file).map_err(|e| Error::io("read", file.display(), e))?;
            let wrong = |_| {
                let what = "holds no certificate in PEM";
                Error::Usage(format!("{}: {what}", file.display()))
            };
            let all = Certificate::from_pem_bundle(&bytes).map_err(wrong)?;
            builder = builder.tls_built_in_root_certs(false);
            for one in all {
                builder = builder.add_root_certificate(one);
            }
        }
        let client = builder
            .build()
            .map_err(|e| Error::Internal(format!("a client of HTTP: {e}")))?;
        let scheme = match address.tls {
            Tls::Off => "http",
            _ => "https",
        };
        let (host, port) = address.host();
        Ok(Self {
            url: format!("{scheme}://{}/", joined(host, port)),
            client,
            address,
            there: false,
            outputs: false,
        })
    }

    /// Asks the server; values stand in `parameters`, never in the text.
    async fn ask(
        &self,
        database: Option<&str>,
        query: &str,
        parameters: &[(&str, &str)],
        rows: Option<Vec<u8>>,
    ) -> Result<String> {
        let mut arguments: Vec<(String, String)> = Vec::new();
        if let Some(database) = database {
            arguments.push(("database".to_owned(), database.to_owned()));
        }
        for (name, value) in parameters {
            arguments.push((format!("param_{name}"), escaped(value)));
        }
        let body = match rows {
            None => query.as_bytes().to_vec(),
            Some(rows) => {
                arguments.push(("query".to_owned(), query.to_owned()));
                rows
            }
        };
        // Without it a failure in the middle comes behind a status that says that all went well.
        arguments.push(("wait_end_of_query".to_owned(), "1".to_owned()));
        let mut request = self
            .client
            .post(&self.url)
            .query(&arguments)
            .header("X-ClickHouse-User", &self.address.user)
            .body(body);
        if let Some(password) = &self.address.password {
            request = request.header("X-ClickHouse-Key", password);
        }
        let place = self.address.to_string();
        let away = |e: reqwest::Error| {
            let e = e.without_url();
            let text = super::client::chain(&e);
            let passing = !text.contains("certificate") && !e.is_builder();
            Error::server(&place, text, passing)
        };
        let answer = request.send().await.map_err(away)?;
        let status = answer.status();
        let text = answer.text().await.map_err(away)?;
        // An error in the middle of an answer stands at its end.
        match status == StatusCode::OK && !text.contains("\nCode: ") {
            true => Ok(text),
            false => Err(refused(&place, status, &text)),
        }
    }

    fn query(&self, stop: &Stop, text: &str, parameters: &[(&str, &str)]) -> Result<String> {
        let database = Some(self.address.database.as_str());
        wait(stop, self.ask(database, text, parameters, None))
    }

    fn insert(&self, stop: &Stop, into: &str, rows: Vec<u8>) -> Result<()> {
        let database = Some(self.address.database.as_str());
        let text = format!("INSERT INTO {into} FORMAT ArrowStream");
        let done = wait(stop, self.ask(database, &text, &[], Some(rows)));
        done.map(drop)
    }

    /// Whether the database is there.
    fn exists(&mut self, stop: &Stop) -> Result<bool> {
        if !self.there {
            let asks = "SELECT count() FROM system.databases WHERE name = {name:String}";
            let name = [("name", self.address.database.as_str())];
            let found = wait(stop, self.ask(None, asks, &name, None))?;
            self.there = found.trim() == "1";
        }
        Ok(self.there)
    }

    /// Makes the database where it is missing.
    fn database(&mut self, stop: &Stop) -> Result<()> {
        if !self.exists(stop)? {
            let text = format!("CREATE DATABASE IF NOT EXISTS {}", self.address.database);
            wait(stop, self.ask(None, &text, &[], None))?;
            self.there = true;
        }
        Ok(())
    }

    /// Whether there is a view of this name, or something else.
    fn has(&mut self, name: &str, views: bool, stop: &Stop) -> Result<bool> {
        let (database, name) = name
            .split_once('.')
            .unwrap_or((&self.address.database, name));
        let of = if views { "=" } else { "!=" };
        let text = format!(
            "SELECT count() FROM system.tables WHERE database = {{database:String}} \
             AND name = {{name:String}} AND engine {of} 'View'"
        );
        let parameters = [("database", database), ("name", name)];
        let found = wait(stop, self.ask(None, &text, &parameters, None))?;
        Ok(found.trim() != "0")
    }

    /// Whether a view reads this table.
    fn reads(&mut self, view: &str, table: &str, stop: &Stop) -> Result<bool> {
        let text = "SELECT count() FROM system.tables WHERE database = {database:String} \
                    AND name = {name:String} AND position(create_table_query, {table:String}) > 0";
        let database = self.address.database.as_str();
        let parameters = [("database", database), ("name", view), ("table", table)];
        let found = wait(stop, self.ask(None, text, &parameters, None))?;
        Ok(found.trim() != "0")
    }

    /// Sends rows of a run, the first of them number `from`.
    fn send(
        &self,
        stop: &Stop,
        shape: &Shape,
        run: &str,
        from: u64,
        rows: &RecordBatch,
    ) -> Result<()> {
        range::check(&self.address, shape, from, rows)?;
        let packed = packed(shape, &self.address.owner, run, from, rows)?;
        self.insert(stop, &format!("{}_rows", shape.table), packed)
    }

    /// Says how many rows of which run count, of several tables at once.
    fn stands(&self, stop: &Stop, tables: &[(&str, u64)], run: &str) -> Result<()> {
        // The names of tables are ours.
        let tables = tables
            .iter()
            .map(|(table, rows)| format!("('{table}', {rows})"));
        let tables: Vec<_> = tables.collect();
        let text = format!(
            "INSERT INTO {OUTPUTS} (owner, table_name, run, rows, version) \
             SELECT {{owner:String}}, stands.1, {{run:String}}, stands.2, \
             (SELECT max(version) FROM {OUTPUTS} WHERE owner = {{owner:String}}) + 1 \
             FROM (SELECT arrayJoin([{}]) AS stands)",
            tables.join(", ")
        );
        let parameters = [("owner", self.address.owner.as_str()), ("run", run)];
        self.query(stop, &text, &parameters).map(drop)
    }

    /// Drops the rows of the run that `run` has replaced, and what runs have left that were cut short
    /// long ago. One that may still be at work beside this one is left alone.
    fn sweep(&self, stop: &Stop, table: &str, run: &str, before: Option<&Standing>) -> Result<()> {
        let text = format!(
            "SELECT DISTINCT {RUN} AS run FROM {table}_rows WHERE {OWNER} = {{owner:String}} \
             AND {RUN} != {{run:String}} AND ({RUN} = {{before:String}} OR {RUN} < {{old:String}}) \
             FORMAT JSONEachRow"
        );
        let before = before.map_or("", |standing| standing.run.as_str());
        let parameters = [
            ("owner", self.address.owner.as_str()),
            ("run", run),
            ("before", before),
            ("old", &long_ago()),
        ];
        let answer = self.query(stop, &text, &parameters)?;
        for line in lines(&self.place(), &answer)? {
            let old = text_of(&line, "run");
            if !old
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'\'' && b != b'\\')
            {
                continue;
            }
            let owner = &self.address.owner;
            let text = format!("ALTER TABLE {table}_rows DROP PARTITION ('{owner}', '{old}')");
            self.query(stop, &text, &[])?;
        }
        Ok(())
    }
}

/// What the server refuses.
fn refused(place: &str, status: StatusCode, text: &str) -> Error {
    let line = text.lines().find(|line| line.contains("Code: "));
    let line = line.or(text.lines().next()).unwrap_or_default().trim();
    // "Code: 60. DB::Exception: Unknown table … (UNKNOWN_TABLE) (version …)"
    let line = line.split(" (version ").next().unwrap_or(line);
    let line: String = line.chars().take(400).collect();
    let code = line
        .split("Code: ")
        .nth(1)
        .and_then(|rest| rest.split(['.', ' ']).next())
        .and_then(|code| code.parse::<u32>().ok());
    // Too many queries, memory, parts or partitions; no room; a network's trouble; a table that is read
    // only for a while.
    let passing = matches!(
        code,
        Some(159 | 160 | 202 | 209 | 210 | 241 | 242 | 243 | 252 | 319 | 425 | 439 | 999)
    ) || code.is_none()
        && (status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS);
    let hint = match code {
        Some(192..=194 | 516) => "; set RETAIL_CLICKHOUSE_PASSWORD, or give ?password-file=FILE",
        _ => "",
    };
    let what = match line.is_empty() {
        true => format!("answers with {status}"),
        false => format!("{line}{hint}"),
    };
    Error::server(place, what, passing)
}

/// A text as a parameter takes it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
}

fn lines(place: &str, answer: &str) -> Result<Vec<Value>> {
    let lines = answer.lines().filter(|line| !line.trim().is_empty());
    let lines = lines.map(serde_json::from_str::<Value>);
    lines
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| Error::server(place, format!("gives no JSON: {e}"), true))
}

fn text_of(line: &Value, name: &str) -> String {
    line[name].as_str().unwrap_or_default().to_owned()
}

fn number(line: &Value, name: &str) -> u64 {
    let text = line[name].as_str();
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Rows as a stream of Arrow.
fn packed(shape: &Shape, owner: &str, run: &str, from: u64, rows: &RecordBatch) -> Result<Vec<u8>> {
    let wrong = |e| Error::Internal(format!("rows of {} for ClickHouse: {e}", shape.table));
    let mut fields: Vec<Field> = shape
        .columns
        .iter()
        .map(|column| Field::new(&column.name, column.kind.arrow(), true))
        .collect();
    let count = rows.num_rows();
    let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
    for (name, value) in [(OWNER, owner), (RUN, run)] {
        fields.push(Field::new(name, DataType::Utf8, false));
        columns.push(Arc::new(StringArray::from_iter_values(
            std::iter::repeat_n(value, count),
        )));
    }
    fields.push(Field::new(ROW, DataType::UInt64, false));
    columns.push(Arc::new(UInt64Array::from_iter_values(
        from..from + count as u64,
    )));
    let schema = Arc::new(Schema::new(fields));
    let rows = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(wrong)?;
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).map_err(wrong)?;
    writer.write(&rows).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    writer.into_inner().map_err(wrong)
}

impl Sink for ClickHouse {
    fn place(&self) -> String {
        self.address.to_string()
    }

    fn may_write(&mut self, _: &Shape, stop: &Stop) -> Result<()> {
        let text = "SELECT value FROM system.settings WHERE name = 'readonly'";
        let answer = wait(stop, self.ask(None, text, &[], None))?;
        match answer.trim() {
            "" | "0" => Ok(()),
            _ => {
                let what = "this user may only read; give one who may write";
                Err(Error::server(&self.address, what, false))
            }
        }
    }

    fn standing(&mut self, table: &str, stop: &Stop) -> Result<Option<Standing>> {
        self.outputs = self.outputs || !self.columns(OUTPUTS, stop)?.is_empty();
        if !self.outputs {
            return Ok(None);
        }
        let text = format!(
            "SELECT run, toString(rows) AS n FROM {OUTPUTS} FINAL WHERE owner = {{owner:String}} \
             AND table_name = {{name:String}} FORMAT JSONEachRow"
        );
        let parameters = [("owner", self.address.owner.as_str()), ("name", table)];
        let answer = self.query(stop, &text, &parameters)?;
        let found = lines(&self.place(), &answer)?;
        Ok(found.first().map(|line| Standing {
            run: text_of(line, "run"),
            rows: number(line, "n"),
        }))
    }

    fn begin(&mut self, shape: &Shape, run: &str, stop: &Stop) -> Result<()> {
        let before = self.standing(&shape.table, stop)?;
        self.stands(stop, &[(&shape.table, 0)], run)?;
        self.sweep(stop, &shape.table, run, before.as_ref())
    }

    fn append(
        &mut self,
        shape: &Shape,
        run: &str,
        from: u64,
        rows: &RecordBatch,
        stop: &Stop,
    ) -> Result<()> {
        self.send(stop, shape, run, from, rows)?;
        let end = from + rows.num_rows() as u64;
        self.stands(stop, &[(&shape.table, end)], run)
    }

    fn replace(
        &mut self,
        run: &str,
        tables: Tables<'_>,
        stop: &Stop,
    ) -> Result<Vec<(String, u64)>> {
        let mut done = Vec::new();
        let mut before = Vec::new();
        for table in tables()? {
            before.push(self.standing(&table.shape.table, stop)?);
            let mut count = 0;
            for rows in table.rows {
                let rows = rows?;
                self.send(stop, &table.shape, run, count, &rows)?;
                count += rows.num_rows() as u64;
            }
            done.push((table.shape.table, count));
        }
        let counts: Vec<_> = done
            .iter()
            .map(|(table, rows)| (table.as_str(), *rows))
            .collect();
        self.stands(stop, &counts, run)?;
        for ((table, _), before) in done.iter().zip(&before) {
            self.sweep(stop, table, run, before.as_ref())?;
        }
        Ok(done)
    }

    fn execute(&mut self, statement: &str, stop: &Stop) -> Result<()> {
        self.database(stop)?;
        self.query(stop, statement, &[]).map(drop)
    }

    fn create(&self, shape: &Shape) -> Vec<String> {
        ddl::table(shape)
    }

    fn add(&self, shape: &Shape, column: &Column) -> Vec<String> {
        let (table, name, kind) = (&shape.table, &column.name, ddl::type_of(column.kind));
        let mut all = vec![format!(
            "ALTER TABLE {table}_rows ADD COLUMN IF NOT EXISTS `{name}` {kind}"
        )];
        all.push(ddl::view(shape));
        all
    }

    fn has_view(&mut self, name: &str, stop: &Stop) -> Result<bool> {
        if self.has(name, true, stop)? {
            return Ok(true);
        }
        // A database of its own counts as what stands before its views.
        let text = "SELECT count() FROM system.databases WHERE name = {name:String}";
        let found = wait(stop, self.ask(None, text, &[("name", name)], None))?;
        Ok(found.trim() != "0")
    }

    fn holds(&mut self, name: &str, stop: &Stop) -> Result<bool> {
        self.has(name, false, stop)
    }

    fn foundation(&self) -> Vec<String> {
        ddl::foundation()
    }

    fn columns(&mut self, table: &str, stop: &Stop) -> Result<Vec<(String, String)>> {
        if !self.exists(stop)? {
            return Ok(Vec::new());
        }
        // A view of ours whose rows are gone is as good as none.
        let rows = format!("{table}_rows");
        let is_view = self.has(table, true, stop)?;
        if is_view && !self.has(&rows, false, stop)? && self.reads(table, &rows, stop)? {
            return Ok(Vec::new());
        }
        let text = "SELECT name, type FROM system.columns WHERE database = currentDatabase() \
                    AND table = {name:String} ORDER BY position FORMAT JSONEachRow";
        let answer = self.query(stop, text, &[("name", table)])?;
        let found = lines(&self.place(), &answer)?;
        let found = found.iter();
        Ok(found
            .map(|line| (text_of(line, "name"), text_of(line, "type")))
            .collect())
    }

    fn type_of(&self, kind: Kind) -> &'static str {
        ddl::type_of(kind)
    }

    fn clock(&mut self, stop: &Stop) -> Result<Option<i64>> {
        let text = "SELECT toUnixTimestamp64Milli(now64(3))";
        let answer = wait(stop, self.ask(None, text, &[], None))?;
        Ok(answer.trim().parse().ok())
    }

    fn free(&mut self, stop: &Stop) -> Result<Option<u64>> {
        let text = "SELECT min(free_space) FROM system.disks WHERE is_remote = 0 \
                    HAVING count() > 0";
        let answer = wait(stop, self.ask(None, text, &[], None))?;
        Ok(answer.trim().parse().ok())
    }

    fn version(&mut self, stop: &Stop) -> Result<String> {
        let answer = wait(stop, self.ask(None, "SELECT version()", &[], None))?;
        Ok(answer.trim().to_owned())
    }
}
