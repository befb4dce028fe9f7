//! Dashboards and API over what batch and stream wrote.
//!
//! Nothing is computed here that batch or stream owns: results are read, of one run each
//! ([`watched`]), selected and added up over days. A request goes through [`layers`] to its
//! handler; pages and scripts are inside the binary ([`assets`]).

pub mod analyses;
pub mod answer;
pub mod api;
pub mod assets;
pub mod batch;
pub mod cache;
pub mod counts;
pub mod figures;
pub mod guard;
pub mod health;
pub mod ingest;
pub mod keys;
pub mod layers;
pub mod live;
pub mod login;
pub mod params;
pub mod runs;
pub mod server;
pub mod shared;
pub mod shell;
pub mod shop;
pub mod site;
pub mod stamps;
pub mod watched;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::runtime;
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio::time::sleep;

pub use site::{AsOf, Settings, Which};

use crate::error::{Error, Result};
use crate::ingest::{Desk, Health};
use crate::metrics::ingest::Meter;
use crate::signal::Stop;
use keys::Keys;
use live::{Output, Pulse};
use shared::Shared;
use site::{App, Site};
use watched::Watched;

/// Signals are looked at so often.
const LOOK: Duration = Duration::from_millis(50);

/// Which servers to start, and what they show.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where each listens; port 0 is any that is free.
    pub listeners: Vec<(Which, SocketAddr)>,
    /// What they show.
    pub settings: Settings,
    /// Where records go, if they are taken in.
    pub ingest: Option<crate::ingest::Settings>,
    /// Where answers of the API are shared, if they are.
    pub cache: Option<shared::Settings>,
}

/// Serves until a signal comes; `ready` is told where, once all addresses are taken.
///
/// # Errors
/// [`Error::Usage`] when others could come without a key and nobody said that they may;
/// [`Error::Io`] when an address cannot be taken.
pub fn run(
    plan: Plan,
    stop: &Stop,
    ready: impl FnOnce(&[(Which, SocketAddr)]) -> Result<()>,
) -> Result<()> {
    let Plan {
        listeners,
        settings,
        ingest,
        cache,
    } = plan;
    let mut open = listeners.iter().filter(|(_, at)| !at.ip().is_loopback());
    if let Some((_, address)) = open.next()
        && settings.keys.is_empty()
        && !settings.no_auth
    {
        return Err(Error::Usage(format!(
            "other machines can reach {address}: set RETAIL_API_KEY or name an --api-key-file, \
             or let everybody in with --no-auth"
        )));
    }
    server::make_room();
    let failed = |e| Error::io("start", "the server", e);
    let runtime = runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        let mut bound = Vec::new();
        for (which, address) in listeners {
            let listener = server::bind(which, address).await?;
            let address = listener
                .local_addr()
                .map_err(|e| Error::io("listen on", address, e))?;
            bound.push((which, address, listener));
        }
        let addresses: Vec<_> = bound.iter().map(|(which, at, _)| (*which, *at)).collect();
        let registry = counts::registry()?;
        // Not before the address is had: a server on it goes on undisturbed.
        let desk = match ingest {
            Some(settings) => {
                let meter = Meter::new(&registry);
                Some(block_in_place(|| Desk::open(settings, meter, stop))?)
            }
            None => None,
        };
        let shared = match cache {
            Some(settings) => Some(Shared::open(&settings, &registry)?),
            None => None,
        };
        let (end, ending) = watch::channel(false);
        let app = Arc::new(App {
            keys: Keys::new(&settings.keys, settings.rate_limit),
            books: Watched::new(settings.batch.clone()),
            analyses: analyses::Analyses::new(&settings.batch.output),
            output: Watched::new(Output {
                folder: settings.stream.clone(),
                limit: settings.windows,
            }),
            pulse: Pulse::default(),
            shop: Watched::new(shop::Folder(settings.jobs.clone())),
            pulses: shop::Pulses::default(),
            cache: cache::Cache::default(),
            shared: shared.clone(),
            registry,
            seen: counts::Seen::default(),
            ingest: desk.clone(),
            addresses: addresses.clone(),
            ending: ending.clone(),
            settings,
        });
        let mut running = vec![
            tokio::spawn(live::pulse::beat(Arc::clone(&app))),
            tokio::spawn(shop::pulse::beat(Arc::clone(&app))),
        ];
        running.extend(shared.map(|shared| tokio::spawn(shared.keep(ending.clone()))));
        for (which, address, listener) in bound {
            let routes = routes(&app, which, address);
            running.push(tokio::spawn(server::serve(
                which,
                listener,
                routes,
                ending.clone(),
            )));
        }
        ready(&addresses)?;
        let closed = || {
            desk.as_ref()
                .is_some_and(|desk| desk.health() == Health::Closed)
        };
        while !stop.asked() && !closed() {
            sleep(LOOK).await;
        }
        end.send_replace(true);
        for server in running {
            // One that failed has said so.
            let _ = server.await;
        }
        // What it has taken up is sent; whoever waited for that was waited for above.
        let Some(desk) = desk else { return Ok(()) };
        block_in_place(|| desk.close());
        desk.fault().map_or(Ok(()), Err)
    })
}

/// All that one server answers.
fn routes(app: &Arc<App>, which: Which, address: SocketAddr) -> Router {
    let guarded = !address.ip().is_loopback() && !app.settings.no_auth;
    let site = Arc::new(Site {
        app: Arc::clone(app),
        which,
        address,
        guarded,
    });
    let own = match which {
        Which::Batch => batch::routes::routes().merge(analyses::routes::routes()),
        Which::Live => live::routes::routes().merge(shop::routes::routes()),
        Which::Api => api::routes(),
        Which::Ingest => ingest::routes(),
    };
    let shared = Router::new()
        .route("/assets/{name}", get(assets::asset))
        .route("/favicon.svg", get(|| assets::page("favicon.svg")));
    let own = own.merge(health::routes()).merge(login::routes());
    layers::around(own.merge(shared), &site)
}
