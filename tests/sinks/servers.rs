//! Real databases, by `scripts/services`: those that all tests share, or one of a test's own that it
//! may crash.

use std::process::{self, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use crate::common::services::{act, free_port, script, services};
use crate::common::{Shop, skip, stderr, stdout};

/// The databases.
pub const ALL: [&str; 4] = ["postgres", "clickhouse", "mongo", "cassandra"];

/// A name that nothing else has, in this run or another.
pub fn name() -> String {
    static NUMBER: AtomicU16 = AtomicU16::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let time = time.expect("after 1970").as_millis();
    format!("t{time}_{}_{number}", process::id())
}

/// A place of its own in the server that all tests share, as `--output` takes it; none, with the
/// reason printed, where the server cannot be started.
pub fn shared(service: &str) -> Option<String> {
    match act(&mut services(&["start", service])) {
        Ok(address) => Some(within(&address, &name())),
        Err(why) => {
            skip(&format!("no {service}: {why}"));
            None
        }
    }
}

/// The address of a database of this name, of Postgres a schema.
fn within(address: &str, name: &str) -> String {
    match address.starts_with("postgres") {
        true => format!("{address}?schema={name}"),
        false => {
            let (server, _) = address.rsplit_once('/').expect("a database");
            format!("{server}/{name}")
        }
    }
}

/// A server of a test's own. It and its data are gone when the test ends.
pub struct Own {
    service: &'static str,
    run: TempDir,
    ports: Vec<(String, u16)>,
}

impl Own {
    /// A place for one that does not run yet; none, with the reason printed, where it cannot.
    pub fn prepare(service: &'static str) -> Option<Self> {
        if let Err(why) = act(&mut services(&["install", service])) {
            skip(&format!("no {service}: {why}"));
            return None;
        }
        let upper = service.to_uppercase();
        let kinds = match service {
            "cassandra" => vec!["PORT", "STORAGE_PORT"],
            "postgres" => vec!["PORT"],
            _ => vec!["PORT", "TLS_PORT"],
        };
        let ports = kinds.into_iter();
        let ports = ports.map(|kind| (format!("RETAIL_{upper}_{kind}"), free_port()));
        Some(Self {
            service,
            run: TempDir::new().expect("a folder"),
            ports: ports.collect(),
        })
    }

    /// One that runs.
    pub fn start(service: &'static str) -> Option<(Self, String)> {
        let own = Self::prepare(service)?;
        let address = own.act("start").expect("it starts");
        Some((own, address))
    }

    /// `scripts/services` for this server.
    pub fn act(&self, what: &str) -> Result<String, String> {
        let mut command = services(&[what, self.service]);
        command.env("RETAIL_SERVICES_RUN", self.run.path());
        for (name, port) in &self.ports {
            command.env(name, port.to_string());
        }
        act(&mut command)
    }

    /// Where it will be, once it runs.
    pub fn address(&self) -> String {
        let port = self.ports[0].1;
        match self.service {
            "mongo" => format!("mongodb://127.0.0.1:{port}/retail"),
            service => format!("{service}://retail:retailsecret@127.0.0.1:{port}/retail"),
        }
    }

    /// A file of its run folder.
    pub fn file(&self, name: &str) -> String {
        let file = self.run.path().join(self.service).join(name);
        file.to_str().expect("text").to_owned()
    }

    /// Its port for TLS.
    pub fn tls_port(&self) -> u16 {
        self.ports.last().expect("a port").1
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.act("crash");
        let _ = self.act("reset");
    }
}

/// The Python that has the clients of all databases.
fn python() -> Option<String> {
    let mut command = Command::new(script("pypi"));
    command.args([
        "cassandra-driver",
        "3.30.0",
        "pymongo==4.20.0",
        "psycopg[binary]==3.2.13",
        "pyarrow==26.0.1",
    ]);
    match act(&mut command) {
        Ok(folder) => Some(format!("{folder}/bin/python")),
        Err(why) => {
            skip(&why);
            None
        }
    }
}

/// Holds tables of a database against files of the shop; `None` where there is nobody to do so.
pub fn compare(shop: &Shop, address: &str, tables: &[(&str, &str)]) -> Option<String> {
    let mut command = Command::new(python()?);
    command.arg(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/sinks/content.py"
    ));
    command.arg(address);
    for (table, files) in tables {
        command.arg(format!("{table}={}", shop.path(files).display()));
    }
    let output = command.output().expect("it starts");
    let text = stdout(&output);
    assert!(
        output.status.success(),
        "{address}: {text}{}",
        stderr(&output)
    );
    Some(text)
}

/// What `psql` says.
pub fn psql(address: &str, text: &str) -> String {
    let (address, schema) = address
        .split_once("?schema=")
        .unwrap_or((address, "public"));
    let output = Command::new("psql")
        .args([
            address,
            "-qAtc",
            &format!("SET search_path = {schema}; {text}"),
        ])
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{text}: {}", stderr(&output));
    stdout(&output).trim().to_owned()
}

/// What ClickHouse says over HTTP, as a browser or a BI tool would ask.
pub fn clickhouse(address: &str, text: &str) -> String {
    let rest = address.strip_prefix("clickhouse://").expect("ClickHouse");
    let (login, rest) = rest.split_once('@').expect("a login");
    let (host, database) = rest.split_once('/').expect("a database");
    let (user, password) = login.split_once(':').expect("a password");
    let output = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--get"])
        .arg(format!("http://{host}/"))
        .args(["--data-urlencode", &format!("user={user}")])
        .args(["--data-urlencode", &format!("password={password}")])
        .args(["--data-urlencode", &format!("database={database}")])
        .args(["--data-urlencode", &format!("query={text}")])
        .output()
        .expect("it starts");
    let answer = stdout(&output);
    assert!(!answer.contains("DB::Exception"), "{text}: {answer}");
    answer.trim().to_owned()
}
