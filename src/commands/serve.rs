//! `retail serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value, json};

mod ingest;

pub use ingest::IngestArgs;

use super::{Outcome, drained, location};
use crate::config;
use crate::config::serving::{Listen, as_of, currency, listen, locale, origin};
use crate::config::values::duration;
use crate::error::{Error, Result};
use crate::serve::batch::Folders;
use crate::serve::{self, AsOf, Plan, Settings, Which, shared};
use crate::sinks::Address;
use crate::sinks::address::{Server, is_database};
use crate::ui::Context;

/// Show dashboards, answer an API, take orders in
///
/// The dashboard of batch's results is on port 5000, that of the stream's windows on 5100, the
/// API, with its description at /docs, on 8000; all on this machine only, unless --listen says
/// otherwise. Whoever asks the API sends a key as the header X-API-Key; keys come from
/// RETAIL_API_KEY, several with commas, or a file.
///
/// serve ingest --brokers HOST:PORT takes orders and records in, on port 8081, and writes them to
/// Kafka, cleaned and once; it starts only where it is named.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ServeArgs {
    /// Which servers; all that show results if none is named
    #[arg(value_enum)]
    pub servers: Vec<Which>,
    /// Address, as 0.0.0.0 or 127.0.0.1:5000; a port only for a single server
    #[arg(short, long, value_name = "ADDR", default_value = "127.0.0.1", value_parser = listen)]
    pub listen: Listen,
    /// Where servers listen.
    #[command(flatten)]
    pub ports: Ports,
    /// What is shown.
    #[command(flatten)]
    pub shown: Shown,
    /// Where records go.
    #[command(flatten)]
    pub ingest: IngestArgs,
    /// File of API keys, one a line
    #[arg(long, value_name = "FILE", help_heading = "Access")]
    pub api_key_file: Option<PathBuf>,
    /// Let other machines see the dashboards without a key, and anybody post to serve ingest
    #[arg(long, help_heading = "Access")]
    pub no_auth: bool,
    /// Another name of this machine, where a proxy passes it on; may be repeated
    #[arg(long, value_name = "NAME", value_parser = host, help_heading = "Access")]
    pub allow_host: Vec<String>,
    /// Site whose pages may ask the API; may be repeated
    #[arg(long, value_name = "ORIGIN", value_parser = origin, help_heading = "Access",
        default_values = ["http://localhost:3000", "http://localhost:8000", "http://localhost:8083"])]
    pub cors_origin: Vec<String>,
    /// Redis in which servers share the answers of the API, as redis://host:6379
    #[arg(long, value_name = "ADDRESS", help_heading = "Cache")]
    pub cache: Option<String>,
    /// An answer stands there for so long
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration, help_heading = "Cache")]
    pub cache_ttl: Duration,
    /// Requests a second to /api/v1 and serve ingest that each key is good for, twice as many at
    /// once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Access")]
    pub rate_limit: Option<u32>,
}

/// Ports.
#[derive(Debug, Clone, Args)]
pub struct Ports {
    /// Port of the batch dashboard; 0 for any that is free
    #[arg(long, value_name = "PORT", default_value_t = 5000)]
    pub batch_port: u16,
    /// Port of the live dashboard
    #[arg(long, value_name = "PORT", default_value_t = 5100)]
    pub live_port: u16,
    /// Port of the API
    #[arg(long, value_name = "PORT", default_value_t = 8000)]
    pub api_port: u16,
}

/// What is shown, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What is shown")]
pub struct Shown {
    /// Folder of batch's outputs
    #[arg(short, long, value_name = "FOLDER", default_value = "data/output")]
    pub output: PathBuf,
    /// Folder of batch's CSV outputs, if not --output
    #[arg(long, value_name = "FOLDER")]
    pub csv_output: Option<PathBuf>,
    /// Folder of the stream's windows
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "data/output/streaming_product_revenue"
    )]
    pub stream_output: PathBuf,
    /// Folder of the output of stream --job
    #[arg(long, value_name = "FOLDER", default_value = "data/output/live")]
    pub live_output: PathBuf,
    /// Currency of all amounts, as EUR; without it numbers stand alone
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub currency: Option<String>,
    /// How numbers are written, as de-DE; without it as the browser likes
    #[arg(long, value_name = "TAG", value_parser = locale)]
    pub locale: Option<String>,
    /// Which day today is: today, latest (that has sales) or a date
    #[arg(long, value_name = "DAY", default_value = "today", value_parser = as_of)]
    pub as_of: AsOf,
    /// Windows that the live dashboard shows
    #[arg(long, value_name = "N", default_value = "96", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub windows: u16,
    /// Products that it draws
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=20))]
    pub series: u16,
}

const EXAMPLES: &str = "\
Examples:
  retail serve
  retail serve --currency INR --locale en-IN
  retail serve live --listen 127.0.0.1:8080
  retail serve ingest --brokers localhost:9092 --topic sales
  retail serve api --cache redis://cache:6379
  RETAIL_API_KEY=$(openssl rand -hex 24) retail serve api --listen 0.0.0.0";

