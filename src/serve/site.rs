//! What the servers share, and what each has of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::ValueEnum;
use tokio::sync::watch;

use super::analyses::Analyses;
use super::batch::Folders;
use super::cache::Cache;
use super::counts::Seen;
use super::keys::Keys;
use super::live::{Output, Pulse};
use super::shared::Shared;
use super::shop::{Folder, Pulses};
use super::watched::Watched;
use crate::ingest::Desk;
use crate::metrics::Registry;
use crate::record::Day;

/// One of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Which {
    /// The dashboard of batch's results
    Batch,
    /// The dashboard of the stream's windows
    Live,
    /// The API
    Api,
    /// Orders and records into Kafka, where --brokers is typed
    Ingest,
}

impl Which {
    /// Those that show what there is. The other one writes, and starts only where it is named.
    pub const ALL: [Self; 3] = [Self::Batch, Self::Live, Self::Api];

    /// Its name in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Live => "live",
            Self::Api => "api",
            Self::Ingest => "ingest",
        }
    }
}

/// Which day today is, for figures of the last days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The clock's, UTC.
    Today,
    /// The last day that has sales.
    Latest,
    /// This one.
    Day(Day),
}

/// What is shown, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where batch's outputs are.
    pub batch: Folders,
    /// Where the stream's output is.
    pub stream: std::path::PathBuf,
    /// Where the output of the stream's jobs is.
    pub jobs: std::path::PathBuf,
    /// Windows that are shown.
    pub windows: usize,
    /// Products that are drawn.
    pub series: usize,
    /// The currency of all amounts, as ISO 4217 calls it.
    pub currency: Option<String>,
    /// The language of numbers, as BCP 47 calls it.
    pub locale: Option<String>,
    /// Which day today is.
    pub as_of: AsOf,
    /// The keys that open the API.
    pub keys: Vec<String>,
    /// Requests a second that each of them is good for; 0 for any number.
    pub rate_limit: u32,
    /// Whether others than this machine may come without a key.
    pub no_auth: bool,
    /// Names by which this server is called beside those of loopback.
    pub allow_hosts: Vec<String>,
    /// Origins whose pages may ask the API.
    pub cors_origins: Vec<String>,
}

/// What the servers share.
pub struct App {
    /// What is shown, and how.
    pub settings: Settings,
    /// Who may ask.
    pub keys: Keys,
    /// What batch wrote.
    pub books: Arc<Watched<Folders>>,
    /// What its analyses found.
    pub analyses: Analyses,
    /// What the stream wrote.
    pub output: Arc<Watched<Output>>,
    /// The live view, as it is pushed.
    pub pulse: Pulse,
    /// What the stream's jobs wrote.
    pub shop: Arc<Watched<Folder>>,
    /// The pages of the live shop, as they are pushed.
    pub pulses: Pulses,
    /// Answers that were given before.
    pub cache: Cache,
    /// Those that other servers gave, if answers are shared.
    pub shared: Option<Arc<Shared>>,
    /// What a scrape sees.
    pub registry: Arc<Registry>,
    /// Types of alerts that a scrape has seen.
    pub seen: Seen,
    /// Where records wait for Kafka, if they are taken in.
    pub ingest: Option<Arc<Desk>>,
    /// Where each server listens.
    pub addresses: Vec<(Which, SocketAddr)>,
    /// Whether the end has come.
    pub ending: watch::Receiver<bool>,
}

impl App {
    /// How many browsers watch whatever is pushed.
    pub fn viewers(&self) -> usize {
        self.pulse.viewers() + self.pulses.viewers()
    }
}

/// One server.
pub struct Site {
    /// What all share.
    pub app: Arc<App>,
    /// Which it is.
    pub which: Which,
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether its pages ask for a key.
    pub guarded: bool,
}
