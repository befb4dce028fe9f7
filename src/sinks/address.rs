//! Addresses of databases: `postgres://user@host:5432/database?option=value`.
//!
//! Passwords come from a file or the environment, or stand in the address; whatever is printed of an
//! address is without them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::error::{Error, Result};

/// A database that results can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Server {
    /// PostgreSQL.
    Postgres,
    /// ClickHouse, by its HTTP interface.
    ClickHouse,
    /// MongoDB.
    MongoDb,
    /// Cassandra.
    Cassandra,
    /// Redis: a cache, not an output.
    Redis,
}

/// What is known of a kind of server.
struct About {
    server: Server,
    name: &'static str,
    /// Names of addresses; those of the second list ask for TLS.
    schemes: (&'static [&'static str], &'static [&'static str]),
    port: (u16, u16),
    user: &'static str,
    database: &'static str,
    options: &'static [&'static str],
    /// Whether options that are not ours are those of its client.
    foreign: bool,
}

const KINDS: [About; 5] = [
    About {
        server: Server::Postgres,
        name: "Postgres",
        schemes: (&["postgres", "postgresql"], &[]),
        port: (5432, 5432),
        user: "postgres",
        database: "postgres",
        options: &["schema", "sslmode", "sslrootcert"],
        foreign: false,
    },
    About {
        server: Server::ClickHouse,
        name: "ClickHouse",
        schemes: (&["clickhouse"], &["clickhouses"]),
        port: (8123, 8443),
        user: "default",
        database: "retail",
        options: &[],
        foreign: false,
    },
    About {
        server: Server::MongoDb,
        name: "MongoDB",
        schemes: (&["mongodb", "mongodb+srv"], &[]),
        port: (27017, 27017),
        user: "",
        database: "retail",
        options: &[],
        foreign: true,
    },
    About {
        server: Server::Cassandra,
        name: "Cassandra",
        schemes: (&["cassandra"], &["cassandras"]),
        port: (9042, 9042),
        user: "",
        database: "retail",
        options: &["datacenter", "replication"],
        foreign: false,
    },
    About {
        server: Server::Redis,
        name: "Redis",
        schemes: (&["redis"], &["rediss"]),
        port: (6379, 6379),
        user: "",
        database: "0",
        options: &[],
        foreign: false,
    },
];

/// How what would end a part of an address is written in it.
const UNESCAPED: &str =
    "in names, passwords and options @ is written %40, / %2F, : %3A, ? %3F, # %23";

/// Options of every address.
const OPTIONS: [&str; 4] = ["as", "password-file", "tls", "ca"];

/// What is said of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// None.
    Off,
    /// Where the server has it, whoever the server is; that of Postgres, as libpq does.
    Prefer,
    /// Always, whoever the server is: somebody in between could read along.
    Require,
    /// Always, and the server must prove its name.
    Verify,
}

/// The address of a database.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// What stands there.
    pub server: Server,
    /// The name of its kind, as it was written.
    pub scheme: String,
    /// Who logs in; nobody where it is empty.
    pub user: String,
    /// With which password, if any.
    pub password: Option<String>,
    /// Where it listens.
    pub hosts: Vec<(String, u16)>,
    /// The database, keyspace or number.
    pub database: String,
    /// Whether the connection is encrypted.
    pub tls: Tls,
    /// A file of the authorities that are trusted; without it, those of the system.
    pub ca: Option<PathBuf>,
    /// Under which name rows are written, beside those of others.
    pub owner: String,
    /// Whether that name was given.
    pub named: bool,
    /// What else was said.
    pub options: BTreeMap<String, String>,
}

/// Rows are written under this name unless another one is given.
pub const OWNER: &str = "retail";

/// Looks up a password, by the names of variables that may hold it, or a file's name.
pub type Secrets<'a> = &'a dyn Fn(Server) -> Result<Option<String>>;

