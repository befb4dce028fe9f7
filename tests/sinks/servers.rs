//! Real databases, by `scripts/services`: those that all tests share, or one of a test's own that it
//! may crash.

use std::fmt::{self, Display, Formatter};
use std::ops::Deref;
use std::path::Path;
use std::process::{self, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::services::{self, act, script};
use crate::common::{Shop, skip, stderr, stdout};

/// What reads databases as others do.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sinks/content.py");

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

/// The address of a place of a test's own in the server that all tests share, as `--output` takes it.
pub struct Shared(String);

impl Deref for Shared {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Display for Shared {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Drop for Shared {
    /// Each table costs Cassandra memory for as long as it is there.
    fn drop(&mut self) {
        if self.0.starts_with("cassandra") {
            let (server, name) = self.0.rsplit_once('/').expect("a keyspace");
            let drop = format!("DROP KEYSPACE IF EXISTS \"{name}\"");
            let done = cql(&format!("{server}/system"), &drop);
            assert!(thread::panicking() || done);
        }
    }
}

/// A place in a shared server; none, with the reason printed, where that cannot be started.
pub fn shared(service: &str) -> Option<Shared> {
    shared_as(service, &name())
}

/// The same under this name.
pub fn shared_as(service: &str, name: &str) -> Option<Shared> {
    match act(&mut services::services(&["start", service])) {
        Ok(address) => Some(Shared(within(&address, name))),
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
pub struct Own(services::Own);

impl Own {
    /// A place for one that does not run yet; none, with the reason printed, where it cannot.
    pub fn prepare(service: &'static str) -> Option<Self> {
        let settings: &[&str] = match service {
            "cassandra" => &["PORT", "STORAGE_PORT"],
            "postgres" => &["PORT"],
            _ => &["PORT", "TLS_PORT"],
        };
        services::Own::prepare(service, settings).map(Self)
    }

    /// One that runs.
    pub fn start(service: &'static str) -> Option<(Self, String)> {
        let own = Self::prepare(service)?;
        let address = own.act("start").expect("it starts");
        Some((own, address))
    }

    /// `scripts/services` for this server.
    pub fn act(&self, what: &str) -> Result<String, String> {
        self.0.act(what, "")
    }

    /// Where it will be, once it runs.
    pub fn address(&self) -> String {
        let port = self.0.port(0);
        match self.0.service() {
            "mongo" => format!("mongodb://127.0.0.1:{port}/retail"),
            service => format!("{service}://retail:retailsecret@127.0.0.1:{port}/retail"),
        }
    }

    /// A file of its run folder.
    pub fn file(&self, name: &str) -> String {
        self.0.file(name)
    }

    /// Its run folder.
    pub fn run(&self) -> &Path {
        self.0.run()
    }

    /// Its port for TLS.
    pub fn tls_port(&self) -> u16 {
        self.0.port(1)
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
    command.args([SCRIPT, address]);
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

/// Runs a statement in Cassandra: whether that went well.
pub fn cql(address: &str, statement: &str) -> bool {
    python().is_none_or(|python| {
        let mut command = Command::new(python);
        let done = command.args([SCRIPT, address, "--do", statement]).status();
        done.is_ok_and(|status| status.success())
    })
}

/// Runs a line of Python with MongoDB's own client, whose database is `db`: what it prints.
pub fn pymongo(address: &str, line: &str) -> String {
    let text = format!(
        "import pymongo, urllib.parse\nu = urllib.parse.urlsplit('{address}')\n\
         db = pymongo.MongoClient(u.hostname, u.port)[u.path[1:]]\n{line}"
    );
    let python = python().expect("it was there for others");
    let output = Command::new(python).args(["-c", &text]).output();
    let output = output.expect("it starts");
    assert!(output.status.success(), "{line}: {}", stderr(&output));
    stdout(&output).trim().to_owned()
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
            &format!("SET search_path = \"{schema}\"; {text}"),
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
    // What is asked by GET changes nothing.
    let how: &[&str] = match text.starts_with("SELECT") {
        true => &["--get"],
        false => &["-X", "POST", "-H", "Content-Length: 0", "--get"],
    };
    let output = Command::new("curl")
        .args(["-sS", "--noproxy", "*"])
        .args(how)
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