/// Serves until a signal comes.
///
/// # Errors
/// When an argument is impossible, or an address cannot be taken.
pub fn run(args: &ServeArgs, context: &Context) -> anyhow::Result<Outcome> {
    let mut keys = config::api_keys()?;
    if let Some(file) = &args.api_key_file {
        keys.extend(serve::keys::read(file)?);
    }
    let plan = Plan {
        listeners: listeners(args)?,
        ingest: ingest::settings(args, context)?,
        cache: cache(args)?,
        settings: Settings {
            keys,
            rate_limit: args.rate_limit.unwrap_or(0),
            no_auth: args.no_auth,
            allow_hosts: args.allow_host.clone(),
            cors_origins: args.cors_origin.clone(),
            ..args.shown.settings()?
        },
    };
    serve::run(plan, &context.stop, |addresses| told(addresses, context))?;
    Ok(drained(&context.stop))
}

impl Shown {
    /// What is shown, with nobody let in yet.
    ///
    /// # Errors
    /// When a folder is not on this machine.
    pub fn settings(&self) -> Result<Settings> {
        let local = |path: &PathBuf| {
            let place = location(path)?;
            match place.local_path() {
                Some(_) => Ok(path.clone()),
                None => Err(Error::Usage(format!(
                    "{place}: serve shows local folders only; let batch write its CSVs to one by \
                     --csv-output"
                ))),
            }
        };
        let output = local(&self.output)?;
        let csv_output = match &self.csv_output {
            Some(path) => local(path)?,
            None => output.clone(),
        };
        Ok(Settings {
            batch: Folders::below(&output, &csv_output),
            stream: local(&self.stream_output)?,
            jobs: local(&self.live_output)?,
            windows: self.windows.into(),
            series: self.series.into(),
            currency: self.currency.clone(),
            locale: self.locale.clone(),
            as_of: self.as_of,
            keys: Vec::new(),
            rate_limit: 0,
            no_auth: false,
            allow_hosts: Vec::new(),
            cors_origins: Vec::new(),
        })
    }
}

impl Ports {
    /// The port of a server that shows results.
    pub fn of(&self, which: Which) -> u16 {
        match which {
            Which::Batch => self.batch_port,
            Which::Live => self.live_port,
            Which::Api | Which::Ingest => self.api_port,
        }
    }
}

impl ServeArgs {
    /// The port of a server.
    fn port(&self, which: Which) -> u16 {
        match which {
            Which::Ingest => self.ingest.ingest_port,
            shown => self.ports.of(shown),
        }
    }
}

/// Where answers are shared, if they are.
fn cache(args: &ServeArgs) -> Result<Option<shared::Settings>> {
    let Some(text) = &args.cache else {
        return Ok(None);
    };
    let address = match Address::parse(text, &config::password) {
        Ok(address) if address.server == Server::Redis => address,
        Err(e) if is_database(text) => return Err(Error::Usage(format!("--cache: {e}"))),
        _ => {
            let what = "--cache: answers are shared in Redis; write it as redis://HOST:PORT";
            return Err(Error::Usage(what.to_owned()));
        }
    };
    Ok(Some(shared::Settings {
        address,
        life: args.cache_ttl,
    }))
}

/// Where each server that was named listens.
fn listeners(args: &ServeArgs) -> Result<Vec<(Which, SocketAddr)>> {
    let mut servers = args.servers.clone();
    if servers.is_empty() {
        servers = Which::ALL.to_vec();
    }
    servers.sort_unstable();
    servers.dedup();
    match (args.listen.port, servers.as_slice()) {
        (Some(port), [only]) => Ok(vec![(*only, (args.listen.host, port).into())]),
        (Some(port), several) => Err(Error::Usage(format!(
            "--listen names the port {port} for {} servers; leave it out and set --batch-port, \
             --live-port, --api-port and --ingest-port, or start one: retail serve batch",
            several.len()
        ))),
        (None, servers) => {
            let mut ports: Vec<u16> = servers.iter().map(|which| args.port(*which)).collect();
            ports.retain(|port| *port != 0);
            ports.sort_unstable();
            if let Some(twice) = ports.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(Error::Usage(format!(
                    "two servers are to have port {}; give each its own with --batch-port, \
                     --live-port, --api-port and --ingest-port",
                    twice[0]
                )));
            }
            let address = |which| (which, (args.listen.host, args.port(which)).into());
            Ok(servers.iter().copied().map(address).collect())
        }
    }
}

/// The name of a machine as requests carry it, without a port: `shop.example`, `192.168.1.5`.
fn host(text: &str) -> Result<String, String> {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    let named = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    match named || plain.parse::<std::net::Ipv6Addr>().is_ok() {
        true => Ok(plain.trim_end_matches('.').to_ascii_lowercase()),
        false => {
            Err("not a name of a machine; write it without a port, as shop.example".to_owned())
        }
    }
}

/// Says where the servers are: the result of this command, which scripts wait for.
fn told(addresses: &[(Which, SocketAddr)], context: &Context) -> Result<()> {
    if context.json() {
        let mut urls = Map::new();
        for (which, address) in addresses {
            urls.insert(which.name().to_owned(), json!(format!("http://{address}")));
        }
        return context.json_line(&Value::Object(
            [
                ("command".to_owned(), json!("serve")),
                ("addresses".to_owned(), Value::Object(urls)),
            ]
            .into_iter()
            .collect(),
        ));
    }
    for (which, address) in addresses {
        context.say(&line(*which, *address))?;
    }
    Ok(())
}

/// A server and its address, for humans.
pub fn line(which: Which, address: SocketAddr) -> String {
    let (what, path) = match which {
        Which::Batch => ("batch dashboard", "/"),
        Which::Live => ("live dashboard", "/"),
        Which::Api => ("API", "/docs/"),
        Which::Ingest => ("ingest", "/docs/"),
    };
    format!("{what:15}  http://{address}{path}")
}