impl Server {
    fn about(self) -> &'static About {
        KINDS
            .iter()
            .find(|about| about.server == self)
            .unwrap_or(&KINDS[0])
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// The variables that may hold its password, the first of them first.
    pub fn variables(self) -> [String; 2] {
        let own = format!("RETAIL_{}_PASSWORD", self.name().to_uppercase());
        let common = match self {
            Self::Postgres => "PGPASSWORD",
            Self::ClickHouse => "CLICKHOUSE_PASSWORD",
            Self::MongoDb => "MONGODB_PASSWORD",
            Self::Cassandra => "CASSANDRA_PASSWORD",
            Self::Redis => "REDIS_PASSWORD",
        };
        [own, common.to_owned()]
    }
}

/// Whether a text is the address of a database, and not a folder.
pub fn is_database(text: &str) -> bool {
    scheme_of(text).is_some()
}

/// Whether a text would be the address of a database, had it two slashes or no blank before it.
pub fn is_nearly_database(text: &str) -> bool {
    let scheme = text.trim_start().split(':').next().unwrap_or_default();
    !is_database(text) && text.contains(":/") && is_database(&format!("{scheme}://"))
}

fn scheme_of(text: &str) -> Option<(&'static About, bool, &'static str, &str)> {
    let (written, rest) = text.split_once("://")?;
    KINDS.iter().find_map(|about| {
        let (plain, secure) = about.schemes;
        let found = |schemes: &'static [&'static str]| {
            let mut schemes = schemes.iter().copied();
            schemes.find(|scheme| scheme.eq_ignore_ascii_case(written))
        };
        found(plain)
            .map(|scheme| (about, false, scheme, rest))
            .or_else(|| found(secure).map(|scheme| (about, true, scheme, rest)))
    })
}

impl Address {
    /// Reads an address; a password that is not in it is looked up in `secrets`.
    ///
    /// # Errors
    /// [`Error::Usage`] with what is wrong. It never repeats a password.
    pub fn parse(text: &str, secrets: Secrets<'_>) -> Result<Self> {
        let Some((about, secure, scheme, rest)) = scheme_of(text) else {
            let shown = text.split_once("://").map_or("", |(scheme, _)| scheme);
            return Err(Error::Usage(format!(
                "{shown}://: not the address of a database; they begin with postgres://, \
                 clickhouse://, mongodb:// or cassandra://"
            )));
        };
        let wrong = |what: &str| Error::Usage(format!("{scheme}://…: {what}"));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        // What follows may be the rest of a password, and is not repeated.
        if path.contains('@') || query.contains('@') {
            return Err(wrong(UNESCAPED));
        }
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, authority),
        };
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(|text| text.into_owned())
                .map_err(|_| wrong("what stands behind a % is no UTF-8"))
        };
        let (user, password) = match login {
            Some(login) => match login.split_once(':') {
                Some((user, password)) => (decoded(user)?, Some(decoded(password)?)),
                None => (decoded(login)?, None),
            },
            None => (about.user.to_owned(), None),
        };
        let port = if secure { about.port.1 } else { about.port.0 };
        let hosts = hosts.split(',').map(|host| self::host(host, port));
        let hosts = hosts
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| wrong(&format!("name a host, as in localhost:5432; {UNESCAPED}")))?;
        let mut options = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let known = OPTIONS.contains(&name) || about.options.contains(&name) || about.foreign;
            if !known {
                let all = OPTIONS.iter().chain(about.options);
                let all: Vec<_> = all.copied().collect();
                let what = format!(
                    "{name}: there is no such option; there are {}",
                    all.join(", ")
                );
                return Err(wrong(&what));
            }
            options.insert(name.to_owned(), decoded(value)?);
        }
        if !about.foreign
            && options
                .get("replication")
                .is_some_and(|n| replicas(n).is_none())
        {
            return Err(wrong("replication: how many nodes hold each row, 1 to 255"));
        }
        let tls = tls(about.server, secure, &options).map_err(|what| wrong(&what))?;
        let ca = options.remove("ca").or(options.remove("sslrootcert"));
        let owner = options.remove("as");
        let file = options.remove("password-file");
        options.remove("tls");
        let database = match path.trim_end_matches('/') {
            "" => about.database.to_owned(),
            path => decoded(path)?,
        };
        let password = match (password, file) {
            (Some(password), _) => Some(password),
            (None, Some(file)) => Some(read(Path::new(&file))?),
            (None, None) => secrets(about.server)?,
        };
        // Cassandra takes names without quotes for small ones.
        let database = match about.server {
            Server::Cassandra => database.to_ascii_lowercase(),
            _ => database,
        };
        let single = [Server::ClickHouse, Server::Redis].contains(&about.server);
        if single && hosts.len() > 1 {
            return Err(wrong("is asked at one host only; name one"));
        }
        if about.server == Server::Redis && database.parse::<u16>().is_err() {
            return Err(wrong(
                "a database of Redis is a number, as in redis://host/0",
            ));
        }
        let named = owner.is_some();
        let owner = owner.unwrap_or_else(|| OWNER.to_owned());
        for (what, name) in [("the database", &database), ("as", &owner)] {
            if !is_name(name) && about.server != Server::Redis {
                let what = format!("{what} {name:?}: a name is of letters, digits and _");
                return Err(wrong(&what));
            }
        }
        Ok(Self {
            server: about.server,
            scheme: scheme.to_owned(),
            user,
            password,
            hosts,
            database,
            tls,
            ca: ca.map(PathBuf::from),
            owner,
            named,
            options,
        })
    }

    /// The same without a name of its own for its rows.
    pub fn unnamed(&self) -> Self {
        Self {
            owner: OWNER.to_owned(),
            named: false,
            ..self.clone()
        }
    }

    /// How many nodes hold each row.
    pub fn replicas(&self) -> u8 {
        let given = self.options.get("replication");
        given.and_then(|text| replicas(text)).unwrap_or(1)
    }

    /// The first host.
    pub fn host(&self) -> (&str, u16) {
        self.hosts
            .first()
            .map_or(("localhost", 0), |(host, port)| (host, *port))
    }
}

/// Whether a name needs no quotes in any of the databases; only such ones are put into statements.
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    first && text.len() <= 48 && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn replicas(text: &str) -> Option<u8> {
    text.parse().ok().filter(|number| *number > 0)
}

/// A host with its port.
pub fn joined(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// Without what is secret.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        if !self.user.is_empty() {
            write!(f, "{}@", self.user)?;
        }
        for (number, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            write!(f, "{comma}{}", joined(host, *port))?;
        }
        write!(f, "/{}", self.database)?;
        let mut mark = '?';
        let schema = self.options.get("schema");
        if let Some(schema) = schema.filter(|_| self.server == Server::Postgres) {
            write!(f, "{mark}schema={schema}")?;
            mark = '&';
        }
        if self.named {
            write!(f, "{mark}as={}", self.owner)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

fn host(text: &str, port: u16) -> Option<(String, u16)> {
    if text.is_empty() {
        return None;
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let port = match rest.strip_prefix(':') {
            Some(port) => port.parse().ok()?,
            None => port,
        };
        return Some((host.to_owned(), port));
    }
    match text.rsplit_once(':') {
        Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
        None => Some((text.to_owned(), port)),
    }
}

fn tls(
    server: Server,
    secure: bool,
    options: &BTreeMap<String, String>,
) -> std::result::Result<Tls, String> {
    let said = options.get("tls").or(options.get("sslmode"));
    let tls = match said.map(String::as_str) {
        None if secure => Tls::Verify,
        None if server == Server::Postgres => Tls::Prefer,
        None | Some("off" | "disable" | "false") => Tls::Off,
        Some("prefer" | "allow") => Tls::Prefer,
        Some("require") => Tls::Require,
        Some("verify" | "verify-full" | "verify-ca" | "true") => Tls::Verify,
        Some(other) => {
            return Err(format!("tls={other}: give off, prefer, require or verify"));
        }
    };
    match tls {
        Tls::Off if secure => Err("this address asks for TLS, and tls=off does not".to_owned()),
        Tls::Prefer if server != Server::Postgres => {
            Err("tls=prefer is of Postgres; give off, require or verify".to_owned())
        }
        tls => Ok(tls),
    }
}

/// The password in a file: its first line.
///
/// # Errors
/// When it cannot be read, or is empty.
pub fn read(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file).map_err(|e| Error::io("read", file.display(), e))?;
    match text.lines().next().map(str::trim_end) {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(Error::Usage(format!(
            "{}: holds no password in its first line",
            file.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address> {
        Address::parse(text, &|_| Ok(Some("from-elsewhere".to_owned())))
    }

    #[test]
    fn addresses_are_read_and_shown_without_passwords() {
        let cases = [
            (
                "postgres://retail:s%40crt@db:5433/shop",
                "postgres://retail@db:5433/shop",
            ),
            ("postgresql://db", "postgresql://postgres@db:5432/postgres"),
            ("clickhouse://db/", "clickhouse://default@db:8123/retail"),
            (
                "clickhouses://u:p@db?tls=require",
                "clickhouses://u@db:8443/retail",
            ),
            ("mongodb://a,b:2/x?replicaSet=rs", "mongodb://a:27017,b:2/x"),
            ("cassandra://[::1]:1/k?as=eu", "cassandra://[::1]:1/k?as=eu"),
            ("redis://:secret@db/3", "redis://db:6379/3"),
            ("Cassandra://db/Shop", "cassandra://db:9042/shop"),
        ];
        for (text, shown) in cases {
            let address = parse(text).unwrap();
            assert_eq!(address.to_string(), shown);
            assert!(!format!("{address:?}").contains("s@crt"));
        }
        let address = parse("postgres://retail:s%40crt@db/shop?sslmode=verify-full&ca=/x.pem");
        let address = address.unwrap();
        assert_eq!(address.password.as_deref(), Some("s@crt"));
        assert_eq!(
            (address.tls, address.ca),
            (Tls::Verify, Some("/x.pem".into()))
        );
        let address = parse("postgres://retail@db/shop").unwrap();
        assert_eq!(address.password.as_deref(), Some("from-elsewhere"));
        assert_eq!(address.tls, Tls::Prefer);
        assert!(!address.named);
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for text in [
            "postgres://u:pa:ss-word@/shop",
            "postgres://u:pass-word@db:port/shop",
            "postgres://u:pass-word@db/shop;drop",
            "postgres://u:pass-word@db/shop?as=a'b",
            "postgres://u:pass-word@db/shop?colour=red",
            "postgres://u:pass-word@db/shop?tls=maybe",
            "clickhouse://u:pass-word@db/shop?tls=prefer",
            "clickhouses://u:pass-word@db/shop?tls=off",
            "cassandra://u:pass-word@db/shop?replication=many",
            "cassandra://u:pass-word@db/shop?replication=0",
            "redis://u:pass-word@db/sessions",
            "postgres://u:1/pass-word@db/shop",
            "postgres://u:1?pass-word@db/shop",
            "clickhouse://u:pass-word@a,b/shop",
            "mysql://u:pass-word@db/shop",
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.exit_status(), 2, "{text}");
            let text = error.to_string();
            assert!(
                !text.contains("pass-word") && !text.contains("ss-word"),
                "{text}"
            );
        }
        assert!(!is_database("data/output") && !is_database("s3://bucket/x"));
        assert!(is_database("clickhouse://x"));
        for near in ["postgres:/u:p@h/d", " postgres://u:p@h/d", "MongoDB:/x"] {
            assert!(is_nearly_database(near), "{near}");
        }
        assert!(!is_nearly_database("postgres://x") && !is_nearly_database("data/x:/y"));
    }
}
